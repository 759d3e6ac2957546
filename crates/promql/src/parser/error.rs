//! What is wrong with a query, and where.

use std::fmt;

use crate::ast::Span;

/// One fault of a query. Prints as Prometheus does: `1:6: parse error: unexpected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The place in the query, in bytes.
    pub span: Span,
    /// What is wrong there.
    pub message: String,
    /// The place for people.
    pub position: Position,
}

/// Where a fault starts, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Line and column, counted from 1; the column counts bytes.
    At {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
    /// The query is empty.
    Unknown,
    /// The span does not lie in the query.
    Invalid,
}

impl Position {
    /// Finds line and column of a byte offset.
    pub fn of(offset: u32, text: &str) -> Position {
        if text.is_empty() {
            return Position::Unknown;
        }
        let Some(before) = text.as_bytes().get(..offset as usize) else {
            return Position::Invalid;
        };
        let line = before.iter().filter(|b| **b == b'\n').count() as u32 + 1;
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        Position::At { line, column: offset - line_start as u32 + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Position::At { line, column } => write!(f, "{line}:{column}"),
            Position::Unknown => f.write_str("unknown position"),
            Position::Invalid => f.write_str("invalid position"),
        }
    }
}

impl ParseError {
    /// Builds an error at a place of `text`.
    pub fn new(span: Span, message: impl Into<String>, text: &str) -> ParseError {
        ParseError { span, message: message.into(), position: Position::of(span.start, text) }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: parse error: {}", self.position, self.message)
    }
}

impl std::error::Error for ParseError {}

/// All faults of a query, in the order in which they were found; at least one. Prints as the first of them, as Prometheus does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseErrors(pub Vec<ParseError>);

impl fmt::Display for ParseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.first() {
            Some(error) => error.fmt(f),
            None => f.write_str("error contains no error message"),
        }
    }
}

impl std::error::Error for ParseErrors {}
