//! What a selection found in a block.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use storage::{Cancel, Figure, SampleHint, Samples, SelectError, SelectRequest, SeriesSet, TimeRange};

use super::open::Block;
use crate::chunkenc::{self, ChunkError, Encoding};
use crate::chunks::{ChunkMeta, ChunkRef};
use crate::error::FileError;
use crate::tiers;
use crate::tombstones::Tombstones;

/// Series of a block with the chunks that overlap the request's range. What is deleted later is still read.
#[derive(Debug)]
pub struct BlockSeries {
    block: Arc<Block>,
    tombstones: Arc<Tombstones>,
    series: Vec<Found>,
    chunks: Vec<ChunkMeta>,
    hint: Option<SampleHint>,
    cancel: Cancel,
}

#[derive(Debug)]
struct Found {
    labels: Labels,
    number: u32,
    chunks: Range<u32>,
}

impl BlockSeries {
    /// Looks up labels and chunks. Series without chunks in the range, or with all samples in it deleted, are left out.
    pub(super) fn gather(
        block: Arc<Block>,
        found: &[u32],
        request: &SelectRequest<'_>,
    ) -> Result<BlockSeries, SelectError> {
        let tombstones = block.tombstones();
        let mut series = Vec::with_capacity(found.len());
        let mut chunks = Vec::with_capacity(found.len());
        for (i, &number) in found.iter().enumerate() {
            if i.is_multiple_of(1024) {
                request.cancel.check()?;
            }
            if block.index().leaves_out(number) {
                continue;
            }
            let first = chunks.len();
            block.index().chunks(number, &mut chunks)?;
            let deleted = tombstones.get(u64::from(number));
            let mut kept = first;
            for i in first..chunks.len() {
                let chunk = chunks[i];
                let range = TimeRange { min_ms: chunk.min_ms, max_ms: chunk.max_ms };
                if range.overlaps(request.range) && !deleted.is_some_and(|d| d.covers(range)) {
                    chunks[kept] = chunk;
                    kept += 1;
                }
            }
            chunks.truncate(kept);
            if kept > first {
                let labels = block.index().projected_labels(number, request.projection.as_ref())?;
                series.push(Found { labels, number, chunks: first as u32..kept as u32 });
            }
        }
        if request.sorted && request.projection.is_some() {
            series.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
        Ok(BlockSeries {
            block,
            tombstones,
            series,
            chunks,
            hint: request.hint,
            cancel: request.cancel.clone(),
        })
    }

    /// Returns the number that the block's index gives series `i`.
    pub fn number(&self, i: usize) -> u32 {
        self.series[i].number
    }

    /// Returns the digests of the labels of each series.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for a damaged index, [`SelectError::Cancelled`].
    pub fn digests(&self, cancel: &Cancel) -> Result<Vec<u128>, SelectError> {
        let mut strings = HashMap::new();
        let mut digests = Vec::with_capacity(self.series.len());
        for (i, series) in self.series.iter().enumerate() {
            if i.is_multiple_of(1024) {
                cancel.check()?;
            }
            digests.push(self.block.index().digest(series.number, &mut strings)?.number());
        }
        Ok(digests)
    }

    /// Returns the chunks of series `i` that overlap the request's range, in order.
    pub fn chunks(&self, i: usize) -> &[ChunkMeta] {
        let range = &self.series[i].chunks;
        &self.chunks[range.start as usize..range.end as usize]
    }

    /// Appends the samples of series `i` in `range`, or a figure of them.
    fn read_as(
        &self,
        i: usize,
        range: TimeRange,
        figure: Option<Figure>,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        let (floats, histograms) = (out.t.len(), out.histograms.len());
        let wanted = |chunk: &ChunkMeta| {
            let times = TimeRange { min_ms: chunk.min_ms, max_ms: chunk.max_ms };
            times.overlaps(range) && !self.block.damage().leaves_out(chunk.chunk)
        };
        let mut chunks = self.chunks(i);
        while let [chunk, after @ ..] = chunks {
            self.cancel.check()?;
            chunks = after;
            if !wanted(chunk) {
                continue;
            }
            if let [next, after @ ..] = chunks
                && figure.is_none()
                && next.max_ms <= range.max_ms
                && wanted(next)
                && self.read_two(chunk.chunk, next.chunk, range, floats, out)
            {
                chunks = after;
                continue;
            }
            self.read_chunk(chunk.chunk, range, floats, figure, out)
                .map_err(|error| self.block.damage().found(chunk.chunk, error))?;
        }
        if let Some(deleted) = self.tombstones.get(u64::from(self.series[i].number)) {
            deleted.remove_from(out, floats, histograms);
        }
        Ok(())
    }

    /// Decodes a chunk in the way that is asked for.
    fn decode(
        &self,
        encoding: Encoding,
        data: &[u8],
        range: TimeRange,
        figure: Option<Figure>,
        out: &mut Samples,
    ) -> Result<(), ChunkError> {
        let first = out.t.len();
        if encoding == Encoding::Downsampled {
            let folded = tiers::chunk::decode(data)?;
            match figure {
                Some(figure) => tiers::read::figures(&folded, figure, self.hint.as_ref(), range, out),
                None => tiers::read::samples(&folded, self.hint.as_ref(), range, out),
            }
            return Ok(());
        }
        chunkenc::decode(encoding, data, range, out)?;
        if let Some(figure) = figure {
            figure.of_samples(out, first);
        }
        Ok(())
    }

    /// Appends the samples of two chunks at once, as [`BlockSeries::read_chunk`] would those of one after the other. Tells whether it was done;
    /// if not, nothing is changed.
    fn read_two(
        &self,
        first: ChunkRef,
        second: ChunkRef,
        range: TimeRange,
        start: usize,
        out: &mut Samples,
    ) -> bool {
        let chunks = self.block.chunks();
        let (Ok((Encoding::Xor, first)), Ok((Encoding::Xor, second))) =
            (chunks.chunk(first), chunks.chunk(second))
        else {
            return false;
        };
        let floats = out.t.len();
        if !chunkenc::xor::decode_two(first, second, range, out) {
            return false;
        }
        let in_order = match (out.t[start..floats].last(), out.t.get(floats)) {
            (Some(former), Some(next)) => former < next,
            (Some(_) | None, Some(_) | None) => true,
        };
        if !in_order {
            out.t.truncate(floats);
            out.v.truncate(floats);
        }
        in_order
    }

    /// Appends a chunk's samples, which must be later than those from index `start` on: they are of the same series.
    fn read_chunk(
        &self,
        chunk: ChunkRef,
        range: TimeRange,
        start: usize,
        figure: Option<Figure>,
        out: &mut Samples,
    ) -> Result<(), FileError> {
        let (encoding, data) = self.block.chunks().chunk(chunk)?;
        let floats = out.t.len();
        let former = out.t[start..].last().copied();
        let in_file = |expected: &str, found: String| {
            let path = self.block.dir().join(super::CHUNKS_DIR).join(format!("{:06}", chunk.segment() + 1));
            FileError::corrupt(path.path(), chunk.offset() as u64, "chunk", expected, found)
        };
        self.decode(encoding, data, range, figure, out).map_err(|e| in_file("samples", e.to_string()))?;
        match (former, out.t.get(floats)) {
            (Some(former), Some(&first)) if first <= former => {
                Err(in_file(&format!("samples after {former}"), format!("one at {first}")))
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

impl SeriesSet for BlockSeries {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn labels(&self, i: usize) -> Labels {
        self.series[i].labels.clone()
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        self.read_as(i, range, None, out)
    }

    fn read_figure(
        &self,
        i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        self.read_as(i, range, Some(figure), out)
    }

    fn resolution_ms(&self) -> Option<i64> {
        let resolution_ms = self.block.meta().resolution_ms();
        (resolution_ms > 0 && !self.series.is_empty()).then_some(resolution_ms)
    }

    fn warnings(&self) -> Vec<String> {
        self.block.damage().warning(self.block.dir(), self.block.index().lost_series()).into_iter().collect()
    }
}
