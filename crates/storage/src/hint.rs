//! How a reader will look at samples, so that a storage which keeps old ones at a lower resolution answers well.
//!
//! Downsampled data keeps, for each bucket of time (open at its start, closed at its end), real samples (the first, the
//! last, the smallest, the largest, and both sides of each counter reset) and two figures: sum and count of all the
//! samples there were. Most readers ask for samples ([`SeriesSet::read`](crate::SeriesSet::read)): rates, extremes and
//! look-ups come out right of the real ones. Sums, counts and means ask for the figures
//! ([`SeriesSet::read_figure`](crate::SeriesSet::read_figure)). Without a hint only the kept samples are read.

use model::value::is_stale;

use crate::samples::Samples;

/// When and over what a reader looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleHint {
    /// How samples between the kept ones are to be imagined.
    pub between: Between,
    /// The end of the first window, offsets applied.
    pub start_ms: i64,
    /// Distance of the windows; 0 for a single one.
    pub step_ms: i64,
    /// Width of the windows: the range of a range selector, the lookback of an instant one. Windows are open at the
    /// left and closed at the right.
    pub window_ms: i64,
    /// What of each window decides about its result.
    pub needs: Needs,
}

impl SampleHint {
    /// Tells whether no window ends within a bucket of this length, nor begins in one of which it needs more than the end.
    pub fn is_aligned_to(&self, resolution_ms: i64) -> bool {
        let width = if self.needs == Needs::Newest { 0 } else { self.window_ms };
        resolution_ms > 0
            && [self.start_ms, self.step_ms, width].iter().all(|ms| ms.rem_euclid(resolution_ms) == 0)
    }

    /// Tells whether buckets of this length give the results that all samples give.
    pub fn is_answered_by(&self, resolution_ms: i64) -> bool {
        self.needs != Needs::Everything && self.is_aligned_to(resolution_ms)
    }
}

/// What of a window decides about its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The newest sample: a look-up.
    Newest,
    /// What buckets keep: first, last, least and greatest sample, increases, sum and count.
    Outline,
    /// Each sample.
    Everything,
}

/// What lies between two kept samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The value stays until the next sample: what a look-up sees.
    Held,
    /// The value moves evenly to the next sample: what a rate sees. Across a counter reset it stays.
    Even,
}

/// A figure of the samples of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The sum of the values.
    Sum,
    /// The number of the samples.
    Count,
}

impl Figure {
    /// Turns stored float samples, from index `first` on, into the figure that each stands for.
    pub fn of_samples(self, samples: &mut Samples, first: usize) {
        // A figure counts from nowhere.
        samples.starts.truncate(first);
        let mut kept = first;
        for i in first..samples.t.len() {
            let value = samples.v[i];
            if !is_stale(value) {
                samples.t[kept] = samples.t[i];
                samples.v[kept] = if self == Figure::Sum { value } else { 1.0 };
                kept += 1;
            }
        }
        samples.t.truncate(kept);
        samples.v.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_whole_buckets_are_told_apart() {
        let hint = |start_ms, step_ms, window_ms| SampleHint {
            between: Between::Held,
            start_ms,
            step_ms,
            window_ms,
            needs: Needs::Outline,
        };
        for (hint, expected) in [
            (hint(300_000, 0, 600_000), true),
            (hint(-300_000, 300_000, 300_000), true),
            (hint(300_001, 0, 600_000), false),
            (hint(300_000, 60_000, 600_000), false),
            (hint(300_000, 0, 60_000), false),
        ] {
            assert_eq!(hint.is_aligned_to(300_000), expected, "{hint:?}");
        }
        assert!(!hint(0, 0, 0).is_aligned_to(0));
    }

    #[test]
    fn what_a_window_needs_decides_whether_buckets_answer() {
        let (bucket, odd) = (300_000, 60_000);
        for (needs, step_ms, window_ms, expected) in [
            (Needs::Newest, bucket, odd, true), // the end of a bucket is the end of each window
            (Needs::Newest, odd, bucket, false),
            (Needs::Outline, bucket, odd, false),
            (Needs::Outline, bucket, 2 * bucket, true),
            (Needs::Everything, bucket, 2 * bucket, false),
        ] {
            let hint = SampleHint { between: Between::Held, start_ms: bucket, step_ms, window_ms, needs };
            assert_eq!(hint.is_answered_by(bucket), expected, "{hint:?}");
        }
    }

    #[test]
    fn figures_of_stored_samples() {
        let stale = f64::from_bits(model::value::STALE_NAN_BITS);
        let samples = || Samples { t: vec![1, 2, 3], v: vec![5.0, stale, 7.0], ..Samples::default() };
        for (figure, first, expected) in [
            (Figure::Sum, 0, vec![5.0, 7.0]),
            (Figure::Count, 0, vec![1.0, 1.0]),
            (Figure::Count, 1, vec![5.0, 1.0]),
        ] {
            let mut got = samples();
            figure.of_samples(&mut got, first);
            assert_eq!((got.t, got.v), (vec![1, 3], expected));
        }
    }
}
