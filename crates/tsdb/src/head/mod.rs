//! The head: the newest hours, in memory, behind the log.
//!
//! A series is a number. From labels to number goes [`by_labels`], from label to numbers [`postings`], from number to
//! series [`pages`]; strings are [`symbols`]. A [`batch`] checks and gathers samples and commits them: first the log,
//! then the series, in one order for all batches. Readers look through a view ([`isolation`]). Full chunks go to
//! [`chunk_files`]; what is in blocks already is dropped by [`gc`].
//!
//! Series are numbered as in the log: what the log calls series 7 is series 7 here. Numbers are not used again before
//! four thousand million series were created.
//!
//! Locks are taken in this order, any of them may be left out: creating, log, log of late samples, apply, postings,
//! symbols, a shard of `by_labels`, a page, notes of views. A page and symbols: symbols first.

mod admission;
mod batch;
mod by_labels;
mod cardinality;
mod chunk_files;
mod commit;
mod delete;
mod evict;
mod exemplars;
mod flush;
mod gc;
mod image;
mod intake;
mod isolation;
pub mod late;
mod lookup;
mod numbers;
mod open_chunk;
mod packed_labels;
mod pages;
mod postings;
mod read;
mod replay;
mod series;
mod symbols;
mod write_block;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};

use hashbrown::HashMap;
use model::{Labels, Metadata};
use parking_lot::{Mutex, RwLock};
use storage::budget::Part;
use storage::{AppendError, Budget, Changes};

pub use admission::{Admission, Refusal, SeriesLimit};
pub use batch::Batch;
pub use chunk_files::ChunkFiles;
pub(crate) use chunk_files::read_chunk_files;
pub use evict::Ended;
pub use image::{FILE_NAME as IMAGE_FILE, check as check_image};
pub use intake::Intake;
pub use isolation::ViewGuard;
pub use read::{HeadSeries, HeadView};
pub use replay::{Directories, LogOptions, Recovery, ReplayReport, open};
pub use series::{CutPolicy, range_end};

use batch::Gathered;
use by_labels::ByLabels;
use exemplars::Exemplars;
use isolation::Views;
use late::Late;
use lookup::HeadIndex;
use numbers::{Lease, Numbers};
pub(crate) use packed_labels::PackedLabels;
use pages::Pages;
use postings::HeadPostings;
pub(crate) use series::{ClosedChunk, Series, Waiting, WaitingChunk};
use symbols::{Pair, Symbols};

use crate::db::WalCompression;
use crate::disk::DiskPath;
use crate::tombstones::Tombstones;
use crate::wal::Log;

/// Series numbers stay below this, so that there is room for replayed series whose numbers are larger.
const ID_END: u32 = 0xc000_0000;
/// Buffers of finished batches that are kept for new ones.
const SPARE_BUFFERS_MAX: usize = 32;

/// How a head works.
#[derive(Clone, Debug)]
pub struct HeadOptions {
    /// Where chunks are cut.
    pub policy: CutPolicy,
    /// Series accepted; 0 for no bound.
    pub series_max: usize,
    /// Exemplars kept.
    pub exemplars_max: usize,
    /// The account of memory.
    pub budget: Arc<Budget>,
    /// How much older than the newest sample a late one may be; 0 refuses late samples.
    pub late_window_ms: i64,
}

/// How long the log needs a number that names no series here.
#[derive(Clone, Copy, Debug)]
struct Needed {
    /// The last segment it may occur in.
    segment: u64,
    /// Its newest sample that a checkpoint may have to keep: a second number of a living series has some.
    newest_t: i64,
}

impl Needed {
    /// Tells whether the number is needed beside a checkpoint of the segments up to `end` and the samples from `t` on.
    fn beside(&self, end: u64, t: i64) -> bool {
        self.segment > end || self.newest_t >= t
    }
}

