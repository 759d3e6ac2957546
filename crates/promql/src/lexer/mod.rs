//! Text to tokens.
//!
//! The lexer is a state machine, because the same character means different things in a query, in `{…}`, in `[…]`, and
//! in a series description of the test language. Its error texts are Prometheus's (`promql/parser/lex.go`, 3.14).
//!
//! Invariants: 1. `start <= pos <= input.len()`, both on character boundaries.  2. After an [`TokenKind::Error`] only
//! [`TokenKind::End`] may follow; callers stop there.

mod number;
mod series;
mod string;
mod token;

use model::number::quote;

pub use token::{Keyword, Token, TokenKind};

use crate::ast::BinaryOp;

/// Where the lexer is in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a query; which kind of place is told by `brace_open` and `histogram`.
    Statements,
    /// After `[` until the first number.
    DurationExpr,
    /// Series description: the values.
    Values,
    /// Nothing more to read.
    Done,
}

/// What follows after a histogram's `}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InHistogram {
    No,
    Open,
    /// `x`, `+` or `-` stands directly behind `}}`.
    Operator(TokenKind),
}

/// Reads tokens from a text of at most 4 GiB.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    input: &'a str,
    state: State,
    pos: usize,
    start: usize,
    paren_depth: u32,
    brace_open: bool,
    bracket_open: bool,
    got_colon: bool,
    got_duration: bool,
    series_description: bool,
    histogram: InHistogram,
    error: String,
}

/// A token was read, or the state changed.
type Step = Option<TokenKind>;

