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
use crate::head::late::Settled;

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
