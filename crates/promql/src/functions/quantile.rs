//! Quantiles of numbers, and of classic histograms' buckets.

use std::cmp::Ordering;
use std::ops::Range;

use crate::error::QueryError;
use crate::exec::stop::{Stop, UNITS_BETWEEN_LOOKS};

/// Differences between neighbouring buckets below this (relative) come from rounding and are removed silently.
const SMALL_DELTA: f64 = 1e-12;

/// Values of which a pivot is chosen.
const PIVOTS: usize = 255;

/// Orders NaN first, then by value.
pub(crate) fn nan_first(a: &f64, b: &f64) -> Ordering {
    b.is_nan().cmp(&a.is_nan()).then(a.partial_cmp(b).unwrap_or(Ordering::Equal))
}

/// The quantile of numbers, whose order this changes. NaN without numbers or for a NaN `q`; ±Inf for `q` outside 0..=1.
///
/// # Errors
/// What ends the query.
pub(crate) fn quantile_unless(q: f64, values: &mut [f64], stop: &Stop) -> Result<f64, QueryError> {
    if values.is_empty() || q.is_nan() {
        return Ok(f64::NAN);
    }
    if q < 0.0 {
        return Ok(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return Ok(f64::INFINITY);
    }
    let last = (values.len() - 1) as f64;
    let rank = q * last;
    let lower = rank.floor().max(0.0);
    let weight = rank - rank.floor();
    // Only two of the sorted values are looked at: the rest need not be in order.
    let around = narrow(values, lower as usize, stop)?;
    let (values, above) = values[around.start..].split_at_mut(around.len());
    let (_, &mut low, next) = values.select_nth_unstable_by(lower as usize - around.start, nan_first);
    // All above the narrowed part is larger than what is in it: it is looked at only where nothing follows in the part itself.
    let high = match next.iter().copied().min_by(nan_first) {
        Some(high) => high,
        None => least(above, stop)?.unwrap_or(low),
    };
    Ok(low * (1.0 - weight) + high * weight)
}

/// Partitions values until the one that sorting would put at `nth` is known to lie in a part short enough to be handled without a look at
/// the [`Stop`]. Returns that part: all before it sort before it, all behind it behind.
fn narrow(values: &mut [f64], nth: usize, stop: &Stop) -> Result<Range<usize>, QueryError> {
    let mut part = 0..values.len();
    while part.len() > UNITS_BETWEEN_LOOKS {
        let slice = &mut values[part.clone()];
        // The median of a regular choice: on any usual data both sides of it are about as long.
        let mut some: Vec<f64> = slice.iter().copied().step_by(slice.len() / PIVOTS).collect();
        let middle = some.len() / 2;
        let pivot = *some.select_nth_unstable_by(middle, nan_first).1;
        // Three parts: less than the pivot, equal to it, and more.
        let (mut less, mut more, mut next) = (0, slice.len(), 0);
        while next < more {
            stop.check()?;
            for _ in 0..UNITS_BETWEEN_LOOKS.min(more - next) {
                match nan_first(&slice[next], &pivot) {
                    Ordering::Less => {
                        slice.swap(less, next);
                        less += 1;
                        next += 1;
                    }
                    Ordering::Equal => next += 1,
                    Ordering::Greater => {
                        more -= 1;
                        slice.swap(next, more);
                    }
                }
            }
        }
        let wanted = nth - part.start;
        part = if wanted < less {
            part.start..part.start + less
        } else if wanted >= more {
            part.start + more..part.end
        } else {
            // All equal: any of them will do.
            return Ok(nth..nth + 1);
        };
    }
    Ok(part)
}

/// The first in order, if there is one.
fn least(values: &[f64], stop: &Stop) -> Result<Option<f64>, QueryError> {
    let mut least = None;
    for piece in stop.pieces(values.len()) {
        least = values[piece?].iter().copied().chain(least).min_by(nan_first);
    }
    Ok(least)
}

/// A classic histogram's bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// `le`
    pub upper: f64,
    /// Observations up to `upper`.
    pub count: f64,
}

