//! From syntax tree to plan.
//!
//! What has one value for all steps is found on the way up: a node is invariant if all below it are and its function does
//! not look at the time. The highest invariant nodes are put under [`PlanKind::Once`].

use std::sync::Arc;

use model::Matcher;
use model::labels::METRIC_NAME;

use super::durations::DurationContext;
use super::{Aggregation, Call, Operation, Plan, PlanKind, RangeCall, RangeSource, Selector, Subquery};
use crate::ast::{self, At, BinaryOp, Expr, ExprKind, Grouping, RangeMode, Span, ValueType};
use crate::error::QueryError;
use crate::exec::call::info::TARGET_INFO;
use crate::functions::evaluation::{Evaluation, Folded, evaluation};
use crate::functions::extensions;
use crate::number::quote_bytes;

/// Deepest nesting of a plan; the parser's bound is lower, this one protects against trees built by hand.
const DEPTH_MAX: usize = 1_000;

/// The times of a whole query, which `start()`, `@ end()`, `step()` and the like stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryTimes {
    pub start_ms: i64,
    pub end_ms: i64,
    /// 0 for an instant query.
    pub step_ms: i64,
}

/// Makes a plan.
///
/// # Errors
/// [`QueryError::Invalid`] for durations that come out wrong, modifiers a function cannot take, and trees too deep.
pub(crate) fn lower(expr: &Expr, times: QueryTimes) -> Result<Plan, QueryError> {
    let durations = DurationContext {
        step: times.step_ms as f64 / 1000.0,
        range: (times.end_ms - times.start_ms) as f64 / 1000.0,
    };
    let lowering = Lowering { times, durations };
    let lowered = lowering.expr(expr, Above::default())?;
    Ok(if lowered.wrap { once(lowered.plan) } else { lowered.plan })
}

struct Lowering {
    times: QueryTimes,
    durations: DurationContext,
}

/// What stands above a node.
#[derive(Clone, Copy, Default)]
struct Above {
    depth: usize,
    needs: Needs,
}

/// What is looked at of native histograms. Anything that needs buckets, however far above, wins.
#[derive(Clone, Copy, Default, PartialEq)]
enum Needs {
    #[default]
    Unknown,
    Statistics,
    Buckets,
}

impl Needs {
    /// What a function makes of the needs above it.
    fn below(self, name: &str) -> Needs {
        match name {
            "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => Needs::Buckets,
            "histogram_count" | "histogram_sum" | "histogram_avg" if self != Needs::Buckets => {
                Needs::Statistics
            }
            _ => self,
        }
    }
}

struct Lowered {
    plan: Plan,
    /// It has one value for all steps.
    invariant: bool,
    /// It is worth working out once (literals and ranges are not).
    wrap: bool,
}

fn once(plan: Plan) -> Plan {
    let span = plan.span;
    Plan::new(PlanKind::Once(Box::new(plan)), span)
}

fn wrapped(lowered: Lowered) -> Plan {
    if lowered.wrap { once(lowered.plan) } else { lowered.plan }
}

