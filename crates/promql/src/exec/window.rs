//! Windows that slide over the samples of one series, all steps at once.
//!
//! A window is open at its start and closed at its end. Both ends only move forward, so a pass over all steps costs one
//! pass over the samples.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use model::histogram::FloatHistogram;

use super::scalar::Scalars;
use super::stop::{Stop, UNITS_BETWEEN_LOOKS};
use super::tally::{Counts, LocalTally, histogram_samples};
use crate::ast::{RangeMode, Span};
use crate::column::{Column, Grid};
use crate::functions::quantile::first_index;

/// What a window costs beside its samples, in samples.
const WINDOW_SAMPLES: usize = 256;

/// A native histogram and its time.
pub(crate) type TimedHistogram = (i64, Arc<FloatHistogram>);

/// One series' samples without staleness markers, and the windows to look at them through.
pub(crate) struct Windows<'a> {
    /// Times of the floats.
    pub t: &'a [i64],
    /// The floats.
    pub v: &'a [f64],
    /// Whether the floats are known never to fall; they may not fall without that being known.
    pub never_falls: bool,
    /// The histograms.
    pub histograms: &'a [TimedHistogram],
    /// Start times of the floats; empty where no sample has one or they are not to be looked at, else as long as `t`.
    pub starts: &'a [i64],
    /// Start times of the histograms, likewise.
    pub histogram_starts: &'a [i64],
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
    /// Whether new samples count as read; a subquery's were read for its inner steps.
    pub reads: bool,
    /// Counts what the windows held.
    pub tally: &'a RefCell<LocalTally>,
    /// Ends the query: then the remaining windows are left out.
    pub stop: &'a Stop,
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
    /// Index of the first histogram among the series'.
    pub first_histogram: usize,
    /// Times of the floats.
    pub t: &'a [i64],
    /// The floats.
    pub v: &'a [f64],
    /// The histograms.
    pub histograms: &'a [TimedHistogram],
}

/// A window's end moves so far sample by sample; beyond, it is looked for by bisection.
const STEPPED_MAX: usize = 64;

/// First and one past the last sample of a window; both only move forward.
#[derive(Default)]
pub(super) struct Bounds {
    pub(super) lo: usize,
    pub(super) hi: usize,
    /// How far each moved last.
    lo_moved: usize,
    hi_moved: usize,
}

/// How many of some samples, which are sorted by time, are not later than `until`. With samples at regular distances it is as many as the
/// last time, which is tried first.
#[inline(always)]
fn moved(samples: Range<usize>, last: usize, time: impl Fn(usize) -> i64, until: i64) -> usize {
    let Range { start, end } = samples;
    let guess = start + last;
    if guess <= end && (last == 0 || time(guess - 1) <= until) && (guess == end || time(guess) > until) {
        return last;
    }
    for i in start..end.min(start + STEPPED_MAX) {
        if time(i) > until {
            return i - start;
        }
    }
    // A long way to go, as for a first window.
    first_index(end - start, |i| time(start + i) > until)
}

impl Bounds {
    /// How far both ends moved last, if they moved equally far.
    #[inline]
    pub(super) fn moved_alike(&self) -> Option<usize> {
        (self.lo_moved == self.hi_moved && self.lo_moved > 0 && self.lo < self.hi).then_some(self.lo_moved)
    }

    /// Moves both ends so many samples at each of some steps.
    #[inline]
    pub(super) fn jump(&mut self, steps: usize, stride: usize) {
        self.lo += steps * stride;
        self.hi += steps * stride;
    }

    /// Moves to the samples after `from`, up to `to`.
    #[inline(always)]
    fn slide(&mut self, len: usize, time: impl Fn(usize) -> i64, from: i64, to: i64) -> (usize, usize) {
        self.hi_moved = moved(self.hi..len, self.hi_moved, &time, to);
        self.hi += self.hi_moved;
        self.lo_moved = moved(self.lo..self.hi, self.lo_moved, &time, from);
        self.lo += self.lo_moved;
        (self.lo, self.hi)
    }
}

