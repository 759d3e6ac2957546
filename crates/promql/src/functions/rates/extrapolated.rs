//! `rate`, `increase`, `delta`: the difference over a window, extrapolated to its ends.
//!
//! The difference is last minus first, plus what each counter reset in between lost. Resets are rare, so a series' resets are
//! found in one pass, and a window's cost does not depend on how many samples it holds.

use super::extended;
use super::started::{self, Starts};
use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::alike::{Stretch, Visit};
use crate::exec::window::{Window, Windows};
use crate::functions::histogram_ranges;
use crate::notes::Notes;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Values only grow, but for resets.
    pub counter: bool,
    /// Per second.
    pub per_second: bool,
}

/// The increase per second.
pub(crate) fn rate(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    let result = difference(windows, out, notes, Kind { counter: true, per_second: true });
    note_non_counter(windows, out, notes);
    result
}

/// The increase.
pub(crate) fn increase(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    let result = difference(windows, out, notes, Kind { counter: true, per_second: false });
    note_non_counter(windows, out, notes);
    result
}

/// The difference of a gauge.
pub(crate) fn delta(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    difference(windows, out, notes, Kind { counter: false, per_second: false })
}

fn note_non_counter(windows: &Windows<'_>, out: &Column, notes: &mut Notes) {
    const SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];
    let name = windows.name;
    if name.is_empty() || out.present.iter().all(|w| *w == 0) {
        return;
    }
    match windows.metric_type {
        Some("counter" | "histogram") => {}
        Some(other) => notes.not_a_counter_type(windows.span, name, other),
        None if SUFFIXES.iter().any(|s| name.ends_with(s)) => {}
        None => notes.possible_non_counter(windows.span, name),
    }
}

fn difference(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), QueryError> {
    if windows.mode != RangeMode::Plain {
        return extended::difference(windows, out, notes, kind);
    }
    let mut floats = Floats::new(windows, kind);
    if windows.histograms.is_empty() && !floats.starts.any() {
        windows.visit_floats(&mut Plainly { floats, out });
        return Ok(());
    }
    windows.each(|w| match (w.v.is_empty(), w.histograms.is_empty()) {
        (false, false) => notes.mixed_range(windows.span, windows.name),
        (true, _) => {
            if let Some(h) = histogram_ranges::rate(&w, windows, kind, notes) {
                out.set_histogram(w.step, h);
            }
        }
        (false, true) => {
            if let Some(v) = floats.started_difference(&w, notes) {
                out.set(w.step, v);
            }
        }
    });
    Ok(())
}

/// A series of floats whose start times nobody looks at.
struct Plainly<'a, 'o> {
    floats: Floats<'a>,
    out: &'o mut Column,
}

impl Visit for Plainly<'_, '_> {
    #[inline(always)]
    fn one(&mut self, w: Window<'_>) {
        if let Some(v) = self.floats.difference(&w) {
            self.out.set(w.step, v);
        }
    }

    fn many(&mut self, stretch: Stretch) {
        if !self.floats.differences(stretch, self.out) {
            (0..stretch.steps).for_each(|k| self.one(self.floats.windows.window_in(&stretch, k)));
        }
    }
}

/// The differences of one series' floats, window after window.
struct Floats<'a> {
    values: &'a [f64],
    kind: Kind,
    /// Indexes of samples that are less than the one before, or began anew after it.
    resets: Vec<usize>,
    /// The first of `resets` that lies after the window's first sample, or later.
    next_reset: usize,
    times: RegularTimes,
    windows: &'a Windows<'a>,
    starts: Starts<'a>,
    /// Indexes of samples whose start time overlaps the sample before.
    overlaps: Vec<usize>,
}