fn unwrap_parens(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

impl Lowering {
    fn expr(&self, expr: &Expr, above: Above) -> Result<Lowered, QueryError> {
        if above.depth > DEPTH_MAX {
            return Err(QueryError::Invalid(format!("expression is nested deeper than {DEPTH_MAX} levels")));
        }
        let above = Above { depth: above.depth + 1, ..above };
        let node = |kind| Plan::new(kind, expr.span);
        Ok(match &expr.kind {
            ExprKind::Number { value, .. } => {
                Lowered { plan: node(PlanKind::Number(*value)), invariant: true, wrap: false }
            }
            ExprKind::String(s) => {
                Lowered { plan: node(PlanKind::Text(s.clone())), invariant: true, wrap: false }
            }
            ExprKind::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Lowered { plan: node(PlanKind::Text(text)), invariant: true, wrap: false }
            }
            ExprKind::Vector(selector) => {
                let selector = self.selector(selector, above)?;
                let invariant = selector.at.is_some();
                Lowered { plan: node(PlanKind::Select(selector)), invariant, wrap: invariant }
            }
            ExprKind::Matrix(_) | ExprKind::Subquery(_) => {
                let (source, invariant) = self.range(expr, above)?;
                Lowered { plan: node(PlanKind::Range(Box::new(source))), invariant, wrap: false }
            }
            ExprKind::Call(call) => return self.call(expr, call, above),
            ExprKind::Aggregate(a) => return self.aggregate(expr, a, above),
            ExprKind::Binary(b) => return self.binary(expr, b, above),
            ExprKind::Unary { negative, expr: inner } => {
                let lowered = self.expr(inner, above)?;
                if !negative {
                    return Ok(lowered);
                }
                let plan = match lowered.plan.kind {
                    PlanKind::Number(v) => node(PlanKind::Number(-v)),
                    _ => node(PlanKind::Negate(Box::new(lowered.plan))),
                };
                Lowered { plan, ..lowered }
            }
            ExprKind::Paren(inner) => {
                let mut lowered = self.expr(inner, above)?;
                lowered.plan.span = expr.span;
                lowered
            }
        })
    }

    fn at(&self, at: Option<At>) -> Option<i64> {
        at.map(|at| match at {
            At::Timestamp(t) => t,
            At::Start => self.times.start_ms,
            At::End => self.times.end_ms,
        })
    }

    fn selector(&self, selector: &ast::VectorSelector, above: Above) -> Result<Selector, QueryError> {
        Ok(Selector {
            matchers: selector.matchers.clone(),
            offset_ms: self.durations.offset_ms(selector.offset.as_ref())?,
            at: self.at(selector.at),
            mode: selector.mode,
            statistics_only: above.needs == Needs::Statistics,
            id: 0,
            shared: None,
        })
    }

    /// Lowers a range selector or subquery; the flag says whether it is invariant.
    fn range(&self, expr: &Expr, above: Above) -> Result<(RangeSource, bool), QueryError> {
        match &expr.kind {
            ExprKind::Matrix(m) => {
                let selector = self.selector(&m.selector, above)?;
                let invariant = selector.at.is_some();
                let range_ms = self.durations.length_ms(&m.range)?;
                Ok((RangeSource::Selector { selector, range_ms }, invariant))
            }
            ExprKind::Subquery(s) => {
                // Between a subquery's steps resets are found by buckets.
                let inner = self.expr(&s.expr, Above { needs: Needs::Buckets, ..above })?;
                let plan = if inner.invariant { once(inner.plan) } else { inner.plan };
                let subquery = Subquery {
                    plan,
                    offset_ms: self.durations.offset_ms(s.offset.as_ref())?,
                    step_ms: s.step.as_ref().map_or(Ok(0), |step| self.durations.length_ms(step))?,
                    range_ms: self.durations.length_ms(&s.range)?,
                    at: self.at(s.at),
                    id: 0,
                };
                let invariant = subquery.at.is_some();
                Ok((RangeSource::Subquery(subquery), invariant))
            }
            other => Err(QueryError::Invalid(format!("not a range vector: {other:?}"))),
        }
    }

    fn call(&self, expr: &Expr, call: &ast::Call, above: Above) -> Result<Lowered, QueryError> {
        let name = call.function.name;
        if let Some(meant) = extensions::missing_from(expr)? {
            return self.expr(&meant, above);
        }
        let Some(evaluation) = evaluation(name) else {
            return Err(QueryError::Invalid(format!("unknown function {name:?}")));
        };
        let node = |kind| Plan::new(kind, expr.span);
        if let Evaluation::Folded(folded) = evaluation {
            let plan = node(PlanKind::Number(self.folded(folded)));
            return Ok(Lowered { plan, invariant: true, wrap: false });
        }
        let above = Above { needs: above.needs.below(name), ..above };
        let args: Vec<&Expr> = call.args.iter().map(unwrap_parens).collect();
        let is_range = |e: &Expr| matches!(e.kind, ExprKind::Matrix(_) | ExprKind::Subquery(_));
        if let Evaluation::Range(kernel) | Evaluation::AbsentOverTime(kernel) = evaluation {
            let Some(position) = args.iter().position(|a| is_range(a)) else {
                return Err(QueryError::Invalid(format!("no range vector in call to function {name:?}")));
            };
            let source_expr = args[position];
            let (source, mut invariant) = self.range(source_expr, above)?;
            check_mode(name, &source)?;
            let mut lowered = Vec::new();
            for (i, arg) in args.iter().enumerate() {
                if i != position {
                    lowered.push(self.expr(arg, above)?);
                }
            }
            invariant &= !evaluation.depends_on_time(name) && lowered.iter().all(|l| l.invariant);
            let scalars = lowered.into_iter().map(|l| if invariant { l.plan } else { wrapped(l) }).collect();
            let plan_name = call.function.plan_name;
            let range_call =
                RangeCall { name: plan_name, kernel, source, source_span: source_expr.span, scalars };
            let mut plan = node(PlanKind::RangeCall(Box::new(range_call)));
            if matches!(evaluation, Evaluation::AbsentOverTime(_)) {
                plan = node(PlanKind::Call(Call {
                    name,
                    evaluation,
                    returns: ValueType::Vector,
                    args: vec![plan],
                }));
            }
            return Ok(Lowered { plan, invariant, wrap: invariant });
        }
        let lowered: Vec<Lowered> = args.iter().map(|a| self.expr(a, above)).collect::<Result<_, _>>()?;
        // `timestamp` of a selector reads the samples' own times, which `@` pins; of anything else it reads the step.
        let pinned_timestamp = matches!(evaluation, Evaluation::Timestamp)
            && lowered.iter().all(|l| l.invariant && matches!(l.plan.kind, PlanKind::Select(_)));
        let invariant =
            pinned_timestamp || !evaluation.depends_on_time(name) && lowered.iter().all(|l| l.invariant);
        let mut args: Vec<Plan> =
            lowered.into_iter().map(|l| if invariant { l.plan } else { wrapped(l) }).collect();
        if matches!(evaluation, Evaluation::Info) {
            place_info_selector(&mut args, expr.span);
        }
        let (name, returns) = (call.function.plan_name, call.function.returns);
        let plan = node(PlanKind::Call(Call { name, evaluation, returns, args }));
        Ok(Lowered { plan, invariant, wrap: invariant })
    }

    fn folded(&self, folded: Folded) -> f64 {
        let QueryTimes { start_ms, end_ms, step_ms } = self.times;
        match folded {
            Folded::Start => start_ms as f64 / 1000.0,
            Folded::End => end_ms as f64 / 1000.0,
            Folded::Range => (end_ms - start_ms) as f64 / 1000.0,
            Folded::Step if start_ms == end_ms => 0.0,
            Folded::Step => step_ms as f64 / 1000.0,
            Folded::Pi => std::f64::consts::PI,
        }
    }

    fn aggregate(&self, expr: &Expr, a: &ast::Aggregate, above: Above) -> Result<Lowered, QueryError> {
        if let (ast::AggregateOp::CountValues, Some(ExprKind::Bytes(label))) =
            (a.op, a.param.as_ref().map(|p| &unwrap_parens(p).kind))
        {
            return Err(QueryError::Execution(format!("invalid label name {}", quote_bytes(label))));
        }
        let input = self.expr(unwrap_parens(&a.expr), above)?;
        let param = a.param.as_ref().map(|p| self.expr(unwrap_parens(p), above)).transpose()?;
        // As in Prometheus, the vector alone decides.
        let (invariant, wrap) = (input.invariant, input.wrap);
        let mut labels = a.grouping.labels.clone();
        labels.sort();
        labels.dedup();
        let aggregation = Aggregation {
            op: a.op,
            input: input.plan,
            param: param.map(|p| p.plan),
            grouping: Grouping { without: a.grouping.without, labels },
        };
        let plan = Plan::new(PlanKind::Aggregate(Box::new(aggregation)), expr.span);
        Ok(Lowered { plan, invariant, wrap })
    }

    fn binary(&self, expr: &Expr, b: &ast::Binary, above: Above) -> Result<Lowered, QueryError> {
        let trims = matches!(b.op, BinaryOp::TrimLower | BinaryOp::TrimUpper);
        let above = if trims { Above { needs: Needs::Buckets, ..above } } else { above };
        let (left, right) = (self.expr(&b.left, above)?, self.expr(&b.right, above)?);
        let invariant = left.invariant && right.invariant;
        let side = |l: Lowered| if invariant { l.plan } else { wrapped(l) };
        let operation = Operation {
            op: b.op,
            left: side(left),
            right: side(right),
            return_bool: b.return_bool,
            keeps_name: b.keeps_name,
            matching: b.matching.clone().map(Arc::new),
        };
        let plan = Plan::new(PlanKind::Binary(Box::new(operation)), expr.span);
        Ok(Lowered { plan, invariant, wrap: invariant })
    }
}

