//! Numbers of text bodies.
//!
//! The fast path reads the decimal numbers that programs print and is exact: a mantissa of at most 53 bits times or
//! divided by a power of ten up to 10^22 is one correctly rounded operation (Clinger). All else goes to the full parser.

use model::value::NORMAL_NAN;

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// The largest mantissa that a double holds exactly together with all smaller ones.
const EXACT_MANTISSA_MAX: u64 = 1 << 53;
/// Digits that always fit a `u64`.
const DIGITS_MAX: usize = 19;

/// Reads a float as Prometheus does in text bodies: as Go's `ParseFloat`, but without `p` and `_`, and a finite number
/// that is too large is refused. Every NaN becomes the ordinary one.
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    if let Some((value, length)) = plain(text)
        && length == text.len()
    {
        return Some(value);
    }
    if text.iter().any(|b| matches!(b, b'p' | b'P' | b'_')) {
        return None;
    }
    let value = model::number::parse_float_in_range(std::str::from_utf8(text).ok()?)?;
    Some(if value.is_nan() { NORMAL_NAN } else { value })
}

/// Reads a plain decimal number at the front, and tells how many bytes it has. `None` says that the full parser must
/// look, not that it is no number.
#[inline]
pub(crate) fn plain(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut mantissa, mut at) = (0u64, start);
    while let Some(digit) = digit_at(text, at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    let mut digits = at - start;
    let mut exponent = 0i32;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let fraction_start = at;
        while let Some(digit) = digit_at(text, at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            at += 1;
        }
        digits += at - fraction_start;
        exponent = -((at - fraction_start) as i32);
    }
    if digits == 0 || digits > DIGITS_MAX {
        return None;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let (written, length) = short_exponent(&text[at + 1..])?;
        exponent += written;
        at += 1 + length;
    }
    let value = exact(mantissa, exponent)
        .or_else(|| fast_float2::parse::<f64, _>(&text[start..at]).ok().filter(|v| v.is_finite()))?;
    Some((if negative { -value } else { value }, at))
}

#[inline]
fn digit_at(text: &[u8], at: usize) -> Option<u64> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

/// Reads an exponent of at most three digits.
fn short_exponent(text: &[u8]) -> Option<(i32, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative || text.first() == Some(&b'+'));
    let (mut exponent, mut at) = (0i32, start);
    while let Some(digit) = digit_at(text, at) {
        exponent = exponent * 10 + digit as i32;
        at += 1;
        if at - start > 3 {
            return None;
        }
    }
    (at > start).then_some((if negative { -exponent } else { exponent }, at))
}

#[inline]
fn exact(mantissa: u64, exponent: i32) -> Option<f64> {
    if mantissa > EXACT_MANTISSA_MAX {
        return None;
    }
    let power = *EXACT_POWERS.get(exponent.unsigned_abs() as usize)?;
    let mantissa = mantissa as f64;
    Some(if exponent < 0 { mantissa / power } else { mantissa * power })
}

/// Reads an unsigned decimal integer at the front, as timestamps of the text format are; tells its length.
/// `None` if there is no digit or it does not fit.
pub(crate) fn integer(text: &[u8]) -> Option<(i64, usize)> {
    let (mut value, mut at) = (0i64, 0);
    while let Some(digit) = digit_at(text, at) {
        value = value.checked_mul(10)?.checked_add(digit as i64)?;
        at += 1;
    }
    (at > 0).then_some((value, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_full_parser() {
        for text in [
            "0",
            "-0",
            "1",
            "-1",
            "00012",
            "1.",
            ".5",
            "-.5",
            "1e3",
            "1E3",
            "1e+09",
            "1.234e-05",
            "9007199254740993",
            "18446744073709551615",
            "9999999999999999999",
            "99999999999999999999",
            "0.1",
            "0.30000000000000004",
            "1.7976931348623157e+308",
            "5e-324",
            "2.2250738585072014e-308",
            "1e22",
            "1e23",
            "123456789.123456789",
            "1.6e09",
            "1e0009",
            "+5",
            "+Inf",
            "-Inf",
            "Inf",
            "infinity",
        ] {
            let expected = model::number::parse_float_in_range(text).unwrap();
            assert_eq!(float(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
    }

    #[test]
    fn refuses_what_prometheus_refuses() {
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "1_2", "0x1p-3", "0x1P-3", "1\r", "1 ", "true", "1e400", "--1",
            "-nan",
        ] {
            assert_eq!(float(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(float(b"NaN").map(f64::to_bits), Some(NORMAL_NAN.to_bits()));
    }

    #[test]
    fn integers_stop_at_the_first_other_byte() {
        assert_eq!(integer(b"123 "), Some((123, 3)));
        assert_eq!(integer(b"9223372036854775807"), Some((i64::MAX, 19)));
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(integer(b"-1"), None);
    }

    proptest::proptest! {
        #[test]
        fn every_float_round_trips(bits: u64) {
            let value = f64::from_bits(bits);
            let text = model::number::format_g(value);
            let back = float(text.as_bytes()).unwrap();
            proptest::prop_assert!(back == value || (back.is_nan() && value.is_nan()), "{text}");
        }
    }
}
