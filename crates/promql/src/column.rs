//! The values of one series over the steps of a query: one slot per step, and bits that say which slots count.
//!
//! Invariants: 1. A step holds a float, a histogram or nothing, never two of them.  2. `values` has one slot per step;
//! a slot whose bit is not set holds any number.  3. Bits past the last step are zero.  4. `histograms` is empty, or
//! has one slot per step.

use std::ops::Range;
use std::sync::Arc;

use model::histogram::FloatHistogram;

/// The evaluation times of a query: `start_ms`, `start_ms + step_ms`, … (`steps` of them, at least one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// First evaluation time.
    pub start_ms: i64,
    /// Distance of two evaluation times; positive, also where there is only one step.
    pub step_ms: i64,
    /// Number of evaluation times.
    pub steps: usize,
}

impl Grid {
    /// A grid of one step.
    pub fn instant(t: i64) -> Grid {
        Grid { start_ms: t, step_ms: 1, steps: 1 }
    }

    /// The time of step `i`.
    #[inline]
    pub fn time(&self, i: usize) -> i64 {
        self.start_ms + self.step_ms * i as i64
    }

    /// The time of the last step.
    pub fn end_ms(&self) -> i64 {
        self.time(self.steps - 1)
    }
}

/// One series' values over a [`Grid`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// One slot per step.
    pub values: Vec<f64>,
    /// Bit `i % 64` of word `i / 64` says whether `values[i]` counts.
    pub present: Vec<u64>,
    /// Native histograms; empty, or one slot per step.
    pub histograms: Vec<Option<Arc<FloatHistogram>>>,
}

impl Column {
    /// A column of `steps` absent values.
    pub fn absent(steps: usize) -> Column {
        Column { values: vec![0.0; steps], present: vec![0; steps.div_ceil(64)], histograms: Vec::new() }
    }

    /// A column with every float present.
    pub fn full(values: Vec<f64>) -> Column {
        let mut column =
            Column { present: vec![0; values.len().div_ceil(64)], values, histograms: Vec::new() };
        column.set_all();
        column
    }

    /// Makes this a column of `steps` absent values and keeps the allocations.
    pub fn reset(&mut self, steps: usize) {
        self.values.resize(steps, 0.0);
        self.present.clear();
        self.present.resize(steps.div_ceil(64), 0);
        self.histograms.clear();
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.values.len()
    }

    /// Marks every float as present.
    pub fn set_all(&mut self) {
        let steps = self.values.len();
        self.present.fill(!0);
        if !steps.is_multiple_of(64)
            && let Some(last) = self.present.last_mut()
        {
            *last = (1 << (steps % 64)) - 1;
        }
    }

    /// Puts a float at a step.
    #[inline]
    pub fn set(&mut self, step: usize, v: f64) {
        self.values[step] = v;
        self.present[step / 64] |= 1 << (step % 64);
    }

    /// Marks the floats of some steps as present, and returns them to be filled in.
    pub fn set_range(&mut self, steps: Range<usize>) -> &mut [f64] {
        for (word, bits) in words_of(&steps) {
            self.present[word] |= bits;
        }
        &mut self.values[steps]
    }

    /// Takes the float of a step away.
    #[inline]
    pub fn unset(&mut self, step: usize) {
        self.present[step / 64] &= !(1 << (step % 64));
    }

    /// Puts a histogram at a step, in place of a float if there was one.
    pub fn set_histogram(&mut self, step: usize, h: Arc<FloatHistogram>) {
        if self.histograms.is_empty() {
            self.histograms.resize(self.values.len(), None);
        }
        self.unset(step);
        self.histograms[step] = Some(h);
    }

    /// Tells whether a step holds a float.
    #[inline]
    pub fn has(&self, step: usize) -> bool {
        self.present[step / 64] >> (step % 64) & 1 != 0
    }

    /// Returns the float of a step.
    #[inline]
    pub fn get(&self, step: usize) -> Option<f64> {
        self.has(step).then(|| self.values[step])
    }

