//! Optimised equals plain: rewriting plans and computing vectors series by series never changes a result, not by a bit. Only remarks
//! about series that no result needs may be missing.
//!
//! Random expressions over data with everything that makes matching hard: series that take turns, gaps, stale markers, NaN, classic
//! buckets, native histograms, native histograms where buckets are expected.

use std::sync::Arc;

use model::Labels;
use model::histogram::{FloatHistogram, HistogramValue, Span as BucketSpan};
use model::value::STALE_NAN;
use storage::Appendable;
use storage::memory::MemoryStorage;

use super::*;
use crate::value::Series;
use crate::{ParseOptions, parse};

const STEP_MS: i64 = 30_000;
const SAMPLES: i64 = 60;

/// A small generator: the same seed gives the same expressions for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

fn native(count: f64) -> FloatHistogram {
    FloatHistogram {
        schema: 0,
        zero_threshold: 0.001,
        count: 3.0 * count,
        sum: 7.0 * count,
        positive_spans: vec![BucketSpan { offset: 0, length: 2 }],
        positive_buckets: vec![count, 2.0 * count],
        ..FloatHistogram::default()
    }
}

fn data() -> Arc<MemoryStorage> {
    let storage = MemoryStorage::new();
    let mut batch = storage.appender();
    let mut random = Random(7);
    let mut add = |pairs: &[(&str, &str)], value: &mut dyn FnMut(i64) -> Option<f64>| {
        let series = batch.resolve(&Labels::from_pairs(pairs.iter().copied())).unwrap();
        for i in 0..SAMPLES {
            if let Some(v) = value(i) {
                batch.sample(series, i * STEP_MS, v).unwrap();
            }
        }
    };
    for job in ["a", "b"] {
        for instance in ["0", "1", "2"] {
            let seed = random.next() % 5;
            for name in ["m_total", "n_total", "gauge"] {
                let labels = [("__name__", name), ("instance", instance), ("job", job)];
                add(&labels, &mut |i| match (i + seed as i64) % 23 {
                    0 => None,
                    1 => Some(STALE_NAN),
                    2 if name == "gauge" => Some(f64::NAN),
                    _ if name == "gauge" => Some(((i * 7 + seed as i64) % 5) as f64 - 2.0),
                    _ => Some((i * (1 + seed as i64)) as f64),
                });
            }
            for (k, le) in ["0.1", "1", "+Inf"].into_iter().enumerate() {
                let labels = [("__name__", "b_bucket"), ("instance", instance), ("job", job), ("le", le)];
                add(&labels, &mut |i| (i % 31 != 3).then_some((i * (k as i64 + 1)) as f64));
            }
        }
        // Two that take turns under the same match labels.
        for (version, from, to) in [("v1", 0, 29), ("v2", 31, SAMPLES)] {
            let labels = [("__name__", "info"), ("job", job), ("version", version)];
            add(&labels, &mut |i| (from..to).contains(&i).then_some(1.0));
        }
    }
    add(&[("__name__", "lonely")], &mut |i| Some(i as f64));
    add(&[("__name__", "b_bucket"), ("job", "c"), ("le", "high")], &mut |i| Some(i as f64));
    for (name, le) in [("native", ""), ("odd_bucket", "0.1"), ("odd_bucket", "")] {
        for job in ["a", "b"] {
            let mut pairs = vec![("__name__", name), ("job", job)];
            if !le.is_empty() {
                pairs.push(("le", le));
            }
            let series = batch.resolve(&Labels::from_pairs(pairs)).unwrap();
            for i in (0..SAMPLES).filter(|i| i % 13 != 5) {
                batch.histogram(series, i * STEP_MS, HistogramValue::Float(native(i as f64))).unwrap();
            }
        }
    }
    batch.commit().unwrap();
    Arc::new(storage)
}

