//! Functions of ranges of native histograms.

use std::sync::Arc;

use model::histogram::{Combined, FloatHistogram, HistogramSum, IncompatibleHistograms, ResetHint};

use super::histogram::{Shared, Step, Total, note_bounds};
use super::rates::{Kind, Starts, Times, histogram_factor};
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::notes::Notes;

fn over_time(
    histograms: &[TimedHistogram],
    windows: &Windows<'_>,
    notes: &mut Notes,
    add: impl Fn(&mut Total, &FloatHistogram) -> Result<Combined, IncompatibleHistograms>,
) -> Option<Total> {
    let ((_, first), rest) = histograms.split_first()?;
    let mut total = Total::of(first);
    for (i, (_, h)) in rest.iter().enumerate() {
        windows.stop.check_at(i).ok()?;
        match add(&mut total, h) {
            Ok(combined) => note_bounds(combined, Step::Aggregation, windows.span, notes),
            Err(IncompatibleHistograms) => {
                notes.mixed_schemas(windows.span, windows.name);
                return None;
            }
        }
    }
    if total.has_collision() {
        notes.reset_collision(windows.span, Step::Aggregation.word());
    }
    Some(total)
}

/// The sum of a window.
pub(crate) fn sum(histograms: &[TimedHistogram], windows: &Windows<'_>, notes: &mut Notes) -> Option<Shared> {
    let total = over_time(histograms, windows, notes, Total::add)?;
    Some(Arc::new(total.sum.histogram()))
}

/// The mean of a window.
pub(crate) fn avg(histograms: &[TimedHistogram], windows: &Windows<'_>, notes: &mut Notes) -> Option<Shared> {
    let total = over_time(histograms, windows, notes, Total::add_to_mean)?;
    Some(Arc::new(total.mean()))
}

/// `rate` and its kin of a window that holds histograms only.
pub(crate) fn rate(w: &Window<'_>, windows: &Windows<'_>, kind: Kind, notes: &mut Notes) -> Option<Shared> {
    let points = w.histograms;
    let starts = Starts::of_histograms(windows, w);
    let (first_t, first) = points.first()?;
    if let Some(start) = starts.zero_within(w, *first_t, kind) {
        return since_start(w, windows, kind, start, notes);
    }
    let [_, .., (last_t, _)] = points else { return None };
    let difference = difference(points, starts, windows, kind, notes)?;
    let mut result = HistogramSum::new(&difference);
    let zero = (kind.counter && difference.count > 0.0 && first.count >= 0.0)
        .then(|| first.count / difference.count);
    let mut factor = Times::of(w, *first_t, *last_t, points.len()).factor(zero);
    if kind.per_second {
        factor /= windows.range_ms as f64 / 1000.0;
    }
    result.scale(factor);
    Some(Arc::new(result.histogram()))
}

/// As [`rate`] where the first sample counts too: its series began within the window.
fn since_start(
    w: &Window<'_>,
    windows: &Windows<'_>,
    kind: Kind,
    start: i64,
    notes: &mut Notes,
) -> Option<Shared> {
    let starts = Starts::of_histograms(windows, w);
    let (_, first) = w.histograms.first()?;
    let mut result = if w.histograms.len() == 1 {
        HistogramSum::new(first)
    } else {
        let mut result = HistogramSum::new(&difference(w.histograms, starts, windows, kind, notes)?);
        match result.add(first) {
            Ok(combined) => note_bounds(combined, Step::Addition, windows.span, notes),
            Err(IncompatibleHistograms) => {
                notes.mixed_schemas(windows.span, windows.name);
                return None;
            }
        }
        result.set_reset_hint(ResetHint::Gauge);
        result
    };
    result.scale(histogram_factor(w, start, kind));
    Some(Arc::new(result.histogram()))
}