    /// Returns the histogram of a step.
    #[inline]
    pub fn histogram(&self, step: usize) -> Option<&Arc<FloatHistogram>> {
        self.histograms.get(step)?.as_ref()
    }

    /// Tells whether a step holds anything.
    #[inline]
    pub fn has_any(&self, step: usize) -> bool {
        self.has(step) || self.histogram(step).is_some()
    }

    /// Tells whether some step holds a histogram.
    pub fn has_histograms(&self) -> bool {
        self.histograms.iter().any(Option::is_some)
    }

    /// Returns the number of floats.
    pub fn float_count(&self) -> usize {
        self.present.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Returns the number of histograms.
    pub fn histogram_count(&self) -> usize {
        self.histograms.iter().flatten().count()
    }

    /// Tells whether no step holds anything.
    pub fn is_empty(&self) -> bool {
        self.present.iter().all(|w| *w == 0) && !self.has_histograms()
    }

    /// Calls `f` with each step that holds a float, in order.
    #[inline]
    pub fn for_each_float(&self, f: impl FnMut(usize, f64)) {
        self.for_each_float_in(0..self.steps(), f);
    }

    /// As [`Column::for_each_float`], of some steps; they must begin at a multiple of 64 and end at one or with the last step.
    #[inline]
    pub fn for_each_float_in(&self, steps: Range<usize>, mut f: impl FnMut(usize, f64)) {
        debug_assert!(steps.start.is_multiple_of(64));
        let words = steps.start / 64..steps.end.div_ceil(64);
        for (w, &word) in words.clone().zip(&self.present[words]) {
            let base = w * 64;
            if word == !0 {
                for (i, &v) in self.values[base..base + 64].iter().enumerate() {
                    f(base + i, v);
                }
            } else {
                for_each_bit(word, |bit| f(base + bit, self.values[base + bit]));
            }
        }
    }

    /// Calls `f` with each step that holds a histogram, in order.
    pub fn for_each_histogram(&self, mut f: impl FnMut(usize, &Arc<FloatHistogram>)) {
        for (i, h) in self.histograms.iter().enumerate() {
            if let Some(h) = h {
                f(i, h);
            }
        }
    }

    /// Takes over all values of another column. Tells whether no step held values in both; if not, nothing is changed.
    pub fn join(&mut self, other: &Column) -> bool {
        let (mine, theirs) = (self.any_bits(), other.any_bits());
        if mine.iter().zip(&theirs).any(|(a, b)| a & b != 0) {
            return false;
        }
        other.for_each_float(|i, v| self.set(i, v));
        other.for_each_histogram(|i, h| self.set_histogram(i, Arc::clone(h)));
        true
    }

    /// Returns the presence of floats and histograms together, in words like `present`.
    pub fn any_bits(&self) -> Vec<u64> {
        let mut bits = self.present.clone();
        self.for_each_histogram(|i, _| bits[i / 64] |= 1 << (i % 64));
        bits
    }
}

/// The words of presence that some steps lie in, with the bits that stand for them.
fn words_of(steps: &Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let Range { start, end } = *steps;
    let words = if start < end { start / 64..end.div_ceil(64) } else { 0..0 };
    words.map(move |word| {
        let (from, to) = (start.max(64 * word) - 64 * word, end.min(64 * word + 64) - 64 * word);
        (word, !0 >> (64 - (to - from)) << from)
    })
}

/// Calls `f` with the index of each set bit, lowest first.
#[inline]
pub(crate) fn for_each_bit(mut word: u64, mut f: impl FnMut(usize)) {
    while word != 0 {
        f(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_marked_step_by_step() {
        for (from, to) in
            [(0, 0), (10, 10), (0, 1), (3, 64), (0, 64), (63, 65), (64, 128), (10, 200), (130, 131), (0, 200)]
        {
            let (mut at_once, mut one_by_one) = (Column::absent(200), Column::absent(200));
            at_once.set(7, 1.0);
            one_by_one.set(7, 1.0);
            at_once.set_range(from..to).fill(1.0);
            (from..to).for_each(|step| one_by_one.set(step, 1.0));
            assert_eq!(at_once, one_by_one, "{from}..{to}");
        }
    }
}