/// Writes a random instant vector expression.
fn vector(r: &mut Random, depth: usize) -> String {
    let selector = |r: &mut Random| {
        let name = r.pick(&["m_total", "n_total", "gauge", "info", "b_bucket", "native", "lonely"]);
        let matchers = r.pick(&["", "", "{job=\"a\"}", "{instance!=\"1\"}", "{job=~\"a|c\",instance=\"0\"}"]);
        let offset = r.pick(&["", "", "", " offset 1m", " @ 900", " offset -30s"]);
        (format!("{name}{matchers}"), offset)
    };
    if depth == 0 {
        let (name, offset) = selector(r);
        return format!("{name}{offset}");
    }
    match r.below(13) {
        0 => {
            let (name, offset) = selector(r);
            let function = r.pick(&[
                "rate",
                "increase",
                "max_over_time",
                "min_over_time",
                "avg_over_time",
                "last_over_time",
            ]);
            format!("{function}({name}[{}]{offset})", r.pick(&["1m", "2m", "5m"]))
        }
        1 => {
            let op = r.pick(&["sum", "avg", "min", "max", "count", "group", "stddev"]);
            let by =
                r.pick(&["", " by (job)", " by (job, instance)", " without (instance)", " by (job, le)"]);
            format!("{op}{by} ({})", vector(r, depth - 1))
        }
        2 => {
            let op = r.pick(&["topk", "bottomk", "quantile", "limitk"]);
            let by = r.pick(&["", " by (job)"]);
            let k = if op == "quantile" { "0.7" } else { "2" };
            format!("{op}{by} ({k}, {})", vector(r, depth - 1))
        }
        3 => format!("{}({})", r.pick(&["abs", "-", "ceil", "exp", "sgn"]), vector(r, depth - 1)),
        4 => {
            let op = r.pick(&["+", "*", ">", "<= bool", "/", "== bool"]);
            let scalar = r.pick(&["2", "0.5", "(1 + 2 * 3)", "time()", "scalar(lonely)", "-1"]);
            format!("({} {op} {scalar})", vector(r, depth - 1))
        }
        5 => {
            let q = r.pick(&["0.9", "0.5", "1.5", "scalar(lonely) / 60"]);
            format!("histogram_quantile({q}, {})", vector(r, depth - 1))
        }
        6 => format!("histogram_fraction(0, 0.5, {})", vector(r, depth - 1)),
        7 => {
            let op = r.pick(&["and", "or", "unless"]);
            let on = r.pick(&["", "on (job)", "ignoring (instance)", "on (job, instance)", "on ()"]);
            format!("({} {op} {on} {})", vector(r, depth - 1), vector(r, depth - 1))
        }
        8 => {
            // The same part twice.
            let (part, op) = (vector(r, depth - 1), r.pick(&["+", "-", "/", "=="]));
            match r.below(3) {
                0 => format!("({part} {op} ({part} + {}))", vector(r, depth - 1)),
                1 => format!("({part} {op} on (job) group_left sum by (job) ({part}))"),
                _ => format!("({part} {op} {part})"),
            }
        }
        9 => {
            let (name, offset) = selector(r);
            let function = |r: &mut Random| {
                r.pick(&["min_over_time", "max_over_time", "sum_over_time", "count_over_time"])
            };
            format!(
                "({}({name}[2m]{offset}) {} {}({name}[5m]{offset}))",
                function(r),
                r.pick(&["-", "/"]),
                function(r)
            )
        }
        10 => format!("max_over_time(({})[2m:30s])", vector(r, depth - 1)),
        _ => {
            let op = r.pick(&["+", "-", "*", "/", "^", ">", "== bool", "!=", "<= bool", "atan2"]);
            let how = r.pick(&[
                "",
                "on (job)",
                "on (job, instance)",
                "ignoring (version)",
                "on (job) group_left",
                "on (job) group_left (version)",
                "on (job) group_right",
                "ignoring (instance, le) group_left",
                "on ()",
            ]);
            format!("({} {op} {how} {})", vector(r, depth - 1), vector(r, depth - 1))
        }
    }
}

type Outcome = Result<(Vec<(Labels, String)>, Vec<String>, Vec<String>), String>;

