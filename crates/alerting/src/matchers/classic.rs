//! The classic syntax: a label name, an operator, and the rest is the value, quoted or not.

use model::MatchOp;

use super::{Matcher, MatcherError};

/// Reads a list, with or without braces. Commas inside quotes do not separate.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    let text = text.strip_prefix('{').unwrap_or(text);
    let text = text.strip_suffix('}').unwrap_or(text);
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            // As in the original, a comma leaves the escape open.
            ',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            ',' => {}
            '"' if escaped => escaped = false,
            '"' => quoted = !quoted,
            '\\' => escaped = !escaped,
            _other => escaped = false,
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        parts.push(last);
    }
    parts.into_iter().map(parse_one).collect()
}

/// Reads one matcher.
pub(super) fn parse_one(text: &str) -> Result<Matcher, MatcherError> {
    let malformed = || MatcherError::new(format!("bad matcher format: {text}"));
    let rest = text.trim_start_matches(is_space);
    let name_len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')).count();
    let (name, rest) = rest.split_at(name_len);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(malformed());
    }
    let rest = rest.trim_start_matches(is_space);
    let operators =
        [("=~", MatchOp::Regex), ("=", MatchOp::Equal), ("!=", MatchOp::NotEqual), ("!~", MatchOp::NotRegex)];
    let (op, raw) = operators
        .iter()
        .find_map(|(sign, op)| rest.strip_prefix(sign).map(|raw| (*op, raw)))
        .ok_or_else(malformed)?;
    Matcher::new(op, name, value(raw.trim_matches(is_space))?)
}

/// What `\s` of RE2 means.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r')
}

/// Replaces `\n`, `\"` and `\\`; other backslashes stay. Quotes are allowed around the whole value only.
fn value(raw: &str) -> Result<String, MatcherError> {
    let stray = || MatcherError::new(format!("matcher value contains unescaped double quote: {raw}"));
    let (text, mut quote_open) = match raw.strip_prefix('"') {
        Some(rest) => (rest, true),
        None => (raw, false),
    };
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let last = chars.peek().is_none();
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(escaped @ ('"' | '\\')) => out.push(escaped),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '"' if quote_open && last => quote_open = false,
            '"' => return Err(stray()),
            other => out.push(other),
        }
    }
    if quote_open { Err(stray()) } else { Ok(out) }
}
