//! Binary and unary operations.

mod matching;
pub(super) mod narrow;
mod pair;
mod set;
mod streamed;
mod with_scalar;
mod with_vector;

use std::sync::Arc;

use super::labels::{Head, Repeated};
use super::source::{Map, Vector, distinct, map};
use super::{Frame, Work};
use crate::ast::{BinaryOp, Span, ValueType};
use crate::column::Column;
use crate::error::QueryError;
use crate::plan::{Operation, Plan};

/// Evaluates an operation with at least one vector.
pub(crate) fn vector<'a>(
    frame: &Frame<'a>,
    operation: &'a Operation,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    match (operation.left.value_type(), operation.right.value_type()) {
        (ValueType::Vector, ValueType::Vector) => match (&operation.matching, operation.op.is_set()) {
            (Some(matching), true) => set::evaluate(frame, operation, matching),
            (Some(matching), false) => with_vector::evaluate(frame, operation, matching, span),
            (None, _) => Err(QueryError::execution("operation between vectors without matching")),
        },
        (ValueType::Vector, _) => with_scalar::evaluate(frame, operation, span, false),
        _ => with_scalar::evaluate(frame, operation, span, true),
    }
}

/// Arithmetic: the result is another thing than the metric was.
pub(crate) fn changes_metric(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Add | Sub | Mul | Div | Mod | Pow | Atan2)
}

/// What an operator does to two floats.
pub(crate) enum FloatOperation {
    /// Computes a number.
    Arithmetic(fn(f64, f64) -> f64),
    /// Compares.
    Comparison(fn(f64, f64) -> bool),
    /// Is not for floats.
    None,
}

/// Finds what an operator does to floats.
pub(crate) fn float_operation(op: BinaryOp) -> FloatOperation {
    use BinaryOp::*;
    use FloatOperation::*;
    match op {
        Add => Arithmetic(|a, b| a + b),
        Sub => Arithmetic(|a, b| a - b),
        Mul => Arithmetic(|a, b| a * b),
        Div => Arithmetic(|a, b| a / b),
        Mod => Arithmetic(|a, b| a % b),
        Pow => Arithmetic(f64::powf),
        Atan2 => Arithmetic(f64::atan2),
        Eq => Comparison(|a, b| a == b),
        Ne => Comparison(|a, b| a != b),
        Gt => Comparison(|a, b| a > b),
        Lt => Comparison(|a, b| a < b),
        Ge => Comparison(|a, b| a >= b),
        Le => Comparison(|a, b| a <= b),
        And | Or | Unless | TrimUpper | TrimLower => FloatOperation::None,
    }
}

/// Finds what an operator does to scalars; comparisons give 1 or 0.
pub(crate) fn scalar_operation(op: BinaryOp) -> Result<impl Fn(f64, f64) -> f64, QueryError> {
    match float_operation(op) {
        FloatOperation::None => Err(QueryError::Execution(format!(
            "operator {:?} not allowed for Scalar operations",
            op.as_str()
        ))),
        operation => Ok(move |a, b| match &operation {
            FloatOperation::Arithmetic(f) => f(a, b),
            FloatOperation::Comparison(f) => f64::from(u8::from(f(a, b))),
            FloatOperation::None => f64::NAN,
        }),
    }
}

struct Negate {
    delayed: bool,
}

impl Map for Negate {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        column.values.iter_mut().for_each(|v| *v = -*v);
        for (i, h) in column.histograms.iter_mut().flatten().enumerate() {
            work.stop.check_at(i)?;
            *h = Arc::new(h.scaled(-1.0));
        }
        Ok(())
    }
}

/// Evaluates `-vector`.
pub(crate) fn negate<'a>(frame: &Frame<'a>, inner: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let delayed = frame.query.features.delayed_name_removal;
    let vector = map(frame.vector(inner)?, Negate { delayed });
    if delayed { Ok(vector) } else { distinct(frame, vector, Repeated::Join) }
}

/// The name of a value's kind in notes.
pub(crate) fn kind_of(is_histogram: bool) -> &'static str {
    if is_histogram { "histogram" } else { "float" }
}
