//! `rate`, `increase`, `delta` of `anchored` and `smoothed` ranges: from boundary to boundary, without extrapolation.

use std::sync::Arc;

use model::histogram::{FloatHistogram, HistogramSum, IncompatibleHistograms, ResetHint};

use super::extrapolated::Kind;
use crate::ast::RangeMode;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::functions::histogram::{Step, note_bounds};
use crate::functions::interpolation::{Between, between_floats, between_histograms};
use crate::functions::quantile::first_index;
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
    windows.each(|w| match (w.v.is_empty(), w.histograms.is_empty()) {
        (false, false) => notes.mixed_range(windows.span, windows.name),
        (true, _) => {
            let histograms = Histograms { all: w.histograms, windows, kind, smoothed };
            if let Some(h) = histograms.difference(&w, notes) {
                out.set_histogram(w.step, Arc::new(h));
            }
        }
        (false, true) => {
            if let Some(v) = between_boundaries(&w, smoothed, kind.counter) {
                out.set(w.step, if kind.per_second { v / range_seconds } else { v });
            }
        }
    });
    Ok(())
}

/// The samples at the boundaries: the last at or before the start (or the first), and the last, or with `smoothed` the first
/// at or after the end. `None` if nothing lies in the range.
fn boundaries(
    w: &Window<'_>,
    smoothed: bool,
    time: impl Fn(usize) -> i64,
    len: usize,
) -> Option<(usize, usize)> {
    let first = first_index(len - 1, |i| time(i) > w.start_ms).saturating_sub(1);
    let last = if smoothed { first_index(len - 1, |i| time(i) >= w.end_ms) } else { len - 1 };
    let outside = time(last) <= w.start_ms || smoothed && time(first) > w.end_ms;
    (!outside).then_some((first, last))
}

fn between_boundaries(w: &Window<'_>, smoothed: bool, counter: bool) -> Option<f64> {
    let (mut first, last) = boundaries(w, smoothed, |i| w.t[i], w.t.len())?;
    let at = |i: usize| (w.t[i], w.v[i]);
    let left = if smoothed && w.t[first] < w.start_ms {
        between_floats(at(first), at(first + 1), w.start_ms, counter)
    } else {
        w.v[first]
    };
    let right = if smoothed && last > 0 && w.t[last] > w.end_ms {
        between_floats(at(last - 1), at(last), w.end_ms, counter)
    } else {
        w.v[last]
    };
    let mut difference = right - left;
    if counter {
        // The boundary values account for resets next to them; only samples strictly inside are left.
        if w.t[first] <= w.start_ms {
            first += 1;
        }
        let inside_end = if w.t[last] >= w.end_ms { last } else { last + 1 };
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

/// A window that holds histograms only.
struct Histograms<'a> {
    all: &'a [TimedHistogram],
    windows: &'a Windows<'a>,
    kind: Kind,
    smoothed: bool,
}

impl Histograms<'_> {
    fn difference(&self, w: &Window<'_>, notes: &mut Notes) -> Option<FloatHistogram> {
        let (windows, counter) = (self.windows, self.kind.counter);
        let (first, last) = boundaries(w, self.smoothed, |i| self.all[i].0, self.all.len())?;
        self.check(&self.all[first..=last], notes)?;
        let between = |at| Between { at, counter, span: windows.span, name: windows.name };
        let left = if self.smoothed && self.all[first].0 < w.start_ms {
            between_histograms(&self.all[first], &self.all[first + 1], between(w.start_ms), notes)?
        } else {
            (*self.all[first].1).clone()
        };
        let right = if self.smoothed && last > 0 && self.all[last].0 > w.end_ms {
            between_histograms(&self.all[last - 1], &self.all[last], between(w.end_ms), notes)?
        } else {
            (*self.all[last].1).clone()
        };
        let gauge = |h: &FloatHistogram| h.reset_hint == ResetHint::Gauge;
        if !counter && (!gauge(&left) || !gauge(&right)) {
            notes.not_a_gauge(windows.span, windows.name);
        }
        let mut result = HistogramSum::new(&right);
        let combined = result.subtract(&left);
        self.note(combined, Step::Subtraction, notes)?;
        if counter {
            self.add_resets(&mut result, w, (first, &left), (last, &right), notes)?;
        }
        if self.kind.per_second {
            result.divide(windows.range_ms as f64 / 1000.0);
        }
        result.set_reset_hint(ResetHint::Gauge);
        Some(result.histogram())
    }

    fn note(
        &self,
        combined: Result<model::histogram::Combined, IncompatibleHistograms>,
        step: Step,
        notes: &mut Notes,
    ) -> Option<()> {
        match combined {
            Ok(combined) => {
                note_bounds(combined, step, self.windows.span, notes);
                Some(())
            }
            Err(IncompatibleHistograms) => {
                notes.mixed_schemas(self.windows.span, self.windows.name);
                None
            }
        }
    }

    /// Refuses a mix of exponential and custom buckets, and notes gauges where counters are needed.
    fn check(&self, all: &[TimedHistogram], notes: &mut Notes) -> Option<()> {
        let custom = all.first()?.1.has_custom_buckets();
        for (_, h) in all {
            if h.has_custom_buckets() != custom {
                notes.mixed_schemas(self.windows.span, self.windows.name);
                return None;
            }
            if self.kind.counter && h.reset_hint == ResetHint::Gauge {
                notes.not_a_counter(self.windows.span, self.windows.name);
            }
        }
        Some(())
    }

    /// Adds what resets between the boundaries lost. The boundary samples are taken as they are in `left` and `right`.
    fn add_resets(
        &self,
        result: &mut HistogramSum,
        w: &Window<'_>,
        (first, left): (usize, &FloatHistogram),
        (last, right): (usize, &FloatHistogram),
        notes: &mut Notes,
    ) -> Option<()> {
        let (mut next, mut previous) = (first + 1, left);
        // An interpolated left boundary that spans a reset has accounted for it.
        if self.smoothed
            && self.all[first].0 < w.start_ms
            && self.all[next].1.is_reset_since(&self.all[first].1)
        {
            previous = &self.all[next].1;
            next += 1;
        }
        if next > last {
            return Some(());
        }
        let inside = self.all[next..last].iter().map(|(_, h)| &**h);
        for current in inside.chain([right]) {
            if current.is_reset_since(previous) {
                let combined = result.add(previous);
                self.note(combined, Step::Addition, notes)?;
            }
            previous = current;
        }
        Some(())
    }
}
