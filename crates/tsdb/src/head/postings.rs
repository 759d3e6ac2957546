//! Which series have which label: sorted lists of series numbers by name and value.
//!
//! A label value whose series are neighbours, the usual case of `pod` or `id`, takes no allocation. Lists hold only
//! series that the log knows, so readers find no series of an open batch. A list that a reader took is shared: a writer
//! who changes it meanwhile makes a copy, so nobody holds a lock while lists are intersected.
//!
//! Invariants: 1. No list is empty, and each name has a value.  2. The values of a name stand in `order`, sorted when it
//! was made, or in `fresh`, each once.

use std::sync::Arc;

use hashbrown::HashMap;

use super::symbols::Pair;
use crate::postings::{Packed, Postings, Run};

/// Series of one value; never empty.
#[derive(Clone, Debug)]
pub enum List {
    /// Neighbours.
    Run(Run),
    /// Others.
    Packed(Arc<Packed>),
}

impl List {
    /// Builds a list of numbers, which strictly increase; `None` if there are none.
    fn of(numbers: &[u32]) -> Option<List> {
        let (first, last) = (*numbers.first()?, *numbers.last()?);
        if (last - first) as usize + 1 == numbers.len() {
            return Some(List::Run(Run { start: first, end: last + 1 }));
        }
        let mut packed = Packed::default();
        packed.add(numbers);
        Some(List::Packed(Arc::new(packed)))
    }

    /// Returns the number of series.
    pub fn len(&self) -> usize {
        match self {
            List::Run(run) => (run.end - run.start) as usize,
            List::Packed(packed) => packed.len(),
        }
    }

    /// Returns the list for readers.
    pub fn postings(&self) -> Postings<'static> {
        match self {
            List::Run(run) => Postings::Run(*run),
            List::Packed(packed) => Postings::Packed(packed.clone()),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            List::Run(_) => 0,
            List::Packed(packed) => packed.heap_bytes() + size_of::<Packed>() + 2 * size_of::<usize>(),
        }
    }

    /// Adds numbers, which strictly increase.
    fn add(&mut self, numbers: &[u32]) {
        match self {
            List::Run(run) => {
                if let Some(List::Run(more)) = List::of(numbers)
                    && more.start == run.end
                {
                    run.end = more.end;
                    return;
                }
                let mut packed = Packed::of(*run);
                packed.add(numbers);
                *self = List::Packed(Arc::new(packed));
            }
            List::Packed(packed) => Arc::make_mut(packed).add(numbers),
        }
    }

    /// Returns the list without the dead, which are sorted; `None` if nothing is left.
    pub fn without(&self, dead: &[u32]) -> Option<List> {
        let packed = match self {
            List::Run(run) => Packed::of(*run).without(dead),
            List::Packed(packed) => packed.without(dead),
        };
        match packed.as_run() {
            Some(run) if run.start == run.end => None,
            Some(run) => Some(List::Run(run)),
            None => Some(List::Packed(Arc::new(packed))),
        }
    }

    /// Tells whether this is the very list that `other` was taken from, unchanged.
    fn is(&self, other: &List) -> bool {
        match (self, other) {
            (List::Run(a), List::Run(b)) => a == b,
            (List::Packed(a), List::Packed(b)) => Arc::ptr_eq(a, b),
            (List::Run(_), List::Packed(_)) | (List::Packed(_), List::Run(_)) => false,
        }
    }
}

/// The values of a name.
#[derive(Debug, Default)]
pub struct Values {
    lists: HashMap<u32, List>,
    /// Values in the order of their strings.
    order: Arc<Vec<u32>>,
    /// Values that came since.
    fresh: Vec<u32>,
    /// How often values were taken away: an order made before must not be used.
    removals: u32,
}

impl Values {
    /// Returns the list of a value.
    pub fn get(&self, value: u32) -> Option<&List> {
        self.lists.get(&value)
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Returns the values: those in order, and the others.
    pub fn walk(&self) -> (Arc<Vec<u32>>, Vec<u32>) {
        (self.order.clone(), self.fresh.clone())
    }

    /// Returns each value with the number of its series.
    pub fn counts(&self) -> Vec<(u32, usize)> {
        self.lists.iter().map(|(value, list)| (*value, list.len())).collect()
    }

    /// Tells whether so many values are not in order that it is worth making a new one: then all of them are copied
    /// now and then, and what is copied is proportional to what came.
    fn is_unordered(&self) -> bool {
        self.fresh.len() > super::lookup::UNORDERED_MAX.max(self.order.len() / 4)
    }
}

/// A list of values that somebody is going to sort.
#[derive(Debug)]
pub struct Unordered {
    /// The name.
    pub name: u32,
    /// All its values: a sorted part first.
    pub values: Vec<u32>,
    fresh: usize,
    removals: u32,
}

/// The lists of the head.
#[derive(Debug, Default)]
pub struct HeadPostings {
    by_name: HashMap<u32, Values>,
    all: Option<List>,
    pairs: usize,
    list_bytes: usize,
}

impl HeadPostings {
    /// Adds series by pair; entries are sorted, and so are the numbers of all of them in `ids`.
    pub fn add(&mut self, entries: &[(Pair, u32)], ids: &[u32]) {
        match &mut self.all {
            Some(all) => all.add(ids),
            None => self.all = List::of(ids),
        }
        let mut numbers = Vec::new();
        for of_pair in entries.chunk_by(|a, b| a.0 == b.0) {
            numbers.clear();
            numbers.extend(of_pair.iter().map(|(_, id)| *id));
            self.add_to(of_pair[0].0, &numbers);
        }
    }

