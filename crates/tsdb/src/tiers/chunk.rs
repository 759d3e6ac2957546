//! Chunks of downsampled series.
//!
//! ```text
//! kept samples be16 │ resolution uvarint │ a dense chunk of them behind its length │
//! buckets uvarint │ ends in units of the resolution: integers │ counts: integers │ sums: floats
//! ```
//! A chunk ends with a bucket. See [`crate::dense`] for the columns.

use storage::{Samples, TimeRange};

use super::fold::{Bucket, Downsampled, end_of};
use crate::chunkenc::{ChunkError, Encoding};
use crate::db::EncodedChunk;
use crate::dense::{CHUNK_SAMPLES_MAX, floats, ints, values};
use crate::encoding::{Cursor, put_uvarint};

/// Kept samples that a chunk gets, but for the rest of its last bucket.
const CHUNK_SAMPLES: usize = 2048;
/// The longest bucket. A bucket cannot hold more samples than it has milliseconds, so this bounds what is read of one.
const RESOLUTION_MAX_MS: i64 = 24 * 60 * 60 * 1000;

/// Encodes a series as chunks.
pub fn encode(folded: &Downsampled) -> Vec<EncodedChunk> {
    let mut chunks = Vec::new();
    let (mut from, mut bucket) = (0, 0);
    while from < folded.t.len() {
        let to = end_of_chunk(folded, from);
        let last_ms = folded.t[to - 1];
        let buckets =
            folded.buckets[bucket..].partition_point(|b| b.end_ms <= end_of(last_ms, folded.resolution_ms));
        let part = Downsampled {
            resolution_ms: folded.resolution_ms,
            t: folded.t[from..to].to_vec(),
            v: folded.v[from..to].to_vec(),
            buckets: folded.buckets[bucket..bucket + buckets].to_vec(),
        };
        chunks.push(EncodedChunk::new(Encoding::Downsampled, encode_one(&part), part.t[0], last_ms));
        (from, bucket) = (to, bucket + buckets);
    }
    chunks
}

/// Returns the first sample that does not belong to the chunk that begins with sample `from`.
fn end_of_chunk(folded: &Downsampled, from: usize) -> usize {
    let ends = |i: usize| end_of(folded.t[i], folded.resolution_ms);
    let mut to = (from + CHUNK_SAMPLES).min(folded.t.len());
    while to < folded.t.len() && ends(to) == ends(to - 1) && to - from < CHUNK_SAMPLES_MAX {
        to += 1;
    }
    to
}

fn encode_one(part: &Downsampled) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&(part.t.len() as u16).to_be_bytes());
    put_uvarint(&mut out, part.resolution_ms as u64);
    let kept = floats::encode(&part.t, &part.v, &[]);
    put_uvarint(&mut out, kept.len() as u64);
    out.extend_from_slice(&kept);
    put_uvarint(&mut out, part.buckets.len() as u64);
    let ends: Vec<i64> = part.buckets.iter().map(|b| b.end_ms.div_euclid(part.resolution_ms)).collect();
    let counts: Vec<i64> = part.buckets.iter().map(|b| b.count as i64).collect();
    let sums: Vec<f64> = part.buckets.iter().map(|b| b.sum).collect();
    ints::put(&mut out, &ends);
    ints::put(&mut out, &counts);
    values::put(&mut out, &sums);
    out
}

/// Decodes a chunk.
///
/// # Errors
/// [`ChunkError`] for damaged bytes.
pub fn decode(chunk: &[u8]) -> Result<Downsampled, ChunkError> {
    let malformed = ChunkError::Malformed { encoding: Encoding::Downsampled, bytes: chunk.len() };
    take(chunk).ok_or(malformed)
}

/// Returns a chunk's resolution; `None` for damaged bytes.
pub fn resolution_of(chunk: &[u8]) -> Option<i64> {
    Cursor::at(chunk, 2).uvarint().and_then(|ms| i64::try_from(ms).ok())
}

fn take(chunk: &[u8]) -> Option<Downsampled> {
    let mut cursor = Cursor::new(chunk);
    let count = usize::from(cursor.be16()?);
    let resolution_ms =
        i64::try_from(cursor.uvarint()?).ok().filter(|ms| (1..=RESOLUTION_MAX_MS).contains(ms))?;
    let mut kept = Samples::default();
    floats::decode(cursor.prefixed()?, TimeRange::ALL, &mut kept).ok()?;
    let n = usize::try_from(cursor.uvarint()?).ok().filter(|n| *n <= CHUNK_SAMPLES_MAX)?;
    let (mut ends, mut counts, mut sums, mut scratch) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    ints::take(&mut cursor, n, &mut ends)?;
    ints::take(&mut cursor, n, &mut counts)?;
    if n > 0 {
        values::take(&mut cursor, n, &mut sums, &mut scratch)?;
    }
    let mut buckets = Vec::with_capacity(n);
    for ((end, count), sum) in ends.iter().zip(counts).zip(sums) {
        let count = u64::try_from(count).ok().filter(|c| (1..=resolution_ms as u64).contains(c))?;
        buckets.push(Bucket { end_ms: end.checked_mul(resolution_ms)?, count, sum });
    }
    let increasing = buckets.windows(2).all(|w| w[0].end_ms < w[1].end_ms);
    (increasing && kept.t.len() == count && cursor.is_empty()).then_some(Downsampled {
        resolution_ms,
        t: kept.t,
        v: kept.v,
        buckets,
    })
}
