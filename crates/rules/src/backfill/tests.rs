use std::sync::Arc;

use model::histogram::HistogramValue;

use storage::memory::MemoryStorage;
use storage::{Appendable, Queryable, Samples, SelectRequest, TimeRange};

use super::*;
use crate::group::tests::{environment, groups};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Puts what is filled in into a storage, as soon as it is flushed.
struct Into<'s> {
    storage: &'s MemoryStorage,
    waiting: Vec<(Labels, Vec<(i64, Point)>)>,
    flushes: usize,
}

impl History for Into<'_> {
    fn add(&mut self, labels: &Labels, points: &[(i64, Point)]) {
        self.waiting.push((labels.clone(), points.to_vec()));
    }

    fn flush(&mut self) -> Result<(), String> {
        self.flushes += 1;
        let mut batch = self.storage.appender();
        for (labels, points) in self.waiting.drain(..) {
            let series = batch.resolve(&labels).unwrap();
            for (t, point) in points {
                match point {
                    Point::Float(v) => batch.sample(series, t, v).unwrap(),
                    Point::Histogram(h) => {
                        batch.histogram(series, t, HistogramValue::Float((*h).clone())).unwrap()
                    }
                }
            }
        }
        batch.commit().map(|_| ()).map_err(|e| e.to_string())
    }
}

/// Everything that a metric has, values as bits: staleness markers count.
fn dump(storage: &MemoryStorage, metric: &str) -> Vec<(String, Vec<(i64, u64)>)> {
    let range = TimeRange { min_ms: 0, max_ms: i64::MAX };
    let matchers = [model::Matcher::equal("__name__", metric)];
    let view = storage.view(range).unwrap();
    let set = view.select(&SelectRequest::new(&matchers, range)).unwrap();
    let mut all: Vec<_> = (0..set.len())
        .map(|i| {
            let mut samples = Samples::default();
            set.read(i, range, &mut samples).unwrap();
            let points = samples.t.iter().zip(&samples.v).map(|(t, v)| (*t, v.to_bits())).collect();
            (set.labels(i).to_string(), points)
        })
        .collect();
    all.sort();
    all
}

/// Six hours of three series with holes, each minute.
fn data() -> MemoryStorage {
    let data = MemoryStorage::new();
    let mut state = 4_711_u64;
    for minute in 0..360 {
        let mut batch = data.appender();
        for instance in ["a", "b", "c"] {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Holes of several minutes, so that series end and come back.
            let shift = minute / 11 + instance.len() as u64 * u64::from(instance.as_bytes()[0]);
            let missing = shift.is_multiple_of(4);
            if missing || state >> 61 == 0 {
                continue;
            }
            let labels = Labels::from_pairs([("__name__", "m"), ("instance", instance), ("job", "j")]);
            let series = batch.resolve(&labels).unwrap();
            batch.sample(series, minute as i64 * MINUTE + 7_000, (state >> 40) as f64).unwrap();
        }
        batch.commit().unwrap();
    }
    data
}

const RULES: &str = "groups:
- name: g
  interval: 30s
  query_offset: 10s
  rules:
  - record: job:m:sum
    expr: sum by (job) (m)
    labels: {level: job}
  - record: m:rate
    expr: rate(m[3m])
  - alert: Never
    expr: m > 1e300
  - record: m:rate:max
    expr: max_over_time(m:rate[10m])
  - record: m:clash
    expr: m{instance!='c'}
    labels: {instance: same}
";

