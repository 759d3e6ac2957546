//! What an unquoted scalar stands for, by the YAML 1.1 rules of Go's yaml.v2, which Prometheus uses.

use crate::node::Scalar;

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// Nothing, `~`, `null`
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites
    Bool(bool),
    /// A whole number: decimal, `0x`, `0o` or leading `0` (octal), `0b`, with `_` between digits
    Integer(i128),
    /// Any other number, `.inf`, `.nan`
    Float(f64),
    /// Text
    Text,
}

impl Resolved {
    /// Names the kind for messages.
    pub fn describe(self) -> &'static str {
        match self {
            Resolved::Null => "nothing",
            Resolved::Bool(_) => "a boolean",
            Resolved::Integer(_) | Resolved::Float(_) => "a number",
            Resolved::Text => "a string",
        }
    }
}

impl Scalar {
    /// Returns what the scalar stands for.
    pub fn resolve(&self) -> Resolved {
        if self.plain { resolve_plain(&self.text) } else { Resolved::Text }
    }
}

fn resolve_plain(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        _others => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Resolved::Text;
    }
    let digits = text.replace('_', "");
    if let Some(n) = integer(&digits) {
        return Resolved::Integer(n);
    }
    match float(&digits) {
        Some(f) => Resolved::Float(f),
        None => Resolved::Text,
    }
}

/// Reads a whole number that fits 64 bits, with or without sign.
fn integer(text: &str) -> Option<i128> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _others => (10, magnitude),
    };
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None; // from_str_radix would take another sign
    }
    let n = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let n = if negative { -n } else { n };
    (n >= i128::from(i64::MIN)).then_some(n)
}

/// Reads `1.5`, `.5`, `1e3`, `1.`, with sign; not the words that Rust would take.
fn float(text: &str) -> Option<f64> {
    let allowed = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    (text.bytes().all(allowed) && text.bytes().any(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
