//! The values of a series description, as the test language has them: `1 2+3x4 _x3 stale {{schema:0 buckets:[1 2]}}`.

use model::number::quote;

use super::token::{self, TokenKind};
use super::{InHistogram, Lexer, State, Step, is_alpha, is_space, quote_char};
use crate::ast::BinaryOp;

impl Lexer<'_> {
    /// A list of values; white space separates them and is a token.
    pub(super) fn values(&mut self) -> Step {
        match self.histogram {
            InHistogram::No => {}
            InHistogram::Open | InHistogram::Operator(_) => return self.in_histogram(),
        }
        let Some(c) = self.bump() else {
            self.state = State::Statements;
            return None;
        };
        match c {
            '{' if self.accept(|c| c == '{') => {
                self.histogram = InHistogram::Open;
                Some(TokenKind::OpenHistogram)
            }
            c if is_space(c) => self.space_token(),
            '+' => Some(TokenKind::Binary(BinaryOp::Add)),
            '-' => Some(TokenKind::Binary(BinaryOp::Sub)),
            'x' => Some(TokenKind::Times),
            '_' => Some(TokenKind::Blank),
            c if c.is_ascii_digit() || (c == '.' && self.peek().is_some_and(|n| n.is_ascii_digit())) => {
                self.pos = self.start;
                self.number()
            }
            c if is_alpha(c) => {
                let kind = self.keyword_or_identifier();
                self.state = State::Values;
                kind
            }
            other => {
                let other = quote_char(Some(other));
                self.fail(format!("unexpected character in series sequence: {other}"))
            }
        }
    }

    fn space_token(&mut self) -> Step {
        self.skip_while(is_space);
        Some(TokenKind::Space)
    }

    /// Inside `{{…}}`, and the operator directly behind it.
    pub(super) fn in_histogram(&mut self) -> Step {
        if let InHistogram::Operator(kind) = self.histogram {
            self.bump();
            self.histogram = InHistogram::No;
            self.state = State::Values;
            return Some(kind);
        }
        if self.bracket_open {
            return self.in_buckets();
        }
        let Some(c) = self.bump() else {
            return self.incomplete(None);
        };
        match c {
            c if is_space(c) => self.space_token(),
            c if is_alpha(c) => {
                self.skip_while(is_alpha);
                self.histogram_word()
            }
            ':' => Some(TokenKind::Colon),
            '-' => Some(TokenKind::Binary(BinaryOp::Sub)),
            c if c.is_ascii_digit() => {
                self.pos = self.start;
                self.number()
            }
            '[' => {
                self.bracket_open = true;
                Some(TokenKind::LeftBracket)
            }
            '}' if self.accept(|c| c == '}') => {
                self.histogram = match self.peek() {
                    Some('x') => InHistogram::Operator(TokenKind::Times),
                    Some('+') => InHistogram::Operator(TokenKind::Binary(BinaryOp::Add)),
                    Some('-') => InHistogram::Operator(TokenKind::Binary(BinaryOp::Sub)),
                    Some(_) | None => InHistogram::No,
                };
                self.state = State::Values;
                Some(TokenKind::CloseHistogram)
            }
            other => self.incomplete(Some(other)),
        }
    }

    fn incomplete(&mut self, found: Option<char>) -> Step {
        self.fail(format!("histogram description incomplete unexpected: {}", quote_char(found)))
    }

    fn histogram_word(&mut self) -> Step {
        let word = self.text();
        if token::is_histogram_key(word) {
            if self.peek() == Some(':') {
                return Some(TokenKind::HistogramKey);
            }
            return self.fail("missing `:` for histogram descriptor");
        }
        if token::word(word) == Some(TokenKind::Number) {
            return Some(TokenKind::Number);
        }
        if token::is_reset_hint(word) {
            return Some(TokenKind::ResetHint);
        }
        let word = quote(word);
        self.fail(format!("bad histogram descriptor found: {word}"))
    }

    /// Inside the `[…]` of a histogram: numbers, `inf` and `nan` included.
    fn in_buckets(&mut self) -> Step {
        let Some(c) = self.bump() else {
            return self.bad_bucket(None);
        };
        match c {
            c if is_space(c) => self.space_token(),
            '-' => Some(TokenKind::Binary(BinaryOp::Sub)),
            c if c.is_ascii_digit() => {
                self.pos = self.start;
                self.number()
            }
            ']' => {
                self.bracket_open = false;
                Some(TokenKind::RightBracket)
            }
            c if is_alpha(c) => {
                self.skip_while(is_alpha);
                match token::word(self.text()) {
                    Some(TokenKind::Number) => Some(TokenKind::Number),
                    Some(_) | None => {
                        let next = self.peek();
                        self.bad_bucket(next)
                    }
                }
            }
            other => self.bad_bucket(Some(other)),
        }
    }

    fn bad_bucket(&mut self, found: Option<char>) -> Step {
        self.fail(format!("invalid character in buckets description: {}", quote_char(found)))
    }
}
