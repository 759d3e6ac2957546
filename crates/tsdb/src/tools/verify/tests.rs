use std::fs;

use model::{Labels, MatchOp, Matcher};
use storage::{Appendable, TimeRange};

use super::*;
use crate::{Db, Options};

const BLOCK: i64 = 1000;

/// A directory with blocks, one of them with deletions, a checkpoint, a log, and chunks of a head.
fn database(dir: &Path) {
    let options = || Options {
        min_block_ms: BLOCK,
        max_block_ms: 3 * BLOCK,
        retention_ms: 0,
        maintenance: false,
        samples_per_chunk: 8,
        image_log_bytes: 1,
        ..Options::default()
    };
    let db = Db::open(dir, options()).unwrap();
    let mut t = 0;
    while t < 6 * BLOCK {
        let mut batch = db.appender();
        for i in 0..5 {
            let labels = Labels::from_pairs([("__name__", "m".to_owned()), ("i", i.to_string())]);
            let series = batch.resolve(&labels).unwrap();
            batch.sample(series, t, (t * i) as f64).unwrap();
        }
        batch.commit().unwrap();
        t += 25;
    }
    db.compact().unwrap();
    let one = Matcher::new(MatchOp::Equal, "i", "3").unwrap();
    db.delete(TimeRange { min_ms: 0, max_ms: 300 }, &[vec![one]]).unwrap();
    db.close().unwrap();
}

/// Returns what is verified: path, whether it is sound, figures.
fn verified(path: &Path) -> Vec<Verified> {
    let mut parts = Vec::new();
    let each = &mut |part| {
        parts.push(part);
        Ok(())
    };
    verify(path, each).unwrap();
    parts
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn a_sound_directory_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    database(dir.path());
    let parts = verified(dir.path());
    let findings: Vec<_> = parts.iter().flat_map(|p| &p.findings).map(ToString::to_string).collect();
    assert_eq!(findings, [""; 0]);
    let of = |kind| parts.iter().filter(move |p| p.kind == kind);
    assert!(of(PartKind::Block).count() >= 2 && of(PartKind::Log).count() >= 1);
    let samples: u64 = of(PartKind::Block).map(|p| p.counts.samples).sum();
    assert!(samples > 500 && samples.is_multiple_of(5), "{samples}");
    assert!(of(PartKind::Log).all(|p| p.counts.strays == 0));
    assert!(of(PartKind::HeadChunks).all(|p| p.counts.files > 0 && p.counts.chunks > 0));
    assert!(
        of(PartKind::Image).all(|p| p.counts.series == 5 && p.counts.chunks >= 5 && p.counts.samples > 0)
    );
    assert_eq!(of(PartKind::Image).count(), 1);
    // Each part alone.
    for part in &parts {
        let alone = verified(&part.path);
        let same = alone.iter().find(|p| p.path == part.path).unwrap();
        assert_eq!(same.counts, part.counts);
    }
}

#[test]
fn a_flipped_bit_in_any_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    database(dir.path());
    let mut all = Vec::new();
    files(dir.path(), &mut all);
    let mut flipped = 0;
    for file in all {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        // JSON has many spellings of the same, and the lock is no data.
        if name == "meta.json" || name == "lock" {
            continue;
        }
        let sound = fs::read(&file).unwrap();
        for at in (0..sound.len()).step_by((sound.len() / 40).max(1)) {
            // Zeros may be padding, which nothing checks.
            if sound[at] == 0 {
                continue;
            }
            let mut damaged = sound.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&file, &damaged).unwrap();
            let named = verified(dir.path()).into_iter().flat_map(|p| p.findings).any(|finding| {
                let FileError::Corrupt(found) = finding else { return false };
                found.path.starts_with(file.parent().unwrap()) || file.starts_with(&found.path)
            });
            assert!(named, "bit {} of byte {at} of {}", at % 8, file.display());
            flipped += 1;
        }
        fs::write(&file, &sound).unwrap();
    }
    assert!(flipped > 100, "{flipped}");
    assert!(verified(dir.path()).iter().all(Verified::is_sound));
}

#[test]
fn files_that_are_missing_or_cut_are_found() {
    let dir = tempfile::tempdir().unwrap();
    database(dir.path());
    let mut all = Vec::new();
    files(dir.path(), &mut all);
    for file in all.iter().filter(|file| !file.ends_with("lock")) {
        let sound = fs::read(file).unwrap();
        let optional = file.ends_with("tombstones"); // none means that nothing is deleted
        let last_of_its_kind = !file.ancestors().any(|a| a.join("meta.json").exists());
        if !last_of_its_kind && !optional {
            fs::remove_file(file).unwrap();
            assert!(verified(dir.path()).iter().any(|p| !p.is_sound()), "without {}", file.display());
        }
        // Behind the last record of a segment there may be nothing but padding.
        let is_padding = sound.iter().rev().take(3).all(|byte| *byte == 0);
        if sound.len() > 20 && !is_padding {
            fs::write(file, &sound[..sound.len() - 3]).unwrap();
            assert!(verified(dir.path()).iter().any(|p| !p.is_sound()), "short {}", file.display());
        }
        fs::write(file, &sound).unwrap();
    }
}

#[test]
fn a_description_that_does_not_fit_is_told() {
    let dir = tempfile::tempdir().unwrap();
    database(dir.path());
    let block = block_dirs(dir.path()).unwrap().remove(0).1.path().to_owned();
    let file = block.join("meta.json");
    let sound = fs::read_to_string(&file).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&sound).unwrap();
    for (field, more, want) in [
        (&["stats", "numSeries"][..], 1, "numSeries 5"),
        (&["stats", "numSamples"], -1, "numSamples"),
        (&["stats", "numChunks"], 1, "numChunks"),
        (&["minTime"], BLOCK / 2, "chunks from"),
        (&["maxTime"], -BLOCK / 2, "chunks from"),
    ] {
        let mut wrong = meta.clone();
        let value = field.iter().fold(&mut wrong, |value, name| &mut value[*name]);
        *value = (value.as_i64().unwrap() + more).into();
        fs::write(&file, wrong.to_string()).unwrap();
        let parts = verified(&block);
        let text: String = parts[0].findings.iter().map(ToString::to_string).collect();
        assert!(text.contains(want), "{field:?}: {text}");
    }
    fs::write(&file, sound).unwrap();
    assert!(verified(&block)[0].is_sound());
}

#[test]
fn what_is_no_database_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let error = verify(dir.path(), &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, ToolError::NothingToVerify(_)), "{error}");
    verify(&dir.path().join("nowhere"), &mut |_| Ok(())).unwrap_err();
}
