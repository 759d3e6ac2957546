//! Several blocks into one.
//!
//! Series come in the order of their labels from each block. Chunks that neither overlap nor lost samples to a deletion
//! are copied as they are; the others are decoded, joined and encoded anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Labels;
use storage::{Samples, TimeRange};
use ulid::Ulid;

use super::encode::encode_samples;
use super::error::DbError;
use super::format::convert;
use super::join::join;
use crate::block::{BesideSamples, Block, BlockMeta, BlockParent, BlockWriter, OwnFormat};
use crate::chunkenc::{self, Encoding};
use crate::chunks::{ChunkMeta, NewChunk};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::tiers::chunk;
use crate::tiers::fold::{Downsampled, Folding, is_named_as_counter};
use crate::tombstones::Tombstones;

/// Describes the block that several become.
pub fn merged_meta(ulid: Ulid, parents: &[BlockMeta]) -> BlockMeta {
    let min = parents.iter().map(|m| m.min_time_ms).min().unwrap_or(0);
    let max = parents.iter().map(|m| m.max_time_ms).max().unwrap_or(0);
    let mut meta = BlockMeta::new(ulid, min, max);
    meta.compaction.level = parents.iter().map(|m| m.compaction.level).max().unwrap_or(0) + 1;
    let sources: BTreeSet<Ulid> = parents.iter().flat_map(|m| m.compaction.sources.iter().copied()).collect();
    meta.compaction.sources = sources.into_iter().collect();
    meta.compaction.parents = parents.iter().map(parent).collect();
    // What holds for all of them holds for the whole.
    if let Some((first, others)) = parents.split_first() {
        let shared = |hint: &&String| others.iter().all(|m| m.compaction.hints.contains(hint));
        meta.compaction.hints = first.compaction.hints.iter().filter(shared).cloned().collect();
    }
    match parents.iter().map(BlockMeta::resolution_ms).max() {
        Some(resolution_ms) if resolution_ms > 0 => {
            // Only those are merged whose samples are gone.
            let beside = parents.first().and_then(BlockMeta::beside);
            let beside = beside.map(|beside| BesideSamples { alone: true, ..beside });
            meta.in_own_format(OwnFormat { resolution_ms, beside, ..OwnFormat::default() })
        }
        Some(_) | None => meta,
    }
}

/// Describes a block that is rewritten in its own format, without its deleted samples.
pub fn rewritten_meta(ulid: Ulid, block: &BlockMeta) -> BlockMeta {
    let meta = cleaned_meta(ulid, block);
    match &block.own {
        None => meta,
        Some(own) => meta.in_own_format(OwnFormat { moved_from: Vec::new(), ..own.clone() }),
    }
}

/// Describes a block of Prometheus's format with what is left of another block.
pub fn cleaned_meta(ulid: Ulid, block: &BlockMeta) -> BlockMeta {
    let mut meta = BlockMeta::new(ulid, block.min_time_ms, block.max_time_ms);
    meta.compaction.level = block.compaction.level;
    meta.compaction.sources = block.compaction.sources.clone();
    meta.compaction.hints = block.compaction.hints.clone();
    meta.compaction.parents = vec![parent(block)];
    meta
}

fn parent(meta: &BlockMeta) -> BlockParent {
    BlockParent { ulid: meta.ulid, min_time_ms: meta.min_time_ms, max_time_ms: meta.max_time_ms }
}

/// Writes the block `meta` below `dir` from `blocks`, which are sorted by time. `None` if no sample is left.
///
/// # Errors
/// [`DbError`]; no directory is left then.
pub fn write(dir: &DiskPath, meta: BlockMeta, blocks: &[Arc<Block>]) -> Result<Option<BlockMeta>, DbError> {
    write_where(dir, meta, blocks, None, |_| Ok(()))
}

/// Tells of a series, by the index of its block and its number there, whether it is written.
pub type Keep<'a> = &'a dyn Fn(usize, u32) -> bool;

