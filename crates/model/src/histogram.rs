//! Native histograms: sparse buckets under a schema, or custom upper bounds (schema −53).
//!
//! Buckets are stored densely in the order of the spans; a span says how many empty bucket indexes to skip before it.
//! Format: Prometheus `model/histogram`, `prompb/io/prometheus/write/v2`.

mod arithmetic;
mod bounds;
mod buckets;
mod compact;
mod display;
mod reset;
mod resolution;
mod trim;
mod validate;

pub use arithmetic::{Combined, HistogramSum, IncompatibleHistograms};
pub use bounds::{bound, index_in_schema, indexes};
pub use buckets::Bucket;
pub use resolution::ResolutionError;
pub use trim::Trim;
pub use validate::HistogramError;

/// The schema number of histograms with custom bucket bounds (NHCB).
pub const CUSTOM_BUCKETS_SCHEMA: i32 = -53;
/// The smallest exponential schema: each bucket is 2^16 times the former.
pub const EXPONENTIAL_SCHEMA_MIN: i32 = -4;
/// The largest exponential schema: each bucket is 2^(1/256) times the former.
pub const EXPONENTIAL_SCHEMA_MAX: i32 = 8;

/// A run of consecutive buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Bucket indexes between the end of the former span (or index 0) and this one. Only the first may be negative.
    pub offset: i32,
    /// Number of buckets in the run.
    pub length: u32,
}

/// What is known about a counter reset between the former histogram sample and this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ResetHint {
    /// Must be found out by comparing.
    #[default]
    Unknown,
    /// There was a reset.
    Reset,
    /// There was none.
    NotReset,
    /// A gauge histogram: resets do not apply.
    Gauge,
}

/// A native histogram with integer counts; buckets are deltas to the bucket before.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Histogram {
    /// Counter reset information.
    pub reset_hint: ResetHint,
    /// −4..=8 exponential, or [`CUSTOM_BUCKETS_SCHEMA`].
    pub schema: i32,
    /// Width of the zero bucket, ±.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: u64,
    /// All observations.
    pub count: u64,
    /// Sum of observations; [`crate::value::STALE_NAN`] marks a stale histogram.
    pub sum: f64,
    /// Where the positive buckets lie.
    pub positive_spans: Vec<Span>,
    /// Positive buckets: the first absolute, the others relative to the one before.
    pub positive_deltas: Vec<i64>,
    /// Where the negative buckets lie.
    pub negative_spans: Vec<Span>,
    /// Negative buckets, likewise.
    pub negative_deltas: Vec<i64>,
    /// Upper bounds of custom buckets, increasing, without +Inf.
    pub custom_values: Vec<f64>,
}

/// A native histogram with float counts; buckets are absolute.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FloatHistogram {
    /// Counter reset information.
    pub reset_hint: ResetHint,
    /// −4..=8 exponential, or [`CUSTOM_BUCKETS_SCHEMA`].
    pub schema: i32,
    /// Width of the zero bucket, ±.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// All observations.
    pub count: f64,
    /// Sum of observations; [`crate::value::STALE_NAN`] marks a stale histogram.
    pub sum: f64,
    /// Where the positive buckets lie.
    pub positive_spans: Vec<Span>,
    /// Positive buckets, absolute counts.
    pub positive_buckets: Vec<f64>,
    /// Where the negative buckets lie.
    pub negative_spans: Vec<Span>,
    /// Negative buckets, absolute counts.
    pub negative_buckets: Vec<f64>,
    /// Upper bounds of custom buckets, increasing, without +Inf.
    pub custom_values: Vec<f64>,
}

impl Histogram {
    /// Returns the same histogram with absolute float counts.
    pub fn to_float(&self) -> FloatHistogram {
        FloatHistogram {
            reset_hint: self.reset_hint,
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count as f64,
            count: self.count as f64,
            sum: self.sum,
            positive_spans: self.positive_spans.clone(),
            positive_buckets: absolute(&self.positive_deltas),
            negative_spans: self.negative_spans.clone(),
            negative_buckets: absolute(&self.negative_deltas),
            custom_values: self.custom_values.clone(),
        }
    }

    /// Tells whether this sample marks the end of the series.
    pub fn is_stale(&self) -> bool {
        crate::value::is_stale(self.sum)
    }
}

impl FloatHistogram {
    /// Tells whether this sample marks the end of the series.
    pub fn is_stale(&self) -> bool {
        crate::value::is_stale(self.sum)
    }
}

/// A native histogram sample, with integer or float counts.
#[derive(Clone, Debug, PartialEq)]
pub enum HistogramValue {
    /// Integer counts.
    Integer(Histogram),
    /// Float counts.
    Float(FloatHistogram),
}

impl HistogramValue {
    /// Checks that the histogram does not contradict itself.
    ///
    /// # Errors
    /// [`HistogramError`], in Prometheus's words.
    pub fn validate(&self) -> Result<(), HistogramError> {
        match self {
            HistogramValue::Integer(h) => h.validate(),
            HistogramValue::Float(h) => h.validate(),
        }
    }

    /// Returns the schema.
    pub fn schema(&self) -> i32 {
        match self {
            HistogramValue::Integer(h) => h.schema,
            HistogramValue::Float(h) => h.schema,
        }
    }

    /// Returns the number of stored buckets, without the zero bucket.
    pub fn bucket_count(&self) -> usize {
        match self {
            HistogramValue::Integer(h) => h.positive_deltas.len() + h.negative_deltas.len(),
            HistogramValue::Float(h) => h.positive_buckets.len() + h.negative_buckets.len(),
        }
    }

    /// Merges buckets until the schema is `target`.
    ///
    /// # Errors
    /// [`ResolutionError`] for custom buckets, for a target that is not coarser, and for spans that do not fit the buckets.
    pub fn reduce_resolution(&mut self, target: i32) -> Result<(), ResolutionError> {
        match self {
            HistogramValue::Integer(h) => h.reduce_resolution(target),
            HistogramValue::Float(h) => h.reduce_resolution(target),
        }
    }
    /// Returns the histogram with float counts.
    pub fn to_float(&self) -> FloatHistogram {
        match self {
            HistogramValue::Integer(h) => h.to_float(),
            HistogramValue::Float(h) => h.clone(),
        }
    }

    /// Tells whether the sample marks the end of its series.
    pub fn is_stale(&self) -> bool {
        match self {
            HistogramValue::Integer(h) => h.is_stale(),
            HistogramValue::Float(h) => h.is_stale(),
        }
    }
}

/// Sums deltas up to absolute counts.
pub(crate) fn absolute(deltas: &[i64]) -> Vec<f64> {
    absolute_counts(deltas).into_iter().map(|count| count as f64).collect()
}

/// Sums deltas up to absolute integer counts.
fn absolute_counts(deltas: &[i64]) -> Vec<i64> {
    let mut sum = 0i64;
    let add = |delta: &i64| {
        sum = sum.wrapping_add(*delta);
        sum
    };
    deltas.iter().map(add).collect()
}

/// Tells whether a schema is one of the exponential ones that are stored (−4..=8).
pub fn is_exponential_schema(schema: i32) -> bool {
    (EXPONENTIAL_SCHEMA_MIN..=EXPONENTIAL_SCHEMA_MAX).contains(&schema)
}

#[cfg(test)]
mod tests;
