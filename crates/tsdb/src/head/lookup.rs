//! Finding series of the head by their labels, without holding up those who create series.
//!
//! Each step takes the locks it needs for some microseconds: a list is shared, not held, and values are visited some
//! thousand at a time. So one look-up may see one list before and another after a series was added; such a series has no
//! samples that the view of this look-up sees, so it does not matter whether it is found.

use std::collections::BTreeSet;
use std::ops::Range;

use hashbrown::HashSet;
use storage::SelectError;

use super::Head;
use super::packed_labels::Iter;
use super::pages::{PAGE_SERIES, page_of};
use super::postings::{List, Unordered, Values};
use super::symbols::Pair;
use crate::postings::{self, Postings};
use crate::select::IndexRead;

/// Values visited before others get their turn at the locks.
const VALUES_AT_ONCE: usize = 2048;
/// Values of a name that may be out of order without anybody minding.
pub const UNORDERED_MAX: usize = 1024;

/// The head's index.
#[derive(Clone, Copy, Debug)]
pub struct HeadIndex<'a>(pub &'a Head);

impl HeadIndex<'_> {
    /// Returns the number of a name that series have.
    fn name(&self, name: &str) -> Option<u32> {
        self.0.symbols.read().find(name)
    }

    /// Calls `visit` with each value of a name that begins with one of the prefixes and that `accept` accepts, and with its
    /// series. Looking for the series costs more than most answers of `accept`, so it comes last.
    fn walk(
        &self,
        name: &str,
        prefixes: &[String],
        accept: &mut dyn FnMut(&str) -> bool,
        visit: &mut dyn FnMut(&str, &List),
    ) {
        let Some(number) = self.name(name) else { return };
        let walk = self.0.postings.read().values(number).map(Values::walk);
        let Some((order, fresh)) = walk else { return };
        for range in self.ranges(&order, prefixes) {
            for some in order[range].chunks(VALUES_AT_ONCE) {
                self.visit_some(name, number, some, accept, visit);
            }
        }
        let mut begins = |value: &str| {
            (prefixes.is_empty() || prefixes.iter().any(|p| value.starts_with(p.as_str()))) && accept(value)
        };
        for some in fresh.chunks(VALUES_AT_ONCE) {
            self.visit_some(name, number, some, &mut begins, visit);
        }
    }

    fn visit_some(
        &self,
        name: &str,
        number: u32,
        some: &[u32],
        accept: &mut dyn FnMut(&str) -> bool,
        visit: &mut dyn FnMut(&str, &List),
    ) {
        let postings = self.0.postings.read();
        let symbols = self.0.symbols.read();
        // A name whose last series went meanwhile may have left its number to another.
        let Some(values) = postings.values(number).filter(|_| symbols.get(number) == name) else { return };
        for &value in some {
            let string = symbols.get(value);
            // A value that went meanwhile has no series, and its number may be another's.
            if accept(string)
                && let Some(list) = values.get(value)
            {
                visit(string, list);
            }
        }
    }

    /// Returns where in the order the values with these prefixes are.
    fn ranges(&self, order: &[u32], prefixes: &[String]) -> Vec<Range<usize>> {
        if prefixes.is_empty() {
            return std::iter::once(0..order.len()).collect();
        }
        let symbols = self.0.symbols.read();
        let range = |prefix: &String| {
            let start = order.partition_point(|v| symbols.get(*v) < prefix.as_str());
            let length = order[start..].partition_point(|v| symbols.get(*v).starts_with(prefix.as_str()));
            start..start + length
        };
        prefixes.iter().map(range).collect()
    }

    /// Tells whether one of some series has a label. Cost: at most a search in each list of the label.
    fn is_set_in(&self, name: &str, series: &[u32]) -> bool {
        let Some(number) = self.name(name) else { return false };
        let walk = self.0.postings.read().values(number).map(Values::walk);
        let Some((order, fresh)) = walk else { return false };
        order.chunks(VALUES_AT_ONCE).chain(fresh.chunks(VALUES_AT_ONCE)).any(|some| {
            let mut found = false;
            self.visit_some(name, number, some, &mut |_| true, &mut |_, list| {
                found = found || postings::intersects(series, &list.postings());
            });
            found
        })
    }

    /// Calls `visit` with the labels of each of some series, which are sorted, that is still there.
    fn visit_series(&self, series: &[u32], mut visit: impl FnMut(Iter<'_>)) {
        let table = self.0.pages.table();
        for on_page in series.chunk_by(|a, b| a / PAGE_SERIES == b / PAGE_SERIES) {
            let Some(page) = page_of(&table, on_page[0]) else { continue };
            let page = page.read();
            on_page.iter().filter_map(|id| page.get(*id)).for_each(|series| visit(page.labels(series)));
        }
    }
}

