//! How a database is opened.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use storage::Budget;

use crate::disk::{Disk, RealDisk};
use crate::head::SeriesLimit;
use crate::tiers::Policy;

/// The length of the shortest blocks: the head is cut at multiples of it.
pub const BLOCK_MS_DEFAULT: i64 = 2 * 60 * 60 * 1000;
/// Each compaction level is this many times longer than the one below.
pub const LEVEL_FACTOR: i64 = 3;
/// How long data is kept if neither time nor size is configured.
pub const RETENTION_MS_DEFAULT: i64 = 15 * 24 * 60 * 60 * 1000;
/// Of a log that is shorter, all is read at start within a fraction of a second.
const IMAGE_LOG_BYTES_DEFAULT: u64 = 4 << 20;
/// Size of a log segment, as Prometheus's default.
pub const SEGMENT_BYTES_DEFAULT: usize = 128 << 20;

/// How records of the log are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WalCompression {
    /// Not at all.
    None,
    /// Fast, the default.
    #[default]
    Snappy,
    /// Smaller and slower.
    Zstd,
}

/// Tells the time. Tests hand in their own.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How a database is opened. [`Options::default`] is what Prometheus does without flags.
#[derive(Clone)]
pub struct Options {
    /// Blocks older than this, against the newest data, are deleted; 0 keeps all.
    pub retention_ms: i64,
    /// Oldest blocks go while all files take more than this; 0 for no bound.
    pub retention_bytes: u64,
    /// Oldest blocks go while all files take more than this part of the file system, in percent; 0 for no bound. Prevails
    /// over [`Options::retention_bytes`].
    pub retention_percentage: f64,
    /// What becomes of old samples by age and selector.
    pub tiers: Arc<Policy>,
    /// Length of the blocks that the head is cut into.
    pub min_block_ms: i64,
    /// Length up to which blocks are merged.
    pub max_block_ms: i64,
    /// Compression of log records.
    pub wal_compression: WalCompression,
    /// Size at which a log segment is closed; a multiple of 32 KiB.
    pub wal_segment_bytes: usize,
    /// An image of what is in memory is written beside the log, for the next start, once the log has grown by at least so
    /// many bytes; `u64::MAX` for never.
    pub image_log_bytes: u64,
    /// Opens without taking the `lock` file.
    pub no_lockfile: bool,
    /// Exemplars kept in memory; 0 turns them off.
    pub exemplars_max: usize,
    /// How much older than the newest sample of all a late one may be, in milliseconds; 0 refuses late samples.
    pub out_of_order_window_ms: i64,
    /// Whether blocks that overlap are joined. Without, they stay for another program that compacts (as Thanos does).
    pub overlapping_compaction: bool,
    /// Whether chunks of floats are XOR2, which Prometheus reads from 3.14 on. Samples with start times need it and get it in
    /// any case.
    pub xor2: bool,
    /// Samples a chunk is cut at, roughly.
    pub samples_per_chunk: u16,
    /// Series the head accepts; 0 for no bound. Known series always get their samples.
    pub series_max: usize,
    /// Bounds on series by label.
    pub series_limits: Vec<SeriesLimit>,
    /// Share of series ending with a staleness marker (0 to 1) from which on they are evicted from memory without further
    /// conditions; 0 leaves it to the built-in ones.
    pub stale_series_threshold: f64,
    /// The account of memory, with its limit. Shared with whoever else holds data in memory.
    pub budget: Arc<Budget>,
    /// Whether a thread compacts, truncates and deletes by itself, once a minute.
    pub maintenance: bool,
    /// Tells the time for retention and maintenance.
    pub clock: Clock,
    /// Where all files are.
    pub disk: Arc<dyn Disk>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            retention_ms: RETENTION_MS_DEFAULT,
            retention_bytes: 0,
            retention_percentage: 0.0,
            tiers: Arc::default(),
            min_block_ms: BLOCK_MS_DEFAULT,
            // 31 days or a tenth of the retention, whichever is shorter.
            max_block_ms: RETENTION_MS_DEFAULT / 10,
            wal_compression: WalCompression::default(),
            wal_segment_bytes: SEGMENT_BYTES_DEFAULT,
            image_log_bytes: IMAGE_LOG_BYTES_DEFAULT,
            no_lockfile: false,
            exemplars_max: 0,
            out_of_order_window_ms: 0,
            overlapping_compaction: true,
            xor2: false,
            samples_per_chunk: 120,
            series_max: 0,
            series_limits: Vec::new(),
            stale_series_threshold: 0.0,
            budget: Budget::new(0),
            maintenance: true,
            clock: Arc::new(system_clock),
            disk: Arc::new(RealDisk),
        }
    }
}

/// The machine's clock, in milliseconds since the epoch.
fn system_clock() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("retention_ms", &self.retention_ms)
            .field("retention_bytes", &self.retention_bytes)
            .field("min_block_ms", &self.min_block_ms)
            .field("max_block_ms", &self.max_block_ms)
            .field("wal_compression", &self.wal_compression)
            .field("wal_segment_bytes", &self.wal_segment_bytes)
            .field("exemplars_max", &self.exemplars_max)
            .finish_non_exhaustive()
    }
}
