//! Damage to every kind of file: the database opens, says what is lost, and serves the rest.

use std::path::PathBuf;

use super::*;
use crate::disk::crashing::{CrashingDisk, Keep, Random};

const DIR: &str = "/data";

fn on(disk: &CrashingDisk) -> Options {
    Options { disk: Arc::new(disk.clone()), out_of_order_window_ms: 3 * BLOCK, ..options() }
}

/// A directory with files of every kind: blocks, tombstones, log, checkpoint, head chunks, a log of late samples.
fn furnished() -> (CrashingDisk, Contents) {
    let disk = CrashingDisk::default();
    let db = Db::open(Path::new(DIR), on(&disk)).unwrap();
    let mut now = 0;
    while crate::wal::last_checkpoint(DiskPath::new(Arc::new(disk.clone()), "/data/wal")).unwrap().is_none() {
        for _ in 0..40 {
            now += 50;
            put(&db, &(0..4).map(|i| (i, now, (now * i as i64) as f64)).collect::<Vec<_>>());
        }
        db.compact().unwrap();
    }
    for _ in 0..30 {
        now += 20;
        put(&db, &(0..4).map(|i| (i, now, 1.0)).collect::<Vec<_>>());
    }
    put(&db, &[(0, now - 133, 5.0), (1, now - 77, 6.0)]); // late
    let deleted = TimeRange { min_ms: 100, max_ms: 300 };
    db.delete(deleted, &[vec![Matcher::equal("i", "1")]]).unwrap();
    let all = all_of(&db);
    db.close().unwrap();
    (disk, all)
}

/// What kind of file it is.
fn kind(path: &Path) -> &'static str {
    let text = path.display().to_string();
    let kinds = [
        ("checkpoint.", "checkpoint"),
        ("/wal/", "log"),
        ("/wbl/", "log of late samples"),
        ("/chunks_head/", "head chunks"),
        ("/chunks/", "chunks"),
        ("/index", "index"),
        ("/meta.json", "description"),
        ("/tombstones", "tombstones"),
    ];
    kinds.into_iter().find(|(part, _)| text.contains(part)).map_or("other", |(_, kind)| kind)
}

/// Opens a copy of the directory, reads all of it twice, and returns what was found and how much damage was told.
fn opened(disk: &CrashingDisk, context: &str) -> (Contents, u64) {
    let db = Db::open(Path::new(DIR), on(disk)).unwrap_or_else(|e| panic!("{context}: {e}"));
    let mut found = Contents::new();
    for i in 0..4 {
        let matchers = [Matcher::equal("i", i.to_string())];
        let view = db.view(TimeRange::ALL).unwrap();
        // The query that finds a damaged part of an index fails, once for each.
        let select = || view.select(&SelectRequest::new(&matchers, TimeRange::ALL));
        let Some(set) = (0..20).find_map(|_| select().ok()) else { panic!("{context}: never served") };
        // The query that finds damaged chunks fails, once for each.
        for n in 0..set.len() {
            for attempt in 0.. {
                let mut out = Samples::default();
                if set.read(n, TimeRange::ALL, &mut out).is_ok() {
                    let bits = |v: &f64| format!("{:x}", v.to_bits());
                    let samples = out.t.iter().zip(&out.v).map(|(t, v)| (*t, bits(v))).collect();
                    found.insert(set.labels(n).to_string(), samples);
                    break;
                }
                if attempt > 200 {
                    break;
                }
            }
        }
    }
    let told = db.stats().corruptions_total;
    put(&db, &[(0, 1_000_000_000, 1.0)]); // it takes samples
    (found, told)
}

/// Whether all that was found was there before.
fn invents_nothing(found: &Contents, before: &Contents, context: &str) {
    for (series, samples) in found {
        for sample in samples {
            assert!(before[series].contains(sample), "{context}: {series} has {sample:?}");
        }
    }
}

#[test]
fn any_damaged_file_is_told_and_the_rest_is_served() {
    let (disk, before) = furnished();
    let image = disk.image();
    let files: Vec<PathBuf> = disk.files().into_iter().filter(|f| kind(f) != "other").collect();
    let kinds: std::collections::BTreeSet<&str> = files.iter().map(|f| kind(f)).collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert_eq!(opened(&image.restart(Keep::All), "whole"), (before.clone(), 0));
    let mut random = Random(7);
    for path in &files {
        for spoil in ["flip", "cut", "empty", "remove"] {
            let disk = image.restart(Keep::All);
            let mut whole = 0;
            disk.damage(path, |bytes| {
                whole = bytes.len();
                let at = random.below(bytes.len() as u64) as usize;
                match spoil {
                    "flip" if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
                    "cut" => bytes.truncate(at),
                    "empty" => bytes.clear(),
                    _other => {}
                }
            });
            if spoil == "remove" {
                DiskPath::new(Arc::new(disk.clone()), path.clone()).remove_file().unwrap();
            }
            let context = format!("{spoil} {} of {whole} bytes", path.display());
            let (found, told) = opened(&disk, &context);
            if kind(path) != "tombstones" && kind(path) != "log" && kind(path) != "checkpoint" {
                invents_nothing(&found, &before, &context);
            }
            let lost: usize = before
                .iter()
                .map(|(series, s)| s.len().saturating_sub(found.get(series).map_or(0, Vec::len)))
                .sum();
            let silent = lost > 0 && told == 0;
            // What is cut between two records of a log looks like one that was never longer; so does one that is gone
            // from the end. A series whose entry in an index is damaged is told by the query that finds it.
            let may_be_silent = match kind(path) {
                "log" | "log of late samples" | "checkpoint" => spoil != "flip",
                "index" => true,
                _others => false,
            };
            assert!(!silent || may_be_silent, "{context}: {lost} samples lost in silence");
            let all: usize = before.values().map(Vec::len).sum();
            assert!(lost < all, "{context}: the rest is not served");
        }
    }
}
