//! The same query with its time pinned: every selector gets an `@` of the evaluation time.

use crate::ast::{At, Expr, ExprKind};

/// Functions whose result depends on the evaluation time even where their arguments do not.
const TIME_DEPENDENT: [&str; 15] = [
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "end",
    "hour",
    "minute",
    "month",
    "predict_linear",
    "range",
    "start",
    "step",
    "time",
    "timestamp",
    "year",
];

/// Returns the pinned query, or `None` if its answer would still depend on when it is run.
pub(super) fn pinned(expr: &Expr, t_ms: i64) -> Option<Expr> {
    let mut pinned = expr.clone();
    pin(&mut pinned, t_ms).then_some(pinned)
}

/// Pins the selectors that have no timestamp yet, and tells whether the answer is pinned by that. What stands inside a
/// subquery takes its times from it.
fn pin(expr: &mut Expr, t_ms: i64) -> bool {
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => true,
        ExprKind::Vector(selector) => pin_at(&mut selector.at, t_ms),
        ExprKind::Matrix(matrix) => pin_at(&mut matrix.selector.at, t_ms),
        ExprKind::Subquery(subquery) => pin_at(&mut subquery.at, t_ms),
        ExprKind::Call(call) => {
            let args = call.args.iter_mut().map(|arg| pin(arg, t_ms)).fold(true, |all, one| all & one);
            args && !TIME_DEPENDENT.contains(&call.function.name)
        }
        ExprKind::Aggregate(aggregate) => {
            let param = aggregate.param.as_mut().is_none_or(|param| pin(param, t_ms));
            pin(&mut aggregate.expr, t_ms) && param
        }
        ExprKind::Binary(binary) => {
            let left = pin(&mut binary.left, t_ms);
            pin(&mut binary.right, t_ms) && left
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => pin(expr, t_ms),
    }
}

/// `@ start()` and `@ end()` are replaced too: they mean the evaluation time of an instant query.
fn pin_at(at: &mut Option<At>, t_ms: i64) -> bool {
    if !matches!(at, Some(At::Timestamp(_))) {
        *at = Some(At::Timestamp(t_ms));
    }
    true
}

/// Tells whether a query asks for the times it is run over: `start()`, `end()`, `range()`, `step()`.
pub(super) fn asks_for_times(query: &str) -> bool {
    ["start()", "end()", "range()", "step()"].iter().any(|call| query.contains(call))
}
