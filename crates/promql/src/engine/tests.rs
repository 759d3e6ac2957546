//! Whole queries over a storage in memory.

use std::sync::Arc;
use std::time::Duration;

use model::Labels;
use model::number::format_g;
use storage::memory::MemoryStorage;
use storage::{Appendable, Cancel};

use super::*;
use crate::value::{Point, Points};
use crate::{ParseOptions, parse};

/// `series` series of `requests_total` with a sample every 15 s for an hour: counters with some resets and gaps.
fn storage(series: usize) -> Arc<MemoryStorage> {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    for s in 0..series {
        let labels = Labels::from_pairs([
            ("__name__", "requests_total".to_owned()),
            ("instance", format!("host-{s}")),
            ("job", format!("job-{}", s % 7)),
        ]);
        let series = batch.resolve(&labels).unwrap();
        let mut value = s as f64 * 0.1;
        for i in 0..240i64 {
            if (i as usize + s).is_multiple_of(97) {
                value = 0.0;
            }
            value += ((i as usize * 31 + s * 17) % 13) as f64 / 7.0;
            if !(i as usize + 3 * s).is_multiple_of(41) {
                batch.sample(series, i * 15_000, value).unwrap();
            }
        }
    }
    batch.commit().unwrap();
    Arc::new(storage)
}

fn engine(threads: usize) -> Engine {
    Engine::new(EngineOptions { threads, ..EngineOptions::default() })
}

fn expr(text: &str) -> Expr {
    parse(text, &ParseOptions { experimental_functions: true, ..ParseOptions::default() }).unwrap()
}

fn range(engine: &Engine, data: &Arc<MemoryStorage>, text: &str) -> Result<QueryResult, QueryError> {
    let data: Arc<dyn Queryable> = data.clone();
    engine.range(data, &expr(text), 600_000, 3_600_000, 30_000, &QueryOptions::default())
}

/// Everything of a result, floats by their bits.
fn fingerprint(result: &QueryResult) -> Vec<(Labels, Vec<(i64, u64)>)> {
    let Value::Matrix(series) = &result.value else { panic!("not a matrix: {result:?}") };
    let bits = |p: &Points| p.floats().map(|(t, v)| (t, v.to_bits())).collect();
    series.iter().map(|s| (s.labels.clone(), bits(&s.points))).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    let data = storage(500);
    for text in [
        "sum(rate(requests_total[5m]))",
        "avg by (job) (requests_total)",
        "stddev by (job) (increase(requests_total[2m]))",
        "topk by (job) (3, rate(requests_total[1m]))",
        "quantile by (job) (0.9, requests_total)",
        "count_values by (job) (\"v\", floor(requests_total / 50))",
        "max_over_time(rate(requests_total[1m])[5m:30s])",
        "limit_ratio(0.3, requests_total)",
        "sum by (job) (requests_total) / on (job) group_right requests_total",
        "absent(requests_total > 1e6)",
    ] {
        let serial = range(&engine(1), &data, text).unwrap();
        assert!(!fingerprint(&serial).is_empty(), "{text}");
        for threads in [2, 4] {
            let parallel = range(&engine(threads), &data, text).unwrap();
            assert_eq!(fingerprint(&parallel), fingerprint(&serial), "{text} on {threads} threads");
            assert_eq!(
                parallel.stats.samples.total_queryable, serial.stats.samples.total_queryable,
                "{text}"
            );
        }
    }
}

