//! Which silences can concern an alert at all, without looking at each.
//!
//! A matcher set that demands a value of a label is found by that pair; the few that demand none are looked at always.

use hashbrown::{HashMap, HashSet};
use model::{Labels, MatchOp};

use super::Silence;
use crate::matchers::Matchers;

/// Silence names by a label pair that one of their matcher sets demands.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_pair: HashMap<(String, String), HashSet<String>>,
    others: HashSet<String>,
}

fn demanded(set: &Matchers) -> Option<(String, String)> {
    let matcher = set.0.iter().find(|m| m.op() == MatchOp::Equal && !m.value().is_empty())?;
    Some((matcher.name().to_owned(), matcher.value().to_owned()))
}

impl Index {
    pub(super) fn add(&mut self, silence: &Silence) {
        for set in &silence.matcher_sets {
            let ids = match demanded(set) {
                Some(pair) => self.by_pair.entry(pair).or_default(),
                None => &mut self.others,
            };
            ids.insert(silence.id.clone());
        }
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.by_pair.values().map(HashSet::len).sum::<usize>() + self.others.len()
    }

    pub(super) fn remove(&mut self, silence: &Silence) {
        for set in &silence.matcher_sets {
            let Some(pair) = demanded(set) else {
                self.others.remove(&silence.id);
                continue;
            };
            if let Some(ids) = self.by_pair.get_mut(&pair) {
                ids.remove(&silence.id);
                if ids.is_empty() {
                    self.by_pair.remove(&pair);
                }
            }
        }
    }

    /// Returns the names of all silences that may match; some may come twice.
    pub(super) fn candidates<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = &'a str> {
        let by_pair = |(name, value): (&str, &str)| self.by_pair.get(&(name.to_owned(), value.to_owned()));
        // Without silences, as most of the time, a storm need not pay for the keys.
        let labels = if self.by_pair.is_empty() { None } else { Some(labels.iter()) };
        labels.into_iter().flatten().filter_map(by_pair).flatten().chain(&self.others).map(String::as_str)
    }
}
