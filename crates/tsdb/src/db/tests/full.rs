//! A disk that is full, for each kind of file that cannot be written.

use super::*;
use crate::disk::crashing::{CrashingDisk, Faults};

const DIR: &str = "/data";

fn on(disk: &CrashingDisk) -> Options {
    Options { disk: Arc::new(disk.clone()), ..options() }
}

fn fill(disk: &CrashingDisk, more: u64) {
    disk.fail(Faults { room: Some(disk.used() + more), ..Faults::default() });
}

fn free(disk: &CrashingDisk) {
    disk.fail(Faults::default());
}

fn names(disk: &CrashingDisk) -> Vec<String> {
    disk.files().into_iter().map(|f| f.display().to_string()).collect()
}

#[test]
fn samples_are_refused_with_a_reason_and_taken_again_when_there_is_room() {
    let disk = CrashingDisk::default();
    let (db, memory) = (Db::open(Path::new(DIR), on(&disk)).unwrap(), MemoryStorage::new());
    for t in 0..100 {
        put(&db, &[(0, t, 1.0)]);
        put(&memory, &[(0, t, 1.0)]);
    }
    fill(&disk, 3);
    for refusal in 0..3 {
        let mut batch = db.appender();
        let id = batch.resolve(&series(refusal)).unwrap();
        batch.sample(id, 200, 2.0).unwrap();
        let error = batch.commit().unwrap_err().to_string();
        let reason = if refusal == 0 { "cannot write /data/wal" } else { "cannot take samples" };
        assert!(error.contains(reason), "{error}");
        let stats = db.stats();
        assert_eq!((stats.read_only, stats.read_only_refusals_total), (true, refusal as u64));
        assert_eq!(all_of(&db), all_of(&memory));
    }
    free(&disk);
    put(&db, &[(0, 300, 3.0), (7, 300, 3.0)]);
    put(&memory, &[(0, 300, 3.0), (7, 300, 3.0)]);
    assert!(!db.stats().read_only);
    std::mem::forget(db);
    let db = Db::open(Path::new(DIR), on(&disk)).unwrap();
    assert_eq!((all_of(&db), db.stats().corruptions_total), (all_of(&memory), 0));
}

#[test]
fn maintenance_on_a_full_disk_loses_nothing_and_leaves_nothing_half() {
    // So many bytes more are taken: the failure comes in head chunks, in blocks, in checkpoints, in merged blocks.
    for more in (0..60_000).step_by(1_700) {
        let disk = CrashingDisk::default();
        let (db, memory) = (Db::open(Path::new(DIR), on(&disk)).unwrap(), MemoryStorage::new());
        for t in (0..8 * BLOCK).step_by(50) {
            let samples: Vec<_> = (0..3).map(|i| (i, t, (t * i as i64) as f64)).collect();
            put(&db, &samples);
            put(&memory, &samples);
        }
        let before = names(&disk).len();
        fill(&disk, more);
        let result = db.compact();
        assert_eq!(all_of(&db), all_of(&memory), "{more}: {result:?}");
        let half: Vec<String> = names(&disk).into_iter().filter(|n| n.contains(".tmp")).collect();
        assert!(half.is_empty(), "{more}: {half:?} of {before}, {result:?}");
        if more == 0 {
            assert!(result.is_err() && db.stats().read_only, "{result:?}");
        }
        let killed = disk.image().restart(crate::disk::crashing::Keep::All);
        let again = Db::open(Path::new(DIR), on(&killed)).unwrap();
        assert_eq!((all_of(&again), again.stats().corruptions_total), (all_of(&memory), 0), "{more}");
        free(&disk);
        db.compact().unwrap();
        assert!(!db.stats().read_only);
        put(&db, &[(0, 8 * BLOCK, 1.0)]);
        put(&memory, &[(0, 8 * BLOCK, 1.0)]);
        drop(db);
        assert_eq!(all_of(&Db::open(Path::new(DIR), on(&disk)).unwrap()), all_of(&memory), "{more}");
    }
}

#[test]
fn blocks_are_not_merged_where_there_is_no_room_for_both() {
    let disk = CrashingDisk::default();
    let db = filled_on(&disk);
    db.compact().unwrap();
    let blocks = db.blocks().len();
    drop(db);
    let tight = disk.image().restart(crate::disk::crashing::Keep::All);
    let db = Db::open(Path::new(DIR), Options { max_block_ms: 81 * BLOCK, ..on(&tight) }).unwrap();
    fill(&tight, 1000);
    match db.compact() {
        Err(DbError::File(error @ FileError::NoRoom { .. })) => {
            assert!(error.to_string().contains("cannot merge blocks"), "{error}");
        }
        other => assert!(other.is_ok() && db.blocks().len() == blocks, "{other:?}"),
    }
    assert!(!db.stats().read_only, "nothing was written, nothing failed");
}

/// Ten blocks' worth of three series.
fn filled_on(disk: &CrashingDisk) -> Db {
    let db = Db::open(Path::new(DIR), on(disk)).unwrap();
    for t in (0..10 * BLOCK).step_by(50) {
        put(&db, &[(0, t, t as f64), (1, t, 1.0), (2, t, -1.0)]);
    }
    db
}

#[test]
fn the_oldest_blocks_go_first_under_one_bound_for_all_files() {
    let disk = CrashingDisk::default();
    let db = filled_on(&disk);
    db.compact().unwrap();
    let before = db.blocks();
    let newest = all_of(&db)[&series(0).to_string()].last().cloned();
    let stats = db.stats();
    let all = stats.storage_blocks_bytes + stats.wal_bytes + stats.head_chunks_bytes;
    db.set_retention(Retention { bytes: all - 1, ..Retention::default() });
    fill(&disk, 0);
    db.inner.make_room();
    let after = db.blocks();
    assert!(after.len() < before.len() && after.first().unwrap().min_time_ms > before[0].min_time_ms);
    assert_eq!(all_of(&db)[&series(0).to_string()].last().cloned(), newest);
}
