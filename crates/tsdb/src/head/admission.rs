//! Which new series are taken. Known series are never asked about: they always get their samples.
//!
//! Three bounds: a number of series, the memory budget, and numbers of series by label (a job's, a tenant's). The budget
//! looks ahead: a series that was just created will fill a chunk yet, so each young series counts with what it is
//! going to need. Whoever is refused is counted by reason, and [`growth`] remembers what the refused had in common, so
//! that an operator reads which metric and label exploded.
//!
//! Invariants: 1. Counts by label are those of the series that live; they change where series are created and removed.
//! 2. A refusal leaves no trace of the series.

mod growth;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use hashbrown::HashMap;
use model::Labels;
use parking_lot::Mutex;
use storage::AppendError;
use storage::budget::{Budget, Part};

pub use growth::{Explosion, Growth};

/// What the samples of a series come to need in memory, measured over an hour of mixed series.
const CHUNK_BYTES_EXPECTED: u64 = 256;

/// A bound on the series that carry a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesLimit {
    /// The label.
    pub label: String,
    /// The value it is about; `None` for each value on its own.
    pub value: Option<String>,
    /// Most series with one value.
    pub series_max: u64,
}

/// Why a series was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The head holds the most series allowed.
    Series,
    /// Memory runs short.
    Memory,
    /// The series of its job or tenant are too many.
    Label,
}

impl Refusal {
    /// All reasons, in the order of their counters.
    pub const ALL: [Refusal; 3] = [Refusal::Series, Refusal::Memory, Refusal::Label];

    /// Returns the word in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Series => "series_limit",
            Refusal::Memory => "memory_limit",
            Refusal::Label => "label_limit",
        }
    }
}

/// The bounds and what they came to.
#[derive(Debug)]
pub struct Admission {
    budget: Arc<Budget>,
    /// 0 for no bound.
    series_max: u64,
    by_label: Mutex<ByLabel>,
    /// Whether there are bounds by label, readable without the lock.
    has_limits: AtomicBool,
    refused: [AtomicU64; Refusal::ALL.len()],
    growth: Mutex<Growth>,
}

/// Bounds by label, each with the series of each value.
#[derive(Debug, Default)]
struct ByLabel {
    limits: Vec<(SeriesLimit, HashMap<String, u64>)>,
}

impl ByLabel {
    /// Returns the counts that a series belongs to, with their bounds; `None` for a value never seen.
    fn counts<'a>(
        &'a mut self,
        labels: &'a Labels,
    ) -> impl Iterator<Item = (&'a SeriesLimit, &'a mut HashMap<String, u64>, &'a str)> {
        self.limits.iter_mut().filter_map(|(limit, counts)| {
            let value = labels.get(&limit.label);
            let concerned = !value.is_empty() && limit.value.as_ref().is_none_or(|v| v == value);
            concerned.then_some((&*limit, counts, value))
        })
    }
}

/// Returns what a series with this many labels takes before it has samples.
pub fn series_bytes(labels: usize) -> u64 {
    /// What a label takes beside those of the neighbours, and the allocation.
    const LABEL_BYTES: usize = 2;
    (size_of::<super::series::Series>() + labels * LABEL_BYTES) as u64
}

impl Admission {
    /// Builds the gate; `series_max` of 0 sets no bound on the number.
    pub fn new(budget: Arc<Budget>, series_max: u64) -> Admission {
        Admission {
            budget,
            series_max,
            by_label: Mutex::default(),
            has_limits: AtomicBool::new(false),
            refused: Default::default(),
            growth: Mutex::default(),
        }
    }

    /// Returns the account of memory.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Asks for a new series beside the `held` that live. Granted series must be told to [`Admission::created`].
    ///
    /// # Errors
    /// [`AppendError::SeriesLimit`].
    pub fn admit(&self, labels: &Labels, held: u64) -> Result<(), AppendError> {
        let refused = self.within_number(held).and_then(|()| self.within_memory(labels, held));
        let Err((refusal, reason)) = refused.and_then(|()| self.within_label_limits(labels)) else {
            return Ok(());
        };
        self.refused[refusal as usize].fetch_add(1, Relaxed);
        self.growth.lock().note(labels);
        let reason = format!("{reason}; metric {:?}", labels.name());
        Err(AppendError::SeriesLimit { reason })
    }

