//! Backups to a directory and to a fake S3, by one suite.

mod fake_s3;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use fake_s3::FakeS3;

use super::*;

const NOW: i64 = 1_795_272_600_000; // 2026-11-21T14:50:00Z

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// All files below a directory.
fn contents(dir: &Path) -> Contents {
    let mut found = Contents::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn write(dir: &Path, files: &[(&str, &[u8])]) {
    for (path, bytes) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

const A: &str = "01J00000000000000000000000";
const B: &str = "01J00000000000000000000001";

fn block(dir: &Path, ulid: &str, chunk: &[u8]) {
    write(
        dir,
        &[
            (&format!("{ulid}/index"), ulid.as_bytes()),
            (&format!("{ulid}/chunks/000001"), chunk),
            (&format!("{ulid}/meta.json"), b"{}"),
            (&format!("{ulid}/tombstones"), b""),
        ],
    );
}

/// A database with two blocks and a log.
fn database(dir: &Path) {
    block(dir, A, &vec![7; 3_000_000]);
    block(dir, B, b"chunk");
    write(
        dir,
        &[
            ("wal/00000003", b"log"),
            ("wal/checkpoint.00000002/00000000", b"checkpoint"),
            ("chunks_head/000001", b"head"),
            ("tiers/01J00000000000000000000002/index", b"dense"),
            // What does not belong to a backup.
            ("lock", b""),
            ("queries.active", b"x"),
            ("snapshots/x/01J00000000000000000000003/index", b"x"),
            ("quarantine/x", b"x"),
            ("01J00000000000000000000004.tmp-for-creation/index", b"x"),
            ("wal/checkpoint.00000005.tmp/00000000", b"x"),
        ],
    );
}

/// What a backup of [`database`] has.
fn backed_up(dir: &Path) -> Contents {
    let mut all = contents(dir);
    all.retain(|path, _| {
        let path = path.to_str().unwrap();
        let top = path.split('/').next().unwrap();
        ([A, B, "wal", "chunks_head", "tiers"].contains(&top)) && !path.contains(".tmp")
    });
    all
}

/// Stores of each kind, with something that keeps them alive.
struct Stores {
    _dir: tempfile::TempDir,
    fake: FakeS3,
    all: Vec<Box<dyn Store>>,
}

fn stores() -> Stores {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let dir = tempfile::tempdir().unwrap();
    let fake = FakeS3::start();
    let all: Vec<Box<dyn Store>> =
        vec![Box::new(Directory::new(dir.path().join("store"))), Box::new(s3(&fake, "bucket/some/place"))];
    Stores { _dir: dir, fake, all }
}

/// Opens a fake bucket. Keys are those of a configuration file: the environment belongs to all tests.
fn s3(fake: &FakeS3, place: &str) -> S3 {
    S3::with_keys(
        place,
        &S3Options { endpoint: Some(fake.endpoint.clone()), ..S3Options::default() },
        "id",
        "secret",
    )
    .unwrap()
}

#[test]
fn what_is_backed_up_comes_back() {
    for store in stores().all {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        database(from.path());
        let done = backup(&Source::new(from.path()), &*store, NOW, &Quiet).unwrap();
        assert_eq!((done.manifest.name.as_str(), done.sent_files), ("20261121T145000Z", 12));
        assert_eq!(done.sent_bytes, done.manifest.bytes());
        let dir = to.path().join("data");
        let restored = restore(&*store, None, &dir, &Quiet).unwrap();
        assert_eq!((restored.manifest, restored.kept_files), (done.manifest, 0));
        assert_eq!(contents(&dir), backed_up(from.path()));
        let left: Vec<_> = fs::read_dir(to.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["data"], "nothing is left beside it");
        let (_, wrong) = check(&*store, None, &to.path().join("scratch"), &Quiet).unwrap();
        assert!(wrong.is_empty());
    }
}

#[test]
fn the_next_backup_sends_only_what_is_new() {
    for store in stores().all {
        let from = tempfile::tempdir().unwrap();
        database(from.path());
        let source = Source::new(from.path());
        backup(&source, &*store, NOW, &Quiet).unwrap();
        // The same again, in the same second: another name, nothing sent.
        let again = backup(&source, &*store, NOW, &Quiet).unwrap();
        assert_eq!((again.manifest.name.as_str(), again.sent_files), ("20261121T145001Z", 0));
        // A deletion changes two small files; the log grows.
        write(
            from.path(),
            &[
                (&format!("{A}/meta.json"), b"{1}"),
                (&format!("{A}/tombstones"), b"t"),
                ("wal/00000003", b"log more"),
            ],
        );
        let third = backup(&source, &*store, NOW + 60_000, &Quiet).unwrap();
        assert_eq!((third.sent_files, third.sent_bytes), (3, 3 + 1 + 8));
        // Each of them is what it was.
        let to = tempfile::tempdir().unwrap();
        restore(&*store, Some("20261121T145001Z"), &to.path().join("old"), &Quiet).unwrap();
        restore(&*store, None, &to.path().join("new"), &Quiet).unwrap();
        let read = |dir: &str| fs::read(to.path().join(dir).join("wal/00000003")).unwrap();
        assert_eq!((read("old"), read("new")), (b"log".to_vec(), b"log more".to_vec()));
        assert_eq!(contents(&to.path().join("new")), backed_up(from.path()));
    }
}

#[test]
fn old_backups_go_and_take_only_what_is_theirs() {
    for store in stores().all {
        let from = tempfile::tempdir().unwrap();
        database(from.path());
        let source = Source::new(from.path());
        for minute in 0..3 {
            backup(&source, &*store, NOW + minute * 60_000, &Quiet).unwrap();
        }
        fs::remove_dir_all(from.path().join(A)).unwrap();
        backup(&source, &*store, NOW + 180_000, &Quiet).unwrap();
        store.put("files/of/an/interrupted/backup", b"12345").unwrap();
        assert_eq!(prune(&*store, 4).unwrap(), Pruned { backups: vec![], files: 1, bytes: 5 });
        let pruned = prune(&*store, 2).unwrap();
        assert_eq!(
            (pruned.backups, pruned.files),
            (vec!["20261121T145000Z".into(), "20261121T145100Z".into()], 0)
        );
        let pruned = prune(&*store, 0).unwrap();
        assert_eq!((pruned.backups.len(), pruned.files), (1, 4), "the last backup stays");
        assert_eq!(backups(&*store).unwrap(), ["20261121T145300Z"]);
        let to = tempfile::tempdir().unwrap();
        restore(&*store, None, to.path(), &Quiet).unwrap();
        assert_eq!(contents(to.path()), backed_up(from.path()));
    }
}

#[test]
fn damage_is_found_and_not_restored() {
    let stores = stores();
    for store in &stores.all {
        let from = tempfile::tempdir().unwrap();
        database(from.path());
        backup(&Source::new(from.path()), &**store, NOW, &Quiet).unwrap();
        let key = format!("files/{B}/chunks/000001");
        store.put(&key, b"chunj").unwrap();
        let to = tempfile::tempdir().unwrap();
        let dir = to.path().join("data");
        let error = restore(&**store, None, &dir, &Quiet).unwrap_err();
        assert!(matches!(&error, BackupError::Damaged { key: k, .. } if *k == key), "{error}");
        assert!(!dir.exists());
        let wrong = check(&**store, None, &to.path().join("scratch"), &Quiet).unwrap().1;
        assert_eq!(wrong.len(), 1);
        store.delete(&key).unwrap();
        let wrong = check(&**store, None, &to.path().join("scratch"), &Quiet).unwrap().1;
        assert!(wrong[0].to_string().contains(&key), "{}", wrong[0]);
        // The next backup sees that it is missing and sends it.
        let mended = backup(&Source::new(from.path()), &**store, NOW, &Quiet).unwrap();
        assert_eq!(mended.sent_files, 1);
        restore(&**store, None, &dir, &Quiet).unwrap();
        assert_eq!(contents(&dir), backed_up(from.path()));
    }
}

#[test]
fn a_backup_killed_anywhere_goes_on() {
    let Stores { fake, all, .. } = stores();
    let store = &all[1];
    let from = tempfile::tempdir().unwrap();
    database(from.path());
    let source = Source::new(from.path());
    let mut answers = 1;
    let done = loop {
        fake.bucket.answers_left.store(answers, SeqCst);
        match backup(&source, &**store, NOW, &Quiet) {
            Ok(done) => break done,
            Err(error) => assert!(error.to_string().contains("Killed"), "{error}"),
        }
        fake.bucket.answers_left.store(-1, SeqCst);
        assert_eq!(backups(&**store).unwrap().len(), 0, "no manifest before the end");
        answers += 1;
        assert!(answers < 200, "no progress");
    };
    fake.bucket.answers_left.store(-1, SeqCst);
    assert_eq!(fake.bucket.puts.load(SeqCst), 12 + 1, "each file was sent once, and the manifest");
    assert!(done.sent_files < 12);
    let to = tempfile::tempdir().unwrap();
    let dir = to.path().join("data");
    // The same for the way back.
    let mut answers = 1;
    let restored = loop {
        fake.bucket.answers_left.store(answers, SeqCst);
        match restore(&**store, None, &dir, &Quiet) {
            Ok(restored) => break restored,
            Err(error) => assert!(error.to_string().contains("Killed"), "{error}"),
        }
        assert!(!dir.exists());
        answers += 1;
        assert!(answers < 200, "no progress");
    };
    assert!(restored.kept_files > 0, "{restored:?}");
    assert_eq!(contents(&dir), backed_up(from.path()));
}

#[test]
fn large_files_go_in_parts() {
    let Stores { fake, all, .. } = stores();
    let from = tempfile::tempdir().unwrap();
    let large: Vec<u8> = (0..40_000_000_u32).map(|i| (i % 251) as u8).collect();
    block(from.path(), A, &large);
    let source = Source::new(from.path());
    // List, known backups, then the upload's start and its first part.
    fake.bucket.answers_left.store(6, SeqCst);
    backup(&source, &*all[1], NOW, &Quiet).unwrap_err();
    fake.bucket.answers_left.store(-1, SeqCst);
    let counted = Counted::default();
    backup(&source, &*all[1], NOW, &counted).unwrap();
    assert_eq!(counted.done.load(SeqCst), counted.total.load(SeqCst));
    let to = tempfile::tempdir().unwrap();
    restore(&*all[1], None, to.path(), &Quiet).unwrap();
    assert_eq!(contents(to.path()), contents(from.path()));
}

#[derive(Default)]
struct Counted {
    total: AtomicU64,
    done: AtomicU64,
}

impl Progress for Counted {
    fn total(&self, _files: usize, bytes: u64) {
        self.total.store(bytes, SeqCst);
    }
    fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, SeqCst);
    }
}

