//! Functions of native histograms: of one, and of two.

use std::sync::Arc;

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Combined, FloatHistogram, HistogramSum, ResetHint};

use crate::ast::Span;
use crate::exec::window::TimedHistogram;
use crate::kahan;
use crate::notes::Notes;

/// A histogram as columns hold it.
pub(crate) type Shared = Arc<FloatHistogram>;

/// All observations.
pub(crate) fn count(h: &FloatHistogram) -> f64 {
    h.count
}

/// The sum of observations.
pub(crate) fn sum(h: &FloatHistogram) -> f64 {
    h.sum
}

/// The mean of observations.
pub(crate) fn avg(h: &FloatHistogram) -> f64 {
    h.sum / h.count
}

/// The variance of observations, each taken to lie in the middle of its bucket: the geometric one, or the arithmetic one
/// for custom buckets; zero for the zero bucket.
pub(crate) fn stdvar(h: &FloatHistogram) -> f64 {
    let mean = h.sum / h.count;
    let mut squares = kahan::Sum::default();
    for b in h.all_buckets().iter().filter(|b| b.count != 0.0) {
        let value = if h.has_custom_buckets() {
            (b.upper + b.lower) / 2.0
        } else if b.lower <= 0.0 && b.upper >= 0.0 {
            0.0
        } else {
            (b.upper * b.lower).sqrt().copysign(b.upper)
        };
        let delta = value - mean;
        squares.add(b.count * delta * delta);
    }
    squares.total() / h.count
}

/// The standard deviation of observations.
pub(crate) fn stddev(h: &FloatHistogram) -> f64 {
    stdvar(h).sqrt()
}

/// Takes the buckets away and notes the counter resets that they show: in this order, each histogram against the one before.
pub(crate) fn strip_buckets(histograms: &mut [TimedHistogram]) {
    let mut before: Option<FloatHistogram> = None;
    for (_, h) in histograms {
        let mut hint = h.reset_hint;
        if !h.is_stale() {
            hint = match (&before, hint) {
                (Some(before), ResetHint::Unknown) if h.is_reset_since(before) => ResetHint::Reset,
                (Some(_), ResetHint::Unknown) => ResetHint::NotReset,
                (_, hint) => hint,
            };
            before = Some(FloatHistogram { reset_hint: hint, ..(**h).clone() });
        }
        let (schema, count, sum) = (h.schema, h.count, h.sum);
        *h = Arc::new(FloatHistogram { reset_hint: hint, schema, count, sum, ..FloatHistogram::default() });
    }
}

/// Tells whether two histograms are the same but for their reset hints. Numbers are compared by their bits.
pub(crate) fn equal(a: &FloatHistogram, b: &FloatHistogram) -> bool {
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let scalars = |h: &FloatHistogram| [h.count, h.sum, h.zero_count].map(f64::to_bits);
    let side = |h: &FloatHistogram| {
        let positive: Vec<i32> = model::histogram::indexes(&h.positive_spans).collect();
        let negative: Vec<i32> = model::histogram::indexes(&h.negative_spans).collect();
        (positive, negative, bits(&h.positive_buckets), bits(&h.negative_buckets))
    };
    a.schema == b.schema
        && a.zero_threshold == b.zero_threshold
        && scalars(a) == scalars(b)
        && (a.schema != CUSTOM_BUCKETS_SCHEMA || a.custom_values == b.custom_values)
        && side(a) == side(b)
}

/// Where a combination takes place, for notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `+` and the like.
    Addition,
    /// `-` and the like.
    Subtraction,
    /// Aggregations, over series or time.
    Aggregation,
}

impl Step {
    /// The word in notes.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Step::Addition => "addition",
            Step::Subtraction => "subtraction",
            Step::Aggregation => "aggregation",
        }
    }
}

/// Notes that custom bounds differed.
pub(crate) fn note_bounds(combined: Combined, step: Step, span: Span, notes: &mut Notes) {
    if combined.bounds_reconciled {
        notes.bounds_reconciled(span, step.word());
    }
}

/// A sum of histograms that remembers contradicting reset hints among its parts.
#[derive(Clone, Debug)]
pub(crate) struct Total {
    /// The sum, or the mean once `incremental`.
    pub sum: HistogramSum,
    reset: bool,
    not_reset: bool,
    count: f64,
    incremental: bool,
}

impl Total {
    /// Of one histogram.
    pub(crate) fn of(h: &FloatHistogram) -> Total {
        let mut total = Total {
            sum: HistogramSum::new(h),
            reset: false,
            not_reset: false,
            count: 1.0,
            incremental: false,
        };
        total.see(h);
        total
    }

    fn see(&mut self, h: &FloatHistogram) {
        self.reset |= h.reset_hint == ResetHint::Reset;
        self.not_reset |= h.reset_hint == ResetHint::NotReset;
    }

    /// Tells whether some parts were resets and some were known not to be.
    pub(crate) fn has_collision(&self) -> bool {
        self.reset && self.not_reset
    }

    /// Adds to a sum.
    pub(crate) fn add(
        &mut self,
        h: &FloatHistogram,
    ) -> Result<Combined, model::histogram::IncompatibleHistograms> {
        self.see(h);
        self.count += 1.0;
        self.sum.add(h)
    }

    /// Adds to a mean: summed up while the sum is finite, incrementally from then on.
    pub(crate) fn add_to_mean(
        &mut self,
        h: &FloatHistogram,
    ) -> Result<Combined, model::histogram::IncompatibleHistograms> {
        self.see(h);
        self.count += 1.0;
        if !self.incremental {
            let mut sum = self.sum.clone();
            let combined = sum.add(h)?;
            if !sum.has_overflow() {
                self.sum = sum;
                return Ok(combined);
            }
            self.incremental = true;
            self.sum.divide(self.count - 1.0);
        }
        self.sum.scale((self.count - 1.0) / self.count);
        self.sum.add(&h.divided(self.count))
    }

    /// Adds the parts of another total; `mean` for [`Total::add_to_mean`].
    pub(crate) fn merge(
        &mut self,
        mut other: Total,
        mean: bool,
    ) -> Result<Combined, model::histogram::IncompatibleHistograms> {
        self.reset |= other.reset;
        self.not_reset |= other.not_reset;
        let count = self.count + other.count;
        if !mean {
            self.count = count;
            return self.sum.combine(other.sum);
        }
        if !self.incremental && !other.incremental {
            let mut sum = self.sum.clone();
            let combined = sum.combine(other.sum.clone())?;
            if !sum.has_overflow() {
                (self.sum, self.count) = (sum, count);
                return Ok(combined);
            }
        }
        for total in [&mut *self, &mut other] {
            if !total.incremental {
                total.incremental = true;
                total.sum.divide(total.count);
            }
            total.sum.scale(total.count / count);
        }
        self.count = count;
        self.sum.combine(other.sum)
    }

    /// The mean of what was added with [`Total::add_to_mean`].
    pub(crate) fn mean(mut self) -> FloatHistogram {
        if !self.incremental {
            self.sum.divide(self.count);
        }
        self.sum.histogram()
    }
}