#[test]
fn a_range_query_is_its_instant_queries() {
    let data = storage(40);
    let engine = engine(1);
    for text in [
        "sum by (job) (rate(requests_total[5m]))",
        "requests_total offset 1m > 20",
        "bottomk by (job) (1, requests_total)",
        "time() - timestamp(requests_total)",
        "deriv(requests_total[3m])",
        "requests_total and on (instance) (requests_total > 30)",
        "avg_over_time(sum(requests_total)[10m:1m])",
        "requests_total - requests_total @ 1000",
    ] {
        let steps = range(&engine, &data, text).unwrap();
        let Value::Matrix(series) = &steps.value else { panic!() };
        for t in (600_000..=3_600_000).step_by(300_000) {
            let view: Arc<dyn Queryable> = data.clone();
            let instant = engine.instant(view, &expr(text), t, &QueryOptions::default()).unwrap();
            let Value::Vector(mut samples) = instant.value else { panic!() };
            samples.sort_by(|a, b| a.labels.cmp(&b.labels));
            let got: Vec<_> = samples.iter().map(|s| (s.labels.clone(), s.value.clone())).collect();
            let at = |p: &Points| p.floats().find(|(at, _)| *at == t).map(|(_, v)| Point::Float(v));
            let want: Vec<_> =
                series.iter().filter_map(|s| Some((s.labels.clone(), at(&s.points)?))).collect();
            assert_eq!(got, want, "{text} at {t}");
        }
    }
}

#[test]
fn counts_samples_as_prometheus_does() {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    for (name, series) in [("m", 1), ("m3", 3)] {
        for s in 0..series {
            let labels = Labels::from_pairs([("__name__", name.to_owned()), ("s", format!("s{s}"))]);
            let series = batch.resolve(&labels).unwrap();
            for i in 0..100 {
                batch.sample(series, i * 10_000, i as f64).unwrap();
            }
        }
    }
    batch.commit().unwrap();
    let data = Arc::new(storage);
    let counts = |text: &str, (start, end, step)| {
        let data: Arc<dyn Queryable> = data.clone();
        let options = QueryOptions { stats: StatsLevel::PerStep, ..QueryOptions::default() };
        let stats = engine(1).range(data, &expr(text), start, end, step, &options).unwrap().stats.samples;
        let steps = |steps: Option<Vec<(i64, u64)>>| steps.unwrap().iter().map(|s| s.1).collect::<Vec<_>>();
        let (seen, read) = (steps(stats.total_queryable_per_step), steps(stats.read_per_step));
        assert_eq!((stats.total_queryable, stats.read), (seen.iter().sum(), read.iter().sum()), "{text}");
        (seen, read)
    };
    let minutes = (200_000, 320_000, 60_000);
    let fives = (201_000, 220_000, 5_000);
    let cases = [
        ("m", minutes, vec![1, 1, 1], vec![1, 1, 1]),
        ("1 + time()", minutes, vec![0, 0, 0], vec![0, 0, 0]),
        // A sample in several windows is read for the first of them.
        ("rate(m[1m])", minutes, vec![6, 6, 6], vec![6, 6, 6]),
        ("rate(m[2m])", minutes, vec![12, 12, 12], vec![12, 6, 6]),
        ("rate(m[30s])", minutes, vec![3, 3, 3], vec![3, 3, 3]),
        ("timestamp(m3)", fives, vec![3; 4], vec![3; 4]),
        // One value for all steps: every step sees it, the first reads it.
        ("sum(m) + m @ 200", minutes, vec![2, 2, 2], vec![2, 1, 1]),
        ("rate(m[1m] @ 200)", minutes, vec![6, 6, 6], vec![6, 0, 0]),
        // Seen are the windows over what the inner steps gave; read is what the inner steps read.
        ("max_over_time(m[1m:20s])", minutes, vec![3, 3, 3], vec![3, 3, 3]),
        ("max_over_time(m3[60s:5s])", fives, vec![36; 4], vec![36, 3, 3, 3]),
        (
            "sum(max_over_time(m3[60s:5s])) + sum(max_over_time(m[60s:5s]))",
            fives,
            vec![48; 4],
            vec![48, 4, 4, 4],
        ),
        // Inner steps between windows count for nothing.
        ("max_over_time(m[20s:10s])", minutes, vec![2, 2, 2], vec![2, 2, 2]),
    ];
    for (text, (start, end, step), seen, read) in cases {
        assert_eq!(counts(text, (start, end, step)), (seen, read), "{text}");
    }
}

