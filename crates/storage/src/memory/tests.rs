use model::histogram::{FloatHistogram, HistogramValue};
use model::value::STALE_NAN;
use model::{Exemplar, Labels, MatchOp, Matcher, Metadata, MetricType};

use super::*;
use crate::append::SeriesRef;
use crate::error::AppendError;
use crate::samples::Samples;
use crate::select::{LabelQuery, SelectRequest};

fn labels(name: &str, job: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", job)])
}

fn store(storage: &MemoryStorage, labels: &Labels, samples: &[(i64, f64)]) {
    let mut batch = storage.appender();
    let series = batch.resolve(labels).unwrap();
    for (t, v) in samples {
        batch.sample(series, *t, *v).unwrap();
    }
    batch.commit().unwrap();
}

fn read(storage: &MemoryStorage, matchers: &[Matcher], range: TimeRange) -> Vec<(Labels, Samples)> {
    let view = storage.view(range).unwrap();
    let set = view.select(&SelectRequest::new(matchers, range)).unwrap();
    (0..set.len())
        .map(|i| {
            let mut samples = Samples::default();
            set.read(i, range, &mut samples).unwrap();
            (set.labels(i), samples)
        })
        .collect()
}

#[test]
fn a_batch_is_seen_whole_after_its_commit_and_by_later_views_only() {
    let storage = MemoryStorage::new();
    store(&storage, &labels("a", "x"), &[(1, 1.0)]);
    let before = storage.view(TimeRange::ALL).unwrap();

    let mut batch = storage.appender();
    let series = batch.resolve(&labels("a", "x")).unwrap();
    let other = batch.resolve(&labels("a", "y")).unwrap();
    batch.sample(series, 2, 2.0).unwrap();
    batch.sample(other, 2, 3.0).unwrap();
    assert_eq!(read(&storage, &[], TimeRange::ALL).len(), 1);
    assert_eq!(batch.commit().unwrap().samples, 2);

    let now = read(&storage, &[], TimeRange::ALL);
    assert_eq!(now.iter().map(|(l, s)| (l.get("job"), s.len())).collect::<Vec<_>>(), [("x", 2), ("y", 1)]);
    assert_eq!(before.select(&SelectRequest::new(&[], TimeRange::ALL)).unwrap().len(), 1);

    let mut discarded = storage.appender();
    let series = discarded.resolve(&labels("b", "x")).unwrap();
    discarded.sample(series, 1, 1.0).unwrap();
    discarded.rollback();
    assert_eq!(storage.series_count(), 2);
}

#[test]
fn late_and_repeated_samples() {
    let storage = MemoryStorage::new();
    let a = labels("a", "x");
    store(&storage, &a, &[(10, 1.0), (20, 2.0)]);
    let mut batch = storage.appender();
    let series = batch.resolve(&a).unwrap();
    assert!(batch.sample(series, 20, 2.0).is_ok());
    assert!(matches!(batch.sample(series, 20, 3.0), Err(AppendError::DuplicateTimestamp)));
    assert!(matches!(batch.sample(series, 15, 3.0), Err(AppendError::OutOfOrder)));
    assert!(matches!(
        batch.sample(SeriesRef(std::num::NonZeroU64::MAX), 1, 1.0),
        Err(AppendError::UnknownSeries)
    ));
    assert!(matches!(batch.resolve(&Labels::empty()), Err(AppendError::InvalidLabels { .. })));
    assert_eq!(batch.commit().unwrap().samples, 0);

    let storage = MemoryStorage::with_out_of_order_window(10);
    store(&storage, &a, &[(10, 1.0), (20, 2.0)]);
    let mut batch = storage.appender();
    let series = batch.resolve(&a).unwrap();
    assert!(batch.sample(series, 15, 3.0).is_ok());
    assert!(matches!(batch.sample(series, 9, 3.0), Err(AppendError::TooOld)));
    batch.refuse_out_of_order();
    assert!(matches!(batch.sample(series, 16, 3.0), Err(AppendError::OutOfOrder)));
    batch.commit().unwrap();
}

#[test]
fn two_batches_for_one_series() {
    let storage = MemoryStorage::new();
    let a = labels("a", "x");
    let (mut first, mut second) = (storage.appender(), storage.appender());
    let (in_first, in_second) = (first.resolve(&a).unwrap(), second.resolve(&a).unwrap());
    first.sample(in_first, 10, 1.0).unwrap();
    second.sample(in_second, 5, 1.0).unwrap();
    second.sample(in_second, 11, 1.0).unwrap();
    first.commit().unwrap();
    let summary = second.commit().unwrap();
    assert_eq!((summary.samples, summary.dropped), (1, 1));
    let mut third = storage.appender();
    third.sample(in_first, 12, 1.0).unwrap();
    third.sample(in_second, 13, 1.0).unwrap();
    third.commit().unwrap();
    assert_eq!(read(&storage, &[], TimeRange::ALL)[0].1.t, [10, 11, 12, 13]);
}

