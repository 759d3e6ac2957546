//! A block is split by rules: series stay, are downsampled, or go.
//!
//! What is downsampled moves into blocks of its own below `tiers/`, so that the block of those that stay remains one that
//! Prometheus can read. Only floats are brought together: native histograms stay as they came until they go.
//!
//! Order of writing, so that a crash leaves either all as it was or all done: first the blocks that series move to, which
//! name the old block in `moved_from`; then the block of what stays (if nothing stays, the last of the former), which names
//! it as parent; then the old one is removed. When a database is opened, a block whose `moved_from` is still there without a
//! successor is half of such work, and goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use ulid::Ulid;

use super::compact::{self, cleaned_meta};
use super::error::DbError;
use crate::block::{Block, BlockMeta, OwnFormat};
use crate::disk::DiskPath;
use crate::tiers::Rule;
use crate::tiers::rules::{Fate, Fates, series_by_rule};

/// What becomes of each series of a block.
#[derive(Debug, Default)]
pub struct Split {
    /// Series that do not stay, by number.
    fates: HashMap<u32, Fate>,
    /// How many stay.
    staying: usize,
    /// How many go.
    pub going: usize,
    /// How many are brought together, by resolution.
    pub downsampled: BTreeMap<i64, usize>,
}

impl Split {
    /// Decides for a block.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn of(block: &Block, rules: &[Rule], fates: &Fates) -> Result<Split, DbError> {
        let mut by_series: HashMap<u32, Fate> = HashMap::new();
        for (list, fate) in series_by_rule(block.index(), rules)?.into_iter().zip(&fates.by_rule) {
            by_series.extend(list.into_iter().map(|series| (series, *fate)));
        }
        let resolution_ms = block.meta().resolution_ms();
        let mut split = Split::default();
        for series in block.series() {
            let (number, _, chunks) = series?;
            let fate = match by_series.get(&number).copied().unwrap_or(fates.others) {
                // What is as coarse already stays.
                Fate::Downsample(ms) if ms <= resolution_ms => Fate::Stay,
                fate @ (Fate::Downsample(_) | Fate::LeaveToBuckets) => {
                    let mut floats = true;
                    for chunk in &chunks {
                        floats &= block.chunks().chunk(chunk.chunk)?.0.is_float();
                    }
                    match fate {
                        _histograms if !floats => Fate::Stay,
                        Fate::LeaveToBuckets => Fate::Go,
                        fate => fate,
                    }
                }
                fate @ (Fate::Stay | Fate::Go) => fate,
            };
            match fate {
                Fate::Stay => {
                    split.staying += 1;
                    continue;
                }
                Fate::Go | Fate::LeaveToBuckets => split.going += 1,
                Fate::Downsample(ms) => *split.downsampled.entry(ms).or_default() += 1,
            }
            split.fates.insert(number, fate);
        }
        Ok(split)
    }

    /// Returns what becomes of a series.
    pub fn fate(&self, number: u32) -> Fate {
        self.fates.get(&number).copied().unwrap_or(Fate::Stay)
    }

    /// Tells whether all stay.
    pub fn changes_nothing(&self) -> bool {
        self.fates.is_empty()
    }

    /// Writes the blocks that a block becomes; the old one is still there. `in_format` says how what stays raw is written.
    ///
    /// # Errors
    /// [`DbError`]; blocks written until then are removed when the database is opened next.
    pub fn write(
        &self,
        dir: &DiskPath,
        block: &Arc<Block>,
        mut new_ulid: impl FnMut() -> Ulid,
        in_format: impl Fn(BlockMeta) -> BlockMeta,
    ) -> Result<Vec<Ulid>, DbError> {
        let old = block.meta();
        let blocks = std::slice::from_ref(block);
        let mut written = Vec::new();
        let mut left = self.downsampled.len() + usize::from(self.staying > 0);
        for &resolution_ms in self.downsampled.keys() {
            left -= 1;
            let mut meta = cleaned_meta(new_ulid(), &old);
            let mut own = OwnFormat { resolution_ms, ..OwnFormat::default() };
            if left > 0 {
                own.moved_from = meta.compaction.parents.drain(..).map(|p| p.ulid).collect();
            }
            let keep = |_: usize, number: u32| self.fate(number) == Fate::Downsample(resolution_ms);
            let meta = meta.in_own_format(own);
            written.extend(compact::write_where(dir, meta, blocks, Some(&keep), |_| Ok(()))?);
        }
        if self.staying > 0 {
            let keep = |_: usize, number: u32| self.fate(number) == Fate::Stay;
            let mut meta = cleaned_meta(new_ulid(), &old);
            meta = if old.is_raw() {
                in_format(meta)
            } else {
                meta.in_own_format(OwnFormat { resolution_ms: old.resolution_ms(), ..OwnFormat::default() })
            };
            written.extend(compact::write_where(dir, meta, blocks, Some(&keep), |_| Ok(()))?);
        }
        Ok(written.into_iter().map(|meta| meta.ulid).collect())
    }
}
