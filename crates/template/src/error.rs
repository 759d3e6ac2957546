//! What is wrong with a template, in Go's words.

/// A text that is no template. Prints as Go: `template: NAME:LINE: message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// The template's name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column of the last thing read, in bytes from 1. Go does not tell it.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// An execution that failed. Prints as Go: `template: NAME:LINE:COLUMN: executing "NAME" at <PART>: message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// Some part of the template could not be evaluated.
    #[error("template: {file}:{line}:{column}: executing {} at <{part}>: {message}", model::number::quote(.name))]
    At {
        /// The name under which the text was read.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, in bytes from 0, as Go counts.
        column: usize,
        /// The template that was executed: another than `file` inside a definition.
        name: String,
        /// The part, printed as Go prints syntax trees.
        part: String,
        /// What is wrong.
        message: String,
    },
    /// There is no such template, or nothing in it.
    #[error("template: {message}")]
    Missing {
        /// What is wrong.
        message: String,
    },
}

impl ExecError {
    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        match self {
            ExecError::At { message, .. } | ExecError::Missing { message } => message,
        }
    }
}
