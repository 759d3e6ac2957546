//! Walking through plans, and numbering their nodes.

use super::{Plan, PlanKind, RangeSource};

impl Plan {
    /// The plans directly below, in the order in which they are evaluated; a subquery's counts as below the function around it.
    pub(crate) fn children(&self) -> Vec<&Plan> {
        match &self.kind {
            PlanKind::Number(_) | PlanKind::Text(_) | PlanKind::Select(_) => Vec::new(),
            PlanKind::Range(source) => source.plan().into_iter().collect(),
            PlanKind::RangeCall(call) => call.scalars.iter().chain(call.source.plan()).collect(),
            PlanKind::Call(call) => call.args.iter().collect(),
            PlanKind::Aggregate(a) => std::iter::once(&a.input).chain(&a.param).collect(),
            PlanKind::Binary(b) => vec![&b.left, &b.right],
            PlanKind::Negate(inner) | PlanKind::Once(inner) => vec![inner],
        }
    }

    /// As [`Plan::children`], to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Plan> {
        match &mut self.kind {
            PlanKind::Number(_) | PlanKind::Text(_) | PlanKind::Select(_) => Vec::new(),
            PlanKind::Range(source) => source.plan_mut().into_iter().collect(),
            PlanKind::RangeCall(call) => call.scalars.iter_mut().chain(call.source.plan_mut()).collect(),
            PlanKind::Call(call) => call.args.iter_mut().collect(),
            PlanKind::Aggregate(a) => std::iter::once(&mut a.input).chain(&mut a.param).collect(),
            PlanKind::Binary(b) => vec![&mut b.left, &mut b.right],
            PlanKind::Negate(inner) | PlanKind::Once(inner) => vec![inner],
        }
    }

    /// Gives every node and range a number of its own, parents before children; returns how many there are.
    pub(crate) fn number(&mut self) -> usize {
        let mut next = 0;
        self.number_from(&mut next);
        next
    }

    fn number_from(&mut self, next: &mut usize) {
        let mut take = || {
            *next += 1;
            *next - 1
        };
        self.id = take();
        match &mut self.kind {
            PlanKind::Select(selector) => selector.id = self.id,
            PlanKind::Range(source) => source.set_id(self.id),
            PlanKind::RangeCall(call) => call.source.set_id(take()),
            PlanKind::Number(_)
            | PlanKind::Text(_)
            | PlanKind::Call(_)
            | PlanKind::Aggregate(_)
            | PlanKind::Binary(_)
            | PlanKind::Negate(_)
            | PlanKind::Once(_) => {}
        }
        for child in self.children_mut() {
            child.number_from(next);
        }
    }
}

impl RangeSource {
    /// The plan of a subquery.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        match self {
            RangeSource::Selector { .. } => None,
            RangeSource::Subquery(s) => Some(&s.plan),
        }
    }

    fn plan_mut(&mut self) -> Option<&mut Plan> {
        match self {
            RangeSource::Selector { .. } => None,
            RangeSource::Subquery(s) => Some(&mut s.plan),
        }
    }

    /// The range's number.
    pub(crate) fn id(&self) -> usize {
        match self {
            RangeSource::Selector { selector, .. } => selector.id,
            RangeSource::Subquery(s) => s.id,
        }
    }

    fn set_id(&mut self, id: usize) {
        match self {
            RangeSource::Selector { selector, .. } => selector.id = id,
            RangeSource::Subquery(s) => s.id = id,
        }
    }
}
