//! Matchers of one side of an operation hold for the other: in `a{job="x"} / on (job) b`, only `b{job="x"}` can meet anything.
//!
//! A matcher travels if its label is one that the sides are matched by. It goes
//! - between the sides of arithmetic and comparisons where labels show that no two series of the "one" side can clash: otherwise
//!   Prometheus's error for two that do, wherever the other side has any value, must still be found;
//! - between both sides of `and`, from left to right in `unless`, never in `or`.
//!
//! Below the other side it passes through what keeps the label and treats series with different values of it apart, down to
//! selectors of one metric.

use std::sync::Arc;

use model::Matcher;
use model::labels::{BUCKET_LABEL, METRIC_NAME};

use crate::ast::{AggregateOp, BinaryOp, Cardinality, ValueType, VectorMatching};
use crate::functions::evaluation::Evaluation;
use crate::plan::{Aggregation, Call, Operation, Plan, PlanKind, RangeSource, Selector};

/// Most matchers that a selector can end up with.
const MATCHERS_MAX: usize = 32;

/// Lets matchers travel between the sides of all operations, inner ones first.
pub(super) fn matchers(plan: &mut Plan) {
    for child in plan.children_mut() {
        matchers(child);
    }
    if let PlanKind::Binary(operation) = &mut plan.kind {
        let matching = operation.matching.clone();
        if let Some(matching) = matching {
            between(operation, &matching);
        }
    }
}

fn between(operation: &mut Operation, matching: &VectorMatching) {
    if matching.fill_left.is_some() || matching.fill_right.is_some() {
        return;
    }
    let (to_right, to_left) = match (operation.op, matching.cardinality) {
        (BinaryOp::Or, _) => return,
        (BinaryOp::And, _) => (true, true),
        (BinaryOp::Unless, _) => (true, false),
        (_, cardinality) => {
            let one = if cardinality == Cardinality::OneToMany { &operation.left } else { &operation.right };
            let unique = is_unique(one, matching);
            (unique, unique)
        }
    };
    let of_matching =
        |known: Vec<Matcher>| known.into_iter().filter(|m| is_matched(&m.name, matching)).collect::<Vec<_>>();
    let (of_left, of_right) = (of_matching(known(&operation.left)), of_matching(known(&operation.right)));
    if to_right {
        of_left.iter().for_each(|m| push(&mut operation.right, m));
    }
    if to_left {
        of_right.iter().for_each(|m| push(&mut operation.left, m));
    }
}

/// Tells whether series are matched by a label.
fn is_matched(name: &str, matching: &VectorMatching) -> bool {
    let listed = matching.labels.iter().any(|l| **l == *name);
    name != METRIC_NAME && listed == matching.on
}

/// Tells whether no two series of a side have the same match labels.
fn is_unique(side: &Plan, matching: &VectorMatching) -> bool {
    let listed = |l: &Arc<str>| matching.labels.contains(l);
    match &side.kind {
        PlanKind::Aggregate(a) if !chooses(a.op) && a.op != AggregateOp::CountValues => {
            let labels = &a.grouping.labels;
            match (a.grouping.without, matching.on) {
                (false, true) => labels.iter().all(listed),
                (false, false) => !labels.iter().any(listed),
                (true, true) => false,
                (true, false) => matching.labels.iter().all(|l| labels.contains(l)),
            }
        }
        PlanKind::Select(selector) => !matching.on && matching.labels.is_empty() && selector.has_one_name(),
        PlanKind::RangeCall(call) => match &call.source {
            RangeSource::Selector { selector, .. } => {
                !matching.on && matching.labels.is_empty() && selector.has_one_name()
            }
            RangeSource::Subquery(_) => false,
        },
        PlanKind::Once(inner) | PlanKind::Negate(inner) => is_unique(inner, matching),
        PlanKind::Call(call) if is_map(call) => call.args.first().is_some_and(|a| is_unique(a, matching)),
        PlanKind::Binary(b) => vector_side(b).is_some_and(|side| is_unique(side, matching)),
        _ => false,
    }
}

