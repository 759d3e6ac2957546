//! What start times say: where a counter began anew although its value did not fall, and from when on the first sample
//! of a window counts.
//!
//! Rules: Prometheus 3.14 `promql/functions.go`, `isStartTimestampReset`, `checkStartTimeOverlap`.

use super::extrapolated::Kind;
use crate::exec::window::{TimedHistogram, Window, Windows};

/// The start times of a run of samples; none for all of them where none has one.
#[derive(Clone, Copy)]
pub(crate) struct Starts<'a>(&'a [i64]);

impl<'a> Starts<'a> {
    /// Those of the floats of a window.
    pub(crate) fn of_floats(windows: &Windows<'a>, w: &Window<'_>) -> Starts<'a> {
        Starts(windows.starts.get(w.first..w.first + w.t.len()).unwrap_or(&[]))
    }

    /// Those of the histograms of a window.
    pub(crate) fn of_histograms(windows: &Windows<'a>, w: &Window<'_>) -> Starts<'a> {
        let last = w.first_histogram + w.histograms.len();
        Starts(windows.histogram_starts.get(w.first_histogram..last).unwrap_or(&[]))
    }

    /// Those of all floats of a series.
    pub(crate) fn of_all_floats(windows: &Windows<'a>) -> Starts<'a> {
        Starts(windows.starts)
    }

    /// Tells whether there are any.
    pub(crate) fn any(self) -> bool {
        !self.0.is_empty()
    }

    /// The start time of sample `i`; 0 if it has none.
    pub(crate) fn get(self, i: usize) -> i64 {
        self.0.get(i).copied().unwrap_or(0)
    }

    /// Tells whether sample `i`, at `t`, began anew after the sample before it, at `before_t`.
    pub(crate) fn begins_anew(self, i: usize, before_t: i64, t: i64) -> bool {
        self.any() && begins_anew((self.get(i - 1), before_t), (self.get(i), t))
    }

    /// Tells whether sample `i` says that it began while the sample before it, at `before_t`, still counted from another
    /// start.
    pub(crate) fn overlaps(self, i: usize, before_t: i64) -> bool {
        let start = self.get(i);
        start != 0 && start < before_t && start != self.get(i - 1)
    }

    /// Tells whether some sample of a window overlaps the one before it.
    pub(crate) fn any_overlaps(self, histograms: &[TimedHistogram]) -> bool {
        self.any() && (1..histograms.len()).any(|i| self.overlaps(i, histograms[i - 1].0))
    }

    /// The time within the window at which the first sample, at `first_t`, counted zero.
    pub(crate) fn zero_within(self, w: &Window<'_>, first_t: i64, kind: Kind) -> Option<i64> {
        let start = self.get(0);
        (kind.counter && start != 0 && start > w.start_ms && start < first_t).then_some(start)
    }
}

/// Tells whether a counter began anew between two samples, each with start time and time.
///
/// A start time at or after its own sample says nothing. One at the sample before is a delta's, unless that sample's own
/// start is unknown: then OpenTelemetry means a counter whose start nobody knows.
fn begins_anew((before_start, before_t): (i64, i64), (start, t): (i64, i64)) -> bool {
    if start == 0 || start >= t || start < before_t {
        return false;
    }
    start > before_t || before_start != 0 && before_start < before_t
}

/// What the difference over samples from `first` to `last` that began at `start` is multiplied with: nothing is added
/// before the start, and after the last sample as always.
pub(super) fn factor(w: &Window<'_>, start: i64, (first, last): (i64, i64), n: usize, kind: Kind) -> f64 {
    let seconds = |ms: i64| ms as f64 / 1000.0;
    let average = if n > 1 { seconds(last - first) / (n - 1) as f64 } else { 0.0 };
    let mut after = seconds(w.end_ms - last);
    if after >= average * 1.1 {
        after = average / 2.0;
    }
    let sampled = seconds(last - start);
    let factor = (sampled + after) / sampled;
    if kind.per_second { factor / seconds(w.end_ms - w.start_ms) } else { factor }
}

/// What a histogram window's increase since `start` is multiplied with.
pub(crate) fn histogram_factor(w: &Window<'_>, start: i64, kind: Kind) -> f64 {
    let times = |h: Option<&TimedHistogram>| h.map_or(start, |(t, _)| *t);
    factor(w, start, (times(w.histograms.first()), times(w.histograms.last())), w.histograms.len(), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_counter_begins_anew() {
        let cases = [
            ("no start", (0, 10), (0, 20), false),
            ("between the samples", (1, 10), (15, 20), true),
            ("between the samples, nothing known before", (0, 10), (15, 20), true),
            ("the same as before", (5, 10), (5, 20), false),
            ("at the sample itself", (5, 10), (20, 20), false),
            ("after the sample", (5, 10), (25, 20), false),
            ("a delta", (5, 10), (10, 20), true),
            ("at the sample before, whose start is unknown", (0, 10), (10, 20), false),
            ("at the sample before, whose start is its time", (10, 10), (10, 20), false),
            ("at the sample before, whose start is impossible", (11, 10), (10, 20), false),
        ];
        for (what, before, after, expected) in cases {
            assert_eq!(begins_anew(before, after), expected, "{what}");
        }
    }

    #[test]
    fn overlaps() {
        let overlaps = |before: i64, start: i64| Starts(&[before, start]).overlaps(1, 10);
        assert!(!overlaps(5, 5) && !overlaps(5, 10) && !overlaps(5, 0));
        assert!(overlaps(5, 6) && overlaps(0, 6));
    }
}