/// Where counts had to be raised to be monotonic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Forced {
    /// Lowest and highest upper bound of a raised bucket.
    pub bucket: (f64, f64),
    /// Largest correction.
    pub diff_max: f64,
}

/// Sorts, and adds up buckets with the same bound.
fn coalesce(buckets: &mut Vec<Bucket>) {
    buckets.sort_by(|a, b| a.upper.partial_cmp(&b.upper).unwrap_or(Ordering::Equal));
    buckets.dedup_by(|b, a| {
        let same = a.upper == b.upper;
        if same {
            a.count += b.count;
        }
        same
    });
}

fn almost_equal(a: f64, b: f64, epsilon: f64) -> bool {
    if a.is_nan() && b.is_nan() || a == b {
        return true;
    }
    let (sum, diff) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return diff < epsilon * f64::MIN_POSITIVE;
    }
    diff / sum.min(f64::MAX) < epsilon
}

fn make_monotonic(buckets: &mut [Bucket]) -> Option<Forced> {
    let mut forced: Option<Forced> = None;
    let mut previous = buckets[0].count;
    for bucket in &mut buckets[1..] {
        if bucket.count == previous {
            continue;
        }
        if almost_equal(previous, bucket.count, SMALL_DELTA) {
            bucket.count = previous;
        } else if bucket.count < previous {
            let diff = previous - bucket.count;
            let f = forced.get_or_insert(Forced { bucket: (bucket.upper, bucket.upper), diff_max: diff });
            f.bucket = (f.bucket.0.min(bucket.upper), f.bucket.1.max(bucket.upper));
            f.diff_max = f.diff_max.max(diff);
            bucket.count = previous;
        } else {
            previous = bucket.count;
        }
    }
    forced
}

/// The quantile of a classic histogram, interpolated linearly within its bucket. `buckets` must not be empty, come in any
/// order, and are changed. Without a bucket for +Inf, with fewer than two buckets or no observations: NaN.
pub(crate) fn bucket_quantile(q: f64, buckets: &mut Vec<Bucket>) -> (f64, Option<Forced>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if !(0.0..=1.0).contains(&q) {
        return (if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY }, None);
    }
    coalesce(buckets);
    if buckets[buckets.len() - 1].upper != f64::INFINITY {
        return (f64::NAN, None);
    }
    let forced = make_monotonic(buckets);
    let last = buckets.len() - 1;
    let observations = buckets[last].count;
    if last == 0 || observations == 0.0 {
        return (f64::NAN, forced);
    }
    let mut rank = q * observations;
    let b = first_index(last, |i| buckets[i].count >= rank);
    let value = if b == last {
        buckets[last - 1].upper
    } else if b == 0 && buckets[0].upper <= 0.0 {
        buckets[0].upper
    } else {
        let (mut start, end, mut count) = (0.0, buckets[b].upper, buckets[b].count);
        if b > 0 {
            start = buckets[b - 1].upper;
            count -= buckets[b - 1].count;
            rank -= buckets[b - 1].count;
        }
        start + (end - start) * (rank / count)
    };
    (value, forced)
}

