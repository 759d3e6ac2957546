//! JMESPath: how configurations say which claim is a role (`contains(groups[*], 'admins') && 'Admin' || 'Viewer'`).
//!
//! Source: the [specification](https://jmespath.org/specification.html): all of its grammar but expression references (`&`)
//! and the functions that need them. An expression is read once, with its errors, and asked often.
//!
//! Invariants: 1. Nesting, and what an expression makes of its data, are bounded.  2. A field that is missing is null, never an
//! error; only functions refuse kinds of values that they cannot take.

mod eval;
mod functions;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use serde_json::Value;

use parser::Node;

/// Longest expression.
pub const TEXT_BYTES_MAX: usize = 8 << 10;
/// How deep parts of an expression nest at most.
const DEPTH_MAX: usize = 64;
/// How many values may be made of the data at most.
const VALUES_MAX: usize = 200_000;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    node: Node,
}

/// Why an expression cannot be read or has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It is not written as expressions are.
    #[error("at character {at}: {reason}")]
    Syntax {
        /// Where, from 1.
        at: usize,
        /// Why not.
        reason: String,
    },
    /// A function got what it cannot take.
    #[error("{function}() cannot take {given}")]
    Argument {
        /// Which.
        function: &'static str,
        /// The kind of value.
        given: &'static str,
    },
    /// It makes too much of its data.
    #[error("the expression makes more than {VALUES_MAX} values")]
    TooMuch,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`PathError::Syntax`].
    pub fn parse(text: &str) -> Result<Expression, PathError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(PathError::Syntax { at: 1, reason: format!("longer than {TEXT_BYTES_MAX} bytes") });
        }
        Ok(Expression { text: text.to_owned(), node: parser::parse(text)? })
    }

    /// Finds its value in some data.
    ///
    /// # Errors
    /// A function gets what it cannot take, or too much comes together.
    pub fn search(&self, data: &Value) -> Result<Value, PathError> {
        eval::Evaluation::default().value(&self.node, data)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
