//! Operations on numbers become numbers: `60 * 5`, `-(1 + 2)`, `max_of(1, 2)`.

use crate::exec::binary::scalar_operation;
use crate::functions::evaluation::Evaluation;
use crate::plan::{Plan, PlanKind};

/// Works out what depends on no data and no time.
pub(super) fn constants(plan: &mut Plan) {
    for child in plan.children_mut() {
        constants(child);
    }
    if let Some(value) = value(plan) {
        plan.kind = PlanKind::Number(value);
    }
}

fn value(plan: &Plan) -> Option<f64> {
    let number = |plan: &Plan| match plan.kind {
        PlanKind::Number(v) => Some(v),
        _ => None,
    };
    match &plan.kind {
        PlanKind::Binary(b) => {
            let (left, right) = (number(&b.left)?, number(&b.right)?);
            Some(scalar_operation(b.op).ok()?(left, right))
        }
        PlanKind::Negate(inner) => number(inner).map(|v| -v),
        PlanKind::Once(inner) => number(inner),
        PlanKind::Call(call) => match call.evaluation {
            Evaluation::ScalarPair(f) => Some(f(number(call.args.first()?)?, number(call.args.get(1)?)?)),
            _ => None,
        },
        _ => None,
    }
}
