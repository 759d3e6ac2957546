//! Operations between a vector and a scalar: each series on its own.

use std::ops::Range;
use std::sync::Arc;

use model::histogram::Trim;

use crate::ast::{BinaryOp, Span};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::labels::{Head, Repeated};
use crate::exec::scalar::Scalars;
use crate::exec::source::{Map, Vector, distinct, map};
use crate::exec::{Frame, Work};
use crate::plan::Operation;

use super::{FloatOperation, changes_metric, float_operation, kind_of};

/// Evaluates; `scalar_left` says on which side the scalar stands.
pub(crate) fn evaluate<'a>(
    frame: &Frame<'a>,
    operation: &'a Operation,
    span: Span,
    scalar_left: bool,
) -> Result<Vector<'a>, QueryError> {
    let (vector, scalar) =
        if scalar_left { (&operation.right, &operation.left) } else { (&operation.left, &operation.right) };
    let delayed = frame.query.features.delayed_name_removal;
    let drops_name = !operation.keeps_name && (changes_metric(operation.op) || operation.return_bool);
    let with_scalar = WithScalar {
        op: operation.op,
        scalars: frame.scalar(scalar)?,
        scalar_left,
        return_bool: operation.return_bool,
        drops_name,
        delayed,
        span,
    };
    let vector = map(frame.vector(vector)?, with_scalar);
    if drops_name && !delayed { distinct(frame, vector, Repeated::Join) } else { Ok(vector) }
}

struct WithScalar {
    op: BinaryOp,
    scalars: Scalars,
    scalar_left: bool,
    return_bool: bool,
    drops_name: bool,
    delayed: bool,
    span: Span,
}

impl WithScalar {
    /// Applies a function to the slots of some steps; those without a value do no harm.
    #[inline(always)]
    fn each(&self, steps: Range<usize>, values: &mut [f64], f: impl Fn(f64, f64) -> f64) {
        let values = values[steps.clone()].iter_mut();
        match (&self.scalars, self.scalar_left) {
            (Scalars::Constant(s), false) => values.for_each(|v| *v = f(*v, *s)),
            (Scalars::Constant(s), true) => values.for_each(|v| *v = f(*s, *v)),
            (Scalars::Steps(s), false) => values.zip(&s[steps]).for_each(|(v, s)| *v = f(*v, *s)),
            (Scalars::Steps(s), true) => values.zip(&s[steps]).for_each(|(v, s)| *v = f(*s, *v)),
        }
    }

    fn arithmetic(&self, steps: Range<usize>, values: &mut [f64], f: fn(f64, f64) -> f64) {
        // The usual operators are written out so that they become vector instructions.
        match self.op {
            BinaryOp::Add => self.each(steps, values, |a, b| a + b),
            BinaryOp::Sub => self.each(steps, values, |a, b| a - b),
            BinaryOp::Mul => self.each(steps, values, |a, b| a * b),
            BinaryOp::Div => self.each(steps, values, |a, b| a / b),
            _ => self.each(steps, values, f),
        }
    }

    fn keeps(&self, step: usize, v: f64, compare: fn(f64, f64) -> bool) -> bool {
        let s = self.scalars.get(step);
        if self.scalar_left { compare(s, v) } else { compare(v, s) }
    }

    fn histograms(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        for step in 0..column.histograms.len() {
            work.stop.check_at(step)?;
            let Some(h) = &column.histograms[step] else { continue };
            let s = self.scalars.get(step);
            column.histograms[step] = match (self.op, self.scalar_left) {
                (BinaryOp::Mul, _) => Some(h.scaled(s)),
                (BinaryOp::Div, false) => Some(h.divided(s)),
                (BinaryOp::TrimUpper, false) => Some(h.trimmed(s, Trim::Upper)),
                (BinaryOp::TrimLower, false) => Some(h.trimmed(s, Trim::Lower)),
                (op, scalar_left) => {
                    work.notes.incompatible_types(
                        self.span,
                        kind_of(!scalar_left),
                        op.as_str(),
                        kind_of(scalar_left),
                    );
                    None
                }
            }
            .map(Arc::new);
        }
        Ok(())
    }
}

impl Map for WithScalar {
    fn head(&self, head: Head) -> Head {
        if self.drops_name { head.nameless(self.delayed) } else { head }
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        let has_floats = column.present.iter().any(|w| *w != 0);
        if column.has_histograms() {
            self.histograms(column, work)?;
        }
        if !has_floats {
            return Ok(());
        }
        match float_operation(self.op) {
            FloatOperation::Arithmetic(f) => {
                for steps in work.stop.pieces(column.values.len()) {
                    self.arithmetic(steps?, &mut column.values, f);
                }
            }
            FloatOperation::Comparison(compare) if self.return_bool => {
                for steps in work.stop.pieces(column.values.len()) {
                    for step in steps? {
                        column.values[step] =
                            f64::from(u8::from(self.keeps(step, column.values[step], compare)));
                    }
                }
            }
            FloatOperation::Comparison(compare) => {
                for word in 0..column.present.len() {
                    work.stop.check_at(word)?;
                    if column.present[word] == 0 {
                        continue;
                    }
                    let base = word * 64;
                    let mut kept = 0;
                    for (bit, v) in column.values[base..].iter().take(64).enumerate() {
                        kept |= u64::from(self.keeps(base + bit, *v, compare)) << bit;
                    }
                    column.present[word] &= kept;
                }
            }
            FloatOperation::None => {
                work.notes.incompatible_types(self.span, "float", self.op.as_str(), "float");
                column.present.fill(0);
            }
        }
        Ok(())
    }
}
