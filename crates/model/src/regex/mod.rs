//! Regular expressions with the syntax and meaning of Go's `regexp` (RE2), anchored at both ends.
//!
//! Prometheus users write patterns for Go. The `regex` crate reads a slightly different language (`\Q..\E`, a literal
//! `{`, ASCII-only `\d \w \s \b`, `[a&&b]`, …), so [`parse`] reads Go's and builds the tree that `regex-automata` runs.
//!
//! A [`Regex`] also knows when it is no more than a list of words, a prefix or a substring: such patterns, the most
//! frequent in practice, are answered without an automaton, and an index can look their words up instead of scanning.

mod error;
mod expand;
mod parse;
mod prefixes;
mod search;
mod shape;

use std::sync::OnceLock;

use regex_automata::meta;
use regex_syntax::hir::Hir;

pub use error::RegexError;
pub use search::Search;
pub use shape::Shape;

/// Largest compiled automaton: a hostile pattern ends in an error, not in memory exhaustion.
const AUTOMATON_BYTES_MAX: usize = 10 << 20;

/// A pattern anchored at both ends; `.` also matches a line break, as in Prometheus.
#[derive(Clone, Debug)]
pub struct Regex {
    pattern: String,
    shape: Shape,
    prefixes: Box<[String]>,
    hir: Hir,
    /// Built when first needed: most patterns are answered by their shape alone.
    automaton: OnceLock<meta::Regex>,
}

impl Regex {
    /// Reads a pattern and prepares it.
    ///
    /// # Errors
    /// A pattern that Go refuses, with Go's words, or one whose automaton is larger than 10 MiB.
    pub fn anchored(pattern: &str) -> Result<Regex, RegexError> {
        let inner = parse::parse(pattern)?;
        let plain = shape::without_groups(&inner);
        let shape = Shape::of(&plain);
        let prefixes = prefixes::prefixes(&plain).into();
        let hir = Hir::concat(vec![
            Hir::look(regex_syntax::hir::Look::Start),
            inner,
            Hir::look(regex_syntax::hir::Look::End),
        ]);
        let regex = Regex { pattern: pattern.to_owned(), shape, prefixes, hir, automaton: OnceLock::new() };
        if matches!(regex.shape, Shape::General { .. }) {
            let automaton = regex.compile()?;
            regex.automaton.get_or_init(|| automaton);
        }
        Ok(regex)
    }

    fn compile(&self) -> Result<meta::Regex, RegexError> {
        let config = meta::Config::new().nfa_size_limit(Some(AUTOMATON_BYTES_MAX)).utf8_empty(true);
        meta::Builder::new()
            .configure(config)
            .build_from_hir(&self.hir)
            .map_err(|_| RegexError::new("expression too large", &self.pattern))
    }

    fn automaton(&self) -> &meta::Regex {
        // A shape that needs no automaton to match may still be asked for its groups.
        self.automaton.get_or_init(|| {
            self.compile()
                .unwrap_or_else(|_| meta::Regex::new("[a&&b]").expect("the empty class is a valid pattern"))
        })
    }

    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Returns what is known of the pattern without running it.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Returns all words that match, if the pattern is just a list of words (case-sensitive), sorted, each once.
    pub fn words(&self) -> Option<&[String]> {
        match &self.shape {
            Shape::Words(words) => Some(words),
            _others => None,
        }
    }

    /// Returns what each matching value must begin with; `""` if nothing is known.
    pub fn prefix(&self) -> &str {
        self.shape.prefix()
    }

    /// Returns strings of which each matching value begins with one: sorted, not empty, none the beginning of another. An
    /// empty list says that nothing is known.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Tells whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        match self.shape.decide(value) {
            Some(answer) => answer,
            None => self.automaton().is_match(value),
        }
    }

    /// Returns `template` with `$1`, `${1}`, `$name`, `${name}` replaced by what the groups matched in `value`,
    /// as Go's `Regexp.Expand`; `None` if the value does not match.
    pub fn replace(&self, value: &str, template: &str) -> Option<String> {
        if !template.contains('$') {
            return self.is_match(value).then(|| template.to_owned());
        }
        let automaton = self.automaton();
        let mut groups = automaton.create_captures();
        automaton.captures(value, &mut groups);
        groups.is_match().then(|| expand::expand(template, value, &groups))
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Regex) -> bool {
        self.pattern == other.pattern
    }
}
impl Eq for Regex {}

#[cfg(test)]
mod tests;
