//! What a team sees: the data is narrowed to its series before it is read, and answers to its rules, alerts and silences.
//!
//! A team's selector is a conjunction of matchers; somebody in several teams sees what any of them sees. [`data`] narrows the
//! storage itself, so a query is answered as if the other series were not stored, whatever it says; [`answers`] narrows what
//! does not come from the storage.
//!
//! Invariants: 1. Nothing passes that is not known: an endpoint without a rule of its own is refused.  2. No query text is
//! ever edited.

pub mod answers;
pub mod data;
pub mod statistics;
#[cfg(test)]
mod tests;

use model::{Labels, Matcher};
use promql::parse_selector;

/// What somebody sees: series that match all matchers of any of these lists. Never empty.
#[derive(Clone, Debug)]
pub struct Visible(Vec<Vec<Matcher>>);

/// Why what somebody sees cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the selector {selector:?} of a team cannot be used: {reason}")]
pub struct VisibilityError {
    /// The selector.
    pub selector: String,
    /// Why not.
    pub reason: String,
}

impl Visible {
    /// Reads selectors; `None` if there are none, which means everything.
    ///
    /// # Errors
    /// A selector that cannot be read: then nothing may be shown.
    pub fn read(selectors: &[&str]) -> Result<Option<Visible>, VisibilityError> {
        let read = |selector: &&str| {
            parse_selector(selector)
                .map_err(|e| VisibilityError { selector: (*selector).to_owned(), reason: e.to_string() })
        };
        let mut lists = Vec::with_capacity(selectors.len());
        for selector in selectors {
            let list = read(selector)?;
            // Teams may share a selector.
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        Ok((!lists.is_empty()).then_some(Visible(lists)))
    }

    /// The lists, any of which must match as a whole.
    pub fn lists(&self) -> &[Vec<Matcher>] {
        &self.0
    }

    /// Tells whether something with these labels is seen.
    pub fn sees<'a>(&self, label: impl Fn(&str) -> &'a str) -> bool {
        self.0.iter().any(|list| list.iter().all(|m| m.matches(label(&m.name))))
    }

    /// Tells whether a label set is seen.
    pub fn sees_labels(&self, labels: &Labels) -> bool {
        self.0.iter().any(|list| matches(list, labels))
    }
}

/// Tells whether labels pass all matchers.
fn matches(list: &[Matcher], labels: &Labels) -> bool {
    list.iter().all(|m| m.matches(labels.get(&m.name)))
}
