//! `absent`, `absent_over_time`: 1 where a vector has nothing.

use model::labels::METRIC_NAME;
use model::{Labels, LabelsBuilder, MatchOp, Matcher};

use crate::column::Column;
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::labels::Head;
use crate::exec::source::{Held, Series, Vector, for_shards};
use crate::plan::{Plan, PlanKind, RangeSource};

/// Evaluates `absent`.
pub(super) fn absent<'a>(frame: &Frame<'a>, arg: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let labels = match &arg.kind {
        PlanKind::Select(selector) => labels_of(&selector.matchers),
        _ => Labels::empty(),
    };
    missing(frame, arg, Head::new(labels))
}

/// Evaluates `absent_over_time`; `arg` is a range call that has a value where the range has a sample.
pub(super) fn absent_over_time<'a>(frame: &Frame<'a>, arg: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let labels = match &arg.kind {
        PlanKind::RangeCall(call) => match &call.source {
            RangeSource::Selector { selector, .. } => labels_of(&selector.matchers),
            RangeSource::Subquery(_) => Labels::empty(),
        },
        _ => Labels::empty(),
    };
    missing(frame, arg, Head { labels, drop_name: true })
}

fn missing<'a>(frame: &Frame<'a>, arg: &'a Plan, head: Head) -> Result<Vector<'a>, QueryError> {
    let source = frame.vector(arg)?;
    let steps = frame.grid.steps;
    let words = steps.div_ceil(64);
    let mut seen = vec![0u64; words];
    for_shards(
        frame,
        &*source,
        |range, work| {
            let (mut bits, mut column) = (vec![0u64; words], work.column());
            for i in range {
                frame.query.check()?;
                source.column(i, work, &mut column)?;
                bits.iter_mut().zip(column.any_bits()).for_each(|(a, b)| *a |= b);
            }
            work.give_back(column);
            Ok(bits)
        },
        |bits| {
            seen.iter_mut().zip(bits).for_each(|(a, b)| *a |= b);
            Ok(())
        },
    )?;
    let mut column = Column::full(vec![1.0; steps]);
    column.present.iter_mut().zip(seen).for_each(|(p, s)| *p &= !s);
    let series = if column.is_empty() { Vec::new() } else { vec![Series { head, column }] };
    Held::distinct_vector(frame.query, series)
}

/// The labels that a selector demands exactly; one that is demanded twice is left out.
fn labels_of(matchers: &[Matcher]) -> Labels {
    let mut builder = LabelsBuilder::default();
    let mut known: Vec<&str> = Vec::new();
    for m in matchers.iter().filter(|m| &*m.name != METRIC_NAME) {
        if m.op == MatchOp::Equal && !known.contains(&&*m.name) {
            builder.set(&*m.name, &*m.value);
            known.push(&m.name);
        } else {
            builder.del(&m.name);
        }
    }
    builder.labels()
}