impl<'a> Floats<'a> {
    fn new(windows: &'a Windows<'a>, kind: Kind) -> Floats<'a> {
        let (t, values) = (windows.t, windows.v);
        let starts = Starts::of_all_floats(windows);
        let falls = |i: usize| values[i] < values[i - 1];
        let resets = match (kind.counter, starts.any()) {
            (false, _) => Vec::new(),
            (true, false) => falls_of(windows),
            (true, true) => later_samples(windows, |i| falls(*i) || starts.begins_anew(*i, t[i - 1], t[*i])),
        };
        let overlaps = if kind.counter && starts.any() {
            (1..t.len()).filter(|i| starts.overlaps(*i, t[i - 1])).collect()
        } else {
            Vec::new()
        };
        Floats {
            values,
            kind,
            resets,
            next_reset: 0,
            times: RegularTimes::default(),
            windows,
            starts,
            overlaps,
        }
    }

    /// As [`Floats::difference`], with an eye on start times: from a start within the window on, the first sample
    /// counts too.
    fn started_difference(&mut self, w: &Window<'_>, notes: &mut Notes) -> Option<f64> {
        if !self.starts.any() {
            return self.difference(w);
        }
        let n = w.v.len();
        let next = self.overlaps.partition_point(|i| *i <= w.first);
        if self.overlaps.get(next).is_some_and(|i| *i < w.first + n) {
            notes.start_time_overlap(self.windows.span, self.windows.name);
        }
        let Some(start) = Starts::of_floats(self.windows, w).zero_within(w, w.t[0], self.kind) else {
            return self.difference(w);
        };
        let increase = self.raw_difference(w) + w.v[0];
        Some(increase * started::factor(w, start, (w.t[0], w.t[n - 1]), n, self.kind))
    }

    /// Last minus first, plus what resets in between lost.
    #[inline(always)]
    fn raw_difference(&mut self, w: &Window<'_>) -> f64 {
        let n = w.v.len();
        let mut difference = w.v[n - 1] - w.v[0];
        if !self.resets.is_empty() {
            while self.next_reset < self.resets.len() && self.resets[self.next_reset] <= w.first {
                self.next_reset += 1;
            }
            for &reset in self.resets[self.next_reset..].iter().take_while(|r| **r < w.first + n) {
                difference += self.values[reset - 1];
            }
        }
        difference
    }

    /// As [`Floats::difference`] at each step of a stretch. Tells whether it could: all windows must be without resets, and none may reach back
    /// to where its counter was zero.
    fn differences(&mut self, stretch: Stretch, out: &mut Column) -> bool {
        let w = self.windows.window_in(&stretch, 0);
        let n = w.v.len();
        self.next_reset += self.resets[self.next_reset..].partition_point(|reset| *reset <= w.first);
        if n < 2 || self.resets.get(self.next_reset).is_some_and(|reset| *reset < stretch.end()) {
            return false;
        }
        let times = self.times.at(&w, w.t[0], w.t[n - 1], n);
        let factor = if self.kind.per_second { times.factor_per_second } else { times.factor };
        let firsts = &self.values[stretch.first..];
        let lasts = &firsts[n - 1..];
        let slots = out.set_range(stretch.step..stretch.step + stretch.steps);
        let mut doubtful = false;
        let mut fill = |slot: &mut f64, first: f64, last: f64| {
            let difference = last - first;
            *slot = difference * factor;
            doubtful |= times.may_reach_zero(first, difference);
        };
        match stretch.stride {
            // Side by side, these become vector instructions.
            1 => slots.iter_mut().zip(firsts.iter().zip(lasts)).for_each(|(slot, (a, b))| fill(slot, *a, *b)),
            stride => {
                let pairs = firsts.chunks(stride).zip(lasts.chunks(stride));
                slots.iter_mut().zip(pairs).for_each(|(slot, (a, b))| fill(slot, a[0], b[0]));
            }
        }
        !(self.kind.counter && doubtful)
    }

    #[inline(always)]
    fn difference(&mut self, w: &Window<'_>) -> Option<f64> {
        let n = w.v.len();
        if n < 2 {
            return None;
        }
        let difference = self.raw_difference(w);
        let times = self.times.at(w, w.t[0], w.t[n - 1], n);
        let factor = if self.kind.counter && times.may_reach_zero(w.v[0], difference) {
            let factor = times.factor(Some(w.v[0] / difference));
            if self.kind.per_second { factor / ((w.end_ms - w.start_ms) as f64 / 1000.0) } else { factor }
        } else if self.kind.per_second {
            times.factor_per_second
        } else {
            times.factor
        };
        Some(difference * factor)
    }
}

