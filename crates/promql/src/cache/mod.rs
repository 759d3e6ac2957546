//! Results of past steps, kept from one refresh of a dashboard to the next.
//!
//! A range query whose value at a step depends on the data and that step's time only (see `reach`) leaves its steps here. The next query with
//! the same text and steps on the same grid takes from them what still holds and evaluates the rest. Whether a step holds is not a matter
//! of age: the storage tells the oldest millisecond that changed since (see [`storage::Changes`]), so late samples, deletions and
//! retention end exactly the steps that could see them.
//!
//! Invariants: 1. An entry's version was read before the view that its steps were evaluated on.  2. Steps are served only if no change since the
//! entry's version, asked for after the last view was taken, reaches back to what they read.  3. A remark (warning or info) belongs to some
//! step of the query that made it, nobody knows which. So steps with remarks are served only where the answer's remarks are certain: for the
//! very same steps, or beside newly evaluated steps that give all the same remarks again.  4. Memory is bounded.
//!
//! The cache reads no clock and does not look at the engine's inside. Sums of many series may differ in their last bit from those evaluated at
//! once, because the series that a shorter query finds are other shards' boundaries.

mod matrix;
mod reach;
mod store;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage::{Budget, Changes, Queryable};

use crate::ast::Expr;
use crate::column::Grid;
use crate::engine::{Engine, Explained, QueryOptions, QueryResult, QueryStats, StatsLevel};
use crate::error::QueryError;
use matrix::StepMatrix;
use reach::{Reach, reach};
use store::{Entry, Key, Remarks, Store};

/// An entry holds at most this many times the steps of the query that extends it; the oldest go.
const STEPS_KEPT: usize = 2;
/// Longer texts are machine-made and rarely come again.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Kept results of range queries.
#[derive(Debug)]
pub struct RangeCache {
    store: Mutex<Store>,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    whole: AtomicU64,
    partial: AtomicU64,
    missed: AtomicU64,
    bypassed: AtomicU64,
    evicted: AtomicU64,
    steps_reused: AtomicU64,
}

/// What the cache did and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Queries answered without evaluation.
    pub whole: u64,
    /// Queries of which some steps were evaluated.
    pub partial: u64,
    /// Queries that could be kept, of which nothing was there.
    pub missed: u64,
    /// Queries that cannot be kept.
    pub bypassed: u64,
    /// Entries that went to make room.
    pub evicted: u64,
    /// Steps that were not evaluated again.
    pub steps_reused: u64,
    /// Entries held.
    pub entries: usize,
    /// Bytes held.
    pub bytes: usize,
}

/// The times of a range query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeTimes {
    /// First step.
    pub start_ms: i64,
    /// Not before the last step.
    pub end_ms: i64,
    /// Distance.
    pub step_ms: i64,
}

/// A result, and how much of it was there before.
#[derive(Debug)]
pub struct Cached {
    /// The result; its stats are those of what was evaluated.
    pub result: QueryResult,
    /// Steps that were not evaluated.
    pub steps_reused: usize,
}

impl RangeCache {
    /// A cache of at most so many bytes, which count in an account of memory: where that is nearly used up, the cache is emptied.
    pub fn new(bytes_max: usize, budget: &Arc<Budget>) -> RangeCache {
        RangeCache { store: Mutex::new(Store::new(bytes_max, budget)), counters: Counters::default() }
    }

