//! Windows that lie alike over their samples: the usual case, a series scraped at regular times and steps that are a multiple of that.
//!
//! Then first and last sample of each window stand as many places behind those of the window before, and a function that looks at nothing
//! else computes a whole stretch of steps in one tight loop. That windows lie alike is looked at sample by sample, never assumed.

use super::stop::UNITS_BETWEEN_LOOKS;
use super::tally::Counts;
use super::window::{Bounds, Window, Windows};

/// A stretch of fewer steps is not worth the trouble.
const STRETCH_MIN: usize = 8;
/// Distances that are compared at once.
const BLOCK: usize = 64;
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

/// Samples that were seen to stand at one distance.
#[derive(Default)]
struct Regular {
    distance_ms: i64,
    /// Indexes of the first and one past the last.
    from: usize,
    to: usize,
}

impl Regular {
    /// One past the last of the samples that stand at the distance that sample `i` has to the next; of very many, only of some.
    #[inline]
    fn end(&mut self, t: &[i64], i: usize) -> usize {
        let distance_ms = t[i + 1].wrapping_sub(t[i]);
        if !(self.from..self.to).contains(&(i + 1)) || distance_ms != self.distance_ms {
            let some = &t[i..t.len().min(i + UNITS_BETWEEN_LOOKS)];
            *self = Regular { distance_ms, from: i, to: i + 1 + run(some, distance_ms) };
        }
        self.to
    }
}

/// How many of the distances between some times, from the first on, are this one.
fn run(t: &[i64], distance_ms: i64) -> usize {
    let (before, after) = (&t[..t.len() - 1], &t[1..]);
    let mut same = 0;
    for (before, after) in before.chunks(BLOCK).zip(after.chunks(BLOCK)) {
        let other = |(a, b): (&i64, &i64)| b.wrapping_sub(*a) ^ distance_ms;
        if before.iter().zip(after).map(other).fold(0, |off, o| off | o) != 0 {
            return same + before.iter().zip(after).map(other).take_while(|o| *o == 0).count();
        }
        same += before.len();
    }
    same
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
        let (mut regular, mut rest) = (Regular::default(), Rest::default());
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
            match self.alike(step, &bounds, &mut regular) {
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

    /// The windows from that of `step` on that lie as the one before does, which ends at `bounds`.
    #[inline]
    fn alike(&self, step: usize, bounds: &Bounds, regular: &mut Regular) -> Option<Stretch> {
        let (lo, hi, stride) = (bounds.lo, bounds.hi, bounds.moved_alike()?);
        // A sample on each side shows that the window ends where it does.
        let before = lo.checked_sub(1)?;
        let end = if hi < self.t.len() { regular.end(self.t, before) } else { return None };
        if regular.distance_ms.checked_mul(stride as i64) != Some(self.grid.step_ms) || end <= hi {
            return None;
        }
        let room = (end - 1 - hi) / stride;
        let steps = room.min(self.grid.steps - step).min(STRETCH_MAX);
        (steps >= STRETCH_MIN).then_some(Stretch {
            step,
            steps,
            first: lo + stride,
            samples: hi - lo,
            stride,
        })
    }
}

#[cfg(test)]
mod tests;
