//! The database: one directory with a head, its log, and blocks.
//!
//! ```text
//! wal/  chunks_head/     the head's log and closed chunks
//! 01ARZ3NDEKTSV4RRFFQ69G5FAV/ …   blocks
//! lock                   held while a process has it open
//! head_image             what is in memory, so that a start reads the end of the log only
//! quarantine/            what was damaged, set aside for a person to look at
//! ```
//! Invariants: 1. A sample that left the head is in a block that every new view sees: the block joins the list before
//! the head is truncated, and views take the head before the list.  2. One round of maintenance runs at a time.
//! 3. Damage never keeps a database from opening: it is set aside and reported.

mod aging;
mod block_list;
mod by_rule;
mod compact;
mod compare;
mod convert;
mod copies;
mod encode;
mod error;
mod format;
mod image;
mod import;
mod join;
mod late;
mod layers;
mod lock;
mod maintenance;
mod merged;
mod opening;
mod options;
mod plan;
mod refusals;
mod replay;
mod stale;
mod stats;
mod view;

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use hashbrown::{HashMap, HashSet};
use model::{Labels, Matcher, Metadata};
use parking_lot::{Condvar, Mutex};
use storage::{Append, Appendable, Budget, Changes, Queryable, Select, SelectError, TimeRange};
use ulid::Ulid;

pub use crate::head::SeriesLimit;
pub use convert::{BlockFormat, Converted, convert};
pub use encode::{EncodedChunk, encode_samples};
pub use error::DbError;
pub(crate) use join::{append, join, merge};
pub use late::LateStats;
pub use opening::Opening;
pub use options::{BLOCK_MS_DEFAULT, Clock, Options, RETENTION_MS_DEFAULT, WalCompression};
pub use refusals::Refusals;
pub use replay::{ReplayProgress, ReplayState};
pub use stats::{BlockInfo, Cardinality, NamedCount, Stats};
pub use view::DbView;

use block_list::BlockList;
use image::ImageState;
pub(crate) use lock::DirLock;

use crate::block::BlockMeta;
use crate::disk::{DiskPath, Room};
use crate::error::FileError;
use crate::head::late::Settled;
use crate::head::{Head, HeadView};
use crate::tiers::rules::Fates;
use crate::tiers::{Policy, Retention};
use crate::wal::{LogCounters, LogEnd};

/// An open database. Dropping it closes it.
pub struct Db {
    inner: Arc<Inner>,
    maintenance: Mutex<Option<JoinHandle<()>>>,
}

/// What the maintenance thread shares.
struct Inner {
    dir: DiskPath,
    options: Options,
    head: Arc<Head>,
    blocks: BlockList,
    room: Arc<Room>,
    retention: Mutex<Retention>,
    tiers: ArcSwap<Policy>,
    stale_threshold: Mutex<f64>,
    lock: Mutex<Option<DirLock>>,
    clean_start: i8,
    /// Damaged files that were found at start.
    found_at_start: u64,
    log_counters: Option<Arc<LogCounters>>,
    /// From where on the log was read at start, if an image stood for what is before.
    read_from: Option<LogEnd>,
    image: Mutex<Option<ImageState>>,
    replay_time: Duration,
    compacting: Mutex<()>,
    /// The head holds samples before this that are in a block, because readers were in the way of dropping them.
    in_block_until: Mutex<Option<i64>>,
    /// Late samples in the head that are in blocks, likewise.
    late_in_blocks: Mutex<Option<Settled>>,
    /// Late samples are to be written to blocks, because the head was cut.
    late_due: AtomicBool,
    stop: AtomicBool,
    wake: (Mutex<bool>, Condvar),
    closed: AtomicBool,
    /// Blocks that nothing was to be done with, under which fates.
    aged: Mutex<HashMap<Ulid, (Arc<Policy>, Fates)>>,
    /// Buckets that there is nothing to make of.
    uncopied: Mutex<HashSet<copies::Wanted>>,
    counters: Counters,
    ulid_seed: Seed,
}

#[derive(Debug, Default)]
struct Counters {
    triggered: AtomicU64,
    compactions: AtomicU64,
    compactions_failed: AtomicU64,
    compaction_ns: AtomicU64,
    log_truncations: AtomicU64,
    log_truncations_failed: AtomicU64,
    log_corruptions: AtomicU64,
    time_retentions: AtomicU64,
    rewritten_by_rule: AtomicU64,
    written_densely: AtomicU64,
    size_retentions: AtomicU64,
    tombstone_cleanup_ns: AtomicU64,
    refusals_logged: AtomicU64,
    /// The round of the last eviction.
    last_eviction: AtomicU64,
    evicted: AtomicU64,
    stale_compactions: AtomicU64,
    stale_compactions_failed: AtomicU64,
}

/// Random numbers for identifiers, from the process's hash keys.
#[derive(Debug, Default)]
struct Seed(RandomState, AtomicU64);

