//! Regular expressions with the syntax and meaning of Go's RE2, anchored at both ends.

/// A pattern anchored at both ends.
#[derive(Clone, Debug)]
pub struct Regex {
    pattern: String,
    compiled: regex_automata::meta::Regex,
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("error parsing regexp: {reason}")]
pub struct RegexError {
    /// Go's wording, e.g. ``missing closing ): `a(` ``.
    pub reason: String,
}

impl Regex {
    /// Compiles `^(?s:pattern)$`.
    ///
    /// # Errors
    /// A pattern that Go refuses, or whose program would be larger than the limit.
    pub fn anchored(pattern: &str) -> Result<Regex, RegexError> {
        let compiled = regex_automata::meta::Regex::new(&format!("^(?s:{pattern})$"))
            .map_err(|e| RegexError { reason: e.to_string() })?;
        Ok(Regex { pattern: pattern.to_owned(), compiled })
    }

    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Tells whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        self.compiled.is_match(value)
    }
}