/// As [`write()`], with those series only that `keep` names, and the block gets its name only if `check`, which may read
/// it, agrees.
///
/// # Errors
/// [`DbError`]; no directory is left then.
pub fn write_where(
    dir: &DiskPath,
    meta: BlockMeta,
    blocks: &[Arc<Block>],
    keep: Option<Keep<'_>>,
    check: impl FnOnce(&DiskPath) -> Result<(), DbError>,
) -> Result<Option<BlockMeta>, DbError> {
    let symbols = match keep {
        Some(keep) => symbols_of(blocks, keep)?,
        None => merged_symbols(blocks),
    };
    let mut writer = BlockWriter::create(dir, meta, symbols.iter().map(String::as_str))?;
    let mut inputs: Vec<Input<'_>> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let mut input =
            Input { block, tombstones: block.tombstones(), rest: Box::new(block.series()), next: None };
        input.advance()?;
        inputs.push(input);
    }
    while let Some(labels) = inputs.iter().filter_map(|i| i.next.as_ref().map(|n| &n.1)).min().cloned() {
        let mut parts = Vec::new();
        for (i, input) in inputs.iter_mut().enumerate() {
            if input.next.as_ref().is_some_and(|(_, l, _)| *l == labels)
                && let Some((number, _, chunks)) = input.advance()?
                && keep.is_none_or(|keep| keep(i, number))
            {
                parts.push((i, number, chunks));
            }
        }
        write_series(&mut writer, &labels, &inputs, &parts)?;
    }
    writer.finish_checked(check)
}

type Series = (u32, Labels, Vec<ChunkMeta>);

/// A block that is read series by series.
struct Input<'a> {
    block: &'a Block,
    tombstones: Arc<Tombstones>,
    rest: Box<dyn Iterator<Item = Result<Series, storage::SelectError>> + 'a>,
    next: Option<Series>,
}

impl Input<'_> {
    /// Returns the next series and reads the one behind it.
    fn advance(&mut self) -> Result<Option<Series>, DbError> {
        let after = self.rest.next().transpose()?;
        Ok(std::mem::replace(&mut self.next, after))
    }
}

fn merged_symbols(blocks: &[Arc<Block>]) -> BTreeSet<String> {
    let mut all: Vec<&str> = blocks.iter().flat_map(|b| b.index().symbols()).collect();
    all.sort_unstable();
    all.dedup();
    // In order already, so this is one pass.
    all.into_iter().map(str::to_owned).collect()
}

/// Returns the strings of some series, sorted.
fn symbols_of(blocks: &[Arc<Block>], keep: Keep<'_>) -> Result<BTreeSet<String>, DbError> {
    let mut symbols = BTreeSet::new();
    for (i, block) in blocks.iter().enumerate() {
        for series in block.series() {
            let (number, labels, _) = series?;
            if keep(i, number) {
                for text in labels.iter().flat_map(|(name, value)| [name, value]) {
                    if !symbols.contains(text) {
                        symbols.insert(text.to_owned());
                    }
                }
            }
        }
    }
    Ok(symbols)
}

