//! The tree of a YAML document: every node knows where it stands.

use std::fmt;

/// A place in a file. Lines and columns count from 1; a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The first character of a file.
    pub const START: Position = Position { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value in the document. Aliases and merge keys are resolved already.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins; for an alias, where the anchored value begins.
    pub position: Position,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values in the order written. Keys are unique, unless the report says otherwise.
    Mapping(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text. Keys that are not scalars are refused while reading.
    pub key: String,
    /// Where the key stands.
    pub position: Position,
    /// The value.
    pub value: Node,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, quotes and escapes removed.
    pub text: String,
    /// Whether it may stand for null, a boolean or a number: not quoted, not tagged as a string.
    pub plain: bool,
}

impl Node {
    /// Returns an empty scalar, which is what an empty document holds.
    pub fn null(position: Position) -> Node {
        Node { position, kind: Kind::Scalar(Scalar { text: String::new(), plain: true }) }
    }

    /// Tells whether the node is a null, in any spelling.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(s) if s.resolve() == crate::scalar::Resolved::Null)
    }

    /// Names the node's kind for messages: `a list`, `a mapping`, `a string`, `a number` …
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Scalar(s) => s.resolve().describe(),
        }
    }
}
