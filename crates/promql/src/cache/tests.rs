//! Cache on equals cache off, whatever happens to the data in between.

use model::Labels;
use model::histogram::{FloatHistogram, HistogramValue};
use proptest::prelude::*;
use storage::memory::MemoryStorage;
use storage::{Appendable, Select, SelectError, TimeRange};

use super::*;
use crate::engine::EngineOptions;
use crate::value::Value;
use crate::{ParseOptions, parse};

/// A storage that takes samples anywhere and loses them again, and tells so.
#[derive(Default)]
struct Shifting {
    /// By series, time: value; a histogram where the series number is odd and the time even.
    samples: Mutex<std::collections::BTreeMap<(u8, i64), f64>>,
    changes: Arc<Changes>,
}

impl Shifting {
    fn put(&self, series: u8, t: i64, v: f64) {
        self.samples.lock().unwrap().insert((series, t), v);
        self.changes.note(t);
    }

    fn delete(&self, range: TimeRange, series: u8) {
        let mut samples = self.samples.lock().unwrap();
        samples.retain(|(s, t), _| *s != series || *t < range.min_ms || *t > range.max_ms);
        self.changes.note(range.min_ms);
    }
}

fn labels(series: u8) -> Labels {
    let name = if series < 4 { "x_total" } else { "y" };
    Labels::from_pairs([
        ("__name__", name.to_owned()),
        ("i", series.to_string()),
        ("g", (series % 2).to_string()),
    ])
}

impl Queryable for Shifting {
    fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        let storage = MemoryStorage::with_out_of_order_window(1 << 40);
        let mut batch = storage.appender();
        for ((series, t), v) in &*self.samples.lock().unwrap() {
            let id = batch.resolve(&labels(*series)).unwrap();
            if *series == 5 {
                let h = FloatHistogram { count: *v, sum: *v, ..FloatHistogram::default() };
                batch.histogram(id, *t, HistogramValue::Float(h)).unwrap();
            } else {
                batch.sample(id, *t, *v).unwrap();
            }
        }
        batch.commit().unwrap();
        storage.view(range)
    }

    fn changes(&self) -> Option<Arc<Changes>> {
        Some(Arc::clone(&self.changes))
    }
}

const QUERIES: &[&str] = &[
    "x_total",
    "rate(x_total[40s])",
    "sum by (g) (rate(x_total[40s] offset 30s))",
    "x_total offset -20s",
    "x_total - x_total @ 1000.000",
    "absent(x_total{i=\"0\"})",
    "topk by (g) (1, x_total)",
    "max_over_time(sum(x_total)[1m:15s])",
    "count_over_time(x_total[1m]) > 3",
    "label_replace(x_total, \"g\", \"$1\", \"i\", \"(.*)\")",
    "y",
    "histogram_count(y)",
    "rate(y[1m])",
    "x_total @ end()",
    "vector(time())",
];

fn comparable(result: &QueryResult) -> (Vec<String>, Vec<String>, Vec<String>) {
    let Value::Matrix(series) = &result.value else { panic!("no matrix: {result:?}") };
    let line = |s: &crate::value::Series| {
        let floats: Vec<(i64, u64)> = s.points.floats().map(|(t, v)| (t, v.to_bits())).collect();
        let histograms: Vec<(i64, u64)> =
            s.points.histograms().map(|(t, h)| (t, h.count.to_bits())).collect();
        format!("{} {floats:?} {histograms:?}", s.labels)
    };
    (series.iter().map(line).collect(), result.warnings.clone(), result.infos.clone())
}

fn options(text: &str) -> QueryOptions {
    QueryOptions { text: Arc::from(text), lookback_ms: Some(35_000), ..QueryOptions::default() }
}