fn outcome(engine: &Engine, data: &Arc<MemoryStorage>, text: &str) -> Outcome {
    let options = ParseOptions { experimental_functions: true, ..ParseOptions::default() };
    let expr = parse(text, &options).map_err(|e| format!("{text}: {e}"))?;
    let view: Arc<dyn Queryable> = data.clone();
    let options = QueryOptions { text: Arc::from(text), ..QueryOptions::default() };
    let result =
        engine.range(view, &expr, 600_000, 1_800_000, 30_000, &options).map_err(|e| e.to_string())?;
    let Value::Matrix(series) = result.value else { panic!("{text}: not a matrix") };
    let values = |s: &Series| {
        let floats: Vec<_> = s.points.floats().map(|(t, v)| (t, v.to_bits())).collect();
        let histograms: Vec<_> = s.points.histograms().map(|(t, h)| (t, h.to_string())).collect();
        format!("{floats:?} {histograms:?}")
    };
    let series = series.iter().map(|s| (s.labels.clone(), values(s))).collect();
    Ok((series, result.warnings, result.infos))
}

/// Tells whether two outcomes are equal but for remarks about series that no result needs: the first may lack some.
fn assert_equal(got: Outcome, expected: &Outcome, text: &str) {
    match (got, expected) {
        (Ok((series, warnings, infos)), Ok((expected, all_warnings, all_infos))) => {
            assert_eq!(&series, expected, "{text}");
            // Of the same remark about several places only the last place is told: that one may be missing too.
            let placeless =
                |note: &String| note.rsplit_once(" (").map_or(note.clone(), |(n, _)| n.to_owned());
            for (notes, all) in [(warnings, all_warnings), (infos, all_infos)] {
                let all: Vec<String> = all.iter().map(placeless).collect();
                let known = |n: &String| all.contains(&placeless(n));
                assert!(notes.iter().all(known), "{text}: {notes:?} are not all in {all:?}");
            }
        }
        (got, expected) => assert_eq!(&got, expected, "{text}"),
    }
}

/// Tries so many expressions; `EQUAL_TIMES=100` in the environment tries a hundred times as many.
fn compare(seed: u64, count: usize, features: Features) {
    let times = std::env::var("EQUAL_TIMES").map_or(1, |n| n.parse().unwrap());
    let count = count * times;
    let data = data();
    let engine = |optimise, threads| {
        Engine::new(EngineOptions { optimise, threads, features, ..EngineOptions::default() })
    };
    let (plain, optimised, parallel) = (engine(false, 1), engine(true, 1), engine(true, 3));
    let mut random = Random(seed);
    let (mut answered, mut failed) = (0, 0);
    for _ in 0..count {
        let depth = 1 + random.below(3);
        let text = vector(&mut random, depth);
        let expected = outcome(&plain, &data, &text);
        match &expected {
            Ok((series, ..)) if series.is_empty() => {}
            Ok(_) => answered += 1,
            Err(_) => failed += 1,
        }
        let got = outcome(&optimised, &data, &text);
        assert_eq!(outcome(&parallel, &data, &text), got, "{text}, in parallel");
        assert_equal(got, &expected, &text);
    }
    assert!(
        answered * 4 > count,
        "{answered} of {count} had results, {failed} failed: too few to prove anything"
    );
}

#[test]
fn optimised_equals_plain() {
    compare(1, 2_000, Features::default());
}

#[test]
fn optimised_equals_plain_with_delayed_names() {
    compare(2, 1_000, Features { delayed_name_removal: true, ..Features::default() });
}

#[test]
fn optimised_equals_plain_with_types_in_labels() {
    compare(3, 500, Features { type_and_unit_labels: true, ..Features::default() });
}

