//! A dense chunk of native histograms: several of Prometheus's chunks, compressed together.
//!
//! Neighbouring chunks of a series repeat their layout and much of their bits, which a general compressor finds. The chunks
//! come back as they were, so nothing about resets or layouts has to be understood here.

use model::histogram::HistogramValue;
use storage::{Samples, TimeRange};

use crate::chunkenc::{self, ChunkError, DECODED_BYTES_MAX, Encoding};
use crate::encoding::{Cursor, put_uvarint};

/// Bytes of chunks that are put together.
pub const BYTES: usize = 64 << 10;
/// The most that a chunk may unpack to: Prometheus's own chunks have a kilobyte, and a huge layout some hundred.
const UNPACKED_BYTES_MAX: usize = 4 << 20;
const ZSTD_LEVEL: i32 = 9;

/// Encodes chunks with their number of samples; `None` where they are too large together or cannot be compressed.
pub fn encode(samples: usize, chunks: &[(Encoding, &[u8])]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    for (encoding, data) in chunks {
        whole.push(*encoding as u8);
        put_uvarint(&mut whole, data.len() as u64);
        whole.extend_from_slice(data);
    }
    if whole.len() > UNPACKED_BYTES_MAX {
        return None;
    }
    let mut out = Vec::new();
    out.extend_from_slice(&u16::try_from(samples).ok()?.to_be_bytes());
    out.append(&mut zstd::bulk::compress(&whole, ZSTD_LEVEL).ok()?);
    Some(out)
}

/// Calls `visit` with each chunk inside.
///
/// # Errors
/// [`ChunkError`] for damaged bytes, and what `visit` returns.
pub fn each(
    chunk: &[u8],
    mut visit: impl FnMut(Encoding, &[u8]) -> Result<(), ChunkError>,
) -> Result<(), ChunkError> {
    let damaged = ChunkError::Malformed { encoding: Encoding::DenseHistograms, bytes: chunk.len() };
    let (_count, compressed) = chunk.split_first_chunk::<2>().ok_or(damaged.clone())?;
    // The frame tells its length; one that tells more than the bound is refused before memory is asked for.
    let whole = zstd::bulk::decompress(compressed, UNPACKED_BYTES_MAX).map_err(|_| damaged.clone())?;
    let mut cursor = Cursor::new(&whole);
    while !cursor.is_empty() {
        let (Some(number), Some(data)) = (cursor.u8(), cursor.prefixed()) else { return Err(damaged) };
        let encoding = Encoding::from_u8(number)?;
        if encoding.is_own() {
            return Err(damaged);
        }
        visit(encoding, data)?;
    }
    Ok(())
}

/// Appends the samples of a chunk that lie in `range` to `out`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub fn decode(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let (floats, histograms) = (out.t.len(), out.histograms.len());
    let mut heap = 0;
    let result = each(chunk, |encoding, data| {
        let before = out.histograms.len();
        chunkenc::decode(encoding, data, range, out)?;
        heap += out.histograms[before..].iter().map(|(_, h)| heap_bytes(h)).sum::<usize>();
        if heap <= DECODED_BYTES_MAX {
            return Ok(());
        }
        Err(ChunkError::TooLarge { bytes: chunk.len(), limit: DECODED_BYTES_MAX })
    });
    let times = &out.histograms[histograms..];
    let disorder = times.windows(2).position(|w| w[0].0 >= w[1].0);
    let error = match (result, disorder) {
        (Ok(()), None) => return Ok(()),
        (Err(error), _) => error,
        (Ok(()), Some(i)) => ChunkError::NotIncreasing { encoding: Encoding::DenseHistograms, sample: i + 1 },
    };
    out.truncate(floats, histograms);
    Err(error)
}

/// Bytes of the buckets of a histogram.
fn heap_bytes(h: &HistogramValue) -> usize {
    match h {
        HistogramValue::Integer(h) => 8 * (h.positive_deltas.len() + h.negative_deltas.len()),
        HistogramValue::Float(h) => 8 * (h.positive_buckets.len() + h.negative_buckets.len()),
    }
}
