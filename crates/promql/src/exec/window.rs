//! Windows that slide over the samples of one series, all steps at once.
//!
//! A window is open at its start and closed at its end. Both ends only move forward, so a pass over all steps costs one
//! pass over the samples.

use std::cell::RefCell;
use std::sync::Arc;

use model::histogram::FloatHistogram;

use super::scalar::Scalars;
use super::tally::{LocalTally, histogram_samples};
use crate::ast::{RangeMode, Span};
use crate::column::{Column, Grid};

/// How many windows are computed between two looks at whether the query was cancelled.
const STEPS_BETWEEN_CHECKS: usize = 256;

/// A native histogram and its time.
pub(crate) type TimedHistogram = (i64, Arc<FloatHistogram>);

/// One series' samples without staleness markers, and the windows to look at them through.
pub(crate) struct Windows<'a> {
    /// Times of the floats.
    pub t: &'a [i64],
    /// The floats.
    pub v: &'a [f64],
    /// The histograms.
    pub histograms: &'a [TimedHistogram],
    /// The steps.
    pub grid: Grid,
    /// All windows end here (before the offset), if set.
    pub at: Option<i64>,
    /// How far before the step a window ends.
    pub offset_ms: i64,
    /// Width of a window.
    pub range_ms: i64,
    /// Whether samples from outside the window are looked at too.
    pub mode: RangeMode,
    /// How far outside.
    pub lookback_ms: i64,
    /// The function's other arguments.
    pub scalars: &'a [Scalars],
    /// The metric's name, for notes.
    pub name: &'a str,
    /// The series' `__type__`, where metrics carry one (`type-and-unit-labels`).
    pub metric_type: Option<&'a str>,
    /// Where the range was written, for notes.
    pub span: Span,
    /// Counts what the windows held.
    pub tally: &'a RefCell<LocalTally>,
    /// Tells whether the query was cancelled: then the remaining windows are left out.
    pub stop: &'a dyn Fn() -> bool,
}

/// What is seen at one step; never empty.
pub(crate) struct Window<'a> {
    /// The step's index.
    pub step: usize,
    /// The step's time.
    pub time_ms: i64,
    /// Where the range starts; itself outside.
    pub start_ms: i64,
    /// Where the range ends; itself inside.
    pub end_ms: i64,
    /// Index of the first float among the series'.
    pub first: usize,
    /// Times of the floats.
    pub t: &'a [i64],
    /// The floats.
    pub v: &'a [f64],
    /// The histograms.
    pub histograms: &'a [TimedHistogram],
}

impl Windows<'_> {
    /// Calls `f` with each step's window that holds samples, in order; fewer once the query was cancelled.
    #[inline]
    pub(crate) fn each(&self, mut f: impl FnMut(Window<'_>)) {
        let (before, after) = match self.mode {
            RangeMode::Plain => (0, 0),
            RangeMode::Anchored => (self.lookback_ms, 0),
            RangeMode::Smoothed => (self.lookback_ms, self.lookback_ms),
        };
        let mut tally = self.tally.borrow_mut();
        let (mut lo, mut hi, mut h_lo, mut h_hi) = (0, 0, 0, 0);
        for step in 0..self.grid.steps {
            if step % STEPS_BETWEEN_CHECKS == STEPS_BETWEEN_CHECKS - 1 && (self.stop)() {
                return;
            }
            let time_ms = self.grid.time(step);
            let end_ms = self.at.unwrap_or(time_ms) - self.offset_ms;
            let start_ms = end_ms - self.range_ms;
            let (from, to) = (start_ms - before, end_ms + after);
            while hi < self.t.len() && self.t[hi] <= to {
                hi += 1;
            }
            while lo < hi && self.t[lo] <= from {
                lo += 1;
            }
            let mut count = (hi - lo) as u64;
            if !self.histograms.is_empty() {
                while h_hi < self.histograms.len() && self.histograms[h_hi].0 <= to {
                    h_hi += 1;
                }
                while h_lo < h_hi && self.histograms[h_lo].0 <= from {
                    h_lo += 1;
                }
                count += self.histograms[h_lo..h_hi].iter().map(|(_, h)| histogram_samples(h)).sum::<u64>();
            }
            if count == 0 {
                continue;
            }
            tally.count(step, count);
            f(Window {
                step,
                time_ms,
                start_ms,
                end_ms,
                first: lo,
                t: &self.t[lo..hi],
                v: &self.v[lo..hi],
                histograms: &self.histograms[h_lo..h_hi],
            });
        }
    }

    /// Computes each step that holds floats from the floats alone. Tells whether a window with floats also held histograms.
    #[inline]
    pub(crate) fn floats(&self, out: &mut Column, mut f: impl FnMut(Window<'_>) -> Option<f64>) -> bool {
        let mut mixed = false;
        self.each(|w| {
            if w.v.is_empty() {
                return;
            }
            mixed |= !w.histograms.is_empty();
            let step = w.step;
            if let Some(v) = f(w) {
                out.set(step, v);
            }
        });
        mixed
    }
}
