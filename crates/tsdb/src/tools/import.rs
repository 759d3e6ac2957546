//! Blocks from samples that come from elsewhere: a file, or a server's answers.
//!
//! [`NewBlocks`] takes samples of any series in any order and holds them as chunks, about as large as on disk; each aligned
//! range of time becomes a block of its own. Chunks are cut where promtool cuts them, so that from the same samples
//! both make the same files.
//!
//! Invariants: 1. A block never reaches over a multiple of its length.  2. Of several samples at one time the first
//! stays, and the others are counted as dropped.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use hashbrown::HashMap;
use model::Labels;
use model::histogram::HistogramValue;
use storage::{Samples, TimeRange};
use ulid::Ulid;

use crate::block::{Block, BlockMeta, BlockWriter};
use crate::chunkenc;
use crate::chunks::NewChunk;
use crate::db::{BLOCK_MS_DEFAULT, join};
use crate::error::FileError;
use crate::head::{ClosedChunk, CutPolicy, PackedLabels, Series, Waiting, WaitingChunk};

/// Samples a chunk aims at, as Prometheus's default.
const SAMPLES_PER_CHUNK: u16 = 120;
/// Lengths that promtool makes blocks of: two hours, times three, nine times over.
const LENGTHS: u32 = 10;

/// Returns the longest length of blocks that is at most `max_ms`: two hours times a power of three.
pub fn compatible_block_ms(max_ms: i64) -> i64 {
    let lengths = (0..LENGTHS).map(|i| BLOCK_MS_DEFAULT * 3_i64.pow(i));
    lengths.take_while(|length| *length <= max_ms).last().unwrap_or(BLOCK_MS_DEFAULT)
}

/// A block that was written.
#[derive(Clone, Debug)]
pub struct WrittenBlock {
    /// What it is.
    pub meta: BlockMeta,
    /// The size of its files.
    pub bytes: u64,
}

/// Samples on their way into blocks.
#[derive(Debug)]
pub struct NewBlocks {
    block_ms: i64,
    /// Blocks are marked as made of late samples.
    late: bool,
    labels: Vec<Labels>,
    numbers: HashMap<Labels, u32>,
    /// By the beginning of their range.
    blocks: BTreeMap<i64, Gathered>,
    dropped: u64,
}

/// The samples of one block.
#[derive(Debug, Default)]
struct Gathered {
    series: HashMap<u32, Building>,
    waiting: Waiting,
}

/// A series of one block.
#[derive(Debug)]
struct Building {
    in_order: Series,
    /// Samples that were not later than those before them.
    late: Samples,
}

impl NewBlocks {
    /// Starts without samples. `block_ms` is the length of each block, see [`compatible_block_ms`].
    pub fn new(block_ms: i64) -> NewBlocks {
        NewBlocks {
            block_ms: block_ms.max(1),
            late: false,
            labels: Vec::new(),
            numbers: HashMap::new(),
            blocks: BTreeMap::new(),
            dropped: 0,
        }
    }

    /// Starts without samples; the blocks are for a database that is in use. They are marked as made of late samples, so that
    /// where they end says nothing about what the log still has to give: they may reach into the time of the head.
    pub fn beside_the_head() -> NewBlocks {
        NewBlocks { late: true, ..NewBlocks::new(BLOCK_MS_DEFAULT) }
    }

    /// Tells whether the blocks may stand beside a head that is in use.
    pub fn is_beside_the_head(&self) -> bool {
        self.late
    }

    /// Returns the beginning of the range that a time lies in.
    pub fn range_start(&self, t: i64) -> i64 {
        t.div_euclid(self.block_ms).saturating_mul(self.block_ms)
    }

    /// Returns the number under which samples of a series are added.
    pub fn series(&mut self, labels: &Labels) -> u32 {
        if let Some(number) = self.numbers.get(labels) {
            return *number;
        }
        let number = self.labels.len() as u32;
        self.labels.push(labels.clone());
        self.numbers.insert(labels.clone(), number);
        number
    }

