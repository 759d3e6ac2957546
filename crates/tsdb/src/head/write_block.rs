//! What a block is made of: all series of the head with samples in a range, in the order of their labels.

use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use storage::{Samples, TimeRange};

use super::Head;
use super::chunk_files::{Mapped, Place};
use super::pages::page_of;
use super::series::{Series, WaitingChunk};
use super::symbols::Pair;
use crate::block::{BlockMeta, BlockWriter};
use crate::chunkenc::{self, Encoding};
use crate::chunks::NewChunk;
use crate::db::encode_samples;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::tombstones::Intervals;

/// A series to be written.
pub(super) struct Candidate {
    id: u32,
    labels: Box<[Pair]>,
}

/// A chunk with its time range, wherever its bytes are.
enum Source {
    Waiting(i64, i64, WaitingChunk),
    InFile(i64, Place),
    Copied(i64, i64, Encoding, Vec<u8>),
}

impl Head {
    /// Writes the samples from `meta.min_time_ms` on and before `meta.max_time_ms` as a block below `parent`. Returns
    /// `None` if there are none. Memory: the labels of all series in question.
    ///
    /// # Errors
    /// [`FileError`]; no directory is left then.
    pub fn write_block(&self, parent: &DiskPath, meta: BlockMeta) -> Result<Option<BlockMeta>, FileError> {
        self.write_block_of(parent, meta, None)
    }

    /// As [`Head::write_block`], of some series only: the keys of `only`.
    ///
    /// # Errors
    /// [`FileError`]; no directory is left then.
    pub fn write_block_of(
        &self,
        parent: &DiskPath,
        meta: BlockMeta,
        only: Option<&HashMap<u32, i64>>,
    ) -> Result<Option<BlockMeta>, FileError> {
        let Some(range) = meta.range() else { return Ok(None) };
        let keeps = |id: u32| only.is_none_or(|only| only.contains_key(&id));
        let candidates = self.candidates(|id, s| keeps(id) && s.last_t() >= range.min_ms);
        let stones = self.stones.read().clone();
        self.write_candidates(parent, meta, candidates, |writer, id, labels| {
            self.write_series(writer, id, labels, range, stones.get(u64::from(id)))
        })
    }

