use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use model::histogram::{Histogram, HistogramValue, Span};
use model::value::STALE_NAN;
use model::{Exemplar, Matcher};
use storage::{Append, CommitSummary, Samples, SelectRequest, SeriesRef, SeriesSet, TimeRange};

use super::*;
use crate::db::{ReplayProgress, WalCompression};

mod lookup;

const RANGE: i64 = 2 * 3600 * 1000;

fn options() -> HeadOptions {
    HeadOptions {
        policy: CutPolicy { range_ms: RANGE, samples: 120, xor2: false },
        series_max: 0,
        exemplars_max: 4,
        budget: Budget::new(0),
        late_window_ms: 0,
    }
}

fn open_in(dir: &Path, min_valid_t: i64) -> (Arc<Head>, ReplayReport) {
    let log = LogOptions { compression: WalCompression::Snappy, segment_bytes: 64 << 10, late_window_ms: 0 };
    open(dir, options(), log, min_valid_t, &ReplayProgress::default()).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn put(head: &Head, name: &str, samples: &[(i64, f64)]) {
    let mut batch = Box::new(head.batch());
    let series = batch.resolve(&labels(&[("__name__", name), ("job", "a")])).unwrap();
    for (t, v) in samples {
        batch.sample(series, *t, *v).unwrap();
    }
    batch.commit().unwrap();
}

fn select(head: &Arc<Head>, name: &str) -> (Arc<HeadView>, HeadSeries) {
    let view = Arc::new(HeadView::new(head, TimeRange::ALL));
    let matchers = [Matcher::equal("__name__", name)];
    let series = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    (view, series)
}

fn read(series: &HeadSeries, i: usize) -> Samples {
    let mut out = Samples::default();
    series.read(i, TimeRange::ALL, &mut out).unwrap();
    out
}

fn all(head: &Arc<Head>, name: &str) -> Vec<(i64, f64)> {
    let (_view, series) = select(head, name);
    if series.is_empty() {
        return Vec::new();
    }
    let out = read(&series, 0);
    out.t.into_iter().zip(out.v).collect()
}

fn histogram(count: u64) -> HistogramValue {
    HistogramValue::Integer(Histogram {
        schema: 1,
        count,
        sum: count as f64,
        positive_spans: vec![Span { offset: 0, length: 2 }],
        positive_deltas: vec![1, count as i64 - 2],
        ..Histogram::default()
    })
}

#[test]
fn what_is_committed_is_read_and_read_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let mut expected = Vec::new();
    for i in 0..1000 {
        let sample = (i * 15_000, i as f64);
        put(&head, "up", &[sample]);
        expected.push(sample);
    }
    assert_eq!(all(&head, "up"), expected);
    let (_view, series) = select(&head, "up");
    assert_eq!(SeriesSet::labels(&series, 0), labels(&[("__name__", "up"), ("job", "a")]));
    let chunks = head.chunks();
    for write_chunks in [false, true, true] {
        let (before, _) = open_in(dir.path(), i64::MIN);
        assert_eq!(all(&before, "up"), expected);
        assert_eq!((before.min_t(), before.max_t(), before.chunks()), (0, 999 * 15_000, chunks));
        if write_chunks {
            before.write_waiting_chunks().unwrap();
            assert_eq!(all(&before, "up"), expected);
        }
    }
}

#[test]
fn nothing_is_visible_before_the_commit_nor_after_a_rollback() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let mut batch = Box::new(head.batch());
    let series = batch.resolve(&labels(&[("__name__", "up"), ("job", "a")])).unwrap();
    batch.sample(series, 1, 1.0).unwrap();
    assert!(select(&head, "up").1.is_empty());
    batch.rollback();
    assert!(select(&head, "up").1.is_empty());
    // The reference outlives the batch: a scrape cache keeps it. The log must get to know the series all the same.
    let mut batch = Box::new(head.batch());
    batch.sample(series, 2, 2.0).unwrap();
    batch.commit().unwrap();
    assert_eq!(all(&open_in(dir.path(), i64::MIN).0, "up"), [(2, 2.0)]);
}

