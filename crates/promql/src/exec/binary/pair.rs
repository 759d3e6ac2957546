//! What an operation makes of two series.

use std::sync::Arc;

use model::histogram::{FloatHistogram, HistogramSum, ResetHint, Trim};

use super::{FloatOperation, float_operation, kind_of};
use crate::ast::{BinaryOp, Span};
use crate::column::{Column, for_each_bit};
use crate::error::QueryError;
use crate::exec::stop::Stop;
use crate::functions::histogram::{self, Step, note_bounds};
use crate::notes::Notes;

/// A side of one pair: a series, or a value that fills in for a missing one.
#[derive(Clone, Copy)]
pub(super) enum Side<'s> {
    Series(&'s Column),
    Fill(f64),
}

impl Side<'_> {
    fn histogram(&self, step: usize) -> Option<&Arc<FloatHistogram>> {
        match self {
            Side::Series(column) => column.histogram(step),
            Side::Fill(_) => None,
        }
    }

    fn float(&self, step: usize) -> f64 {
        match self {
            Side::Series(column) => column.values[step],
            Side::Fill(v) => *v,
        }
    }

    fn has_histograms(&self) -> bool {
        matches!(self, Side::Series(column) if column.has_histograms())
    }
}

/// An operation, whatever it is applied to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing {
    pub op: BinaryOp,
    pub return_bool: bool,
    /// Where the operation was written.
    pub span: Span,
}

impl Pairing {
    /// Computes the steps of `bits` into a column that is absent everywhere. Bits of steps where the two do not fit are cleared: they
    /// count as not matched.
    ///
    /// # Errors
    /// What ends the query.
    pub(super) fn compute(
        &self,
        left: Side<'_>,
        right: Side<'_>,
        bits: &mut [u64],
        out: &mut Column,
        (notes, stop): (&mut Notes, &Stop),
    ) -> Result<(), QueryError> {
        let mixed = left.has_histograms() || right.has_histograms();
        if mixed {
            self.histograms(left, right, bits, out, (notes, stop))?;
        }
        if mixed || !self.whole_columns(left, right, bits, out) {
            self.floats(left, right, bits, out, (notes, stop))?;
        }
        Ok(())
    }

    /// The usual operators on floats alone, over all slots at once: those without a value do no harm. Tells whether it was one.
    fn whole_columns(&self, left: Side<'_>, right: Side<'_>, bits: &[u64], out: &mut Column) -> bool {
        let (Side::Series(a), Side::Series(b)) = (left, right) else { return false };
        let (a, b) = (&a.values[..], &b.values[..]);
        match self.op {
            BinaryOp::Add => each(a, b, &mut out.values, |a, b| a + b),
            BinaryOp::Sub => each(a, b, &mut out.values, |a, b| a - b),
            BinaryOp::Mul => each(a, b, &mut out.values, |a, b| a * b),
            BinaryOp::Div => each(a, b, &mut out.values, |a, b| a / b),
            _ => return false,
        }
        out.present.copy_from_slice(bits);
        true
    }

    /// Takes the steps with histograms out of the way: computes them, or clears their bits and notes why.
    fn histograms(
        &self,
        left: Side<'_>,
        right: Side<'_>,
        bits: &mut [u64],
        column: &mut Column,
        (notes, stop): (&mut Notes, &Stop),
    ) -> Result<(), QueryError> {
        use BinaryOp::*;
        for step in 0..column.steps() {
            stop.check_at(step)?;
            if bits[step / 64] >> (step % 64) & 1 == 0 {
                continue;
            }
            let (l, r) = (left.histogram(step), right.histogram(step));
            match (l, r, self.op) {
                (None, None, _) => continue,
                (Some(a), Some(b), Eq | Ne) => {
                    let keep = histogram::equal(a, b) == (self.op == Eq);
                    if self.return_bool {
                        column.set(step, f64::from(u8::from(keep)));
                    } else if keep {
                        column.set_histogram(step, Arc::clone(a));
                    }
                }
                (Some(a), Some(b), Add | Sub) => match self.combine(a, b, notes) {
                    Some(h) => column.set_histogram(step, Arc::new(h)),
                    None => bits[step / 64] &= !(1 << (step % 64)),
                },
                (None, Some(h), Mul) => column.set_histogram(step, Arc::new(h.scaled(left.float(step)))),
                (Some(h), None, Mul) => column.set_histogram(step, Arc::new(h.scaled(right.float(step)))),
                (Some(h), None, Div) => column.set_histogram(step, Arc::new(h.divided(right.float(step)))),
                (Some(h), None, TrimUpper) => {
                    column.set_histogram(step, Arc::new(h.trimmed(right.float(step), Trim::Upper)));
                }
                (Some(h), None, TrimLower) => {
                    column.set_histogram(step, Arc::new(h.trimmed(right.float(step), Trim::Lower)));
                }
                (l, r, op) => {
                    notes.incompatible_types(
                        self.span,
                        kind_of(l.is_some()),
                        op.as_str(),
                        kind_of(r.is_some()),
                    );
                    bits[step / 64] &= !(1 << (step % 64));
                }
            }
        }
        Ok(())
    }

    /// Adds or subtracts two histograms; `None` if their buckets do not fit.
    fn combine(&self, a: &FloatHistogram, b: &FloatHistogram, notes: &mut Notes) -> Option<FloatHistogram> {
        let mut sum = HistogramSum::new(a);
        let (combined, step) = match self.op {
            BinaryOp::Sub => (sum.subtract(b), Step::Subtraction),
            _ => (sum.add(b), Step::Addition),
        };
        let Ok(combined) = combined else {
            notes.incompatible_buckets(self.span, self.op.as_str());
            return None;
        };
        if self.op == BinaryOp::Sub {
            sum.set_reset_hint(ResetHint::Gauge);
        }
        if combined.reset_collision {
            notes.reset_collision(self.span, step.word());
        }
        note_bounds(combined, step, self.span, notes);
        Some(sum.histogram())
    }

    fn floats(
        &self,
        left: Side<'_>,
        right: Side<'_>,
        bits: &mut [u64],
        column: &mut Column,
        (notes, stop): (&mut Notes, &Stop),
    ) -> Result<(), QueryError> {
        let operation = float_operation(self.op);
        let mixed = left.has_histograms() || right.has_histograms();
        for (word, bits) in bits.iter_mut().enumerate() {
            stop.check_at(word)?;
            let mut of_floats = *bits;
            if mixed {
                for_each_bit(*bits, |bit| {
                    let step = word * 64 + bit;
                    if left.histogram(step).is_some() || right.histogram(step).is_some() {
                        of_floats &= !(1 << bit);
                    }
                });
            }
            for_each_bit(of_floats, |bit| {
                let step = word * 64 + bit;
                let (a, b) = (left.float(step), right.float(step));
                match operation {
                    FloatOperation::Arithmetic(f) => column.set(step, f(a, b)),
                    FloatOperation::Comparison(f) if self.return_bool => {
                        column.set(step, f64::from(u8::from(f(a, b))));
                    }
                    FloatOperation::Comparison(f) => {
                        if f(a, b) {
                            column.set(step, a);
                        }
                    }
                    FloatOperation::None => {
                        notes.incompatible_types(self.span, "float", self.op.as_str(), "float");
                        *bits &= !(1 << bit);
                    }
                }
            });
        }
        Ok(())
    }
}

#[inline(always)]
fn each(a: &[f64], b: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}
