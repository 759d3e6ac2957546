//! Which stretch of time a plan reads.

use storage::TimeRange;

use super::{Plan, PlanKind, RangeSource, Selector, Subquery};
use crate::ast::RangeMode;
use crate::column::Grid;

/// The steps a subquery is evaluated at; `None` where there are none.
///
/// Inner steps are multiples of the inner step, whatever the outer ones are; the first lies after the start of the first window.
pub(crate) fn subquery_grid(subquery: &Subquery, outer: Grid, default_step_ms: i64) -> Option<Grid> {
    let (first, last) = match subquery.at {
        Some(at) => (at, at),
        None => (outer.start_ms, outer.end_ms()),
    };
    let step_ms = if subquery.step_ms > 0 { subquery.step_ms } else { default_step_ms };
    let open = first.saturating_sub(subquery.offset_ms).saturating_sub(subquery.range_ms);
    let end = last.saturating_sub(subquery.offset_ms);
    let mut start_ms = step_ms * (open / step_ms);
    if start_ms <= open {
        start_ms = start_ms.saturating_add(step_ms);
    }
    (end >= start_ms).then(|| Grid {
        start_ms,
        step_ms,
        steps: (end.saturating_sub(start_ms) / step_ms) as usize + 1,
    })
}

/// The times of the samples that a selector may need, both ends included.
pub(crate) fn selector_range(
    selector: &Selector,
    range_ms: Option<i64>,
    grid: Grid,
    lookback_ms: i64,
) -> TimeRange {
    let (first, last) = match selector.at {
        Some(at) => (at, at),
        None => (grid.start_ms, grid.end_ms()),
    };
    let (before, after) = match (selector.mode, range_ms) {
        (RangeMode::Plain, None) => (lookback_ms, 0),
        (RangeMode::Plain, Some(range)) => (range, 0),
        (RangeMode::Anchored, range) => (lookback_ms + range.unwrap_or(0), 0),
        (RangeMode::Smoothed, range) => (lookback_ms + range.unwrap_or(0), lookback_ms),
    };
    // A smoothed or anchored boundary may need the sample exactly at the far end.
    let open = i64::from(selector.mode == RangeMode::Plain);
    TimeRange {
        min_ms: first.saturating_sub(selector.offset_ms).saturating_sub(before).saturating_add(open),
        max_ms: last.saturating_sub(selector.offset_ms).saturating_add(after),
    }
}

/// The times of all samples that a plan may need; `None` if it reads none.
pub(crate) fn data_range(
    plan: &Plan,
    grid: Grid,
    lookback_ms: i64,
    default_step_ms: i64,
) -> Option<TimeRange> {
    let of = |plan: &Plan, grid: Grid| data_range(plan, grid, lookback_ms, default_step_ms);
    let source = |source: &RangeSource| match source {
        RangeSource::Selector { selector, range_ms } => {
            Some(selector_range(selector, Some(*range_ms), grid, lookback_ms))
        }
        RangeSource::Subquery(s) => of(&s.plan, subquery_grid(s, grid, default_step_ms)?),
    };
    let all = |plans: &mut dyn Iterator<Item = &Plan>| plans.filter_map(|p| of(p, grid)).reduce(cover);
    match &plan.kind {
        PlanKind::Number(_) | PlanKind::Text(_) => None,
        PlanKind::Select(selector) => Some(selector_range(selector, None, grid, lookback_ms)),
        PlanKind::Range(range) => source(range),
        PlanKind::RangeCall(call) => {
            [source(&call.source), all(&mut call.scalars.iter())].into_iter().flatten().reduce(cover)
        }
        PlanKind::Call(call) => all(&mut call.args.iter()),
        PlanKind::Aggregate(a) => all(&mut std::iter::once(&a.input).chain(&a.param)),
        PlanKind::Binary(b) => all(&mut [&b.left, &b.right].into_iter()),
        PlanKind::Negate(inner) => of(inner, grid),
        PlanKind::Once(inner) => of(inner, Grid { steps: 1, ..grid }),
    }
}

fn cover(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange { min_ms: a.min_ms.min(b.min_ms), max_ms: a.max_ms.max(b.max_ms) }
}