#[test]
fn a_view_does_not_change() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    put(&head, "up", &[(1, 1.0), (2, 2.0)]);
    let (_first_view, first) = select(&head, "up");
    put(&head, "up", &[(3, 3.0)]);
    let (second_view, second) = select(&head, "up");
    put(&head, "up", &[(4, 4.0)]);
    put(&head, "down", &[(4, 4.0)]);
    assert_eq!(read(&first, 0).t, [1, 2]);
    assert_eq!(read(&second, 0).t, [1, 2, 3]);
    let matchers = [Matcher::equal("__name__", "down")];
    let later = second_view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    assert!((0..later.len()).all(|i| read(&later, i).is_empty()));
    assert_eq!(all(&head, "up").len(), 4);
    drop((first, second, later, _first_view, second_view));
    assert_eq!(head.open_views(), 0);
}

#[test]
fn commits_are_seen_whole_by_concurrent_readers() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let names: Vec<String> = (0..300).map(|i| format!("m{i}")).collect();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut refs: Vec<SeriesRef> = Vec::new();
            for t in 0..400 {
                let mut batch = Box::new(head.batch());
                if refs.is_empty() {
                    let label = |n: &String| labels(&[("__name__", n), ("job", "x")]);
                    refs = names.iter().map(|n| batch.resolve(&label(n)).unwrap()).collect();
                }
                for series in &refs {
                    batch.sample(*series, t * 1000, t as f64).unwrap();
                }
                batch.commit().unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let matchers = [Matcher::equal("job", "x")];
                while !stop.load(Ordering::Relaxed) {
                    let view = Arc::new(HeadView::new(&head, TimeRange::ALL));
                    let series = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
                    let last: Vec<Option<i64>> =
                        (0..series.len()).map(|i| read(&series, i).t.last().copied()).collect();
                    assert!(last.windows(2).all(|w| w[0] == w[1]), "a commit is half visible: {last:?}");
                }
            });
        }
    });
}

#[test]
fn refusals_are_the_originals() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let start = 100 * RANGE;
    put(&head, "up", &[(start, 1.0)]);
    let mut batch = Box::new(head.batch());
    let up = batch.resolve(&labels(&[("__name__", "up"), ("job", "a")])).unwrap();
    batch.sample(up, start, 1.0).unwrap();
    assert!(matches!(batch.sample(up, start, 2.0), Err(AppendError::DuplicateTimestamp)));
    assert!(matches!(batch.sample(up, start - 1, 1.0), Err(AppendError::OutOfOrder)));
    assert!(matches!(batch.sample(up, start - RANGE, 1.0), Err(AppendError::OutOfBounds)));
    let unknown = SeriesRef(std::num::NonZeroU64::new(99_999).unwrap());
    assert!(matches!(batch.sample(unknown, start + 1, 1.0), Err(AppendError::UnknownSeries)));
    let bad = HistogramValue::Integer(Histogram { count: 3, ..Histogram::default() });
    assert!(matches!(batch.histogram(up, start + 1, bad), Err(AppendError::InvalidHistogram { .. })));
    assert!(matches!(batch.resolve(&Labels::empty()), Err(AppendError::InvalidLabels { .. })));
    // Within a batch the second write of a time is found out at commit.
    batch.sample(up, start + 10, 1.0).unwrap();
    batch.sample(up, start + 10, 2.0).unwrap();
    assert_eq!(batch.commit().unwrap(), CommitSummary { samples: 1, dropped: 1 });
    assert_eq!(all(&head, "up"), [(start, 1.0), (start + 10, 1.0)]);
}

#[test]
fn floats_and_histograms_of_a_series_keep_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let mut batch = Box::new(head.batch());
    let series = batch.resolve(&labels(&[("__name__", "h")])).unwrap();
    batch.sample(series, 1, 1.0).unwrap();
    batch.histogram(series, 2, histogram(3)).unwrap();
    batch.sample(series, 3, 3.0).unwrap();
    batch.histogram(series, 4, histogram(5)).unwrap();
    batch.commit().unwrap();
    let mut batch = Box::new(head.batch());
    batch.sample(series, 5, STALE_NAN).unwrap();
    batch.commit().unwrap();
    for head in [head, open_in(dir.path(), i64::MIN).0] {
        let (_view, found) = select(&head, "h");
        let out = read(&found, 0);
        assert_eq!((out.t, out.v), (vec![1, 3], vec![1.0, 3.0]));
        let times: Vec<i64> = out.histograms.iter().map(|(t, _)| *t).collect();
        assert_eq!(times, [2, 4, 5]);
        assert!(out.histograms[2].1.is_stale());
    }
}

