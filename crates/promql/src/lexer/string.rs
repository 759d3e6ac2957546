//! Quoted strings: `"…"` and `'…'` with Go's escapes, `` `…` `` without.

use super::token::TokenKind;
use super::{Lexer, Step, quote_char};

impl Lexer<'_> {
    /// Reads to the closing quote; the opening one is read already.
    pub(super) fn string(&mut self, open: char) -> Step {
        loop {
            match self.bump() {
                Some('\\') => {
                    if let Err(reason) = self.escape(open) {
                        return self.fail(reason);
                    }
                }
                // Prometheus cannot tell this character from broken UTF-8.
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None | Some('\n') => return self.fail("unterminated quoted string"),
                Some(c) if c == open => return Some(TokenKind::String),
                Some(_) => {}
            }
        }
    }

    /// Reads to the closing back quote; the opening one is read already.
    pub(super) fn raw_string(&mut self) -> Step {
        loop {
            match self.bump() {
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None => return self.fail("unterminated raw string"),
                Some('`') => return Some(TokenKind::String),
                Some(_) => {}
            }
        }
    }

    /// Checks what follows a backslash.
    fn escape(&mut self, open: char) -> Result<(), String> {
        let Some(first) = self.bump() else {
            return Err("escape sequence not terminated".to_owned());
        };
        let (first, digits, base, value_max) = match first {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => return Ok(()),
            c if c == open => return Ok(()),
            '0'..='7' => (Some(first), 3, 8, 255),
            'x' => (self.bump(), 2, 16, 255),
            'u' => (self.bump(), 4, 16, char::MAX as u32),
            'U' => (self.bump(), 8, 16, char::MAX as u32),
            other => return Err(format!("unknown escape sequence {}", code_point(other))),
        };
        let (mut value, mut next) = (0u32, first);
        for i in 0..digits {
            let Some(c) = next else {
                return Err("escape sequence not terminated".to_owned());
            };
            let Some(digit) = c.to_digit(base) else {
                return Err(format!("illegal character {} in escape sequence", code_point(c)));
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
            if i + 1 < digits {
                next = self.bump();
            }
        }
        if value > value_max || (0xD800..0xE000).contains(&value) {
            return Err("escape sequence is an invalid Unicode code point".to_owned());
        }
        Ok(())
    }
}

/// Prints a character as Go's `%#U`: `U+0041 'A'`.
fn code_point(c: char) -> String {
    let quoted = quote_char(Some(c));
    let printable = !quoted.starts_with("'\\") || c == '\'' || c == '\\';
    if printable { format!("U+{:04X} '{c}'", c as u32) } else { format!("U+{:04X}", c as u32) }
}
