//! What rules by selector and the global retention would do to a database's blocks, without doing it.

use std::path::Path;

use super::{ToolError, open_blocks};
use crate::block::Block;
use crate::tiers::fold::{Folding, is_named_as_counter};
use crate::tiers::rules::{Fate, Rule, series_by_rule};
use crate::tiers::{Policy, chunk};

/// What one rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePreview {
    /// Series, each counted in each block that has it.
    pub series: u64,
    /// What goes.
    pub removed: Amount,
    /// What is brought together.
    pub downsampled: Amount,
    /// What it is brought together to.
    pub becomes: Amount,
}

/// How much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Series, each counted in each block that has it.
    pub series: u64,
    /// Samples.
    pub samples: u64,
    /// Bytes of chunks.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, samples: u64, bytes: u64) {
        self.series += 1;
        self.samples += samples;
        self.bytes += bytes;
    }
}

/// Previews a policy under a global retention (0 for none). Returns what each rule does, and last what becomes of the series
/// that no rule names. Deletions are not looked at.
///
/// # Errors
/// [`ToolError`].
pub fn preview(dir: &Path, policy: &Policy, retention_ms: i64) -> Result<Vec<RulePreview>, ToolError> {
    let blocks = open_blocks(dir)?;
    let newest = blocks.iter().map(|b| b.meta().max_time_ms).max().unwrap_or(0);
    let mut previews = vec![RulePreview::default(); policy.rules.len() + 1];
    for block in &blocks {
        if block.is_beside_samples() {
            continue; // they follow their samples
        }
        let fates = policy.fates(newest.saturating_sub(block.meta().max_time_ms), retention_ms);
        let fates: Vec<Fate> = fates.by_rule.iter().copied().chain([fates.others]).collect();
        preview_block(block, &policy.rules, &fates, &mut previews)?;
    }
    Ok(previews)
}

fn preview_block(
    block: &Block,
    rules: &[Rule],
    fates: &[Fate],
    previews: &mut [RulePreview],
) -> Result<(), ToolError> {
    let lists = series_by_rule(block.index(), rules)?;
    let resolution_ms = block.meta().resolution_ms();
    for series in block.series() {
        let (number, labels, chunks) = series?;
        let rule = lists.iter().position(|l| l.binary_search(&number).is_ok()).unwrap_or(rules.len());
        let (Some(preview), Some(&fate)) = (previews.get_mut(rule), fates.get(rule)) else { continue };
        preview.series += 1;
        if fate == Fate::Stay {
            continue;
        }
        let (mut samples, mut bytes, mut floats) = (0, 0, true);
        let mut data = Vec::with_capacity(chunks.len());
        for meta in &chunks {
            let (encoding, chunk) = block.chunks().chunk(meta.chunk)?;
            samples += u64::from(encoding.samples_in(chunk).unwrap_or(0));
            bytes += chunk.len() as u64;
            floats &= encoding.is_float();
            data.push((encoding, chunk));
        }
        match fate {
            Fate::Go => preview.removed.add(samples, bytes),
            Fate::LeaveToBuckets if floats => preview.removed.add(samples, bytes),
            Fate::Downsample(to) if floats && to > resolution_ms => {
                preview.downsampled.add(samples, bytes);
                let mut folding = Folding::new(to, is_named_as_counter(&labels));
                for ((encoding, data), meta) in data.into_iter().zip(&chunks) {
                    folding.add_chunk(encoding, data, None).map_err(|e| {
                        let offset = meta.chunk.offset() as u64;
                        crate::error::FileError::corrupt(block.dir().path(), offset, "chunk", "samples", e)
                    })?;
                }
                let folded = folding.finish();
                let bytes = chunk::encode(&folded).iter().map(|c| c.as_new().data.len() as u64).sum();
                preview.becomes.add(folded.t.len() as u64, bytes);
            }
            Fate::Stay | Fate::Downsample(_) | Fate::LeaveToBuckets => {}
        }
    }
    Ok(())
}
