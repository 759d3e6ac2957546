//! One series of the head: its labels, its open chunk, and where its closed chunks are.
//!
//! Invariants: 1. Samples strictly increase in time over closed chunks and the open one.  2. No chunk reaches beyond
//! the end of the block range it began in, so blocks are cut between chunks.  3. The struct stays small: a million of
//! them live in memory (see `a_series_is_small`).
//! Where chunks are cut follows Prometheus 3.14 `tsdb/head_append.go`, so that both write the same chunks.

use std::sync::Arc;
use std::sync::atomic::AtomicU8;

use hashbrown::HashMap;
use model::histogram::HistogramValue;

use super::chunk_files::Place;
use super::late::LateSeries;
use super::open_chunk::{HistogramEncoder, Open, OpenChunk};
use super::packed_labels::PackedLabels;
use crate::chunkenc::{
    Appended, Encoding, FloatHistogramAppender, HistogramAppender, ResetHeader, Xor2Appender, XorAppender,
    xor, xor2,
};
use crate::encoding::Cursor;

/// A chunk of floats with more bytes takes no further sample.
const FLOAT_CHUNK_BYTES_MAX: usize = 1024 - xor::SAMPLE_BYTES_MAX;
/// Chunks of histograms aim at this size.
const HISTOGRAM_CHUNK_BYTES: usize = 1024;
/// Chunks of histograms hold at least this many samples, however large.
const HISTOGRAM_CHUNK_SAMPLES_MIN: u16 = 10;
/// Steps in which the open chunk's buffer grows: sizes that allocators have classes for, so that nothing is rounded up.
/// Doubling would waste a third of all sample memory.
const BUFFER_STEP_BYTES: usize = 32;
const LARGE_BUFFER_STEP_BYTES: usize = 64;
const LARGE_BUFFER_BYTES: usize = 128;

/// Where chunks are cut.
#[derive(Clone, Copy, Debug)]
pub struct CutPolicy {
    /// The length of a block in the head.
    pub range_ms: i64,
    /// Samples a chunk of floats aims at.
    pub samples: u16,
    /// Whether all chunks of floats are XOR2, not only those that have start times to keep.
    pub xor2: bool,
}

/// A closed chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedChunk {
    /// Time of its last sample. Its first is later than the last of the chunk before.
    pub max_t: i64,
    /// Where it is.
    pub place: Place,
}

/// A closed chunk that was not yet written to a file.
#[derive(Clone, Debug)]
pub struct WaitingChunk {
    /// How it is encoded.
    pub encoding: Encoding,
    /// Time of its first sample.
    pub min_t: i64,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// Closed chunks that wait to be written, by the key in their [`Place`].
#[derive(Debug, Default)]
pub struct Waiting {
    chunks: HashMap<u32, WaitingChunk>,
    next: u32,
}

impl Waiting {
    /// Returns the chunk with this key.
    pub fn get(&self, key: u32) -> Option<&WaitingChunk> {
        self.chunks.get(&key)
    }

    /// Forgets the chunk with this key.
    pub fn remove(&mut self, key: u32) {
        self.chunks.remove(&key);
        if self.chunks.is_empty() {
            self.chunks.shrink_to_fit();
        }
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Takes a chunk and returns its place.
    pub fn add(&mut self, chunk: WaitingChunk) -> Place {
        let key = self.next;
        self.next = self.next.wrapping_add(1);
        self.chunks.insert(key, chunk);
        Place::waiting(key)
    }
}

/// One series.
#[derive(Debug)]
pub struct Series {
    /// Its labels; only its page can tell them.
    pub labels: PackedLabels,
    /// The encoder of the open chunk.
    pub open: OpenChunk,
    /// The open chunk's bytes.
    pub buffer: Vec<u8>,
    /// Closed chunks, oldest first.
    pub closed: Vec<ClosedChunk>,
    /// The open chunk takes no sample from this time on.
    pub next_at: i64,
    /// The epoch of the last write, see [`super::isolation`].
    pub epoch: u32,
    /// What came late; most series have none.
    pub late: Option<Box<LateSeries>>,
    /// Whether the log has the series' labels; until then readers do not find it.
    pub logged: bool,
    /// How often [`super::evict`] and [`super::gc`] came by since a batch looked at it; 0 says that a batch may be about to
    /// fill it.
    pub idle_looks: AtomicU8,
}

impl Series {
    /// Creates a series without samples.
    pub fn new(labels: PackedLabels) -> Series {
        Series {
            labels,
            open: OpenChunk::None,
            buffer: Vec::new(),
            closed: Vec::new(),
            next_at: i64::MIN,
            epoch: 0,
            late: None,
            logged: false,
            idle_looks: AtomicU8::new(0),
        }
    }

