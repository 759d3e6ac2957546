//! Functions of native histograms.

use std::sync::Arc;

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, bound, indexes};

use super::rates::Kind;
use crate::error::QueryError;
use crate::exec::window::{TimedHistogram, Window, Windows};
use crate::kahan;
use crate::notes::Notes;

/// A histogram as columns hold it.
pub(crate) type Shared = Arc<FloatHistogram>;

/// The error of what cannot do with native histograms yet.
pub(crate) fn unsupported<T>(what: &str) -> Result<T, QueryError> {
    Err(QueryError::Execution(format!("native histograms are not supported by {what} yet")))
}

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
    let custom = h.schema == CUSTOM_BUCKETS_SCHEMA;
    let mut add = |value: f64, count: f64| {
        if count != 0.0 {
            let delta = value - mean;
            squares.add(count * delta * delta);
        }
    };
    let middle = |index: i32| {
        let (lower, upper) =
            (bound(index - 1, h.schema, &h.custom_values), bound(index, h.schema, &h.custom_values));
        if custom { (upper + lower) / 2.0 } else { (upper * lower).sqrt() }
    };
    let negative: Vec<(i32, f64)> =
        indexes(&h.negative_spans).zip(h.negative_buckets.iter().copied()).collect();
    negative.iter().rev().for_each(|&(i, count)| add(-middle(i), count));
    add(0.0, h.zero_count);
    indexes(&h.positive_spans).zip(&h.positive_buckets).for_each(|(i, &count)| add(middle(i), count));
    squares.total() / h.count
}

/// The standard deviation of observations.
pub(crate) fn stddev(h: &FloatHistogram) -> f64 {
    stdvar(h).sqrt()
}

/// Tells whether two histograms are the same but for their reset hints.
pub(crate) fn equal(a: &FloatHistogram, b: &FloatHistogram) -> bool {
    FloatHistogram { reset_hint: b.reset_hint, ..a.clone() } == *b
}

/// Tells whether a counter was reset between two histograms.
pub(crate) fn is_reset(_before: &FloatHistogram, _after: &FloatHistogram) -> Result<bool, QueryError> {
    unsupported("resets()")
}

/// The sum of a window.
pub(crate) fn sum_over_time(
    _: &[TimedHistogram],
    _: &Windows<'_>,
    _: &mut Notes,
) -> Result<Option<Shared>, QueryError> {
    unsupported("sum_over_time()")
}

/// The mean of a window.
pub(crate) fn avg_over_time(
    _: &[TimedHistogram],
    _: &Windows<'_>,
    _: &mut Notes,
) -> Result<Option<Shared>, QueryError> {
    unsupported("avg_over_time()")
}

/// `rate` and its kin of a window.
pub(crate) fn rate(
    _: &Window<'_>,
    _: &Windows<'_>,
    _: Kind,
    _: &mut Notes,
) -> Result<Option<Shared>, QueryError> {
    unsupported("rate(), increase() and delta()")
}

/// `irate` (with the seconds between both) and `idelta`.
pub(crate) fn instant_difference(
    _before: &FloatHistogram,
    _after: &FloatHistogram,
    _rate_seconds: Option<f64>,
    _: &Windows<'_>,
    _: &mut Notes,
) -> Result<Option<Shared>, QueryError> {
    unsupported("irate() and idelta()")
}
