//! What happens by itself, once a minute: closed chunks are written, the head is cut into blocks, blocks are compacted,
//! old ones removed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use ulid::Ulid;

use super::Inner;
use super::compact::{self, merged_meta};
use super::error::DbError;
use super::layers::Layers;
use super::plan::{levels, plan, plan_apart};
use crate::block::{Block, BlockMeta};
use crate::head::range_end;

/// Time between two rounds.
pub const ROUND: Duration = Duration::from_secs(60);
/// Time between two looks at how many closed chunks wait: many series close chunks in the same minute.
pub const GLANCE: Duration = Duration::from_secs(1);
/// More closed chunks than this, some four megabytes, are written before the next round.
pub const WAITING_CHUNKS_MAX: usize = 16 << 10;
/// How long a cut waits for readers of what it drops. If they take longer, memory is given back in a later round.
pub const READERS_PATIENCE: Duration = Duration::from_secs(30);

impl Inner {
    /// Does one round.
    pub(super) fn maintain(&self) -> Result<(), DbError> {
        let _alone = self.compacting.lock();
        self.counters.triggered.fetch_add(1, Relaxed);
        self.report_refusals();
        let written = self.write_what_is_due();
        let noted = match &written {
            Err(DbError::File(error)) => self.room.note(Err(error.clone())),
            Ok(()) => self.room.note(Ok(())),
            Err(_) => Ok(()),
        };
        noted.ok(); // it is returned below
        // Room is made even where nothing can be written: that may be for want of it.
        self.apply_retention()?;
        self.room.look();
        written
    }

    fn write_what_is_due(&self) -> Result<(), DbError> {
        self.head.write_waiting_chunks()?;
        self.head.account_chunks();
        self.head.write_late_lists()?;
        self.cut_head()?;
        self.evict_ended()?;
        self.write_image_if_due();
        // Before blocks are merged: samples whose buckets stand alone must leave the block that they were made of.
        self.apply_rules()?;
        self.compact_blocks()?;
        self.age_blocks()
    }

    /// On a full disk: drops the oldest blocks where a bound for all files is set, and looks whether there is room again.
    pub(super) fn make_room(&self) {
        let _alone = self.compacting.lock();
        if let Err(error) = self.apply_retention() {
            tracing::error!(%error, "cannot remove blocks from a full disk");
        }
        self.room.look();
    }

    /// Cuts blocks from the head while it holds more than a block and a half.
    fn cut_head(&self) -> Result<(), DbError> {
        let mut cut = None;
        loop {
            // What is in a block already is dropped first, be it of a former round.
            let in_block = *self.in_block_until.lock();
            if let Some(t) = in_block {
                if !self.head.wait_for_readers_before(t, READERS_PATIENCE) {
                    tracing::warn!(t, "long queries keep the head from dropping what is in a block");
                    break;
                }
                *self.in_block_until.lock() = None;
                cut = Some(t);
                self.head.truncate(t)?;
            }
            if !self.head.is_compactable() || self.stopping() {
                break;
            }
            let min_ms = self.head.min_t();
            let max_ms = range_end(min_ms, self.options.min_block_ms);
            self.head.close_before(max_ms);
            self.timed(|| self.write_head_block(min_ms, max_ms))?;
            *self.in_block_until.lock() = Some(max_ms);
        }
        if cut.is_some() {
            self.late_due.store(true, Relaxed);
        }
        if self.late_due.load(Relaxed) {
            // Before the log is cut: that drops deletions of what is older.
            self.compact_late()?;
        }
        cut.map_or(Ok(()), |t| self.truncate_log(t))
    }

    fn write_head_block(&self, min_ms: i64, max_ms: i64) -> Result<(), DbError> {
        let meta = self.head.write_block(&self.dir, BlockMeta::new(self.new_ulid(), min_ms, max_ms))?;
        if let Some(meta) = &meta {
            let (series, samples) = (meta.stats.num_series, meta.stats.num_samples);
            tracing::info!(ulid = %meta.ulid, min_ms, max_ms, series, samples, "block cut from head");
        }
        Ok(self.blocks.exchange(meta.map(|m| m.ulid), &[])?)
    }

