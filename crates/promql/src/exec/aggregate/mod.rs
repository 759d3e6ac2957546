//! Aggregations: each series' column is folded into its group's accumulator as it is computed.
//!
//! A shard folds into groups of its own; the shards' groups are merged in order. Groups stand in the order in which their
//! first series came.

mod count_values;
mod extremes;
mod groups;
mod histograms;
mod moments;
mod quantile;
mod select_k;
mod sums;

use super::Frame;
use super::budget::Load;
use super::source::{Held, Series, Vector, for_shards};
use crate::ast::{AggregateOp, Span};
use crate::column::Column;
use crate::error::QueryError;
use crate::notes::Notes;
use crate::plan::{Aggregation, Plan, PlanKind};
use groups::{Groups, Key};

/// The state of one group over all steps.
pub(crate) trait Accumulator: Send {
    /// Bytes that a group takes for each step from its first value on, roughly.
    const STEP_BYTES: usize;

    /// Adds one series' values; `name` is its metric's.
    fn fold(&mut self, column: &Column, name: &str, notes: &mut Notes) -> Result<(), QueryError>;

    /// Adds what another accumulator of the same group got, from later series.
    fn merge(&mut self, other: Self, notes: &mut Notes) -> Result<(), QueryError>
    where
        Self: Sized;

    /// The group's values.
    fn finish(self, notes: &mut Notes) -> Result<Column, QueryError>
    where
        Self: Sized;
}

/// Evaluates an aggregation.
pub(crate) fn aggregate<'a>(
    frame: &Frame<'a>,
    aggregation: &'a Aggregation,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    use AggregateOp::*;
    let key = Key::new(&aggregation.grouping);
    let steps = frame.grid.steps;
    let input_span = aggregation.input.span;
    let input = &aggregation.input;
    match aggregation.op {
        Sum => fold(frame, input, &key, || sums::Total::new(steps, input_span)),
        Avg => fold(frame, input, &key, || sums::Average::new(steps, input_span)),
        Min => fold(frame, input, &key, || extremes::Extreme::new(steps, extremes::Which::Min, input_span)),
        Max => fold(frame, input, &key, || extremes::Extreme::new(steps, extremes::Which::Max, input_span)),
        Count => fold(frame, input, &key, || extremes::Count::new(steps)),
        Group => fold(frame, input, &key, || extremes::Present::new(steps)),
        Stddev => {
            fold(frame, input, &key, || moments::Moments::new(steps, moments::Which::Deviation, input_span))
        }
        Stdvar => {
            fold(frame, input, &key, || moments::Moments::new(steps, moments::Which::Variance, input_span))
        }
        Quantile => {
            let q = frame.scalar(param(aggregation)?)?;
            let param_span = param(aggregation)?.span;
            quantile::check(frame, &q, param_span);
            let q = &q;
            fold(frame, input, &key, || quantile::Values::new(frame.query, steps, q, input_span))
        }
        Topk | Bottomk | Limitk | LimitRatio => select_k::select(frame, aggregation, &key, span),
        CountValues => {
            let label = match &param(aggregation)?.kind {
                PlanKind::Text(label) => label,
                other => {
                    return Err(QueryError::Execution(format!(
                        "count_values needs a label name, got {other:?}"
                    )));
                }
            };
            count_values::count(frame, aggregation, label)
        }
    }
}

/// The aggregation's parameter.
fn param(aggregation: &Aggregation) -> Result<&Plan, QueryError> {
    aggregation.param.as_ref().ok_or_else(|| {
        QueryError::Execution(format!("{:?} aggregation has no parameter", aggregation.op).to_lowercase())
    })
}

/// Folds a vector into accumulators.
fn fold<'a, A: Accumulator>(
    frame: &Frame<'a>,
    input: &'a Plan,
    key: &Key,
    new: impl Fn() -> A + Sync,
) -> Result<Vector<'a>, QueryError> {
    let source = frame.vector_projected(input, key.projection())?;
    let (mut all, mut notes): (Groups<A>, _) = (Groups::default(), Notes::default());
    let steps = frame.grid.steps;
    let of_group = Load::bytes((steps * A::STEP_BYTES) as u64);
    let held = frame.query.budget.hold();
    for_shards(
        frame,
        &*source,
        |range, work| {
            let mut groups: Groups<A> = Groups::default();
            let mut column = work.column();
            for i in range {
                frame.query.check()?;
                source.column(i, work, &mut column)?;
                if !column.is_empty() {
                    let head = source.head(i);
                    let before = groups.len();
                    let group = groups.entry(key, &head, &new);
                    group.fold(&column, head.labels.name(), &mut work.notes)?;
                    if groups.len() > before {
                        held.take(of_group)?;
                    }
                }
            }
            work.give_back(column);
            Ok(groups)
        },
        |groups| {
            let together = all.len() + groups.len();
            all.merge(groups, &mut notes)?;
            (all.len()..together).for_each(|_| held.give_back(of_group));
            // A group takes a slot per step from its first value on, whether or not all will be filled.
            frame.query.budget.would_fit((all.len() * steps) as u64)
        },
    )?;
    let mut series = Vec::with_capacity(all.len());
    for (i, (head, accumulator)) in all.into_groups().enumerate() {
        frame.query.stop.check_at(i)?;
        let column = accumulator.finish(&mut notes)?;
        if !column.is_empty() {
            series.push(Series { head, column });
        }
    }
    frame.query.note(|n| n.merge(notes));
    drop(held);
    Held::vector(frame.query, series)
}
