//! Compensated summation (Neumaier's form of Kahan's), step for step as Prometheus does it.

/// Adds `v` to the running `sum` with its compensation `c`. An infinite sum has no compensation.
#[inline(always)]
pub(crate) fn add(v: f64, sum: f64, c: f64) -> (f64, f64) {
    let t = sum + v;
    let lost = if sum.abs() >= v.abs() { (sum - t) + v } else { (v - t) + sum };
    (t, if t.is_infinite() { 0.0 } else { c + lost })
}

/// As [`add`], with a compensation that means nothing once the sum is infinite: it stays so, or is no number. For sums whose end looks at
/// that, see [`total`].
#[inline(always)]
pub(crate) fn add_finite(v: f64, sum: f64, c: f64) -> (f64, f64) {
    let t = sum + v;
    let lost = if sum.abs() >= v.abs() { (sum - t) + v } else { (v - t) + sum };
    (t, c + lost)
}

/// The total of a sum and its compensation.
#[inline(always)]
pub(crate) fn total(sum: f64, c: f64) -> f64 {
    if sum.is_infinite() { sum } else { sum + c }
}

/// A running sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// What was added up.
    pub sum: f64,
    /// What rounding lost.
    pub c: f64,
}

impl Sum {
    /// Adds a value.
    #[inline(always)]
    pub(crate) fn add(&mut self, v: f64) {
        (self.sum, self.c) = add(v, self.sum, self.c);
    }

    /// The sum with its compensation.
    #[inline]
    pub(crate) fn total(self) -> f64 {
        self.sum + self.c
    }
}

/// The mean of values: a compensated sum while it is finite, an incremental mean from the value on that would overflow it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    /// The sum, or the mean once `incremental`.
    value: f64,
    c: f64,
    count: f64,
    incremental: bool,
}

impl Mean {
    /// The mean of one value.
    #[inline]
    pub(crate) fn of(v: f64) -> Mean {
        Mean { value: v, c: 0.0, count: 1.0, incremental: false }
    }

    /// Adds a value.
    #[inline]
    pub(crate) fn add(&mut self, v: f64) {
        self.count += 1.0;
        if !self.incremental {
            let (sum, c) = add(v, self.value, self.c);
            if !sum.is_infinite() {
                (self.value, self.c) = (sum, c);
                return;
            }
            self.make_incremental(self.count - 1.0);
        }
        let q = (self.count - 1.0) / self.count;
        (self.value, self.c) = add(v / self.count, q * self.value, q * self.c);
    }

    fn make_incremental(&mut self, count: f64) {
        if !self.incremental {
            self.incremental = true;
            self.value /= count;
            self.c /= count;
        }
    }

    /// Adds the values behind another mean.
    pub(crate) fn merge(&mut self, mut other: Mean) {
        let total = self.count + other.count;
        if !self.incremental && !other.incremental {
            let (sum, c) = add(other.value, self.value, self.c);
            if !sum.is_infinite() {
                (self.value, self.c, self.count) = (sum, c + other.c, total);
                return;
            }
        }
        self.make_incremental(self.count);
        other.make_incremental(other.count);
        let (a, b) = (self.count / total, other.count / total);
        let (mean, c) = add(b * other.value, a * self.value, a * self.c);
        (self.value, self.c, self.count) = (mean, c + b * other.c, total);
    }

    /// The mean.
    #[inline]
    pub(crate) fn result(self) -> f64 {
        if self.incremental { self.value + self.c } else { self.value / self.count + self.c / self.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_plain_addition_loses() {
        let mut s = Sum::default();
        for v in [1.0, 1e100, 1.0, -1e100] {
            s.add(v);
        }
        assert_eq!(s.total(), 2.0);
    }

    #[test]
    fn a_mean_survives_overflow() {
        let mut m = Mean::of(f64::MAX);
        m.add(f64::MAX);
        m.add(f64::MAX);
        assert!(m.result() > 0.999 * f64::MAX && m.result().is_finite());
        let mut halves = Mean::of(f64::MAX);
        halves.merge(Mean::of(f64::MAX));
        assert_eq!(halves.result(), f64::MAX);
    }
}