    /// Adds a float.
    ///
    /// # Panics
    /// For a number that [`NewBlocks::series`] did not return.
    pub fn float(&mut self, series: u32, t: i64, v: f64) {
        let policy = self.policy();
        let (building, waiting) = self.building(series, t);
        if t > building.in_order.last_t() {
            building.in_order.append_float(0, t, v, policy, waiting);
        } else {
            building.late.t.push(t);
            building.late.v.push(v);
        }
    }

    /// Adds a native histogram.
    ///
    /// # Panics
    /// As [`NewBlocks::float`].
    pub fn histogram(&mut self, series: u32, t: i64, h: HistogramValue) {
        let policy = self.policy();
        let (building, waiting) = self.building(series, t);
        if t > building.in_order.last_t() {
            building.in_order.append_histogram(0, t, &h, policy, waiting);
        } else {
            building.late.histograms.push((t, h));
        }
    }

    /// Returns how many samples were left out because another came first at their time. Complete after
    /// [`NewBlocks::write`].
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Writes a block for each range with samples below `dir`, oldest first, forgets the samples, and hands each block
    /// to `written`. `now_ms` goes into the blocks' names.
    ///
    /// # Errors
    /// [`FileError`]; blocks that were handed on before stay.
    pub fn write<E: From<FileError>>(
        &mut self,
        dir: &Path,
        now_ms: i64,
        mut written: impl FnMut(WrittenBlock) -> Result<(), E>,
    ) -> Result<(), E> {
        let policy = self.policy();
        let seed = RandomState::new();
        while let Some((start, gathered)) = self.blocks.pop_first() {
            let random = u128::from(seed.hash_one((start, 0))) << 64 | u128::from(seed.hash_one((start, 1)));
            let ulid = Ulid::from_parts(now_ms.max(0).cast_unsigned(), random);
            let (block, dropped) = gathered.write(dir, (ulid, self.late), &self.labels, policy)?;
            self.dropped += dropped;
            if let Some(block) = block {
                written(block)?;
            }
        }
        Ok(())
    }

    fn policy(&self) -> CutPolicy {
        // promtool fills a head of twice the length, which shows in where chunks are cut.
        CutPolicy { range_ms: self.block_ms.saturating_mul(2), samples: SAMPLES_PER_CHUNK, xor2: false }
    }

    fn building(&mut self, series: u32, t: i64) -> (&mut Building, &mut Waiting) {
        assert!((series as usize) < self.labels.len(), "series {series} was never named");
        let start = self.range_start(t);
        let Gathered { series: all, waiting } = self.blocks.entry(start).or_default();
        let new = || Building { in_order: Series::new(PackedLabels::default()), late: Samples::default() };
        (all.entry(series).or_insert_with(new), waiting)
    }
}

impl Gathered {
    /// Writes the block; returns how many samples were left out too.
    fn write(
        mut self,
        dir: &Path,
        (ulid, late): (Ulid, bool),
        labels: &[Labels],
        policy: CutPolicy,
    ) -> Result<(Option<WrittenBlock>, u64), FileError> {
        let mut order: Vec<(&Labels, u32)> = self.series.keys().map(|n| (&labels[*n as usize], *n)).collect();
        order.sort_unstable();
        let mut symbols: Vec<&str> =
            order.iter().flat_map(|(l, _)| l.iter()).flat_map(|(n, v)| [n, v]).collect();
        symbols.sort_unstable();
        symbols.dedup();

        let mut dropped = 0;
        let mut range: Option<TimeRange> = None;
        for building in self.series.values_mut() {
            dropped += building.finish(policy, &mut self.waiting)?;
            let whole = building.range(&self.waiting);
            range = match (range, whole) {
                (Some(a), Some(b)) => {
                    Some(TimeRange { min_ms: a.min_ms.min(b.min_ms), max_ms: a.max_ms.max(b.max_ms) })
                }
                (one, other) => one.or(other),
            };
        }
        let Some(range) = range else { return Ok((None, dropped)) };
        let mut meta = BlockMeta::new(ulid, range.min_ms, range.max_ms.saturating_add(1));
        if late {
            meta.set_late();
        }
        let mut writer = BlockWriter::create(dir, meta, symbols)?;
        for (labels, number) in &order {
            let Some(building) = self.series.get(number) else { continue };
            let chunks: Vec<NewChunk<'_>> =
                building.chunks(&self.waiting).map(|(chunk, max_ms)| as_new(chunk, max_ms)).collect();
            writer.add_series(labels, &chunks)?;
        }
        let Some(meta) = writer.finish()? else { return Ok((None, dropped)) };
        let bytes = Block::open(dir.join(meta.ulid.to_string()))?.bytes();
        Ok((Some(WrittenBlock { meta, bytes }), dropped))
    }
}

