//! Functions of vectors, scalars and strings.

mod absent;
mod histograms;
pub(crate) mod info;
mod maps;
mod relabel;
mod sort;
mod streamed_histograms;

use super::labels::{Head, Repeated};
use super::scalar::Scalars;
use super::select::{self, Take};
use super::source::{Held, Map, Series, Vector, distinct, for_shards, map};
use super::{Frame, not_a};
use crate::ast::ValueType;
use crate::column::Column;
use crate::error::QueryError;
use crate::functions::evaluation::Evaluation;
use crate::functions::extensions::keeps_name;
use crate::functions::time::Date;
use crate::functions::zone::Zone;
use crate::plan::{Call, Plan, PlanKind};
use model::Labels;

/// Evaluates a function that returns a vector.
pub(crate) fn vector<'a>(
    frame: &Frame<'a>,
    call: &'a Call,
    plan: &'a Plan,
) -> Result<Vector<'a>, QueryError> {
    let delayed = frame.query.features.delayed_name_removal;
    let arg = |i: usize| argument(call, i);
    match call.evaluation {
        Evaluation::Float(f) => apply(frame, call, maps::Float { f, delayed }),
        Evaluation::Histogram(f) => apply(frame, call, maps::Histogram { f, delayed }),
        Evaluation::Date(f) => {
            let zone = zone(call)?;
            if call.args.len() > usize::from(zone.is_some()) {
                return apply(frame, call, maps::Date { f, zone, delayed });
            }
            let seconds = |i| frame.grid.time(i).div_euclid(1000);
            let wall = |t| zone.as_ref().map_or(t, |zone| zone.wall_seconds(t));
            let values = (0..frame.grid.steps).map(|i| f(&Date::from_seconds(wall(seconds(i)))));
            one_series(frame, Column::full(values.collect()))
        }
        Evaluation::Clamp => {
            let (min, max) = (frame.scalar(arg(1)?)?, frame.scalar(arg(2)?)?);
            apply(frame, call, maps::Clamp { min, max, delayed })
        }
        Evaluation::ClampMin => {
            let min = frame.scalar(arg(1)?)?;
            apply(frame, call, maps::Clamp { min, max: Scalars::Constant(f64::INFINITY), delayed })
        }
        Evaluation::ClampMax => {
            let max = frame.scalar(arg(1)?)?;
            apply(frame, call, maps::Clamp { min: Scalars::Constant(f64::NEG_INFINITY), max, delayed })
        }
        Evaluation::Round => {
            let nearest = call.args.get(1).map_or(Ok(Scalars::Constant(1.0)), |a| frame.scalar(a))?;
            // Dividing by the inverse loses fewer digits than multiplying with what was asked for.
            apply(frame, call, maps::Round { inverse: nearest.map(&frame.query.stop, |n| 1.0 / n)?, delayed })
        }
        Evaluation::Timestamp => timestamp(frame, arg(0)?),
        Evaluation::StartTimestamp => start_timestamp(frame, arg(0)?),
        Evaluation::Vector => {
            let values = match frame.scalar(arg(0)?)? {
                Scalars::Constant(v) => vec![v; frame.grid.steps],
                Scalars::Steps(values) => values,
            };
            one_series(frame, Column::full(values))
        }
        Evaluation::Absent => absent::absent(frame, arg(0)?),
        Evaluation::AbsentOverTime(_) => absent::absent_over_time(frame, arg(0)?),
        Evaluation::LabelReplace => relabel::label_replace(frame, call),
        Evaluation::LabelJoin => relabel::label_join(frame, call),
        Evaluation::Sort { descending } => sort::by_value(frame, arg(0)?, descending, plan.span),
        Evaluation::SortByLabel { descending } => sort::by_label(frame, call, descending, plan.span),
        Evaluation::HistogramQuantile => histograms::quantile(frame, call),
        Evaluation::HistogramQuantiles => histograms::quantiles(frame, call),
        Evaluation::HistogramFraction => histograms::fraction(frame, call),
        Evaluation::Info => info::info(frame, call),
        Evaluation::Range(_)
        | Evaluation::Folded(_)
        | Evaluation::ScalarPair(_)
        | Evaluation::Scalar
        | Evaluation::Time => Err(not_a(ValueType::Vector, plan)),
    }
}

