//! Cutting away the observations above or below a value.
//!
//! A bucket that holds the value is split by interpolation: linearly for custom buckets and the zero bucket, on a logarithmic
//! scale otherwise. Count and sum are worked out anew if anything was cut, each bucket's observations taken to lie in its middle.

use super::FloatHistogram;
use super::buckets::{Bucket, by_index, to_spans};

/// Which part goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// Observations above the value.
    Upper,
    /// Observations below the value.
    Lower,
}

/// How many observations of a bucket stay, and where they are taken to lie.
struct Kept {
    count: f64,
    middle: f64,
}

impl FloatHistogram {
    /// Returns the histogram without the observations on one side of `at`.
    pub fn trimmed(&self, at: f64, trim: Trim) -> FloatHistogram {
        let custom = self.has_custom_buckets();
        let (mut count, mut sum, mut cut) = (0.0, 0.0, false);
        let mut side = |buckets: Vec<Bucket>, pairs: &mut Vec<(i32, f64)>, positive: bool| {
            let mut populated = false;
            for (bucket, pair) in buckets.into_iter().zip(pairs) {
                if bucket.count == 0.0 {
                    continue;
                }
                populated = true;
                let kept = keep(bucket, at, trim, positive, custom);
                count += kept.count;
                sum += kept.middle * kept.count;
                if kept.count != bucket.count {
                    pair.1 = kept.count;
                    cut = true;
                }
            }
            populated
        };
        let mut positive = by_index(&self.positive_spans, &self.positive_buckets);
        let mut negative = by_index(&self.negative_spans, &self.negative_buckets);
        let has_positive = side(self.positive().collect(), &mut positive, true);
        let has_negative = side(self.negative().collect(), &mut negative, false);
        let mut trimmed = self.clone();
        if self.zero_count > 0.0 {
            let mut zero = self.zero_bucket();
            if has_negative && !has_positive {
                zero.upper = 0.0;
            } else if has_positive && !has_negative {
                zero.lower = 0.0;
            }
            let kept = keep_of_zero(zero, at, trim);
            cut |= kept.count != self.zero_count;
            trimmed.zero_count = kept.count;
            count += kept.count;
            sum += kept.middle * kept.count;
        }
        if cut {
            (trimmed.count, trimmed.sum) = (count, sum);
            for pairs in [&mut positive, &mut negative] {
                pairs.retain(|(_, count)| *count != 0.0);
            }
            (trimmed.positive_spans, trimmed.positive_buckets) = to_spans(&positive);
            (trimmed.negative_spans, trimmed.negative_buckets) = to_spans(&negative);
        }
        trimmed
    }
}

fn keep(b: Bucket, at: f64, trim: Trim, positive: bool, custom: bool) -> Kept {
    let (whole, part) = match trim {
        Trim::Upper => (b.upper <= at, b.lower < at),
        Trim::Lower => (b.lower >= at, b.upper > at),
    };
    if whole {
        return Kept { count: b.count, middle: middle(b.lower, b.upper, positive, custom) };
    }
    if !part {
        return Kept { count: 0.0, middle: 0.0 };
    }
    if b.lower == f64::NEG_INFINITY {
        return keep_of_lowest(b, at, trim);
    }
    if b.upper == f64::INFINITY {
        // How observations are spread up to infinity is not known: all or nothing.
        return match trim {
            Trim::Upper => Kept { count: 0.0, middle: 0.0 },
            Trim::Lower if at >= b.lower => Kept { count: b.count, middle: at },
            Trim::Lower => Kept { count: 0.0, middle: 0.0 },
        };
    }
    let below = if at <= b.lower {
        0.0
    } else if at >= b.upper {
        b.count
    } else {
        b.count * b.fraction_below(at, custom)
    };
    match trim {
        Trim::Upper => Kept { count: below, middle: middle(b.lower, at, positive, custom) },
        Trim::Lower => Kept { count: b.count - below, middle: middle(at, b.upper, positive, custom) },
    }
}

/// Of a bucket that starts at −Inf. If it ends above zero it is taken to start at zero.
fn keep_of_lowest(b: Bucket, at: f64, trim: Trim) -> Kept {
    let starts_at_zero = b.upper > 0.0 && b.upper < f64::INFINITY;
    match trim {
        Trim::Upper if at >= b.upper => Kept { count: b.count, middle: 0.0 },
        Trim::Upper if at > 0.0 && starts_at_zero => Kept { count: b.count * at / b.upper, middle: at / 2.0 },
        Trim::Upper if b.upper <= 0.0 => Kept { count: b.count, middle: at },
        Trim::Lower if at == f64::NEG_INFINITY => Kept { count: b.count, middle: 0.0 },
        Trim::Lower if at >= 0.0 && b.upper > at && starts_at_zero => {
            Kept { count: b.count * (1.0 - at / b.upper), middle: (at + b.upper) / 2.0 }
        }
        Trim::Upper | Trim::Lower => Kept { count: 0.0, middle: 0.0 },
    }
}

fn keep_of_zero(b: Bucket, at: f64, trim: Trim) -> Kept {
    let all = Kept { count: b.count, middle: (b.lower + b.upper) / 2.0 };
    let nothing = Kept { count: 0.0, middle: 0.0 };
    let width = b.upper - b.lower;
    match trim {
        Trim::Upper if at <= b.lower => nothing,
        Trim::Upper if at >= b.upper => all,
        Trim::Upper => Kept { count: b.count * ((at - b.lower) / width), middle: (b.lower + at) / 2.0 },
        Trim::Lower if at <= b.lower => all,
        Trim::Lower if at >= b.upper => nothing,
        Trim::Lower => Kept { count: b.count * ((b.upper - at) / width), middle: (at + b.upper) / 2.0 },
    }
}

/// Where the observations between two bounds are taken to lie.
fn middle(lower: f64, upper: f64, positive: bool, linear: bool) -> f64 {
    match (lower.is_infinite(), upper.is_infinite()) {
        (true, true) => 0.0,
        (true, false) if upper > 0.0 => upper / 2.0,
        (true, false) => upper,
        (false, true) => lower,
        (false, false) if linear => (lower + upper) / 2.0,
        (false, false) => {
            let geometric = (lower * upper).abs().sqrt();
            if positive { geometric } else { -geometric }
        }
    }
}