#[test]
fn refusals_say_what_is_wrong() {
    let Stores { all, fake, _dir } = stores();
    for store in &all {
        let dir = tempfile::tempdir().unwrap();
        let error = backup(&Source::new(dir.path()), &**store, NOW, &Quiet).unwrap_err();
        assert!(matches!(error, BackupError::Empty(_)), "{error}");
        let error = restore(&**store, None, dir.path(), &Quiet).unwrap_err();
        assert!(error.to_string().starts_with("no backup in "), "{error}");
        let error = restore(&**store, Some("x"), dir.path(), &Quiet).unwrap_err();
        assert!(error.to_string().starts_with("no backup \"x\" in "), "{error}");
        write(dir.path(), &[("a", b"")]);
        let error = restore(&**store, None, dir.path(), &Quiet).unwrap_err();
        assert!(matches!(error, BackupError::NotEmpty(_)), "{error}");
    }
    let stranger = S3::with_keys(
        "bucket",
        &S3Options { endpoint: Some(fake.endpoint.clone()), ..S3Options::default() },
        "x",
        "y",
    );
    let error = backups(&stranger.unwrap()).unwrap_err();
    assert!(error.to_string().contains("AccessDenied"), "{error}");
    for place in ["s3://", "s3:///x", "gs://bucket"] {
        let error = open(place, &S3Options::default()).err().unwrap();
        assert!(matches!(error, BackupError::Place { .. }), "{error}");
    }
}

#[test]
fn manifests_are_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Directory::new(dir.path());
    let entry =
        |path: &str| FileEntry { path: path.to_owned(), key: "files/x".into(), bytes: 1, sha256: "0".into() };
    for (path, fits) in
        [("a/b", true), ("../a", false), ("/a", false), ("a/../../b", false), ("", false), ("./a", false)]
    {
        Manifest::new("m".to_owned(), vec![entry(path)]).write(&store).unwrap();
        assert_eq!(Manifest::read(&store, "m").is_ok(), fits, "{path:?}");
    }
    Manifest::new("m".to_owned(), vec![entry("a")]).write(&store).unwrap();
    let sound = String::from_utf8(store.get("backups/m.json", 10_000).unwrap()).unwrap();
    for (from, to, want) in [
        ("\"bytes\": 1", "\"bytes\": 2", "checksum"),
        ("\"version\": 1", "\"version\": 2", "version 2"),
        ("{", "", "expected"),
    ] {
        store.put("backups/m.json", sound.replacen(from, to, 1).as_bytes()).unwrap();
        let error = Manifest::read(&store, "m").unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
}
