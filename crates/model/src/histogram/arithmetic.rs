//! Sums, differences and multiples of histograms.
//!
//! Histograms of different resolution or zero bucket meet at the coarser of both; custom buckets meet at the bounds that
//! both have. Every number is a compensated sum, so that adding many histograms loses no digits.

use super::buckets::{by_index, to_spans};
use super::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, ResetHint, Span, bound, index_in_schema};

/// Exponential and custom buckets cannot be put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot combine histograms with exponential and custom buckets")]
pub struct IncompatibleHistograms;

/// What a combination of two histograms had to put up with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Combined {
    /// One was marked as reset, the other as not reset.
    pub reset_collision: bool,
    /// The custom bounds differed.
    pub bounds_reconciled: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Number {
    sum: f64,
    lost: f64,
}

impl Number {
    fn of(sum: f64) -> Number {
        Number { sum, lost: 0.0 }
    }

    /// Neumaier's step.
    fn add(&mut self, v: f64) {
        let t = self.sum + v;
        if t.is_infinite() {
            self.lost = 0.0;
        } else if self.sum.abs() >= v.abs() {
            self.lost += (self.sum - t) + v;
        } else {
            self.lost += (v - t) + self.sum;
        }
        self.sum = t;
    }

    fn join(&mut self, other: Number) {
        self.add(other.sum);
        self.add(other.lost);
    }

