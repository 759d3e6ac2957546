//! `rate`, `increase`, `delta`: the difference over a window, extrapolated to its ends.
//!
//! The difference is last minus first, plus what each counter reset in between lost. Resets are rare, so a series' resets are
//! found in one pass, and a window's cost does not depend on how many samples it holds.

use super::extended;
use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
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
    // Indexes of samples that are less than the one before.
    let mut resets: Vec<usize> = Vec::new();
    if kind.counter {
        resets.extend((1..windows.v.len()).filter(|&i| windows.v[i] < windows.v[i - 1]));
    }
    let range_seconds = windows.range_ms as f64 / 1000.0;
    let mut times = RegularTimes::default();
    let mut next_reset = 0; // the first one that lies after the window's first sample, or later
    windows.each(|w| {
        if !w.histograms.is_empty() {
            if !w.v.is_empty() {
                notes.mixed_range(windows.span, windows.name);
            } else if let Some(h) = histogram_ranges::rate(&w, windows, kind, notes) {
                out.set_histogram(w.step, h);
            }
            return;
        }
        let n = w.v.len();
        if n < 2 {
            return;
        }
        while next_reset < resets.len() && resets[next_reset] <= w.first {
            next_reset += 1;
        }
        let mut difference = w.v[n - 1] - w.v[0];
        for &reset in resets[next_reset..].iter().take_while(|r| **r < w.first + n) {
            difference += windows.v[reset - 1];
        }
        let zero = (kind.counter && difference > 0.0 && w.v[0] >= 0.0).then(|| w.v[0] / difference);
        let mut factor = times.at(&w, w.t[0], w.t[n - 1], n).factor(zero);
        if kind.per_second {
            factor /= range_seconds;
        }
        out.set(w.step, difference * factor);
    });
    Ok(())
}

/// The last window's [`Times`]: with samples at regular distances they are the next one's too.
#[derive(Default)]
struct RegularTimes {
    /// Distances of first sample to start, first to last, last to end; number of samples.
    key: (i64, i64, i64, usize),
    times: Times,
}

impl RegularTimes {
    #[inline]
    fn at(&mut self, w: &Window<'_>, first: i64, last: i64, n: usize) -> Times {
        let key = (first - w.start_ms, last - first, w.end_ms - last, n);
        if key != self.key {
            self.key = key;
            self.times = Times::of(w, first, last, n);
        }
        self.times
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
        Times { sampled, before, after, factor: factor(sampled, before, after) }
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
