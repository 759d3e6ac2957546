//! Old data of a lower resolution in a query: how it is to be read, and what the user is told.
//!
//! A storage may keep old samples in buckets (see [`storage::SampleHint`]). Look-ups, rates and extremes read real samples of
//! them, and the storage imagines what is missing in between as the query's windows need it. Sums, counts and means over
//! time are sums of the buckets' figures instead, for all series of a selection of which some are stored so.

use std::sync::atomic::Ordering;

use model::duration::format_ms;
use storage::{Between, Figure, Needs, SampleHint, SeriesSet};

use super::Query;
use super::select::Take;
use crate::ast::{RangeMode, Span};
use crate::column::{Column, Grid};
use crate::notes::with_metric;
use crate::plan::Selector;

/// What a function of a range reads of downsampled series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Samples.
    Samples,
    /// A figure of them, to be summed up.
    Figure(Figure),
    /// Both figures: the sums of the one by those of the other.
    Mean,
}

impl Reading {
    /// Returns what a function reads of these series.
    pub(crate) fn of(function: &str, found: &dyn SeriesSet) -> Reading {
        if found.resolution_ms().is_none() {
            return Reading::Samples;
        }
        match function {
            "sum_over_time" => Reading::Figure(Figure::Sum),
            "count_over_time" => Reading::Figure(Figure::Count),
            "avg_over_time" => Reading::Mean,
            _function_of_samples => Reading::Samples,
        }
    }
}

/// Tells a storage how a look-up within the lookback will see samples.
pub(crate) fn hint_of_lookup(selector: &Selector, take: Take, grid: Grid, lookback_ms: i64) -> SampleHint {
    let needs = match take {
        Take::Value | Take::Timestamp => Needs::Newest,
        Take::Start => Needs::Everything, // buckets do not keep it
    };
    hint(selector, lookback_ms, Between::Held, needs, grid)
}

/// Tells a storage how a function will see samples through windows of a range.
pub(crate) fn hint_of_range(selector: &Selector, function: &str, range_ms: i64, grid: Grid) -> SampleHint {
    hint(selector, range_ms, between(function), needs(function), grid)
}

fn hint(selector: &Selector, window_ms: i64, between: Between, needs: Needs, grid: Grid) -> SampleHint {
    let moves = selector.at.is_none() && grid.steps > 1;
    SampleHint {
        between,
        start_ms: selector.at.unwrap_or(grid.start_ms).saturating_sub(selector.offset_ms),
        step_ms: if moves { grid.step_ms } else { 0 },
        window_ms,
        needs: match selector.mode {
            RangeMode::Plain => needs,
            // These look beyond the window's ends.
            RangeMode::Anchored | RangeMode::Smoothed => Needs::Everything,
        },
    }
}

/// Returns how a function of a range imagines what lies between two samples.
pub(crate) fn between(function: &str) -> Between {
    match function {
        "rate" | "increase" | "irate" | "delta" | "idelta" | "deriv" | "predict_linear" => Between::Even,
        _function_of_values => Between::Held,
    }
}

/// Returns what of each window decides about the result of a function of a range.
fn needs(function: &str) -> Needs {
    match function {
        "rate" | "increase" | "delta" | "first_over_time" | "last_over_time" | "min_over_time"
        | "max_over_time" | "sum_over_time" | "count_over_time" | "avg_over_time" | "present_over_time"
        | "absent_over_time" => Needs::Outline,
        _function_of_each_sample => Needs::Everything,
    }
}

/// Tells the user if some of the samples are stored at a lower resolution than they came.
pub(crate) fn tell(
    query: &Query<'_>,
    selector: &Selector,
    span: Span,
    found: &dyn SeriesSet,
    hint: Option<&SampleHint>,
) {
    let Some(resolution_ms) = found.resolution_ms() else { return };
    if let Some(meter) = query.meter(selector.id) {
        meter.resolution_ms.store(resolution_ms.unsigned_abs(), Ordering::Relaxed);
    }
    let mut text = format!("old samples are stored in buckets of {}", format_ms(resolution_ms));
    if hint.is_some_and(|hint| !hint.is_aligned_to(resolution_ms)) {
        text.push_str(", results that need parts of a bucket are estimated");
    }
    query.note(|notes| notes.info(span, with_metric(text, selector.one_name().unwrap_or(""))));
}

/// Divides one column by another, step by step.
pub(crate) fn divide(sums: &mut Column, counts: &Column) {
    let mut absent = Vec::new();
    sums.for_each_float(|step, _| match counts.get(step) {
        Some(_) => {}
        None => absent.push(step),
    });
    absent.into_iter().for_each(|step| sums.unset(step));
    counts.for_each_float(|step, count| {
        if sums.has(step) {
            sums.values[step] /= count;
        }
    });
}

#[cfg(test)]
mod tests;
