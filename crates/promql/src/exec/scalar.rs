//! Scalars over the steps of a query.

use super::stop::Stop;
use crate::error::QueryError;

/// One number per step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalars {
    /// The same at every step.
    Constant(f64),
    /// One by one.
    Steps(Vec<f64>),
}

impl Scalars {
    /// The number at a step.
    #[inline]
    pub(crate) fn get(&self, step: usize) -> f64 {
        match self {
            Scalars::Constant(v) => *v,
            Scalars::Steps(values) => values[step],
        }
    }

    /// The distinct numbers, or all of them.
    pub(crate) fn values(&self) -> &[f64] {
        match self {
            Scalars::Constant(v) => std::slice::from_ref(v),
            Scalars::Steps(values) => values,
        }
    }

    /// Computes the numbers of so many steps one by one.
    ///
    /// # Errors
    /// What ends the query.
    pub(crate) fn of_steps(
        steps: usize,
        stop: &Stop,
        f: impl Fn(usize) -> f64,
    ) -> Result<Scalars, QueryError> {
        let mut values = Vec::with_capacity(steps);
        for piece in stop.pieces(steps) {
            values.extend(piece?.map(&f));
        }
        Ok(Scalars::Steps(values))
    }

    /// Applies a function to each number.
    ///
    /// # Errors
    /// What ends the query.
    pub(crate) fn map(self, stop: &Stop, f: impl Fn(f64) -> f64) -> Result<Scalars, QueryError> {
        match self {
            Scalars::Constant(v) => Ok(Scalars::Constant(f(v))),
            Scalars::Steps(mut values) => {
                for piece in stop.pieces(values.len()) {
                    values[piece?].iter_mut().for_each(|v| *v = f(*v));
                }
                Ok(Scalars::Steps(values))
            }
        }
    }

    /// Applies a function to the numbers of two scalars at each step.
    ///
    /// # Errors
    /// What ends the query.
    pub(crate) fn zip(
        self,
        other: Scalars,
        stop: &Stop,
        f: impl Fn(f64, f64) -> f64,
    ) -> Result<Scalars, QueryError> {
        match (self, other) {
            (Scalars::Constant(a), Scalars::Constant(b)) => Ok(Scalars::Constant(f(a, b))),
            (Scalars::Constant(a), b) => b.map(stop, |b| f(a, b)),
            (a, Scalars::Constant(b)) => a.map(stop, |a| f(a, b)),
            (Scalars::Steps(mut a), Scalars::Steps(b)) => {
                for piece in stop.pieces(a.len()) {
                    let piece = piece?;
                    a[piece.clone()].iter_mut().zip(&b[piece]).for_each(|(a, b)| *a = f(*a, *b));
                }
                Ok(Scalars::Steps(a))
            }
        }
    }
}