impl Windows<'_> {
    /// The indexes of `len` samples in pieces, with a look between them at whether the query shall end. It may stop short: what is made
    /// of a window that was left is thrown away with the query.
    #[inline]
    pub(crate) fn pieces(&self, len: usize) -> impl Iterator<Item = Range<usize>> {
        self.stop.pieces_before(len)
    }

    /// Tells whether there are floats only, and windows show just what lies in their range.
    pub(crate) fn is_plain_floats(&self) -> bool {
        self.histograms.is_empty() && self.mode == RangeMode::Plain
    }

    /// How far windows reach beyond their range, before and after.
    fn reach(&self) -> (i64, i64) {
        match self.mode {
            RangeMode::Plain => (0, 0),
            RangeMode::Anchored => (self.lookback_ms, 0),
            RangeMode::Smoothed => (self.lookback_ms, self.lookback_ms),
        }
    }

    /// Calls `f` with each step's window that holds samples, in order; fewer once the query was cancelled.
    #[inline]
    pub(crate) fn each(&self, mut f: impl FnMut(Window<'_>)) {
        if self.histograms.is_empty() {
            self.each_of_floats(f);
            return;
        }
        let (before, after) = self.reach();
        let mut tally = self.tally.borrow_mut();
        let (mut floats, mut histograms) = (Bounds::default(), Bounds::default());
        let mut looked_at = 0;
        let weight = |seen: &[TimedHistogram]| seen.iter().map(|(_, h)| histogram_samples(h)).sum::<u64>();
        for step in 0..self.grid.steps {
            if self.is_stopped(&mut looked_at) {
                return;
            }
            let (time_ms, end_ms) = self.end_of(step);
            let start_ms = end_ms.saturating_sub(self.range_ms);
            let (known, h_known) = (floats.hi, histograms.hi);
            let (lo, hi) = floats.slide(
                self.t.len(),
                |i| self.t[i],
                start_ms.saturating_sub(before),
                end_ms.saturating_add(after),
            );
            let times = |i: usize| self.histograms[i].0;
            let (h_lo, h_hi) = histograms.slide(
                self.histograms.len(),
                times,
                start_ms.saturating_sub(before),
                end_ms.saturating_add(after),
            );
            let seen = &self.histograms[h_lo..h_hi];
            looked_at += (hi - lo) + seen.len() * WINDOW_SAMPLES;
            let count = (hi - lo) as u64 + weight(seen);
            if count > 0 {
                let new_histograms = &self.histograms[h_lo.max(h_known)..h_hi];
                let read = (hi - lo.max(known)) as u64 + weight(new_histograms);
                tally.count(step, Counts { seen: count, read: if self.reads { read } else { 0 } });
                let (t, v) = (&self.t[lo..hi], &self.v[lo..hi]);
                let (first, first_histogram) = (lo, h_lo);
                f(Window { step, time_ms, start_ms, end_ms, first, first_histogram, t, v, histograms: seen });
            }
        }
    }

    /// As [`Windows::each`], of floats alone: the loop that nearly all series take.
    #[inline(always)]
    pub(crate) fn each_of_floats(&self, mut f: impl FnMut(Window<'_>)) {
        let mut bounds = Bounds::default();
        let mut looked_at = 0;
        for step in 0..self.grid.steps {
            if self.is_stopped(&mut looked_at) {
                return;
            }
            if let Some(window) = self.next_of_floats(step, &mut bounds) {
                looked_at += window.t.len();
                f(window);
            }
        }
    }

    /// A step's window over floats alone, counted, if it holds any; `bounds` are those of the step before.
    #[inline(always)]
    pub(super) fn next_of_floats(&self, step: usize, bounds: &mut Bounds) -> Option<Window<'_>> {
        let (before, after) = self.reach();
        let (t, v) = (self.t, &self.v[..self.t.len()]);
        let (time_ms, end_ms) = self.end_of(step);
        let start_ms = end_ms.saturating_sub(self.range_ms);
        let known = bounds.hi;
        let (lo, hi) =
            bounds.slide(t.len(), |i| t[i], start_ms.saturating_sub(before), end_ms.saturating_add(after));
        if lo >= hi {
            return None;
        }
        let read = if self.reads { hi - lo.max(known) } else { 0 };
        self.tally.borrow_mut().count(step, Counts { seen: (hi - lo) as u64, read: read as u64 });
        let (t, v) = (&t[lo..hi], &v[lo..hi]);
        Some(Window { step, time_ms, start_ms, end_ms, first: lo, first_histogram: 0, t, v, histograms: &[] })
    }

    /// Tells whether the query was cancelled, which is looked at now and then; `seen` is what was seen since.
    #[inline]
    pub(super) fn is_stopped(&self, seen: &mut usize) -> bool {
        *seen += WINDOW_SAMPLES;
        if *seen < UNITS_BETWEEN_LOOKS {
            return false;
        }
        *seen = 0;
        self.stop.check().is_err()
    }

    /// A step's time, and the end of its window.
    #[inline]
    pub(crate) fn end_of(&self, step: usize) -> (i64, i64) {
        let time_ms = self.grid.time(step);
        (time_ms, self.at.unwrap_or(time_ms).saturating_sub(self.offset_ms))
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
