//! Functions of one or two numbers, with Go's results at the edges.

/// `acosh`, NaN below 1. Just above 1 the standard library's is off by a part in 10⁹.
pub(crate) fn acosh(v: f64) -> f64 {
    /// From here on the smaller branch of the root does not count.
    const LARGE: f64 = (1u64 << 28) as f64;
    if v >= LARGE {
        return v.ln() + std::f64::consts::LN_2;
    }
    let above = v - 1.0;
    (above + (above * (above + 2.0)).sqrt()).ln_1p()
}

/// `asinh`, the sign of zero kept.
pub(crate) fn asinh(v: f64) -> f64 {
    v.asinh()
}

/// `atanh`, ±Inf at ±1. Of the positive value, near which differences to 1 are exact: near −1 the standard library's is off by a part in 50.
pub(crate) fn atanh(v: f64) -> f64 {
    let size = v.abs();
    (0.5 * (2.0 * size / (1.0 - size)).ln_1p()).copysign(v)
}

/// Radians to degrees.
pub(crate) fn deg(v: f64) -> f64 {
    v * 180.0 / std::f64::consts::PI
}

/// Degrees to radians.
pub(crate) fn rad(v: f64) -> f64 {
    v * std::f64::consts::PI / 180.0
}

/// −1, 0 or 1; NaN and the sign of zero stay.
pub(crate) fn sgn(v: f64) -> f64 {
    if v < 0.0 {
        -1.0
    } else if v > 0.0 {
        1.0
    } else {
        v
    }
}

/// Go's `math.Min`: −Inf wins over NaN, NaN over the rest, −0 is less than 0.
pub(crate) fn min(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { a } else { b }
    } else {
        a.min(b)
    }
}

/// Go's `math.Max`: Inf wins over NaN, NaN over the rest, 0 is more than −0.
pub(crate) fn max(a: f64, b: f64) -> f64 {
    -min(-a, -b)
}

/// `round`: to the nearest multiple of `1 / inverse`, ties up.
pub(crate) fn round(v: f64, inverse: f64) -> f64 {
    (v * inverse + 0.5).floor() / inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_go_s() {
        assert!(min(f64::NAN, 1.0).is_nan() && max(1.0, f64::NAN).is_nan());
        assert_eq!(
            (min(f64::NAN, f64::NEG_INFINITY), max(f64::INFINITY, f64::NAN)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
        assert!(min(0.0, -0.0).is_sign_negative() && max(-0.0, 0.0).is_sign_positive());
        assert_eq!((sgn(-3.0), sgn(7.0), sgn(0.0)), (-1.0, 1.0, 0.0));
        assert_eq!((round(2.5, 1.0), round(-2.5, 1.0), round(0.26, 10.0)), (3.0, -2.0, 0.3));
        assert_eq!((atanh(1.0), asinh(0.0), acosh(1.0)), (f64::INFINITY, 0.0, 0.0));
        assert_eq!((atanh(-1.0), acosh(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(atanh(-0.0).is_sign_negative() && atanh(-1.5).is_nan() && atanh(f64::NAN).is_nan());
        assert!(acosh(0.5).is_nan() && acosh(-3.0).is_nan());
    }

    /// Expected values are of 40 digits, rounded. Found by asking Prometheus random expressions.
    #[test]
    fn steep_functions_keep_their_digits() {
        type Case = (fn(f64) -> f64, &'static [(f64, f64)]);
        let functions: [Case; 2] = [
            (
                atanh,
                &[
                    (-0.999_999_999_999_999_9, -18.714_973_875_118_524),
                    (0.999_999_999_999_999_8, 18.368_400_284_838_55),
                    (-0.75, -0.972_955_074_527_656_6),
                    (0.5, 0.549_306_144_334_054_9),
                    (0.3, 0.309_519_604_203_111_7),
                    (1e-10, 1e-10),
                ],
            ),
            (
                acosh,
                &[
                    (1.000_000_000_000_000_2, 2.107_342_425_544_701_4e-8),
                    (1.000_000_1, 0.000_447_213_591_903_734_7),
                    (1.5, 0.962_423_650_119_206_9),
                    (3.5, 1.924_847_300_238_413_9),
                    (1e10, 23.718_998_110_500_4),
                    (1e300, 691.468_675_078_773_7),
                ],
            ),
        ];
        for (function, cases) in functions {
            for (v, expected) in cases {
                let got = function(*v);
                assert!((got - expected).abs() <= 4e-16 * expected.abs(), "{v}: {got}, not {expected}");
            }
        }
    }
}