    fn apply(&mut self, f: impl Fn(f64) -> f64) {
        self.sum = f(self.sum);
        // Nothing lost stays nothing, also when multiplied with infinity.
        if self.lost != 0.0 {
            self.lost = f(self.lost);
        }
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// A running sum of histograms.
#[derive(Clone, Debug)]
pub struct HistogramSum {
    reset_hint: ResetHint,
    schema: i32,
    zero_threshold: f64,
    zero_count: Number,
    count: Number,
    sum: Number,
    /// By index, ascending.
    positive: Vec<(i32, Number)>,
    negative: Vec<(i32, Number)>,
    custom_values: Vec<f64>,
}

impl HistogramSum {
    /// A sum of one histogram.
    pub fn new(h: &FloatHistogram) -> HistogramSum {
        let numbers = |spans: &[Span], buckets: &[f64]| {
            by_index(spans, buckets).into_iter().map(|(i, count)| (i, Number::of(count))).collect()
        };
        HistogramSum {
            reset_hint: h.reset_hint,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            zero_count: Number::of(h.zero_count),
            count: Number::of(h.count),
            sum: Number::of(h.sum),
            positive: numbers(&h.positive_spans, &h.positive_buckets),
            negative: numbers(&h.negative_spans, &h.negative_buckets),
            custom_values: h.custom_values.clone(),
        }
    }

    /// The sum. Empty buckets are left out.
    pub fn histogram(&self) -> FloatHistogram {
        let side = |side: &[(i32, Number)]| {
            let mut pairs: Vec<(i32, f64)> = side.iter().map(|(i, n)| (*i, n.value())).collect();
            pairs.retain(|(_, count)| *count != 0.0);
            to_spans(&pairs)
        };
        let (positive_spans, positive_buckets) = side(&self.positive);
        let (negative_spans, negative_buckets) = side(&self.negative);
        FloatHistogram {
            reset_hint: self.reset_hint,
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count.value(),
            count: self.count.value(),
            sum: self.sum.value(),
            positive_spans,
            positive_buckets,
            negative_spans,
            negative_buckets,
            custom_values: self.custom_values.clone(),
        }
    }

    /// Adds a histogram.
    ///
    /// # Errors
    /// [`IncompatibleHistograms`]; nothing is changed then.
    pub fn add(&mut self, other: &FloatHistogram) -> Result<Combined, IncompatibleHistograms> {
        self.combine(HistogramSum::new(other))
    }

    /// Subtracts a histogram.
    ///
    /// # Errors
    /// [`IncompatibleHistograms`]; nothing is changed then.
    pub fn subtract(&mut self, other: &FloatHistogram) -> Result<Combined, IncompatibleHistograms> {
        let mut other = HistogramSum::new(other);
        other.each(|v| -v);
        self.combine(other)
    }

    /// Adds another sum.
    ///
    /// # Errors
    /// [`IncompatibleHistograms`]; nothing is changed then.
    pub fn combine(&mut self, mut other: HistogramSum) -> Result<Combined, IncompatibleHistograms> {
        let custom = self.schema == CUSTOM_BUCKETS_SCHEMA;
        if custom != (other.schema == CUSTOM_BUCKETS_SCHEMA) {
            return Err(IncompatibleHistograms);
        }
        let reset_collision = self.combine_hints(other.reset_hint);
        let mut bounds_reconciled = false;
        if custom {
            if self.custom_values != other.custom_values {
                bounds_reconciled = true;
                let common = common_bounds(&self.custom_values, &other.custom_values);
                self.map_to(&common);
                other.map_to(&common);
            }
        } else {
            while self.zero_threshold != other.zero_threshold {
                let larger = self.zero_threshold.max(other.zero_threshold);
                self.widen_zero_bucket(larger);
                let larger = self.zero_threshold.max(other.zero_threshold);
                other.widen_zero_bucket(larger);
            }
            let schema = self.schema.min(other.schema);
            self.coarsen(schema);
            other.coarsen(schema);
        }
        self.zero_count.join(other.zero_count);
        self.count.join(other.count);
        self.sum.join(other.sum);
        self.positive = merge(std::mem::take(&mut self.positive), other.positive);
        self.negative = merge(std::mem::take(&mut self.negative), other.negative);
        Ok(Combined { reset_collision, bounds_reconciled })
    }

    /// Multiplies everything.
    pub fn scale(&mut self, factor: f64) {
        self.each(|v| v * factor);
        if factor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    /// Divides everything. Division by zero leaves no buckets.
    pub fn divide(&mut self, divisor: f64) {
        if divisor == 0.0 {
            self.positive.clear();
            self.negative.clear();
        }
        self.each(|v| v / divisor);
        if divisor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    /// Tells whether a number has become infinite.
    pub fn has_overflow(&self) -> bool {
        let buckets = self.positive.iter().chain(&self.negative).map(|(_, n)| n.sum);
        let mut all = [self.zero_count.sum, self.count.sum, self.sum.sum].into_iter().chain(buckets);
        all.any(f64::is_infinite) || self.custom_values.iter().any(|v| v.is_infinite())
    }

    /// Sets what is known about counter resets.
    pub fn set_reset_hint(&mut self, hint: ResetHint) {
        self.reset_hint = hint;
    }

    fn each(&mut self, f: impl Fn(f64) -> f64 + Copy) {
        let buckets = self.positive.iter_mut().chain(&mut self.negative).map(|(_, number)| number);
        let totals = [&mut self.zero_count, &mut self.count, &mut self.sum];
        totals.into_iter().chain(buckets).for_each(|number| number.apply(f));
    }

    /// Combines what is known about resets. Tells whether both contradict each other.
    fn combine_hints(&mut self, other: ResetHint) -> bool {
        use ResetHint::{Gauge, Unknown};
        match (self.reset_hint, other) {
            (a, b) if a == b => {}
            (Gauge, _) | (Unknown, ResetHint::Reset | ResetHint::NotReset) => {}
            (_, Gauge) => self.reset_hint = Gauge,
            (_, Unknown) => self.reset_hint = Unknown,
            _ => {
                self.reset_hint = Unknown;
                return true;
            }
        }
        false
    }

    /// Merges buckets until the schema is `target`.
    pub(super) fn coarsen(&mut self, target: i32) {
        if self.schema <= target {
            return;
        }
        for side in [&mut self.positive, &mut self.negative] {
            let mut merged: Vec<(i32, Number)> = Vec::with_capacity(side.len());
            for (index, number) in side.drain(..) {
                let index = index_in_schema(index, self.schema, target);
                match merged.last_mut() {
                    Some((last, sum)) if *last == index => sum.join(number),
                    _ => merged.push((index, number)),
                }
            }
            *side = merged;
        }
        self.schema = target;
    }

    /// Widens the zero bucket to `threshold`, or further to the end of a populated bucket that this lies in. The buckets
    /// inside become part of it.
    pub(super) fn widen_zero_bucket(&mut self, mut threshold: f64) {
        if threshold <= self.zero_threshold {
            return;
        }
        let at = |index: i32| bound(index, self.schema, &[]);
        // A populated bucket that is cut moves the threshold up, which may cut one on the other side, and so on.
        loop {
            let sides = self.positive.iter().chain(&self.negative);
            let cut = sides
                .filter(|(i, n)| n.sum != 0.0 && at(i - 1) < threshold && at(*i) > threshold)
                .map(|(i, _)| at(*i))
                .fold(threshold, f64::max);
            if cut == threshold {
                break;
            }
            threshold = cut;
        }
        for side in [&mut self.positive, &mut self.negative] {
            let inside = side.iter().take_while(|(i, _)| at(i - 1) < threshold).count();
            for (_, number) in side.drain(..inside) {
                self.zero_count.join(number);
            }
        }
        self.zero_threshold = threshold;
    }

    /// Maps custom buckets to fewer bounds.
    fn map_to(&mut self, bounds: &[f64]) {
        let mut mapped: Vec<(i32, Number)> = Vec::new();
        for (index, number) in self.positive.drain(..) {
            let upper = bound(index, CUSTOM_BUCKETS_SCHEMA, &self.custom_values);
            let target = bounds.partition_point(|b| *b < upper) as i32;
            match mapped.last_mut() {
                Some((last, sum)) if *last == target => sum.join(number),
                _ => mapped.push((target, number)),
            }
        }
        self.positive = mapped;
        self.custom_values = bounds.to_vec();
    }

    pub(super) fn zero(&self) -> (f64, f64) {
        (self.zero_threshold, self.zero_count.value())
    }

    /// Positive and negative buckets by index.
    pub(super) fn sides(&self) -> [Vec<(i32, f64)>; 2] {
        [&self.positive, &self.negative].map(|side| side.iter().map(|(i, n)| (*i, n.value())).collect())
    }
}

/// Returns the bounds that both have.
pub(super) fn common_bounds(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut rest = b.iter().peekable();
    let mut common = Vec::new();
    for &bound in a {
        while rest.next_if(|r| **r < bound).is_some() {}
        if rest.next_if(|r| **r == bound).is_some() {
            common.push(bound);
        }
    }
    common
}

fn merge(a: Vec<(i32, Number)>, b: Vec<(i32, Number)>) -> Vec<(i32, Number)> {
    let mut out = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                if let (Some((index, mut number)), Some((_, other))) = (a.next(), b.next()) {
                    number.join(other);
                    out.push((index, number));
                }
            }
            (Some(x), Some(y)) if x.0 < y.0 => out.extend(a.next()),
            (Some(_), None) => out.extend(a.next()),
            (_, Some(_)) => out.extend(b.next()),
            (None, None) => return out,
        }
    }
}

impl FloatHistogram {
    /// Returns the histogram times a factor, without empty buckets.
    pub fn scaled(&self, factor: f64) -> FloatHistogram {
        let mut sum = HistogramSum::new(self);
        sum.scale(factor);
        sum.histogram()
    }

