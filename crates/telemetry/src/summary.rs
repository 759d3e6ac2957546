//! Quantiles over the last ten minutes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exposition::MetricValue;
use model::MetricType;
use parking_lot::Mutex;

use crate::family::Instrument;

/// How long an observation counts towards the quantiles; the default of the original client.
pub const WINDOW: Duration = Duration::from_secs(600);
/// The window moves in this many steps.
const SLOTS: usize = 5;
/// Ratio between neighbouring bucket bounds; a quantile is told within half of it, that is 1 %.
const GROWTH: f64 = 1.02;
/// Smaller values, zero and negative ones share a bucket that reads 0. A nanosecond in seconds.
const SMALLEST: f64 = 1e-9;

/// A summary with quantiles over the last [`WINDOW`], and sum and count since the start. Clones share the value.
///
/// Each slot of the window is a histogram with buckets that grow by 2 %; only touched buckets take memory. So an
/// observation costs one short lock and one map update, and a quantile is within 1 % of the true one.
#[derive(Clone, Debug)]
pub struct Summary(Arc<Mutex<Parts>>);

#[derive(Debug)]
struct Parts {
    quantiles: Box<[f64]>,
    slots: [BTreeMap<i32, u64>; SLOTS],
    current: usize,
    /// When the present slot began.
    since: Instant,
    sum: f64,
    count: u64,
}

impl Summary {
    /// Builds a summary that tells these quantiles (0 to 1). Without any it tells sum and count only.
    ///
    /// # Panics
    /// If a quantile is outside 0 to 1.
    pub fn with_quantiles(quantiles: &[f64]) -> Summary {
        assert!(quantiles.iter().all(|q| (0.0..=1.0).contains(q)), "quantiles outside 0..=1: {quantiles:?}");
        Summary(Arc::new(Mutex::new(Parts {
            quantiles: quantiles.into(),
            slots: Default::default(),
            current: 0,
            since: Instant::now(),
            sum: 0.0,
            count: 0,
        })))
    }

    /// Counts an observation.
    pub fn observe(&self, value: f64) {
        self.observe_at(value, Instant::now());
    }

    /// Counts an observation made at a given time.
    pub fn observe_at(&self, value: f64, now: Instant) {
        let mut parts = self.0.lock();
        parts.sum += value;
        parts.count += 1;
        if !parts.quantiles.is_empty() {
            parts.advance(now);
            let current = parts.current;
            *parts.slots[current].entry(bucket_of(value)).or_default() += 1;
        }
    }

    /// Returns sum, count and quantiles; a quantile without observations in the window is NaN.
    pub fn value_at(&self, now: Instant) -> MetricValue {
        let mut parts = self.0.lock();
        parts.advance(now);
        let mut merged: BTreeMap<i32, u64> = BTreeMap::new();
        for (bucket, n) in parts.slots.iter().flatten() {
            *merged.entry(*bucket).or_default() += n;
        }
        let quantiles = parts.quantiles.iter().map(|q| (*q, quantile(&merged, *q))).collect();
        MetricValue::Summary { quantiles, sum: parts.sum, count: parts.count as f64 }
    }
}

impl Parts {
    fn advance(&mut self, now: Instant) {
        let slot = WINDOW / SLOTS as u32;
        let mut cleared = 0;
        while now.saturating_duration_since(self.since) >= slot {
            if cleared == SLOTS {
                self.since = now; // everything is empty already; do not step through a long idle time
                return;
            }
            self.current = (self.current + 1) % SLOTS;
            self.slots[self.current].clear();
            self.since += slot;
            cleared += 1;
        }
    }
}

fn bucket_of(value: f64) -> i32 {
    if value.is_nan() || value < SMALLEST {
        return i32::MIN;
    }
    (value.ln() / GROWTH.ln()).ceil().clamp(f64::from(i32::MIN + 1), f64::from(i32::MAX)) as i32
}

fn quantile(buckets: &BTreeMap<i32, u64>, q: f64) -> f64 {
    let count: u64 = buckets.values().sum();
    if count == 0 {
        return f64::NAN;
    }
    let rank = (q * count as f64).ceil().max(1.0) as u64;
    let mut seen = 0;
    let bucket = buckets.iter().find_map(|(bucket, n)| {
        seen += n;
        (seen >= rank).then_some(*bucket)
    });
    match bucket {
        Some(i32::MIN) | None => 0.0,
        // The point with the same relative distance to both bounds.
        Some(i) => 2.0 * GROWTH.powi(i) / (GROWTH + 1.0),
    }
}

impl Instrument for Summary {
    /// The quantiles, 0 to 1.
    type Options = Box<[f64]>;
    const KIND: MetricType = MetricType::Summary;

    fn new(quantiles: &Box<[f64]>) -> Summary {
        Summary::with_quantiles(quantiles)
    }

    fn value(&self) -> MetricValue {
        self.value_at(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(summary: &Summary, now: Instant) -> Vec<(f64, f64)> {
        match summary.value_at(now) {
            MetricValue::Summary { quantiles, .. } => quantiles,
            other => panic!("not a summary: {other:?}"),
        }
    }

    #[test]
    fn tells_quantiles_within_one_percent_and_forgets_them() {
        let start = Instant::now();
        let summary = Summary::with_quantiles(&[0.0, 0.5, 0.9, 0.99, 1.0]);
        for i in 1..=1000 {
            summary.observe_at(f64::from(i) / 100.0, start);
        }
        for (q, v) in quantiles(&summary, start) {
            let want = (q * 10.0).max(0.01);
            assert!((v / want - 1.0).abs() <= 0.0101, "quantile {q}: {v}, want {want}");
        }
        assert!(!quantiles(&summary, start + WINDOW - WINDOW / SLOTS as u32)[0].1.is_nan());
        assert!(quantiles(&summary, start + WINDOW + Duration::from_secs(1))[0].1.is_nan());
        match summary.value_at(start + WINDOW * 100) {
            MetricValue::Summary { count, sum, .. } => assert_eq!((count, sum.round()), (1000.0, 5005.0)),
            other => panic!("not a summary: {other:?}"),
        }
    }

    #[test]
    fn odd_values_share_the_lowest_bucket() {
        let now = Instant::now();
        let summary = Summary::with_quantiles(&[0.5]);
        for v in [0.0, -5.0, f64::NAN] {
            summary.observe_at(v, now);
        }
        assert_eq!(quantiles(&summary, now), [(0.5, 0.0)]);
    }
}
