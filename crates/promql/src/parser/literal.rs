//! Numbers, durations and strings.

use model::number::{parse_float, parse_float_in_range, quote};

use super::{Parsed, Parser, Stop};
use crate::ast::BinaryOp;
use crate::lexer::{Token, TokenKind};

/// A number as it was written: the value, and whether it was a duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NumberLiteral {
    pub(super) value: f64,
    pub(super) duration: bool,
}

impl Parser<'_> {
    /// Reads a number or duration (in seconds).
    pub(super) fn number_or_duration(&mut self) -> Parsed<(NumberLiteral, Token)> {
        let token = self.peek();
        let text = self.text_of(token);
        match token.kind {
            TokenKind::Number => {
                self.advance();
                Ok((NumberLiteral { value: self.number_value(text, token), duration: false }, token))
            }
            TokenKind::Duration => {
                self.advance();
                let value = match model::duration::parse(text) {
                    Ok(duration) => duration.as_secs_f64(),
                    Err(reason) => {
                        self.error(token.span(), reason.to_string());
                        0.0
                    }
                };
                Ok((NumberLiteral { value, duration: true }, token))
            }
            _other => Err(Stop::Unexpected),
        }
    }

    /// Reads a number or duration, maybe with a sign.
    pub(super) fn signed_number(&mut self) -> Parsed<f64> {
        let sign = match self.kind() {
            TokenKind::Binary(BinaryOp::Add) => Some(1.0),
            TokenKind::Binary(BinaryOp::Sub) => Some(-1.0),
            _unsigned => None,
        };
        if sign.is_some() {
            self.advance();
        }
        let (number, _) = self.number_or_duration()?;
        Ok(number.value * sign.unwrap_or(1.0))
    }

    fn number_value(&mut self, text: &str, token: Token) -> f64 {
        if let Some(value) = parse_integer(text) {
            return value as f64;
        }
        match parse_float_in_range(text) {
            Some(value) => value,
            None => {
                let reason =
                    if parse_float(text).is_some() { "value out of range" } else { "invalid syntax" };
                let text = quote(text);
                self.error(
                    token.span(),
                    format!("error parsing number: strconv.ParseFloat: parsing {text}: {reason}"),
                );
                0.0
            }
        }
    }

    /// Returns what a string token stands for, or its bytes if they make no UTF-8.
    pub(super) fn unquoted_bytes(&mut self, token: Token) -> Result<String, Vec<u8>> {
        unquote_bytes(self.text_of(token))
    }

    /// Returns what a string token stands for.
    pub(super) fn unquoted(&mut self, token: Token) -> String {
        unquote(self.text_of(token))
    }
}

/// Reads an integer as Go's `ParseInt(s, 0, 64)`: `0x`, `0o`, `0b` and a leading `0` tell the base.
fn parse_integer(text: &str) -> Option<i64> {
    if text.contains('_') && !underscores_fit(text) {
        return None;
    }
    let digits = text.replace('_', "");
    let bytes = digits.as_bytes();
    let (base, digits) = match (bytes.first(), bytes.get(1).map(u8::to_ascii_lowercase)) {
        (Some(b'0'), Some(b'x')) => (16, &digits[2..]),
        (Some(b'0'), Some(b'o')) => (8, &digits[2..]),
        (Some(b'0'), Some(b'b')) => (2, &digits[2..]),
        (Some(b'0'), Some(_)) => (8, &digits[1..]),
        (_, _) => (10, digits.as_str()),
    };
    i64::from_str_radix(digits, base).ok()
}

/// Go allows `_` only between digits, or between the base prefix and a digit; a leading `0` alone is a prefix too.
fn underscores_fit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = if bytes.len() > 2 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic() { 2 } else { 0 };
    (digits..bytes.len()).filter(|i| bytes[*i] == b'_').all(|i| {
        let before = i > 0 && (bytes[i - 1].is_ascii_hexdigit() || (i == digits && digits == 2));
        before && bytes.get(i + 1).is_some_and(u8::is_ascii_hexdigit)
    })
}

/// Removes the quotes and replaces escapes. The lexer has checked both. Bytes that make no UTF-8 together (`"\xff"`)
/// become U+FFFD: no label can hold them.
pub(crate) fn unquote(quoted: &str) -> String {
    unquote_bytes(quoted).unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// As [`unquote`], with the bytes as they are where they make no UTF-8.
fn unquote_bytes(quoted: &str) -> Result<String, Vec<u8>> {
    let mut chars = quoted.chars();
    let open = chars.next();
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if open == Some('`') || !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match chars.next() {
            Some('a') => out.push(0x07),
            Some('b') => out.push(0x08),
            Some('f') => out.push(0x0c),
            Some('n') => out.push(b'\n'),
            Some('r') => out.push(b'\r'),
            Some('t') => out.push(b'\t'),
            Some('v') => out.push(0x0b),
            Some(c @ '0'..='7') => {
                let high = c.to_digit(8).unwrap_or(0);
                out.push(take_number(&mut chars, 2, 8, high) as u8);
            }
            Some('x') => out.push(take_number(&mut chars, 2, 16, 0) as u8),
            Some(kind @ ('u' | 'U')) => {
                let code = take_number(&mut chars, if kind == 'u' { 4 } else { 8 }, 16, 0);
                let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {}
        }
    }
    String::from_utf8(out).map_err(std::string::FromUtf8Error::into_bytes)
}

fn take_number(chars: &mut std::str::Chars<'_>, digits: usize, base: u32, high: u32) -> u32 {
    chars.take(digits).fold(high, |n, c| n.wrapping_mul(base).wrapping_add(c.to_digit(base).unwrap_or(0)))
}