#[test]
fn histograms_their_staleness_and_their_zero() {
    let storage = MemoryStorage::new();
    let h = HistogramValue::Float(FloatHistogram { schema: 3, count: 2.0, sum: 5.0, ..Default::default() });
    let mut batch = storage.appender();
    let series = batch.resolve(&labels("h", "x")).unwrap();
    batch.start_zero(series, 10, 4, Some(&h)).unwrap();
    batch.histogram(series, 10, h.clone()).unwrap();
    assert!(matches!(batch.start_zero(series, 20, 10, Some(&h)), Err(AppendError::OutOfOrder)));
    batch.sample(series, 20, STALE_NAN).unwrap();
    let broken = HistogramValue::Float(FloatHistogram { schema: 9, ..Default::default() });
    assert!(matches!(batch.histogram(series, 30, broken), Err(AppendError::InvalidHistogram { .. })));
    batch.commit().unwrap();
    let samples = &read(&storage, &[], TimeRange::ALL)[0].1;
    assert!(samples.t.is_empty());
    let seen: Vec<_> =
        samples.histograms.iter().map(|(t, h)| (*t, h.to_float().count, h.is_stale())).collect();
    assert_eq!(seen, [(4, 0.0, false), (10, 2.0, false), (20, 0.0, true)]);
}

#[test]
fn selection_by_matchers_range_and_limit() {
    let storage = MemoryStorage::new();
    for (name, job, t) in [("a", "x", 10), ("a", "y", 20), ("b", "x", 30)] {
        store(&storage, &labels(name, job), &[(t, 1.0)]);
    }
    let found = |matchers: &[Matcher], min_ms, max_ms| {
        let found = read(&storage, matchers, TimeRange { min_ms, max_ms });
        found.iter().map(|(l, _)| format!("{}{}", l.name(), l.get("job"))).collect::<Vec<_>>().join(" ")
    };
    let name = [Matcher::equal("__name__", "a")];
    assert_eq!(found(&name, 0, 100), "ax ay");
    assert_eq!(found(&[], 15, 30), "ay bx");
    let job = [Matcher::new(MatchOp::Regex, "job", "x|z").unwrap()];
    assert_eq!(found(&job, 0, 100), "ax bx");

    let view = storage.view(TimeRange::ALL).unwrap();
    let mut request = SelectRequest::new(&[], TimeRange::ALL);
    request.limit = 2;
    let set = view.select(&request).unwrap();
    assert_eq!((set.len(), set.warnings()), (2, vec!["results truncated due to limit".to_owned()]));
    request.cancel.cancel();
    assert!(matches!(view.select(&request), Err(SelectError::Cancelled)));

    let sets = [name.to_vec()];
    let query = LabelQuery::new(&sets, TimeRange::ALL);
    assert_eq!(view.label_names(&query).unwrap(), ["__name__", "job"]);
    assert_eq!(view.label_values("job", &query).unwrap(), ["x", "y"]);
    let query = LabelQuery { limit: 1, ..LabelQuery::new(&[], TimeRange { min_ms: 25, max_ms: 40 }) };
    assert_eq!(view.label_values("__name__", &query).unwrap(), ["b"]);
    assert_eq!(view.label_names(&query).unwrap(), ["__name__"]);
}

#[test]
fn exemplars_and_metadata() {
    let storage = MemoryStorage::new();
    let a = labels("a", "x");
    let exemplar = |t: i64, id: &str| Exemplar {
        labels: Labels::from_pairs([("trace_id", id)]),
        value: 1.0,
        timestamp_ms: Some(t),
    };
    let mut batch = storage.appender();
    let series = batch.resolve(&a).unwrap();
    batch.exemplar(series, &exemplar(10, "p")).unwrap();
    batch.exemplar(series, &exemplar(10, "p")).unwrap();
    batch.exemplar(series, &exemplar(20, "q")).unwrap();
    assert!(matches!(batch.exemplar(series, &exemplar(5, "r")), Err(AppendError::ExemplarOutOfOrder)));
    let long = exemplar(30, &"é".repeat(121));
    assert!(matches!(batch.exemplar(series, &long), Err(AppendError::ExemplarLabelsTooLong)));
    let metadata = Metadata { kind: MetricType::Counter, ..Metadata::default() };
    batch.metadata(series, &metadata).unwrap();
    batch.commit().unwrap();
    assert_eq!(storage.metadata(&a), Some(metadata));
    let view = storage.view(TimeRange::ALL).unwrap();
    let found = view.exemplars(&[], TimeRange { min_ms: 15, max_ms: 30 }).unwrap();
    assert_eq!(found, [(a, vec![exemplar(20, "q")])]);
}

#[test]
fn start_times_stay_with_their_samples() {
    let storage = MemoryStorage::with_out_of_order_window(1_000);
    let h =
        HistogramValue::Float(FloatHistogram { count: 1.0, zero_count: 1.0, ..FloatHistogram::default() });
    let mut batch = storage.appender();
    let series = batch.resolve(&labels("a", "x")).unwrap();
    batch.sample_started(series, 5, 10, 1.0).unwrap();
    batch.sample(series, 30, 3.0).unwrap();
    batch.sample_started(series, 15, 20, 2.0).unwrap(); // late
    batch.histogram_started(series, 35, 40, h.clone()).unwrap();
    batch.commit().unwrap();
    let found = read(&storage, &[], TimeRange { min_ms: 20, max_ms: 40 }).swap_remove(0).1;
    assert_eq!((found.t.as_slice(), found.starts.as_slice()), (&[20i64, 30][..], &[15i64][..]));
    assert_eq!(
        (found.histograms.as_slice(), found.histogram_starts.as_slice()),
        (&[(40, h)][..], &[35i64][..])
    );
}
