//! The UTF-8 syntax: names and values are quoted as in Go, or unquoted without reserved characters.
//!
//! Positions in messages are columns, counted in characters from 0.

use model::MatchOp;

use super::unquote::unquote;
use super::{Matcher, MatcherError};

/// Tells whether a character ends an unquoted text.
pub(super) fn is_reserved(c: char) -> bool {
    c.is_whitespace() || "{}!=~,\\\"'`".contains(c)
}

const AFTER_MATCHER: &str = "expected a comma or close brace";
const AFTER_COMMA: &str = "expected a matcher or close brace after comma";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    OpenBrace,
    CloseBrace,
    Comma,
    Operator(MatchOp),
    Quoted,
    Unquoted,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    /// Columns.
    start: usize,
    end: usize,
    /// The byte of the input after the token.
    end_byte: usize,
}

impl Token<'_> {
    fn unquoted(self) -> Result<String, MatcherError> {
        if self.kind != Kind::Quoted {
            return Ok(self.text.to_owned());
        }
        unquote(self.text).ok_or_else(|| {
            MatcherError::new(format!("{}:{}: {}: invalid input", self.start, self.end, self.text))
        })
    }
}

/// Reads a list, with or without braces; a comma may follow the last.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    let mut parser = Parser { text, at: 0, column: 0 };
    let mut matchers = Vec::new();
    let braces = matches!(parser.peek()?, Some(t) if t.kind == Kind::OpenBrace);
    if braces {
        parser.take()?;
    }
    let mut next = parser.peek()?;
    while let Some(token) = next.filter(|t| t.kind != Kind::CloseBrace) {
        if !matches!(token.kind, Kind::Quoted | Kind::Unquoted) && !matchers.is_empty() {
            return Err(wrapped(&unexpected(&token), AFTER_COMMA));
        }
        matchers.push(parser.matcher()?);
        next = match parser.peek_for(AFTER_MATCHER)? {
            Some(t) if t.kind == Kind::Comma => {
                parser.take()?;
                parser.peek_for(AFTER_COMMA)?
            }
            Some(t) if t.kind != Kind::CloseBrace => {
                return Err(wrapped(&unexpected(&t), AFTER_MATCHER));
            }
            end => end,
        };
    }
    parser.close(braces, next)?;
    Ok(matchers)
}

/// Reads exactly one matcher.
pub(super) fn parse_one(text: &str) -> Result<Matcher, MatcherError> {
    let mut matchers = parse(text)?;
    match (matchers.pop(), matchers.len()) {
        (Some(matcher), 0) => Ok(matcher),
        (None, _) => Err(MatcherError::new("no matchers")),
        (Some(_), others) => Err(MatcherError::new(format!("expected 1 matcher, found {}", others + 1))),
    }
}

fn unexpected(token: &Token<'_>) -> String {
    format!("{}:{}: unexpected {}", token.start, token.end, token.text)
}

fn wrapped(cause: &str, expected: &str) -> MatcherError {
    MatcherError::new(format!("{cause}: {expected}"))
}

struct Parser<'a> {
    text: &'a str,
    /// Bytes and characters taken.
    at: usize,
    column: usize,
}

impl<'a> Parser<'a> {
    fn matcher(&mut self) -> Result<Matcher, MatcherError> {
        let is_text = |kind| matches!(kind, Kind::Quoted | Kind::Unquoted);
        let name = self.expect(is_text, "expected label name")?.unquoted()?;
        let operator = self.expect(
            |kind| matches!(kind, Kind::Operator(_)),
            "expected an operator such as '=', '!=', '=~' or '!~'",
        )?;
        let value = self.expect(is_text, "expected label value")?.unquoted()?;
        let Kind::Operator(op) = operator.kind else {
            unreachable!("only an operator was accepted");
        };
        Matcher::new(op, name, value).map_err(|e| MatcherError::new(format!("failed to create matcher: {e}")))
    }

