//! Windows that lie alike over their samples: the usual case, a series scraped at regular times and steps that are a multiple of that.
//!
//! Then first and last sample of each window stand as many places behind those of the window before, and a function that looks at nothing
//! else computes a whole stretch of steps in one tight loop. That windows lie alike is looked at sample by sample, never assumed.

use super::stop::UNITS_BETWEEN_LOOKS;
use super::tally::Counts;
use super::window::{Bounds, Window, Windows};

/// Steps that are compared at once.
const BLOCK: usize = 16;
/// Steps of a stretch at most: between two stretches comes a look at whether the query shall end.
const STRETCH_MAX: usize = 256;
/// After samples turned out irregular, comparing rests for so many steps, then for twice as many, up to [`REST_MAX`].
const REST_MIN: usize = 8;
const REST_MAX: usize = 512;

/// Steps whose windows hold the same number of samples, at the same times before the step. The windows are full ones of floats alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The first step.
    pub step: usize,
    /// Number of steps.
    pub steps: usize,
    /// Index of the first window's first sample among the series'.
    pub first: usize,
    /// Samples in each window, at least one.
    pub samples: usize,
    /// How many samples further each next window begins, at least one.
    pub stride: usize,
}

impl Stretch {
    /// Index one past the last window's last sample.
    pub(crate) fn end(&self) -> usize {
        self.first + (self.steps - 1) * self.stride + self.samples
    }
}

/// Something that is computed from windows.
pub(crate) trait Visit {
    /// Sees one step's window.
    fn one(&mut self, window: Window<'_>);

    /// Sees the windows of a stretch of steps.
    fn many(&mut self, stretch: Stretch);
}

/// When it is worth while to compare windows.
#[derive(Default)]
struct Rest {
    until_step: usize,
    steps: usize,
}

impl Rest {
    fn after_failure(&mut self, step: usize) {
        self.steps = (2 * self.steps).clamp(REST_MIN, REST_MAX);
        self.until_step = step + self.steps;
    }

    fn after_success(&mut self) {
        self.steps = 0;
    }
}

impl Windows<'_> {
    /// As [`Windows::each_of_floats`], with windows that lie alike a stretch at a time.
    #[inline(always)]
    pub(crate) fn visit_floats(&self, visitor: &mut impl Visit) {
        if self.at.is_some() {
            return self.each_of_floats(|window| visitor.one(window));
        }
        let mut bounds = Bounds::default();
        let mut rest = Rest::default();
        let (mut step, mut looked_at) = (0, 0);
        while step < self.grid.steps {
            if self.is_stopped(&mut looked_at) {
                return;
            }
            let Some(window) = self.next_of_floats(step, &mut bounds) else {
                step += 1;
                continue;
            };
            looked_at += window.t.len();
            visitor.one(window);
            step += 1;
            if step < rest.until_step {
                continue;
            }
            match self.alike(step, &bounds) {
                None => rest.after_failure(step),
                Some(stretch) => {
                    rest.after_success();
                    visitor.many(stretch);
                    let (seen, new) = (stretch.samples, stretch.stride.min(stretch.samples));
                    let counts = Counts { seen: seen as u64, read: if self.reads { new as u64 } else { 0 } };
                    self.tally.borrow_mut().count_all(step..step + stretch.steps, counts);
                    bounds.jump(stretch.steps, stretch.stride);
                    step += stretch.steps;
                    looked_at = (looked_at + stretch.steps * new).min(UNITS_BETWEEN_LOOKS);
                }
            }
        }
    }

    /// The window of a stretch that is `k` steps behind its first.
    #[inline(always)]
    pub(crate) fn window_in(&self, stretch: &Stretch, k: usize) -> Window<'_> {
        let step = stretch.step + k;
        let (time_ms, end_ms) = self.end_of(step);
        let first = stretch.first + k * stretch.stride;
        let samples = first..first + stretch.samples;
        Window {
            step,
            time_ms,
            start_ms: end_ms.saturating_sub(self.range_ms),
            end_ms,
            first,
            first_histogram: 0,
            t: &self.t[samples.clone()],
            v: &self.v[samples],
            histograms: &[],
        }
    }

    /// How many windows from that of `step` on lie as the one before did, which ends at `bounds`.
    #[inline]
    fn alike(&self, step: usize, bounds: &Bounds) -> Option<Stretch> {
        let (lo, hi, stride) = (bounds.lo, bounds.hi, bounds.moved_alike()?);
        // A sample on each side shows that the window ends where it does.
        let before = lo.checked_sub(1)?;
        let room = self.t.len().checked_sub(hi + 1)? / stride;
        let most = room.min(self.grid.steps - step).min(STRETCH_MAX);
        let mut steps = 0;
        while steps + BLOCK <= most {
            let at = steps * stride;
            let moved = [before, lo, hi - 1, hi].map(|i| &self.t[i + at..]);
            if !moved.into_iter().all(|t| keeps_pace(t, stride, self.grid.step_ms)) {
                break;
            }
            steps += BLOCK;
        }
        let alike = Stretch { step, steps, first: lo + stride, samples: hi - lo, stride };
        (steps > 0).then_some(alike)
    }
}

/// Tells whether every `stride`th of the next times is `step_ms` after the one before, for a block of steps.
#[inline(always)]
fn keeps_pace(t: &[i64], stride: usize, step_ms: i64) -> bool {
    let Some(t) = t.get(..=BLOCK * stride) else { return false };
    let base = t[0];
    let mut off = 0;
    for (k, after) in t[stride..].chunks(stride).enumerate() {
        off |= after[0].wrapping_sub(base) ^ step_ms.wrapping_mul(k as i64 + 1);
    }
    off == 0
}

#[cfg(test)]
mod tests;
