//! Sums of windows that slide, bit for bit what adding up each window from its first sample to its last gives.
//!
//! A compensated sum depends on the order of its additions, so a window's cannot be made of the one before by adding what came and taking
//! away what went. Two things hold all the same:
//!
//! 1. Where every partial sum is a float exactly, the order does not matter and nothing is lost. That is so if all values are whole multiples
//!    of one power of two, and no sum has more than 2⁵³ of them: bytes, counts, most of what is measured. Then a window's sum is the
//!    difference of two running sums ([`Exact`]).
//! 2. Otherwise neighbouring windows are added up side by side ([`LANES`] at a time). Each keeps its own order; together they keep the
//!    processor busy that would otherwise wait for one addition after the other.
//!
//! What an addition loses is computed without asking which of the two numbers is larger (Knuth's form instead of Neumaier's). Both give what is
//! lost exactly, thus the same float, as long as nothing overflows. A window whose sum is not finite in the end is handed back, to be
//! added up in the plain way.

use std::array;

use crate::exec::window::{Window, Windows};
use crate::kahan;

/// Windows that are added up side by side.
const LANES: usize = 4;
/// Windows must overlap so many times for the search for a common unit to pay.
const OVERLAPS_MIN: i64 = 4;
/// The most units that a float counts without gaps: 2⁵³.
const UNITS_MAX: f64 = 9_007_199_254_740_992.0;

/// What was added up in one window.
pub(super) struct Added<'a> {
    /// The step.
    pub step: usize,
    /// The window's values.
    pub values: &'a [f64],
    /// The result; `None` if it must be computed in the plain way.
    pub result: Option<kahan::Sum>,
}

/// Adds up each window of a series without histograms.
pub(super) fn sums<'a>(windows: &'a Windows<'a>, mut done: impl FnMut(Added<'a>)) {
    let exact = Exact::of(windows);
    let mut lanes = Lanes::new(windows, add_up);
    windows.each_of_floats(|w| match exact.as_ref().and_then(|exact| exact.sum(&w)) {
        Some(sum) => {
            let values = &windows.v[w.first..w.first + w.v.len()];
            done(Added { step: w.step, values, result: Some(kahan::Sum { sum, c: 0.0 }) });
        }
        None => lanes.push(&w, &mut done),
    });
    lanes.flush(&mut done);
}

/// Adds up the squared distances from the mean of each window of a series without histograms.
pub(super) fn squares<'a>(windows: &'a Windows<'a>, mut done: impl FnMut(Added<'a>)) {
    let mut lanes = Lanes::new(windows, add_up_squares);
    windows.each_of_floats(|w| lanes.push(&w, &mut done));
    lanes.flush(&mut done);
}

/// Running sums of values that are all whole multiples of a unit.
struct Exact {
    /// The sum of all values before each, in units. It may wrap around: differences do not mind.
    before: Vec<i64>,
    unit: f64,
    /// No value is more units away from zero.
    units_max: f64,
}

impl Exact {
    /// `None` if windows hardly overlap, or there is no unit coarse enough.
    fn of(windows: &Windows<'_>) -> Option<Exact> {
        let grid = windows.grid;
        if grid.steps < 2 || windows.range_ms / grid.step_ms.max(1) < OVERLAPS_MIN {
            return None;
        }
        let (mut finest, mut largest) = (i32::MAX, 0.0f64);
        for piece in windows.pieces(windows.v.len()) {
            for some in windows.v[piece].chunks(64) {
                for v in some {
                    finest = finest.min(lowest_bit(*v));
                    largest = largest.max(v.abs());
                }
                if finest < i32::MAX && largest >= UNITS_MAX * power_of_two(finest)? {
                    return None;
                }
            }
        }
        let unit = power_of_two(finest.min(0))?;
        let per_unit = 1.0 / unit;
        let mut before = Vec::with_capacity(windows.v.len() + 1);
        let mut sum = 0i64;
        before.push(sum);
        for piece in windows.pieces(windows.v.len()) {
            before.extend(windows.v[piece].iter().map(|v| {
                sum = sum.wrapping_add((v * per_unit) as i64);
                sum
            }));
        }
        let is_whole = before.len() == windows.v.len() + 1;
        is_whole.then_some(Exact { before, unit, units_max: largest * per_unit })
    }

    /// A window's sum, if it is exact whatever the order of its additions.
    #[inline]
    fn sum(&self, w: &Window<'_>) -> Option<f64> {
        if self.units_max * w.v.len() as f64 > UNITS_MAX {
            return None;
        }
        let units = self.before[w.first + w.v.len()].wrapping_sub(self.before[w.first]);
        Some(units as f64 * self.unit)
    }
}

/// The exponent of the lowest bit of a float's digits that is set; the largest number for zero, the least for what is not finite.
#[inline]
fn lowest_bit(v: f64) -> i32 {
    const DIGITS: u32 = 52;
    let (exponent, digits) = ((v.to_bits() >> DIGITS & 0x7ff) as i32, v.to_bits() & ((1 << DIGITS) - 1));
    match exponent {
        0 if digits == 0 => i32::MAX,
        0x7ff => i32::MIN,
        0 => -1074 + digits.trailing_zeros() as i32,
        1.. => exponent - 1075 + (digits | 1 << DIGITS).trailing_zeros() as i32,
        ..0 => i32::MIN,
    }
}