    /// What must stand at the end: the closing brace if there was an opening one, then nothing.
    fn close(&mut self, braces: bool, next: Option<Token<'a>>) -> Result<(), MatcherError> {
        let closing = next.filter(|t| t.kind == Kind::CloseBrace);
        match (braces, closing) {
            (true, None) => {
                let column = self.column;
                return Err(MatcherError::new(format!("0:{column}: end of input: expected close brace")));
            }
            (false, Some(token)) => {
                let message = format!("0:{}: }}: expected opening brace", token.end);
                return Err(MatcherError::new(message));
            }
            (true, Some(_)) => {
                self.take()?;
            }
            (false, None) => {}
        }
        match self.peek_for("expected end of input")? {
            None => Ok(()),
            Some(t) => {
                Err(MatcherError::new(format!("{}:{}: {}: expected end of input", t.start, t.end, t.text)))
            }
        }
    }

    fn expect(&mut self, accepts: impl Fn(Kind) -> bool, expected: &str) -> Result<Token<'a>, MatcherError> {
        let token = match self.take() {
            Ok(Some(token)) => token,
            Ok(None) => return Err(wrapped("end of input", expected)),
            Err(error) => return Err(wrapped(&error.to_string(), expected)),
        };
        if accepts(token.kind) { Ok(token) } else { Err(wrapped(&unexpected(&token), expected)) }
    }

    fn take(&mut self) -> Result<Option<Token<'a>>, MatcherError> {
        let token = self.peek()?;
        if let Some(token) = token {
            self.column = token.end;
            self.at = token.end_byte;
        }
        Ok(token)
    }

    /// As [`Parser::peek`]; an error says what was expected.
    fn peek_for(&self, expected: &str) -> Result<Option<Token<'a>>, MatcherError> {
        self.peek().map_err(|e| wrapped(&e.to_string(), expected))
    }

    /// Returns the next token, `None` at the end, without taking it.
    fn peek(&self) -> Result<Option<Token<'a>>, MatcherError> {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        let start = self.column + rest[..rest.len() - trimmed.len()].chars().count();
        let Some(first) = trimmed.chars().next() else { return Ok(None) };
        let token = |kind, len: usize| {
            let text = &trimmed[..len];
            let end_byte = self.text.len() - trimmed.len() + len;
            Ok(Some(Token { kind, text, start, end: start + text.chars().count(), end_byte }))
        };
        match first {
            '{' => token(Kind::OpenBrace, 1),
            '}' => token(Kind::CloseBrace, 1),
            ',' => token(Kind::Comma, 1),
            '=' if trimmed.starts_with("=~") => token(Kind::Operator(MatchOp::Regex), 2),
            '=' => token(Kind::Operator(MatchOp::Equal), 1),
            '!' if trimmed.starts_with("!=") => token(Kind::Operator(MatchOp::NotEqual), 2),
            '!' if trimmed.starts_with("!~") => token(Kind::Operator(MatchOp::NotRegex), 2),
            '!' if trimmed.len() == 1 => Err(MatcherError::new(format!(
                "{start}:{}: unexpected end of input, expected one of '=~'",
                start + 1
            ))),
            '!' => Err(MatcherError::new(format!("{start}:{}: !: expected one of '=~'", start + 1))),
            '"' => match quoted_len(trimmed) {
                Some(len) => token(Kind::Quoted, len),
                None => Err(MatcherError::new(format!(
                    "{start}:{}: {trimmed}: missing end \"",
                    start + trimmed.chars().count()
                ))),
            },
            c if is_reserved(c) => {
                Err(MatcherError::new(format!("{start}:{}: {c}: invalid input", start + 1)))
            }
            _ordinary => token(Kind::Unquoted, trimmed.find(is_reserved).unwrap_or(trimmed.len())),
        }
    }
}

/// Returns the length of the quoted text that begins here, quotes included.
fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _any if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _other => {}
        }
    }
    None
}
