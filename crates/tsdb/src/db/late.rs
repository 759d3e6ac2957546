//! Late samples of the head go to blocks of their own, each within one range of the shortest blocks.
//!
//! As Prometheus, that is done when the head was cut: until then they are read from the head. The blocks may overlap
//! others; the next compaction joins those.

use std::sync::atomic::Ordering::Relaxed;

use super::Inner;
use super::error::DbError;
use super::maintenance::READERS_PATIENCE;
use crate::block::BlockMeta;
use crate::disk::DiskPath;
use crate::head::Head;
use crate::head::late::{DELTA_BOUNDS_MS, Late, Settled};

impl Inner {
    /// Writes blocks of what came late and drops it from the head. Does nothing while long queries are in the way: that is
    /// done in a later round then.
    pub(super) fn compact_late(&self) -> Result<(), DbError> {
        if !self.drop_late()? {
            return Ok(());
        }
        if self.head.late().min_t() > self.head.late().max_t() {
            self.late_due.store(false, Relaxed);
            return Ok(());
        }
        if !self.head.wait_for_readers_before(i64::MAX, READERS_PATIENCE) {
            return Ok(()); // some must not see what came since they began
        }
        let dir = self.dir.clone();
        let Some((settled, metas)) = self.timed(|| self.write_late_blocks(&dir))? else { return Ok(()) };
        for meta in &metas {
            self.blocks.exchange(Some(meta.ulid), &[])?;
        }
        self.head.late().counters.blocks.fetch_add(metas.len() as u64, Relaxed);
        tracing::info!(blocks = metas.len(), "late samples written to blocks");
        *self.late_in_blocks.lock() = Some(settled);
        self.late_due.store(!self.drop_late()?, Relaxed);
        Ok(())
    }

    /// Writes what came late as blocks below `dir`; `None` if nothing did.
    pub(super) fn write_late_blocks(
        &self,
        dir: &DiskPath,
    ) -> Result<Option<(Settled, Vec<BlockMeta>)>, DbError> {
        let Some(settled) = self.head.settle_late()? else { return Ok(None) };
        let mut metas = Vec::new();
        for range in Head::late_ranges(settled, self.options.min_block_ms) {
            let mut meta = BlockMeta::new(self.new_ulid(), range.min_ms, range.max_ms);
            meta.set_late();
            metas.extend(self.head.write_late_block(dir, meta, settled)?);
        }
        Ok(Some((settled, metas)))
    }

    /// Drops late samples that are in blocks, unless a reader that does not know the blocks needs them. Tells whether none
    /// is left.
    fn drop_late(&self) -> Result<bool, DbError> {
        let Some(settled) = *self.late_in_blocks.lock() else { return Ok(true) };
        if !self.head.wait_for_readers_before(i64::MAX, READERS_PATIENCE) {
            tracing::warn!("long queries keep the head from dropping late samples that are in blocks");
            return Ok(false);
        }
        *self.late_in_blocks.lock() = None;
        self.head.drop_late(settled)?;
        Ok(true)
    }
}

/// Figures of late samples. Fields ending in `_total` only grow while the process lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LateStats {
    /// Late floats stored.
    pub floats_total: u64,
    /// Late histograms stored.
    pub histograms_total: u64,
    /// Floats refused as older than the window.
    pub too_old_floats_total: u64,
    /// Histograms refused as older than the window.
    pub too_old_histograms_total: u64,
    /// How late samples were, taken or not: upper bounds in seconds and cumulative counts.
    pub deltas: Vec<(f64, u64)>,
    /// Samples that were not in order.
    pub delta_count: u64,
    /// The sum of how late they were, in seconds.
    pub delta_sum_seconds: f64,
    /// Samples of the log of series that nobody tells.
    pub unknown_series_total: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Number of the segment being written; 0 while there is none.
    pub log_segment_current: u64,
    /// Pages flushed.
    pub log_page_flushes_total: u64,
    /// Pages completed.
    pub log_completed_pages_total: u64,
    /// Failed writes.
    pub log_writes_failed_total: u64,
    /// Times the log was truncated.
    pub log_truncations_total: u64,
    /// Times truncating it failed.
    pub log_truncations_failed_total: u64,
    /// Seconds spent in syncing segments.
    pub log_fsync_seconds_total: f64,
    /// Segments synced.
    pub log_fsync_total: u64,
}

impl LateStats {
    pub(super) fn of(late: &Late) -> LateStats {
        let c = &late.counters;
        let mut count = 0;
        let mut deltas = Vec::with_capacity(DELTA_BOUNDS_MS.len());
        for (bound, n) in DELTA_BOUNDS_MS.iter().zip(&c.deltas) {
            count += n.load(Relaxed);
            deltas.push((*bound as f64 / 1e3, count));
        }
        let mut stats = LateStats {
            floats_total: c.floats.load(Relaxed),
            histograms_total: c.histograms.load(Relaxed),
            too_old_floats_total: c.too_old_floats.load(Relaxed),
            too_old_histograms_total: c.too_old_histograms.load(Relaxed),
            deltas,
            delta_count: c.deltas.iter().map(|n| n.load(Relaxed)).sum(),
            delta_sum_seconds: c.delta_sum_ms.load(Relaxed) as f64 / 1e3,
            unknown_series_total: c.unknown_series.load(Relaxed),
            log_bytes: late.log().bytes(),
            log_truncations_total: c.truncations.load(Relaxed),
            log_truncations_failed_total: c.truncations_failed.load(Relaxed),
            ..LateStats::default()
        };
        if let Some(log) = late.log().counters() {
            stats.log_segment_current = log.segment.load(Relaxed);
            stats.log_page_flushes_total = log.flushes.load(Relaxed);
            stats.log_completed_pages_total = log.pages.load(Relaxed);
            stats.log_writes_failed_total = log.failed.load(Relaxed);
            stats.log_fsync_total = log.syncs.load(Relaxed);
            stats.log_fsync_seconds_total = log.sync_ns.load(Relaxed) as f64 / 1e9;
        }
        stats
    }
}