impl Building {
    /// Closes the last chunk, after putting late samples where they belong. Returns how many samples fell away.
    fn finish(&mut self, policy: CutPolicy, waiting: &mut Waiting) -> Result<u64, FileError> {
        self.in_order.close_open(waiting);
        if self.late.is_empty() {
            return Ok(0);
        }
        let mut all = Samples::default();
        for (chunk, _) in self.chunks(waiting) {
            chunkenc::decode(chunk.encoding, &chunk.bytes, TimeRange::ALL, &mut all)
                .map_err(|e| FileError::corrupt(Path::new("memory"), 0, "chunk", "samples", e))?;
        }
        let before = (all.t.len(), all.histograms.len());
        let late = std::mem::take(&mut self.late);
        let offered = all.len() + late.len();
        append_ordered(&mut all, late);
        join(&mut all, (0, 0), before);
        let fell_away = (offered - all.len()) as u64;

        let mut again = Series::new(PackedLabels::default());
        let mut histograms = all.histograms.iter().peekable();
        for (&t, &v) in all.t.iter().zip(&all.v) {
            while let Some((at, h)) = histograms.next_if(|(at, _)| *at < t) {
                again.append_histogram(0, *at, h, policy, waiting);
            }
            again.append_float(0, t, v, policy, waiting);
        }
        for (at, h) in histograms {
            again.append_histogram(0, *at, h, policy, waiting);
        }
        again.close_open(waiting);
        self.in_order = again;
        Ok(fell_away)
    }

    /// Returns the closed chunks with the time of their last sample.
    fn chunks<'a>(&'a self, waiting: &'a Waiting) -> impl Iterator<Item = (&'a WaitingChunk, i64)> + 'a {
        let chunk = |closed: &ClosedChunk| Some((waiting.get(closed.place.key()?)?, closed.max_t));
        self.in_order.closed.iter().filter_map(chunk)
    }

    fn range(&self, waiting: &Waiting) -> Option<TimeRange> {
        let min_ms = self.chunks(waiting).next()?.0.min_t;
        Some(TimeRange { min_ms, max_ms: self.in_order.last_t() })
    }
}

/// Appends samples in the order of their time; of several at one time the first. A float late for the time of a
/// histogram in `out` is left out.
fn append_ordered(out: &mut Samples, late: Samples) {
    let is_free = |t: i64| out.histograms.binary_search_by_key(&t, |(at, _)| *at).is_err();
    let mut floats: Vec<(i64, f64)> = late.t.into_iter().zip(late.v).filter(|(t, _)| is_free(*t)).collect();
    floats.sort_by_key(|(t, _)| *t); // stable, so the first stays first
    floats.dedup_by_key(|(t, _)| *t);
    out.t.extend(floats.iter().map(|(t, _)| *t));
    out.v.extend(floats.iter().map(|(_, v)| *v));
    let mut histograms = late.histograms;
    histograms.sort_by_key(|(t, _)| *t);
    histograms.dedup_by_key(|(t, _)| *t);
    out.histograms.extend(histograms);
}

fn as_new(chunk: &WaitingChunk, max_ms: i64) -> NewChunk<'_> {
    NewChunk { encoding: chunk.encoding, data: &chunk.bytes, min_ms: chunk.min_t, max_ms }
}

#[cfg(test)]
mod tests;
