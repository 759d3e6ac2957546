//! Series that ended leave memory and stay readable, across restarts and their own return.

use model::value::STALE_NAN;

use super::*;

const MINUTE: i64 = 60 * 1000;
const STEP: i64 = 15 * 1000;
/// A time at which a range of two hours begins.
const START: i64 = 1_700_006_400_000;
const ENDING: usize = 1100;
const LIVING: std::ops::Range<usize> = ENDING..ENDING + 20;

fn options() -> Options {
    Options {
        min_block_ms: BLOCK_MS_DEFAULT,
        max_block_ms: 9 * BLOCK_MS_DEFAULT,
        samples_per_chunk: 16,
        ..super::options()
    }
}

/// Puts samples of some series from minute `from` on and before minute `to`.
fn fill(to: &[&dyn Appendable], series: std::ops::Range<usize>, minutes: std::ops::Range<i64>) {
    for t in (START + minutes.start * MINUTE..START + minutes.end * MINUTE).step_by(STEP as usize) {
        let samples: Vec<_> = series.clone().map(|i| (i, t, (t % 1000 + i as i64) as f64)).collect();
        to.iter().for_each(|storage| put(*storage, &samples));
    }
}

fn mark(to: &[&dyn Appendable], series: std::ops::Range<usize>, minute: i64) {
    let samples: Vec<_> = series.map(|i| (i, START + minute * MINUTE, STALE_NAN)).collect();
    to.iter().for_each(|storage| put(*storage, &samples));
}

/// All series for ten minutes, then only the living for ten more.
fn with_ended(dir: &Path, marked: bool) -> (Db, MemoryStorage) {
    let (db, memory) = (Db::open(dir, options()).unwrap(), MemoryStorage::new());
    fill(&[&db, &memory], 0..LIVING.end, 0..10);
    if marked {
        mark(&[&db, &memory], 0..ENDING, 10);
    }
    fill(&[&db, &memory], LIVING, 10..20);
    (db, memory)
}

fn rounds(db: &Db, count: usize) {
    (0..count).for_each(|_| db.compact().unwrap());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn marked_series_move_to_a_block_and_stay_there() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = with_ended(dir.path(), true);
    rounds(&db, 1);
    assert_eq!(db.stats().head_series, LIVING.end as u64, "somebody may have been about to write to them");
    assert_eq!(db.stats().head_stale_series, ENDING as u64);
    rounds(&db, 2);
    let stats = db.stats();
    assert_eq!((stats.head_series, stats.series_evicted_total), (LIVING.len() as u64, ENDING as u64));
    assert_eq!((stats.stale_compactions_total, stats.stale_compactions_failed_total), (1, 0));
    assert_eq!(all_of(&db), all_of(&memory));
    let hints: Vec<_> = db.inner.blocks.metas().into_iter().map(|m| m.compaction.hints).collect();
    assert_eq!(hints, [["from-out-of-order", "from-stale-series"]]);

    // Killed: the log still has their samples, and the block's end says nothing about those of the living.
    let killed = tempfile::tempdir().unwrap();
    copy(dir.path(), killed.path());
    for dir in [killed.path(), dir.path()] {
        let db = Db::open(dir, options());
        if dir == killed.path() {
            let db = db.unwrap();
            assert_eq!(db.stats().head_series, LIVING.len() as u64);
            assert_eq!(all_of(&db), all_of(&memory));
        }
    }
}

#[test]
fn who_comes_back_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = with_ended(dir.path(), true);
    rounds(&db, 3);
    fill(&[&db, &memory], 0..5, 20..25);
    assert_eq!(all_of(&db), all_of(&memory));
    assert_eq!(db.stats().head_series, LIVING.len() as u64 + 5);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(all_of(&db), all_of(&memory), "after a restart");
    assert_eq!(db.stats().head_series, LIVING.len() as u64 + 5);
    // Once the range is cut from the head, one block has it all.
    fill(&[&db, &memory], LIVING, 25..200);
    rounds(&db, 2);
    assert_eq!(all_of(&db), all_of(&memory), "after a cut");
    let metas = db.inner.blocks.metas();
    assert!(!metas[0].is_partial(), "{metas:?}");
    drop(db);
    assert_eq!(
        all_of(&Db::open(dir.path(), options()).unwrap()),
        all_of(&memory),
        "after a cut and a restart"
    );
}

#[test]
fn silent_series_go_once_they_missed_enough() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = with_ended(dir.path(), false);
    rounds(&db, 2);
    assert_eq!(db.stats().head_series, LIVING.end as u64, "not before the third look");
    rounds(&db, 1);
    assert_eq!(db.stats().head_series, LIVING.len() as u64);
    assert_eq!(all_of(&db), all_of(&memory));
}

#[test]
fn slow_series_are_not_silent_ones() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    // A sample every ten minutes, and one sample only, beside series with four a minute.
    for minute in [0, 10, 20, 30] {
        let samples: Vec<_> = (0..ENDING).map(|i| (i, START + minute * MINUTE, 1.0)).collect();
        put(&db, &samples);
    }
    put(&db, &(2000..3100).map(|i| (i, START, 1.0)).collect::<Vec<_>>());
    fill(&[&db], 5000..5010, 30..60);
    rounds(&db, 4);
    assert_eq!(db.stats().head_series, 2 * ENDING as u64 + 10);
}

#[test]
fn a_few_are_not_worth_a_block_unless_a_threshold_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = (Db::open(dir.path(), options()).unwrap(), MemoryStorage::new());
    fill(&[&db, &memory], 0..10, 0..10);
    mark(&[&db, &memory], 0..5, 10);
    fill(&[&db, &memory], 5..10, 10..20);
    rounds(&db, 4);
    assert_eq!(db.stats().head_series, 10);
    db.set_stale_threshold(0.6);
    rounds(&db, 1);
    assert_eq!(db.stats().head_series, 10);
    db.set_stale_threshold(0.5);
    rounds(&db, 1);
    assert_eq!(db.stats().head_series, 5);
    assert_eq!(all_of(&db), all_of(&memory));
}

#[test]
fn series_that_got_no_sample_go() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    fill(&[&db], LIVING, 0..10);
    // Resolved, and every sample refused as too old.
    let mut batch = db.appender();
    for i in 0..ENDING {
        let id = batch.resolve(&series(i)).unwrap();
        batch.sample(id, START - 100 * 60 * MINUTE, 1.0).unwrap_err();
    }
    batch.commit().unwrap();
    rounds(&db, 2);
    assert_eq!(db.stats().head_series, LIVING.end as u64);
    rounds(&db, 1);
    assert_eq!(db.stats().head_series, LIVING.len() as u64);
}

/// Who came back right after the eviction keeps what came then over a restart: the note in the log is about the past.
#[test]
fn a_note_of_eviction_is_about_what_stands_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = with_ended(dir.path(), true);
    rounds(&db, 3);
    for minutes in [20..22, 40..42] {
        fill(&[&db, &memory], 0..ENDING, minutes.clone());
        mark(&[&db, &memory], 0..ENDING, minutes.end);
        fill(&[&db, &memory], LIVING, minutes.end..minutes.end + 10);
        rounds(&db, 5);
        assert_eq!(db.stats().head_series, LIVING.len() as u64);
    }
    fill(&[&db, &memory], 0..3, 60..61);
    let killed = tempfile::tempdir().unwrap();
    copy(dir.path(), killed.path());
    let again = Db::open(killed.path(), options()).unwrap();
    assert_eq!(all_of(&again), all_of(&memory));
    assert_eq!(again.stats().head_series, LIVING.len() as u64 + 3);
}
