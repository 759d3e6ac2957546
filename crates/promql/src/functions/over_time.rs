//! `…_over_time`: one value from all samples of a window.

mod sliding;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::quantile as quantiles;
use super::{histogram, histogram_ranges};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::kahan;
use crate::notes::Notes;

/// Functions of floats alone: histograms beside them are noted and left out.
fn of_floats(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    f: impl FnMut(Window<'_>) -> Option<f64>,
) -> Result<(), QueryError> {
    if windows.floats(out, f) {
        notes.histograms_ignored_in_range(windows.span, windows.name);
    }
    Ok(())
}

/// Functions that know floats and histograms, but not both in one window.
fn of_either(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    mut floats: impl FnMut(&Window<'_>) -> f64,
    histograms: fn(&[TimedHistogram], &Windows<'_>, &mut Notes) -> Option<histogram::Shared>,
) -> Result<(), QueryError> {
    windows.each(|w| {
        if w.histograms.is_empty() {
            out.set(w.step, floats(&w));
        } else if !w.v.is_empty() {
            notes.mixed_range(windows.span, windows.name);
        } else if let Some(h) = histograms(w.histograms, windows, notes) {
            out.set_histogram(w.step, h);
        }
    });
    Ok(())
}

/// The sum, compensated.
pub(crate) fn sum(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    if windows.is_plain_floats() {
        sliding::sums(windows, |added| {
            let sum = added.result.map_or_else(|| plain_sum(windows, added.values), kahan::Sum::total);
            out.set(added.step, sum);
        });
        return Ok(());
    }
    of_either(windows, out, notes, |w| plain_sum(windows, w.v), histogram_ranges::sum)
}

fn plain_sum(windows: &Windows<'_>, values: &[f64]) -> f64 {
    let mut sum = kahan::Sum::default();
    windows.pieces(values.len()).for_each(|piece| values[piece].iter().for_each(|v| sum.add(*v)));
    if sum.sum.is_infinite() { sum.sum } else { sum.total() }
}

/// The mean, compensated.
pub(crate) fn avg(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    if windows.is_plain_floats() {
        sliding::sums(windows, |added| {
            // As long as the sum is finite the mean is made of it.
            let count = added.values.len() as f64;
            let of_sum = |sum: kahan::Sum| sum.sum / count + sum.c / count;
            out.set(added.step, added.result.map_or_else(|| plain_mean(windows, added.values), of_sum));
        });
        return Ok(());
    }
    of_either(windows, out, notes, |w| plain_mean(windows, w.v), histogram_ranges::avg)
}

fn plain_mean(windows: &Windows<'_>, values: &[f64]) -> f64 {
    let [first, rest @ ..] = values else { return f64::NAN };
    let mut mean = kahan::Mean::of(*first);
    windows.pieces(rest.len()).for_each(|piece| rest[piece].iter().for_each(|v| mean.add(*v)));
    mean.result()
}

/// The number of samples.
pub(crate) fn count(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| out.set(w.step, (w.v.len() + w.histograms.len()) as f64));
    Ok(())
}

/// 1 where there are samples.
pub(crate) fn present(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| out.set(w.step, 1.0));
    Ok(())
}

/// The oldest sample.
pub(crate) fn first(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| match (w.t.first(), w.histograms.first()) {
        (Some(t), Some((th, h))) if th <= t => out.set_histogram(w.step, Arc::clone(h)),
        (None, Some((_, h))) => out.set_histogram(w.step, Arc::clone(h)),
        _ => out.set(w.step, w.v[0]),
    });
    Ok(())
}

/// The newest sample.
pub(crate) fn last(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| match (w.t.last(), w.histograms.last()) {
        (Some(t), Some((th, h))) if th >= t => out.set_histogram(w.step, Arc::clone(h)),
        (None, Some((_, h))) => out.set_histogram(w.step, Arc::clone(h)),
        _ => out.set(w.step, w.v[w.v.len() - 1]),
    });
    Ok(())
}

/// The index of the extreme value: NaN loses against numbers. `beats(candidate, best)`.
#[inline]
fn extreme(windows: &Windows<'_>, values: &[f64], beats: impl Fn(f64, f64) -> bool) -> usize {
    let mut best = 0;
    for piece in windows.pieces(values.len()) {
        for i in piece {
            if beats(values[i], values[best]) || values[best].is_nan() {
                best = i;
            }
        }
    }
    best
}

/// Folds in four lanes, which run side by side. `better` must not care for the order.
#[inline]
fn in_lanes(values: &[f64], better: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = [values[0]; 4];
    let chunks = values.chunks_exact(4);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane = better(*lane, *v);
        }
    }
    lanes.into_iter().chain(rest.iter().copied()).reduce(better).unwrap_or(f64::NAN)
}

/// Windows longer than this are not looked through again at each step.
const LOOKED_THROUGH_MAX: usize = 64;

/// The best value of windows that slide: a queue of those that may still become the best, each better than all after it.
#[derive(Default)]
struct Sliding {
    queue: std::collections::VecDeque<usize>,
    /// One past the last sample that was offered.
    seen: usize,
}

