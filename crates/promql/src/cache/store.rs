//! What is kept, by query; the least recently used goes first.
//!
//! Invariants: 1. The entries together take at most `bytes_max`, and that much of the process's account of memory.  2. `by_use` and `entries`
//! hold the same keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use storage::budget::Part;
use storage::{Budget, Charge};

use super::matrix::StepMatrix;
use crate::column::Grid;
use crate::engine::QueryResult;

/// What must be equal for steps of one query to serve another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// As sent: notes tell positions in it.
    pub text: Arc<str>,
    pub step_ms: i64,
    /// Where the steps lie between multiples of the step.
    pub phase_ms: i64,
    pub lookback_ms: i64,
    /// Step of subqueries that name none.
    pub default_step_ms: i64,
}

/// Steps of a query.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub matrix: Arc<StepMatrix>,
    /// The storage's version before the oldest of these steps was evaluated.
    pub version: u64,
    /// What was remarked, each on some step of `remarked`, or of steps that are not kept any more.
    pub remarks: Arc<Remarks>,
    /// The steps for which these are all the remarks and no others, if there still are any.
    pub remarked: Option<Grid>,
    bytes: usize,
}

/// The warnings and infos of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    pub warnings: Vec<String>,
    pub infos: Vec<String>,
}

impl Remarks {
    /// Those of a result.
    pub(super) fn of(result: &QueryResult) -> Remarks {
        Remarks { warnings: result.warnings.clone(), infos: result.infos.clone() }
    }

    /// Tells whether nothing was remarked.
    pub(super) fn is_empty(&self) -> bool {
        self.warnings.is_empty() && self.infos.is_empty()
    }

    /// Tells whether each of these is among others.
    pub(super) fn are_among(&self, others: &Remarks) -> bool {
        let among = |mine: &[String], theirs: &[String]| mine.iter().all(|remark| theirs.contains(remark));
        among(&self.warnings, &others.warnings) && among(&self.infos, &others.infos)
    }

    fn bytes(&self) -> usize {
        let all = self.warnings.iter().chain(&self.infos);
        all.map(|remark| std::mem::size_of::<String>() + remark.len()).sum()
    }
}

impl Entry {
    pub(super) fn new(matrix: StepMatrix, version: u64, remarks: Remarks) -> Entry {
        let (bytes, remarked) = (matrix.bytes() + remarks.bytes(), Some(matrix.grid));
        Entry { matrix: Arc::new(matrix), version, remarks: Arc::new(remarks), remarked, bytes }
    }

    /// Tells whether the remarks are those on the steps of a grid.
    pub(super) fn tells_all_of(&self, grid: Grid) -> bool {
        self.remarks.is_empty() || self.remarked == Some(grid)
    }

    /// The entry with other steps of the same version.
    pub(super) fn with(self, matrix: Arc<StepMatrix>) -> Entry {
        Entry { matrix, ..self }
    }
}

/// The entries.
#[derive(Debug)]
pub(super) struct Store {
    bytes_max: usize,
    charge: Charge,
    bytes: usize,
    uses: u64,
    entries: HashMap<Key, (Entry, u64)>,
    by_use: BTreeMap<u64, Key>,
}

/// An entry may take this part of everything: one huge result must not drive out a hundred dashboards.
const ENTRY_SHARE: usize = 8;

impl Store {
    pub(super) fn new(bytes_max: usize, budget: &Arc<Budget>) -> Store {
        Store {
            bytes_max,
            charge: budget.charge(Part::Caches),
            bytes: 0,
            uses: 0,
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
        }
    }

    /// Returns the most bytes an entry may take.
    pub(super) fn entry_bytes_max(&self) -> usize {
        self.bytes_max / ENTRY_SHARE
    }

    /// Returns an entry and notes that it was used.
    pub(super) fn get(&mut self, key: &Key) -> Option<Entry> {
        self.uses += 1;
        let (entry, used) = self.entries.get_mut(key)?;
        let key = self.by_use.remove(used)?;
        *used = self.uses;
        self.by_use.insert(self.uses, key);
        Some(entry.clone())
    }