#[test]
fn explains_what_each_part_did() {
    let data: Arc<dyn Queryable> = storage(70);
    let text = "sum by (job) (rate(requests_total[5m]))\n  / 2";
    let explain = |explain| {
        let options = QueryOptions { text: Arc::from(text), explain, ..QueryOptions::default() };
        engine(2).range(data.clone(), &expr(text), 600_000, 3_600_000, 30_000, &options).unwrap()
    };
    let (plain, told) = (explain(false), explain(true));
    assert_eq!(plain.explained, None);
    assert_eq!(fingerprint(&plain), fingerprint(&told));
    let mut flat = Vec::new();
    fn walk(node: &Explained, depth: usize, out: &mut Vec<(usize, String, u64, u64)>) {
        out.push((
            depth,
            format!("{} {} | {}", node.kind, node.detail, node.expr),
            node.series,
            node.samples,
        ));
        node.children.iter().for_each(|c| walk(c, depth + 1, out));
    }
    let root = told.explained.unwrap();
    walk(&root, 0, &mut flat);
    assert_eq!(flat[0].1, format!("binary / | {text}"));
    assert_eq!((flat[0].2, flat[0].3), (7, 7 * 101));
    assert_eq!(flat[1].1, "aggregate sum by (job) | sum by (job) (rate(requests_total[5m]))");
    assert_eq!((flat[1].2, flat[1].3), (7, 7 * 101));
    assert_eq!(flat[2].1, "call rate | rate(requests_total[5m])");
    assert_eq!((flat[2].2, flat[2].3), (70, 70 * 101));
    assert_eq!(flat[3].1, "rangeSelector {__name__=\"requests_total\"}[5m] | requests_total[5m]");
    assert_eq!(flat[3].2, 70);
    assert!(flat[3].3 > 70 * 200, "{flat:?}");
    assert_eq!(flat[4].1, "number 2 | 2");
    assert_eq!(root.children[1].position, (2, 5));
}

#[test]
fn bounds_are_kept() {
    let data = storage(300);
    let small = Engine::new(EngineOptions { max_samples: 1_000, ..EngineOptions::default() });
    assert!(matches!(
        range(&small, &data, "requests_total"),
        Err(QueryError::TooManySamples { limit: 1_000, .. })
    ));
    let text = "avg(requests_total) + sum by (job) (count_values by (instance) (\"v\", requests_total))";
    let options = QueryOptions { text: Arc::from(text), ..QueryOptions::default() };
    let view: Arc<dyn Queryable> = data.clone();
    let grown = small.range(view, &expr(text), 600_000, 3_600_000, 30_000, &options).unwrap_err().to_string();
    assert!(grown.starts_with("query processing would load too many samples into memory in query execution"));
    assert!(
        grown.ends_with("growing in count_values by (instance) (\"v\", requests_total) (1:37)"),
        "{grown}"
    );
    let little = Engine::new(EngineOptions { max_memory: 100_000, ..EngineOptions::default() });
    let much = range(&little, &data, "requests_total").unwrap_err().to_string();
    assert!(much.contains("100000 are allowed for one query (--query.max-memory)"), "{much}");
    assert!(range(&little, &data, "max(requests_total)").is_ok());
    // The result is what is held: 101 steps of one series, not of 300.
    assert!(range(&small, &data, "sum(requests_total)").is_ok());
    // Ten years in milliseconds: refused before memory is asked for. Times at the ends of what can be written do no harm.
    let forever = range(&engine(1), &data, "max_over_time(requests_total[10y:1ms])");
    assert!(matches!(forever, Err(QueryError::TooManySamples { .. })), "{forever:?}");
    for text in ["requests_total @ 9e15 offset -100y", "rate(requests_total[100y] @ -9e15 offset 290y)"] {
        assert!(range(&engine(1), &data, text).is_ok(), "{text}");
    }
    let cancel = Cancel::default();
    cancel.cancel();
    let options = QueryOptions { cancel, ..QueryOptions::default() };
    let view: Arc<dyn Queryable> = data.clone();
    assert!(matches!(engine(1).instant(view, &expr("up"), 0, &options), Err(QueryError::Canceled)));
    struct Late(std::sync::atomic::AtomicU64);
    impl Clock for Late {
        fn now(&self) -> Duration {
            Duration::from_secs(self.0.fetch_add(60, Ordering::Relaxed))
        }
    }
    let options = QueryOptions { clock: Some(Arc::new(Late(AtomicU64::new(0)))), ..QueryOptions::default() };
    let view: Arc<dyn Queryable> = data;
    assert!(matches!(
        engine(1).instant(view, &expr("sum(requests_total)"), 0, &options),
        Err(QueryError::Timeout)
    ));
}

