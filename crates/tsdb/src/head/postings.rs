//! Which series have which label: sorted lists of series numbers by name and value.
//!
//! A label value that few series have, the usual case of `pod` or `id`, keeps its list inline. Lists hold only series
//! that the log knows, so readers find no series of an open batch.

use hashbrown::HashMap;
use parking_lot::RwLockReadGuard;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use storage::SelectError;

use super::pages::Pages;
use super::symbols::{Pair, Symbols};
use crate::postings::Postings;
use crate::select::IndexRead;

/// Series of one value. Four numbers take no allocation.
type List = SmallVec<[u32; 4]>;

/// The lists of the head.
#[derive(Debug, Default)]
pub struct HeadPostings {
    by_name: HashMap<u32, HashMap<u32, List>>,
    all: Vec<u32>,
}

impl HeadPostings {
    /// Adds a series.
    pub fn add(&mut self, id: u32, labels: &[Pair]) {
        insert(&mut self.all, id);
        for pair in labels {
            let list = self.by_name.entry(pair.name).or_default().entry(pair.value).or_default();
            match list.last() {
                Some(&last) if last >= id => {
                    if let Err(at) = list.binary_search(&id) {
                        list.insert(at, id);
                    }
                }
                Some(_) | None => {
                    if list.len() == list.capacity() && list.len() > 16 {
                        list.reserve_exact(list.len() / 4); // doubling would waste a third of large lists
                    }
                    list.push(id);
                }
            }
        }
    }

    /// Removes series, which must be sorted, from all lists of `touched` pairs.
    pub fn remove(&mut self, ids: &[u32], touched: impl IntoIterator<Item = Pair>) {
        let dead = |id: &u32| ids.binary_search(id).is_ok();
        self.all.retain(|id| !dead(id));
        self.all.shrink_to_fit();
        for pair in touched {
            let Some(values) = self.by_name.get_mut(&pair.name) else { continue };
            let Some(list) = values.get_mut(&pair.value) else { continue };
            list.retain(|id| !dead(id));
            list.shrink_to_fit();
            if list.is_empty() {
                values.remove(&pair.value);
                if values.is_empty() {
                    self.by_name.remove(&pair.name);
                }
            }
        }
        for values in self.by_name.values_mut() {
            if values.capacity() > 4 * values.len() + 16 {
                values.shrink_to_fit();
            }
        }
    }

    /// Returns for each name its values with the number of their series.
    pub fn counts(&self) -> impl Iterator<Item = (u32, impl Iterator<Item = (u32, usize)> + '_)> + '_ {
        self.by_name.iter().map(|(name, values)| (*name, values.iter().map(|(v, list)| (*v, list.len()))))
    }

    /// Returns the number of pairs.
    pub fn pairs(&self) -> usize {
        self.by_name.values().map(HashMap::len).sum()
    }
}

fn insert(list: &mut Vec<u32>, id: u32) {
    match list.last() {
        Some(&last) if last >= id => {
            if let Err(at) = list.binary_search(&id) {
                list.insert(at, id);
            }
        }
        Some(_) | None => list.push(id),
    }
}

/// The head's index, held still. Series that are created meanwhile wait, so it must not be held for long.
pub struct HeadIndex<'a> {
    /// The lists.
    pub postings: RwLockReadGuard<'a, HeadPostings>,
    /// The strings.
    pub symbols: RwLockReadGuard<'a, Symbols>,
    /// The series.
    pub pages: &'a Pages,
}

impl HeadIndex<'_> {
    fn values(&self, name: &str) -> Option<&HashMap<u32, List>> {
        self.postings.by_name.get(&self.symbols.find(name)?)
    }
}

impl IndexRead for HeadIndex<'_> {
    fn all_postings(&self) -> Result<Postings<'_>, SelectError> {
        Ok(Postings::Slice(&self.postings.all))
    }

    fn postings(&self, name: &str, value: &str) -> Result<Postings<'_>, SelectError> {
        let list = self.values(name).and_then(|values| values.get(&self.symbols.find(value)?));
        Ok(list.map_or(Postings::EMPTY, |list| Postings::Slice(list)))
    }

    fn postings_where(
        &self,
        name: &str,
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<Postings<'_>>, SelectError> {
        let Some(values) = self.values(name) else { return Ok(Vec::new()) };
        let accepted = values.iter().filter(|(value, _)| accept(self.symbols.get(**value)));
        Ok(accepted.map(|(_, list)| Postings::Slice(list)).collect())
    }

    fn visit_label_values(&self, name: &str, visit: &mut dyn FnMut(&str)) -> Result<(), SelectError> {
        for value in self.values(name).into_iter().flat_map(HashMap::keys) {
            visit(self.symbols.get(*value));
        }
        Ok(())
    }

    fn label_names(&self) -> Result<Vec<String>, SelectError> {
        let mut names: Vec<String> =
            self.postings.by_name.keys().map(|name| self.symbols.get(*name).to_owned()).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn label_names_of(&self, series: &[u32], names: &mut BTreeSet<String>) -> Result<(), SelectError> {
        let mut seen: hashbrown::HashSet<u32> = hashbrown::HashSet::new();
        for id in series {
            self.pages.with(*id, |series, _| seen.extend(series.labels.iter().map(|p| p.name)));
        }
        names.extend(seen.into_iter().map(|name| self.symbols.get(name).to_owned()));
        Ok(())
    }
}