/// 2ⁿ, if that and what is one divided by it are ordinary floats.
fn power_of_two(n: i32) -> Option<f64> {
    (-1022..=1022).contains(&n).then(|| f64::from_bits(((n + 1023) as u64) << 52))
}

/// One window in a lane.
#[derive(Clone, Copy, Default)]
struct Lane {
    step: usize,
    first: usize,
    len: usize,
}

type Adder = fn(&Windows<'_>, [&[f64]; LANES]) -> [kahan::Sum; LANES];

/// Windows that wait until there are enough of them.
struct Lanes<'a> {
    windows: &'a Windows<'a>,
    adder: Adder,
    waiting: [Lane; LANES],
    count: usize,
}

impl<'a> Lanes<'a> {
    fn new(windows: &'a Windows<'a>, adder: Adder) -> Lanes<'a> {
        Lanes { windows, adder, waiting: [Lane::default(); LANES], count: 0 }
    }

    #[inline]
    fn push(&mut self, w: &Window<'_>, done: &mut impl FnMut(Added<'a>)) {
        self.waiting[self.count] = Lane { step: w.step, first: w.first, len: w.v.len() };
        self.count += 1;
        if self.count == LANES {
            self.flush(done);
        }
    }

    fn flush(&mut self, done: &mut impl FnMut(Added<'a>)) {
        let windows = self.windows;
        let values = |lane: &Lane| &windows.v[lane.first..lane.first + lane.len];
        // Lanes without a window have no values.
        self.waiting[self.count..].fill(Lane::default());
        let results = (self.adder)(windows, array::from_fn(|l| values(&self.waiting[l])));
        for (lane, sum) in self.waiting[..self.count].iter().zip(results) {
            let is_finite = sum.sum.is_finite() && sum.c.is_finite();
            done(Added { step: lane.step, values: values(lane), result: is_finite.then_some(sum) });
        }
        self.count = 0;
    }
}

/// Adds without asking which number is larger; see the module.
#[inline(always)]
fn add(sum: &mut kahan::Sum, v: f64) {
    let t = sum.sum + v;
    let of_v = t - sum.sum;
    let lost = (sum.sum - (t - of_v)) + (v - of_v);
    *sum = kahan::Sum { sum: t, c: sum.c + lost };
}

/// Runs a step of a computation over all lanes at once as far as all have values, and then over each on its own.
#[expect(clippy::needless_range_loop, reason = "one number for the places of all lanes, and for the count")]
#[inline(always)]
fn side_by_side<S>(
    windows: &Windows<'_>,
    values: [&[f64]; LANES],
    mut states: [S; LANES],
    mut next: impl FnMut(&mut S, f64, f64),
) -> [S; LANES] {
    let together = values.iter().map(|v| v.len()).min().unwrap_or(0);
    for piece in windows.pieces(together) {
        let parts: [&[f64]; LANES] = array::from_fn(|l| &values[l][piece.clone()]);
        let len = piece.len();
        for i in 0..len {
            let count = (piece.start + i + 1) as f64;
            for l in 0..LANES {
                next(&mut states[l], parts[l][..len][i], count);
            }
        }
    }
    for (state, values) in states.iter_mut().zip(values) {
        for piece in windows.pieces(values.len() - together) {
            for i in together + piece.start..together + piece.end {
                next(state, values[i], (i + 1) as f64);
            }
        }
    }
    states
}

fn add_up(windows: &Windows<'_>, values: [&[f64]; LANES]) -> [kahan::Sum; LANES] {
    side_by_side(windows, values, [kahan::Sum::default(); LANES], |sum, v, _| add(sum, v))
}

/// A running mean, and the squares of the distances from it.
#[derive(Clone, Copy, Default)]
struct Moments {
    mean: kahan::Sum,
    squares: kahan::Sum,
}

fn add_up_squares(windows: &Windows<'_>, values: [&[f64]; LANES]) -> [kahan::Sum; LANES] {
    let moments = side_by_side(windows, values, [Moments::default(); LANES], |m, v, count| {
        let delta = v - m.mean.total();
        add(&mut m.mean, delta / count);
        add(&mut m.squares, delta * (v - m.mean.total()));
    });
    moments.map(|m| m.squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_bits() {
        for (v, want) in [
            (1.0, 0),
            (-6.0, 1),
            (0.5, -1),
            (1.5e9, 8),
            (f64::MIN_POSITIVE, -1022),
            (5e-324, -1074),
            (0.0, i32::MAX),
            (-0.0, i32::MAX),
            (f64::NAN, i32::MIN),
            (f64::INFINITY, i32::MIN),
        ] {
            assert_eq!(lowest_bit(v), want, "{v}");
        }
        assert_eq!(power_of_two(-3), Some(0.125));
        assert_eq!((power_of_two(-1023), power_of_two(i32::MIN)), (None, None));
    }

    #[test]
    fn what_is_lost_does_not_depend_on_the_form() {
        let mut random = 1u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Exponents far apart and close together, both signs.
            let v = f64::from_bits(random & !(0x7ff << 52) | (1023 + random % 80 - 40) << 52);
            if random.is_multiple_of(7) { v.trunc() } else { v }
        };
        for _ in 0..200 {
            let (mut ours, mut plain) = (kahan::Sum::default(), kahan::Sum::default());
            for _ in 0..500 {
                let v = next();
                add(&mut ours, v);
                plain.add(v);
                assert_eq!((ours.sum.to_bits(), ours.c.to_bits()), (plain.sum.to_bits(), plain.c.to_bits()));
            }
        }
    }
}
