//! Damage in the log, and a disk that is full.

use std::fs;

use super::*;
use crate::disk::crashing::{CrashingDisk, Faults};
use crate::wal::{last_checkpoint, segments};

/// Commits one sample of each of three series in one session each, so that each session has its segment.
fn sessions(dir: &Path, times: &[i64]) {
    for t in times {
        let db = Db::open(dir, options()).unwrap();
        put(&db, &[(0, *t, 1.0), (1, *t, 2.0), (2, *t, 3.0)]);
    }
}

fn times(storage: &dyn Queryable) -> Vec<i64> {
    all_of(storage).get(&series(0).to_string()).map_or(Vec::new(), |s| s.iter().map(|(t, _)| *t).collect())
}

#[test]
fn a_missing_segment_costs_what_it_held() {
    let dir = tempfile::tempdir().unwrap();
    sessions(dir.path(), &[100, 110, 120, 130]);
    fs::remove_file(dir.path().join("wal/00000001")).unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!((times(&db), db.stats().wal_corruptions_total), (vec![100, 120, 130], 1));
    put(&db, &[(0, 140, 4.0)]);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!((times(&db), db.stats().wal_corruptions_total), (vec![100, 120, 130, 140], 0));
    drop(db);
    // Without the first, which tells the series, the others cannot be understood; new samples are.
    fs::remove_file(dir.path().join("wal/00000000")).unwrap();
    fs::create_dir(dir.path().join("wal/checkpoint.00000000")).unwrap();
    fs::remove_file(dir.path().join("wal/00000002")).unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    assert!(times(&db).is_empty());
    put(&db, &[(5, 150, 1.0), (0, 150, 4.0)]);
    drop(db);
    assert_eq!(times(&Db::open(dir.path(), options()).unwrap()), [150]);
}

#[test]
fn a_gap_behind_the_checkpoint_is_damage_and_one_before_it_is_none() {
    let dir = tempfile::tempdir().unwrap();
    sessions(dir.path(), &[100, 110, 120, 130]);
    let wal = dir.path().join("wal");
    // A checkpoint that stands for the first two: here the first of them says all.
    fs::create_dir(wal.join("checkpoint.00000001")).unwrap();
    fs::copy(wal.join("00000000"), wal.join("checkpoint.00000001/00000000")).unwrap();
    fs::remove_file(wal.join("00000000")).unwrap();
    assert_eq!(times(&Db::open(dir.path(), options()).unwrap()), [100, 120, 130]);
    fs::remove_file(wal.join("00000002")).unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!((times(&db), db.stats().wal_corruptions_total), (vec![100, 130], 1));
    drop(db);
    for segment in segments(&wal).unwrap() {
        fs::remove_file(segment.path.path()).unwrap();
    }
    // All segments behind the checkpoint are gone: the new one must have a number that is read.
    let db = Db::open(dir.path(), options()).unwrap();
    put(&db, &[(0, 150, 1.0)]);
    drop(db);
    assert_eq!(times(&Db::open(dir.path(), options()).unwrap()), [100, 150]);
}

/// Goes on with the data until the log has a checkpoint above number `above`; returns its number.
fn until_checkpoint(db: &Db, dir: &Path, now: &mut i64, above: u64) -> u64 {
    for _ in 0..200 {
        for _ in 0..20 {
            *now += 50;
            put(db, &[(0, *now, 1.0), (1, *now, 2.0), (2, *now, 3.0)]);
        }
        db.compact().unwrap();
        match last_checkpoint(dir.join("wal")).unwrap() {
            Some((number, _)) if number > above => return number,
            Some(_) | None => {}
        }
    }
    panic!("no checkpoint above {above}");
}

#[test]
fn a_damaged_checkpoint_is_set_aside_and_the_log_is_truncated_again() {
    for at in [20, 300] {
        let dir = tempfile::tempdir().unwrap();
        let mut now = 0;
        let db = Db::open(dir.path(), options()).unwrap();
        let number = until_checkpoint(&db, dir.path(), &mut now, 0);
        drop(db);
        let name = format!("checkpoint.{number:08}/00000000");
        let path = dir.path().join("wal").join(&name);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();

        let db = Db::open(dir.path(), options()).unwrap();
        assert_eq!(db.stats().wal_corruptions_total, 1);
        assert_eq!(fs::read(dir.path().join("quarantine").join(&name)).unwrap(), bytes);
        now += 50;
        put(&db, &[(2, now, 1.0), (1, now, 2.0), (0, now, 3.0), (5, now, 4.0)]);
        let before = all_of(&db);
        std::mem::forget(db);
        // The log still has samples of series that are lost: they become those of no other series.
        let db = Db::open(dir.path(), options()).unwrap();
        assert_eq!(db.stats().wal_corruptions_total, 0);
        assert_eq!(all_of(&db), before);
        let first = segments(dir.path().join("wal")).unwrap()[0].number;
        until_checkpoint(&db, dir.path(), &mut now, number);
        assert!(segments(dir.path().join("wal")).unwrap()[0].number > first);
        assert_eq!(db.stats().checkpoint_creations_failed_total, 0);
        let before = all_of(&db);
        drop(db);
        assert_eq!(all_of(&Db::open(dir.path(), options()).unwrap()), before);
    }
}

#[test]
fn a_full_disk_refuses_batches_whole_until_it_has_room() {
    let disk = CrashingDisk::default();
    let on_disk = || Options { disk: Arc::new(disk.clone()), ..options() };
    let dir = Path::new("/data");
    let db = Db::open(dir, on_disk()).unwrap();
    put(&db, &[(0, 100, 1.0)]);
    disk.fail(Faults { room: Some(disk.used() + 10), ..Faults::default() });
    let before = all_of(&db);
    for failures in 1..=2 {
        let mut batch = db.appender();
        for i in 0..4 {
            let id = batch.resolve(&series(i)).unwrap();
            batch.sample(id, 110, 2.0).unwrap();
        }
        let error = batch.commit().unwrap_err();
        assert!(matches!(error, AppendError::Storage(_)), "{error}");
        assert_eq!((all_of(&db), db.stats().wal_writes_failed_total), (before.clone(), failures));
    }
    disk.fail(Faults::default());
    put(&db, &(0..5).map(|i| (i, 120, 3.0)).collect::<Vec<_>>());
    let after = all_of(&db);
    assert_eq!((times(&db), after.len()), (vec![100, 120], 5));
    std::mem::forget(db);
    assert_eq!(all_of(&Db::open(dir, on_disk()).unwrap()), after);
}

#[test]
fn a_crash_while_reading_costs_nothing_even_if_the_old_end_is_torn() {
    let dir = tempfile::tempdir().unwrap();
    sessions(dir.path(), &[100, 110]);
    let torn = dir.path().join("wal/00000001");
    let bytes = fs::read(&torn).unwrap();
    fs::write(&torn, &bytes[..bytes.len() - 3]).unwrap();
    for t in [120, 130] {
        let opening = Db::begin(dir.path(), options()).unwrap();
        put(&*opening.intake(), &[(0, t, 1.0), (7, t, 2.0)]);
    }
    for corruptions in [1, 0] {
        let db = Db::open(dir.path(), options()).unwrap();
        assert_eq!((times(&db), db.stats().wal_corruptions_total), (vec![100, 120, 130], corruptions));
    }
}
