//! Samples of a series brought together in buckets.
//!
//! A bucket is open at its start and closed at its end, as PromQL's windows are. Of it are kept: two figures, how many
//! samples there were and their sum, and some of the samples themselves: the first and last, the smallest and largest, both
//! sides of each counter reset, and staleness markers with their neighbours. Since these are real samples in their order,
//! whatever looks at first, last, smallest, largest value or at increases of a counter gets the same answer from them as
//! from all samples, for windows made of whole buckets.
//!
//! Invariants: 1. Kept samples strictly increase in time.  2. A bucket has figures if and only if a kept sample that is no
//! staleness marker lies in it.  3. Folding what was folded, to a multiple of the resolution, gives what folding all samples gives.

use std::collections::BTreeMap;

use model::Labels;
use model::value::is_stale;
use storage::{Samples, TimeRange};

use super::chunk;
use crate::chunkenc::{self, ChunkError, Encoding};
use crate::tombstones::Intervals;

/// In a bucket with more decreases than this, of a series that is not named as a counter, values go up and down as they
/// like, and a decrease means nothing.
const RESETS_OF_UNNAMED_MAX: usize = 2;

/// A series, brought together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Downsampled {
    /// Length of the buckets.
    pub resolution_ms: i64,
    /// Times of the kept samples.
    pub t: Vec<i64>,
    /// Their values.
    pub v: Vec<f64>,
    /// The figures, by time.
    pub buckets: Vec<Bucket>,
}

/// Figures of a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The last millisecond that belongs to it: a multiple of the resolution.
    pub end_ms: i64,
    /// How many samples there were, staleness markers left out; at least 1.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
}

/// Returns the end of the bucket that a time belongs to.
pub fn end_of(t: i64, resolution_ms: i64) -> i64 {
    match t.rem_euclid(resolution_ms) {
        0 => t,
        rest => t.saturating_add(resolution_ms - rest),
    }
}

/// Tells whether a metric is named as counters are.
pub fn is_named_as_counter(labels: &Labels) -> bool {
    ["_total", "_count", "_sum", "_bucket"].iter().any(|suffix| labels.name().ends_with(suffix))
}

/// A series being brought together.
#[derive(Debug)]
pub struct Folding {
    resolution_ms: i64,
    counter: bool,
    samples: Vec<(i64, f64)>,
    figures: BTreeMap<i64, Sum>,
}

/// A sum that does not lose small values beside large ones (Neumaier's).
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, count: u64, value: f64) {
        self.count += count;
        let sum = self.sum + value;
        // An infinite sum has nothing to lose, and the difference would be NaN.
        if sum.is_finite() {
            let large_first = self.sum.abs() >= value.abs();
            self.lost += if large_first { (self.sum - sum) + value } else { (value - sum) + self.sum };
        }
        self.sum = sum;
    }

    fn total(self) -> f64 {
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl Folding {
    /// Starts. For a counter all resets are kept.
    pub fn new(resolution_ms: i64, counter: bool) -> Folding {
        Folding {
            resolution_ms: resolution_ms.max(1),
            counter,
            samples: Vec::new(),
            figures: BTreeMap::new(),
        }
    }

    /// Adds samples.
    pub fn add(&mut self, t: &[i64], v: &[f64]) {
        for (&t, &v) in t.iter().zip(v) {
            self.samples.push((t, v));
            if !is_stale(v) {
                self.figures.entry(end_of(t, self.resolution_ms)).or_default().add(1, v);
            }
        }
    }

    /// Adds what is in a chunk of floats and not deleted.
    ///
    /// # Errors
    /// [`ChunkError`] for damaged bytes.
    pub fn add_chunk(
        &mut self,
        encoding: Encoding,
        data: &[u8],
        deleted: Option<&Intervals>,
    ) -> Result<(), ChunkError> {
        if encoding == Encoding::Downsampled {
            self.absorb(&chunk::decode(data)?, deleted);
            return Ok(());
        }
        let mut samples = Samples::default();
        chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples)?;
        if let Some(deleted) = deleted {
            deleted.remove_from(&mut samples, 0, 0);
        }
        self.add(&samples.t, &samples.v);
        Ok(())
    }

    /// Adds what was brought together before, but for what is deleted of it: kept samples, and buckets that are deleted whole.
    pub fn absorb(&mut self, folded: &Downsampled, deleted: Option<&Intervals>) {
        let gone = |t: i64| deleted.is_some_and(|d| d.contains(t));
        self.samples
            .extend(folded.t.iter().copied().zip(folded.v.iter().copied()).filter(|(t, _)| !gone(*t)));
        for bucket in &folded.buckets {
            let min_ms = bucket.end_ms.saturating_sub(folded.resolution_ms).saturating_add(1);
            let whole = TimeRange { min_ms, max_ms: bucket.end_ms };
            if !deleted.is_some_and(|d| d.covers(whole)) {
                let end_ms = end_of(bucket.end_ms, self.resolution_ms);
                self.figures.entry(end_ms).or_default().add(bucket.count, bucket.sum);
            }
        }
    }

    /// Returns what is kept.
    pub fn finish(mut self) -> Downsampled {
        self.samples.sort_by_key(|(t, _)| *t);
        self.samples.dedup_by_key(|(t, _)| *t);
        let mut folded = Downsampled { resolution_ms: self.resolution_ms, ..Downsampled::default() };
        let mut kept = Vec::new();
        for bucket in self.samples.chunk_by(|a, b| self.end(a.0) == self.end(b.0)) {
            kept.clear();
            self.keep(bucket, &mut kept);
            folded.t.extend(kept.iter().map(|i| bucket[*i].0));
            folded.v.extend(kept.iter().map(|i| bucket[*i].1));
            let end_ms = self.end(bucket[0].0);
            if bucket.iter().any(|(_, v)| !is_stale(*v))
                && let Some(sum) = self.figures.get(&end_ms)
            {
                folded.buckets.push(Bucket { end_ms, count: sum.count, sum: sum.total() });
            }
        }
        folded
    }

    fn end(&self, t: i64) -> i64 {
        end_of(t, self.resolution_ms)
    }

    /// Chooses samples of a bucket; appends their indexes, each once, in order.
    fn keep(&self, bucket: &[(i64, f64)], kept: &mut Vec<usize>) {
        let mut live: Option<usize> = None;
        let (mut least, mut most): (Option<usize>, Option<usize>) = (None, None);
        let mut resets = Vec::new();
        for (i, (_, v)) in bucket.iter().enumerate() {
            if is_stale(*v) {
                // The sample before it, and the one behind, see below.
                kept.extend(i.checked_sub(1));
                kept.push(i);
                continue;
            }
            match live {
                None => kept.push(i),
                Some(before) if i > before + 1 => kept.push(i),
                Some(before) if *v < bucket[before].1 => resets.extend([before, i]),
                Some(_) => {}
            }
            live = Some(i);
            if least.is_none_or(|at| *v < bucket[at].1 || bucket[at].1.is_nan()) {
                least = Some(i);
            }
            if most.is_none_or(|at| *v > bucket[at].1 || bucket[at].1.is_nan()) {
                most = Some(i);
            }
        }
        kept.extend([live, least, most].into_iter().flatten());
        if self.counter || resets.len() <= 2 * RESETS_OF_UNNAMED_MAX {
            kept.extend(resets);
        }
        kept.sort_unstable();
        kept.dedup();
    }
}