impl IndexRead for HeadIndex<'_> {
    fn all_postings(&self) -> Result<Postings<'_>, SelectError> {
        Ok(self.0.postings.read().all().map_or(Postings::EMPTY, List::postings))
    }

    fn postings(&self, name: &str, value: &str) -> Result<Postings<'_>, SelectError> {
        let postings = self.0.postings.read();
        let symbols = self.0.symbols.read();
        let pair = symbols.find(name).zip(symbols.find(value)).map(|(name, value)| Pair { name, value });
        Ok(pair.and_then(|pair| postings.list(pair)).map_or(Postings::EMPTY, List::postings))
    }

    fn postings_where(
        &self,
        name: &str,
        prefixes: &[String],
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<Postings<'_>>, SelectError> {
        let mut lists = Vec::new();
        self.walk(name, prefixes, accept, &mut |_, list| lists.push(list.postings()));
        Ok(lists)
    }

    fn visit_label_values(
        &self,
        name: &str,
        prefixes: &[String],
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        self.walk(name, prefixes, &mut |_| true, &mut |value, _| visit(value));
        Ok(())
    }

    fn label_value_count(&self, name: &str) -> usize {
        let number = self.name(name);
        let postings = self.0.postings.read();
        number.and_then(|number| postings.values(number)).map_or(0, Values::len)
    }

    fn visit_label_values_of(
        &self,
        series: &[u32],
        name: &str,
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        let Some(number) = self.name(name) else { return Ok(()) };
        let mut values = Vec::new();
        self.visit_series(series, |mut labels| {
            values.extend(labels.find(|p| p.name == number).map(|p| p.value));
        });
        values.sort_unstable();
        values.dedup();
        for some in values.chunks(VALUES_AT_ONCE) {
            let symbols = self.0.symbols.read();
            some.iter().for_each(|value| visit(symbols.get(*value)));
        }
        Ok(())
    }

    fn label_names(&self) -> Result<Vec<String>, SelectError> {
        let postings = self.0.postings.read();
        let symbols = self.0.symbols.read();
        let mut names: Vec<String> = postings.names().map(|name| symbols.get(name).to_owned()).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn label_names_of(&self, series: &[u32], names: &mut BTreeSet<String>) -> Result<(), SelectError> {
        if series.len() > self.0.postings.read().pairs() {
            // The lists are fewer than the series.
            for name in self.label_names()? {
                if self.is_set_in(&name, series) {
                    names.insert(name);
                }
            }
            return Ok(());
        }
        let mut seen: HashSet<u32> = HashSet::new();
        let mut last: Vec<u32> = Vec::new();
        self.visit_series(series, |labels| {
            // Neighbours mostly have the same names.
            if !labels.clone().map(|p| p.name).eq(last.iter().copied()) {
                last.clear();
                last.extend(labels.map(|p| p.name));
                seen.extend(&last);
            }
        });
        let symbols = self.0.symbols.read();
        names.extend(seen.into_iter().map(|name| symbols.get(name).to_owned()));
        Ok(())
    }
}

impl Head {
    /// Puts the values of names with many new ones in order, so that look-ups by prefix need not visit all. Cost: a sort of
    /// the values of such a name, during which no lock is held.
    pub fn order_values(&self) {
        loop {
            let unordered = self.postings.read().unordered();
            let Some(mut unordered) = unordered else { return };
            sort(&mut unordered, |value, text| text.push_str(self.symbols.read().get(value)));
            self.postings.write().put_in_order(unordered);
        }
    }
}

/// Sorts values by their strings, which `push` appends to a text: strings in one place are compared faster, and without
/// a lock.
fn sort(unordered: &mut Unordered, push: impl Fn(u32, &mut String)) {
    let mut text = String::new();
    let mut places: Vec<(Range<usize>, u32)> = Vec::with_capacity(unordered.values.len());
    for &value in &unordered.values {
        let start = text.len();
        push(value, &mut text);
        places.push((start..text.len(), value));
    }
    places.sort_by(|a, b| text[a.0.clone()].cmp(&text[b.0.clone()])); // stable: the sorted part is found as it is
    unordered.values.clear();
    unordered.values.extend(places.into_iter().map(|(_, value)| value));
}

/// Returns the series of new series by pair, sorted, for [`super::postings::HeadPostings::add`].
pub fn entries(new: &[(u32, Box<[Pair]>)]) -> (Vec<(Pair, u32)>, Vec<u32>) {
    let mut ids: Vec<u32> = new.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    let mut entries: Vec<(Pair, u32)> =
        new.iter().flat_map(|(id, labels)| labels.iter().map(|pair| (*pair, *id))).collect();
    entries.sort_unstable();
    (entries, ids)
}
