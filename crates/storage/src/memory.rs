//! A storage in plain maps: the reference that others are tested against, and the storage of the PromQL test language.
//!
//! Everything is found by looking at everything: there is no index, and that is the point.
//!
//! Invariants: 1. A view never changes: it shares the state, and a commit changes a copy if somebody looks at it.
//! 2. Within a series all timestamps differ, and both columns are sorted.  3. A series exists only once a commit put
//! something into it.

mod batch;
mod series;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Labels, Metadata};

use crate::append::{Append, Appendable};
use crate::changes::Changes;
use crate::error::SelectError;
use crate::select::{Queryable, Select, TimeRange};
use batch::Batch;
use series::SeriesData;
use view::View;

/// A storage in plain maps. Clones share their data.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How far behind the newest sample of all series a late sample may be, in milliseconds.
    out_of_order_window_ms: i64,
    last_ref: AtomicU64,
    changes: Arc<Changes>,
    state: Mutex<Arc<State>>,
}

/// What is committed.
#[derive(Clone, Debug, Default)]
struct State {
    by_labels: BTreeMap<Labels, Arc<SeriesData>>,
    /// Two batches that created one series each gave it a name of their own.
    labels_of: HashMap<u64, Labels>,
    /// One of these names.
    ref_of: HashMap<Labels, u64>,
    newest_ms: Option<i64>,
}

impl MemoryStorage {
    /// Builds an empty storage that takes no late samples.
    pub fn new() -> MemoryStorage {
        MemoryStorage::default()
    }

    /// Builds an empty storage that takes samples up to `window_ms` older than its newest one.
    pub fn with_out_of_order_window(window_ms: i64) -> MemoryStorage {
        let shared = Shared { out_of_order_window_ms: window_ms, ..Shared::default() };
        MemoryStorage { shared: Arc::new(shared) }
    }

    /// Returns the number of series.
    pub fn series_count(&self) -> usize {
        self.shared.lock().by_labels.len()
    }

    /// Returns the metadata last noted for a series.
    pub fn metadata(&self, labels: &Labels) -> Option<Metadata> {
        self.shared.lock().by_labels.get(labels).and_then(|series| series.metadata.clone())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Arc<State>> {
        // A panic elsewhere cannot leave the state half changed: a commit replaces it in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_ref(&self) -> u64 {
        self.last_ref.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Appendable for MemoryStorage {
    fn appender(&self) -> Box<dyn Append + '_> {
        Box::new(Batch::new(&self.shared))
    }
}

impl Queryable for MemoryStorage {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(View::new(self.shared.lock().clone())))
    }

    fn changes(&self) -> Option<Arc<Changes>> {
        Some(Arc::clone(&self.shared.changes))
    }
}