/// Gives `info` its selector if none was written, and has it look where and when the first selector of the first argument does.
fn place_info_selector(args: &mut Vec<Plan>, span: Span) {
    let Some(base) = args.first() else { return };
    let (at, offset_ms) = first_reference(base, (None, 0)).unwrap_or_default();
    if args.len() == 1 {
        let matchers = vec![Matcher::equal(METRIC_NAME, TARGET_INFO)];
        let selector = Selector {
            matchers,
            offset_ms,
            at,
            mode: RangeMode::Plain,
            statistics_only: false,
            id: 0,
            shared: None,
        };
        args.push(Plan::new(PlanKind::Select(selector), span));
    } else if let Some(Plan { kind: PlanKind::Select(selector), .. }) = args.get_mut(1) {
        (selector.at, selector.offset_ms) = (at, offset_ms);
    }
}

/// Where the first selector of a plan looks: `@`, and the sum of offsets up to the subquery or selector that has it.
fn first_reference(plan: &Plan, around: (Option<i64>, i64)) -> Option<(Option<i64>, i64)> {
    let within = |at: Option<i64>, offset_ms: i64| match at {
        Some(_) => (at, offset_ms),
        None => (around.0, around.1 + offset_ms),
    };
    let of_source = |source: &RangeSource| match source {
        RangeSource::Selector { selector, .. } => Some(within(selector.at, selector.offset_ms)),
        RangeSource::Subquery(s) => first_reference(&s.plan, within(s.at, s.offset_ms)),
    };
    let first =
        |mut plans: &mut dyn Iterator<Item = &Plan>| (&mut plans).find_map(|p| first_reference(p, around));
    match &plan.kind {
        PlanKind::Number(_) | PlanKind::Text(_) => None,
        PlanKind::Select(selector) => Some(within(selector.at, selector.offset_ms)),
        PlanKind::Range(source) => of_source(source),
        PlanKind::RangeCall(call) => of_source(&call.source).or_else(|| first(&mut call.scalars.iter())),
        PlanKind::Call(call) => first(&mut call.args.iter()),
        PlanKind::Aggregate(a) => first(&mut std::iter::once(&a.input).chain(&a.param)),
        PlanKind::Binary(b) => first(&mut [&b.left, &b.right].into_iter()),
        PlanKind::Negate(inner) | PlanKind::Once(inner) => first_reference(inner, around),
    }
}

/// Refuses `anchored` and `smoothed` where a function cannot take samples from outside its range.
fn check_mode(name: &str, source: &RangeSource) -> Result<(), QueryError> {
    let RangeSource::Selector { selector, .. } = source else { return Ok(()) };
    let (word, allowed): (_, &[&str]) = match selector.mode {
        RangeMode::Plain => return Ok(()),
        RangeMode::Anchored => ("anchored", &["changes", "delta", "increase", "rate", "resets"]),
        RangeMode::Smoothed => ("smoothed", &["delta", "increase", "rate"]),
    };
    if allowed.contains(&name) {
        return Ok(());
    }
    let allowed = allowed.join(", ");
    Err(QueryError::Execution(format!("{word} modifier can only be used with: {allowed} - not with {name}")))
}