    /// Returns the buffer of an open chunk with these bytes; none for no bytes.
    pub fn buffer_of(bytes: &[u8]) -> Vec<u8> {
        if bytes.is_empty() {
            return Vec::new();
        }
        let mut buffer = Vec::with_capacity(buffer_bytes(bytes.len()));
        buffer.extend_from_slice(bytes);
        buffer
    }

    /// Returns the time of the last sample, `i64::MIN` if there is none.
    #[inline]
    pub fn last_t(&self) -> i64 {
        match self.open.last_t() {
            Some(t) => t,
            None => self.closed.last().map_or(i64::MIN, |c| c.max_t),
        }
    }

    /// Tells whether all that the series has in memory would be in a block made of its chunks.
    pub fn may_be_evicted(&self) -> bool {
        self.late.is_none()
    }

    /// Tells whether the series has no samples.
    pub fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.open.samples() == 0 && self.late.is_none()
    }

    /// Returns the time of the open chunk's first sample.
    pub fn open_min_t(&self) -> Option<i64> {
        match &self.open {
            OpenChunk::None => None,
            OpenChunk::Float(a) => {
                (a.samples() > 0).then(|| Cursor::at(&self.buffer, xor::HEADER_BYTES).varint()).flatten()
            }
            OpenChunk::Started(_) => Cursor::at(&self.buffer, xor2::HEADER_BYTES).varint(),
            OpenChunk::Histogram(o) => Some(o.min_t),
            OpenChunk::FloatHistogram(o) => Some(o.min_t),
        }
    }

    /// Adds a float sample, which must be later than [`Series::last_t`]. One with a start time begins a chunk that keeps
    /// those. Returns the number of chunks started.
    pub fn append_float(
        &mut self,
        start_ms: i64,
        t: i64,
        v: f64,
        policy: CutPolicy,
        waiting: &mut Waiting,
    ) -> u32 {
        let mut started = 0;
        let keep_starts = policy.xor2 || start_ms != 0;
        let full = self.buffer.len() > FLOAT_CHUNK_BYTES_MAX;
        let must_cut = match &self.open {
            OpenChunk::Float(a) => keep_starts || full || self.is_due(t, a.samples(), policy) || a.is_full(),
            OpenChunk::Started(a) => full || self.is_due(t, a.samples(), policy) || a.is_full(),
            OpenChunk::None | OpenChunk::Histogram(_) | OpenChunk::FloatHistogram(_) => true,
        };
        if must_cut {
            self.start_floats(t, keep_starts, policy, waiting);
            started = 1;
        } else if self.open.samples() == policy.samples / 4 {
            // A quarter is full: spread the rest of the range evenly over the chunks to come.
            let (min_t, max_t) = (self.open_min_t().unwrap_or(t), self.last_t());
            self.next_at = estimated_end(min_t, max_t, self.next_at, 4.0);
            if t >= self.next_at {
                self.start_floats(t, keep_starts, policy, waiting);
                started = 1;
            }
        }
        if self.buffer.capacity() - self.buffer.len() < xor::SAMPLE_BYTES_MAX {
            self.buffer.reserve_exact(buffer_bytes(self.buffer.len()) - self.buffer.len());
        }
        match &mut self.open {
            OpenChunk::Float(appender) => appender.append(&mut self.buffer, t, v),
            OpenChunk::Started(appender) => appender.append(&mut self.buffer, start_ms, t, v),
            OpenChunk::None | OpenChunk::Histogram(_) | OpenChunk::FloatHistogram(_) => {}
        }
        started
    }

    /// Closes the open chunk and starts one of floats.
    fn start_floats(&mut self, t: i64, keep_starts: bool, policy: CutPolicy, waiting: &mut Waiting) {
        self.close_open(waiting);
        self.open = match keep_starts {
            false => OpenChunk::Float(XorAppender::start(&mut self.buffer)),
            true => OpenChunk::Started(Box::new(Xor2Appender::start(&mut self.buffer))),
        };
        self.next_at = range_end(t, policy.range_ms);
    }

    /// Tells whether a chunk that is not at a quarter must be cut before `t`.
    fn is_due(&self, t: i64, samples: u16, policy: CutPolicy) -> bool {
        samples != policy.samples / 4 && t >= self.next_at || samples >= policy.samples.saturating_mul(2)
    }

    /// Adds a histogram sample, which must be later than [`Series::last_t`]. One with a start time begins a chunk that keeps
    /// those. Returns the number of chunks started.
    pub fn append_histogram(
        &mut self,
        start_ms: i64,
        t: i64,
        h: &HistogramValue,
        policy: CutPolicy,
        waiting: &mut Waiting,
    ) -> u32 {
        match h {
            HistogramValue::Integer(h) => {
                self.append_native::<HistogramAppender>(start_ms, t, h, policy, waiting)
            }
            HistogramValue::Float(h) => {
                self.append_native::<FloatHistogramAppender>(start_ms, t, h, policy, waiting)
            }
        }
    }

