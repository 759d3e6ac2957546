//! A block: each chunk decodes to what the index says, and the figures add up.

use std::sync::Arc;

use model::Labels;
use storage::{Samples, TimeRange};

use super::{Verified, index};
use crate::block::{Block, BlockMeta, BlockStats};
use crate::chunkenc;
use crate::chunks::ChunkMeta;
use crate::disk::DiskPath;
use crate::error::FileError;

const DESCRIPTION: &str = "block description";

/// Reads all of a block.
pub(super) fn verify(part: &mut Verified, dir: &DiskPath) {
    let opened = Block::open(dir);
    let Some(block) = part.note(opened).map(Arc::new) else { return };
    let meta = block.meta();
    check_meta(part, dir, &meta);

    let mut stats = BlockStats::default();
    let mut samples = Samples::default();
    let mut membership = index::Membership::default();
    let mut last = Labels::empty();
    for series in index::series_numbers(part, &block) {
        let mut chunks = Vec::new();
        let read = block.index().chunks(series, &mut chunks).and_then(|()| block.index().labels(series));
        let Some(labels) = part.note(read) else { continue };
        if labels <= last {
            let at = index::offset(series);
            let expected = format!("labels after {last}");
            part.found(FileError::corrupt(index::path(dir).path(), at, "series", expected, &labels));
        }
        membership.add(series, &labels);
        last = labels;
        stats.num_series += 1;
        check_order(part, &block, series, &chunks, &meta);
        for chunk in &chunks {
            stats.num_chunks += 1;
            check_chunk(part, &block, chunk, &mut samples, &mut stats);
        }
    }
    membership.compare(part, &block);
    check_tombstones(part, &block, &mut stats);
    part.counts.series = stats.num_series;
    part.counts.chunks = stats.num_chunks;
    part.counts.samples = stats.num_samples;
    // With damage the figures differ anyway.
    if part.is_sound() {
        check_stats(part, dir, &meta, stats);
    }
}

fn check_meta(part: &mut Verified, dir: &DiskPath, meta: &BlockMeta) {
    let path = dir.join("meta.json");
    let name = dir.name();
    if name.parse::<ulid::Ulid>().is_ok_and(|named| named != meta.ulid) {
        part.found(FileError::corrupt(path.path(), 0, DESCRIPTION, format!("ulid {name}"), meta.ulid));
    }
    if meta.min_time_ms >= meta.max_time_ms {
        let expected = format!("maxTime after minTime {}", meta.min_time_ms);
        part.found(FileError::corrupt(path.path(), 0, DESCRIPTION, expected, meta.max_time_ms));
    }
}

/// Chunks of a series lie in the block and follow one another.
fn check_order(part: &mut Verified, block: &Block, series: u32, chunks: &[ChunkMeta], meta: &BlockMeta) {
    let path = index::path(block.dir());
    let at = index::offset(series);
    let mut former: Option<&ChunkMeta> = None;
    for chunk in chunks {
        let inside = meta.min_time_ms <= chunk.min_ms && chunk.max_ms < meta.max_time_ms;
        if !inside {
            let expected = format!("chunks from {} to before {}", meta.min_time_ms, meta.max_time_ms);
            let found = format!("one from {} to {}", chunk.min_ms, chunk.max_ms);
            part.found(FileError::corrupt(path.path(), at, "series", expected, found));
        }
        if let Some(former) = former.filter(|f| chunk.min_ms <= f.max_ms) {
            let expected = format!("a chunk after {}", former.max_ms);
            part.found(FileError::corrupt(
                path.path(),
                at,
                "series",
                expected,
                format!("one at {}", chunk.min_ms),
            ));
        }
        former = Some(chunk);
    }
}

/// A chunk's samples are as many as it announces, in order, and fill the time that the index says.
fn check_chunk(
    part: &mut Verified,
    block: &Block,
    chunk: &ChunkMeta,
    samples: &mut Samples,
    stats: &mut BlockStats,
) {
    let Some((encoding, data)) = part.note(block.chunks().chunk(chunk.chunk)) else { return };
    let file = block.dir().join("chunks").join(format!("{:06}", chunk.chunk.segment() + 1));
    let wrong = |expected: String, found: String| {
        FileError::corrupt(file.path(), chunk.chunk.offset() as u64, "chunk", expected, found)
    };
    samples.clear();
    if let Err(error) = chunkenc::decode(encoding, data, TimeRange::ALL, samples) {
        part.found(wrong("samples".to_owned(), error.to_string()));
        return;
    }
    let announced = encoding.samples_in(data).map_or(0, u64::from);
    let (floats, histograms) = (samples.t.len() as u64, samples.histograms.len() as u64);
    if floats + histograms != announced {
        part.found(wrong(format!("{announced} samples"), (floats + histograms).to_string()));
    }
    let first = samples.t.first().or(samples.histograms.first().map(|(t, _)| t));
    let last = samples.t.last().or(samples.histograms.last().map(|(t, _)| t));
    if (first, last) != (Some(&chunk.min_ms), Some(&chunk.max_ms)) {
        let expected = format!("samples from {} to {}", chunk.min_ms, chunk.max_ms);
        part.found(wrong(expected, format!("{first:?} to {last:?}")));
    }
    stats.num_samples += floats + histograms;
    stats.num_float_samples += floats;
    stats.num_histogram_samples += histograms;
}

fn check_tombstones(part: &mut Verified, block: &Block, stats: &mut BlockStats) {
    let tombstones = block.tombstones();
    stats.num_tombstones = tombstones.total();
    for (series, _) in tombstones.iter() {
        let known = u32::try_from(series).is_ok_and(|series| block.index().labels(series).is_ok());
        if !known {
            let path = block.dir().join(crate::tombstones::FILE_NAME);
            part.found(FileError::corrupt(path.path(), 0, "tombstones", "a series of the index", series));
        }
    }
}

/// What the description counts is what is there. Old versions do not tell floats from histograms.
fn check_stats(part: &mut Verified, dir: &DiskPath, meta: &BlockMeta, counted: BlockStats) {
    let told = meta.stats;
    let by_kind = told.num_float_samples + told.num_histogram_samples > 0;
    for (what, told, counted) in [
        ("numSeries", told.num_series, counted.num_series),
        ("numChunks", told.num_chunks, counted.num_chunks),
        ("numSamples", told.num_samples, counted.num_samples),
        ("numTombstones", told.num_tombstones, counted.num_tombstones),
        ("numFloatSamples", told.num_float_samples, if by_kind { counted.num_float_samples } else { 0 }),
        (
            "numHistogramSamples",
            told.num_histogram_samples,
            if by_kind { counted.num_histogram_samples } else { 0 },
        ),
    ] {
        if told != counted {
            let path = dir.join("meta.json");
            part.found(FileError::corrupt(path.path(), 0, DESCRIPTION, format!("{what} {counted}"), told));
        }
    }
}
