//! From a plan's value to the query's.

use super::budget::Load;
use super::labels::{Repeated, join_repeated, without_metadata};
use super::range;
use super::scalar::Scalars;
use super::source::{self, collect};
use super::{Frame, not_a};
use crate::ast::ValueType;
use crate::column::Column;
use crate::error::QueryError;
use crate::plan::{Plan, PlanKind};
use crate::value::{Point, Points, Sample, Series, Value};
use model::Labels;

/// The value of an instant query.
pub(crate) fn instant(frame: &Frame<'_>, plan: &Plan) -> Result<Value, QueryError> {
    let t = frame.grid.start_ms;
    match plan.value_type() {
        ValueType::Scalar => Ok(Value::Scalar { t, v: frame.scalar(plan)?.get(0) }),
        ValueType::String => match &plan.kind {
            PlanKind::Text(s) => Ok(Value::String { t, s: s.clone() }),
            _ => Err(not_a(ValueType::String, plan)),
        },
        ValueType::Matrix => match &plan.kind {
            PlanKind::Range(source) => Ok(Value::Matrix(range::matrix(frame, source)?)),
            _ => Err(not_a(ValueType::Matrix, plan)),
        },
        ValueType::Vector | ValueType::None => {
            let samples = series(frame, plan)?.into_iter().filter_map(|s| {
                let value = match s.column.histograms.into_iter().next().flatten() {
                    Some(h) => Point::Histogram(h),
                    None => Point::Float(*s.column.values.first()?),
                };
                Some(Sample { labels: s.head.labels, t, value })
            });
            Ok(Value::Vector(samples.collect()))
        }
    }
}

/// The value of a range query, not sorted yet.
pub(crate) fn range(frame: &Frame<'_>, plan: &Plan) -> Result<Vec<Series>, QueryError> {
    let grid = frame.grid;
    if plan.value_type() == ValueType::Scalar {
        let values = match frame.scalar(plan)? {
            Scalars::Constant(v) => vec![v; grid.steps],
            Scalars::Steps(values) => values,
        };
        let column = Column::full(values);
        frame.query.budget.take(Load::of_column(&column))?;
        let points = Points::Stepped { grid, column };
        return Ok(vec![Series { labels: Labels::empty(), points }]);
    }
    let series = series(frame, plan)?.into_iter();
    Ok(series
        .map(|s| Series { labels: s.head.labels, points: Points::Stepped { grid, column: s.column } })
        .collect())
}

/// All series of a vector, with the names gone that are to be dropped, each label set once.
fn series(frame: &Frame<'_>, plan: &Plan) -> Result<Vec<source::Series>, QueryError> {
    let (mut series, _held) = collect(frame, frame.vector(plan)?)?;
    for (i, s) in series.iter_mut().enumerate() {
        frame.query.stop.check_at(i)?;
        if s.head.drop_name {
            s.head.labels = without_metadata(&s.head.labels);
        }
    }
    // Also catches what the checks on the way could rule out only for usual labels.
    join_repeated(&frame.query.stop, series, Repeated::Join)
}
