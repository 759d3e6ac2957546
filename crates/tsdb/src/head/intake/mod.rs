//! Taking samples while the log is read: scraping begins at once, however long the log is.
//!
//! A batch goes to a new segment behind the old ones, with records of all its series, and is acknowledged. It is not kept in
//! memory: whoever reads the log reads these segments too ([`super::replay`]), and takes the log over once nothing is left to
//! read. From then on the intake passes everything on to the head.
//!
//! Which series are known, and by which numbers, is not known yet. So each series gets a number of its own here, out of a
//! range that the head never uses, different for each of the last few hundred starts. Where the head turns out to know the
//! labels by another number, reading the log maps one to the other; where it does not, the number stays.
//!
//! Samples that are older than their series' newest, as far as this start has seen, are taken within the window for late ones.
//! Whether they are, and which of the others turn out late, is judged once the past is known, as if they came then.
//!
//! Invariants: 1. A batch is in the log before it is acknowledged, whole.  2. Without a window samples of a series increase in
//! time, as far as this start has seen; what the past says is judged when the log is read.  3. The table of series lives until the last batch
//! begun here has ended.

mod batch;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use model::Labels;
use parking_lot::{Mutex, MutexGuard};
use storage::budget::Part;
use storage::{Append, AppendError, Appendable, Budget};

use super::{Head, ID_END};
use crate::wal::{Log, LogEnd};
use batch::IntakeBatch;

/// Series that one start may take before the log is read.
const SERIES_MAX: u32 = 1 << 21;
/// What a series takes here, roughly.
const SERIES_BYTES: u64 = 512;
/// Starts whose numbers differ.
const STARTS: u64 = (u32::MAX - ID_END) as u64 / SERIES_MAX as u64 + 1;

/// What takes samples until the head does, and passes them on to it from then on.
#[derive(Debug)]
pub struct Intake {
    state: Mutex<State>,
    head: OnceLock<Arc<Head>>,
    /// The account of memory; what is here for some seconds is seen, not accounted.
    budget: Arc<Budget>,
    /// How much older than the newest sample a late one may be; 0 refuses late samples.
    late_window_ms: i64,
}

#[derive(Debug)]
struct State {
    /// `None` once the head has it.
    log: Option<Log>,
    /// The number of the first series.
    first: u32,
    known: HashMap<Labels, u32>,
    series: Vec<Series>,
    /// The newest sample taken.
    newest_t: i64,
    /// Batches that were begun here and have not ended.
    batches: usize,
}

/// A series as this start knows it.
#[derive(Debug)]
struct Series {
    labels: Labels,
    /// Whether the log has its record.
    logged: bool,
    last_t: i64,
    /// Bits of the last value; `None` for a histogram, which repeats nothing.
    last: Option<u64>,
}

impl State {
    /// Returns the place of a series by its number.
    fn place(&self, number: u64) -> Result<usize, AppendError> {
        let place = number.checked_sub(u64::from(self.first)).ok_or(AppendError::UnknownSeries)? as usize;
        if place < self.series.len() { Ok(place) } else { Err(AppendError::UnknownSeries) }
    }

    /// Tells whether a sample that is older than its series' last is within the window for late ones.
    fn takes_late(&self, t: i64, window_ms: i64) -> bool {
        window_ms > 0 && t >= self.newest_t.saturating_sub(window_ms)
    }

    /// Finds the series with these labels or creates it; returns its number.
    fn find_or_create(&mut self, labels: &Labels, budget: &Budget) -> Result<u32, AppendError> {
        if let Some(number) = self.known.get(labels) {
            return Ok(*number);
        }
        let place = self.series.len() as u32;
        // The last number of all is none: lists of series hold the end of each run.
        if place + 1 >= SERIES_MAX {
            let reason = format!("{SERIES_MAX} series came while the log is read, the most allowed");
            return Err(AppendError::SeriesLimit { reason });
        }
        // Which series are new is not known yet, so they may take what the head leaves to those that are known.
        budget.check(Part::Caches, SERIES_BYTES).map_err(|e| AppendError::SeriesLimit {
            reason: format!(
                "memory runs short while the log is read: {} of {} bytes are in use",
                e.used, e.limit
            ),
        })?;
        let number = self.first + place;
        self.known.insert(labels.clone(), number);
        self.series.push(Series { labels: labels.clone(), logged: false, last_t: i64::MIN, last: None });
        Ok(number)
    }
}

impl Intake {
    /// Takes samples into the log from now on.
    pub(super) fn new(log: Log, budget: Arc<Budget>, late_window_ms: i64) -> Intake {
        let first = ID_END + (log.segment() % STARTS) as u32 * SERIES_MAX;
        let state = State {
            log: Some(log),
            first,
            known: HashMap::new(),
            series: Vec::new(),
            newest_t: i64::MIN,
            batches: 0,
        };
        Intake { state: Mutex::new(state), head: OnceLock::new(), budget, late_window_ms }
    }

    /// Returns up to where the log was written.
    pub(super) fn log_end(&self) -> LogEnd {
        self.state.lock().log.as_ref().map(Log::end).unwrap_or(LogEnd { segment: 0, bytes: 0 })
    }

    /// Keeps everybody from writing.
    pub(super) fn stop(&self) -> Stopped<'_> {
        Stopped { intake: self, state: self.state.lock() }
    }
}

impl Appendable for Intake {
    fn appender(&self) -> Box<dyn Append + '_> {
        if let Some(head) = self.head.get() {
            return Box::new(head.batch());
        }
        let mut state = self.state.lock();
        match self.head.get() {
            Some(head) => Box::new(head.batch()),
            None => {
                state.batches += 1;
                Box::new(IntakeBatch::new(self))
            }
        }
    }
}

/// While this is there, nobody writes.
pub(super) struct Stopped<'a> {
    intake: &'a Intake,
    state: MutexGuard<'a, State>,
}

impl Stopped<'_> {
    /// Returns up to where the log was written.
    pub(super) fn log_end(&self) -> LogEnd {
        self.state.log.as_ref().map(Log::end).unwrap_or(LogEnd { segment: 0, bytes: 0 })
    }

    /// Gives the log to a head that has read all of it. Batches go there from now on.
    pub(super) fn hand_over(mut self, head: &Arc<Head>) {
        *head.log.lock() = self.state.log.take();
        // It is handed over once: `stop` is called by the one reader of the log.
        self.intake.head.get_or_init(|| head.clone());
        if self.state.batches == 0 {
            self.state.forget();
        }
    }
}

impl State {
    fn forget(&mut self) {
        self.known = HashMap::new();
        self.series = Vec::new();
    }
}
