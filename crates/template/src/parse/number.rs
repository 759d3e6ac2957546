//! Numbers and characters as Go writes them.

use model::number::{parse_float, quote};

use crate::ast::Number;
use crate::lex::{Kind, Token};
use crate::unquote::unquote_char;

/// Reads a token as every kind of number that it can be.
pub(super) fn number(token: &Token) -> Result<Number, String> {
    let text = token.text.clone();
    match token.kind {
        Kind::CharConstant => {
            let c = unquote_char(&text)?;
            return Ok(Number { text, int: Some(c), uint: u64::try_from(c).ok(), float: Some(c as f64) });
        }
        Kind::Complex => return Err(format!("complex numbers are not supported: {}", quote(&text))),
        _others => {}
    }
    let mut uint = if text.starts_with(['+', '-']) { None } else { parse_uint(&text) };
    let mut int = parse_int(&text);
    if int == Some(0) {
        uint = Some(0);
    }
    let mut float = int.map(|n| n as f64).or(uint.map(|n| n as f64));
    if float.is_none() {
        float = parse_float(&text).filter(|f| f.is_finite());
        if let Some(f) = float {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(&text)));
            }
            int = (f.fract() == 0.0 && f.abs() < 9.2e18).then_some(f as i64);
            uint = (f.fract() == 0.0 && (0.0..1.8e19).contains(&f)).then_some(f as u64);
        }
    }
    if float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(&text)));
    }
    Ok(Number { text, int, uint, float })
}

/// Reads a whole number with Go's prefixes, underscores between digits allowed.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix, prefixed) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16, true),
        [b'0', b'b', ..] => (&lower[2..], 2, true),
        [b'0', b'o', ..] => (&lower[2..], 8, true),
        [b'0', _, ..] => (&lower[1..], 8, true),
        _decimal => (lower.as_str(), 10, false),
    };
    let misplaced = digits.ends_with('_') || digits.contains("__") || (!prefixed && digits.starts_with('_'));
    if misplaced || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

fn parse_int(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(rest) => {
            let n = parse_uint(rest)?;
            0i64.checked_sub_unsigned(n)
        }
        None => i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok(),
    }
}