impl Seed {
    fn next(&self) -> u64 {
        self.0.hash_one(self.1.fetch_add(1, Relaxed))
    }
}

impl Db {
    /// Opens or creates the database in `dir`.
    ///
    /// # Errors
    /// [`DbError`]. Damaged files are no error: they are set aside and logged.
    pub fn open(dir: &Path, options: Options) -> Result<Db, DbError> {
        Db::open_with(dir, options, &ReplayProgress::default())
    }

    /// Opens or creates the database in `dir` and tells how far it is.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_with(dir: &Path, options: Options, progress: &ReplayProgress) -> Result<Db, DbError> {
        Db::begin(dir, options)?.finish(progress)
    }

    /// Takes the first step of opening the database in `dir`: from then on samples are taken.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn begin(dir: &Path, options: Options) -> Result<Opening, DbError> {
        Opening::begin(dir, options)
    }

    /// Runs one round of maintenance now: compaction, truncation, retention.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn compact(&self) -> Result<(), DbError> {
        self.inner.open()?.maintain()
    }

    /// Deletes the samples in `range` of series that pass one of the matcher sets.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn delete(&self, range: TimeRange, matcher_sets: &[Vec<Matcher>]) -> Result<(), DbError> {
        let inner = self.inner.open()?;
        let _alone = inner.compacting.lock();
        // Before and after, whatever comes of it: a view in between may show some of the samples gone.
        let changes = inner.head.changes();
        changes.note(range.min_ms);
        let deleted = inner.delete(range, matcher_sets);
        changes.note(range.min_ms);
        deleted
    }

    /// Rewrites blocks with deletions so that deleted samples leave the disk.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn clean_tombstones(&self) -> Result<(), DbError> {
        let inner = self.inner.open()?;
        let _alone = inner.compacting.lock();
        let started = Instant::now();
        for block in inner.blocks.get().iter().filter(|b| !b.tombstones().is_empty()) {
            let old = block.meta();
            let meta = inner.in_due_format(compact::rewritten_meta(inner.new_ulid(), &old));
            let written = compact::write(&inner.dir, meta, std::slice::from_ref(block))?;
            inner.blocks.exchange(written.map(|m| m.ulid), &[old.ulid])?;
        }
        let taken = started.elapsed().as_nanos() as u64;
        inner.counters.tombstone_cleanup_ns.fetch_add(taken, Relaxed);
        Ok(())
    }

    /// Makes a copy of all blocks by hard links, and of the head as a block if asked for, in `dir`.
    ///
    /// # Errors
    /// [`DbError::Invalid`] if `dir` is the database itself.
    pub fn snapshot(&self, dir: &Path, with_head: bool) -> Result<(), DbError> {
        let inner = self.inner.open()?;
        if dir == inner.dir.path() {
            return Err(DbError::Invalid { reason: "cannot snapshot into the database itself".to_owned() });
        }
        let _alone = inner.compacting.lock();
        let dir = &DiskPath::new(inner.options.disk.clone(), dir);
        dir.create_dir_all()?;
        for block in inner.blocks.get().iter() {
            block.link_to(dir)?;
        }
        let (min_ms, max_ms) = (inner.head.min_t(), inner.head.max_t());
        if with_head && min_ms <= max_ms {
            inner.head.write_block(dir, BlockMeta::new(inner.new_ulid(), min_ms, max_ms + 1))?;
        }
        if with_head {
            inner.write_late_blocks(dir)?;
        }
        Ok(())
    }

    /// Changes what is kept; takes effect with the next round of maintenance.
    pub fn set_retention(&self, retention: Retention) {
        *self.inner.retention.lock() = retention;
    }

    /// Changes what becomes of old samples; takes effect with the next round of maintenance.
    pub fn set_tiers(&self, policy: Arc<Policy>) {
        self.inner.tiers.store(policy);
    }

    /// Sets the share of series ending with a staleness marker (0 to 1) from which on they are evicted without further
    /// conditions; 0 leaves it to the built-in ones.
    pub fn set_stale_threshold(&self, threshold: f64) {
        *self.inner.stale_threshold.lock() = threshold;
    }

    /// Replaces the bounds on series by label. Cost, if they changed: a visit to each series.
    pub fn set_series_limits(&self, limits: Vec<SeriesLimit>) {
        self.inner.head.set_series_limits(limits);
    }

    /// Returns what was refused by the bounds on series, with the `limit` most frequent origins and labels.
    pub fn refusals(&self, limit: usize) -> Refusals {
        Refusals::of(self.inner.head.admission(), limit)
    }

    /// Returns the account of memory.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.inner.options.budget
    }

    /// Changes how much older than the newest sample a late one may be; 0 refuses late samples. Those that were taken stay.
    pub fn set_out_of_order_window(&self, window_ms: i64) {
        self.inner.head.late().set_window_ms(window_ms);
    }

    /// Changes how many exemplars are kept.
    pub fn set_exemplars_max(&self, exemplars_max: usize) {
        self.inner.head.with_exemplars(|e| e.resize(exemplars_max));
    }

    /// Returns the metadata last noted for a series' metric.
    pub fn metadata(&self, labels: &Labels) -> Option<Metadata> {
        self.inner.head.metadata(labels)
    }

    /// Returns figures for metrics.
    pub fn stats(&self) -> Stats {
        self.inner.stats()
    }

    /// Returns where the head's series come from, the `limit` largest of each kind.
    pub fn cardinality(&self, limit: usize) -> Cardinality {
        self.inner.head.cardinality(limit)
    }

    /// Returns the blocks, oldest first.
    pub fn blocks(&self) -> Vec<BlockInfo> {
        self.inner.blocks.get().iter().map(|b| stats::block_info(b)).collect()
    }

    /// Writes and syncs what is left and releases the lock. Later calls do nothing.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn close(&self) -> Result<(), DbError> {
        self.inner.stop.store(true, Relaxed);
        *self.inner.wake.0.lock() = true;
        self.inner.wake.1.notify_all();
        if let Some(thread) = self.maintenance.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the maintenance thread ended in a panic");
        }
        self.inner.close()
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "the database could not be closed in order");
        }
    }
}

