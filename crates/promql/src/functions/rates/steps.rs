//! `resets`, `changes`: counted between neighbouring samples.

use std::sync::Arc;

use model::histogram::FloatHistogram;

use super::started::Starts;
use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{Window, Windows};
use crate::functions::histogram;
use crate::notes::Notes;

/// How often the value fell.
pub(crate) fn resets(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    neighbours(windows, out, true, |a, b| b < a, |a, b| b.is_reset_since(a))
}

/// How often the value was another than before.
pub(crate) fn changes(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    let changed = |a: f64, b: f64| b != a && !(a.is_nan() && b.is_nan());
    neighbours(windows, out, false, changed, |a, b| !histogram::equal(a, b))
}

/// Counts the neighbours that pass; with `starts` also those where start times say that the second began anew.
fn neighbours(
    windows: &Windows<'_>,
    out: &mut Column,
    starts: bool,
    floats: impl Fn(f64, f64) -> bool,
    histograms: impl Fn(&FloatHistogram, &FloatHistogram) -> bool,
) -> Result<(), QueryError> {
    windows.each(|w| {
        let Some(w) = anchored(w, windows.mode) else { return };
        let mut count = 0;
        let float_starts = Starts::of_floats(windows, &w);
        let histogram_starts = Starts::of_histograms(windows, &w);
        // Two floats without a histogram in between are neighbours in their column too, and so are two histograms.
        let float_anew = |i: usize| starts && float_starts.begins_anew(i, w.t[i - 1], w.t[i]);
        let histogram_anew =
            |i: usize| starts && histogram_starts.begins_anew(i, w.histograms[i - 1].0, w.histograms[i].0);
        if w.histograms.is_empty() {
            let seconds = windows.pieces(w.v.len()).flatten().skip(1);
            count += seconds.filter(|i| floats(w.v[i - 1], w.v[*i]) || float_anew(*i)).count();
        } else {
            let mut previous: Option<Result<f64, &Arc<FloatHistogram>>> = None;
            let (mut f, mut h) = (0, 0);
            while f < w.v.len() || h < w.histograms.len() {
                if windows.stop.check_at(f + h).is_err() {
                    return;
                }
                let float_is_next = match (w.t.get(f), w.histograms.get(h)) {
                    (Some(t), Some((th, _))) => t < th,
                    (t, _) => t.is_some(),
                };
                let current = if float_is_next {
                    f += 1;
                    Ok(w.v[f - 1])
                } else {
                    h += 1;
                    Err(&w.histograms[h - 1].1)
                };
                count += usize::from(match (previous, current) {
                    (None, _) => false,
                    (Some(Ok(a)), Ok(b)) => floats(a, b) || float_anew(f - 1),
                    (Some(Err(a)), Err(b)) => histogram_anew(h - 1) || histograms(a, b),
                    (Some(_), _) => true,
                });
                previous = Some(current);
            }
        }
        out.set(w.step, count as f64);
    });
    Ok(())
}

/// For `anchored` ranges: keeps the newest sample at or before the range's start and everything later; nothing if there
/// is nothing later.
fn anchored(w: Window<'_>, mode: RangeMode) -> Option<Window<'_>> {
    if mode != RangeMode::Anchored {
        return Some(w);
    }
    let floats_before = w.t.partition_point(|t| *t <= w.start_ms);
    let histograms_before = w.histograms.partition_point(|(t, _)| *t <= w.start_ms);
    if floats_before == w.t.len() && histograms_before == w.histograms.len() {
        return None;
    }
    let float = floats_before.checked_sub(1).map(|i| w.t[i]);
    let histogram = histograms_before.checked_sub(1).map(|i| w.histograms[i].0);
    let (first_float, first_histogram) = match (float, histogram) {
        (None, None) => (0, 0),
        (f, h) if f >= h => (floats_before - 1, histograms_before),
        _ => (floats_before, histograms_before - 1),
    };
    Some(Window {
        first: w.first + first_float,
        first_histogram: w.first_histogram + first_histogram,
        t: &w.t[first_float..],
        v: &w.v[first_float..],
        histograms: &w.histograms[first_histogram..],
        ..w
    })
}