/// Figures that only grow, and some that do not.
#[derive(Debug, Default)]
pub struct HeadCounters {
    /// Series created.
    pub series_created: AtomicU64,
    /// Series removed.
    pub series_removed: AtomicU64,
    /// References that named no series.
    pub series_not_found: AtomicU64,
    /// Chunks started.
    pub chunks_created: AtomicU64,
    /// Chunks removed.
    pub chunks_removed: AtomicU64,
    /// Float samples stored.
    pub floats: AtomicU64,
    /// Histogram samples stored.
    pub histograms: AtomicU64,
    /// Samples refused as out of order.
    pub out_of_order: AtomicU64,
    /// Samples refused as out of bounds.
    pub out_of_bounds: AtomicU64,
    /// Batches open.
    pub batches: AtomicU64,
    /// Closed chunks that wait to be written.
    pub waiting_chunks: AtomicUsize,
    /// Series whose last sample is a staleness marker, when they were last counted.
    pub stale_series: AtomicUsize,
    /// Truncations.
    pub truncations: AtomicU64,
    /// Truncations that could not delete what they dropped.
    pub truncations_failed: AtomicU64,
    /// Collections of dead series.
    pub collections: AtomicU64,
    /// Nanoseconds spent in them.
    pub collection_ns: AtomicU64,
    /// Checkpoints written.
    pub checkpoints: AtomicU64,
    /// Checkpoints that failed.
    pub checkpoints_failed: AtomicU64,
    /// Damage found in the log since start.
    pub log_corruptions: AtomicU64,
}

/// The newest hours of a database.
pub struct Head {
    options: HeadOptions,
    symbols: RwLock<Symbols>,
    pages: Pages,
    by_labels: ByLabels,
    postings: RwLock<HeadPostings>,
    admission: Admission,
    /// The numbers that new series get. Whoever creates one holds this.
    creating: Mutex<Numbers>,
    views: Arc<Views>,
    /// Where readers that keep results learn that they do not hold any more.
    changes: Arc<Changes>,
    log: Mutex<Option<Log>>,
    late: Late,
    files: ChunkFiles,
    exemplars: Mutex<Exemplars>,
    metadata: Mutex<HashMap<u32, Arc<Metadata>>>,
    stones: RwLock<Arc<Tombstones>>,
    /// Numbers that name no series here, but are still needed to read the log.
    departed: Mutex<HashMap<u64, Needed>>,
    /// Numbers in the logs that are another number here, as far as they are in `departed`.
    renamed: Mutex<HashMap<u64, u32>>,
    /// Oldest and newest sample. `i64::MAX` and `i64::MIN` while there are none.
    min_t: AtomicI64,
    max_t: AtomicI64,
    /// Oldest sample committed since a collection began.
    recent_min_t: AtomicI64,
    /// Samples before this are in blocks, or too late for the block that is being cut.
    min_valid_t: AtomicI64,
    /// Readers find everything before this in blocks.
    truncated_t: AtomicI64,
    /// Series removed since symbols were last swept.
    removed_unswept: AtomicUsize,
    /// Held while closed chunks are written.
    flushing: Mutex<()>,
    counters: HeadCounters,
    spare: Mutex<Vec<Gathered>>,
    /// Directory of the log.
    wal_dir: DiskPath,
    /// Compression of the log's records.
    compression: WalCompression,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("series", &self.series()).finish_non_exhaustive()
    }
}

impl Head {
    fn new(
        options: HeadOptions,
        files: ChunkFiles,
        wal_dir: DiskPath,
        compression: WalCompression,
        late: Late,
    ) -> Head {
        let admission = Admission::new(options.budget.clone(), options.series_max as u64);
        Head {
            exemplars: Mutex::new(Exemplars::new(options.exemplars_max)),
            admission,
            options,
            changes: Arc::default(),
            symbols: RwLock::default(),
            pages: Pages::default(),
            by_labels: ByLabels::default(),
            postings: RwLock::default(),
            creating: Mutex::default(),
            views: Arc::default(),
            log: Mutex::new(None),
            late,
            files,
            metadata: Mutex::default(),
            stones: RwLock::default(),
            departed: Mutex::default(),
            renamed: Mutex::default(),
            min_t: AtomicI64::new(i64::MAX),
            max_t: AtomicI64::new(i64::MIN),
            recent_min_t: AtomicI64::new(i64::MAX),
            min_valid_t: AtomicI64::new(i64::MIN),
            truncated_t: AtomicI64::new(i64::MIN),
            removed_unswept: AtomicUsize::new(0),
            flushing: Mutex::default(),
            counters: HeadCounters::default(),
            spare: Mutex::default(),
            wal_dir,
            compression,
        }
    }

    /// Returns where commits note the oldest time they touched. Who takes data away notes that, too.
    pub fn changes(&self) -> Arc<Changes> {
        Arc::clone(&self.changes)
    }

    /// Returns the time of the oldest sample, `i64::MAX` if there is none.
    pub fn min_t(&self) -> i64 {
        self.min_t.load(Relaxed)
    }

    /// Returns the time of the newest sample, `i64::MIN` if there is none.
    pub fn max_t(&self) -> i64 {
        self.max_t.load(Relaxed)
    }

