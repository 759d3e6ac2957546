//! Functions of one or two numbers, with Go's results at the edges.

/// `acosh`, NaN below 1.
pub(crate) fn acosh(v: f64) -> f64 {
    v.acosh()
}

/// `asinh`, the sign of zero kept.
pub(crate) fn asinh(v: f64) -> f64 {
    v.asinh()
}

/// `atanh`, ±Inf at ±1.
pub(crate) fn atanh(v: f64) -> f64 {
    v.atanh()
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
    }
}
