//! From text to tokens.

use serde_json::Value;

use super::PathError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, quoted or not.
    Name(String),
    /// A value: between grave accents, or a text between apostrophes.
    Literal(Value),
    Number(i64),
    /// `. * @ | || && ! == != < <= > >= [ ] [? [] { } ( ) , :`
    Sign(&'static str),
    End,
}

/// The longer ones first, so that none is taken for the beginning of another.
const SIGNS: [&str; 23] = [
    "||", "&&", "==", "!=", "<=", ">=", "[?", "[]", ".", "*", "@", "|", "!", "<", ">", "[", "]", "{", "}",
    "(", ")", ",", ":",
];

/// Reads all tokens, with where they begin; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, PathError> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            found.push((at, Token::End));
            return Ok(found);
        };
        let (token, length) = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                (Token::Name(rest[..length].to_owned()), length)
            }
            '0'..='9' | '-' => {
                let length = 1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count();
                let number = rest[..length].parse().map_err(|_| wrong(text, at, "not a whole number"))?;
                (Token::Number(number), length)
            }
            '"' => {
                let inner = delimited(text, at, '"')?;
                let length = inner.len() + 2;
                let name = serde_json::from_str(&rest[..length]);
                (Token::Name(name.map_err(|e| wrong(text, at, &format!("not a quoted name: {e}")))?), length)
            }
            '\'' => {
                let inner = delimited(text, at, '\'')?;
                (Token::Literal(Value::from(inner.replace("\\'", "'"))), inner.len() + 2)
            }
            '`' => {
                let inner = delimited(text, at, '`')?;
                let json = inner.replace("\\`", "`");
                let value = serde_json::from_str(json.trim());
                // The first version of the language took text without quotation marks.
                (Token::Literal(value.unwrap_or_else(|_| Value::from(json.trim()))), inner.len() + 2)
            }
            '&' if !rest.starts_with("&&") => {
                return Err(wrong(text, at, "expression references (&) are not known here"));
            }
            other => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return Err(wrong(text, at, &format!("{other:?} means nothing here"))),
            },
        };
        found.push((at, token));
        rest = &rest[length..];
    }
}

/// What stands between two quotation marks, escapes still in it.
fn delimited(text: &str, at: usize, mark: char) -> Result<&str, PathError> {
    let inner = &text[at + 1..];
    let mut escaped = false;
    for (i, c) in inner.char_indices() {
        if c == mark && !escaped {
            return Ok(&inner[..i]);
        }
        escaped = c == '\\' && !escaped;
    }
    Err(wrong(text, at, &format!("{mark} is not closed")))
}

pub(super) fn wrong(text: &str, at: usize, reason: &str) -> PathError {
    PathError::Syntax { at: text[..at].chars().count() + 1, reason: reason.to_owned() }
}