/// An argument; the parser checked that it is there.
fn argument(call: &Call, i: usize) -> Result<&Plan, QueryError> {
    let missing = || QueryError::Execution(format!("argument {} of {}() is missing", i + 1, call.name));
    call.args.get(i).ok_or_else(missing)
}

/// The time zone that a function of dates has as its last argument.
fn zone(call: &Call) -> Result<Option<Zone>, QueryError> {
    let Some(PlanKind::Text(name)) = call.args.last().map(|arg| &arg.kind) else { return Ok(None) };
    let unknown = || QueryError::Execution(format!("unknown time zone {name:?} in {}()", call.name));
    Zone::find(name).map(Some).ok_or_else(unknown)
}

/// A string argument.
fn text(call: &Call, i: usize) -> Result<&str, QueryError> {
    match &argument(call, i)?.kind {
        PlanKind::Text(text) => Ok(text),
        _ => Err(QueryError::Execution(format!("argument {} of {}() is not a string", i + 1, call.name))),
    }
}

/// Applies a change that drops the name.
fn apply<'a>(frame: &Frame<'a>, call: &'a Call, change: impl Map + 'a) -> Result<Vector<'a>, QueryError> {
    let input = frame.vector(argument(call, 0)?)?;
    if keeps_name(call.name) {
        return Ok(map(input, maps::Keeping(change)));
    }
    let vector = map(input, change);
    if frame.query.features.delayed_name_removal {
        return Ok(vector);
    }
    distinct(frame, vector, Repeated::Join)
}

fn one_series<'a>(frame: &Frame<'a>, column: Column) -> Result<Vector<'a>, QueryError> {
    Held::distinct_vector(frame.query, vec![Series { head: Head::new(Labels::empty()), column }])
}

/// `timestamp`: of the samples themselves for a selector, of the steps for anything else.
fn timestamp<'a>(frame: &Frame<'a>, arg: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let delayed = frame.query.features.delayed_name_removal;
    let vector = match &arg.kind {
        PlanKind::Select(selector) => {
            let times =
                frame.metered(arg, || select::select(frame, selector, arg.span, Take::Timestamp, None))?;
            map(times, maps::Nameless { delayed })
        }
        _ => map(frame.vector(arg)?, maps::StepTime { grid: frame.grid, delayed }),
    };
    if delayed { Ok(vector) } else { distinct(frame, vector, Repeated::Join) }
}

/// `start_timestamp`: of the samples of a selector, if start timestamps are looked at; nothing for anything else.
fn start_timestamp<'a>(frame: &Frame<'a>, arg: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let features = &frame.query.features;
    let delayed = features.delayed_name_removal;
    let PlanKind::Select(selector) = &arg.kind else { return Held::vector(frame.query, Vec::new()) };
    if !features.use_start_timestamps {
        return Held::vector(frame.query, Vec::new());
    }
    let samples = frame.metered(arg, || select::select(frame, selector, arg.span, Take::Start, None))?;
    let vector = map(samples, maps::Nameless { delayed });
    if delayed { Ok(vector) } else { distinct(frame, vector, Repeated::Join) }
}

/// `scalar`: the float of the only series with one; NaN otherwise.
pub(crate) fn scalar_of<'a>(frame: &Frame<'a>, arg: &'a Plan) -> Result<Scalars, QueryError> {
    let source = frame.vector(arg)?;
    let steps = frame.grid.steps;
    let only = |one: &mut Column, column: &Column, ambiguous: &mut [bool]| {
        column.for_each_float(|step, v| {
            ambiguous[step] |= one.has(step);
            one.set(step, v);
        });
    };
    let (mut one, mut ambiguous) = (Column::absent(steps), vec![false; steps]);
    for_shards(
        frame,
        &*source,
        |range, work| {
            let (mut one, mut ambiguous) = (Column::absent(steps), vec![false; steps]);
            let mut column = work.column();
            for i in range {
                frame.query.check()?;
                source.column(i, work, &mut column)?;
                only(&mut one, &column, &mut ambiguous);
            }
            work.give_back(column);
            Ok((one, ambiguous))
        },
        |(part, more)| {
            only(&mut one, &part, &mut ambiguous);
            ambiguous.iter_mut().zip(more).for_each(|(a, b)| *a |= b);
            Ok(())
        },
    )?;
    let value = |step| one.get(step).filter(|_| !ambiguous[step]).unwrap_or(f64::NAN);
    Ok(Scalars::Steps((0..steps).map(value).collect()))
}