    /// Writes a block of series in the order of their labels; `write` adds one. `None` without any.
    pub(super) fn write_candidates(
        &self,
        parent: &DiskPath,
        meta: BlockMeta,
        mut candidates: Vec<Candidate>,
        mut write: impl FnMut(&mut BlockWriter, u32, &Labels) -> Result<(), FileError>,
    ) -> Result<Option<BlockMeta>, FileError> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let (strings, ranks) = self.strings_of(&candidates);
        let key = |p: &Pair| (ranks[p.name as usize], ranks[p.value as usize]);
        candidates.sort_unstable_by(|a, b| a.labels.iter().map(key).cmp(b.labels.iter().map(key)));
        let mut writer = BlockWriter::create(parent, meta, strings.iter().map(|s| &**s))?;
        for candidate in &candidates {
            let labels = Labels::from_sorted(candidate.labels.iter().map(|p| {
                let string = |symbol: u32| &*strings[ranks[symbol as usize] as usize];
                (string(p.name), string(p.value))
            }));
            write(&mut writer, candidate.id, &labels)?;
        }
        writer.finish()
    }

    /// Returns the series that readers may see and that pass.
    pub(super) fn candidates(&self, passes: impl Fn(u32, &Series) -> bool) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (number, page) in self.pages.table().iter() {
            let page = page.read();
            candidates.extend(
                page.iter(number)
                    .filter(|(id, s)| s.logged && !s.is_empty() && passes(*id, s))
                    .map(|(id, s)| Candidate { id, labels: page.labels(s).collect() }),
            );
        }
        candidates
    }

    /// Returns the strings that the series use, sorted, and for each symbol the place of its string among them.
    fn strings_of(&self, candidates: &[Candidate]) -> (Vec<Box<str>>, Vec<u32>) {
        let symbols = self.symbols.read();
        let mut used = vec![false; symbols.bound()];
        for pair in candidates.iter().flat_map(|c| c.labels.iter()) {
            used[pair.name as usize] = true;
            used[pair.value as usize] = true;
        }
        let mut order: Vec<u32> = (0..used.len() as u32).filter(|s| used[*s as usize]).collect();
        order.sort_unstable_by(|a, b| symbols.get(*a).cmp(symbols.get(*b)));
        let mut ranks = vec![0; used.len()];
        for (rank, symbol) in (0..).zip(&order) {
            ranks[*symbol as usize] = rank;
        }
        (order.iter().map(|s| Box::from(symbols.get(*s))).collect(), ranks)
    }

    fn write_series(
        &self,
        writer: &mut BlockWriter,
        id: u32,
        labels: &Labels,
        range: TimeRange,
        deleted: Option<&Intervals>,
    ) -> Result<(), FileError> {
        let sources = self.sources(id, range);
        let files = self.files.mapped();
        let mut whole = Vec::with_capacity(sources.len());
        let mut as_they_are = true;
        for source in &sources {
            let chunk = source.chunk(&files)?;
            if chunk.max_ms < range.min_ms || chunk.min_ms > range.max_ms {
                continue;
            }
            let inside = range.min_ms <= chunk.min_ms && chunk.max_ms <= range.max_ms;
            let touched = deleted.is_some_and(|d| {
                d.ranges().iter().any(|r| r.min_ms <= chunk.max_ms && chunk.min_ms <= r.max_ms)
            });
            as_they_are &= inside && !touched;
            whole.push(chunk);
        }
        if as_they_are {
            return writer.add_series(labels, &whole);
        }
        let mut samples = Samples::default();
        for chunk in &whole {
            chunkenc::decode(chunk.encoding, chunk.data, range, &mut samples).map_err(|e| {
                let path = std::path::Path::new("chunks_head");
                FileError::corrupt(path, 0, "head chunk", "samples", e)
            })?;
        }
        if let Some(deleted) = deleted {
            deleted.remove_from(&mut samples, 0, 0);
        }
        let chunks = encode_samples(&samples);
        let chunks: Vec<NewChunk<'_>> = chunks.iter().map(|c| c.as_new()).collect();
        writer.add_series(labels, &chunks)
    }

    /// Returns the chunks of a series that may overlap a range, in order.
    fn sources(&self, id: u32, range: TimeRange) -> Vec<Source> {
        let table = self.pages.table();
        let Some(page) = page_of(&table, id) else { return Vec::new() };
        let page = page.read();
        let Some(series) = page.get(id) else { return Vec::new() };
        let mut sources: Vec<Source> = series
            .closed
            .iter()
            .filter(|c| c.max_t >= range.min_ms)
            .filter_map(|c| {
                Some(match c.place.key() {
                    None => Source::InFile(c.max_t, c.place),
                    Some(key) => {
                        let waiting = page.waiting.get(key)?;
                        Source::Waiting(waiting.min_t, c.max_t, waiting.clone())
                    }
                })
            })
            .collect();
        sources.extend(open_chunk(series));
        sources
    }
}

fn open_chunk(series: &Series) -> Option<Source> {
    let (min_t, max_t) = (series.open_min_t()?, series.open.last_t()?);
    Some(Source::Copied(min_t, max_t, series.open.encoding()?, series.buffer.clone()))
}

impl Source {
    fn chunk<'a>(&'a self, files: &'a Arc<Mapped>) -> Result<NewChunk<'a>, FileError> {
        Ok(match self {
            Source::Waiting(min_ms, max_ms, chunk) => {
                NewChunk { encoding: chunk.encoding, data: &chunk.bytes, min_ms: *min_ms, max_ms: *max_ms }
            }
            Source::Copied(min_ms, max_ms, encoding, data) => {
                NewChunk { encoding: *encoding, data, min_ms: *min_ms, max_ms: *max_ms }
            }
            Source::InFile(max_ms, place) => {
                let chunk = files.chunk(*place)?;
                NewChunk { encoding: chunk.encoding, data: chunk.data, min_ms: chunk.min_t, max_ms: *max_ms }
            }
        })
    }
}