    /// Evaluates as [`Engine::range`], with the help of former results.
    ///
    /// # Errors
    /// Those of [`Engine::range`].
    pub fn range(
        &self,
        engine: &Engine,
        data: &Arc<dyn Queryable>,
        expr: &Expr,
        times: RangeTimes,
        options: &QueryOptions,
    ) -> Result<Cached, QueryError> {
        let evaluate = |grid: Grid| {
            engine.range(Arc::clone(data), expr, grid.start_ms, grid.end_ms(), grid.step_ms, options)
        };
        let Some(query) = Kept::of(engine, &**data, expr, times, options) else {
            self.counters.bypassed.fetch_add(1, Relaxed);
            let RangeTimes { start_ms, end_ms, step_ms } = times;
            let result = engine.range(Arc::clone(data), expr, start_ms, end_ms, step_ms, options)?;
            return Ok(Cached { result, steps_reused: 0 });
        };
        let found = self.lock().get(&query.key).and_then(|entry| query.usable(entry));
        let Some((entry, missing)) = found else {
            self.counters.missed.fetch_add(1, Relaxed);
            return self.fresh(&query, evaluate);
        };
        let Some(missing) = missing else {
            if !entry.tells_all_of(query.grid) {
                self.counters.missed.fetch_add(1, Relaxed);
                return self.fresh(&query, evaluate);
            }
            self.counters.whole.fetch_add(1, Relaxed);
            self.counters.steps_reused.fetch_add(query.grid.steps as u64, Relaxed);
            let value = entry.matrix.cut(query.grid).into_value();
            let stats = QueryStats::default();
            let Remarks { warnings, infos } = Remarks::clone(&entry.remarks);
            let mut result = QueryResult { value, warnings, infos, stats, explained: None };
            explain_kept(&mut result, options, query.grid.steps);
            return Ok(Cached { result, steps_reused: query.grid.steps });
        };
        let version = query.changes.version();
        let mut result = evaluate(missing)?;
        if query.usable(entry.clone()).is_none_or(|(now, _)| now.matrix.grid != entry.matrix.grid) {
            // Something reached back while the rest was evaluated.
            return self.fresh(&query, evaluate);
        }
        let remarks = Remarks::of(&result);
        if !entry.remarks.are_among(&remarks) {
            // They may be of steps that are not asked for any more.
            return self.fresh(&query, evaluate);
        }
        let Some(rest) = StepMatrix::of(missing, &result.value) else { return self.fresh(&query, evaluate) };
        let steps_reused = query.grid.steps - missing.steps;
        self.counters.partial.fetch_add(1, Relaxed);
        self.counters.steps_reused.fetch_add(steps_reused as u64, Relaxed);
        result.value = StepMatrix::join(query.grid, &[&entry.matrix, &rest]).into_value();
        let union = query.union(entry.matrix.grid);
        let mut kept = Entry::new(StepMatrix::join(union, &[&entry.matrix, &rest]), version, remarks);
        if union.start_ms != entry.matrix.grid.start_ms.min(query.grid.start_ms) {
            // The remarks may be of the oldest steps, which are the first to go.
            kept.remarked = None;
        }
        self.put(&query, kept);
        explain_kept(&mut result, options, steps_reused);
        Ok(Cached { result, steps_reused })
    }

    /// Returns how many steps of a query [`RangeCache::range`] would not evaluate now.
    pub fn reusable(
        &self,
        engine: &Engine,
        data: &Arc<dyn Queryable>,
        expr: &Expr,
        times: RangeTimes,
        options: &QueryOptions,
    ) -> usize {
        let Some(query) = Kept::of(engine, &**data, expr, times, options) else { return 0 };
        let found = self.lock().get(&query.key).and_then(|entry| query.usable(entry));
        found.map_or(0, |(_, missing)| query.grid.steps - missing.map_or(0, |grid| grid.steps))
    }

    /// Evaluates everything and keeps it.
    fn fresh(
        &self,
        query: &Kept,
        evaluate: impl Fn(Grid) -> Result<QueryResult, QueryError>,
    ) -> Result<Cached, QueryError> {
        let version = query.changes.version();
        let result = evaluate(query.grid)?;
        let room = self.lock().entry_bytes_max();
        if StepMatrix::bytes_at_least(&result.value, query.grid.steps) <= room
            && let Some(matrix) = StepMatrix::of(query.grid, &result.value)
        {
            self.put(query, Entry::new(matrix, version, Remarks::of(&result)));
        }
        Ok(Cached { result, steps_reused: 0 })
    }

    fn put(&self, query: &Kept, entry: Entry) {
        let evicted = self.lock().put(query.key.clone(), entry);
        self.counters.evicted.fetch_add(evicted, Relaxed);
    }

