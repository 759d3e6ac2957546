//! Samples that come while the log is read: none lost, none twice, whatever happens in between.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::histogram::{Histogram, HistogramValue};
use model::{Labels, Matcher};
use proptest::prelude::*;
use storage::{Append, AppendError, Appendable, Queryable, Samples, SelectRequest, TimeRange};

use crate::disk::crashing::{CrashingDisk, Faults};
use crate::wal::PAGE_BYTES;
use crate::{Db, Options};

const DIR: &str = "/data";

fn options(disk: &CrashingDisk) -> Options {
    Options {
        wal_segment_bytes: PAGE_BYTES,
        samples_per_chunk: 8,
        maintenance: false,
        no_lockfile: true,
        exemplars_max: 4,
        disk: Arc::new(disk.clone()),
        ..Options::default()
    }
}

fn begin(disk: &CrashingDisk) -> crate::Opening {
    Db::begin(Path::new(DIR), options(disk)).unwrap()
}

fn finish(opening: crate::Opening) -> Db {
    opening.finish(&Default::default()).unwrap()
}

fn reopened(disk: &CrashingDisk) -> Db {
    finish(begin(disk))
}

fn series(i: u64) -> Labels {
    Labels::from_pairs([("__name__", "m".to_owned()), ("i", i.to_string())])
}

fn add(batch: &mut dyn Append, i: u64, t: i64, v: f64) -> Result<(), AppendError> {
    let id = batch.resolve(&series(i)).unwrap();
    batch.sample(id, t, v)
}

fn put(storage: &dyn Appendable, samples: &[(u64, i64, f64)]) {
    let mut batch = storage.appender();
    samples.iter().for_each(|(i, t, v)| add(&mut *batch, *i, *t, *v).unwrap());
    batch.commit().unwrap();
}

type Contents = BTreeMap<String, Vec<(i64, f64)>>;

fn contents(db: &Db) -> Contents {
    let view = db.view(TimeRange::ALL).unwrap();
    let matchers = [Matcher::equal("__name__", "m")];
    let found = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut all = Contents::new();
    for i in 0..found.len() {
        let mut out = Samples::default();
        found.read(i, TimeRange::ALL, &mut out).unwrap();
        let samples: Vec<(i64, f64)> = out.t.iter().copied().zip(out.v.iter().copied()).collect();
        let before = all.insert(found.labels(i).get("i").to_owned(), samples);
        assert!(before.is_none(), "series {} twice", found.labels(i));
    }
    all.retain(|_, samples| !samples.is_empty());
    all
}

fn expected(samples: &[(u64, i64, f64)]) -> Contents {
    let mut all = Contents::new();
    samples.iter().for_each(|(i, t, v)| all.entry(i.to_string()).or_default().push((*t, *v)));
    all
}

#[test]
fn old_and_new_samples_are_there_once_after_each_start() {
    let disk = CrashingDisk::default();
    let db = reopened(&disk);
    put(&db, &[(0, 10, 1.0), (1, 10, 2.0)]);
    drop(db);
    let opening = begin(&disk);
    let intake = opening.intake();
    put(&*intake, &[(1, 20, 3.0), (2, 20, 4.0)]);
    put(&*intake, &[(1, 30, 5.0), (0, 5, 9.0)]); // the second is older than what the log will tell
    let db = finish(opening);
    let all = [(0, 10, 1.0), (1, 10, 2.0), (1, 20, 3.0), (1, 30, 5.0), (2, 20, 4.0)];
    assert_eq!(contents(&db), expected(&all));
    put(&*intake, &[(2, 40, 6.0)]);
    put(&db, &[(0, 40, 7.0)]);
    let all = [&all[..], &[(2, 40, 6.0), (0, 40, 7.0)]].concat();
    assert_eq!((contents(&db), db.stats().head_series), (expected(&all), 3));
    std::mem::forget(db);
    for _ in 0..3 {
        let db = reopened(&disk);
        assert_eq!((contents(&db), db.stats().head_series), (expected(&all), 3));
    }
}