#[test]
fn history_is_what_a_server_would_have_recorded() {
    let (served, filled) = (data(), data());
    let group = groups(RULES, true).remove(0);
    let env = environment(&served, Arc::default(), 0);
    let span = Span { start_ms: HOUR + 1, end_ms: 5 * HOUR + 17 };
    let slots = group.slots();
    let mut slot = slots.at_or_before(HOUR * 1_000_000);
    while slot.div_euclid(1_000_000) - 10_000 <= span.end_ms {
        let t_ms = slot.div_euclid(1_000_000);
        group.evaluate(&env, t_ms, t_ms);
        slot = slots.after(slot);
    }

    let env = environment(&filled, Arc::default(), 0);
    let mut history = Into { storage: &filled, waiting: Vec::new(), flushes: 0 };
    let summary = backfill(&group, &env, span, &|_| true, &Cancel::default(), &mut history).unwrap();
    assert_eq!(summary.rules, 4);
    assert!(summary.failed_evaluations > 0, "{summary:?}");
    assert!(summary.first_failure.unwrap().contains("same labelset"));
    // Two batches, as one rule reads another's result, in the windows that begin at 1, 2 and 4 o'clock.
    assert_eq!(history.flushes, 6);

    let mut samples = 0;
    for metric in ["job:m:sum", "m:rate", "m:clash"] {
        let within = |dumped: Vec<(String, Vec<(i64, u64)>)>| -> Vec<(String, Vec<(i64, u64)>)> {
            let keep = |(t, _): &(i64, u64)| (span.start_ms..=span.end_ms).contains(t);
            let cut = dumped.into_iter().map(|(l, points)| (l, points.into_iter().filter(keep).collect()));
            cut.filter(|(_, points): &(String, Vec<_>)| !points.is_empty()).collect()
        };
        let (want, got) = (within(dump(&served, metric)), within(dump(&filled, metric)));
        assert_eq!(got, want, "{metric}");
        samples += got.iter().map(|(_, points)| points.len()).sum::<usize>();
    }
    assert!(samples > 1_000, "{samples}");
    assert!(!dump(&filled, "m:rate:max").is_empty(), "a rule sees what those before it recorded");
    assert!(dump(&filled, "ALERTS").is_empty());
}

#[test]
fn limits_hold() {
    let data = data();
    let text = "groups:\n- name: g\n  limit: 2\n  rules:\n  - record: r\n    expr: m or vector(1)\n";
    let group = groups(text, true).remove(0);
    let env = environment(&data, Arc::default(), 0);
    let mut history = Into { storage: &data, waiting: Vec::new(), flushes: 0 };
    let span = Span { start_ms: HOUR, end_ms: 2 * HOUR };
    let summary = backfill(&group, &env, span, &|_| true, &Cancel::default(), &mut history).unwrap();
    assert!(summary.failed_evaluations > 0);
    let reason = summary.first_failure.unwrap();
    assert!(reason.starts_with("exceeded limit of 2 with "), "{reason}");
}

#[test]
fn what_never_works_records_nothing_and_says_why() {
    let data = data();
    let env = environment(&data, Arc::default(), 0);
    let group =
        groups("groups:\n- name: g\n  rules:\n  - record: r\n    expr: m * on (job) m\n", true).remove(0);
    let mut history = Into { storage: &data, waiting: Vec::new(), flushes: 0 };
    let span = Span { start_ms: HOUR, end_ms: HOUR + 2 * MINUTE };
    let summary = backfill(&group, &env, span, &|_| true, &Cancel::default(), &mut history).unwrap();
    assert_eq!((summary.samples, summary.failed_evaluations), (0, 2));
    assert!(summary.first_failure.unwrap().contains("many-to-many"), "the engine's reason");
    let nothing = backfill(&group, &env, span, &|_| false, &Cancel::default(), &mut history).unwrap();
    assert_eq!(nothing, Summary::default());
}

#[test]
fn a_cancelled_run_says_where_it_was() {
    let data = data();
    let env = environment(&data, Arc::default(), 0);
    let group = groups(RULES, true).remove(0);
    let mut history = Into { storage: &data, waiting: Vec::new(), flushes: 0 };
    let cancel = Cancel::default();
    cancel.cancel();
    let span = Span { start_ms: HOUR, end_ms: 2 * HOUR };
    let error = backfill(&group, &env, span, &|_| true, &cancel, &mut history).unwrap_err();
    assert_eq!(error, BackfillError::Cancelled { group: "g".to_owned(), rule: "job:m:sum".to_owned() });
    assert!(dump(&data, "job:m:sum").is_empty());
}

#[test]
fn windows_end_where_blocks_do() {
    let span = Span { start_ms: HOUR, end_ms: 6 * HOUR };
    let ends: Vec<(i64, i64)> = windows(span).map(|w| (w.start_ms, w.end_ms)).collect();
    assert_eq!(
        ends,
        [(HOUR, 2 * HOUR - 1), (2 * HOUR, 4 * HOUR - 1), (4 * HOUR, 6 * HOUR - 1), (6 * HOUR, 6 * HOUR)]
    );
    assert_eq!(windows(Span { start_ms: 5, end_ms: 4 }).count(), 0);
}