    /// Forgets everything: the configuration changed, or somebody wants to be sure.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Returns what the cache did and holds.
    pub fn stats(&self) -> CacheStats {
        let (entries, bytes) = self.lock().size();
        let c = &self.counters;
        CacheStats {
            whole: c.whole.load(Relaxed),
            partial: c.partial.load(Relaxed),
            missed: c.missed.load(Relaxed),
            bypassed: c.bypassed.load(Relaxed),
            evicted: c.evicted.load(Relaxed),
            steps_reused: c.steps_reused.load(Relaxed),
            entries,
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        // The store's methods do not panic half-way through a change.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has a result say that some of its steps were kept, if it is to explain itself.
fn explain_kept(result: &mut QueryResult, options: &QueryOptions, steps_reused: usize) {
    if options.explain {
        let below = result.explained.take().map(|below| *below);
        let kept = Explained::kept(&options.text, &result.value, steps_reused, below);
        result.explained = Some(Box::new(kept));
    }
}

/// A query whose steps may be kept.
struct Kept {
    key: Key,
    grid: Grid,
    reach: Reach,
    changes: Arc<Changes>,
}

impl Kept {
    /// `None` for a query whose steps must not or need not be kept.
    fn of(
        engine: &Engine,
        data: &dyn Queryable,
        expr: &Expr,
        times: RangeTimes,
        options: &QueryOptions,
    ) -> Option<Kept> {
        let RangeTimes { start_ms, end_ms, step_ms } = times;
        let one_step = end_ms.saturating_sub(start_ms) < step_ms;
        let whole_counts = options.stats == StatsLevel::PerStep;
        if step_ms <= 0
            || end_ms < start_ms
            || one_step
            || whole_counts
            || options.text.len() > TEXT_BYTES_MAX
        {
            return None;
        }
        let changes = data.changes()?;
        let lookback_ms = options.lookback_ms.filter(|l| *l > 0).unwrap_or(engine.options().lookback_ms);
        let reach = reach(expr, lookback_ms).filter(|r| *r != Reach::default())?;
        let key = Key {
            text: Arc::clone(&options.text),
            step_ms,
            phase_ms: start_ms.rem_euclid(step_ms),
            lookback_ms,
            default_step_ms: engine.options().default_interval_ms,
        };
        let steps = usize::try_from(end_ms.saturating_sub(start_ms) / step_ms + 1).ok()?;
        Some(Kept { key, grid: Grid { start_ms, step_ms, steps }, reach, changes })
    }

    /// Returns the steps of an entry that hold, and those of the query that are missing then (`None`: none are). `None` if the entry
    /// is of no use: nothing of it holds, it lies elsewhere, or steps on both sides are missing.
    fn usable(&self, entry: Entry) -> Option<(Entry, Option<Grid>)> {
        let mut held = entry.matrix.grid;
        if let Some(changed_ms) = self.changes.oldest_since(entry.version) {
            let last_ms = self.reach.last_valid_ms(changed_ms)?;
            if last_ms < held.start_ms {
                return None;
            }
            let steps = last_ms.saturating_sub(held.start_ms) / held.step_ms + 1;
            held.steps = held.steps.min(usize::try_from(steps).unwrap_or(usize::MAX));
        }
        let grid = self.grid;
        let missing = if held.start_ms <= grid.start_ms && grid.end_ms() <= held.end_ms() {
            None
        } else if held.start_ms <= grid.start_ms && grid.start_ms <= held.end_ms() {
            Some(between(held.end_ms() + grid.step_ms, grid.end_ms(), grid.step_ms))
        } else if grid.start_ms < held.start_ms
            && held.start_ms <= grid.end_ms()
            && grid.end_ms() <= held.end_ms()
        {
            Some(between(grid.start_ms, held.start_ms - grid.step_ms, grid.step_ms))
        } else {
            return None;
        };
        // Only the cut costs a copy; an entry that holds whole is shared.
        let matrix = if held == entry.matrix.grid {
            Arc::clone(&entry.matrix)
        } else {
            Arc::new(entry.matrix.cut(held))
        };
        Some((entry.with(matrix), missing))
    }

    /// The steps to keep of this query and an entry that touches it: the newest, [`STEPS_KEPT`] times as many as were asked for.
    fn union(&self, held: Grid) -> Grid {
        let whole = between(
            held.start_ms.min(self.grid.start_ms),
            held.end_ms().max(self.grid.end_ms()),
            self.grid.step_ms,
        );
        let steps = whole.steps.min(self.grid.steps * STEPS_KEPT);
        let skipped = (whole.steps - steps) as i64;
        Grid { start_ms: whole.start_ms + skipped * whole.step_ms, steps, ..whole }
    }
}

fn between(start_ms: i64, end_ms: i64, step_ms: i64) -> Grid {
    Grid { start_ms, step_ms, steps: ((end_ms - start_ms) / step_ms) as usize + 1 }
}