/// Last minus first, plus what resets in between lost.
fn difference(
    points: &[TimedHistogram],
    starts: Starts<'_>,
    windows: &Windows<'_>,
    kind: Kind,
    notes: &mut Notes,
) -> Option<FloatHistogram> {
    let [(_, first), .., (_, last)] = points else { return None };
    let (_, second) = &points[1];
    let mut any_gauge = first.reset_hint == ResetHint::Gauge || last.reset_hint == ResetHint::Gauge;
    // A reset right after the first sample makes its buckets irrelevant, whatever their layout.
    let anew = |i: usize| starts.begins_anew(i, points[i - 1].0, points[i].0);
    let dropped = kind.counter && (anew(1) || second.is_reset_since(first));
    let empty;
    let mut previous: &FloatHistogram = first;
    if dropped {
        empty = FloatHistogram {
            schema: second.schema,
            custom_values: second.custom_values.clone(),
            ..FloatHistogram::default()
        };
        previous = &empty;
    }
    let custom = previous.has_custom_buckets();
    let between = points[1..points.len() - 1].iter().filter(|_| kind.counter).map(|(_, h)| h);
    let mixed =
        last.has_custom_buckets() != custom || between.clone().any(|h| h.has_custom_buckets() != custom);
    if kind.counter {
        any_gauge |= between.clone().any(|h| h.reset_hint == ResetHint::Gauge);
        if any_gauge {
            notes.not_a_counter(windows.span, windows.name);
        }
    } else if first.reset_hint != ResetHint::Gauge || last.reset_hint != ResetHint::Gauge {
        notes.not_a_gauge(windows.span, windows.name);
    }
    if mixed {
        notes.mixed_schemas(windows.span, windows.name);
        return None;
    }
    let mut result = HistogramSum::new(last);
    let step =
        |combined: Result<Combined, IncompatibleHistograms>, step: Step, notes: &mut Notes| match combined {
            Ok(combined) => note_bounds(combined, step, windows.span, notes),
            Err(IncompatibleHistograms) => notes.mixed_schemas(windows.span, windows.name),
        };
    step(result.subtract(previous), Step::Subtraction, notes);
    if kind.counter {
        if starts.any_overlaps(points) {
            notes.start_time_overlap(windows.span, windows.name);
        }
        for (i, (_, current)) in points.iter().enumerate().skip(1) {
            windows.stop.check_at(i).ok()?;
            if anew(i) || current.is_reset_since(previous) {
                step(result.add(previous), Step::Addition, notes);
            }
            previous = current;
        }
    }
    result.set_reset_hint(ResetHint::Gauge);
    Some(result.histogram())
}

/// What is asked of the last two samples.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instant {
    /// `irate`.
    Rate {
        /// Between both samples.
        seconds: f64,
        /// Whether start times say that the series began anew in between.
        anew: bool,
    },
    /// `idelta`.
    Difference,
}

/// `irate` and `idelta`.
pub(crate) fn instant_difference(
    before: &FloatHistogram,
    after: &FloatHistogram,
    kind: Instant,
    windows: &Windows<'_>,
    notes: &mut Notes,
) -> Option<Shared> {
    let gauges = [before, after].map(|h| h.reset_hint == ResetHint::Gauge);
    match kind {
        Instant::Rate { .. } if gauges[0] || gauges[1] => notes.not_a_counter(windows.span, windows.name),
        Instant::Difference if !gauges[0] || !gauges[1] => notes.not_a_gauge(windows.span, windows.name),
        Instant::Rate { .. } | Instant::Difference => {}
    }
    let mut result = HistogramSum::new(after);
    let reset = match kind {
        Instant::Rate { anew, .. } => anew || after.is_reset_since(before),
        Instant::Difference => false,
    };
    if !reset {
        match result.subtract(before) {
            Ok(combined) => note_bounds(combined, Step::Subtraction, windows.span, notes),
            Err(IncompatibleHistograms) => {
                notes.mixed_schemas(windows.span, windows.name);
                return None;
            }
        }
    }
    if let Instant::Rate { seconds, .. } = kind {
        result.divide(seconds);
    }
    result.set_reset_hint(ResetHint::Gauge);
    Some(Arc::new(result.histogram()))
}
