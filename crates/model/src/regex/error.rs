//! Why a pattern cannot be used, in Go's words.

/// Why a pattern cannot be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("error parsing regexp: {reason}: `{part}`")]
pub struct RegexError {
    /// Go's name of the fault, such as `missing closing )`.
    pub reason: &'static str,
    /// The part of the pattern at fault.
    pub part: String,
}

impl RegexError {
    pub(super) fn new(reason: &'static str, part: &str) -> RegexError {
        RegexError { reason, part: part.to_owned() }
    }
}
