//! Functions that fit a line or a trend: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{Window, Windows};
use crate::kahan;
use crate::notes::Notes;

/// The slope and the value at `at_ms` of the least-squares line through a window's samples.
fn line(windows: &Windows<'_>, (t, v): (&[i64], &[f64]), at_ms: i64) -> (f64, f64) {
    if v[1..].iter().all(|y| *y == v[0]) {
        return if v[0].is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, v[0]) };
    }
    let [mut x1, mut y1, mut xy, mut xx] = [kahan::Sum::default(); 4];
    for (t, y) in windows.pieces(v.len()).flat_map(|piece| t[piece.clone()].iter().zip(&v[piece])) {
        let x = (t - at_ms) as f64 / 1e3;
        x1.add(x);
        y1.add(*y);
        xy.add(x * y);
        xx.add(x * x);
    }
    let n = v.len() as f64;
    let [x1, y1, xy, xx] = [x1, y1, xy, xx].map(kahan::Sum::total);
    let slope = (xy - x1 * y1 / n) / (xx - x1 * x1 / n);
    (slope, y1 / n - slope * x1 / n)
}

/// Computes each step with at least two floats; notes histograms beside floats.
fn of_two_or_more(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    mut f: impl FnMut(Window<'_>) -> f64,
) -> Result<(), QueryError> {
    if windows.floats(out, |w| (w.v.len() >= 2).then(|| f(w))) {
        notes.histograms_ignored_in_range(windows.span, windows.name);
    }
    Ok(())
}

/// The slope per second. Times are taken relative to the first sample, to keep digits.
pub(crate) fn deriv(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    of_two_or_more(windows, out, notes, |w| line(windows, (w.t, w.v), w.t[0]).0)
}

/// The value that the line reaches the first scalar argument's seconds after the step.
pub(crate) fn predict_linear(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
) -> Result<(), QueryError> {
    of_two_or_more(windows, out, notes, |w| {
        let (slope, intercept) = line(windows, (w.t, w.v), w.time_ms);
        slope * windows.scalars[0].get(w.step) + intercept
    })
}

/// Holt's smoothing: the scalar arguments are the smoothing factor and the trend factor.
pub(crate) fn double_exponential_smoothing(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
) -> Result<(), QueryError> {
    let mut bad = None;
    of_two_or_more(windows, out, notes, |w| {
        let (smoothing, trend) = (windows.scalars[0].get(w.step), windows.scalars[1].get(w.step));
        for (what, short, v) in [("smoothing", "sf", smoothing), ("trend", "tf", trend)] {
            if bad.is_none() && (v <= 0.0 || v >= 1.0) {
                bad = Some(format!("invalid {what} factor. Expected: 0 < {short} < 1, got: {v:.6}"));
            }
        }
        smooth(windows, w.v, smoothing, trend)
    })?;
    bad.map_or(Ok(()), |text| Err(QueryError::Execution(text)))
}

fn smooth(windows: &Windows<'_>, v: &[f64], smoothing: f64, trend_factor: f64) -> f64 {
    let (mut before, mut level, mut trend) = (0.0, v[0], v[1] - v[0]);
    for i in windows.pieces(v.len()).flatten().skip(1) {
        if i > 1 {
            trend = trend_factor * (level - before) + (1.0 - trend_factor) * trend;
        }
        let next = smoothing * v[i] + (1.0 - smoothing) * (level + trend);
        (before, level) = (level, next);
    }
    level
}
