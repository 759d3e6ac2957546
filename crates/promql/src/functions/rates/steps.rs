//! `resets`, `changes`: counted between neighbouring samples.

use std::sync::Arc;

use model::histogram::FloatHistogram;

use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{Window, Windows};
use crate::functions::histogram;
use crate::notes::Notes;

/// How often the value fell.
pub(crate) fn resets(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    neighbours(windows, out, |a, b| b < a, |a, b| b.is_reset_since(a))
}

/// How often the value was another than before.
pub(crate) fn changes(windows: &Windows<'_>, out: &mut Column, _: &mut Notes) -> Result<(), QueryError> {
    neighbours(windows, out, |a, b| b != a && !(a.is_nan() && b.is_nan()), |a, b| !histogram::equal(a, b))
}

fn neighbours(
    windows: &Windows<'_>,
    out: &mut Column,
    floats: impl Fn(f64, f64) -> bool,
    histograms: impl Fn(&FloatHistogram, &FloatHistogram) -> bool,
) -> Result<(), QueryError> {
    windows.each(|w| {
        let Some(w) = anchored(w, windows.mode) else { return };
        let mut count = 0;
        if w.histograms.is_empty() {
            count += w.v.windows(2).filter(|p| floats(p[0], p[1])).count();
        } else {
            let mut previous: Option<Result<f64, &Arc<FloatHistogram>>> = None;
            let (mut f, mut h) = (0, 0);
            while f < w.v.len() || h < w.histograms.len() {
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
                    (Some(Ok(a)), Ok(b)) => floats(a, b),
                    (Some(Err(a)), Err(b)) => histograms(a, b),
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
        t: &w.t[first_float..],
        v: &w.v[first_float..],
        histograms: &w.histograms[first_histogram..],
        ..w
    })
}
