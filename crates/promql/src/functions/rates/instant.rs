//! `irate`, `idelta`: from the last two samples of a window.

use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::functions::histogram_ranges;
use crate::notes::Notes;

enum Last<'a> {
    Float(f64),
    Histogram(&'a TimedHistogram),
}

/// The increase per second between the last two samples.
pub(crate) fn irate(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    between_last_two(windows, out, notes, true)
}

/// The difference between the last two samples.
pub(crate) fn idelta(windows: &Windows<'_>, out: &mut Column, notes: &mut Notes) -> Result<(), QueryError> {
    between_last_two(windows, out, notes, false)
}

fn between_last_two(
    windows: &Windows<'_>,
    out: &mut Column,
    notes: &mut Notes,
    rate: bool,
) -> Result<(), QueryError> {
    windows.each(|w| {
        let Some([(t0, a), (t1, b)]) = last_two(&w) else { return };
        let seconds = (t1 - t0) as f64 / 1000.0;
        if seconds == 0.0 {
            return;
        }
        match (a, b) {
            (Last::Float(a), Last::Float(b)) => {
                let difference = if rate && b < a { b } else { b - a };
                out.set(w.step, if rate { difference / seconds } else { difference });
            }
            (Last::Histogram(a), Last::Histogram(b)) => {
                let seconds = rate.then_some(seconds);
                if let Some(h) = histogram_ranges::instant_difference(&a.1, &b.1, seconds, windows, notes) {
                    out.set_histogram(w.step, h);
                }
            }
            _ => notes.mixed_range(windows.span, windows.name),
        }
    });
    Ok(())
}

fn last_two<'a>(w: &Window<'a>) -> Option<[(i64, Last<'a>); 2]> {
    let (mut f, mut h) = (w.v.len(), w.histograms.len());
    let mut previous = || {
        let float = f.checked_sub(1).map(|i| w.t[i]);
        let histogram = h.checked_sub(1).map(|i| w.histograms[i].0);
        if float > histogram {
            f -= 1;
            Some((w.t[f], Last::Float(w.v[f])))
        } else {
            h = h.checked_sub(1)?;
            Some((w.histograms[h].0, Last::Histogram(&w.histograms[h])))
        }
    };
    let b = previous()?;
    Some([previous()?, b])
}
