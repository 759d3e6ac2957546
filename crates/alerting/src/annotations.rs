//! Annotations: names and values that describe an alert, in one allocation that clones share.
//!
//! A storm brings a hundred thousand alerts with a handful of texts each. As a map of texts they cost a kilobyte of bookkeeping per
//! alert, and messages used to copy all of it. Unlike labels they may hold empty values.
//!
//! Layout: `length:name` and `length:value` in turn, lengths in decimal; all of it is one valid text.
//!
//! Invariant: names strictly increase.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Names and values, sorted by name. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Annotations(Arc<str>);

static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(""));

impl Annotations {
    /// Returns the value of a name; `None` if there is no such name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns the pairs, sorted by name.
    pub fn iter(&self) -> Pairs<'_> {
        Pairs { rest: &self.0 }
    }

    /// Returns the number of pairs. Costs a pass over them.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Tells whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a copy with more pairs; they replace those of the same names.
    #[must_use]
    pub fn with<'a>(&'a self, more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Annotations {
        self.iter().chain(more).collect()
    }
}

impl Default for Annotations {
    fn default() -> Annotations {
        Annotations(Arc::clone(&EMPTY))
    }
}

/// Prints the pairs as a map.
impl fmt::Debug for Annotations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Takes pairs in any order; of two with the same name the last counts.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Annotations {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Annotations {
        let mut pairs: Vec<(N, V)> = pairs.into_iter().collect();
        pairs.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref())); // stable: the last of equals stays last
        let mut text = String::with_capacity(256);
        for (i, (name, value)) in pairs.iter().enumerate() {
            if pairs.get(i + 1).is_none_or(|next| next.0.as_ref() != name.as_ref()) {
                push(&mut text, name.as_ref());
                push(&mut text, value.as_ref());
            }
        }
        if text.is_empty() { Annotations::default() } else { Annotations(text.into()) }
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const SIZE: usize> From<[(N, V); SIZE]> for Annotations {
    fn from(pairs: [(N, V); SIZE]) -> Annotations {
        pairs.into_iter().collect()
    }
}

impl From<BTreeMap<String, String>> for Annotations {
    fn from(pairs: BTreeMap<String, String>) -> Annotations {
        pairs.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Annotations {
    type Item = (&'a str, &'a str);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

fn push(out: &mut String, text: &str) {
    out.push_str(&text.len().to_string());
    out.push(':');
    out.push_str(text);
}

/// Goes through the pairs.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    fn text(&mut self) -> Option<&'a str> {
        let (length, after) = self.rest.split_once(':')?;
        let (text, rest) = after.split_at_checked(length.parse().ok()?)?;
        self.rest = rest;
        Some(text)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        Some((self.text()?, self.text()?))
    }
}

#[cfg(test)]
mod tests;