    fn append_native<E: HistogramEncoder>(
        &mut self,
        start_ms: i64,
        t: i64,
        h: &E::Value,
        policy: CutPolicy,
        waiting: &mut Waiting,
    ) -> u32 {
        let due = self.native_is_due::<E>(t, policy);
        let mut header = ResetHeader::Unknown;
        if let Some(open) = E::of(&mut self.open) {
            if !due && (start_ms == 0 || open.appender.keeps_starts()) {
                match open.appender.append(&mut self.buffer, start_ms, t, h) {
                    Appended::InPlace | Appended::Recoded => return 0,
                    Appended::Cut(with) => header = with,
                }
            } else {
                header = E::header_after(Some(&open.appender), h);
            }
        }
        self.close_open(waiting);
        let mut appender = E::start(&mut self.buffer, header, start_ms != 0);
        let first = appender.append(&mut self.buffer, start_ms, t, h);
        debug_assert_eq!(first, Appended::InPlace, "an empty chunk takes any histogram");
        self.open = E::wrap(Open { appender, min_t: t, end_estimated: false });
        self.next_at = range_end(t, policy.range_ms);
        1
    }

    /// Tells whether the open chunk is of another kind, or full by size or time. May estimate the time of the next cut.
    fn native_is_due<E: HistogramEncoder>(&mut self, t: i64, policy: CutPolicy) -> bool {
        let (bytes, next_at) = (self.buffer.len(), self.next_at);
        let Some(open) = E::of(&mut self.open) else { return true };
        if open.appender.is_full() {
            return true;
        }
        let range_ends = if open.end_estimated { range_end(open.min_t, policy.range_ms) } else { next_at };
        let mut until = next_at;
        if !open.end_estimated && bytes >= HISTOGRAM_CHUNK_BYTES / 4 {
            let ratio = HISTOGRAM_CHUNK_BYTES as f64 / bytes as f64;
            until = estimated_end(open.min_t, open.appender.last_t().unwrap_or(t), next_at, ratio);
            open.end_estimated = true;
        }
        let samples = open.appender.samples();
        self.next_at = until;
        (t >= until || bytes >= HISTOGRAM_CHUNK_BYTES * 2)
            && (samples >= HISTOGRAM_CHUNK_SAMPLES_MIN || t >= range_ends)
    }

    /// Closes the open chunk, if there is one with samples.
    pub fn close_open(&mut self, waiting: &mut Waiting) {
        if let (Some(encoding), Some(min_t), Some(max_t)) =
            (self.open.encoding(), self.open_min_t(), self.open.last_t())
        {
            let bytes = Arc::from(self.buffer.as_slice());
            let place = waiting.add(WaitingChunk { encoding, min_t, bytes });
            if self.closed.len() == self.closed.capacity() {
                self.closed.reserve_exact(2);
            }
            self.closed.push(ClosedChunk { max_t, place });
        }
        self.open = OpenChunk::None;
        self.buffer = Vec::new();
    }

    /// Drops the chunks whose last sample is before `t`. Returns how many, and calls `dropped` for each closed one.
    pub fn truncate_before(&mut self, t: i64, mut dropped: impl FnMut(Place)) -> usize {
        let dead = self.closed.partition_point(|c| c.max_t < t);
        for chunk in self.closed.drain(..dead) {
            dropped(chunk.place);
        }
        if self.closed.capacity() > 2 * self.closed.len() + 2 {
            self.closed.shrink_to_fit();
        }
        let mut count = dead;
        if self.closed.is_empty() && self.open.last_t().is_some_and(|last| last < t) {
            self.open = OpenChunk::None;
            self.buffer = Vec::new();
            count += 1;
        }
        count
    }
}

/// Returns how large the buffer of an open chunk of this length is, so that another sample fits.
fn buffer_bytes(length: usize) -> usize {
    let wanted = length + xor::SAMPLE_BYTES_MAX;
    let step = if wanted <= LARGE_BUFFER_BYTES { BUFFER_STEP_BYTES } else { LARGE_BUFFER_STEP_BYTES };
    wanted.next_multiple_of(step)
}

/// Returns the end of the range of this width that `t` lies in; before the epoch as Go's truncating division has it.
pub fn range_end(t: i64, width: i64) -> i64 {
    (t / width) * width + width
}

/// Returns when to cut a chunk that began at `start`, has come to `now` and is then 1/`ratio` full, so that the chunks
/// up to `end` come out equally long.
fn estimated_end(start: i64, now: i64, end: i64, ratio: f64) -> i64 {
    let n = (end - start) as f64 / ((now - start + 1) as f64 * ratio);
    if n <= 1.0 { end } else { (start as f64 + (end - start) as f64 / n.floor()) as i64 }
}

#[cfg(test)]
mod tests;
