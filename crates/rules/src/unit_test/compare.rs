//! Comparing what came with what was expected, and showing both.

use std::sync::Arc;

use model::Labels;
use model::histogram::FloatHistogram;
use model::number::format_e;

/// An alert that fires: labels, annotations.
pub(super) type FiringAlert = (Labels, Labels);

/// A sample of a query's result.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) labels: Labels,
    pub(super) value: f64,
    pub(super) histogram: Option<Arc<FloatHistogram>>,
}

/// Whether two lists of samples, sorted by labels, are equal.
pub(super) fn samples_equal(a: &[Found], b: &[Found], fuzzy: bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| sample_equal(a, b, fuzzy))
}

fn sample_equal(expected: &Found, got: &Found, fuzzy: bool) -> bool {
    let values = match (&expected.histogram, &got.histogram) {
        (None, None) => float_equal(expected.value, got.value, fuzzy),
        (Some(a), Some(b)) => histogram_equal(a, b),
        (Some(_), None) | (None, Some(_)) => false,
    };
    values && expected.labels == got.labels
}

fn float_equal(a: f64, b: f64, fuzzy: bool) -> bool {
    a == b || (fuzzy && (a.next_up() == b || a.next_down() == b))
}

/// What a counter reset hint says is only compared if the expectation has one.
fn histogram_equal(expected: &FloatHistogram, got: &FloatHistogram) -> bool {
    let plain = |h: &FloatHistogram| {
        let mut h = h.clone();
        h.compact(0);
        h.reset_hint = expected.reset_hint;
        h
    };
    plain(expected) == plain(got)
}

/// Prints samples as promtool does.
pub(super) fn show_samples(samples: &[Found]) -> String {
    if samples.is_empty() {
        return "nil".to_owned();
    }
    let show = |sample: &Found| match &sample.histogram {
        Some(h) => format!("{} {h}", sample.labels),
        None => format!("{} {}", sample.labels, show_float(sample.value)),
    };
    samples.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn show_float(v: f64) -> String {
    if v.is_finite() { format_e(v).to_uppercase() } else { format_e(v) }
}

/// Prints alerts as promtool does.
pub(super) fn show_alerts(alerts: &[FiringAlert]) -> String {
    if alerts.is_empty() {
        return "[]".to_owned();
    }
    let mut out = String::from("[");
    for (i, (labels, annotations)) in alerts.iter().enumerate() {
        let gap = if i > 0 { "," } else { "" };
        out.push_str(&format!("{gap}\n{i}:\n  Labels:{labels}\n  Annotations:{annotations}"));
    }
    out.push_str("\n]");
    out
}

/// Puts an indent before each line but the first.
pub(super) fn indent(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

/// Shows lines that only one side has: `-` expected, `+` got.
pub(super) fn difference(expected: &str, got: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let mut out = Vec::new();
    for line in &left {
        let sign = if right.contains(line) { "  " } else { "- " };
        out.push(format!("{sign}{line}"));
    }
    out.extend(right.iter().filter(|line| !left.contains(line)).map(|line| format!("+ {line}")));
    out.join("\n")
}
