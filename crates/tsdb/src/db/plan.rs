//! Which blocks to compact next, as Prometheus 3.14 `LeveledCompactor.plan` decides it.

use super::options::LEVEL_FACTOR;
use crate::block::BlockMeta;

/// Levels above the shortest block.
const LEVELS_MAX: u32 = 10;
/// A long block is rewritten once deleted ranges are more than this part of its series.
const TOMBSTONES_PART: f64 = 0.05;

/// Returns the lengths of blocks by level, shortest first.
pub fn levels(min_block_ms: i64, max_block_ms: i64) -> Vec<i64> {
    let mut levels = vec![min_block_ms];
    for _ in 1..LEVELS_MAX {
        match levels.last().and_then(|l| l.checked_mul(LEVEL_FACTOR)) {
            Some(next) if next <= max_block_ms => levels.push(next),
            Some(_) | None => break,
        }
    }
    levels
}

/// Returns the blocks to compact into one, as indexes; none if there is nothing to do. `blocks` are sorted by time.
/// `longest` bounds the length of a block that ends with the given one: data that still waits for a rule stays in short
/// blocks.
pub fn plan(blocks: &[BlockMeta], levels: &[i64], longest: &dyn Fn(&BlockMeta) -> i64) -> Vec<usize> {
    let overlapping = overlapping(blocks);
    let overlapping = without_partial_ends(blocks, overlapping);
    if overlapping.len() > 1 {
        return overlapping;
    }
    plan_apart(blocks, levels, longest)
}

/// As [`plan`], but leaves blocks alone that overlap others: something else joins them.
pub fn plan_apart(blocks: &[BlockMeta], levels: &[i64], longest: &dyn Fn(&BlockMeta) -> i64) -> Vec<usize> {
    // The newest block is left alone for one block's length, so that it can be copied while it is small.
    let Some((_, older)) = blocks.split_last() else { return Vec::new() };
    // Partial blocks wait until the rest of their range is cut from the head and overlaps them.
    let whole: Vec<usize> = (0..older.len()).filter(|i| !older[*i].is_partial()).collect();
    let metas: Vec<BlockMeta> = whole.iter().map(|i| older[*i].clone()).collect();
    let full = full_range(&metas, levels, longest);
    if !full.is_empty() {
        return full.into_iter().map(|i| whole[i]).collect();
    }
    let long = levels.get(levels.len() / 2).copied().unwrap_or(i64::MAX);
    for (i, meta) in older.iter().enumerate().rev() {
        if meta.max_time_ms - meta.min_time_ms < long {
            break;
        }
        if meta.stats.num_tombstones as f64 / (meta.stats.num_series + 1) as f64 > TOMBSTONES_PART {
            return vec![i];
        }
    }
    Vec::new()
}

/// Takes partial blocks out of a run that reach beyond its whole ones: merged, they would claim that all samples up to
/// their end are in blocks. A run of partial blocks only stays.
fn without_partial_ends(blocks: &[BlockMeta], mut run: Vec<usize>) -> Vec<usize> {
    let whole_end = run.iter().filter(|i| !blocks[**i].is_partial()).map(|i| blocks[*i].max_time_ms).max();
    if let Some(end) = whole_end {
        run.retain(|i| !blocks[*i].is_partial() || blocks[*i].max_time_ms <= end);
    }
    run
}

/// Returns the first run of blocks that overlap.
fn overlapping(blocks: &[BlockMeta]) -> Vec<usize> {
    let mut run = Vec::new();
    let Some(first) = blocks.first() else { return run };
    let mut max_ms = first.max_time_ms;
    for (i, meta) in blocks.iter().enumerate().skip(1) {
        if meta.min_time_ms < max_ms {
            if run.is_empty() {
                run.push(i - 1);
            }
            run.push(i);
        } else if !run.is_empty() {
            break;
        }
        max_ms = max_ms.max(meta.max_time_ms);
    }
    run
}

/// Returns blocks that fill a range of the next level, or that are all that will ever be in it.
fn full_range(blocks: &[BlockMeta], levels: &[i64], longest: &dyn Fn(&BlockMeta) -> i64) -> Vec<usize> {
    let Some(newest) = blocks.last() else { return Vec::new() };
    for &length in levels.iter().skip(1) {
        for part in split(blocks, length) {
            let members = &blocks[part.clone()];
            let (Some(first), Some(last)) = (members.first(), members.last()) else { continue };
            if members.len() < 2 || members.iter().any(|m| m.compaction.failed) || length > longest(last) {
                continue;
            }
            let max_ms = last.max_time_ms;
            if max_ms - first.min_time_ms == length || max_ms <= newest.min_time_ms {
                return part.collect();
            }
        }
    }
    Vec::new()
}

/// Splits blocks by aligned ranges of this length; blocks that reach beyond one are left out.
fn split(blocks: &[BlockMeta], length: i64) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let mut i = 0;
    while let Some(meta) = blocks.get(i) {
        let end = meta.min_time_ms.div_euclid(length) * length + length;
        let from = i;
        while blocks.get(i).is_some_and(|m| m.max_time_ms <= end) {
            i += 1;
        }
        if i == from {
            i += 1;
        } else {
            parts.push(from..i);
        }
    }
    parts
}

#[cfg(test)]
mod tests;
