//! A number that goes up and down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exposition::MetricValue;
use model::MetricType;

use crate::family::Instrument;

/// A number that goes up and down. Clones share the value.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// Adds a number, which may be negative.
    pub fn add(&self, n: f64) {
        add_float(&self.0, n);
    }

    /// Adds one.
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Subtracts one.
    pub fn dec(&self) {
        self.add(-1.0);
    }

    /// Returns the present value.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl Instrument for Gauge {
    type Options = ();
    const KIND: MetricType = MetricType::Gauge;

    fn new(_: &()) -> Gauge {
        Gauge::default()
    }

    fn value(&self) -> MetricValue {
        MetricValue::Number(self.get(), None)
    }
}

/// Adds to a float that is kept as its bits. The first value of all-zero bits is 0.0.
pub(crate) fn add_float(bits: &AtomicU64, n: f64) {
    let mut seen = bits.load(Ordering::Relaxed);
    loop {
        let sum = (f64::from_bits(seen) + n).to_bits();
        match bits.compare_exchange_weak(seen, sum, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => seen = now,
        }
    }
}
