//! Counter resets between two histograms.

use super::arithmetic::{HistogramSum, common_bounds};
use super::buckets::by_index;
use super::{FloatHistogram, ResetHint, bound};

impl FloatHistogram {
    /// Tells whether the counter was reset between an earlier histogram and this one: a count is less than it was, the
    /// resolution has become finer, or the zero bucket narrower. A hint that says so settles it.
    pub fn is_reset_since(&self, earlier: &FloatHistogram) -> bool {
        match self.reset_hint {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        if self.count < earlier.count {
            return true;
        }
        if self.has_custom_buckets() {
            if !earlier.has_custom_buckets() {
                return true;
            }
            if self.custom_values != earlier.custom_values {
                let common = common_bounds(&self.custom_values, &earlier.custom_values);
                let (now, before) = (cumulated(self, &common), cumulated(earlier, &common));
                return now.iter().zip(before).any(|(now, before)| *now < before);
            }
        }
        if self.schema > earlier.schema || self.zero_threshold < earlier.zero_threshold {
            return true;
        }
        let mut before = HistogramSum::new(earlier);
        if !self.has_custom_buckets() {
            before.widen_zero_bucket(self.zero_threshold);
            before.coarsen(self.schema);
        }
        let (threshold, zero_count) = before.zero();
        if threshold != self.zero_threshold || self.zero_count < zero_count {
            return true;
        }
        let [positive, negative] = before.sides();
        let after = |i: i32| self.has_custom_buckets() || bound(i, self.schema, &[]) > self.zero_threshold;
        [
            (positive, by_index(&self.positive_spans, &self.positive_buckets)),
            (negative, by_index(&self.negative_spans, &self.negative_buckets)),
        ]
        .into_iter()
        .any(|(before, now)| {
            before.into_iter().filter(|(i, _)| after(*i)).any(|(index, count)| {
                match now.binary_search_by_key(&index, |(i, _)| *i) {
                    Ok(at) => now[at].1 < count,
                    Err(_) => count != 0.0,
                }
            })
        })
    }
}

/// Counts between the given bounds, the last one unbounded.
fn cumulated(h: &FloatHistogram, bounds: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; bounds.len() + 1];
    for bucket in h.positive() {
        counts[bounds.partition_point(|b| *b < bucket.upper)] += bucket.count;
    }
    counts
}