#[test]
fn start_zeros_come_before_the_first_sample_only() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    for t in [1000, 2000] {
        let mut batch = Box::new(head.batch());
        let series = batch.resolve(&labels(&[("__name__", "c"), ("job", "a")])).unwrap();
        assert_eq!(batch.start_zero(series, t, 500, None).is_ok(), t == 1000);
        assert!(batch.start_zero(series, t, t, None).is_err());
        batch.sample(series, t, 7.0).unwrap();
        batch.commit().unwrap();
    }
    assert_eq!(all(&head, "c"), [(500, 0.0), (1000, 7.0), (2000, 7.0)]);
}

#[test]
fn truncation_drops_samples_series_strings_files_and_log() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    for i in 0..2000 {
        let t = i * 15_000;
        put(&head, "stays", &[(t, i as f64)]);
        if i < 300 {
            put(&head, "goes", &[(t, 1.0)]);
        }
    }
    head.write_waiting_chunks().unwrap();
    let cut = 3 * RANGE;
    for _ in 0..2 {
        head.close_before(cut);
        assert!(head.wait_for_readers_before(cut, std::time::Duration::ZERO));
        head.truncate(cut).unwrap();
        head.truncate_log(cut).unwrap();
    }
    assert_eq!(head.series(), 1);
    assert!(head.symbols.read().find("goes").is_none() && head.symbols.read().find("stays").is_some());
    assert!(select(&head, "goes").1.is_empty());
    let kept: Vec<(i64, f64)> =
        (0..2000).map(|i| (i * 15_000, i as f64)).filter(|(t, _)| *t >= cut).collect();
    assert_eq!(all(&head, "stays"), kept);
    assert!(head.min_t() >= cut);
    assert!(crate::wal::last_checkpoint(dir.path().join("wal")).unwrap().is_some());
    put(&head, "stays", &[(2000 * 15_000, 1.0)]);
    let (again, report) = open_in(dir.path(), cut);
    assert!(report.damage.is_empty(), "{:?}", report.damage);
    assert_eq!(all(&again, "stays").len(), kept.len() + 1);
    assert_eq!(again.series(), 1);
}

#[test]
fn readers_hold_truncation_off() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    put(&head, "up", &[(1, 1.0), (RANGE, 1.0)]);
    let view = HeadView::new(&head, TimeRange { min_ms: 0, max_ms: 5 });
    assert!(!head.wait_for_readers_before(RANGE, std::time::Duration::from_millis(1)));
    drop(view);
    let _later = HeadView::new(&head, TimeRange { min_ms: RANGE, max_ms: RANGE });
    assert!(head.wait_for_readers_before(RANGE, std::time::Duration::from_millis(1)));
}

#[test]
fn exemplars_are_a_ring() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let exemplar = |t, v| Exemplar { labels: labels(&[("id", "x")]), value: v, timestamp_ms: Some(t) };
    let mut batch = Box::new(head.batch());
    let a = batch.resolve(&labels(&[("__name__", "a")])).unwrap();
    for t in 1..=6 {
        batch.exemplar(a, &exemplar(t, t as f64)).unwrap();
    }
    batch.commit().unwrap();
    let mut batch = Box::new(head.batch());
    batch.exemplar(a, &exemplar(6, 6.0)).unwrap(); // a repeat
    assert!(matches!(batch.exemplar(a, &exemplar(1, 1.0)), Err(AppendError::ExemplarOutOfOrder)));
    let long = Exemplar { labels: labels(&[("id", &"x".repeat(127))]), value: 1.0, timestamp_ms: Some(9) };
    assert!(matches!(batch.exemplar(a, &long), Err(AppendError::ExemplarLabelsTooLong)));
    drop(batch);
    for head in [head, open_in(dir.path(), i64::MIN).0] {
        let view = HeadView::new(&head, TimeRange::ALL);
        let found =
            view.exemplars(&[vec![Matcher::equal("__name__", "a")]], TimeRange { min_ms: 4, max_ms: 9 });
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.iter().map(|e| e.value).collect::<Vec<_>>(), [4.0, 5.0, 6.0]);
    }
}