    fn truncate_log(&self, t: i64) -> Result<(), DbError> {
        self.counters.log_truncations.fetch_add(1, Relaxed);
        self.head.truncate_log(t).inspect_err(|_| {
            self.counters.log_truncations_failed.fetch_add(1, Relaxed);
        })?;
        self.outdate_image();
        Ok(())
    }

    /// Compacts blocks while there is something to compact.
    fn compact_blocks(&self) -> Result<(), DbError> {
        let levels = levels(self.options.min_block_ms, self.options.max_block_ms);
        while !self.stopping() {
            // A block of late samples that reaches into the head's time is left alone: joined with others it would look
            // as if ordered samples up to its end were in blocks.
            let head_from = self.head.ordered_from();
            let leave = |m: &BlockMeta| m.is_late() && m.max_time_ms > head_from;
            let blocks: Vec<Arc<Block>> =
                self.blocks.get().iter().filter(|b| !leave(&b.meta())).cloned().collect();
            let chosen = self.next_compaction(&blocks, &levels);
            if chosen.is_empty() {
                return Ok(());
            }
            self.compact_into_one(&chosen)?;
            // A head that has grown meanwhile goes first: it holds memory.
            if self.head.is_compactable() {
                self.cut_head()?;
            }
        }
        Ok(())
    }

    /// Returns the blocks to merge next. Blocks of one resolution only are merged with each other.
    fn next_compaction(&self, blocks: &[Arc<Block>], levels: &[i64]) -> Vec<Arc<Block>> {
        let metas: Vec<BlockMeta> = blocks.iter().map(|b| b.meta()).collect();
        let (policy, newest) = (self.tiers.load(), self.newest_ms());
        let longest = |meta: &BlockMeta| policy.block_ms_max(newest.saturating_sub(meta.max_time_ms));
        let plan_one = |metas: &[BlockMeta]| match self.options.overlapping_compaction {
            true => plan(metas, levels, &longest),
            false => plan_apart(metas, levels, &longest),
        };
        let resolutions: BTreeSet<i64> = metas.iter().map(BlockMeta::resolution_ms).collect();
        for resolution in resolutions {
            let (alike, metas): (Vec<&Arc<Block>>, Vec<BlockMeta>) = blocks
                .iter()
                .zip(metas.iter().cloned())
                .filter(|(_, m)| m.resolution_ms() == resolution && m.beside().is_none())
                .unzip();
            let chosen = plan_one(&metas);
            if !chosen.is_empty() {
                return chosen.into_iter().map(|i| Arc::clone(alike[i])).collect();
            }
        }
        let metas: Vec<BlockMeta> = blocks.iter().map(|b| b.meta()).collect();
        let chosen = Layers::of(&metas).mergeable(plan_one);
        chosen.into_iter().map(|i| Arc::clone(&blocks[i])).collect()
    }

    fn compact_into_one(&self, blocks: &[Arc<Block>]) -> Result<(), DbError> {
        self.room.check_for("merge blocks", blocks.iter().map(|b| b.bytes()).sum())?;
        let parents: Vec<BlockMeta> = blocks.iter().map(|b| b.meta()).collect();
        let old: Vec<Ulid> = parents.iter().map(|m| m.ulid).collect();
        let written = self.timed(|| {
            compact::write(&self.dir, self.in_due_format(merged_meta(self.new_ulid(), &parents)), blocks)
        });
        match written {
            Ok(meta) => Ok(self.blocks.exchange(meta.map(|m| m.ulid), &old)?),
            Err(error) => {
                self.leave_alone(&error, blocks)?;
                Err(error)
            }
        }
    }

    /// Counts a compaction and its time.
    pub(super) fn timed<R>(&self, work: impl FnOnce() -> Result<R, DbError>) -> Result<R, DbError> {
        let started = Instant::now();
        let result = work();
        let counters = &self.counters;
        counters.compactions.fetch_add(1, Relaxed);
        counters.compaction_ns.fetch_add(started.elapsed().as_nanos() as u64, Relaxed);
        if result.is_err() {
            counters.compactions_failed.fetch_add(1, Relaxed);
        }
        result
    }

    /// Returns the identifier of a block made now.
    pub(super) fn new_ulid(&self) -> Ulid {
        let random = (u128::from(self.ulid_seed.next()) << 64) | u128::from(self.ulid_seed.next());
        Ulid::from_parts((self.options.clock)().max(0) as u64, random)
    }
}
