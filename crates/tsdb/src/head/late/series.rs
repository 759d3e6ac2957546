//! What came late of one series: a list that is being filled, full lists, chunks in files.
//!
//! Invariants: 1. Times in a list strictly increase.  2. A list has at most [`LATE_CHUNK_SAMPLES`] samples; full lists are
//! in the order in which they were filled, and all their samples came before those of the open list.  3. Lists and chunks
//! may overlap each other in time, and may hold the same time more than once between them.

use std::sync::Arc;

use model::histogram::HistogramValue;
use storage::{Samples, TimeRange};

use super::LATE_CHUNK_SAMPLES;
use crate::head::chunk_files::Place;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum LateValue {
    /// Of a float sample.
    Float(f64),
    /// Of a histogram sample.
    Histogram(Arc<HistogramValue>),
}

/// A late sample.
#[derive(Clone, Debug, PartialEq)]
pub struct LateSample {
    /// Its time.
    pub t: i64,
    /// When its series began to count; 0 if nobody told.
    pub start_ms: i64,
    /// Its value.
    pub value: LateValue,
    /// The epoch of its commit, see [`crate::head::isolation`].
    pub epoch: u32,
}

/// Late samples in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateChunk {
    /// Time of the first sample.
    pub min_t: i64,
    /// Time of the last.
    pub max_t: i64,
    /// Where it is.
    pub place: Place,
}

/// What came late of one series.
#[derive(Debug, Default)]
pub struct LateSeries {
    /// Chunks, in the order in which they were written.
    pub chunks: Vec<LateChunk>,
    full: Vec<Arc<[LateSample]>>,
    open: Vec<LateSample>,
}

impl LateSeries {
    /// Adds a sample. Returns false if the open list has one of its time already, whatever its value: as Prometheus, the
    /// first one stays.
    pub fn insert(&mut self, sample: LateSample) -> bool {
        if self.open.len() >= LATE_CHUNK_SAMPLES {
            self.full.push(Arc::from(std::mem::take(&mut self.open)));
        }
        let at = self.open.partition_point(|s| s.t < sample.t);
        if self.open.get(at).is_some_and(|s| s.t == sample.t) {
            return false;
        }
        self.open.insert(at, sample);
        true
    }

    /// Tells whether nothing came late.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty() && !self.has_lists()
    }

    /// Tells whether there are samples that are in no chunk yet.
    pub fn has_lists(&self) -> bool {
        !self.full.is_empty() || !self.open.is_empty()
    }

    /// Returns the number of lists that wait to become chunks.
    pub fn full_lists(&self) -> usize {
        self.full.len()
    }

    /// Returns the times of the oldest and newest sample.
    pub fn times(&self) -> Option<(i64, i64)> {
        let ends = |list: &[LateSample]| Some((list.first()?.t, list.last()?.t));
        let lists = self.full.iter().filter_map(|list| ends(list)).chain(ends(&self.open));
        let chunks = self.chunks.iter().map(|c| (c.min_t, c.max_t));
        lists.chain(chunks).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Tells whether some sample may lie in a range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.times().is_some_and(|(min_ms, max_ms)| TimeRange { min_ms, max_ms }.overlaps(range))
    }

    /// Returns the lists, in the order in which they came: the full ones, then the open one.
    pub fn lists(&self) -> impl Iterator<Item = &[LateSample]> {
        self.full.iter().map(|list| &**list).chain(std::iter::once(&self.open[..]).filter(|l| !l.is_empty()))
    }

    /// Calls `f` with the epoch of each sample that is in no chunk yet.
    pub fn for_each_epoch(&mut self, mut f: impl FnMut(&mut u32)) {
        self.open.iter_mut().for_each(|s| f(&mut s.epoch));
        for list in &mut self.full {
            // Somebody reads it: then it is brought up to date the next time.
            if let Some(samples) = Arc::get_mut(list) {
                samples.iter_mut().for_each(|s| f(&mut s.epoch));
            }
        }
    }

    /// Returns copies of all lists, oldest first, for being written.
    pub fn take_lists(&self) -> Vec<Vec<LateSample>> {
        self.lists().map(<[LateSample]>::to_vec).collect()
    }

    /// Forgets all lists: their samples are in `chunks` now.
    pub fn replace_lists(&mut self, chunks: impl IntoIterator<Item = LateChunk>) {
        self.full = Vec::new();
        self.open = Vec::new();
        self.chunks.extend(chunks);
    }

    /// Forgets the samples that are in no chunk: a marker of the log says that they are in one.
    pub fn forget_lists(&mut self) {
        self.full = Vec::new();
        self.open = Vec::new();
    }

    /// Drops the chunks up to a place, which are in blocks. Returns how many.
    pub fn drop_chunks(&mut self, through: Place) -> usize {
        let before = self.chunks.len();
        self.chunks.retain(|c| c.place > through);
        self.chunks.shrink_to_fit();
        before - self.chunks.len()
    }
}

/// Appends those samples of a list that lie in `range` and pass.
pub fn append_list(
    list: &[LateSample],
    range: TimeRange,
    visible: impl Fn(&LateSample) -> bool,
    out: &mut Samples,
) {
    let first = list.partition_point(|s| s.t < range.min_ms);
    for sample in list[first..].iter().take_while(|s| s.t <= range.max_ms).filter(|s| visible(s)) {
        match &sample.value {
            LateValue::Float(v) => out.push_started(sample.start_ms, sample.t, *v),
            LateValue::Histogram(h) => {
                out.push_histogram(sample.start_ms, sample.t, HistogramValue::clone(h));
            }
        }
    }
}

#[cfg(test)]
mod tests;