    fn within_number(&self, held: u64) -> Result<(), (Refusal, String)> {
        if self.series_max == 0 || held < self.series_max {
            return Ok(());
        }
        let reason = format!("the head holds {} series, the most allowed", self.series_max);
        Err((Refusal::Series, reason))
    }

    fn within_memory(&self, labels: &Labels, held: u64) -> Result<(), (Refusal, String)> {
        let to_come = ((held + 1) * CHUNK_BYTES_EXPECTED).saturating_sub(self.budget.used_by(Part::Chunks));
        let wanted = series_bytes(labels.len()) + to_come;
        self.budget.check(Part::Series, wanted).map_err(|e| {
            let reason = format!(
                "memory runs short: {} of {} bytes are in use, and {held} series need {to_come} more for samples",
                e.used, e.limit
            );
            (Refusal::Memory, reason)
        })
    }

    fn within_label_limits(&self, labels: &Labels) -> Result<(), (Refusal, String)> {
        if !self.has_limits.load(Relaxed) {
            return Ok(());
        }
        for (limit, counts, value) in self.by_label.lock().counts(labels) {
            if counts.get(value).is_some_and(|n| *n >= limit.series_max) || limit.series_max == 0 {
                let (label, max) = (&limit.label, limit.series_max);
                return Err((
                    Refusal::Label,
                    format!("{label}={value:?} has {max} series, the most allowed"),
                ));
            }
        }
        Ok(())
    }

    /// Counts a series that was created.
    pub fn created(&self, labels: &Labels) {
        self.budget.add(Part::Series, series_bytes(labels.len()));
        if self.has_limits.load(Relaxed) {
            self.count(labels);
        }
    }

    /// Takes series into the account that are back after a start; those who set bounds by label count them later.
    pub fn restored(&self, bytes: u64) {
        self.budget.add(Part::Series, bytes);
    }

    fn count(&self, labels: &Labels) {
        for (_, counts, value) in self.by_label.lock().counts(labels) {
            *counts.entry_ref(value).or_insert(0) += 1;
        }
    }

    /// Tells whether [`Admission::removed`] must know the labels.
    pub fn counts_labels(&self) -> bool {
        self.has_limits.load(Relaxed)
    }

    /// Takes a series with this many labels out of the account.
    pub fn removed(&self, labels: usize) {
        self.budget.sub(Part::Series, series_bytes(labels));
    }

    /// Takes a series out of the counts by label.
    pub fn uncount(&self, labels: &Labels) {
        for (_, counts, value) in self.by_label.lock().counts(labels) {
            if let Some(count) = counts.get_mut(value) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(value);
                }
            }
        }
    }

    /// Replaces the bounds by label. `series` are the labels of all series that live; none may be created meanwhile.
    /// Returns false, without looking at them, if nothing changes.
    pub fn set_limits(&self, limits: Vec<SeriesLimit>, series: impl FnOnce(&mut dyn FnMut(&Labels))) -> bool {
        {
            let mut by_label = self.by_label.lock();
            if by_label.limits.iter().map(|(l, _)| l).eq(&limits) {
                return false;
            }
            self.has_limits.store(!limits.is_empty(), Relaxed);
            by_label.limits = limits.into_iter().map(|limit| (limit, HashMap::new())).collect();
        }
        if self.counts_labels() {
            series(&mut |labels| self.count(labels));
        }
        true
    }

    /// Returns how many series were refused for a reason.
    pub fn refused(&self, reason: Refusal) -> u64 {
        self.refused[reason as usize].load(Relaxed)
    }

    /// Returns how many series were refused.
    pub fn refused_in_all(&self) -> u64 {
        self.refused.iter().map(|r| r.load(Relaxed)).sum()
    }

    /// Returns what the refused series have in common, the `limit` most of each kind.
    pub fn explosion(&self, limit: usize) -> Explosion {
        self.growth.lock().explosion(limit)
    }
}

#[cfg(test)]
mod tests;