    /// Puts an entry in place of a former one. Returns how many others had to go.
    pub(super) fn put(&mut self, key: Key, entry: Entry) -> u64 {
        self.remove(&key);
        let bytes = entry.bytes + key.text.len() + std::mem::size_of::<(Key, Entry)>();
        if bytes > self.entry_bytes_max() {
            return 0;
        }
        let mut gone = 0;
        while self.bytes + bytes > self.bytes_max {
            let Some((_, oldest)) = self.by_use.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
            gone += 1;
        }
        if self.charge.grow(bytes as u64).is_err() {
            // Memory is short: others need it more.
            gone += self.entries.len() as u64;
            self.clear();
            return gone;
        }
        self.uses += 1;
        self.bytes += bytes;
        self.by_use.insert(self.uses, key.clone());
        self.entries.insert(key, (Entry { bytes, ..entry }, self.uses));
        gone
    }

    fn remove(&mut self, key: &Key) {
        if let Some((entry, used)) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
            self.charge.shrink(entry.bytes as u64);
            self.by_use.remove(&used);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.by_use.clear();
        self.charge.shrink(self.bytes as u64);
        self.bytes = 0;
    }

    /// Returns the number of entries and the bytes they take.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;
    use crate::value::{Points, Series, Value};
    use model::Labels;

    fn key(text: &str) -> Key {
        Key { text: Arc::from(text), step_ms: 1, phase_ms: 0, lookback_ms: 1, default_step_ms: 1 }
    }

    fn entry(steps: usize) -> Entry {
        let grid = Grid { start_ms: 0, step_ms: 1, steps };
        let points = Points::Stepped { grid, column: Column::full(vec![1.0; steps]) };
        let value = Value::Matrix(vec![Series { labels: Labels::empty(), points }]);
        Entry::new(StepMatrix::of(grid, &value).unwrap(), 1, Remarks::default())
    }

    #[test]
    fn the_least_recently_used_goes() {
        let mut store = Store::new(100_000, &Budget::new(0));
        for i in 0..8 {
            assert_eq!(store.put(key(&i.to_string()), entry(1450)), 0);
        }
        assert_eq!(store.size().0, 8);
        assert!(store.get(&key("0")).is_some());
        assert_eq!(store.put(key("new"), entry(1450)), 1);
        assert!(store.get(&key("1")).is_none(), "the oldest is gone");
        assert!(store.get(&key("0")).is_some(), "what was used stays");
        assert!(store.size().1 <= 100_000);
    }

    #[test]
    fn replaced_and_cleared_entries_give_their_bytes_back() {
        let mut store = Store::new(100_000, &Budget::new(0));
        store.put(key("a"), entry(1000));
        let bytes = store.size().1;
        store.put(key("a"), entry(1000));
        assert_eq!(store.size(), (1, bytes));
        store.put(key("a"), entry(2000));
        assert_eq!(store.size(), (0, 0), "an entry above its share is not kept, nor is what it replaces");
        store.put(key("a"), entry(10));
        store.clear();
        assert_eq!(store.size(), (0, 0));
        assert_eq!(store.entry_bytes_max(), 12_500);
    }

    #[test]
    fn the_cache_gives_way_where_memory_is_short() {
        let budget = Budget::new(100_000);
        let mut store = Store::new(100_000, &budget);
        store.put(key("a"), entry(1000));
        store.put(key("b"), entry(1000));
        assert_eq!(budget.used_by(Part::Caches), store.size().1 as u64);
        budget.add(Part::Queries, 75_000);
        assert_eq!(store.put(key("c"), entry(1000)), 2);
        assert_eq!((store.size(), budget.used_by(Part::Caches)), ((0, 0), 0));
        store.put(key("c"), entry(1000));
        assert_eq!(store.size().0, 1, "there is room again");
        drop(store);
        assert_eq!(budget.used_by(Part::Caches), 0);
    }
}
