//! What happens to blocks as they grow old: they are written densely, and in the end they go.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use ulid::Ulid;

use super::Inner;
use super::by_rule::Split;
use super::convert::{self, BlockFormat};
use super::error::DbError;
use crate::block::{Block, BlockMeta, OwnFormat};
use crate::error::FileError;
use crate::tiers::Policy;
use crate::tiers::retention::Aged;
use crate::tiers::rules::{Fate, Fates};

impl Inner {
    /// Returns the end of the newest block; ages are measured against it.
    pub(super) fn newest_ms(&self) -> i64 {
        self.blocks.max_time_ms().unwrap_or(0)
    }

    pub(super) fn age_ms(&self, meta: &BlockMeta) -> i64 {
        self.newest_ms().saturating_sub(meta.max_time_ms)
    }

    fn is_due_dense(&self, meta: &BlockMeta) -> bool {
        let after_ms = self.tiers.load().dense_after_ms;
        after_ms > 0 && meta.is_raw() && self.age_ms(meta) >= after_ms
    }

    /// Makes the description of a raw block that is about to be written one of a dense block, if it is old enough.
    pub(super) fn in_due_format(&self, meta: BlockMeta) -> BlockMeta {
        if self.is_due_dense(&meta) { meta.in_own_format(OwnFormat::default()) } else { meta }
    }

    /// Writes blocks that have passed an age as they are due.
    pub(super) fn age_blocks(&self) -> Result<(), DbError> {
        self.keep_copies()?;
        self.apply_rules()?;
        self.write_densely()
    }

