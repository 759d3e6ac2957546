//! Scalars over the steps of a query.

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

    /// Applies a function to each number.
    pub(crate) fn map(self, f: impl Fn(f64) -> f64) -> Scalars {
        match self {
            Scalars::Constant(v) => Scalars::Constant(f(v)),
            Scalars::Steps(mut values) => {
                values.iter_mut().for_each(|v| *v = f(*v));
                Scalars::Steps(values)
            }
        }
    }

    /// Applies a function to the numbers of two scalars at each step.
    pub(crate) fn zip(self, other: Scalars, f: impl Fn(f64, f64) -> f64) -> Scalars {
        match (self, other) {
            (Scalars::Constant(a), Scalars::Constant(b)) => Scalars::Constant(f(a, b)),
            (Scalars::Constant(a), b) => b.map(|b| f(a, b)),
            (a, Scalars::Constant(b)) => a.map(|a| f(a, b)),
            (Scalars::Steps(mut a), Scalars::Steps(b)) => {
                a.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, b));
                Scalars::Steps(a)
            }
        }
    }
}
