//! Durations that are worked out when the query runs.

use crate::ast::{BinaryOp, DurationExpr, DurationKind, DurationValue};
use crate::error::QueryError;
use crate::functions::math;

/// What `step()` and `range()` stand for, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DurationContext {
    pub step: f64,
    pub range: f64,
}

/// Longest duration in seconds: what fits in 64-bit nanoseconds.
const DURATION_SECONDS_MAX: f64 = 9_223_372_036.854_776;

impl DurationContext {
    /// Returns an offset in milliseconds; it may be negative.
    pub(crate) fn offset_ms(&self, value: Option<&DurationValue>) -> Result<i64, QueryError> {
        value.map_or(Ok(0), |v| self.ms(v, true))
    }

    /// Returns a range or step in milliseconds; it must be positive.
    pub(crate) fn length_ms(&self, value: &DurationValue) -> Result<i64, QueryError> {
        self.ms(value, false)
    }

    fn ms(&self, value: &DurationValue, negative: bool) -> Result<i64, QueryError> {
        let expr = match value {
            DurationValue::Constant(ms) => return Ok(*ms),
            DurationValue::Expr(expr) => expr,
        };
        let seconds = self.seconds(expr)?;
        let bad =
            |what: &str| Err(QueryError::Invalid(format!("{}:{}: {what}", expr.span.start, expr.span.end)));
        if !seconds.is_finite() {
            return bad("duration is NaN or infinite");
        }
        if seconds <= 0.0 && !negative {
            return bad("duration must be greater than 0");
        }
        if seconds.abs() > DURATION_SECONDS_MAX {
            return bad("duration is out of range");
        }
        Ok((seconds * 1000.0) as i64)
    }

    fn seconds(&self, expr: &DurationExpr) -> Result<f64, QueryError> {
        let by_zero = |what: &str| {
            Err(QueryError::Invalid(format!("{}:{}: {what} by zero", expr.span.start, expr.span.end)))
        };
        Ok(match &expr.kind {
            DurationKind::Number { seconds, .. } => *seconds,
            DurationKind::Step => self.step,
            DurationKind::Range => self.range,
            DurationKind::Unary { negative: true, expr } => -self.seconds(expr)?,
            DurationKind::Unary { negative: false, expr } => self.seconds(expr)?,
            DurationKind::MinOf(a, b) => math::min(self.seconds(a)?, self.seconds(b)?),
            DurationKind::MaxOf(a, b) => math::max(self.seconds(a)?, self.seconds(b)?),
            DurationKind::Binary { op, left, right } => {
                let (l, r) = (self.seconds(left)?, self.seconds(right)?);
                match op {
                    BinaryOp::Add => l + r,
                    BinaryOp::Sub => l - r,
                    BinaryOp::Mul => l * r,
                    BinaryOp::Div if r == 0.0 => return by_zero("division"),
                    BinaryOp::Div => l / r,
                    BinaryOp::Mod if r == 0.0 => return by_zero("modulo"),
                    BinaryOp::Mod => l % r,
                    BinaryOp::Pow => l.powf(r),
                    other => {
                        return Err(QueryError::Invalid(format!(
                            "unexpected duration expression operator {:?}",
                            other.as_str()
                        )));
                    }
                }
            }
        })
    }
}
