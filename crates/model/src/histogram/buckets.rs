//! Buckets one by one: with their bounds, or by index without the spans' bookkeeping.

use super::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Span, bound, indexes};

/// A bucket with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Observations.
    pub count: f64,
}

impl Bucket {
    /// Returns the fraction of the bucket's width at or below `v`, which lies strictly inside its finite bounds: on a
    /// linear scale (zero bucket, custom buckets) or a logarithmic one (exponential buckets).
    pub fn fraction_below(&self, v: f64, linear: bool) -> f64 {
        if linear {
            return (v - self.lower) / (self.upper - self.lower);
        }
        let (lower, upper, v_log) = (self.lower.abs().log2(), self.upper.abs().log2(), v.abs().log2());
        if v > 0.0 { (v_log - lower) / (upper - lower) } else { 1.0 - (v_log - upper) / (lower - upper) }
    }
}

impl FloatHistogram {
    /// Tells whether the buckets have custom bounds.
    pub fn has_custom_buckets(&self) -> bool {
        self.schema == CUSTOM_BUCKETS_SCHEMA
    }

    /// Returns the zero bucket.
    pub fn zero_bucket(&self) -> Bucket {
        Bucket { lower: -self.zero_threshold, upper: self.zero_threshold, count: self.zero_count }
    }

    /// Returns the positive buckets in ascending order.
    pub fn positive(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let at = |i| bound(i, self.schema, &self.custom_values);
        let pairs: Vec<(i32, f64)> = by_index(&self.positive_spans, &self.positive_buckets);
        pairs.into_iter().map(move |(i, count)| Bucket { lower: at(i - 1), upper: at(i), count })
    }

    /// Returns the negative buckets, starting next to zero and going down.
    pub fn negative(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let at = |i| -bound(i, self.schema, &[]);
        let pairs: Vec<(i32, f64)> = by_index(&self.negative_spans, &self.negative_buckets);
        pairs.into_iter().map(move |(i, count)| Bucket { lower: at(i), upper: at(i - 1), count })
    }

    /// Returns all buckets in ascending order, the zero bucket among them if it is populated. Buckets that reach into the
    /// zero bucket end at its bounds.
    pub fn all_buckets(&self) -> Vec<Bucket> {
        let threshold = self.zero_threshold;
        let clipped = |mut b: Bucket| {
            if b.upper < 0.0 && b.upper > -threshold {
                b.upper = -threshold;
            } else if b.lower > 0.0 && b.lower < threshold {
                b.lower = threshold;
            }
            b
        };
        let zero = (self.zero_count > 0.0).then(|| self.zero_bucket());
        self.negative().rev().map(clipped).chain(zero).chain(self.positive().map(clipped)).collect()
    }
}

/// Returns buckets with their indexes, in ascending order.
pub(super) fn by_index(spans: &[Span], buckets: &[f64]) -> Vec<(i32, f64)> {
    indexes(spans).zip(buckets.iter().copied()).collect()
}

/// Returns the spans and counts of buckets that are given by strictly increasing indexes.
pub(super) fn to_spans(pairs: &[(i32, f64)]) -> (Vec<Span>, Vec<f64>) {
    let mut spans: Vec<Span> = Vec::new();
    let mut next = 0;
    for &(index, _) in pairs {
        match spans.last_mut() {
            Some(span) if index == next => span.length += 1,
            _ => spans.push(Span { offset: index - next, length: 1 }),
        }
        next = index + 1;
    }
    (spans, pairs.iter().map(|(_, count)| *count).collect())
}
