//! `irate`, `idelta`: from the last two samples of a window.

use super::started::Starts;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::functions::histogram_ranges::{self, Instant};
use crate::notes::Notes;

enum Last<'a> {
    Float(f64),
    Histogram(&'a TimedHistogram),
}

/// One of the last two samples of a window.
struct LastSample<'a> {
    t: i64,
    value: Last<'a>,
    /// Its place among the window's floats or histograms.
    at: usize,
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
        let Some([before, last]) = last_two(&w) else { return };
        let seconds = (last.t - before.t) as f64 / 1000.0;
        if seconds == 0.0 {
            return;
        }
        let anew = |starts: Starts<'_>| rate && starts.begins_anew(last.at, before.t, last.t);
        match (before.value, last.value) {
            (Last::Float(a), Last::Float(b)) => {
                let reset = rate && b < a || anew(Starts::of_floats(windows, &w));
                let difference = if reset { b } else { b - a };
                out.set(w.step, if rate { difference / seconds } else { difference });
            }
            (Last::Histogram(a), Last::Histogram(b)) => {
                let kind = match rate {
                    true => Instant::Rate { seconds, anew: anew(Starts::of_histograms(windows, &w)) },
                    false => Instant::Difference,
                };
                if let Some(h) = histogram_ranges::instant_difference(&a.1, &b.1, kind, windows, notes) {
                    out.set_histogram(w.step, h);
                }
            }
            _ => notes.mixed_range(windows.span, windows.name),
        }
    });
    Ok(())
}

fn last_two<'a>(w: &Window<'a>) -> Option<[LastSample<'a>; 2]> {
    let (mut f, mut h) = (w.v.len(), w.histograms.len());
    let mut previous = || {
        let float = f.checked_sub(1).map(|i| w.t[i]);
        let histogram = h.checked_sub(1).map(|i| w.histograms[i].0);
        if float > histogram {
            f -= 1;
            Some(LastSample { t: w.t[f], value: Last::Float(w.v[f]), at: f })
        } else {
            h = h.checked_sub(1)?;
            let sample = &w.histograms[h];
            Some(LastSample { t: sample.0, value: Last::Histogram(sample), at: h })
        }
    };
    let b = previous()?;
    Some([previous()?, b])
}
