//! Whether an answer is the expected one.

use model::histogram::{FloatHistogram, Span, indexes};
use model::number::format_g;
use model::value::is_stale;

use super::expect::{Expectations, ExpectedSeries, Text};
use super::script::When;
use crate::parser::SequenceValue;
use crate::value::{Point, Sample, Series, Value};

/// Relative difference that two floats may have.
const EPSILON: f64 = 0.000_001;

/// What a query answered, without its time.
pub(super) enum Answer<'a> {
    Scalar(f64),
    String(&'a str),
    Vector(&'a [Sample]),
    Matrix(&'a [Series]),
}

impl<'a> Answer<'a> {
    pub(super) fn of(value: &'a Value) -> Answer<'a> {
        match value {
            Value::Scalar { v, .. } => Answer::Scalar(*v),
            Value::String { s, .. } => Answer::String(s),
            Value::Vector(samples) => Answer::Vector(samples),
            Value::Matrix(series) => Answer::Matrix(series),
        }
    }
}

/// Compares an answer; the error tells what differs.
pub(super) fn compare(answer: &Answer<'_>, expected: &Expectations, when: When) -> Result<(), String> {
    match answer {
        Answer::Scalar(v) => match &expected.scalar {
            Some(SequenceValue::Float(want)) if almost_equal(*want, *v) => Ok(()),
            Some(want) => Err(format!("expected scalar {}, got {}", shown(want), format_g(*v))),
            None => Err(format!("expected series, got scalar {}", format_g(*v))),
        },
        Answer::String(text) => {
            let want = expected.string.as_deref().unwrap_or_default();
            if want == *text { Ok(()) } else { Err(format!("expected string {want:?}, got {text:?}")) }
        }
        Answer::Vector(samples) => compare_vector(samples, expected),
        Answer::Matrix(series) => {
            let range = expected.matrix.unwrap_or(when);
            check_sorted(series)?;
            compare_matrix(series, expected, range)
        }
    }
}

fn find<'e>(expected: &'e Expectations, labels: &model::Labels) -> Option<&'e ExpectedSeries> {
    expected.series.iter().find(|series| series.labels == *labels)
}

pub(super) fn compare_vector(samples: &[Sample], expected: &Expectations) -> Result<(), String> {
    if expected.scalar.is_some() {
        return Err("expected scalar, got vector".to_owned());
    }
    for (i, sample) in samples.iter().enumerate() {
        let labels = &sample.labels;
        let found = shown_point(&sample.value);
        let Some(want) = find(expected, labels) else {
            return Err(format!("unexpected series {labels} with {found}"));
        };
        if expected.ordered && want.position != i + 1 {
            return Err(format!("expected {labels} at position {}, it is at {}", want.position, i + 1));
        }
        let value = want.values.first();
        if !value.is_some_and(|value| same(value, &sample.value)) {
            let want = value.map_or_else(|| "nothing".to_owned(), shown);
            return Err(format!("expected {want} for {labels}, got {found}"));
        }
    }
    let missing = expected.series.iter().find(|s| !samples.iter().any(|found| found.labels == s.labels));
    missing.map_or(Ok(()), |s| Err(format!("expected series {} not found", s.labels)))
}

fn compare_matrix(series: &[Series], expected: &Expectations, when: When) -> Result<(), String> {
    if expected.ordered {
        return Err("expected an ordered answer, got a matrix".to_owned());
    }
    if expected.scalar.is_some() {
        return Err("expected scalar, got matrix".to_owned());
    }
    let (start_ms, end_ms, step_ms) = match when {
        When::Range { start_ms, end_ms, step_ms } => (start_ms, end_ms, step_ms),
        When::At(t) => (t, t, 1),
    };
    for found in series {
        let labels = &found.labels;
        let Some(want) = find(expected, labels) else {
            return Err(format!("unexpected series {labels} with {}", shown_series(found)));
        };
        let wanted: Vec<(i64, &SequenceValue)> = want
            .values
            .iter()
            .enumerate()
            .map(|(i, value)| (start_ms + i as i64 * step_ms, value))
            .filter(|(_, value)| **value != SequenceValue::Omitted)
            .collect();
        if want.values.len() > 1 && start_ms + (want.values.len() as i64 - 1) * step_ms > end_ms {
            let len = want.values.len();
            return Err(format!("expected {len} points for {labels}, the range has room for fewer"));
        }
        let points = all_points(found);
        let differs = wanted.len() != points.len()
            || wanted.iter().zip(&points).any(|((t, want), (at, found))| t != at || !same(want, found));
        if differs {
            let wanted: Vec<String> = wanted.iter().map(|(t, v)| format!("{}@{t}", shown(v))).collect();
            return Err(format!("expected {labels} [{}], got {}", wanted.join(" "), shown_series(found)));
        }
    }
    let missing = expected.series.iter().find(|s| !series.iter().any(|found| found.labels == s.labels));
    missing.map_or(Ok(()), |s| Err(format!("expected series {} not found", s.labels)))
}

fn all_points(series: &Series) -> Vec<(i64, Point)> {
    let floats = series.points.floats().map(|(t, v)| (t, Point::Float(v)));
    let histograms = series.points.histograms().map(|(t, h)| (t, Point::Histogram(h.clone())));
    let mut all: Vec<(i64, Point)> = floats.chain(histograms).collect();
    all.sort_by_key(|(t, _)| *t);
    all
}

/// The series of a matrix must be sorted by their labels.
pub(super) fn check_sorted(series: &[Series]) -> Result<(), String> {
    match series.windows(2).find(|pair| pair[0].labels > pair[1].labels) {
        Some(pair) => Err(format!("matrix is not sorted: {} before {}", pair[0].labels, pair[1].labels)),
        None => Ok(()),
    }
}

/// Compares warnings and infos.
pub(super) fn check_annotations(
    expected: &Expectations,
    warnings: &[String],
    infos: &[String],
) -> Result<(), String> {
    for (kind, want, none, found) in [
        ("warning", &expected.warn, expected.no_warn, warnings),
        ("info", &expected.info, expected.no_info, infos),
    ] {
        if none && !found.is_empty() {
            return Err(format!("unexpected {kind} annotations {found:?}"));
        }
        if let Some(missing) = want.iter().find(|text| !found.iter().any(|f| text.matches(f))) {
            return Err(format!("expected {kind} annotation {}, found {found:?}", missing.shown()));
        }
        let fits = |f: &&String| want.iter().any(|text: &Text| text.matches(f));
        if !want.is_empty()
            && let Some(surplus) = found.iter().find(|f| !fits(f))
        {
            return Err(format!("unexpected {kind} annotation {surplus:?}"));
        }
    }
    Ok(())
}

fn same(want: &SequenceValue, found: &Point) -> bool {
    match (want, found) {
        (SequenceValue::Float(want), Point::Float(found)) => almost_equal(*want, *found),
        (SequenceValue::Histogram { histogram, hint_is_set }, Point::Histogram(found)) => {
            same_histogram(histogram, found) && (!hint_is_set || histogram.reset_hint == found.reset_hint)
        }
        (SequenceValue::Float(_), Point::Histogram(_))
        | (SequenceValue::Histogram { .. }, Point::Float(_))
        | (SequenceValue::Omitted, _) => false,
    }
}

/// Compares schema, totals and buckets; empty buckets do not count.
fn same_histogram(want: &FloatHistogram, found: &FloatHistogram) -> bool {
    let counted = |spans: &[Span], buckets: &[f64]| -> Vec<(i32, f64)> {
        indexes(spans).zip(buckets.iter().copied()).filter(|(_, count)| *count != 0.0).collect()
    };
    let same_buckets = |a: Vec<(i32, f64)>, b: Vec<(i32, f64)>| {
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && almost_equal(a.1, b.1))
    };
    want.schema == found.schema
        && almost_equal(want.count, found.count)
        && almost_equal(want.sum, found.sum)
        && want.custom_values == found.custom_values
        && want.zero_threshold == found.zero_threshold
        && almost_equal(want.zero_count, found.zero_count)
        && same_buckets(
            counted(&want.positive_spans, &want.positive_buckets),
            counted(&found.positive_spans, &found.positive_buckets),
        )
        && same_buckets(
            counted(&want.negative_spans, &want.negative_buckets),
            counted(&found.negative_spans, &found.negative_buckets),
        )
}

/// Tells whether two floats differ by less than a millionth of their sum. All NaNs are equal but for the staleness marker.
pub(super) fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if (a.is_nan() && b.is_nan()) || a == b {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < EPSILON * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < EPSILON
}

fn shown(value: &SequenceValue) -> String {
    match value {
        SequenceValue::Omitted => "_".to_owned(),
        SequenceValue::Float(v) => format_g(*v),
        SequenceValue::Histogram { histogram, .. } => histogram.to_string(),
    }
}

fn shown_point(point: &Point) -> String {
    match point {
        Point::Float(v) => format_g(*v),
        Point::Histogram(h) => h.to_string(),
    }
}

fn shown_series(series: &Series) -> String {
    let points: Vec<String> =
        all_points(series).iter().map(|(t, point)| format!("{}@{t}", shown_point(point))).collect();
    format!("[{}]", points.join(" "))
}