#[test]
fn reports_what_is_wrong_in_prometheus_words() {
    let data = storage(14);
    let engine = engine(1);
    let cases = [
        (
            "requests_total + on (job) requests_total",
            "found duplicate series for the match group {job=\"job-0\"} on the right hand-side of the operation: [{__name__=\"requests_total\", instance=\"host-0\", job=\"job-0\"}, {__name__=\"requests_total\", instance=\"host-7\", job=\"job-0\"}];many-to-many matching not allowed: matching labels must be unique on one side",
        ),
        (
            "requests_total + on (job) sum by (job) (requests_total)",
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
        ),
        (
            "label_replace(requests_total, \"instance\", \"\", \"\", \"\")",
            "vector cannot contain metrics with the same labelset",
        ),
        ("topk(scalar(nothing), requests_total)", "Parameter value is NaN"),
        ("topk(1e30, requests_total)", "Scalar value 1e+30 overflows int64"),
    ];
    for (text, expected) in cases {
        match range(&engine, &data, text) {
            Err(e) => assert_eq!(e.to_string(), expected, "{text}"),
            Ok(result) => panic!("{text}: {} series", fingerprint(&result).len()),
        }
    }
}

#[test]
fn names_dropped_at_once_may_collide() {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    for name in ["a_total", "b_total"] {
        let series = batch.resolve(&Labels::from_pairs([("__name__", name), ("job", "x")])).unwrap();
        for i in 0..20 {
            // The second starts when the first has ended.
            let t = i * 15_000 + if name == "a_total" { 0 } else { 700_000 };
            batch.sample(series, t, i as f64).unwrap();
        }
    }
    batch.commit().unwrap();
    let data = Arc::new(storage);
    let run = |text: &str| {
        let data: Arc<dyn Queryable> = data.clone();
        engine(1).range(data, &expr(text), 0, 1_200_000, 60_000, &QueryOptions::default())
    };
    // Ranges refuse equal labels even if they never have values at one step; single values take turns.
    assert!(run("rate({job=\"x\"}[2m])").is_err_and(|e| e.to_string().contains("same labelset")));
    let joined = run("-{job=\"x\"}").unwrap();
    let Value::Matrix(series) = &joined.value else { panic!() };
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].labels.to_string(), "{job=\"x\"}");
    // They do meet at one step if the second looks back far enough.
    assert!(run("abs(last_over_time({job=\"x\"}[20m]))").is_err());
    assert!(run("absent_over_time({job=\"x\"}[1h])").is_ok());
}

#[test]
fn notes_have_positions() {
    let data = storage(2);
    let text = "sum(rate(requests_total[5m])) +\n  quantile(2, rate({job=~\".+\"}[5m]))";
    let options = QueryOptions { text: Arc::from(text), ..QueryOptions::default() };
    let view: Arc<dyn Queryable> = data;
    let result = engine(1).instant(view, &expr(text), 3_000_000, &options).unwrap();
    assert_eq!(result.warnings, ["PromQL warning: quantile value should be between 0 and 1, got 2 (2:12)"]);
    assert_eq!(result.infos, Vec::<String>::new());
    let Value::Vector(samples) = result.value else { panic!() };
    assert_eq!(samples.len(), 1);
    let Point::Float(v) = samples[0].value else { panic!() };
    assert_eq!(format_g(v), "+Inf");
}

