//! `quantile`: needs all values of a step at once, so they are kept, within the budget.

use super::Accumulator;
use crate::ast::Span;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::budget::{Hold, Load};
use crate::exec::scalar::Scalars;
use crate::exec::stop::Stop;
use crate::exec::{Frame, Query};
use crate::functions::quantile::quantile_unless;
use crate::notes::Notes;

/// Notes parameters outside 0..=1.
pub(crate) fn check(frame: &Frame<'_>, q: &Scalars, span: Span) {
    let values = q.values();
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    frame.query.note(|notes| {
        if values.iter().any(|v| v.is_nan()) {
            notes.invalid_quantile(span, f64::NAN);
        }
        if largest > 1.0 {
            notes.invalid_quantile(span, largest);
        }
        if smallest < 0.0 {
            notes.invalid_quantile(span, smallest);
        }
    });
}

/// All values of one group by step.
pub(crate) struct Values<'a> {
    values: Vec<Vec<f64>>,
    stop: &'a Stop,
    held: Hold<'a>,
    q: &'a Scalars,
    span: Span,
}

impl<'a> Values<'a> {
    /// No values at any step.
    pub(crate) fn new(query: &'a Query<'a>, steps: usize, q: &'a Scalars, span: Span) -> Values<'a> {
        Values { values: vec![Vec::new(); steps], stop: &query.stop, held: query.budget.hold(), q, span }
    }
}

impl Accumulator for Values<'_> {
    const STEP_BYTES: usize = size_of::<Vec<f64>>();

    fn fold(&mut self, column: &Column, _: &str, notes: &mut Notes) -> Result<(), QueryError> {
        if column.has_histograms() {
            notes.histogram_ignored_in_aggregation(self.span, "quantile");
        }
        let count = column.float_count() as u64;
        // Vectors grow by doubling.
        self.held.take(Load { samples: count, bytes: 16 * count })?;
        column.for_each_float(|i, v| self.values[i].push(v));
        Ok(())
    }

    fn merge(&mut self, mut other: Self, _: &mut Notes) -> Result<(), QueryError> {
        for (mine, theirs) in self.values.iter_mut().zip(&mut other.values) {
            mine.append(theirs);
        }
        self.held.absorb(&mut other.held);
        Ok(())
    }

    fn finish(mut self, _: &mut Notes) -> Result<Column, QueryError> {
        let mut out = Column::absent(self.values.len());
        for (i, values) in self.values.iter_mut().enumerate().filter(|(_, v)| !v.is_empty()) {
            self.stop.check_at(i)?;
            out.set(i, quantile_unless(self.q.get(i), values, self.stop)?);
        }
        Ok(out)
    }
}