    fn add_to(&mut self, pair: Pair, numbers: &[u32]) {
        let values = self.by_name.entry(pair.name).or_default();
        match values.lists.get_mut(&pair.value) {
            Some(list) => {
                let before = list.heap_bytes();
                list.add(numbers);
                self.list_bytes = self.list_bytes + list.heap_bytes() - before;
            }
            None => {
                if let Some(list) = List::of(numbers) {
                    self.list_bytes += list.heap_bytes();
                    values.lists.insert(pair.value, list);
                    values.fresh.push(pair.value);
                    self.pairs += 1;
                }
            }
        }
    }

    /// Returns the values of a name.
    pub fn values(&self, name: u32) -> Option<&Values> {
        self.by_name.get(&name)
    }

    /// Returns the names.
    pub fn names(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_name.keys().copied()
    }

    /// Returns the list of a pair.
    pub fn list(&self, pair: Pair) -> Option<&List> {
        self.by_name.get(&pair.name)?.get(pair.value)
    }

    /// Returns all series.
    pub fn all(&self) -> Option<&List> {
        self.all.as_ref()
    }

    /// Returns the number of pairs.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Returns the bytes of lists and tables, roughly.
    pub fn heap_bytes(&self) -> usize {
        /// A table entry at the usual load, and the value's place in the order.
        const PAIR_BYTES: usize = (size_of::<(u32, List)>() + 1) * 4 / 3 + size_of::<u32>();
        self.list_bytes + self.pairs * PAIR_BYTES
    }

    /// Puts `after` in the place of the list of a pair if that is still `before`; otherwise the dead, which are sorted,
    /// are removed from the list as it is now.
    pub fn replace(&mut self, pair: Pair, before: &List, after: Option<List>, dead: &[u32]) {
        let Some(values) = self.by_name.get_mut(&pair.name) else { return };
        let Some(list) = values.lists.get_mut(&pair.value) else { return };
        let after = if list.is(before) { after } else { list.without(dead) };
        self.list_bytes = self.list_bytes.saturating_sub(list.heap_bytes());
        match after {
            Some(after) => {
                self.list_bytes += after.heap_bytes();
                *list = after;
            }
            None => {
                values.lists.remove(&pair.value);
                values.removals += 1;
                self.pairs -= 1;
            }
        }
    }

    /// Removes the dead, which are sorted, from the list of all series.
    pub fn remove_from_all(&mut self, dead: &[u32]) {
        self.all = self.all.take().and_then(|all| all.without(dead));
    }

    /// Forgets values and names without series; must follow upon [`HeadPostings::replace`] before symbols are swept.
    pub fn tidy(&mut self, name: u32) {
        let Some(values) = self.by_name.get_mut(&name) else { return };
        if values.lists.is_empty() {
            self.by_name.remove(&name);
            return;
        }
        if values.order.len() + values.fresh.len() > values.lists.len() {
            let lists = &values.lists;
            let order = values.order.iter().copied().filter(|v| lists.contains_key(v)).collect();
            values.order = Arc::new(order);
            values.fresh.retain(|v| lists.contains_key(v));
            values.fresh.shrink_to_fit();
        }
        if values.lists.capacity() > 4 * values.lists.len() + 16 {
            values.lists.shrink_to_fit();
        }
    }

    /// Returns the values of a name with many that are not in order.
    pub fn unordered(&self) -> Option<Unordered> {
        let (name, values) = self.by_name.iter().find(|(_, values)| values.is_unordered())?;
        let all = values.order.iter().chain(&values.fresh).copied().collect();
        Some(Unordered { name: *name, values: all, fresh: values.fresh.len(), removals: values.removals })
    }

    /// Takes the values of a name that were sorted, unless some went meanwhile.
    pub fn put_in_order(&mut self, sorted: Unordered) {
        let Some(values) = self.by_name.get_mut(&sorted.name) else { return };
        if values.removals == sorted.removals {
            values.order = Arc::new(sorted.values);
            values.fresh.drain(..sorted.fresh);
            values.fresh.shrink_to_fit();
        }
    }
}
