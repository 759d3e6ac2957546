//! Whether a histogram contradicts itself.
//!
//! Source: Prometheus 3.14 `model/histogram`: `Histogram.Validate`, `FloatHistogram.Validate`.

use super::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Histogram, Span, is_exponential_schema};
use crate::number::format_g;

/// What is wrong with a histogram. The texts are Prometheus's, because clients of remote write see them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct HistogramError(pub(super) String);

fn fault(message: impl Into<String>) -> HistogramError {
    HistogramError(message.into())
}

const NEGATIVE_OFFSET: &str = "histogram has a span whose offset is negative";
const SPANS_MISMATCH: &str = "histogram spans specify different number of buckets than provided";
const NEGATIVE_BUCKET: &str = "histogram has a bucket whose observation count is negative";

impl Histogram {
    /// Checks schema, spans, bucket counts and the total.
    ///
    /// # Errors
    /// [`HistogramError`] names the side, the bucket or span number and the figure.
    pub fn validate(&self) -> Result<(), HistogramError> {
        check_layout(&Layout {
            schema: self.schema,
            zero_is_unused: self.zero_count == 0,
            zero_threshold: self.zero_threshold,
            positive: (&self.positive_spans, self.positive_deltas.len()),
            negative: (&self.negative_spans, self.negative_deltas.len()),
            custom_values: &self.custom_values,
        })?;
        let negative = sum_of_deltas(&self.negative_deltas, "negative")?;
        let positive = sum_of_deltas(&self.positive_deltas, "positive")?;
        let in_buckets = negative.wrapping_add(positive).wrapping_add(self.zero_count);
        let found =
            format!("{in_buckets} observations found in buckets, but the Count field is {}", self.count);
        // NaN observations are in no bucket, and make the sum NaN.
        if self.sum.is_nan() && in_buckets > self.count {
            return Err(fault(format!(
                "{found}: histogram's observation count should be at least the number of observations found in the buckets"
            )));
        }
        if !self.sum.is_nan() && in_buckets != self.count {
            return Err(fault(format!(
                "{found}: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)"
            )));
        }
        Ok(())
    }
}

impl FloatHistogram {
    /// Checks schema, spans and bucket counts. The total is not checked: float sums need not agree.
    ///
    /// # Errors
    /// [`HistogramError`] names the side, the bucket or span number and the figure.
    pub fn validate(&self) -> Result<(), HistogramError> {
        check_layout(&Layout {
            schema: self.schema,
            zero_is_unused: self.zero_count == 0.0,
            zero_threshold: self.zero_threshold,
            positive: (&self.positive_spans, self.positive_buckets.len()),
            negative: (&self.negative_spans, self.negative_buckets.len()),
            custom_values: &self.custom_values,
        })?;
        not_negative(&self.negative_buckets, "negative")?;
        if self.zero_count < 0.0 {
            let count = format_g(self.zero_count);
            return Err(fault(format!("zero bucket has observation count of {count}: {NEGATIVE_BUCKET}")));
        }
        if self.count < 0.0 {
            let count = format_g(self.count);
            return Err(fault(format!(
                "observation count is  {count}: histogram's observation count is negative"
            )));
        }
        not_negative(&self.positive_buckets, "positive")
    }
}

/// What integer and float histograms have in common.
struct Layout<'a> {
    schema: i32,
    zero_is_unused: bool,
    zero_threshold: f64,
    positive: (&'a [Span], usize),
    negative: (&'a [Span], usize),
    custom_values: &'a [f64],
}

fn check_layout(h: &Layout<'_>) -> Result<(), HistogramError> {
    if h.schema == CUSTOM_BUCKETS_SCHEMA {
        check_bounds(h.custom_values)
            .and_then(|()| check_custom_spans(h))
            .map_err(|e| fault(format!("custom buckets: {e}")))?;
        for (fine, what) in [
            (h.zero_is_unused, "must have zero count of 0"),
            (h.zero_threshold == 0.0, "must have zero threshold of 0"),
            (h.negative.0.is_empty(), "must not have negative spans"),
            (h.negative.1 == 0, "must not have negative buckets"),
        ] {
            if !fine {
                return Err(fault(format!("custom buckets: {what}")));
            }
        }
        return Ok(());
    }
    if !is_exponential_schema(h.schema) {
        return Err(fault(format!(
            "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom buckets, got schema {}",
            h.schema
        )));
    }
    check_spans(h.positive.0, h.positive.1).map_err(|e| fault(format!("positive side: {e}")))?;
    check_spans(h.negative.0, h.negative.1).map_err(|e| fault(format!("negative side: {e}")))?;
    if !h.custom_values.is_empty() {
        return Err(fault("histogram with exponential schema must not have custom bounds"));
    }
    Ok(())
}

fn check_spans(spans: &[Span], buckets: usize) -> Result<(), HistogramError> {
    for (i, span) in spans.iter().enumerate().skip(1) {
        if span.offset < 0 {
            return Err(fault(format!(
                "span number {} with offset {}: {NEGATIVE_OFFSET}",
                i + 1,
                span.offset
            )));
        }
    }
    let needed: u64 = spans.iter().map(|s| u64::from(s.length)).sum();
    if needed != buckets as u64 {
        return Err(fault(format!("spans need {needed} buckets, have {buckets} buckets: {SPANS_MISMATCH}")));
    }
    Ok(())
}

fn check_custom_spans(h: &Layout<'_>) -> Result<(), HistogramError> {
    let (spans, buckets) = h.positive;
    if let Some(first) = spans.first().filter(|s| s.offset < 0) {
        return Err(fault(format!("span number 1 with offset {}: {NEGATIVE_OFFSET}", first.offset)));
    }
    check_spans(spans, buckets)?;
    let covered: i64 = spans.iter().map(|s| i64::from(s.length) + i64::from(s.offset)).sum();
    if (h.custom_values.len() as i64) + 1 < covered {
        return Err(fault(format!(
            "only {} custom bounds defined which is insufficient to cover total span length of {covered}: histogram custom bounds are too few",
            h.custom_values.len()
        )));
    }
    Ok(())
}

fn check_bounds(bounds: &[f64]) -> Result<(), HistogramError> {
    if bounds.iter().any(|b| b.is_nan()) {
        return Err(fault("histogram custom bounds must not be NaN"));
    }
    for pair in bounds.windows(2) {
        if pair[1] <= pair[0] {
            return Err(fault(format!(
                "previous bound is {:.6} and current is {:.6}: histogram custom bounds must be in strictly increasing order",
                pair[0], pair[1]
            )));
        }
    }
    if bounds.last() == Some(&f64::INFINITY) {
        return Err(fault(
            "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite",
        ));
    }
    Ok(())
}

fn sum_of_deltas(deltas: &[i64], side: &str) -> Result<u64, HistogramError> {
    let (mut count, mut sum) = (0i64, 0u64);
    for (i, delta) in deltas.iter().enumerate() {
        count = count.wrapping_add(*delta);
        if count < 0 {
            return Err(fault(format!(
                "{side} side: bucket number {} has observation count of {count}: {NEGATIVE_BUCKET}",
                i + 1
            )));
        }
        sum = sum.wrapping_add(count as u64);
    }
    Ok(sum)
}

fn not_negative(buckets: &[f64], side: &str) -> Result<(), HistogramError> {
    match buckets.iter().position(|b| *b < 0.0) {
        None => Ok(()),
        Some(i) => Err(fault(format!(
            "{side} side: bucket number {} has observation count of {}: {NEGATIVE_BUCKET}",
            i + 1,
            format_g(buckets[i])
        ))),
    }
}