/// Matchers that all series of a vector pass.
fn known(plan: &Plan) -> Vec<Matcher> {
    let without_name = |selector: &Selector| {
        selector.matchers.iter().filter(|m| &*m.name != METRIC_NAME).cloned().collect::<Vec<_>>()
    };
    match &plan.kind {
        PlanKind::Select(selector) => without_name(selector),
        PlanKind::RangeCall(call) => match &call.source {
            RangeSource::Selector { selector, .. } => without_name(selector),
            RangeSource::Subquery(_) => Vec::new(),
        },
        PlanKind::Once(inner) | PlanKind::Negate(inner) => known(inner),
        PlanKind::Call(call) if is_map(call) => call.args.first().map(known).unwrap_or_default(),
        PlanKind::Aggregate(a) => {
            let mut of_input = if a.op == AggregateOp::CountValues { Vec::new() } else { known(&a.input) };
            of_input.retain(|m| keeps(a, &m.name));
            of_input
        }
        PlanKind::Binary(b) => match (&b.matching, vector_side(b)) {
            (_, Some(side)) => known(side),
            (Some(_), None) if matches!(b.op, BinaryOp::And | BinaryOp::Unless) => known(&b.left),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Leaves out of a vector what does not pass a matcher, as far down as that can be said without changing the rest.
fn push(plan: &mut Plan, matcher: &Matcher) {
    match &mut plan.kind {
        PlanKind::Select(selector) => add(selector, matcher),
        PlanKind::RangeCall(call) => match &mut call.source {
            RangeSource::Selector { selector, .. } => add(selector, matcher),
            RangeSource::Subquery(_) => {}
        },
        PlanKind::Once(inner) | PlanKind::Negate(inner) => push(inner, matcher),
        PlanKind::Call(call) if is_map(call) => {
            call.args.iter_mut().take(1).for_each(|a| push(a, matcher));
        }
        PlanKind::Call(Call { evaluation: Evaluation::HistogramQuantile, args, .. })
            if &*matcher.name != BUCKET_LABEL =>
        {
            args.iter_mut().skip(1).for_each(|a| push(a, matcher));
        }
        PlanKind::Aggregate(a) => {
            let apart = a.grouping.labels.contains(&matcher.name) != a.grouping.without;
            if apart && a.op != AggregateOp::CountValues {
                push(&mut a.input, matcher);
            }
        }
        PlanKind::Binary(b) => {
            match (b.left.value_type(), b.right.value_type()) {
                (ValueType::Vector, ValueType::Scalar) => push(&mut b.left, matcher),
                (ValueType::Scalar, ValueType::Vector) => push(&mut b.right, matcher),
                // Errors of series that clash would get lost.
                _ => {}
            }
        }
        _ => {}
    }
}

fn add(selector: &mut Selector, matcher: &Matcher) {
    let there = |m: &Matcher| m.name == matcher.name && m.op == matcher.op && m.value == matcher.value;
    // Without one metric name, series may clash where names are dropped, which must still be found.
    if selector.has_one_name()
        && selector.matchers.len() < MATCHERS_MAX
        && !selector.matchers.iter().any(there)
    {
        selector.matchers.push(matcher.clone());
    }
}

/// Functions of each value alone, which keep all labels but the name. The vector comes first.
fn is_map(call: &Call) -> bool {
    use Evaluation::*;
    !call.args.is_empty()
        && matches!(
            call.evaluation,
            Float(_) | Histogram(_) | Clamp | ClampMin | ClampMax | Round | Timestamp | Date(_)
        )
}

/// The vector of an operation with a scalar.
fn vector_side(b: &Operation) -> Option<&Plan> {
    match (b.left.value_type(), b.right.value_type()) {
        (ValueType::Vector, ValueType::Scalar) => Some(&b.left),
        (ValueType::Scalar, ValueType::Vector) => Some(&b.right),
        _ => None,
    }
}

/// Aggregations that give series of their input.
fn chooses(op: AggregateOp) -> bool {
    use AggregateOp::*;
    matches!(op, Topk | Bottomk | Limitk | LimitRatio)
}

/// Tells whether a label of the input is there with the same value in the result.
fn keeps(a: &Aggregation, name: &str) -> bool {
    chooses(a.op) || a.grouping.labels.iter().any(|l| **l == *name) != a.grouping.without
}