    /// Returns the time from which on ordered samples are in the head; those before are in blocks.
    pub fn ordered_from(&self) -> i64 {
        self.min_valid_t.load(Relaxed)
    }

    /// Tells whether the head holds so much that a block should be cut from it.
    pub fn is_compactable(&self) -> bool {
        let (min_t, max_t) = (self.min_t(), self.max_t());
        let range = self.options.policy.range_ms;
        min_t <= max_t && max_t.saturating_sub(min_t) > range / 2 * 3
    }

    /// Returns the oldest time that a new batch may write: half a block behind the newest, and behind all blocks.
    fn append_min_t(&self, newest: i64) -> i64 {
        let by_newest = match newest {
            i64::MIN => i64::MIN,
            t => t.saturating_sub(self.options.policy.range_ms / 2),
        };
        by_newest.max(self.min_valid_t.load(Relaxed))
    }

    /// Returns the figures.
    pub fn counters(&self) -> &HeadCounters {
        &self.counters
    }

    /// Returns the number of series.
    pub fn series(&self) -> u64 {
        let removed = self.counters.series_removed.load(Relaxed);
        self.counters.series_created.load(Relaxed).saturating_sub(removed)
    }

    /// Returns how many series ended with a staleness marker when that was last looked at.
    pub fn stale_series(&self) -> usize {
        self.counters.stale_series.load(Relaxed)
    }

    /// Returns the number of chunks.
    pub fn chunks(&self) -> u64 {
        let removed = self.counters.chunks_removed.load(Relaxed);
        self.counters.chunks_created.load(Relaxed).saturating_sub(removed)
    }

    /// Returns the number of open views.
    pub fn open_views(&self) -> usize {
        self.views.count()
    }

    /// Returns the bytes of strings and index tables.
    pub fn symbol_bytes(&self) -> usize {
        let symbols = self.symbols.read().heap_bytes();
        symbols + self.by_labels.heap_bytes() + self.postings.read().heap_bytes()
    }

    /// Returns the bounds on new series and what they came to.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Replaces the bounds on series by label. No series is created meanwhile.
    pub fn set_series_limits(&self, limits: Vec<SeriesLimit>) {
        let _no_new_series = self.creating.lock();
        self.admission.set_limits(limits, |count| {
            for (number, page) in self.pages.table().iter() {
                let ids: Vec<u32> = page.read().iter(number).map(|(id, _)| id).collect();
                ids.into_iter().for_each(|id| count(&self.labels_of(id)));
            }
        });
    }

    /// Brings the account of the index up to date, which is not kept with each change.
    pub fn account_index(&self) {
        self.admission.budget().set(Part::Index, self.symbol_bytes() as u64);
    }

    /// Counts the bytes of all open chunks anew. Cost: a visit to each series.
    pub fn account_chunks(&self) {
        let mut bytes = 0;
        for (number, page) in self.pages.table().iter() {
            bytes += page.read().iter(number).map(|(_, s)| s.buffer.capacity() as u64).sum::<u64>();
        }
        self.admission.budget().set(Part::Chunks, bytes);
    }

    /// Returns what is kept beside the series for late samples.
    pub fn late(&self) -> &Late {
        &self.late
    }

    /// Returns the files of closed chunks.
    pub fn chunk_files(&self) -> &ChunkFiles {
        &self.files
    }

    /// Returns the size of the log's segments and checkpoints; what cannot be read counts as nothing.
    pub fn log_bytes(&self) -> u64 {
        let mut dirs = vec![self.wal_dir.clone()];
        dirs.extend(crate::wal::last_checkpoint(&self.wal_dir).ok().flatten().map(|(_, dir)| dir));
        dirs.iter().filter_map(|dir| dir.list().ok()).flatten().map(|e| e.bytes).sum()
    }

    /// Syncs and gives up log and files. Later batches cannot commit.
    ///
    /// # Errors
    /// [`crate::error::FileError::Io`].
    pub fn close(&self) -> Result<(), crate::error::FileError> {
        self.files.sync()?;
        self.late.log().close()?;
        match self.log.lock().as_mut() {
            Some(log) => log.close(),
            None => Ok(()),
        }
    }

    /// Runs `f` with the log; `None` if the head has none.
    pub fn with_log<R>(&self, f: impl FnOnce(&mut Log) -> R) -> Option<R> {
        self.log.lock().as_mut().map(f)
    }

