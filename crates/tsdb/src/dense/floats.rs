//! A dense chunk of floats.

use storage::{Samples, TimeRange};

use super::{CHUNK_SAMPLES_MAX, ints, values};
use crate::chunkenc::{ChunkError, Encoding};
use crate::encoding::{Cursor, put_uvarint};

const HAS_STARTS: u8 = 1;

/// Encodes times, values and start times (which may be shorter than the times) as a chunk.
pub fn encode(t: &[i64], v: &[f64], starts: &[i64]) -> Vec<u8> {
    debug_assert!(t.len() == v.len() && t.len() <= CHUNK_SAMPLES_MAX, "a chunk of {} samples", t.len());
    let mut out = Vec::new();
    out.extend_from_slice(&(t.len() as u16).to_be_bytes());
    out.push(if starts.is_empty() { 0 } else { HAS_STARTS });
    ints::put(&mut out, t);
    values::put(&mut out, v);
    if !starts.is_empty() {
        put_uvarint(&mut out, starts.len() as u64);
        ints::put(&mut out, starts);
    }
    out
}

/// Appends the samples of a chunk that lie in `range` to `out`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub fn decode(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let (floats, starts) = (out.t.len(), out.starts.len());
    let undo = |out: &mut Samples| {
        out.t.truncate(floats);
        out.v.truncate(floats);
        out.starts.truncate(starts);
    };
    if append(chunk, out).is_none() {
        undo(out);
        return Err(ChunkError::Malformed { encoding: Encoding::Dense, bytes: chunk.len() });
    }
    let times = &out.t[floats..];
    if let Some(i) = times.windows(2).position(|w| w[0] >= w[1]) {
        undo(out);
        return Err(ChunkError::NotIncreasing { encoding: Encoding::Dense, sample: i + 1 });
    }
    let (from, to) =
        (times.partition_point(|t| *t < range.min_ms), times.partition_point(|t| *t <= range.max_ms));
    let held = out.histograms.len();
    out.truncate(floats + to.max(from), held);
    if from > 0 {
        out.remove_floats(floats..floats + from);
    }
    Ok(())
}

fn append(chunk: &[u8], out: &mut Samples) -> Option<()> {
    let before = out.t.len();
    let mut cursor = Cursor::new(chunk);
    let n = usize::from(cursor.be16()?);
    let flags = cursor.u8()?;
    ints::take(&mut cursor, n, &mut out.t)?;
    let mut scratch = Vec::with_capacity(n);
    if n > 0 {
        values::take(&mut cursor, n, &mut out.v, &mut scratch)?;
    }
    if flags & HAS_STARTS != 0 {
        let count = usize::try_from(cursor.uvarint()?).ok().filter(|c| *c <= n)?;
        scratch.clear();
        ints::take(&mut cursor, count, &mut scratch)?;
        out.starts.resize(before, 0);
        out.starts.append(&mut scratch);
    }
    (flags & !HAS_STARTS == 0 && cursor.is_empty()).then_some(())
}