    /// Returns the histogram divided by a number, without empty buckets. Division by zero leaves none.
    pub fn divided(&self, divisor: f64) -> FloatHistogram {
        let mut sum = HistogramSum::new(self);
        sum.divide(divisor);
        sum.histogram()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(schema: i32, offset: i32, buckets: &[f64]) -> FloatHistogram {
        FloatHistogram {
            schema,
            count: buckets.iter().sum(),
            positive_spans: vec![Span { offset, length: buckets.len() as u32 }],
            positive_buckets: buckets.to_vec(),
            ..FloatHistogram::default()
        }
    }

    fn custom(bounds: &[f64], buckets: &[f64]) -> FloatHistogram {
        FloatHistogram { custom_values: bounds.to_vec(), ..exponential(CUSTOM_BUCKETS_SCHEMA, 0, buckets) }
    }

    fn sum(a: &FloatHistogram, b: &FloatHistogram) -> (FloatHistogram, Combined) {
        let mut sum = HistogramSum::new(a);
        let combined = sum.add(b).unwrap();
        (sum.histogram(), combined)
    }

    #[test]
    fn meets_at_the_coarser_resolution() {
        // Buckets (1/2, 1], (1, 2], (2, 4] and, twice as fine, (1, 1.41], (1.41, 2].
        let (got, combined) = sum(&exponential(0, 0, &[1.0, 2.0, 3.0]), &exponential(1, 1, &[10.0, 20.0]));
        assert_eq!(got, FloatHistogram { count: 36.0, ..exponential(0, 0, &[1.0, 32.0, 3.0]) });
        assert_eq!(combined, Combined::default());
    }

    #[test]
    fn meets_at_the_wider_zero_bucket() {
        let wide =
            FloatHistogram { zero_threshold: 1.0, zero_count: 5.0, count: 5.0, ..exponential(0, 0, &[]) };
        // The bucket (1, 2] stays, (1/2, 1] goes into the zero bucket.
        let (got, _) = sum(&exponential(0, 0, &[1.0, 2.0]), &wide);
        assert_eq!((got.zero_threshold, got.zero_count, got.count), (1.0, 6.0, 8.0));
        assert_eq!(
            (got.positive_spans, got.positive_buckets),
            (vec![Span { offset: 1, length: 1 }], vec![2.0])
        );
        // A threshold inside a populated bucket moves to its end.
        let inside = FloatHistogram { zero_threshold: 0.75, ..wide };
        let (got, _) = sum(&exponential(0, 0, &[1.0, 2.0]), &inside);
        assert_eq!((got.zero_threshold, got.zero_count), (1.0, 6.0));
    }

    #[test]
    fn meets_at_common_custom_bounds() {
        let (got, combined) =
            sum(&custom(&[1.0, 2.0, 5.0], &[1.0, 2.0, 3.0, 4.0]), &custom(&[2.0, 3.0], &[10.0, 20.0, 30.0]));
        assert_eq!(got, FloatHistogram { count: 70.0, ..custom(&[2.0], &[13.0, 57.0]) });
        assert!(combined.bounds_reconciled);
        assert!(HistogramSum::new(&custom(&[1.0], &[1.0])).add(&exponential(0, 0, &[1.0])).is_err());
    }

    #[test]
    fn subtracting_what_was_added_leaves_nothing() {
        let (a, b) = (exponential(3, -2, &[1.0, 2.5, 4.0]), exponential(3, 5, &[0.1, 1e9]));
        let mut s = HistogramSum::new(&a);
        s.add(&b).unwrap();
        s.subtract(&b).unwrap();
        assert_eq!(s.histogram(), a);
        s.subtract(&a).unwrap();
        assert_eq!(s.histogram(), FloatHistogram { schema: 3, ..FloatHistogram::default() });
    }

    #[test]
    fn reset_hints_combine() {
        use ResetHint::{Gauge, NotReset, Reset, Unknown};
        let cases = [
            (Reset, NotReset, Unknown, true),
            (Reset, Reset, Reset, false),
            (Reset, Gauge, Gauge, false),
            (Unknown, NotReset, Unknown, false),
            (NotReset, Unknown, Unknown, false),
        ];
        for (a, b, expected, collision) in cases {
            let with = |reset_hint| FloatHistogram { reset_hint, ..exponential(0, 0, &[1.0]) };
            let (got, combined) = sum(&with(a), &with(b));
            assert_eq!((got.reset_hint, combined.reset_collision), (expected, collision), "{a:?} {b:?}");
        }
    }

    #[test]
    fn resets_are_found() {
        let base = exponential(0, 0, &[1.0, 2.0]);
        let cases = [
            (exponential(0, 0, &[1.0, 3.0]), false),
            (exponential(0, 0, &[2.0, 1.0]), true),
            (exponential(0, 1, &[5.0]), true),
            (exponential(-1, 0, &[1.0, 2.0]), false),
            (exponential(1, 0, &[9.0, 9.0]), true),
            (FloatHistogram { reset_hint: ResetHint::NotReset, ..exponential(0, 0, &[0.0]) }, false),
        ];
        for (after, expected) in cases {
            assert_eq!(after.is_reset_since(&base), expected, "{after:?}");
        }
    }

    #[test]
    fn division_by_zero_leaves_no_buckets() {
        let got = exponential(0, 0, &[1.0]).divided(0.0);
        assert!(got.positive_buckets.is_empty() && got.count.is_infinite());
        assert_eq!(exponential(0, 0, &[1.0, 4.0]).scaled(0.5), exponential(0, 0, &[0.5, 2.0]));
    }
}