/// The least index below `n` that passes, by bisection; `n` if none does.
pub(crate) fn first_index(n: usize, passes: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if passes(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// The fraction of a classic histogram's observations between two bounds, interpolated linearly.
pub(crate) fn bucket_fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    coalesce(buckets);
    let last = buckets[buckets.len() - 1];
    let count = last.count;
    if last.upper != f64::INFINITY || count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank_of = |bound: f64| {
        let mut rank = 0.0;
        // Without a bucket below zero all observations are taken to be positive.
        let mut start = if buckets[0].upper <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
        for b in buckets.iter() {
            if start >= bound {
                return rank;
            }
            if b.upper > bound {
                // An infinitely wide bucket has nothing to interpolate over.
                return if start == f64::NEG_INFINITY {
                    b.count
                } else {
                    rank + (b.count - rank) * (bound - start) / (b.upper - start)
                };
            }
            (rank, start) = (b.count, b.upper);
        }
        count
    };
    let clip = |rank: f64| if rank > count { count } else { rank };
    (clip(rank_of(upper)) - clip(rank_of(lower))) / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|&(upper, count)| Bucket { upper, count }).collect()
    }

    #[test]
    fn quantiles_of_numbers() {
        let cases: &[(f64, &[f64], f64)] = &[
            (0.5, &[3.0, 1.0, 2.0], 2.0),
            (0.75, &[0.0, 1.0, 2.0], 1.5),
            (1.0, &[5.0], 5.0),
            (-1.0, &[5.0], f64::NEG_INFINITY),
            (2.0, &[5.0], f64::INFINITY),
            (0.0, &[], f64::NAN),
        ];
        for (q, values, expected) in cases {
            let got = quantile_unless(*q, &mut values.to_vec(), &Stop::default()).unwrap();
            assert!(got == *expected || got.is_nan() && expected.is_nan(), "{q} of {values:?}: {got}");
        }
    }

    #[test]
    fn quantiles_of_more_numbers_than_are_partitioned_at_once() {
        let n = 3 * UNITS_BETWEEN_LOOKS + 77;
        let of = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
        let kinds = [
            of(&|i| ((i * 7919) % 65_537) as f64),
            of(&|i| i as f64),
            of(&|i| -(i as f64)),
            of(&|i| (i % 3) as f64),
            of(&|_| 4.0),
            of(&|i| if i % 5 == 0 { f64::NAN } else { (i % 1000) as f64 }),
        ];
        for values in kinds {
            let mut sorted = values.clone();
            sorted.sort_by(nan_first);
            for q in [0.0, 0.1, 0.25, 0.5, 0.9, 0.9999, 1.0] {
                let rank = q * (n - 1) as f64;
                let at = |i: f64| sorted[(i as usize).min(n - 1)];
                let weight = rank - rank.floor();
                let want = at(rank.floor()) * (1.0 - weight) + at(rank.floor() + 1.0) * weight;
                let got = quantile_unless(q, &mut values.clone(), &Stop::default()).unwrap();
                assert!(got == want || got.is_nan() && want.is_nan(), "{q}: {got}, wanted {want}");
            }
        }
    }

    #[test]
    fn quantiles_of_buckets() {
        let inf = f64::INFINITY;
        type Case<'a> = (f64, &'a [(f64, f64)], f64);
        let cases: &[Case<'_>] = &[
            (0.5, &[(inf, 4.0), (0.2, 3.0), (0.1, 1.0)], 0.15),
            (1.0, &[(0.1, 1.0), (0.2, 3.0), (inf, 4.0)], 0.2),
            (0.1, &[(-0.1, 1.0), (0.2, 3.0), (inf, 4.0)], -0.1),
            (0.5, &[(0.1, 1.0), (0.2, 3.0)], f64::NAN),
            (0.5, &[(inf, 3.0)], f64::NAN),
            (0.5, &[(1.0, 0.0), (inf, 0.0)], f64::NAN),
        ];
        for (q, b, expected) in cases {
            let (got, forced) = bucket_quantile(*q, &mut buckets(b));
            assert!(
                (got - expected).abs() < 1e-12 || got.is_nan() && expected.is_nan(),
                "{q} of {b:?}: {got}"
            );
            assert_eq!(forced, None);
        }
        let (got, forced) =
            bucket_quantile(0.5, &mut buckets(&[(1.0, 10.0), (2.0, 7.0), (3.0, 4.0), (inf, 20.0)]));
        assert_eq!((got, forced), (1.0, Some(Forced { bucket: (2.0, 3.0), diff_max: 6.0 })));
    }

    #[test]
    fn fractions_of_buckets() {
        let inf = f64::INFINITY;
        let b = || buckets(&[(0.1, 1.0), (0.2, 3.0), (inf, 4.0)]);
        assert_eq!(bucket_fraction(0.0, 0.2, &mut b()), 0.75);
        assert!((bucket_fraction(0.0, 0.15, &mut b()) - 0.5).abs() < 1e-15);
        assert_eq!(bucket_fraction(0.1, inf, &mut b()), 0.75);
        assert_eq!(bucket_fraction(0.2, 0.1, &mut b()), 0.0);
    }
}