#[derive(Clone, Debug)]
enum Event {
    Append { series: u8, after_s: i64, v: f64 },
    Late { series: u8, before_s: i64, v: f64 },
    Delete { series: u8, before_s: i64, length_s: i64 },
    Query { which: usize, length: i64, back: i64, phase: i64, step_s: i64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (0u8..6, 0i64..20, 0.0..100.0).prop_map(|(series, after_s, v)| Event::Append { series, after_s, v: v as i32 as f64 }),
        1 => (0u8..6, 0i64..900, 0.0..100.0).prop_map(|(series, before_s, v)| Event::Late { series, before_s, v: v as i32 as f64 }),
        1 => (0u8..6, 0i64..900, 0i64..200).prop_map(|(series, before_s, length_s)| Event::Delete { series, before_s, length_s }),
        6 => (0..QUERIES.len(), 1i64..40, 0i64..25, 0i64..2, prop_oneof![Just(10i64), Just(15)])
            .prop_map(|(which, length, back, phase, step_s)| Event::Query { which, length, back, phase, step_s }),
    ];
    prop::collection::vec(event, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn cache_on_equals_cache_off(
        events in events(),
        few in prop::collection::vec(0..QUERIES.len(), 1..4),
        bytes_max in prop_oneof![Just(10_000usize), Just(10_000_000)],
    ) {
        let shifting = Arc::new(Shifting::default());
        let data: Arc<dyn Queryable> = shifting.clone();
        let engine = Engine::new(EngineOptions::default());
        let cache = RangeCache::new(bytes_max, &Budget::new(0));
        let mut now = 1_000_000i64;
        for event in events {
            match event {
                Event::Append { series, after_s, v } => {
                    now += after_s * 1000;
                    shifting.put(series, now, v);
                }
                Event::Late { series, before_s, v } => shifting.put(series, now - before_s * 1000, v),
                Event::Delete { series, before_s, length_s } => {
                    let min_ms = now - before_s * 1000;
                    shifting.delete(TimeRange { min_ms, max_ms: min_ms + length_s * 1000 }, series);
                }
                Event::Query { which, length, back, phase, step_s } => {
                    let text = QUERIES[few[which % few.len()]];
                    let step_ms = step_s * 1000;
                    let end_ms = (now / step_ms - back) * step_ms + phase * 777;
                    let start_ms = end_ms - length * step_ms;
                    let expr = parse(text, &ParseOptions::default()).unwrap();
                    let times = RangeTimes { start_ms, end_ms, step_ms };
                    let cached = cache.range(&engine, &data, &expr, times, &options(text)).unwrap();
                    let plain = engine
                        .range(data.clone(), &expr, start_ms, end_ms, step_ms, &options(text))
                        .unwrap();
                    prop_assert_eq!(comparable(&cached.result), comparable(&plain), "{} {:?}", text, times);
                    prop_assert!(cache.stats().bytes <= bytes_max);
                }
            }
        }
    }
}

/// Two series with a sample every ten seconds for an hour.
fn filled() -> (Arc<Shifting>, Arc<dyn Queryable>) {
    let shifting = Arc::new(Shifting::default());
    for t in (0..3_600_000).step_by(10_000) {
        shifting.put(0, t, t as f64);
        shifting.put(1, t, 1.0);
    }
    (shifting.clone(), shifting)
}

fn ask(cache: &RangeCache, data: &Arc<dyn Queryable>, text: &str, start_s: i64, end_s: i64) -> usize {
    let expr = parse(text, &ParseOptions::default()).unwrap();
    let times = RangeTimes { start_ms: start_s * 1000, end_ms: end_s * 1000, step_ms: 10_000 };
    let engine = Engine::new(EngineOptions::default());
    cache.range(&engine, data, &expr, times, &options(text)).unwrap().steps_reused
}

#[test]
fn refreshes_evaluate_only_what_is_new() {
    let (shifting, data) = filled();
    let cache = RangeCache::new(1 << 20, &Budget::new(0));
    let reused = |start_s, end_s| ask(&cache, &data, "sum(rate(x_total[1m]))", start_s, end_s);
    assert_eq!(reused(600, 1600), 0);
    assert_eq!(reused(600, 1600), 101, "the same again");
    assert_eq!(reused(700, 1700), 91, "ten steps further");
    assert_eq!(reused(600, 1700), 111, "both are kept together");
    assert_eq!(reused(500, 1000), 41, "ten steps before");
    assert_eq!(reused(605, 1605), 0, "another phase");
    assert_eq!(reused(2000, 3000), 0, "elsewhere");
    assert_eq!(reused(1900, 3100), 0, "on both sides");
    // A new sample ends the steps from it on.
    shifting.put(0, 3_005_000, 1.0);
    assert_eq!(reused(2000, 3100), 101);
    assert_eq!(reused(2000, 3100), 111);
    // So does a deletion.
    shifting.delete(TimeRange { min_ms: 2_100_000, max_ms: 2_100_000 }, 1);
    assert_eq!(reused(2000, 3100), 10);
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.evicted, stats.bypassed), (2, 0, 0));
    cache.clear();
    assert_eq!(ask(&cache, &data, "sum(rate(x_total[1m]))", 2000, 3100), 0);
}

