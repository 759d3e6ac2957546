//! One classic histogram to one native one.
//!
//! Source: Prometheus 3.14 `util/convertnhcb/convertnhcb.go`.

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Histogram, HistogramValue, Span};
use model::number::format_g;

/// Empty buckets that an integer histogram keeps between others; a span costs more.
const EMPTY_BUCKETS_MAX: u32 = 2;

/// Why a classic histogram cannot be converted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConversionError {
    /// A bucket without a bound.
    #[error("bucket boundary must not be NaN")]
    NanBound,
    /// Fewer than no observations in a bucket.
    #[error("bucket count must be non-negative: le={}, count={}", format_g(*bound), format_g(*count))]
    NegativeBucket {
        /// Upper bound.
        bound: f64,
        /// Its count.
        count: f64,
    },
    /// Fewer than no observations.
    #[error("count must be non-negative: count={}", format_g(*.0))]
    NegativeCount(f64),
    /// A bucket holds less than one below it, or more than one above it.
    #[error("count is not cumulative: {} {} {}", format_g(*.0), .1, format_g(*.2))]
    NotCumulative(f64, char, f64),
    /// The count is not what the last bucket holds.
    #[error("count mismatch: count={} != le=+Inf count={}", format_g(*count), format_g(*last))]
    CountMismatch {
        /// The count.
        count: f64,
        /// What the last bucket holds.
        last: f64,
    },
}

/// Collects the samples of a classic histogram in any order.
#[derive(Clone, Debug, Default)]
pub struct ClassicHistogram {
    /// Upper bounds, strictly increasing, and cumulative counts, never decreasing.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
    error: Option<ConversionError>,
}

impl ClassicHistogram {
    /// Notes the value of `_count`.
    pub fn set_count(&mut self, count: f64) {
        if count < 0.0 {
            self.fail(ConversionError::NegativeCount(count));
        }
        self.count = Some(count);
    }

    /// Notes the value of `_sum`.
    pub fn set_sum(&mut self, sum: f64) {
        self.sum = sum;
    }

    /// Notes a bucket. A second one with the same bound is ignored.
    pub fn set_bucket(&mut self, bound: f64, count: f64) {
        if bound.is_nan() {
            return self.fail(ConversionError::NanBound);
        }
        if count < 0.0 {
            return self.fail(ConversionError::NegativeBucket { bound, count });
        }
        let at = self.buckets.partition_point(|(b, _)| *b < bound);
        if self.buckets.get(at).is_some_and(|(b, _)| *b == bound) {
            return;
        }
        let below = at.checked_sub(1).map(|i| self.buckets[i].1);
        if let Some(below) = below.filter(|below| count < *below) {
            return self.fail(ConversionError::NotCumulative(count, '<', below));
        }
        let above = self.buckets.get(at).map(|(_, count)| *count);
        if let Some(above) = above.filter(|above| count > *above) {
            return self.fail(ConversionError::NotCumulative(count, '>', above));
        }
        self.buckets.insert(at, (bound, count));
    }

    fn fail(&mut self, error: ConversionError) {
        self.error.get_or_insert(error);
    }

    /// Builds the native histogram, with integer counts if all counts are integers.
    ///
    /// # Errors
    /// The first [`ConversionError`] that was met.
    pub fn convert(&self) -> Result<HistogramValue, ConversionError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let mut buckets = self.buckets.clone();
        let count = self.count.or(buckets.last().map(|(_, count)| *count)).unwrap_or(0.0);
        if buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
            buckets.push((f64::INFINITY, count));
        }
        let last = buckets[buckets.len() - 1].1;
        if count != last {
            return Err(ConversionError::CountMismatch { count, last });
        }
        let custom_values = buckets[..buckets.len() - 1].iter().map(|(bound, _)| *bound).collect();
        let positive_spans = vec![Span { offset: 0, length: buckets.len() as u32 }];
        let is_integer = |v: f64| v == (v.round() as i64) as f64;
        let mut value = if buckets.iter().all(|(_, count)| is_integer(*count)) && is_integer(count) {
            HistogramValue::Integer(Histogram {
                schema: CUSTOM_BUCKETS_SCHEMA,
                count: count as u64,
                sum: self.sum,
                positive_spans,
                positive_deltas: deltas(&buckets),
                custom_values,
                ..Histogram::default()
            })
        } else {
            let mut previous = 0.0;
            let own =
                |(_, cumulative): &(f64, f64)| cumulative - std::mem::replace(&mut previous, *cumulative);
            HistogramValue::Float(FloatHistogram {
                schema: CUSTOM_BUCKETS_SCHEMA,
                count,
                sum: self.sum,
                positive_spans,
                positive_buckets: buckets.iter().map(own).collect(),
                custom_values,
                ..FloatHistogram::default()
            })
        };
        value.compact(if matches!(value, HistogramValue::Integer(_)) { EMPTY_BUCKETS_MAX } else { 0 });
        Ok(value)
    }
}

/// Each bucket's own count, relative to that of the bucket before.
fn deltas(buckets: &[(f64, f64)]) -> Vec<i64> {
    let (mut cumulative, mut own) = (0i64, 0i64);
    let delta = |(_, next): &(f64, f64)| {
        let now = (*next as i64).wrapping_sub(cumulative);
        cumulative = *next as i64;
        now.wrapping_sub(std::mem::replace(&mut own, now))
    };
    buckets.iter().map(delta).collect()
}
