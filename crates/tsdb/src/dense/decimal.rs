//! Floats that were decimals: which power of ten makes them integers, and back to the very same bits.
//!
//! People and programs report `0.25` or milliseconds as seconds. Such a float is an integer divided by a power of ten, or
//! multiplied by a negative one: the two round differently, and programs do both.

/// Powers of ten that are exact, and so many that an integer of 53 bits still means something behind the point.
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];
const NEGATIVE_POWERS: [f64; 19] = [
    1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
    1e-16, 1e-17, 1e-18,
];
/// Integers up to here are floats without loss.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;
/// Bit of the stored form that says "multiplied".
const MULTIPLIED: u8 = 0x80;
/// Values looked at to choose a scale.
const PROBES: usize = 48;

/// How integers become floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale(u8);

impl Scale {
    /// All scales, cheapest digits first.
    fn all() -> impl Iterator<Item = Scale> {
        (0..POWERS.len() as u8).flat_map(|e| [Scale(e), Scale(e | MULTIPLIED)]).filter(|s| s.0 != MULTIPLIED)
    }

    /// Returns the stored form.
    pub fn to_byte(self) -> u8 {
        self.0
    }

    /// Returns a scale from its stored form.
    pub fn from_byte(byte: u8) -> Option<Scale> {
        (usize::from(byte & !MULTIPLIED) < POWERS.len()).then_some(Scale(byte))
    }

    /// Returns the integer that stands for a float, if it stands for exactly this one.
    pub fn integer(self, value: f64) -> Option<i64> {
        let scaled = (value * POWERS[usize::from(self.0 & !MULTIPLIED)]).round_ties_even();
        if !(-INTEGER_MAX..=INTEGER_MAX).contains(&scaled) {
            return None;
        }
        let integer = scaled as i64;
        (self.float(integer).to_bits() == value.to_bits()).then_some(integer)
    }

    #[inline]
    fn float(self, integer: i64) -> f64 {
        let power = usize::from(self.0 & !MULTIPLIED);
        if self.0 & MULTIPLIED == 0 {
            integer as f64 / POWERS[power]
        } else {
            integer as f64 * NEGATIVE_POWERS[power]
        }
    }

    /// Appends the floats that integers stand for.
    pub fn floats(self, integers: &[i64], out: &mut Vec<f64>) {
        let power = usize::from(self.0 & !MULTIPLIED);
        // One loop each, without a branch inside.
        if self.0 == 0 {
            out.extend(integers.iter().map(|i| *i as f64));
        } else if self.0 & MULTIPLIED == 0 {
            let by = POWERS[power];
            out.extend(integers.iter().map(|i| *i as f64 / by));
        } else {
            let by = NEGATIVE_POWERS[power];
            out.extend(integers.iter().map(|i| *i as f64 * by));
        }
    }

    /// Chooses the scale with the fewest digits among those that fail for the fewest of some values.
    pub fn choose(values: &[f64]) -> Scale {
        let stride = values.len().div_ceil(PROBES).max(1);
        let mut best = (usize::MAX, Scale(0));
        for scale in Scale::all() {
            let failed = values.iter().step_by(stride).filter(|v| scale.integer(**v).is_none()).count();
            if failed < best.0 {
                best = (failed, scale);
            }
            if failed == 0 {
                break;
            }
        }
        best.1
    }
}
