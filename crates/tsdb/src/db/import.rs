//! Taking in samples of the past that come as blocks: the history of a recording rule.

use super::{Db, DbError};
use crate::block::BlockMeta;
use crate::tools::NewBlocks;

impl Db {
    /// Writes gathered samples as blocks and shows them to every new view. Returns the blocks, oldest first. What overlaps is
    /// merged by later rounds of maintenance.
    ///
    /// # Errors
    /// [`DbError`]; blocks that were written before it are shown. Samples that were not made by
    /// [`NewBlocks::beside_the_head`] are refused: their blocks could hide part of the log at the next start.
    pub fn import(&self, blocks: &mut NewBlocks) -> Result<Vec<BlockMeta>, DbError> {
        let inner = self.inner.open()?;
        if !blocks.is_beside_the_head() {
            let reason = "blocks for a database in use must be marked as made of late samples".to_owned();
            return Err(DbError::Invalid { reason });
        }
        let _alone = inner.compacting.lock();
        let changes = inner.head.changes();
        let mut shown = Vec::new();
        blocks.write(inner.dir.path(), (inner.options.clock)(), |written| {
            changes.note(written.meta.min_time_ms);
            inner.blocks.exchange(Some(written.meta.ulid), &[])?;
            changes.note(written.meta.min_time_ms);
            shown.push(written.meta);
            Ok::<(), DbError>(())
        })?;
        Ok(shown)
    }
}
