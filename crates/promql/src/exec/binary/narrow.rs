//! Which labels of its two sides an operation between vectors looks at: the storage need not give the others.
//!
//! A side that is only matched with (the "one" side, the right side of `and`) needs its match labels and what is taken over from it. Of the
//! side that passes through, what is looked at above is needed too. Sides are narrowed only in queries that compute vectors series by series:
//! where less is known of the labels than it takes, such a query starts again with all of them (`Query::give_up_streaming`).

use std::sync::Arc;

use model::labels::METRIC_NAME;
use storage::Projection;

use crate::ast::{Cardinality, ValueType, VectorMatching};
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::source::Vector;
use crate::plan::{Plan, PlanKind, Selector, projects, selector_below};

/// The labels that are looked at of each side; `None` where all are, or it is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Narrow {
    /// Of the side that passes through.
    pub many: Option<Projection>,
    /// Of the side that is matched with.
    pub one: Option<Projection>,
}

impl Narrow {
    /// Of an arithmetic operation or a comparison whose "many" side is `many`.
    pub(super) fn of_join(frame: &Frame<'_>, matching: &VectorMatching, many: &Plan) -> Narrow {
        if !may_narrow(frame) || matching.fill_left.is_some() || matching.fill_right.is_some() {
            return Narrow::default();
        }
        if matching.cardinality == Cardinality::OneToOne {
            // The results' labels are the match labels.
            let matched = matched_with(matching);
            return Narrow { many: matched.clone(), one: matched };
        }
        // Its series must stay distinct without being compared.
        let stays_distinct = projects(many) || between_vectors(many);
        let above = frame.projection.as_deref().filter(|_| stays_distinct);
        Narrow { many: above.and_then(|above| passing_through(matching, above)), one: matched_with(matching) }
    }

    /// Of `and` and `unless`.
    pub(super) fn of_set(frame: &Frame<'_>, matching: &VectorMatching) -> Narrow {
        if !may_narrow(frame) {
            return Narrow::default();
        }
        let above = frame.projection.as_deref();
        Narrow { many: above.and_then(|above| passing_through(matching, above)), one: matched_with(matching) }
    }
}

/// Tells whether an operation is one between two vectors.
pub(crate) fn between_vectors(plan: &Plan) -> bool {
    let PlanKind::Binary(b) = &plan.kind else { return false };
    b.left.value_type() == ValueType::Vector && b.right.value_type() == ValueType::Vector
}

/// Evaluates a side of which only some labels are looked at.
pub(super) fn side<'a>(
    frame: &Frame<'a>,
    plan: &'a Plan,
    projection: Option<Projection>,
) -> Result<Vector<'a>, QueryError> {
    let whole = Frame { projection: None, ..frame.clone() };
    // What is read together with others is read with all labels.
    let is_shared = plan.shared.is_some() || selector_below(plan).is_some_and(Selector::is_shared);
    match projection.filter(|_| !is_shared) {
        Some(projection) => whole.vector_projected(plan, projection),
        None => whole.vector(plan),
    }
}

/// A metric's type and unit are labels that come and go with its name.
fn may_narrow(frame: &Frame<'_>) -> bool {
    frame.query.streams && !frame.query.features.type_and_unit_labels
}

/// The labels that series are matched by, and those that are taken over to the other side.
fn matched_with(matching: &VectorMatching) -> Option<Projection> {
    let VectorMatching { on, labels, include, .. } = matching;
    if *on { Some(only(&[labels, include])) } else { without(labels, &[include]) }
}

/// The same for a side whose own labels are looked at above.
fn passing_through(matching: &VectorMatching, above: &Projection) -> Option<Projection> {
    let VectorMatching { on, labels, include, .. } = matching;
    match (on, above) {
        (true, Projection::Only(above)) => Some(only(&[labels, include, above])),
        (true, Projection::Without(above)) => without(above, &[labels, include]),
        (false, Projection::Only(above)) => without(labels, &[include, above]),
        (false, Projection::Without(above)) => {
            let neither: Vec<Arc<str>> = above.iter().filter(|l| labels.contains(l)).cloned().collect();
            without(&neither, &[include])
        }
    }
}

/// These labels, and the metric name, which notes tell.
fn only(lists: &[&Vec<Arc<str>>]) -> Projection {
    let mut names: Vec<Arc<str>> = lists.iter().copied().flatten().cloned().collect();
    names.push(Arc::from(METRIC_NAME));
    names.sort();
    names.dedup();
    Projection::Only(names)
}

/// All labels but some, which leave out some others and the metric name; `None` if that is all.
fn without(names: &[Arc<str>], but: &[&Vec<Arc<str>>]) -> Option<Projection> {
    let kept = |name: &&Arc<str>| ***name != *METRIC_NAME && !but.iter().any(|list| list.contains(*name));
    let names: Vec<Arc<str>> = names.iter().filter(kept).cloned().collect();
    (!names.is_empty()).then_some(Projection::Without(names))
}