/// Cases that random ones may miss.
#[test]
fn optimised_equals_plain_where_it_is_hard() {
    let data = data();
    let engine = |optimise| Engine::new(EngineOptions { optimise, ..EngineOptions::default() });
    for text in [
        "m_total * on (job) group_left (version) info",
        "info * on (job) m_total",
        "m_total + on (job) m_total",
        "histogram_quantile(0.5, odd_bucket)",
        "histogram_quantile(0.5, {__name__=~\"odd_bucket|native\"})",
        "histogram_quantile(0.5, rate(b_bucket[2m])) / histogram_quantile(0.9, rate(b_bucket[2m]))",
        "histogram_quantile(0.5, {__name__=~\".*_bucket\"})",
        "(m_total or n_total) / on (job, instance) gauge",
        "m_total unless on (job) info{version=\"v1\"}",
        "m_total == on (job, instance) group_right gauge",
        "lonely * on () group_right m_total",
        "m_total @ 900 / on (job, instance) m_total",
        "m_total / on (job, instance) fill(3) gauge{job=\"a\"}",
    ] {
        assert_equal(outcome(&engine(true), &data, text), &outcome(&engine(false), &data, text), text);
    }
}

/// What the plan that ran tells about itself, node by node.
fn explained(text: &str) -> Vec<(String, u64)> {
    let options = QueryOptions { text: Arc::from(text), explain: true, ..QueryOptions::default() };
    let expr = parse(text, &ParseOptions::default()).unwrap();
    let view: Arc<dyn Queryable> = data();
    let engine = Engine::new(EngineOptions::default());
    let result = engine.range(view, &expr, 600_000, 1_800_000, 30_000, &options).unwrap();
    fn walk(node: &Explained, out: &mut Vec<(String, u64)>) {
        out.push((format!("{} {}", node.kind, node.detail), node.cache_hits));
        node.children.iter().for_each(|c| walk(c, out));
    }
    let mut nodes = Vec::new();
    walk(&result.explained.unwrap(), &mut nodes);
    nodes
}

#[test]
fn plans_are_rewritten() {
    let has = |text: &str, node: &str| {
        let nodes = explained(text);
        assert!(nodes.iter().any(|(n, _)| n == node), "{text}: no {node:?} in {nodes:?}");
    };
    let lacks = |text: &str, node: &str| {
        let nodes = explained(text);
        assert!(nodes.iter().all(|(n, _)| n != node), "{text}: {node:?} in {nodes:?}");
    };
    has("m_total * (60 * 5 + -2)", "number 298");
    // Matchers of labels that the sides are matched by.
    let pushed = "selector {__name__=\"n_total\",job=\"a\"}";
    has("m_total{job=\"a\"} / n_total", pushed);
    has("m_total{job=\"a\"} and on (job) n_total", pushed);
    has(
        "abs(n_total) > sum by (instance, job) (m_total{job=\"a\"}) / 2 * 1",
        "selector {__name__=\"n_total\",job=\"a\"}",
    );
    has("sum by (job) (n_total) / sum by (job) (m_total{job=\"a\"})", pushed);
    for kept in [
        "m_total{job=\"a\"} or n_total",
        "m_total{job=\"a\"} / on (instance) group_left sum by (instance) (n_total)",
        "m_total{instance=\"0\",job=\"a\"} / ignoring (job) group_left sum by (instance) (n_total)",
        "sum by (instance) (n_total) / on (instance) sum by (instance) (m_total{job=\"a\"})",
        "n_total unless on (job) m_total{job=\"a\"}",
    ] {
        lacks(kept, pushed);
    }
}

#[test]
fn common_parts_are_worked_out_once() {
    for (text, node, hits) in [
        ("m_total / (m_total + n_total)", "selector {__name__=\"m_total\"}", 6),
        ("rate(m_total[2m]) / (rate(m_total[2m]) + rate(n_total[2m]))", "call rate", 6),
        ("max_over_time(gauge[2m]) - min_over_time(gauge[5m])", "rangeSelector {__name__=\"gauge\"}[5m]", 6),
        ("gauge - avg_over_time(gauge[5m])", "rangeSelector {__name__=\"gauge\"}[5m]", 6),
        ("sum by (job) (m_total) / (sum by (job) (m_total) + 1)", "aggregate sum by (job)", 1),
    ] {
        let nodes = explained(text);
        let most = nodes.iter().filter(|(n, _)| n == node).map(|(_, hits)| *hits).max();
        assert_eq!(most, Some(hits), "{text}: {nodes:?}");
    }
}
