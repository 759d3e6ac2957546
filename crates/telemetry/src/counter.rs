//! A number that only goes up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exposition::MetricValue;
use model::MetricType;

use crate::family::Instrument;
use crate::gauge::add_float;

/// A number that only goes up. Clones share the value.
///
/// Whole steps go to an integer and fractions to a float beside it, so that the common `inc` is one atomic add and
/// stays exact beyond 2^53.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    whole: AtomicU64,
    fraction_bits: AtomicU64,
}

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.0.whole.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds a whole number.
    pub fn inc_by(&self, n: u64) {
        self.0.whole.fetch_add(n, Ordering::Relaxed);
    }

    /// Adds a number.
    ///
    /// # Panics
    /// If it is negative or NaN: a counter never goes down.
    pub fn add(&self, n: f64) {
        assert!(n >= 0.0, "counter cannot decrease: add({n})");
        add_float(&self.0.fraction_bits, n);
    }

    /// Returns the present value.
    pub fn get(&self) -> f64 {
        self.0.whole.load(Ordering::Relaxed) as f64
            + f64::from_bits(self.0.fraction_bits.load(Ordering::Relaxed))
    }
}

impl Instrument for Counter {
    type Options = ();
    const KIND: MetricType = MetricType::Counter;

    fn new(_: &()) -> Counter {
        Counter::default()
    }

    fn value(&self) -> MetricValue {
        MetricValue::Number(self.get(), None)
    }
}
