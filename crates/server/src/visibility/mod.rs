//! What a team sees: requests are narrowed to its series before they are answered, and answers to its rules, alerts and silences.
//!
//! A team's selector is a conjunction of matchers; somebody in several teams sees what any of them sees. Endpoints that list
//! series take several selectors and so any union; a query takes one conjunction in each of its selectors, so there the union
//! must be writable as one ([`Visible::conjunction`]).
//!
//! Invariants: 1. Nothing passes that is not known: an endpoint without a rule of its own is refused.  2. A narrowed query is
//! parsed, changed as a tree and printed, never edited as text.

pub mod answers;
pub mod requests;
#[cfg(test)]
mod tests;

use model::{Labels, MatchOp, Matcher};
use promql::parse_selector;

/// What somebody sees: series that match all matchers of any of these lists. Never empty.
#[derive(Clone, Debug)]
pub struct Visible(Vec<Vec<Matcher>>);

/// Why what somebody sees cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisibilityError {
    /// A team's selector cannot be read any more.
    #[error("the selector {selector:?} of a team cannot be used: {reason}")]
    Selector {
        /// The selector.
        selector: String,
        /// Why not.
        reason: String,
    },
    /// The union of several teams' selectors is no selector.
    #[error(
        "what your teams see cannot be put into one query: selectors of several teams must each be one matcher on the \
         same label"
    )]
    Union,
    /// The query cannot be parsed; who answers it says why in the usual words.
    #[error("{0}")]
    Query(String),
}

impl Visible {
    /// Reads selectors; `None` if there are none, which means everything.
    ///
    /// # Errors
    /// A selector that cannot be read: then nothing may be shown.
    pub fn read(selectors: &[&str]) -> Result<Option<Visible>, VisibilityError> {
        let read = |selector: &&str| {
            parse_selector(selector).map_err(|e| VisibilityError::Selector {
                selector: (*selector).to_owned(),
                reason: e.to_string(),
            })
        };
        let lists = selectors.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok((!lists.is_empty()).then_some(Visible(lists)))
    }

    /// Tells whether something with these labels is seen.
    pub fn sees<'a>(&self, label: impl Fn(&str) -> &'a str) -> bool {
        self.0.iter().any(|list| list.iter().all(|m| m.matches(label(&m.name))))
    }

    /// Tells whether a label set is seen.
    pub fn sees_labels(&self, labels: &Labels) -> bool {
        self.sees(|name| labels.get(name))
    }

    /// What is seen as one list of matchers, all of which must match.
    ///
    /// # Errors
    /// Several teams whose selectors are not one matcher each on the same label.
    pub fn conjunction(&self) -> Result<Vec<Matcher>, VisibilityError> {
        let [first, rest @ ..] = self.0.as_slice() else { return Err(VisibilityError::Union) };
        if rest.is_empty() {
            return Ok(first.clone());
        }
        let mut patterns = Vec::new();
        for list in &self.0 {
            let [only] = list.as_slice() else { return Err(VisibilityError::Union) };
            if only.name != first[0].name {
                return Err(VisibilityError::Union);
            }
            patterns.push(match only.op {
                MatchOp::Equal => quoted(&only.value),
                MatchOp::Regex => format!("(?:{})", only.value),
                MatchOp::NotEqual | MatchOp::NotRegex => return Err(VisibilityError::Union),
            });
        }
        let union = Matcher::new(MatchOp::Regex, first[0].name.clone(), patterns.join("|"));
        union.map(|m| vec![m]).map_err(|_| VisibilityError::Union)
    }
}

/// A text as a pattern that matches only it.
fn quoted(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
