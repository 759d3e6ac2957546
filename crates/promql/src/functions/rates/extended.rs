//! `rate`, `increase`, `delta` of `anchored` and `smoothed` ranges: from boundary to boundary, without extrapolation.

use super::extrapolated::Kind;
use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{Window, Windows};
use crate::notes::Notes;

/// Computes each step from the values at the window's boundaries: the sample at or before the start (`anchored`), or values
/// interpolated at both ends (`smoothed`).
pub(super) fn difference(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    kind: Kind,
) -> Result<(), QueryError> {
    let smoothed = windows.mode == RangeMode::Smoothed;
    let range_seconds = windows.range_ms as f64 / 1000.0;
    let mut result = Ok(());
    windows.each(|w| {
        if !w.histograms.is_empty() {
            if w.v.is_empty() {
                result = Err(QueryError::execution(
                    "native histograms are not supported by anchored and smoothed ranges yet",
                ));
            } else {
                notes.mixed_range(windows.span, windows.name);
            }
            return;
        }
        if let Some(v) = between_boundaries(&w, smoothed, kind.counter) {
            out.set(w.step, if kind.per_second { v / range_seconds } else { v });
        }
    });
    result
}

fn between_boundaries(w: &Window<'_>, smoothed: bool, counter: bool) -> Option<f64> {
    let (start, end) = (w.start_ms, w.end_ms);
    let mut last = w.t.len() - 1;
    let mut first = w.t[..last].partition_point(|t| *t <= start).saturating_sub(1);
    if smoothed {
        last = w.t[..last].partition_point(|t| *t < end);
    }
    if w.t[last] <= start || smoothed && w.t[first] > end {
        return None;
    }
    let left =
        if smoothed && w.t[first] < start { interpolate(w, first, start, counter) } else { w.v[first] };
    let right = if smoothed && last > 0 && w.t[last] > end {
        interpolate(w, last - 1, end, counter)
    } else {
        w.v[last]
    };
    let mut difference = right - left;
    if counter {
        // The boundary values account for resets next to them; only samples strictly inside are left.
        if w.t[first] <= start {
            first += 1;
        }
        let inside_end = if w.t[last] >= end { last } else { last + 1 };
        let mut previous = left;
        for &v in w.v.get(first..inside_end).unwrap_or_default().iter().chain([&right]) {
            if v < previous {
                difference += previous;
            }
            previous = v;
        }
    }
    Some(difference)
}

/// The value at `t` on the line from sample `i` to the next. A counter that was reset in between starts from zero.
fn interpolate(w: &Window<'_>, i: usize, t: i64, counter: bool) -> f64 {
    let (mut a, b) = (w.v[i], w.v[i + 1]);
    if counter && b < a {
        a = 0.0;
    }
    a + (b - a) * (t - w.t[i]) as f64 / (w.t[i + 1] - w.t[i]) as f64
}
