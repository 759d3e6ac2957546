//! Counts of observations by size.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exposition::MetricValue;
use model::MetricType;

use crate::family::Instrument;
use crate::gauge::add_float;

/// Bucket bounds for latencies of network services in seconds, 5 ms to 10 s.
pub const DEFAULT_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A classic histogram. Clones share the value.
#[derive(Clone, Debug)]
pub struct Histogram(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    /// Strictly increasing, without +Inf.
    bounds: Box<[f64]>,
    /// One per bound, then one for everything above; not cumulative.
    counts: Box<[AtomicU64]>,
    sum_bits: AtomicU64,
}

impl Histogram {
    /// Builds a histogram with upper bounds.
    ///
    /// # Panics
    /// If the bounds do not strictly increase, or hold NaN or +Inf (which is always there).
    pub fn with_buckets(bounds: &[f64]) -> Histogram {
        assert!(bounds.windows(2).all(|w| w[0] < w[1]), "bucket bounds do not increase: {bounds:?}");
        assert!(bounds.iter().all(|b| b.is_finite()), "bucket bounds are not finite: {bounds:?}");
        Histogram(Arc::new(Parts {
            bounds: bounds.into(),
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum_bits: AtomicU64::new(0),
        }))
    }

    /// Counts an observation.
    pub fn observe(&self, value: f64) {
        // NaN compares false everywhere and so lands above all bounds, as in the original client.
        let bucket = self.0.bounds.iter().position(|b| value <= *b).unwrap_or(self.0.bounds.len());
        self.0.counts[bucket].fetch_add(1, Ordering::Relaxed);
        add_float(&self.0.sum_bits, value);
    }

    /// Returns the number of observations.
    pub fn count(&self) -> u64 {
        self.0.counts.iter().map(|c| c.load(Ordering::Relaxed)).sum()
    }

    /// Returns the sum of observations.
    pub fn sum(&self) -> f64 {
        f64::from_bits(self.0.sum_bits.load(Ordering::Relaxed))
    }
}

impl Instrument for Histogram {
    /// Upper bounds without +Inf, strictly increasing.
    type Options = Box<[f64]>;
    const KIND: MetricType = MetricType::Histogram;

    fn new(bounds: &Box<[f64]>) -> Histogram {
        Histogram::with_buckets(bounds)
    }

    /// The count is the sum of the buckets read, so buckets and count always agree; the sum may be an observation behind.
    fn value(&self) -> MetricValue {
        let mut cumulative = 0u64;
        let mut buckets = Vec::with_capacity(self.0.counts.len());
        for (i, count) in self.0.counts.iter().enumerate() {
            cumulative += count.load(Ordering::Relaxed);
            let bound = self.0.bounds.get(i).copied().unwrap_or(f64::INFINITY);
            buckets.push((bound, cumulative as f64, None));
        }
        MetricValue::Histogram { buckets, sum: self.sum(), count: cumulative as f64, native: None }
    }
}

/// Returns `count` bounds, each `factor` times the one before.
pub fn exponential_buckets(start: f64, factor: f64, count: usize) -> Vec<f64> {
    std::iter::successors(Some(start), |b| Some(b * factor)).take(count).collect()
}
