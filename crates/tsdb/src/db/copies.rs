//! Buckets beside samples: made as soon as a block is there, dropped when they have grown too old.
//!
//! Each rule's buckets of each length are blocks of their own. They follow the block of samples: when that is merged with others
//! or gets late samples, they are made anew of it. Before the samples go by the rule, their buckets are marked as standing alone;
//! from then on they live, and are merged, on their own. See [`super::layers`] for who reads what.
//!
//! Only floats are brought together: a series with native histograms in a block stays there as long as the rule's longest buckets.

use std::sync::Arc;

use storage::SelectError;
use ulid::Ulid;

use super::Inner;
use super::compact::{self, cleaned_meta};
use super::error::DbError;
use super::layers::{Layers, Standing};
use crate::block::{BesideSamples, Block, BlockMeta, BlockParent, OwnFormat};
use crate::tiers::Policy;
use crate::tiers::rules::series_by_rule;

/// Buckets that a block of samples should have beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    /// The block of samples.
    samples: Ulid,
    /// The mark of the rule.
    mark: u64,
    resolution_ms: i64,
}

impl Inner {
    /// Makes buckets that are missing, and drops those that are too old or of no use any more.
    pub(super) fn keep_copies(&self) -> Result<(), DbError> {
        let policy = self.tiers.load_full();
        let blocks = self.blocks.get();
        let of_rules = policy.rules.iter().any(|rule| !rule.beside.is_empty());
        if !of_rules && !blocks.iter().any(|b| b.meta().beside().is_some()) {
            return Ok(());
        }
        self.drop_copies(&policy)?;
        self.uncopied.lock().retain(|wanted| blocks.iter().any(|b| b.meta().ulid == wanted.samples));
        for block in blocks.iter() {
            for rule in 0..policy.rules.len() {
                for (wanted, there) in self.copies_of(block, &policy, rule) {
                    if self.stopping() {
                        return Ok(());
                    }
                    if there.is_none() && !self.uncopied.lock().contains(&wanted) {
                        self.copy(block, &policy, rule, wanted)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the buckets of a rule that a block of samples should have at its age, each with the block that has them.
    fn copies_of(
        &self,
        block: &Arc<Block>,
        policy: &Policy,
        rule: usize,
    ) -> Vec<(Wanted, Option<Arc<Block>>)> {
        let meta = block.meta();
        let Some(beside) = policy.rules.get(rule).map(|rule| &rule.beside[..]).filter(|b| !b.is_empty())
        else {
            return Vec::new();
        };
        // What belongs together is in one block before buckets are made of it.
        let waits = meta.is_partial() || meta.is_late() && meta.max_time_ms > self.head.ordered_from();
        if !meta.is_raw() || meta.beside().is_some() || meta.compaction.failed || waits {
            return Vec::new();
        }
        let age_ms = self.age_ms(&meta);
        let mark = policy.mark_of(rule);
        let blocks = self.blocks.get();
        let mut sources = meta.compaction.sources.clone();
        sources.sort_unstable();
        let has = |resolution_ms: i64| {
            let is_it = |b: &&Arc<Block>| {
                if !b.is_beside_samples() {
                    return false;
                }
                let other = b.meta();
                let mut others = other.compaction.sources.clone();
                others.sort_unstable();
                other.resolution_ms() == resolution_ms
                    && other.beside().is_some_and(|beside| beside.rule == mark)
                    && others == sources
            };
            blocks.iter().find(is_it).cloned()
        };
        beside
            .iter()
            .filter(|beside| !beside.goes_at(age_ms))
            .map(|beside| beside.resolution_ms)
            .map(|resolution_ms| (Wanted { samples: meta.ulid, mark, resolution_ms }, has(resolution_ms)))
            .collect()
    }

    /// Makes buckets of a block of samples, or notes that there is nothing to make them of.
    fn copy(&self, block: &Arc<Block>, policy: &Policy, rule: usize, wanted: Wanted) -> Result<(), DbError> {
        let old = self.outdated_by(block, wanted);
        let written = floats_of_rule(block, policy, rule).map_err(DbError::from).and_then(|series| {
            if series.is_empty() {
                return Ok(None);
            }
            self.room.check_for("write buckets", block.bytes() / 4)?;
            let mut meta = cleaned_meta(self.new_ulid(), &block.meta());
            meta.compaction.parents = old.iter().map(parent).collect();
            let beside = BesideSamples { rule: wanted.mark, alone: false };
            let meta = meta.in_own_format(OwnFormat {
                resolution_ms: wanted.resolution_ms,
                beside: Some(beside),
                ..OwnFormat::default()
            });
            let keep = |_: usize, number: u32| series.binary_search(&number).is_ok();
            let blocks = std::slice::from_ref(block);
            self.timed(|| compact::write_where(&self.dir, meta, blocks, Some(&keep), |_| Ok(())))
        });
        let meta = match written {
            Ok(meta) => meta,
            Err(error) => {
                self.leave_alone(&error, std::slice::from_ref(block))?;
                return Err(error);
            }
        };
        if meta.is_none() {
            self.uncopied.lock().insert(wanted);
        }
        let old: Vec<Ulid> = old.iter().map(|meta| meta.ulid).collect();
        Ok(self.blocks.exchange(meta.map(|meta| meta.ulid), &old)?)
    }

    /// Returns buckets that were made of what is in a block now, before it was merged.
    fn outdated_by(&self, block: &Arc<Block>, wanted: Wanted) -> Vec<BlockMeta> {
        let mut metas = self.blocks.metas();
        metas.push(block.meta());
        let layers = Layers::of(&metas);
        let is_it = |i: &usize| {
            let meta = &metas[*i];
            meta.resolution_ms() == wanted.resolution_ms
                && meta.beside().is_some_and(|b| b.rule == wanted.mark && !b.alone)
                && layers.touch(*i, metas.len() - 1)
        };
        (0..metas.len()).filter(is_it).map(|i| metas[i].clone()).collect()
    }

    /// Drops buckets that are too old, and those of a rule that is no more while their samples are there.
    fn drop_copies(&self, policy: &Policy) -> Result<(), DbError> {
        let metas = self.blocks.metas();
        let layers = Layers::of(&metas);
        let goes = |i: &usize| {
            let meta = &metas[*i];
            let Some(beside) = meta.beside() else { return false };
            let resolution_ms = meta.resolution_ms();
            let wanted = policy
                .marked(beside.rule)
                .is_some_and(|rule| rule.beside.iter().any(|b| b.resolution_ms == resolution_ms));
            let of_no_use = !wanted && !beside.alone && layers.standing(*i) != Standing::Independent;
            of_no_use || self.buckets_go(meta, policy)
        };
        let old: Vec<Ulid> = (0..metas.len()).filter(goes).map(|i| metas[i].ulid).collect();
        if old.is_empty() {
            return Ok(());
        }
        tracing::info!(blocks = old.len(), "buckets beside samples removed");
        self.exchange_noted(&[], &old)
    }

    /// Tells whether buckets are too old; false for other blocks.
    pub(super) fn buckets_go(&self, meta: &BlockMeta, policy: &Policy) -> bool {
        let retention_ms = self.retention.lock().time_ms;
        meta.beside().is_some_and(|beside| {
            policy.buckets_go(beside.rule, meta.resolution_ms(), self.age_ms(meta), retention_ms)
        })
    }

    /// Has the buckets of a rule stand alone, because the samples of its series leave a block. Returns false if they are not
    /// there yet.
    pub(super) fn leave_to_buckets(
        &self,
        block: &Arc<Block>,
        policy: &Policy,
        rule: usize,
    ) -> Result<bool, DbError> {
        let wanted = self.copies_of(block, policy, rule);
        let nothing_to_copy = |wanted: &Wanted| self.uncopied.lock().contains(wanted);
        if wanted.is_empty() || !wanted.iter().all(|(w, there)| there.is_some() || nothing_to_copy(w)) {
            return Ok(false);
        }
        for copy in wanted.into_iter().filter_map(|(_, copy)| copy) {
            copy.mark_alone()?;
        }
        Ok(true)
    }

    /// Drops buckets with deleted parts whose samples are there: they are made anew without what was deleted.
    pub(super) fn drop_deleted_copies(&self) -> Result<(), DbError> {
        let blocks = self.blocks.get();
        let metas: Vec<BlockMeta> = blocks.iter().map(|b| b.meta()).collect();
        let layers = Layers::of(&metas);
        let is_it = |i: &usize| {
            metas[*i].beside().is_some_and(|beside| !beside.alone)
                && !blocks[*i].tombstones().is_empty()
                && layers.standing(*i) != Standing::Independent
        };
        let old: Vec<Ulid> = (0..blocks.len()).filter(is_it).map(|i| metas[i].ulid).collect();
        if old.is_empty() { Ok(()) } else { Ok(self.blocks.exchange(None, &old)?) }
    }
}

/// Returns the series of a rule that are floats only, sorted.
fn floats_of_rule(block: &Arc<Block>, policy: &Policy, rule: usize) -> Result<Vec<u32>, SelectError> {
    let list = series_by_rule(block.index(), &policy.rules)?.into_iter().nth(rule).unwrap_or_default();
    let (mut found, mut chunks) = (Vec::with_capacity(list.len()), Vec::new());
    for number in list {
        chunks.clear();
        block.index().chunks(number, &mut chunks)?;
        let mut floats = true;
        for chunk in &chunks {
            floats &= block.chunks().chunk(chunk.chunk)?.0.is_float();
        }
        if floats {
            found.push(number);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn parent(meta: &BlockMeta) -> BlockParent {
    BlockParent { ulid: meta.ulid, min_time_ms: meta.min_time_ms, max_time_ms: meta.max_time_ms }
}