fn write_series(
    writer: &mut BlockWriter,
    labels: &Labels,
    inputs: &[Input<'_>],
    parts: &[(usize, u32, Vec<ChunkMeta>)],
) -> Result<(), DbError> {
    let mut whole = Vec::new();
    let mut as_they_are = true;
    for (i, number, chunks) in parts {
        let input = &inputs[*i];
        let deleted = input.tombstones.get(u64::from(*number));
        for chunk in chunks {
            let range = TimeRange { min_ms: chunk.min_ms, max_ms: chunk.max_ms };
            as_they_are &= !deleted.is_some_and(|d| d.ranges().iter().any(|r| r.overlaps(range)));
            let (encoding, data) = input.block.chunks().chunk(chunk.chunk)?;
            whole.push(NewChunk { encoding, data, min_ms: chunk.min_ms, max_ms: chunk.max_ms });
        }
    }
    as_they_are &= whole.windows(2).all(|w| w[0].max_ms < w[1].min_ms);
    let resolution_ms = writer.meta().resolution_ms();
    if resolution_ms > 0 {
        let folded = |c: &NewChunk<'_>| {
            c.encoding == Encoding::Downsampled && chunk::resolution_of(c.data) == Some(resolution_ms)
        };
        if as_they_are && whole.iter().all(folded) {
            return Ok(writer.add_series(labels, &whole)?);
        }
        let chunks = chunk::encode(&folded_series(resolution_ms, labels, inputs, parts)?);
        let chunks: Vec<NewChunk<'_>> = chunks.iter().map(|c| c.as_new()).collect();
        return Ok(writer.add_series(labels, &chunks)?);
    }
    if as_they_are {
        return write_chunks(writer, labels, &whole, inputs);
    }
    let samples = joined(inputs, parts)?;
    let chunks = encode_samples(&samples);
    let chunks: Vec<NewChunk<'_>> = chunks.iter().map(|c| c.as_new()).collect();
    write_chunks(writer, labels, &chunks, inputs)
}

/// Writes chunks that are in order, in the format of the block.
fn write_chunks(
    writer: &mut BlockWriter,
    labels: &Labels,
    chunks: &[NewChunk<'_>],
    inputs: &[Input<'_>],
) -> Result<(), DbError> {
    let converted = convert(writer.meta(), chunks).map_err(|(i, e)| {
        let (from, first) = (chunks[i].min_ms, inputs.first().map(|i| i.block.dir().path()));
        let what = format!("samples of {labels} from {from} on");
        FileError::corrupt(first.unwrap_or("".as_ref()), 0, "chunk", what, e)
    })?;
    match converted {
        None => Ok(writer.add_series(labels, chunks)?),
        Some(converted) => {
            let chunks: Vec<NewChunk<'_>> = converted.iter().map(|c| c.as_new()).collect();
            Ok(writer.add_series(labels, &chunks)?)
        }
    }
}

/// Brings all samples of a series together that are not deleted.
fn folded_series(
    resolution_ms: i64,
    labels: &Labels,
    inputs: &[Input<'_>],
    parts: &[(usize, u32, Vec<ChunkMeta>)],
) -> Result<Downsampled, DbError> {
    let mut folding = Folding::new(resolution_ms, is_named_as_counter(labels));
    for (i, number, chunks) in parts {
        let input = &inputs[*i];
        let deleted = input.tombstones.get(u64::from(*number));
        for chunk in chunks {
            let (encoding, data) = input.block.chunks().chunk(chunk.chunk)?;
            folding.add_chunk(encoding, data, deleted).map_err(|e| {
                let offset = chunk.chunk.offset() as u64;
                FileError::corrupt(input.block.dir().path(), offset, "chunk", "samples", e)
            })?;
        }
    }
    Ok(folding.finish())
}

/// Decodes all chunks of a series and leaves out what is deleted.
fn joined(inputs: &[Input<'_>], parts: &[(usize, u32, Vec<ChunkMeta>)]) -> Result<Samples, DbError> {
    let mut samples = Samples::default();
    for (i, number, chunks) in parts {
        let input = &inputs[*i];
        // Within a part chunks are in order, so a part decodes to one ordered run.
        let before = (samples.t.len(), samples.histograms.len());
        for chunk in chunks {
            let (encoding, data) = input.block.chunks().chunk(chunk.chunk)?;
            chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples).map_err(|e| {
                let offset = chunk.chunk.offset() as u64;
                FileError::corrupt(input.block.dir().path(), offset, "chunk", "samples", e)
            })?;
        }
        if let Some(deleted) = input.tombstones.get(u64::from(*number)) {
            deleted.remove_from(&mut samples, before.0, before.1);
        }
        join(&mut samples, (0, 0), before);
    }
    Ok(samples)
}