impl Sliding {
    /// Moves to a window; `None` if all in it is NaN. `loses(old, new)` says that an old value is not better than a newer one.
    fn best(
        &mut self,
        windows: &Windows<'_>,
        w: &Window<'_>,
        loses: impl Fn(f64, f64) -> bool,
    ) -> Option<f64> {
        let end = w.first + w.v.len();
        let unseen = self.seen.max(w.first);
        for piece in windows.pieces(end - unseen) {
            for i in unseen + piece.start..unseen + piece.end {
                let v = windows.v[i];
                if !v.is_nan() {
                    while self.queue.back().is_some_and(|&old| loses(windows.v[old], v)) {
                        self.queue.pop_back();
                    }
                    self.queue.push_back(i);
                }
            }
        }
        self.seen = end;
        while self.queue.front().is_some_and(|&old| old < w.first) {
            self.queue.pop_front();
        }
        self.queue.front().map(|&i| windows.v[i])
    }
}

/// The extreme float of each window: short windows are looked through, long ones slide.
#[inline]
fn extremes(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    beats: impl Fn(f64, f64) -> bool,
) -> Result<(), QueryError> {
    let mut sliding = Sliding::default();
    of_floats(windows, out, notes, |w| {
        if w.v.len() <= LOOKED_THROUGH_MAX {
            return Some(in_lanes(w.v, |a, b| if beats(b, a) || a.is_nan() { b } else { a }));
        }
        Some(sliding.best(windows, &w, |old, new| beats(new, old)).unwrap_or(w.v[0]))
    })
}

/// The largest float; NaN only if there is nothing else.
pub(crate) fn max(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    extremes(windows, out, notes, |a, b| a > b)
}

/// The smallest float; NaN only if there is nothing else.
pub(crate) fn min(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    extremes(windows, out, notes, |a, b| a < b)
}

fn seconds(t_ms: i64) -> f64 {
    t_ms as f64 / 1000.0
}

/// When the largest float was; the latest of equals.
pub(crate) fn ts_of_max(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
) -> Result<(), QueryError> {
    of_floats(windows, out, notes, |w| Some(seconds(w.t[extreme(windows, w.v, |v, best| v >= best)])))
}

/// When the smallest float was; the latest of equals.
pub(crate) fn ts_of_min(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
) -> Result<(), QueryError> {
    of_floats(windows, out, notes, |w| Some(seconds(w.t[extreme(windows, w.v, |v, best| v <= best)])))
}

/// When the oldest sample was.
pub(crate) fn ts_of_first(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| {
        let times = w.t.first().into_iter().chain(w.histograms.first().map(|(t, _)| t));
        out.set(w.step, seconds(times.copied().min().unwrap_or_default()));
    });
    Ok(())
}

/// When the newest sample was.
pub(crate) fn ts_of_last(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    windows.each(|w| {
        let times = w.t.last().into_iter().chain(w.histograms.last().map(|(t, _)| t));
        out.set(w.step, seconds(times.copied().max().unwrap_or_default()));
    });
    Ok(())
}

fn variance(windows: &Windows<'_>, values: &[f64]) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, kahan::Sum::default(), kahan::Sum::default());
    for v in windows.pieces(values.len()).flat_map(|piece| &values[piece]) {
        count += 1.0;
        let delta = v - mean.total();
        mean.add(delta / count);
        squares.add(delta * (v - mean.total()));
    }
    squares.total() / count
}

/// Computes each window's variance, and a function of it.
fn variances(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    f: fn(f64) -> f64,
) -> Result<(), QueryError> {
    if windows.is_plain_floats() {
        sliding::squares(windows, |added| {
            let of_squares = |squares: kahan::Sum| squares.total() / added.values.len() as f64;
            out.set(added.step, f(added.result.map_or_else(|| variance(windows, added.values), of_squares)));
        });
        return Ok(());
    }
    of_floats(windows, out, notes, |w| Some(f(variance(windows, w.v))))
}

/// The population standard deviation.
pub(crate) fn stddev(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    variances(windows, out, notes, f64::sqrt)
}

/// The population variance.
pub(crate) fn stdvar(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    variances(windows, out, notes, |v| v)
}

/// The quantile that the first scalar argument names.
pub(crate) fn quantile(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    let mut sorted = Vec::new();
    let mut bad: Option<f64> = None;
    let mixed = windows.floats(out, |w| {
        let q = windows.scalars[0].get(w.step);
        if !(0.0..=1.0).contains(&q) {
            bad = Some(q);
        }
        sorted.clear();
        sorted.extend_from_slice(w.v);
        Some(quantiles::quantile_unless(q, &mut sorted, windows.stop).unwrap_or(f64::NAN))
    });
    if let Some(q) = bad {
        notes.invalid_quantile(windows.span, q);
    }
    if mixed {
        notes.histograms_ignored_in_range(windows.span, windows.name);
    }
    Ok(())
}

/// The median absolute deviation; NaN if a value is.
pub(crate) fn mad(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    let mut values = Vec::new();
    of_floats(windows, out, notes, |w| {
        if w.v.iter().any(|v| v.is_nan()) {
            return Some(f64::NAN);
        }
        values.clear();
        values.extend_from_slice(w.v);
        let median = quantiles::quantile_unless(0.5, &mut values, windows.stop).ok()?;
        values.iter_mut().for_each(|v| *v = (*v - median).abs());
        quantiles::quantile_unless(0.5, &mut values, windows.stop).ok()
    })
}