#[test]
fn long_windows_slide_over_their_extremes() {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    let series = batch.resolve(&Labels::from_pairs([("__name__", "m")])).unwrap();
    let values: Vec<f64> = (0..600usize)
        .map(|i| match i {
            // Windows of nothing but NaN, among others.
            200..320 => f64::NAN,
            _ if i % 11 == 0 => f64::NAN,
            _ => ((i * 7919) % 101) as f64 - 50.0,
        })
        .collect();
    for (i, v) in values.iter().enumerate() {
        batch.sample(series, i as i64 * 1_000, *v).unwrap();
    }
    batch.commit().unwrap();
    let data = Arc::new(storage);
    for width in [10usize, 65, 100, 300] {
        for (function, pick) in
            [("max_over_time", f64::max as fn(f64, f64) -> f64), ("min_over_time", f64::min)]
        {
            let view: Arc<dyn Queryable> = data.clone();
            let text = format!("{function}(m[{width}s])");
            let result =
                engine(1).range(view, &expr(&text), 0, 599_000, 1_000, &QueryOptions::default()).unwrap();
            let Value::Matrix(series) = &result.value else { panic!() };
            for (t, got) in series[0].points.floats() {
                let end = (t / 1_000) as usize;
                let expected =
                    values[(end + 1).saturating_sub(width)..=end].iter().copied().fold(f64::NAN, pick);
                assert!(
                    got == expected || got.is_nan() && expected.is_nan(),
                    "{text} at {t}: {got}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn only_the_labels_that_are_looked_at_are_asked_for() {
    use storage::{LabelQuery, Projection, Select, SelectError, SelectRequest, SeriesSet};
    struct Spy(Arc<dyn Select>, Arc<Mutex<Vec<Option<Projection>>>>);
    impl Select for Spy {
        fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
            self.1.lock().unwrap().push(request.projection.clone());
            self.0.select(request)
        }
        fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
            self.0.label_names(query)
        }
        fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
            self.0.label_values(name, query)
        }
        fn exemplars(
            &self,
            sets: &[Vec<model::Matcher>],
            range: TimeRange,
        ) -> Result<Vec<(Labels, Vec<model::Exemplar>)>, SelectError> {
            self.0.exemplars(sets, range)
        }
    }
    struct Watched(Arc<MemoryStorage>, Arc<Mutex<Vec<Option<Projection>>>>);
    impl Queryable for Watched {
        fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
            Ok(Arc::new(Spy(self.0.view(range)?, self.1.clone())))
        }
    }
    let data = storage(20);
    for (text, narrow) in [
        ("sum by (job) (requests_total)", vec![true]),
        ("sum by (job) (rate(requests_total[5m]) * 8)", vec![true]),
        ("count(abs(requests_total) > 5)", vec![true]),
        ("sum by (job) (-requests_total / scalar(sum(requests_total)))", vec![true, true]),
        ("requests_total + on (instance) up", vec![true, true]),
        ("requests_total + ignoring (version) up", vec![true, true]),
        ("requests_total * on (instance) group_left (zone) up", vec![false, true]),
        ("sum by (zone) (requests_total * on (instance) group_left (zone) up)", vec![true, true]),
        ("sum by (job) (up * on (job) group_right () requests_total * 2)", vec![true, false]),
        ("sum by (job) (up * on (job) group_right () requests_total)", vec![true, true]),
        ("sum without (job) (requests_total / ignoring (job) group_left up)", vec![true, true]),
        ("count(requests_total and on (instance) up)", vec![true, true]),
        ("requests_total unless on (instance) up", vec![false, true]),
        (
            "sum by (job) ((requests_total and on (job) up) * on (instance) group_left () up)",
            vec![true, true, true],
        ),
        // Here labels decide what meets what, or whether two series are one.
        ("requests_total or on (instance) up", vec![false, false]),
        ("requests_total + up", vec![false, false]),
        ("sum by (job) (requests_total + requests_total)", vec![false]),
        ("sum by (job) (abs({instance=~\".+\"}))", vec![false]),
        ("requests_total", vec![false]),
    ] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let view: Arc<dyn Queryable> = Arc::new(Watched(data.clone(), seen.clone()));
        engine(1).range(view, &expr(text), 600_000, 3_600_000, 30_000, &QueryOptions::default()).unwrap();
        let asked: Vec<bool> = seen.lock().unwrap().iter().map(Option::is_some).collect();
        assert_eq!(asked, narrow, "{text}");
    }
}
