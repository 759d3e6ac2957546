//! What a query does: the syntax tree with everything resolved that can be before data is looked at.
//!
//! A plan differs from the tree: offsets, ranges and `@` are numbers; `start()`, `end()`, `range()`, `step()` are numbers;
//! parentheses are gone; parts that have one value for all steps stand under [`PlanKind::Once`]; functions are resolved to
//! what evaluates them.

mod durations;
mod lower;
mod optimise;
mod times;
mod visit;

use std::sync::Arc;

use model::Matcher;

use crate::ast::{AggregateOp, BinaryOp, Grouping, RangeMode, Span, ValueType, VectorMatching};
use crate::functions::evaluation::{Evaluation, RangeKernel};

pub(crate) use lower::{QueryTimes, lower};
pub(crate) use optimise::{Occurrences, Shared, optimise, projects, selector_below};
pub(crate) use times::{data_range, selector_range, subquery_grid};

/// One node.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What it does.
    pub kind: PlanKind,
    /// Where it was written.
    pub span: Span,
    /// Its number in the plan, once the whole plan is numbered.
    pub id: usize,
    /// What is kept of it for its other occurrences, if there are any.
    pub shared: Option<Shared>,
}

/// What a node does.
#[derive(Debug)]
pub(crate) enum PlanKind {
    /// The same number at every step.
    Number(f64),
    /// A string.
    Text(String),
    /// Samples of stored series.
    Select(Selector),
    /// Ranges of samples as the value of the whole query.
    Range(Box<RangeSource>),
    /// A function of one range per series and step.
    RangeCall(Box<RangeCall>),
    /// A function of vectors, scalars and strings.
    Call(Call),
    /// An aggregation.
    Aggregate(Box<Aggregation>),
    /// A binary operation.
    Binary(Box<Operation>),
    /// `-x`.
    Negate(Box<Plan>),
    /// Worked out at the first step, the same at all others.
    Once(Box<Plan>),
}

/// An instant selector.
#[derive(Debug)]
pub(crate) struct Selector {
    /// All must pass.
    pub matchers: Vec<Matcher>,
    /// How far before the evaluation time to look; negative for later.
    pub offset_ms: i64,
    /// Look here, whatever the evaluation time (before the offset is applied).
    pub at: Option<i64>,
    /// `anchored`, `smoothed`.
    pub mode: RangeMode,
    /// Only count, sum and resets of histograms are looked at, never their buckets.
    pub statistics_only: bool,
    /// Its number in the plan.
    pub id: usize,
    /// The number of the series that it looks at together with others.
    pub shared: Option<usize>,
}

impl Selector {
    /// Tells whether all selected series have one metric name, so that they stay distinct without it.
    pub(crate) fn has_one_name(&self) -> bool {
        self.one_name().is_some()
    }

    /// Tells whether its series are looked at together with those of others.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The metric name of all selected series, if there is only one.
    pub(crate) fn one_name(&self) -> Option<&str> {
        let named = self.matchers.iter().find(|m| {
            m.op == model::MatchOp::Equal && &*m.name == model::labels::METRIC_NAME && !m.value.is_empty()
        });
        named.map(|m| &*m.value)
    }
}

/// Where ranges come from.
#[derive(Debug)]
pub(crate) enum RangeSource {
    /// `selector[range]`.
    Selector {
        /// Which series.
        selector: Selector,
        /// Width of the windows.
        range_ms: i64,
    },
    /// `expr[range:step]`.
    Subquery(Subquery),
}

/// A subquery.
#[derive(Debug)]
pub(crate) struct Subquery {
    /// What is evaluated at the inner steps.
    pub plan: Plan,
    /// Width of the windows.
    pub range_ms: i64,
    /// Distance of the inner steps; 0 for the default.
    pub step_ms: i64,
    /// As for selectors.
    pub offset_ms: i64,
    /// As for selectors.
    pub at: Option<i64>,
    /// Its number in the plan.
    pub id: usize,
}

/// A function of a range.
#[derive(Debug)]
pub(crate) struct RangeCall {
    /// The function's name.
    pub name: &'static str,
    /// What evaluates it.
    pub kernel: RangeKernel,
    /// The range.
    pub source: RangeSource,
    /// Where the range was written.
    pub source_span: Span,
    /// The scalar arguments in order, the range left out.
    pub scalars: Vec<Plan>,
}

/// A function of vectors, scalars and strings.
#[derive(Debug)]
pub(crate) struct Call {
    /// The function's name.
    pub name: &'static str,
    /// What evaluates it.
    pub evaluation: Evaluation,
    /// Type of the result.
    pub returns: ValueType,
    /// The arguments as written.
    pub args: Vec<Plan>,
}

/// An aggregation.
#[derive(Debug)]
pub(crate) struct Aggregation {
    /// Which.
    pub op: AggregateOp,
    /// The vector.
    pub input: Plan,
    /// `k`, the quantile, …
    pub param: Option<Plan>,
    /// `by` or `without`; labels sorted, each once.
    pub grouping: Grouping,
}

/// A binary operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Which.
    pub op: BinaryOp,
    /// Left side.
    pub left: Plan,
    /// Right side.
    pub right: Plan,
    /// `bool`.
    pub return_bool: bool,
    /// The results keep the metric's name.
    pub keeps_name: bool,
    /// Between two vectors.
    pub matching: Option<Arc<VectorMatching>>,
}

impl Plan {
    /// A node that has no number yet.
    pub(crate) fn new(kind: PlanKind, span: Span) -> Plan {
        Plan { kind, span, id: 0, shared: None }
    }

    /// The type of the value.
    pub(crate) fn value_type(&self) -> ValueType {
        match &self.kind {
            PlanKind::Number(_) => ValueType::Scalar,
            PlanKind::Text(_) => ValueType::String,
            PlanKind::Select(_) | PlanKind::RangeCall(_) | PlanKind::Aggregate(_) => ValueType::Vector,
            PlanKind::Range(_) => ValueType::Matrix,
            PlanKind::Call(call) => call.returns,
            PlanKind::Binary(b) => match (b.left.value_type(), b.right.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            PlanKind::Negate(inner) | PlanKind::Once(inner) => inner.value_type(),
        }
    }
}