/// The indexes of those of a series' samples, the first aside, that pass.
#[inline]
fn later_samples(windows: &Windows<'_>, passes: impl Fn(&usize) -> bool) -> Vec<usize> {
    let mut found = Vec::new();
    for piece in windows.pieces(windows.v.len()) {
        found.extend((piece.start.max(1)..piece.end).filter(&passes));
    }
    found
}

/// The indexes of a series' samples that are less than the one before. Most stretches have none, which is seen without a branch a sample.
#[inline]
fn falls_of(windows: &Windows<'_>) -> Vec<usize> {
    const STRETCH: usize = 64;
    if windows.never_falls {
        return Vec::new();
    }
    let (values, mut found) = (windows.v, Vec::new());
    for piece in windows.pieces(values.len()) {
        for start in piece.clone().step_by(STRETCH) {
            let stretch = start.max(1)..piece.end.min(start + STRETCH);
            let (before, after) = (&values[stretch.start - 1..stretch.end - 1], &values[stretch.clone()]);
            if before.iter().zip(after).fold(false, |any, (a, b)| any | (b < a)) {
                found.extend(stretch.filter(|i| values[*i] < values[i - 1]));
            }
        }
    }
    found
}

/// How samples lie in a window: distances of first sample to start, first to last, last to end; number of samples.
type Shape = (i64, i64, i64, usize);

/// The [`Times`] of most windows: with samples at regular distances one's are the next one's too.
#[derive(Default)]
struct RegularTimes {
    shape: Shape,
    times: Times,
    /// A shape that was seen once. A late sample gives a window another shape, and the next has the usual one again.
    other: Shape,
}

impl RegularTimes {
    #[inline]
    fn at(&mut self, w: &Window<'_>, first: i64, last: i64, n: usize) -> Times {
        let shape = (first - w.start_ms, last - first, w.end_ms - last, n);
        if shape == self.shape {
            return self.times;
        }
        let times = Times::of(w, first, last, n);
        if shape == self.other {
            (self.shape, self.times) = (shape, times);
        }
        self.other = shape;
        times
    }
}

/// How samples lie in their window; durations in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    sampled: f64,
    /// From the start, or from where the series is taken to begin.
    before: f64,
    /// Likewise at the end.
    after: f64,
    /// What the difference is multiplied with unless the counter would have been zero within `before`.
    factor: f64,
    /// The same over the window's width.
    factor_per_second: f64,
}

impl Times {
    /// `n` samples, at least two, from `first` to `last`.
    ///
    /// A gap at an end that is longer than 1.1 times the average distance means that the series starts or ends within
    /// the window: then half a distance is added there.
    #[inline]
    pub(crate) fn of(w: &Window<'_>, first: i64, last: i64, n: usize) -> Times {
        let seconds = |ms: i64| ms as f64 / 1000.0;
        let sampled = seconds(last - first);
        let average = sampled / (n - 1) as f64;
        let limited = |gap: f64| if gap >= average * 1.1 { average / 2.0 } else { gap };
        let (before, after) = (limited(seconds(first - w.start_ms)), limited(seconds(w.end_ms - last)));
        let factor = factor(sampled, before, after);
        Times { sampled, before, after, factor, factor_per_second: factor / seconds(w.end_ms - w.start_ms) }
    }

    /// Tells whether a counter that grew by `difference` could have been zero so shortly before its first value that it
    /// matters. Says so rather too often: the test costs no division.
    #[inline]
    fn may_reach_zero(&self, first: f64, difference: f64) -> bool {
        const MARGIN: f64 = 1.000_001;
        let surely_before = first * self.sampled > self.before * difference * MARGIN;
        (difference > 0.0) & (first >= 0.0) & !surely_before
    }

    /// What the difference between first and last sample is multiplied with to cover the window. A counter is not
    /// extrapolated below zero: `zero` says how many sampled intervals before the first sample it would have been zero.
    #[inline]
    pub(crate) fn factor(self, zero: Option<f64>) -> f64 {
        match zero.map(|zero| self.sampled * zero) {
            Some(to_zero) if to_zero < self.before => factor(self.sampled, to_zero, self.after),
            _ => self.factor,
        }
    }
}

#[inline]
fn factor(sampled: f64, before: f64, after: f64) -> f64 {
    if sampled == 0.0 { 1.0 } else { (sampled + before + after) / sampled }
}
