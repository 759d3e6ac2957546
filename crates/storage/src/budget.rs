//! One account of memory for all that grows with data: series, index, chunks, queries.
//!
//! Counters say what the parts hold by their own arithmetic; the shell may add what the process really holds
//! ([`Budget::observe`]), and the larger of the two counts. Nearing the limit, the new is refused before the known:
//! new series first, then queries. Samples of known series are never asked about.
//!
//! Invariants: 1. What was charged is given back exactly once: [`Charge`] does so when dropped.  2. Without a limit
//! everything is counted and nothing refused.  3. Counters never wrap: giving back too much leaves zero.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// New series are refused once this many hundredths of the limit are in use: the rest is for the samples of those known.
const SERIES_PERCENT: u64 = 80;
/// Queries are refused more memory once this many hundredths of the limit are in use.
const QUERIES_PERCENT: u64 = 95;

/// What memory is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Series of the head and their labels.
    Series,
    /// Strings and lists by which series are found.
    Index,
    /// Samples not yet on disk.
    Chunks,
    /// Running queries.
    Queries,
    /// What could be dropped at any time and is kept to be faster.
    Caches,
}

impl Part {
    /// All parts, in the order of their counters.
    pub const ALL: [Part; 5] = [Part::Series, Part::Index, Part::Chunks, Part::Queries, Part::Caches];

    /// Returns the name for metrics and messages.
    pub fn name(self) -> &'static str {
        match self {
            Part::Series => "series",
            Part::Index => "index",
            Part::Chunks => "chunks",
            Part::Queries => "queries",
            Part::Caches => "caches",
        }
    }
}

/// Why memory was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} bytes for {} would exceed the memory limit: {used} of {limit} bytes are in use", wanted, part.name())]
pub struct Exceeded {
    /// What it was wanted for.
    pub part: Part,
    /// How much was wanted.
    pub wanted: u64,
    /// What is in use.
    pub used: u64,
    /// The limit.
    pub limit: u64,
    /// How much of it may be in use for such a part to get more.
    pub allowed: u64,
}

/// The account. Shared by all parts of the process that hold data in memory.
#[derive(Debug, Default)]
pub struct Budget {
    /// In bytes; 0 for none.
    limit: AtomicU64,
    used: [AtomicU64; Part::ALL.len()],
    /// What the process was last seen to hold.
    observed: AtomicU64,
}

impl Budget {
    /// Builds an account; a limit of 0 bytes refuses nothing.
    pub fn new(limit_bytes: u64) -> Arc<Budget> {
        Arc::new(Budget { limit: AtomicU64::new(limit_bytes), ..Budget::default() })
    }

    /// Returns the limit in bytes; 0 for none.
    pub fn limit(&self) -> u64 {
        self.limit.load(Relaxed)
    }

    /// Changes the limit.
    pub fn set_limit(&self, limit_bytes: u64) {
        self.limit.store(limit_bytes, Relaxed);
    }

    /// Notes what the process holds in memory that cannot be read back from a file.
    pub fn observe(&self, bytes: u64) {
        self.observed.store(bytes, Relaxed);
    }

    /// Returns what the process was last seen to hold; 0 if nobody looked.
    pub fn observed(&self) -> u64 {
        self.observed.load(Relaxed)
    }

    /// Returns what a part uses.
    pub fn used_by(&self, part: Part) -> u64 {
        self.used[part as usize].load(Relaxed)
    }

    /// Returns what all parts use together, by their own arithmetic.
    pub fn accounted(&self) -> u64 {
        self.used.iter().map(|u| u.load(Relaxed)).sum()
    }

    /// Returns what is held against the limit: the larger of what is accounted and what was observed.
    pub fn in_use(&self) -> u64 {
        self.accounted().max(self.observed())
    }

    /// Counts memory that is in use whatever the limit says.
    pub fn add(&self, part: Part, bytes: u64) {
        self.used[part as usize].fetch_add(bytes, Relaxed);
    }

    /// Takes back what [`Budget::add`] counted.
    pub fn sub(&self, part: Part, bytes: u64) {
        let used = &self.used[part as usize];
        let lower = used.fetch_update(Relaxed, Relaxed, |u| Some(u.saturating_sub(bytes)));
        debug_assert!(lower.is_ok_and(|was| was >= bytes), "more given back than taken for {}", part.name());
    }

    /// Sets what a part uses, where it knows the whole and not each change.
    pub fn set(&self, part: Part, bytes: u64) {
        self.used[part as usize].store(bytes, Relaxed);
    }

    /// Tells whether a part may use more. Two that ask at the same time may both be granted the last of it.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn check(&self, part: Part, wanted: u64) -> Result<(), Exceeded> {
        let limit = self.limit();
        let percent = match part {
            Part::Series | Part::Index | Part::Chunks => SERIES_PERCENT,
            Part::Queries | Part::Caches => QUERIES_PERCENT,
        };
        if limit == 0 {
            return Ok(());
        }
        let used = self.in_use();
        let allowed = limit / 100 * percent;
        if used.saturating_add(wanted) > allowed {
            return Err(Exceeded { part, wanted, used, limit, allowed });
        }
        Ok(())
    }

    /// Starts an account of one user of memory, such as a query, that gives everything back when it ends.
    pub fn charge(self: &Arc<Budget>, part: Part) -> Charge {
        Charge { budget: self.clone(), part, bytes: AtomicU64::new(0) }
    }
}

/// What one user of memory holds. Many threads may add to it. Dropping it gives everything back.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    part: Part,
    bytes: AtomicU64,
}

impl Charge {
    /// Returns what is held.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Takes more, before it is asked of the allocator. Worth calling for some kilobytes, not for each value.
    ///
    /// # Errors
    /// [`Exceeded`]; nothing was taken then.
    pub fn grow(&self, bytes: u64) -> Result<(), Exceeded> {
        self.budget.check(self.part, bytes)?;
        self.budget.add(self.part, bytes);
        self.bytes.fetch_add(bytes, Relaxed);
        Ok(())
    }

    /// Gives some back.
    pub fn shrink(&self, bytes: u64) {
        let before = self.bytes.fetch_update(Relaxed, Relaxed, |b| Some(b.saturating_sub(bytes)));
        let held = before.unwrap_or(0);
        self.budget.sub(self.part, bytes.min(held));
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.sub(self.part, *self.bytes.get_mut());
    }
}

#[cfg(test)]
mod tests;