#[test]
fn entries_do_not_grow_without_end() {
    let (_, data) = filled();
    let cache = RangeCache::new(1 << 20, &Budget::new(0));
    for end_s in (200..3500).step_by(10) {
        ask(&cache, &data, "x_total", end_s - 100, end_s);
    }
    assert_eq!(ask(&cache, &data, "x_total", 2000, 3490), 22, "twice the steps of the queries that came");
    assert!(cache.stats().bytes < 10_000);
}

#[test]
fn what_must_not_be_kept_is_not() {
    let (_, data) = filled();
    let cache = RangeCache::new(1 << 20, &Budget::new(0));
    for text in ["x_total @ end()", "time()", "vector(1)"] {
        ask(&cache, &data, text, 600, 1600);
        assert_eq!(ask(&cache, &data, text, 600, 1600), 0, "{text}");
    }
    assert_eq!(cache.stats().bypassed, 6);
    // One step: `step()` and start times are not those of a range.
    ask(&cache, &data, "x_total", 600, 600);
    assert_eq!(cache.stats().entries, 0);
}

#[test]
fn remarks_are_told_of_the_steps_that_are_shown() {
    let (shifting, data) = filled();
    let cache = RangeCache::new(1 << 20, &Budget::new(0));
    // `y` does not look like a counter, and has a rate from 1,000 s to 1,300 s only.
    for t in (1_000_000..1_300_000).step_by(10_000) {
        shifting.put(4, t, t as f64);
    }
    let engine = Engine::new(EngineOptions::default());
    let expr = parse("rate(y[1m])", &ParseOptions::default()).unwrap();
    let ask = |start_s: i64, end_s: i64| {
        let times = RangeTimes { start_ms: start_s * 1000, end_ms: end_s * 1000, step_ms: 10_000 };
        let cached = cache.range(&engine, &data, &expr, times, &options("rate(y[1m])")).unwrap();
        (cached.steps_reused, cached.result.infos.len())
    };
    assert_eq!(ask(600, 1100), (0, 1));
    assert_eq!(ask(600, 1100), (51, 1), "the same steps have the same remarks");
    assert_eq!(ask(600, 1200), (51, 1), "the new steps give the remark too");
    assert_eq!(ask(600, 1200), (61, 1));
    assert_eq!(ask(600, 900), (0, 0), "fewer steps may not have it");
    assert_eq!(ask(600, 900), (31, 0));
    assert_eq!(ask(600, 1200), (31, 1));
    assert_eq!(ask(600, 1400), (61, 1));
    assert_eq!(ask(700, 1700), (0, 1), "the new steps do not give it: everything is evaluated");
}

#[test]
fn keys_tell_apart_what_differs() {
    let (_, data) = filled();
    let cache = RangeCache::new(1 << 20, &Budget::new(0));
    let expr = parse("x_total", &ParseOptions::default()).unwrap();
    let engine = Engine::new(EngineOptions::default());
    let times = RangeTimes { start_ms: 600_000, end_ms: 1_600_000, step_ms: 10_000 };
    let ask = |times, options: &QueryOptions| {
        cache.range(&engine, &data, &expr, times, options).unwrap().steps_reused
    };
    assert_eq!(ask(times, &options("x_total")), 0);
    assert_eq!(ask(times, &options("x_total ")), 0, "another text");
    assert_eq!(ask(times, &QueryOptions { lookback_ms: Some(1000), ..options("x_total") }), 0, "lookback");
    assert_eq!(ask(RangeTimes { step_ms: 20_000, ..times }, &options("x_total")), 0, "step");
    assert_eq!(ask(times, &QueryOptions { stats: StatsLevel::PerStep, ..options("x_total") }), 0);
    assert_eq!(ask(times, &options("x_total")), 101);
}