impl Appendable for Db {
    fn appender(&self) -> Box<dyn Append + '_> {
        Box::new(self.inner.head.batch())
    }
}

impl Queryable for Db {
    fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        // The head first: see the module's first invariant.
        let head = Arc::new(HeadView::new(&self.inner.head, range));
        let blocks = self.inner.blocks.get().iter().filter(|b| b.overlaps(range)).cloned().collect();
        Ok(Arc::new(DbView::new(Some(head), blocks)))
    }

    fn changes(&self) -> Option<Arc<Changes>> {
        Some(self.inner.head.changes())
    }
}

impl Inner {
    fn open(&self) -> Result<&Inner, DbError> {
        if self.closed.load(Relaxed) { Err(DbError::Closed) } else { Ok(self) }
    }

    fn delete(&self, range: TimeRange, matcher_sets: &[Vec<Matcher>]) -> Result<(), DbError> {
        for block in self.blocks.get().iter().filter(|b| b.overlaps(range)) {
            block.delete(range, matcher_sets)?;
        }
        self.drop_deleted_copies()?;
        Ok(self.head.delete(range, matcher_sets)?)
    }

    fn stopping(&self) -> bool {
        self.stop.load(Relaxed)
    }

    fn close(&self) -> Result<(), DbError> {
        if self.closed.swap(true, Relaxed) {
            return Ok(());
        }
        let _alone = self.compacting.lock();
        if let Err(error) = self.head.write_waiting_chunks() {
            // They are in the log, too.
            tracing::error!(%error, "closed chunks could not be written; the next start reads them from the log");
        }
        if let Err(error) = self.head.write_late_lists() {
            tracing::error!(%error, "late samples could not be written; the next start reads them from their log");
        }
        self.write_last_image();
        self.head.close()?;
        match self.lock.lock().take() {
            Some(lock) => Ok(lock.release()?),
            None => Ok(()),
        }
    }

    /// Sleeps until the next round, and writes closed chunks in between should many wait; returns false when it is
    /// time to end.
    fn wait_for_round(&self) -> bool {
        let (ended, wake) = &self.wake;
        let next = Instant::now() + maintenance::ROUND;
        let mut stop = ended.lock();
        while !*stop && Instant::now() < next {
            wake.wait_for(&mut stop, maintenance::GLANCE);
            self.head.account_index();
            self.head.order_values();
            let many = self.head.counters().waiting_chunks.load(Relaxed) > maintenance::WAITING_CHUNKS_MAX;
            if many && self.room.look() {
                drop(stop);
                if let Err(error) = self.room.note(self.head.write_waiting_chunks()) {
                    tracing::error!(%error, "closed chunks cannot be written and stay in memory");
                }
                stop = ended.lock();
            }
            if self.is_image_due() {
                drop(stop);
                let alone = self.compacting.lock();
                self.write_image_if_due();
                drop(alone);
                stop = ended.lock();
            }
            if self.room.is_full() {
                drop(stop);
                self.make_room();
                stop = ended.lock();
            }
        }
        !*stop
    }
}

fn spawn(inner: &Arc<Inner>) -> Result<JoinHandle<()>, DbError> {
    let shared = inner.clone();
    let run = move || {
        while shared.wait_for_round() {
            if let Err(error) = shared.maintain() {
                tracing::error!(%error, "maintenance failed; it is tried again in a minute");
            }
        }
    };
    std::thread::Builder::new()
        .name("tsdb-maintenance".to_owned())
        .spawn(run)
        .map_err(|e| FileError::io("start maintenance of", inner.dir.path(), e).into())
}
