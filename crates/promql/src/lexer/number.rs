//! Numbers and durations. What is accepted here may still be no number; the parser says so.

use model::number::quote;

use super::token::TokenKind;
use super::{Lexer, Step, is_alphanumeric};

impl Lexer<'_> {
    /// Reads `1`, `0x1f`, `1e3`, `1_000`, `5m`, `1h30m`.
    pub(super) fn number_or_duration(&mut self) -> Step {
        if self.scan_number() {
            return Some(TokenKind::Number);
        }
        if self.scan_duration_rest() {
            return Some(TokenKind::Duration);
        }
        let text = quote(self.text());
        self.fail(format!("bad number or duration syntax: {text}"))
    }

    /// Reads a number in a series description.
    pub(super) fn number(&mut self) -> Step {
        if self.scan_number() {
            return Some(TokenKind::Number);
        }
        let text = quote(self.text());
        self.fail(format!("bad number syntax: {text}"))
    }

    /// Reads the unit after the number just scanned, and further numbers with units. Order and spelling of units are
    /// checked by the parser.
    fn scan_duration_rest(&mut self) -> bool {
        if !self.accept(|c| matches!(c, 's' | 'm' | 'h' | 'd' | 'w' | 'y')) {
            return false;
        }
        self.accept(|c| c == 's');
        while self.accept(|c| c.is_ascii_digit()) {
            self.skip_while(|c| c.is_ascii_digit());
            if !self.accept(|c| matches!(c, 's' | 'm' | 'h' | 'd' | 'w')) {
                return false;
            }
            self.accept(|c| c == 's');
        }
        if self.peek().is_some_and(is_alphanumeric) {
            // Part of what the error shows.
            self.bump();
            return false;
        }
        true
    }

    /// Reads digits, one dot, one exponent, and underscores between digits. On `false` the position is where the
    /// number went wrong.
    fn scan_number(&mut self) -> bool {
        let begin = self.pos;
        let mut hex = false;
        // In a series description `0x3` means three times zero.
        if !self.series_description && self.accept(|c| c == '0') && self.accept(|c| c == 'x' || c == 'X') {
            self.accept(|c| c == '_');
            hex = true;
        }
        let is_digit = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
        let is_exponent = |c: char| c == 'e' || c == 'E';
        let (mut dot, mut exponent) = (false, false);
        self.accept(|c| c == '.');
        self.accept(is_digit);
        while let Some(c) = self.peek() {
            match c {
                '.' => {
                    self.bump();
                    if dot || self.accept(|c| c == '_' || c == '.') || hex {
                        return false;
                    }
                    dot = true;
                }
                c if is_exponent(c) => {
                    self.bump();
                    if exponent {
                        return false;
                    }
                    exponent = true;
                    self.accept(|c| c == '+' || c == '-');
                    if self.accept(|c| c == '.' || c == '_' || is_exponent(c)) || self.peek().is_none() {
                        return false;
                    }
                }
                '_' => {
                    self.bump();
                    if self.accept(|c| c == '.' || c == '_' || is_exponent(c)) || self.peek().is_none() {
                        return false;
                    }
                }
                c if is_digit(c) => self.skip_while(is_digit),
                _end => break,
            }
        }
        if self.pos == begin {
            return false;
        }
        match self.peek() {
            Some('x') if self.series_description => true,
            Some(c) => !is_alphanumeric(c),
            None => true,
        }
    }
}