impl<'a> Lexer<'a> {
    /// Reads a query.
    pub fn new(input: &'a str) -> Lexer<'a> {
        Lexer {
            input,
            state: State::Statements,
            pos: 0,
            start: 0,
            paren_depth: 0,
            brace_open: false,
            bracket_open: false,
            got_colon: false,
            got_duration: false,
            series_description: false,
            histogram: InHistogram::No,
            error: String::new(),
        }
    }

    /// Reads a series description of the test language: `metric{a="b"} 1 2+3x4`.
    pub fn series_description(input: &'a str) -> Lexer<'a> {
        Lexer { series_description: true, ..Lexer::new(input) }
    }

    /// Returns why the last token is an error.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Reads the next token. White space and comments are skipped.
    pub fn next_token(&mut self) -> Token {
        loop {
            let step = match self.state {
                State::Statements => self.statements(),
                State::DurationExpr => self.duration_expr(),
                State::Values => self.values(),
                State::Done => Some(TokenKind::End),
            };
            if let Some(kind) = step {
                let token = Token { kind, start: self.start as u32, end: self.pos as u32 };
                if matches!(kind, TokenKind::Error | TokenKind::End) {
                    self.state = State::Done;
                }
                self.start = self.pos;
                return token;
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.input[self.pos..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, pass: impl Fn(char) -> bool) -> bool {
        let hit = self.peek().is_some_and(pass);
        if hit {
            self.bump();
        }
        hit
    }

    fn skip_while(&mut self, pass: impl Fn(char) -> bool) {
        while self.accept(&pass) {}
    }

    fn skip_space(&mut self) {
        self.skip_while(is_space);
        self.start = self.pos;
    }

    fn text(&self) -> &'a str {
        &self.input[self.start..self.pos]
    }

    fn fail(&mut self, reason: impl Into<String>) -> Step {
        self.error = reason.into();
        Some(TokenKind::Error)
    }

    /// The top level of a query.
    fn statements(&mut self) -> Step {
        match self.histogram {
            InHistogram::No => {}
            InHistogram::Open | InHistogram::Operator(_) => return self.in_histogram(),
        }
        if self.brace_open {
            return self.inside_braces();
        }
        let Some(c) = self.bump() else {
            return if self.paren_depth != 0 {
                self.fail("unclosed left parenthesis")
            } else if self.bracket_open {
                self.fail("unclosed left bracket")
            } else {
                Some(TokenKind::End)
            };
        };
        match c {
            '#' => self.comment(),
            ',' => Some(TokenKind::Comma),
            c if is_space(c) => self.space(),
            '*' => Some(TokenKind::Binary(BinaryOp::Mul)),
            '/' => Some(TokenKind::Binary(BinaryOp::Div)),
            '%' => Some(TokenKind::Binary(BinaryOp::Mod)),
            '+' => Some(TokenKind::Binary(BinaryOp::Add)),
            '-' => Some(TokenKind::Binary(BinaryOp::Sub)),
            '^' => Some(TokenKind::Binary(BinaryOp::Pow)),
            '=' if self.accept(|c| c == '=') => Some(TokenKind::Binary(BinaryOp::Eq)),
            '=' if self.peek() == Some('~') => self.fail("unexpected character after '=': '~'"),
            '=' => Some(TokenKind::Assign),
            '!' => match self.bump() {
                Some('=') => Some(TokenKind::Binary(BinaryOp::Ne)),
                other => self.fail(format!("unexpected character after '!': {}", quote_char(other))),
            },
            '<' if self.accept(|c| c == '=') => Some(TokenKind::Binary(BinaryOp::Le)),
            '<' if self.accept(|c| c == '/') => Some(TokenKind::Binary(BinaryOp::TrimUpper)),
            '<' => Some(TokenKind::Binary(BinaryOp::Lt)),
            '>' if self.accept(|c| c == '=') => Some(TokenKind::Binary(BinaryOp::Ge)),
            '>' if self.accept(|c| c == '/') => Some(TokenKind::Binary(BinaryOp::TrimLower)),
            '>' => Some(TokenKind::Binary(BinaryOp::Gt)),
            c if c.is_ascii_digit() || (c == '.' && self.peek().is_some_and(|n| n.is_ascii_digit())) => {
                self.pos = self.start;
                self.number_or_duration()
            }
            '"' | '\'' => self.string(c),
            '`' => self.raw_string(),
            ':' if self.bracket_open && self.got_colon => self.fail("unexpected colon ':'"),
            ':' if self.bracket_open => {
                self.got_colon = true;
                Some(TokenKind::Colon)
            }
            c if is_alpha(c) && self.bracket_open => match self.duration_keyword(c) {
                Some(kind) => Some(kind),
                None => self.fail(format!("unexpected character: {}, expected ':'", quote_char(Some(c)))),
            },
            c if is_alpha(c) || c == ':' => self.keyword_or_identifier(),
            '(' => {
                self.paren_depth += 1;
                Some(TokenKind::LeftParen)
            }
            ')' => self.right_paren(),
            '{' => {
                self.brace_open = true;
                Some(TokenKind::LeftBrace)
            }
            '[' if self.bracket_open => self.fail("unexpected left bracket '['"),
            '[' => {
                self.got_colon = false;
                self.bracket_open = true;
                self.state = State::DurationExpr;
                Some(TokenKind::LeftBracket)
            }
            ']' if !self.bracket_open => self.fail("unexpected right bracket ']'"),
            ']' => {
                self.bracket_open = false;
                Some(TokenKind::RightBracket)
            }
            '@' => Some(TokenKind::At),
            other => self.fail(format!("unexpected character: {}", quote_char(Some(other)))),
        }
    }

    /// A parenthesis too many is reported in place of itself, just behind it.
    fn right_paren(&mut self) -> Step {
        match self.paren_depth.checked_sub(1) {
            Some(depth) => {
                self.paren_depth = depth;
                Some(TokenKind::RightParen)
            }
            None => {
                self.start = self.pos;
                self.fail("unexpected right parenthesis ')'")
            }
        }
    }

    /// A comment ends with its line.
    fn comment(&mut self) -> Step {
        self.skip_while(|c| c != '\n' && c != '\r');
        self.start = self.pos;
        None
    }

    fn space(&mut self) -> Step {
        self.skip_space();
        self.state = State::Statements;
        None
    }

    /// In `{…}`: words are label names whatever they mean elsewhere.
    fn inside_braces(&mut self) -> Step {
        let Some(c) = self.bump() else {
            return self.fail("unexpected end of input inside braces");
        };
        match c {
            '#' => self.comment(),
            c if is_space(c) => self.space(),
            c if is_alpha(c) => {
                self.skip_while(is_alphanumeric);
                Some(TokenKind::Identifier)
            }
            ',' => Some(TokenKind::Comma),
            '"' | '\'' => self.string(c),
            '`' => self.raw_string(),
            '=' if self.accept(|c| c == '~') => Some(TokenKind::MatchRegex),
            '=' => Some(TokenKind::Assign),
            '!' => match self.bump() {
                Some('~') => Some(TokenKind::NotRegex),
                Some('=') => Some(TokenKind::Binary(BinaryOp::Ne)),
                other => {
                    let other = quote_char(other);
                    self.fail(format!("unexpected character after '!' inside braces: {other}"))
                }
            },
            '{' => self.fail("unexpected left brace '{'"),
            '}' => {
                self.brace_open = false;
                if self.series_description {
                    self.state = State::Values;
                }
                Some(TokenKind::RightBrace)
            }
            other => self.fail(format!("unexpected character inside braces: {}", quote_char(Some(other)))),
        }
    }

    /// In `[…]` before the first number: only arithmetic on durations may stand here.
    fn duration_expr(&mut self) -> Step {
        let Some(c) = self.bump() else {
            return self.fail("unexpected end of input in duration expression");
        };
        match c {
            ']' => {
                self.bracket_open = false;
                self.got_colon = false;
                self.state = State::Statements;
                Some(TokenKind::RightBracket)
            }
            ':' => {
                // Reported just behind the colon, in place of it.
                self.start = self.pos;
                if !self.got_duration {
                    self.fail("unexpected colon before duration in duration expression")
                } else if self.got_colon {
                    self.fail("unexpected repeated colon in duration expression")
                } else {
                    self.start -= 1;
                    self.got_colon = true;
                    Some(TokenKind::Colon)
                }
            }
            '(' => {
                self.paren_depth += 1;
                Some(TokenKind::LeftParen)
            }
            ')' => self.right_paren(),
            c if is_space(c) => {
                self.skip_space();
                None
            }
            '+' => Some(TokenKind::Binary(BinaryOp::Add)),
            '-' => Some(TokenKind::Binary(BinaryOp::Sub)),
            '*' => Some(TokenKind::Binary(BinaryOp::Mul)),
            '/' => Some(TokenKind::Binary(BinaryOp::Div)),
            '%' => Some(TokenKind::Binary(BinaryOp::Mod)),
            '^' => Some(TokenKind::Binary(BinaryOp::Pow)),
            ',' => Some(TokenKind::Comma),
            c if c.is_ascii_digit() || (c == '.' && self.peek().is_some_and(|n| n.is_ascii_digit())) => {
                self.pos = self.start;
                self.got_duration = true;
                self.state = State::Statements;
                self.number_or_duration()
            }
            other => match self.duration_keyword(other) {
                Some(kind) => Some(kind),
                None => {
                    let other = quote_char(Some(other));
                    self.fail(format!("unexpected character in duration expression: {other}"))
                }
            },
        }
    }

    /// Reads `step`, `range`, `min_of` or `max_of`; the first character is read already.
    fn duration_keyword(&mut self, first: char) -> Step {
        if !matches!(first.to_ascii_lowercase(), 's' | 'r' | 'm') {
            return None;
        }
        self.skip_while(is_alpha);
        match token::word(self.text()) {
            Some(
                kind @ TokenKind::Keyword(Keyword::Step | Keyword::Range | Keyword::MaxOf | Keyword::MinOf),
            ) => Some(kind),
            Some(_) | None => None,
        }
    }

    /// Reads a word; the first character is read already or stands next.
    fn keyword_or_identifier(&mut self) -> Step {
        self.skip_while(|c| is_alphanumeric(c) || c == ':');
        let text = self.text();
        let kind = match token::word(text) {
            // `fill` is young: where no parenthesis follows it stays the metric name that it may always have been.
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.input[self.pos..].trim_start_matches(is_space).starts_with('(') =>
            {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if text.contains(':') => TokenKind::MetricIdentifier,
            None => TokenKind::Identifier,
        };
        let values_follow = self.series_description && self.peek() != Some('{');
        self.state = if values_follow { State::Values } else { State::Statements };
        Some(kind)
    }
}

/// Quotes a character as Go's `%q`; nothing (the end) is shown as U+FFFD.
fn quote_char(c: Option<char>) -> String {
    let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = quote(c.encode_utf8(&mut [0; 4]));
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_alphanumeric(c: char) -> bool {
    is_alpha(c) || c.is_ascii_digit()
}

#[cfg(test)]
mod tests;
