use std::sync::Arc;

use model::{Labels, Matcher};
use storage::{Append, Samples, SelectRequest, SeriesSet, TimeRange};

use crate::db::{ReplayProgress, WalCompression};
use crate::head::{CutPolicy, Head, HeadOptions, HeadView, LogOptions, ReplayReport, open};

const RANGE: i64 = 10_000;

fn open_in(dir: &std::path::Path) -> (Arc<Head>, ReplayReport) {
    let options = HeadOptions {
        policy: CutPolicy { range_ms: RANGE, samples: 120, xor2: false },
        series_max: 0,
        exemplars_max: 0,
        budget: storage::Budget::new(0),
        late_window_ms: RANGE,
    };
    let log = LogOptions { compression: WalCompression::None, segment_bytes: 64 << 10, late_window_ms: 0 };
    open(dir, options, log, i64::MIN, &ReplayProgress::default()).unwrap()
}

fn put(head: &Head, t: impl IntoIterator<Item = i64>) {
    for t in t {
        let mut batch = Box::new(head.batch());
        let series = batch.resolve(&Labels::from_pairs([("__name__", "m")])).unwrap();
        batch.sample(series, t, t as f64).unwrap();
        batch.commit().unwrap();
    }
}

fn times(head: &Arc<Head>) -> Vec<i64> {
    let view = Arc::new(HeadView::new(head, TimeRange::ALL));
    let matchers = [Matcher::equal("__name__", "m")];
    let series = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut out = Samples::default();
    series.read(0, TimeRange::ALL, &mut out).unwrap();
    out.t
}

fn late(head: &Head) -> (usize, usize) {
    let id =
        head.find(&Labels::from_pairs([("__name__", "m")]), Labels::from_pairs([("__name__", "m")]).hash());
    head.pages
        .with(id.unwrap(), |s, _| {
            let late = s.late.as_deref().unwrap();
            (late.chunks.len(), late.lists().map(<[_]>::len).sum())
        })
        .unwrap()
}

#[test]
fn markers_end_what_the_log_must_tell() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path());
    put(&head, [20_000]);
    put(&head, 15_000..15_070);
    assert_eq!(head.write_late_lists().unwrap(), 1);
    assert_eq!(late(&head), (3, 0));
    put(&head, 16_000..16_003);
    let expected: Vec<i64> = (15_000..15_070).chain(16_000..16_003).chain([20_000]).collect();
    assert_eq!(times(&head), expected);
    drop(head); // killed
    let (head, report) = open_in(dir.path());
    assert_eq!((report.damage.len(), report.unknown_series), (0, 0));
    assert_eq!(
        late(&head),
        (3, 3),
        "chunks come from files, and only what is behind the marker from the log"
    );
    assert_eq!(times(&head), expected);
}

#[test]
fn without_its_chunks_a_marker_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path());
    put(&head, [20_000]);
    put(&head, 15_000..15_040);
    head.write_late_lists().unwrap();
    head.close().unwrap();
    drop(head);
    std::fs::remove_dir_all(dir.path().join("chunks_head")).unwrap();
    let (head, report) = open_in(dir.path());
    assert!(report.damage.is_empty());
    assert_eq!(late(&head), (0, 40));
    assert_eq!(times(&head), (15_000..15_040).chain([20_000]).collect::<Vec<_>>());
}

#[test]
fn a_damaged_log_is_cut_and_what_stands_before_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path());
    put(&head, [20_000]);
    put(&head, 15_000..15_040);
    head.write_late_lists().unwrap();
    put(&head, 16_000..16_010);
    head.close().unwrap();
    drop(head);
    let segment = dir.path().join("wbl/00000000");
    let mut bytes = std::fs::read(&segment).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let (head, report) = open_in(dir.path());
    assert_eq!(report.damage.len(), 1, "{:?}", report.damage);
    let expected: Vec<i64> = (15_000..15_040).chain(16_000..16_009).chain([20_000]).collect();
    assert_eq!(times(&head), expected);
}

#[test]
fn late_samples_of_lost_series_are_counted_and_their_numbers_stay_unused() {
    let dir = tempfile::tempdir().unwrap();
    let (head, _) = open_in(dir.path());
    put(&head, [20_000, 15_000]);
    head.close().unwrap();
    drop(head);
    std::fs::remove_dir_all(dir.path().join("wal")).unwrap();
    let (head, report) = open_in(dir.path());
    assert_eq!((head.series(), report.unknown_series), (0, 1));
    let mut batch = Box::new(head.batch());
    let series = batch.resolve(&Labels::from_pairs([("__name__", "other")])).unwrap();
    assert!(series.0.get() > 1, "the lost series' number has late samples");
    batch.rollback();
}