#[test]
fn what_turns_out_late_is_stored_within_the_window() {
    let disk = CrashingDisk::default();
    let late = || Options { out_of_order_window_ms: 100, ..options(&disk) };
    let open = || Db::begin(Path::new(DIR), late()).unwrap();
    let db = finish(open());
    put(&db, &[(0, 500, 1.0), (1, 500, 2.0), (3, 500, 9.0)]);
    drop(db);
    let opening = open();
    let intake = opening.intake();
    put(&*intake, &[(0, 450, 3.0), (2, 510, 4.0)]); // the first is older than what the log will tell
    put(&*intake, &[(2, 470, 5.0), (1, 510, 6.0), (3, 300, 7.0)]); // the last is older than the window
    let mut batch = intake.appender();
    assert!(matches!(add(&mut *batch, 2, 409, 8.0), Err(AppendError::TooOld)));
    batch.refuse_out_of_order();
    assert!(matches!(add(&mut *batch, 2, 480, 8.0), Err(AppendError::OutOfOrder)));
    drop(batch);
    let db = finish(opening);
    let all = [
        (0, 450, 3.0),
        (0, 500, 1.0),
        (1, 500, 2.0),
        (1, 510, 6.0),
        (2, 470, 5.0),
        (2, 510, 4.0),
        (3, 500, 9.0),
    ];
    assert_eq!(contents(&db), expected(&all));
    std::mem::forget(db);
    for _ in 0..2 {
        let db = finish(open());
        assert_eq!(contents(&db), expected(&all));
        std::mem::forget(db);
    }
}

#[test]
fn a_process_that_dies_while_reading_loses_nothing_it_acknowledged() {
    let disk = CrashingDisk::default();
    put(&reopened(&disk), &[(0, 1, 1.0)]);
    let mut all = vec![(0, 1, 1.0)];
    for start in 1..6 {
        let opening = begin(&disk);
        // Each start knows other series, under numbers of its own.
        let samples: Vec<_> = (0..3).map(|k| (start + k, start as i64 * 10, start as f64)).collect();
        put(&*opening.intake(), &samples);
        all.extend(samples);
        std::mem::forget(opening);
    }
    let db = reopened(&disk);
    assert_eq!((contents(&db), db.stats().head_series), (expected(&all), 8));
}

#[test]
fn a_batch_that_began_before_is_committed_after() {
    let disk = CrashingDisk::default();
    put(&reopened(&disk), &[(0, 1, 1.0)]);
    let opening = begin(&disk);
    let intake = opening.intake();
    put(&*intake, &[(3, 1, 1.0)]);
    let mut slow = intake.appender();
    for i in [0, 3, 4] {
        add(&mut *slow, i, 5, 5.0).unwrap();
    }
    let id = slow.resolve(&series(5)).unwrap();
    slow.histogram(id, 5, HistogramValue::Integer(Histogram { count: 0, ..Histogram::default() })).unwrap();
    let mut never = intake.appender();
    add(&mut *never, 9, 5, 5.0).unwrap();
    let db = finish(opening);
    put(&db, &[(3, 7, 7.0)]);
    add(&mut *slow, 4, 6, 6.0).unwrap();
    let summary = slow.commit().unwrap();
    assert_eq!((summary.samples, summary.dropped), (4, 1), "one came too late");
    never.rollback();
    assert!(intake.state.lock().series.is_empty(), "the table goes with the last batch");
    let all = [(0, 1, 1.0), (3, 1, 1.0), (0, 5, 5.0), (4, 5, 5.0), (3, 7, 7.0), (4, 6, 6.0)];
    assert_eq!(contents(&db), expected(&all));
    std::mem::forget(db);
    assert_eq!(contents(&reopened(&disk)), expected(&all));
}

#[test]
fn samples_are_judged_by_what_this_start_has_seen() {
    let disk = CrashingDisk::default();
    let opening = begin(&disk);
    let intake = opening.intake();
    put(&*intake, &[(0, 10, 1.0)]);
    let mut batch = intake.appender();
    let cases = [
        (10, 1.0, Ok(())),
        (10, 2.0, Err(AppendError::DuplicateTimestamp)),
        (9, 1.0, Err(AppendError::OutOfOrder)),
        (11, 3.0, Ok(())),
        (12, 4.0, Ok(())),
    ];
    for (t, v, wanted) in cases {
        let found = add(&mut *batch, 0, t, v);
        assert_eq!(format!("{found:?}"), format!("{wanted:?}"), "{t} {v}");
    }
    let id = batch.resolve(&series(0)).unwrap();
    batch.start_zero(id, 20, 15, None).unwrap();
    assert!(batch.start_zero(id, 20, 20, None).is_err() && batch.start_zero(id, 20, 3, None).is_err());
    assert!(batch.resolve(&Labels::empty()).is_err());
    let stranger = storage::SeriesRef(std::num::NonZeroU64::new(7).unwrap());
    assert!(matches!(batch.sample(stranger, 30, 1.0), Err(AppendError::UnknownSeries)));
    put(&*intake, &[(0, 11, 8.0)]); // another batch is faster
    let summary = batch.commit().unwrap();
    assert_eq!((summary.samples, summary.dropped), (2, 1));
    let all = [(0, 10, 1.0), (0, 11, 8.0), (0, 12, 4.0), (0, 15, 0.0)];
    assert_eq!(contents(&finish(opening)), expected(&all));
}

