//! Closed chunks that were found in files, and their way into series.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::head::chunk_files::{FoundChunk, Mapped};
use crate::head::late::LateChunk;
use crate::head::series::{ClosedChunk, Series, Waiting};

/// Closed chunks by the log's number of their series, with the times of their first samples.
#[derive(Debug)]
pub struct Found {
    /// What is older is in blocks.
    pub min_valid_t: i64,
    /// The chunks of a series in the order of their times.
    pub chunks: HashMap<u64, Vec<(i64, ClosedChunk)>>,
    /// Chunks of samples that came late.
    pub late: HashMap<u64, Vec<LateChunk>>,
}

impl Found {
    /// Prepares for chunks; those that end before `min_valid_t` are in blocks and left out.
    pub fn new(min_valid_t: i64) -> Found {
        Found { min_valid_t, chunks: HashMap::new(), late: HashMap::new() }
    }

    /// Notes a chunk.
    pub fn add(&mut self, chunk: FoundChunk) {
        let FoundChunk { series, min_t, max_t, place, .. } = chunk;
        if chunk.samples > 0 && chunk.out_of_order {
            self.late.entry(series).or_default().push(LateChunk { min_t, max_t, place });
        }
        if chunk.out_of_order || chunk.max_t < self.min_valid_t || chunk.samples == 0 {
            return;
        }
        let closed = (chunk.min_t, ClosedChunk { max_t: chunk.max_t, place: chunk.place });
        match self.chunks.entry(chunk.series) {
            // Most series have one, and there are many.
            Entry::Vacant(none) => {
                none.insert(vec![closed]);
            }
            Entry::Occupied(mut list) => {
                let list = list.get_mut();
                // A batch that was written twice, because the first time failed half-way, shows up twice.
                if list.last().is_none_or(|(_, last)| last.max_t < chunk.min_t) {
                    list.push(closed);
                }
            }
        }
    }
}

/// Puts a closed chunk in its place among those of a series, unless it overlaps them: then the samples are there.
///
/// The chunks of a series that was known by two numbers come in any order. What is in the log before the newest of them
/// is in one of them, as chunks are closed in the order of time.
pub fn insert_closed(
    target: &mut Series,
    waiting: &mut Waiting,
    files: &Mapped,
    min_t: i64,
    chunk: ClosedChunk,
) -> bool {
    if min_t > target.last_t() {
        target.close_open(waiting);
        target.closed.push(chunk);
        return true;
    }
    let at = target.closed.partition_point(|c| c.max_t < min_t);
    let Some(next) = target.closed.get(at) else { return false };
    let next_min_t = match next.place.key() {
        Some(key) => waiting.get(key).map(|w| w.min_t),
        None => files.chunk(next.place).ok().map(|c| c.min_t),
    };
    let fits = next_min_t.is_some_and(|next| chunk.max_t < next);
    if fits {
        target.closed.insert(at, chunk);
    }
    fits
}