    /// Runs `f` with the exemplars.
    pub fn with_exemplars<R>(&self, f: impl FnOnce(&mut Exemplars) -> R) -> R {
        f(&mut self.exemplars.lock())
    }

    /// Returns the metadata last noted for a series' metric.
    pub fn metadata(&self, labels: &Labels) -> Option<Metadata> {
        let id = self.find(labels, labels.hash())?;
        self.metadata.lock().get(&id).map(|m| Metadata::clone(m))
    }

    /// Starts a batch.
    pub fn batch(&self) -> Batch<'_> {
        let gathered = self.spare.lock().pop().unwrap_or_default();
        self.counters.batches.fetch_add(1, Relaxed);
        Batch::new(self, gathered)
    }

    fn give_back(&self, gathered: Gathered) {
        self.counters.batches.fetch_sub(1, Relaxed);
        let mut spare = self.spare.lock();
        if spare.len() < SPARE_BUFFERS_MAX && gathered.is_modest() {
            spare.push(gathered);
        }
    }

    /// Returns the index.
    fn index(&self) -> HeadIndex<'_> {
        HeadIndex(self)
    }

    /// Returns the series with these labels.
    fn find(&self, labels: &Labels, hash: u64) -> Option<u32> {
        let symbols = self.symbols.read();
        let same = |id| {
            self.pages.with(id, |series, page| {
                let mut pairs = page.labels(series);
                labels.iter().all(|(name, value)| {
                    pairs.next().is_some_and(|p| symbols.get(p.name) == name && symbols.get(p.value) == value)
                }) && pairs.next().is_none()
            }) == Some(true)
        };
        self.by_labels.find(hash, same)
    }

    /// Finds the series with these labels or creates it, with a number of the batch's lease.
    fn find_or_create(&self, labels: &Labels, lease: &mut Lease) -> Result<u32, AppendError> {
        let hash = labels.hash();
        if let Some(id) = self.find(labels, hash) {
            return Ok(id);
        }
        let mut numbers = self.creating.lock();
        if let Some(id) = self.find(labels, hash) {
            return Ok(id);
        }
        self.admission.admit(labels, self.series())?;
        let id = self.free_id(&mut numbers, lease)?;
        self.insert(id, labels, hash);
        Ok(id)
    }

    /// Returns a number that neither a series nor the log uses.
    fn free_id(&self, numbers: &mut Numbers, lease: &mut Lease) -> Result<u32, AppendError> {
        let departed = self.departed.lock();
        for _ in 0..ID_END {
            let Some(id) = lease.next() else {
                *lease = numbers.lease();
                continue;
            };
            if self.pages.with(id, |_, _| ()).is_none() && !departed.contains_key(&u64::from(id)) {
                return Ok(id);
            }
        }
        Err(AppendError::SeriesLimit { reason: "all series numbers are in use".to_owned() })
    }

    /// Puts a new series in its place. The caller holds `creating`.
    fn insert(&self, id: u32, labels: &Labels, hash: u64) {
        let pairs: Box<[Pair]> = {
            let symbols = self.symbols.read();
            let find = |s| symbols.find(s);
            let known: Option<Vec<Pair>> =
                labels.iter().map(|(n, v)| Some(Pair { name: find(n)?, value: find(v)? })).collect();
            drop(symbols);
            known
                .unwrap_or_else(|| {
                    let mut symbols = self.symbols.write();
                    labels
                        .iter()
                        .map(|(n, v)| Pair { name: symbols.intern(n), value: symbols.intern(v) })
                        .collect()
                })
                .into()
        };
        self.pages.page_for(id).write().insert(id, &pairs).epoch = self.views.before_now();
        self.by_labels.insert(hash, id);
        self.admission.created(labels);
        self.counters.series_created.fetch_add(1, Relaxed);
    }

    /// Returns the labels of a series; empty if it is gone.
    fn labels_of(&self, id: u32) -> Labels {
        let pairs: Option<Vec<Pair>> = self.pages.with(id, |series, page| page.labels(series).collect());
        self.strings(&pairs.unwrap_or_default())
    }

    fn strings(&self, pairs: &[Pair]) -> Labels {
        let symbols = self.symbols.read();
        Labels::from_sorted(pairs.iter().map(|p| (symbols.get(p.name), symbols.get(p.value))))
    }

    fn widen_times(&self, min_t: i64, max_t: i64) {
        self.min_t.fetch_min(min_t, Relaxed);
        self.recent_min_t.fetch_min(min_t, Relaxed);
        self.max_t.fetch_max(max_t, Relaxed);
    }
}
