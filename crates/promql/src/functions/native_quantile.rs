//! Quantiles and fractions of native histograms.
//!
//! Within a bucket, observations are taken to be spread evenly: on a linear scale in the zero bucket and in custom buckets, on a
//! logarithmic one otherwise. A histogram with only positive (negative) buckets has no observations below (above) zero.

use model::histogram::{Bucket, FloatHistogram};

use crate::ast::Span;
use crate::notes::Notes;

/// Where a result belongs, for notes.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub metric: &'a str,
    pub span: Span,
}

/// Cuts the zero bucket at zero if there are populated buckets on one side only.
fn one_sided(h: &FloatHistogram, mut b: Bucket) -> Bucket {
    match (h.negative_buckets.is_empty(), h.positive_buckets.is_empty()) {
        (true, false) => b.lower = 0.0,
        (false, true) => b.upper = 0.0,
        (true, true) | (false, false) => {}
    }
    b
}

/// The quantile `q`: NaN without observations or for NaN; ±Inf outside 0..=1.
pub(crate) fn quantile(q: f64, h: &FloatHistogram, origin: Origin<'_>, notes: &mut Notes) -> f64 {
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    if h.count == 0.0 || q.is_nan() {
        return f64::NAN;
    }
    // NaN observations are counted but in no bucket: then only counting from below is right.
    let from_below = h.sum.is_nan() || q < 0.5;
    let mut buckets = h.all_buckets();
    if !from_below {
        buckets.reverse();
    }
    let mut rank = if from_below { q * h.count } else { (1.0 - q) * h.count };
    let (mut count, mut found, mut rest) =
        (0.0, Bucket { lower: 0.0, upper: 0.0, count: 0.0 }, buckets.iter());
    for b in rest.by_ref() {
        found = *b;
        if b.count == 0.0 {
            continue;
        }
        count += b.count;
        if count >= rank {
            break;
        }
    }
    let custom = h.has_custom_buckets();
    if custom {
        if found.lower == f64::NEG_INFINITY {
            if found.upper <= 0.0 {
                return found.upper;
            }
            found.lower = 0.0;
        } else if found.upper == f64::INFINITY {
            return found.lower;
        }
    } else if found.lower < 0.0 && found.upper > 0.0 {
        found = one_sided(h, found);
    }
    // Rounding may have made the buckets hold more than all observations.
    count = count.min(h.count);
    if count < rank {
        if !h.sum.is_nan() {
            return found.upper;
        }
        notes.histogram_with_nan(
            origin.span,
            "histogram_quantile has NaN observations, result is NaN",
            origin.metric,
        );
        return f64::NAN;
    }
    if from_below {
        rank -= count - found.count;
    } else {
        rank = count - rank;
    }
    if h.sum.is_nan() {
        let all: f64 = rest.fold(count, |sum, b| sum + b.count);
        if all < h.count {
            let text = "histogram_quantile has NaN observations, result is skewed higher";
            notes.histogram_with_nan(origin.span, text, origin.metric);
        }
    }
    let fraction = rank / found.count;
    if custom || found.lower <= 0.0 && found.upper >= 0.0 {
        return found.lower + (found.upper - found.lower) * fraction;
    }
    let (lower, upper) = (found.lower.abs().log2(), found.upper.abs().log2());
    if found.lower > 0.0 {
        (lower + (upper - lower) * fraction).exp2()
    } else {
        -(upper + (lower - upper) * (1.0 - fraction)).exp2()
    }
}

/// The fraction of observations between two bounds: NaN without observations or for NaN bounds.
pub(crate) fn fraction(
    lower: f64,
    upper: f64,
    h: &FloatHistogram,
    origin: Origin<'_>,
    notes: &mut Notes,
) -> f64 {
    if h.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let buckets = h.all_buckets();
    let mut all = h.count;
    if h.sum.is_nan() {
        all = buckets.iter().map(|b| b.count).sum();
        if all < h.count {
            let text = "histogram_fraction has NaN observations, which are excluded from all fractions";
            notes.histogram_with_nan(origin.span, text, origin.metric);
        }
    }
    let rank = |bound: f64| rank_of(bound, h, &buckets).filter(|rank| *rank <= all).unwrap_or(all);
    (rank(upper) - rank(lower)) / h.count
}

/// The number of observations below a bound; `None` if that is all.
fn rank_of(bound: f64, h: &FloatHistogram, buckets: &[Bucket]) -> Option<f64> {
    let mut rank = 0.0;
    for b in buckets {
        let zero_bucket = b.lower <= 0.0 && b.upper >= 0.0;
        let b = if zero_bucket { one_sided(h, *b) } else { *b };
        if b.lower >= bound {
            return Some(rank);
        }
        if b.upper > bound {
            // How observations are spread down to −Inf is not known.
            if b.lower == f64::NEG_INFINITY {
                return Some(b.count);
            }
            return Some(rank + b.count * b.fraction_below(bound, zero_bucket || h.has_custom_buckets()));
        }
        rank += b.count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::histogram;

    fn two_buckets() -> FloatHistogram {
        FloatHistogram {
            count: 4.0,
            sum: 10.0,
            positive_spans: vec![histogram::Span { offset: 1, length: 2 }],
            positive_buckets: vec![2.0, 2.0],
            ..FloatHistogram::default()
        }
    }

    #[test]
    fn interpolates_on_a_logarithmic_scale() {
        let (h, mut notes) = (two_buckets(), Notes::default());
        let origin = Origin { metric: "", span: Span::default() };
        // Buckets (1, 2] and (2, 4].
        for (q, expected) in [(0.25, 2f64.sqrt()), (0.5, 2.0), (0.75, 8f64.sqrt()), (1.0, 4.0)] {
            let got = quantile(q, &h, origin, &mut notes);
            assert!((got - expected).abs() < 1e-12, "{q}: {got}");
        }
        assert_eq!(fraction(1.0, 2.0, &h, origin, &mut notes), 0.5);
        let quarter = fraction(f64::NEG_INFINITY, 2f64.sqrt(), &h, origin, &mut notes);
        assert!((quarter - 0.25).abs() < 1e-12, "{quarter}");
        assert!(notes.is_empty());
    }
}
