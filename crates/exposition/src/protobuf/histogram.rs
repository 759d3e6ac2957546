//! Native histograms of protobuf bodies.

use model::Exemplar;
use model::histogram::{FloatHistogram, Histogram, HistogramValue, ResetHint};

use super::metric::{Metric, Side};
use crate::nhcb::ClassicHistogram;

/// Tells whether a histogram has a native part. One without observations, zero bucket and spans has none, unless a
/// span of length zero says so.
pub(super) fn is_native(metric: &Metric<'_>) -> bool {
    let h = &metric.histogram;
    !h.positive.spans.is_empty() || !h.negative.spans.is_empty() || h.zero_threshold > 0.0 || h.zero_count > 0
}

/// Builds the native histogram, without empty buckets.
///
/// # Errors
/// Spans that do not fit the buckets.
pub(super) fn native(metric: &Metric<'_>, hint: ResetHint) -> Result<HistogramValue, String> {
    let h = &metric.histogram;
    let is_float = h.count_float > 0.0 || h.zero_count_float > 0.0;
    check_spans("positive", &h.positive, is_float)?;
    check_spans("negative", &h.negative, is_float)?;
    let mut value = if is_float {
        HistogramValue::Float(FloatHistogram {
            reset_hint: hint,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            zero_count: h.zero_count_float,
            count: h.count_float,
            sum: metric.sum,
            positive_spans: h.positive.spans.clone(),
            positive_buckets: h.positive.counts.clone(),
            negative_spans: h.negative.spans.clone(),
            negative_buckets: h.negative.counts.clone(),
            custom_values: Vec::new(),
        })
    } else {
        HistogramValue::Integer(Histogram {
            reset_hint: hint,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            zero_count: h.zero_count,
            count: metric.count,
            sum: metric.sum,
            positive_spans: h.positive.spans.clone(),
            positive_deltas: h.positive.deltas.clone(),
            negative_spans: h.negative.spans.clone(),
            negative_deltas: h.negative.deltas.clone(),
            custom_values: Vec::new(),
        })
    };
    value.compact(0);
    Ok(value)
}

fn check_spans(name: &str, side: &Side, is_float: bool) -> Result<(), String> {
    let needed: u64 = side.spans.iter().map(|span| u64::from(span.length)).sum();
    let found = if is_float { side.counts.len() } else { side.deltas.len() };
    if needed == found as u64 {
        return Ok(());
    }
    Err(format!("{name} side: spans require {needed} buckets, have {found}"))
}

/// Converts the classic part to a native histogram with custom buckets.
///
/// # Errors
/// A classic histogram that contradicts itself.
pub(super) fn converted(metric: &Metric<'_>, hint: ResetHint) -> Result<HistogramValue, String> {
    let mut classic = ClassicHistogram::default();
    classic.set_count(metric.observations());
    classic.set_sum(metric.sum);
    for bucket in &metric.histogram.buckets {
        classic.set_bucket(bucket.upper_bound, bucket.cumulative);
    }
    let mut value = classic.convert().map_err(|e| e.to_string())?;
    if hint == ResetHint::Gauge {
        match &mut value {
            HistogramValue::Integer(h) => h.reset_hint = hint,
            HistogramValue::Float(h) => h.reset_hint = hint,
        }
    }
    Ok(value)
}

/// The exemplars of a native histogram: its own, else those of its classic buckets; only such with a time.
pub(super) fn native_exemplars(metric: &Metric<'_>, out: &mut Vec<Exemplar>) {
    let h = &metric.histogram;
    let of_buckets = h.buckets.iter().filter_map(|bucket| bucket.exemplar.as_ref());
    let timed = |exemplar: &&Exemplar| exemplar.timestamp_ms.is_some();
    if h.exemplars.is_empty() {
        out.extend(of_buckets.filter(timed).cloned());
    } else {
        out.extend(h.exemplars.iter().filter(timed).cloned());
    }
}