#[test]
fn a_torn_log_keeps_every_commit_before_the_tear() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    for t in 0..50 {
        put(&head, "up", &[(t, t as f64)]);
    }
    drop(head);
    let log = dir.path().join("wal/00000000");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 5]).unwrap();
    let (head, report) = open_in(dir.path(), i64::MIN);
    assert_eq!((all(&head, "up").len(), report.damage.len()), (49, 1));
    put(&head, "up", &[(100, 1.0)]);
    let (head, report) = open_in(dir.path(), i64::MIN);
    assert_eq!((all(&head, "up").len(), report.damage.len()), (50, 0));
}

#[test]
fn damaged_chunk_files_are_made_good_by_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path(), i64::MIN);
    let samples: Vec<(i64, f64)> = (0..1000).map(|i| (i * 1000, (i % 7) as f64)).collect();
    put(&head, "up", &samples);
    assert!(head.write_waiting_chunks().unwrap() > 2);
    drop(head);
    let path = dir.path().join("chunks_head/000001");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (head, report) = open_in(dir.path(), i64::MIN);
    assert_eq!(all(&head, "up"), samples);
    assert_eq!(report.damage.len(), 1);
    assert!(dir.path().join("quarantine/chunks_head-000001").exists());
}

#[test]
fn a_missing_chunk_file_is_made_good_by_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let samples: Vec<(i64, f64)> = (0..1000).map(|i| (i * 1000, (i % 7) as f64)).collect();
    for part in samples.chunks(250) {
        let (head, _) = open_in(dir.path(), i64::MIN);
        put(&head, "up", part);
        assert!(head.write_waiting_chunks().unwrap() > 0); // each start has a file of its own
    }
    std::fs::remove_file(dir.path().join("chunks_head/000001")).unwrap();
    for damage in [1, 0] {
        let (head, report) = open_in(dir.path(), i64::MIN);
        assert_eq!(all(&head, "up"), samples);
        assert_eq!(report.damage.len(), damage, "{:?}", report.damage);
    }
    assert!(dir.path().join("quarantine/chunks_head-000002").exists());
}

#[test]
fn a_second_number_for_the_same_labels_is_the_same_series() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::open(dir.path().join("wal"), 1 << 20, WalCompression::None).unwrap();
    let huge = 1u64 << 40;
    for (series, name, t) in [(7, "up", 1), (9, "up", 2), (huge, "far", 3)] {
        let mut record = Vec::new();
        crate::wal::record::encode::series_head(&mut record);
        crate::wal::record::encode::series_entry(&mut record, series, 1, [("__name__", name)].into_iter());
        log.push(&record).unwrap();
        record.clear();
        let sample = crate::wal::record::Sample { series, t, v: 1.0, start_ms: 0 };
        crate::wal::record::encode::samples(&mut record, &[sample]);
        log.push(&record).unwrap();
    }
    log.close().unwrap();
    for _ in 0..2 {
        let (head, report) = open_in(dir.path(), i64::MIN);
        assert_eq!((head.series(), report.unknown_series), (2, 0));
        assert_eq!(all(&head, "up"), [(1, 1.0), (2, 1.0)]);
        assert_eq!(all(&head, "far").first(), Some(&(3, 1.0)));
        let mut batch = Box::new(head.batch());
        let far = batch.resolve(&labels(&[("__name__", "far")])).unwrap();
        assert!(far.0.get() <= u64::from(u32::MAX));
        batch.sample(far, head.max_t() + 1, 1.0).unwrap();
        batch.commit().unwrap();
    }
    assert_eq!(all(&open_in(dir.path(), i64::MIN).0, "far"), [(3, 1.0), (4, 1.0), (5, 1.0)]);
}