    /// Splits blocks that have passed an age of a rule.
    pub(super) fn apply_rules(&self) -> Result<(), DbError> {
        let policy = self.tiers.load_full();
        if policy.rules.is_empty() {
            return Ok(());
        }
        let blocks = self.blocks.get();
        self.aged.lock().retain(|ulid, _| blocks.iter().any(|b| b.meta().ulid == *ulid));
        for block in blocks.iter() {
            if self.stopping() {
                break;
            }
            let meta = block.meta();
            if meta.beside().is_some() {
                continue; // as old as they may be, see `keep_copies`
            }
            let fates = policy.fates(self.age_ms(&meta), self.retention.lock().time_ms);
            let as_before =
                |(before, then): &(Arc<Policy>, Fates)| Arc::ptr_eq(before, &policy) && *then == fates;
            // What is beyond every bound goes as a whole.
            if fates.all_stay()
                || fates.all_go()
                || meta.compaction.failed
                || self.aged.lock().get(&meta.ulid).is_some_and(as_before)
            {
                continue;
            }
            if !self.leave_all_to_buckets(block, &policy, &fates)? {
                continue;
            }
            let split = Split::of(block, &policy.rules, &fates);
            match split.and_then(|split| self.carry_out(&split, block)) {
                Ok(true) => {}
                Ok(false) => {
                    self.aged.lock().insert(meta.ulid, (policy.clone(), fates));
                }
                Err(error) => {
                    self.leave_alone(&error, std::slice::from_ref(block))?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Has buckets stand for the samples of all rules that leave a block to them; false if some are not there yet.
    fn leave_all_to_buckets(
        &self,
        block: &Arc<Block>,
        policy: &Policy,
        fates: &Fates,
    ) -> Result<bool, DbError> {
        let mut ready = true;
        for (rule, fate) in fates.by_rule.iter().enumerate() {
            if ready && *fate == Fate::LeaveToBuckets {
                ready = self.leave_to_buckets(block, policy, rule)?;
            }
        }
        Ok(ready)
    }

    /// Replaces a block by those that it is split into; returns false if it stays as it is.
    fn carry_out(&self, split: &Split, block: &Arc<Block>) -> Result<bool, DbError> {
        if split.changes_nothing() {
            return Ok(false);
        }
        let old = block.meta().ulid;
        let written = self
            .timed(|| split.write(&self.dir, block, || self.new_ulid(), |meta| self.in_due_format(meta)))?;
        self.counters.rewritten_by_rule.fetch_add(1, Relaxed);
        tracing::info!(ulid = %old, going = split.going, downsampled = ?split.downsampled, "block rewritten by rules");
        self.exchange_noted(&written, &[old])?;
        Ok(true)
    }

    /// Replaces blocks so that results of queries over their time change.
    pub(super) fn exchange_noted(&self, new: &[Ulid], old: &[Ulid]) -> Result<(), DbError> {
        let changes = self.head.changes();
        changes.note_all();
        let exchanged = self.blocks.exchange_all(new, old);
        changes.note_all();
        Ok(exchanged?)
    }

    /// Writes raw blocks of Prometheus's format that are old enough densely, one after another.
    fn write_densely(&self) -> Result<(), DbError> {
        while !self.stopping() {
            let due = |b: &&Arc<Block>| {
                let meta = b.meta();
                meta.own.is_none() && !meta.compaction.failed && self.is_due_dense(&meta)
            };
            let Some(block) = self.blocks.get().iter().find(due).cloned() else { break };
            let (old, before) = (block.meta().ulid, block.bytes());
            let written =
                self.timed(|| convert::write(&self.dir, &block, BlockFormat::Dense, self.new_ulid()));
            match written {
                Ok(new) => {
                    let bytes = new.map_or(0, |(_, bytes)| bytes);
                    self.counters.written_densely.fetch_add(1, Relaxed);
                    tracing::info!(ulid = %old, before, bytes, "block written densely");
                    self.blocks.exchange(new.map(|(ulid, _)| ulid), &[old])?;
                }
                Err(error) => {
                    self.leave_alone(&error, std::slice::from_ref(&block))?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Marks blocks whose data made writing them anew fail, so that it is not tried again every minute. If the disk was the
    /// reason it is.
    pub(super) fn leave_alone(&self, error: &DbError, blocks: &[Arc<Block>]) -> Result<(), FileError> {
        let by_data = match error {
            DbError::File(error) => error.is_corruption(),
            DbError::Select(_) | DbError::Differs { .. } => true,
            DbError::Locked { .. } | DbError::Options { .. } | DbError::Closed | DbError::Invalid { .. } => {
                false
            }
        };
        if by_data { blocks.iter().try_for_each(|b| b.mark_failed()) } else { Ok(()) }
    }

    /// Removes blocks that are too old or too many.
    pub(super) fn apply_retention(&self) -> Result<(), DbError> {
        let retention = *self.retention.lock();
        let mut by_age: Vec<Arc<Block>> = self.blocks.get().to_vec();
        // Of one time samples go before their buckets.
        by_age.sort_by_key(|b| std::cmp::Reverse((b.meta().max_time_ms, b.meta().resolution_ms())));
        let total = if retention.percentage > 0.0 { self.file_system_bytes() } else { None };
        let policy = self.tiers.load();
        let aged: Vec<Aged> = by_age
            .iter()
            .map(|b| {
                let meta = b.meta();
                let goes = match meta.beside() {
                    Some(_) => self.buckets_go(&meta, &policy),
                    None => policy.fates(self.age_ms(&meta), retention.time_ms).all_go(),
                };
                Aged { max_time_ms: meta.max_time_ms, bytes: b.bytes(), held_by_rule: !goes }
            })
            .collect();
        let beyond = retention.beyond(&aged, self.head_bytes(), retention.bytes_on(total));
        if beyond.blocks.is_empty() {
            return Ok(());
        }
        let old: Vec<Ulid> = beyond.blocks.iter().map(|i| by_age[*i].meta().ulid).collect();
        self.counters.time_retentions.fetch_add(u64::from(beyond.by_time), Relaxed);
        self.counters.size_retentions.fetch_add(u64::from(beyond.by_size), Relaxed);
        tracing::info!(blocks = old.len(), "blocks beyond retention removed");
        self.exchange_noted(&[], &old)
    }

    /// Returns the size of the file system; `None`, with a line in the log, if it does not tell.
    fn file_system_bytes(&self) -> Option<u64> {
        match self.dir.space() {
            Ok(space) if space.total > 0 => Some(space.total),
            Ok(_) => {
                tracing::warn!(
                    "the file system does not tell its size: retention by percentage is not applied"
                );
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the file system does not tell its size: retention by percentage is not applied");
                None
            }
        }
    }
}
