//! What an answer should be.

use std::sync::Arc;

use model::{Labels, Regex};

use super::script::{When, after, range, word};
use crate::parser::SequenceValue;
use crate::parser::unquote;

/// One series of the expected answer.
#[derive(Debug)]
pub(super) struct ExpectedSeries {
    /// Where it stands, counted from 1.
    pub(super) position: usize,
    pub(super) labels: Labels,
    pub(super) values: Arc<[SequenceValue]>,
}

/// A text that an error or annotation must have.
#[derive(Debug)]
pub(super) enum Text {
    Any,
    Exactly(String),
    Matching(String, Regex),
}

impl Text {
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Text::Any => true,
            Text::Exactly(want) => want == text,
            Text::Matching(_, regex) => regex.is_match(text),
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Text::Any => "anything".to_owned(),
            Text::Exactly(want) => format!("{want:?}"),
            Text::Matching(pattern, _) => format!("pattern {pattern:?}"),
        }
    }
}

/// All that is expected of one query.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    pub(super) ordered: bool,
    pub(super) fail: Option<Text>,
    pub(super) warn: Vec<Text>,
    pub(super) no_warn: bool,
    pub(super) info: Vec<Text>,
    pub(super) no_info: bool,
    pub(super) string: Option<String>,
    /// Times of the values of a matrix that an instant query returns.
    pub(super) matrix: Option<When>,
    pub(super) scalar: Option<SequenceValue>,
    pub(super) series: Vec<ExpectedSeries>,
}

impl Expectations {
    /// From what is written behind `eval`: `_fail`, `_warn`, `_info`, `_ordered` or nothing.
    pub(super) fn of_mode(mode: &str) -> Expectations {
        let mut expected = Expectations::default();
        match mode.strip_prefix('_').unwrap_or(mode) {
            "fail" => expected.fail = Some(Text::Any),
            "warn" => expected.warn.push(Text::Any),
            "info" => expected.info.push(Text::Any),
            "ordered" => expected.ordered = true,
            _plain => {}
        }
        expected
    }
}

/// Reads a line if it is an `expect` line (or one of the older forms); tells whether it was.
pub(super) fn expect_line(line: &str, expected: &mut Expectations) -> Result<bool, String> {
    if let Some(message) = line.strip_prefix("expected_fail_message") {
        expected.fail = Some(Text::Exactly(message.trim().to_owned()));
        return Ok(true);
    }
    if let Some(pattern) = line.strip_prefix("expected_fail_regexp") {
        expected.fail = Some(matching(pattern.trim())?);
        return Ok(true);
    }
    let (first, rest) = word(line);
    if first != "expect" {
        return Ok(false);
    }
    let (kind, rest) = word(rest);
    match kind {
        "range" => expected.matrix = Some(range_vector(rest)?),
        "string" => expected.string = Some(string(rest)?),
        "ordered" => expected.ordered = true,
        "fail" => expected.fail = Some(text(rest)?),
        "warn" => expected.warn.push(text(rest)?),
        "no_warn" => expected.no_warn = true,
        "info" => expected.info.push(text(rest)?),
        "no_info" => expected.no_info = true,
        other => return Err(format!("invalid expected error/annotation type {other:?}")),
    }
    Ok(true)
}

/// Reads `vector from 0 to 10m step 1m`.
fn range_vector(rest: &str) -> Result<When, String> {
    let rest = after(rest, "vector")?;
    let (start, rest) = word(after(rest, "from")?);
    let (end, rest) = word(after(rest, "to")?);
    let (step, _) = word(after(rest, "step")?);
    range(start, end, step)
}

fn string(rest: &str) -> Result<String, String> {
    let quoted = rest.trim();
    let first = quoted.chars().next();
    let is_quoted =
        quoted.len() >= 2 && matches!(first, Some('"' | '`' | '\'')) && quoted.chars().next_back() == first;
    if is_quoted {
        Ok(unquote(quoted))
    } else {
        Err(format!("expected string literal not valid: {quoted:?} is not quoted"))
    }
}

/// Reads `msg: …`, `regex: …` or nothing.
fn text(rest: &str) -> Result<Text, String> {
    if let Some(message) = rest.strip_prefix("msg:") {
        return Ok(Text::Exactly(message.trim().to_owned()));
    }
    if let Some(pattern) = rest.strip_prefix("regex:") {
        return matching(pattern.trim());
    }
    if rest.is_empty() { Ok(Text::Any) } else { Err(format!("invalid expectation {rest:?}")) }
}

/// A pattern that may match anywhere in the text.
fn matching(pattern: &str) -> Result<Text, String> {
    let anywhere = format!("(?s:.*)(?:{pattern})(?s:.*)");
    let regex = Regex::anchored(&anywhere).map_err(|e| format!("invalid pattern {pattern:?}: {e}"))?;
    Ok(Text::Matching(pattern.to_owned(), regex))
}