#[test]
fn what_the_log_refuses_may_come_again() {
    let disk = CrashingDisk::default();
    let opening = begin(&disk);
    let intake = opening.intake();
    put(&*intake, &[(0, 1, 1.0)]);
    disk.fail(Faults { room: Some(disk.used()), ..Faults::default() });
    let mut batch = intake.appender();
    add(&mut *batch, 0, 2, 2.0).unwrap();
    add(&mut *batch, 1, 2, 2.0).unwrap();
    assert!(matches!(batch.commit(), Err(AppendError::Storage(_))));
    disk.fail(Faults::default());
    put(&*intake, &[(0, 2, 2.0), (1, 2, 3.0)]);
    let all = [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 3.0)];
    assert_eq!(contents(&finish(opening)), expected(&all));
    assert_eq!(contents(&reopened(&disk)), expected(&all));
}

#[test]
fn writers_on_many_threads_lose_nothing_while_the_log_is_read() {
    let disk = CrashingDisk::default();
    let db = reopened(&disk);
    for t in 0..300 {
        put(&db, &[(0, t, 1.0), (1, t, 2.0), (2, t, 3.0)]);
    }
    drop(db);
    let opening = begin(&disk);
    let intake = opening.intake();
    let stop = AtomicBool::new(false);
    let (db, written) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4u64)
            .map(|w| {
                let (intake, stop) = (&intake, &stop);
                scope.spawn(move || {
                    let mut t = 300;
                    while !stop.load(Ordering::Relaxed) || t < 400 {
                        put(&**intake, &[(w, t, w as f64)]);
                        t += 1;
                    }
                    t
                })
            })
            .collect();
        let db = finish(opening);
        stop.store(true, Ordering::Relaxed);
        (db, writers.into_iter().map(|w| w.join().unwrap()).collect::<Vec<i64>>())
    });
    let check = |db: &Db| {
        let all = contents(db);
        for (w, end) in written.iter().enumerate() {
            let first = if w < 3 { 0 } else { 300 };
            let times: Vec<i64> = all[&w.to_string()].iter().map(|(t, _)| *t).collect();
            assert_eq!(times, (first..*end).collect::<Vec<i64>>(), "writer {w}");
        }
    };
    check(&db);
    std::mem::forget(db);
    check(&reopened(&disk));
}

/// What may happen to a database, in any order.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(u64, f64)>),
    Finish,
    Kill,
    FlushChunks,
}

fn step() -> impl Strategy<Value = Step> {
    let sample = (0..6u64, any::<u8>().prop_map(f64::from));
    prop_oneof![
        4 => proptest::collection::vec(sample, 1..5).prop_map(Step::Put),
        1 => Just(Step::Finish),
        2 => Just(Step::Kill),
        1 => Just(Step::FlushChunks),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_sequence_of_starts_keeps_what_was_acknowledged(steps in proptest::collection::vec(step(), 1..60)) {
        let disk = CrashingDisk::default();
        let mut opening = Some(begin(&disk));
        let mut intake = opening.as_ref().unwrap().intake();
        let mut db: Option<Db> = None;
        let mut model: Contents = Contents::new();
        let mut t = 0;
        for step in steps {
            match step {
                Step::Put(samples) => {
                    t += 1;
                    let mut batch = intake.appender();
                    let mut seen = std::collections::BTreeSet::new();
                    for (i, v) in samples {
                        if seen.insert(i) {
                            add(&mut *batch, i, t, v).unwrap();
                            model.entry(i.to_string()).or_default().push((t, v));
                        }
                    }
                    batch.commit().unwrap();
                }
                Step::Finish => db = opening.take().map(finish).or(db),
                Step::Kill => {
                    std::mem::forget((opening.take(), db.take()));
                    opening = Some(begin(&disk));
                    intake = opening.as_ref().unwrap().intake();
                }
                Step::FlushChunks => {
                    if let Some(db) = &db {
                        db.compact().unwrap();
                    }
                }
            }
            if let Some(db) = &db {
                prop_assert_eq!(contents(db), model.clone());
            }
        }
        let db = opening.take().map(finish).or(db).unwrap();
        prop_assert_eq!(contents(&db), model);
    }
}
