//! When histograms began to count: kept through log, image, chunks, blocks and the window for late samples.

use model::histogram::FloatHistogram;

use super::*;

/// Series 0 counts in integers, series 1 in floats; every fourth block's length a counter begins anew, and until the second
/// nobody tells when.
fn append(storage: &dyn Appendable, t: i64) {
    let start = if t < 2 * BLOCK { 0 } else { t / (4 * BLOCK) * 4 * BLOCK + 1 };
    let mut batch = storage.appender();
    let id = batch.resolve(&series(0)).unwrap();
    batch.histogram_started(id, start, t, histogram(t as u64 + 1)).unwrap();
    let id = batch.resolve(&series(1)).unwrap();
    let h = FloatHistogram { count: t as f64, zero_count: t as f64, ..FloatHistogram::default() };
    batch.histogram_started(id, start, t, HistogramValue::Float(h)).unwrap();
    batch.commit().unwrap();
}

type Starts = Vec<(String, Vec<(i64, i64)>)>;

fn starts(storage: &dyn Queryable) -> Starts {
    let matchers = [Matcher::equal("job", "test")];
    let view = storage.view(TimeRange::ALL).unwrap();
    let request = SelectRequest { sorted: true, ..SelectRequest::new(&matchers, TimeRange::ALL) };
    let found = view.select(&request).unwrap();
    let of = |i: usize| {
        let mut out = Samples::default();
        found.read(i, TimeRange::ALL, &mut out).unwrap();
        let all = out.histograms.iter().enumerate();
        (found.labels(i).to_string(), all.map(|(i, (t, _))| (*t, out.histogram_start(i))).collect())
    };
    (0..found.len()).map(of).collect()
}

#[test]
fn histograms_keep_their_start_times() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options { out_of_order_window_ms: 3 * BLOCK, image_log_bytes: 1, ..options() };
    let (db, memory) = (Db::open(dir.path(), options()).unwrap(), MemoryStorage::new());
    let late = |t: &i64| t % 350 == 0 && *t > 0;
    for t in (0..10 * BLOCK).step_by(50).filter(|t| !late(t)) {
        append(&db, t);
        append(&memory, t);
    }
    assert_eq!(starts(&db), starts(&memory));
    for t in (8 * BLOCK..10 * BLOCK).step_by(50).filter(late) {
        append(&db, t);
    }
    let beside = tempfile::tempdir().unwrap();
    let all = Db::open(beside.path(), options()).unwrap();
    for t in (0..10 * BLOCK).step_by(50).filter(|t| !late(t) || *t >= 8 * BLOCK) {
        append(&all, t);
    }
    let expected = starts(&all);
    assert!(expected.iter().all(|(_, s)| s.iter().any(|s| s.1 == 0) && s.iter().any(|s| s.1 > 4 * BLOCK)));
    assert_eq!(starts(&db), expected);
    // The log alone, then the image too, then blocks.
    std::mem::forget(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(starts(&db), expected);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(starts(&db), expected);
    db.compact().unwrap();
    db.compact().unwrap();
    assert!(db.blocks().len() > 2);
    assert_eq!(starts(&db), expected);
    drop(db);
    assert_eq!(starts(&Db::open(dir.path(), options()).unwrap()), expected);
}
