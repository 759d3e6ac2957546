//! Numbers as Go's `strconv` writes them.

use model::number::format_g;

/// Writes a float with Go's verb `e`, `f` or `g` (or its capital) and precision; `None` is as many digits as needed.
/// The sign always stands there; infinity is `+Inf`, NaN is `+NaN`.
pub(super) fn float(v: f64, verb: char, precision: Option<usize>, keep_zeros: bool) -> String {
    let sign = if v.is_sign_negative() && !v.is_nan() { '-' } else { '+' };
    let magnitude = v.abs();
    if !v.is_finite() {
        return format!("{sign}{}", if v.is_nan() { "NaN" } else { "Inf" });
    }
    let text = match (verb.to_ascii_lowercase(), precision) {
        ('e', precision) => exponential(magnitude, precision),
        ('f', Some(digits)) => format!("{magnitude:.digits$}"),
        ('f', None) => model::number::format_f(magnitude),
        (_, None) if keep_zeros => general(magnitude, 6, true),
        (_, None) => format_g(magnitude),
        (_, Some(digits)) => general(magnitude, digits.max(1), keep_zeros),
    };
    let text = if verb.is_ascii_uppercase() { text.to_uppercase() } else { text };
    format!("{sign}{text}")
}

/// `1.5e+06`: at least two digits of exponent.
fn exponential(v: f64, precision: Option<usize>) -> String {
    let text = match precision {
        Some(digits) => format!("{v:.digits$e}"),
        None => format!("{v:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}{}", exponent_text(exponent))
}

fn exponent_text(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("e{sign}{:02}", exponent.unsigned_abs())
}

/// `digits` significant digits, plain or with an exponent, whichever Go takes.
fn general(v: f64, digits: usize, keep_zeros: bool) -> String {
    let rounded = format!("{v:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = if keep_zeros { significant.as_str() } else { significant.trim_end_matches('0') };
    let significant = if significant.is_empty() { "0" } else { significant };
    // Go: a whole number that needs fewer digits than asked for still prints plain up to that many.
    if exponent < -4 || exponent >= i32::try_from(digits).unwrap_or(i32::MAX) {
        let (first, rest) = significant.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        return format!("{first}{dot}{rest}{}", exponent_text(exponent));
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{significant}");
    }
    let whole_digits = exponent as usize + 1;
    if significant.len() <= whole_digits {
        let zeros = "0".repeat(whole_digits - significant.len());
        return format!("{significant}{zeros}");
    }
    let (whole, fraction) = significant.split_at(whole_digits);
    format!("{whole}.{fraction}")
}

/// Digits of a whole number in base 2, 8, 10 or 16.
pub(super) fn digits(n: u64, base: u32) -> String {
    match base {
        2 => format!("{n:b}"),
        8 => format!("{n:o}"),
        16 => format!("{n:x}"),
        _ten => n.to_string(),
    }
}
