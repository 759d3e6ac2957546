//! Samples that come late: older than the newest of their series, but within the out-of-order window.
//!
//! A late sample goes into a small sorted list of its series ([`series`]), behind a log of its own, `wbl/` ([`log`]).
//! Full lists become chunks in `chunks_head/` with a bit that says so; a marker in the log then says that all before it
//! is in chunks ([`flush`]). Readers join them with the ordered samples ([`read`]). When a block is cut from the head, what
//! came late is written to blocks of its own, each within one range of the shortest blocks ([`block`]), which overlap others until
//! compaction joins them.
//!
//! Invariants: 1. A late sample is in the log before it can be seen.  2. A marker stands in the log behind all samples that
//! are in its chunk, and before all of its series that are not.  3. A late sample carries the epoch of its commit until no
//! view that must not see it is left; only then is it written to a chunk, so views see a commit whole or not at all.
//! 4. Of two samples at one time the ordered one stays, and of two late ones the one that came first.
//!
//! Rules and files: Prometheus 3.14 `tsdb/{head_append,ooo_head,head_wal}.go`.

mod block;
mod commit;
mod flush;
mod log;
mod read;
mod replay;
mod series;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use storage::TimeRange;

pub use block::Settled;
pub use commit::{LateApplied, LateBatch, Lateness};
pub use log::LateLog;
pub use read::LateParts;
pub use replay::read_back;
pub use series::{LateChunk, LateSeries};

use crate::db::WalCompression;
use crate::disk::DiskPath;

/// Late samples of one series that are gathered before they become a chunk, as Prometheus's `OutOfOrderCapMax`.
pub const LATE_CHUNK_SAMPLES: usize = 32;

/// Upper bounds, in milliseconds, of how late samples are counted as.
pub const DELTA_BOUNDS_MS: [i64; 7] =
    [600_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000];

/// Figures of what came late. They only grow.
#[derive(Debug, Default)]
pub struct LateCounters {
    /// Late floats stored.
    pub floats: AtomicU64,
    /// Late histograms stored.
    pub histograms: AtomicU64,
    /// Floats refused as older than the window.
    pub too_old_floats: AtomicU64,
    /// Histograms refused as older than the window.
    pub too_old_histograms: AtomicU64,
    /// How late samples were, whether taken or not: counts by [`DELTA_BOUNDS_MS`], not cumulative, and those beyond.
    pub deltas: [AtomicU64; DELTA_BOUNDS_MS.len() + 1],
    /// The sum of how late they were, in milliseconds.
    pub delta_sum_ms: AtomicU64,
    /// Blocks written.
    pub blocks: AtomicU64,
    /// Times the log was truncated.
    pub truncations: AtomicU64,
    /// Times truncating it failed.
    pub truncations_failed: AtomicU64,
    /// Samples of the log of series that nobody tells.
    pub unknown_series: AtomicU64,
}

/// What a head has for late samples beside its series.
#[derive(Debug)]
pub struct Late {
    window_ms: AtomicI64,
    log: LateLog,
    /// Oldest and newest late sample in memory or in `chunks_head/`; `i64::MAX` and `i64::MIN` while there are none.
    min_t: AtomicI64,
    max_t: AtomicI64,
    /// Figures.
    pub counters: LateCounters,
}

impl Late {
    /// Prepares for late samples that are at most `window_ms` older than the newest of all; 0 for none. Their log is
    /// created in `wbl` once it is needed.
    pub fn new(wbl: DiskPath, segment_bytes: usize, compression: WalCompression, window_ms: i64) -> Late {
        Late {
            window_ms: AtomicI64::new(window_ms.max(0)),
            log: LateLog::new(wbl, segment_bytes, compression),
            min_t: AtomicI64::new(i64::MAX),
            max_t: AtomicI64::new(i64::MIN),
            counters: LateCounters::default(),
        }
    }

    /// Returns how much older than the newest of all a sample may be; 0 if late samples are refused.
    #[inline]
    pub fn window_ms(&self) -> i64 {
        self.window_ms.load(Relaxed)
    }

    /// Changes that. Samples that were taken stay, and go to blocks in their time.
    pub fn set_window_ms(&self, window_ms: i64) {
        self.window_ms.store(window_ms.max(0), Relaxed);
    }

    /// Returns the log.
    pub fn log(&self) -> &LateLog {
        &self.log
    }

    /// Returns the time of the oldest late sample, `i64::MAX` if there is none.
    pub fn min_t(&self) -> i64 {
        self.min_t.load(Relaxed)
    }

    /// Returns the time of the newest late sample, `i64::MIN` if there is none.
    pub fn max_t(&self) -> i64 {
        self.max_t.load(Relaxed)
    }

    /// Tells whether there may be late samples in a range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.min_t() <= range.max_ms && range.min_ms <= self.max_t()
    }

    fn widen(&self, min_t: i64, max_t: i64) {
        self.min_t.fetch_min(min_t, Relaxed);
        self.max_t.fetch_max(max_t, Relaxed);
    }

    /// Counts a sample that is this much older than the newest of all.
    fn count_delta(&self, delta_ms: i64) {
        let bucket = DELTA_BOUNDS_MS.partition_point(|bound| *bound < delta_ms);
        self.counters.deltas[bucket].fetch_add(1, Relaxed);
        self.counters.delta_sum_ms.fetch_add(delta_ms.max(0) as u64, Relaxed);
    }
}
