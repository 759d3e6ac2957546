//! Values between two samples.

use model::histogram::{FloatHistogram, HistogramSum, IncompatibleHistograms};

use super::histogram::{Step, note_bounds};
use crate::ast::Span;
use crate::exec::window::TimedHistogram;
use crate::notes::Notes;

/// The value at `at` on the line between two floats. A counter that was reset in between starts from zero.
#[inline]
pub(crate) fn between_floats(a: (i64, f64), b: (i64, f64), at: i64, counter: bool) -> f64 {
    let from = if counter && b.1 < a.1 { 0.0 } else { a.1 };
    from + (b.1 - from) * (at - a.0) as f64 / (b.0 - a.0) as f64
}

/// Where and as what a histogram is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Between<'a> {
    pub at: i64,
    pub counter: bool,
    pub span: Span,
    pub name: &'a str,
}

/// The histogram between two others. A counter that was reset in between starts from nothing. `None` if their buckets do not fit.
pub(crate) fn between_histograms(
    a: &TimedHistogram,
    b: &TimedHistogram,
    between: Between<'_>,
    notes: &mut Notes,
) -> Option<FloatHistogram> {
    if between.at == a.0 {
        return Some((*a.1).clone());
    }
    if between.at == b.0 {
        return Some((*b.1).clone());
    }
    if a.1.has_custom_buckets() != b.1.has_custom_buckets() {
        notes.mixed_schemas(between.span, between.name);
        return None;
    }
    let fraction = (between.at - a.0) as f64 / (b.0 - a.0) as f64;
    if between.counter && b.1.is_reset_since(&a.1) {
        return Some(b.1.scaled(fraction));
    }
    let mut sum = HistogramSum::new(&b.1);
    let mut combine = || -> Result<(), IncompatibleHistograms> {
        note_bounds(sum.subtract(&a.1)?, Step::Subtraction, between.span, notes);
        sum.scale(fraction);
        note_bounds(sum.add(&a.1)?, Step::Addition, between.span, notes);
        Ok(())
    };
    combine().ok()?;
    Some(sum.histogram())
}
