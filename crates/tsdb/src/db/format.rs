//! The chunks of a series as the block that is written has them.
//!
//! A block in Prometheus's format takes Prometheus's chunks as they are and encodes ours anew; a dense block the other way
//! round. Samples are the same bits either way, and histogram chunks the same bytes.

use storage::{Samples, TimeRange};

use super::encode::{EncodedChunk, encode_samples};
use crate::block::BlockMeta;
use crate::chunkenc::{self, ChunkError, Encoding};
use crate::chunks::NewChunk;
use crate::dense::{self, CHUNK_SAMPLES};

/// Returns the chunks to write, or `None` if they may be taken as they are. `chunks` are in order and do not overlap.
///
/// # Errors
/// [`ChunkError`] for damage, with the number of the chunk.
pub fn convert(
    meta: &BlockMeta,
    chunks: &[NewChunk<'_>],
) -> Result<Option<Vec<EncodedChunk>>, (usize, ChunkError)> {
    if meta.own.is_some() {
        if is_dense_enough(chunks) { Ok(None) } else { to_dense(chunks).map(Some) }
    } else if chunks.iter().any(|c| c.encoding.is_own()) {
        to_prometheus(chunks).map(Some)
    } else {
        Ok(None)
    }
}

/// Tells whether all chunks are ours and so well filled that encoding them anew would gain little.
fn is_dense_enough(chunks: &[NewChunk<'_>]) -> bool {
    let samples = |c: &NewChunk<'_>| usize::from(c.encoding.samples_in(c.data).unwrap_or(0));
    let mut floats = chunks.iter().filter(|c| c.encoding == Encoding::Dense);
    let short = floats.by_ref().filter(|c| samples(c) < CHUNK_SAMPLES / 2).count();
    chunks.iter().all(|c| c.encoding.is_own()) && short <= 1
}

/// Brings chunks of any encodings together in dense ones.
fn to_dense(chunks: &[NewChunk<'_>]) -> Result<Vec<EncodedChunk>, (usize, ChunkError)> {
    let mut dense = Dense::default();
    for (i, chunk) in chunks.iter().enumerate() {
        let added = match chunk.encoding {
            Encoding::Xor | Encoding::Xor2 | Encoding::Dense => dense.floats(chunk),
            Encoding::Histogram
            | Encoding::FloatHistogram
            | Encoding::HistogramWithStarts
            | Encoding::FloatHistogramWithStarts => {
                dense.histograms(chunk.encoding, chunk.data, chunk.min_ms, chunk.max_ms)
            }
            Encoding::DenseHistograms => {
                each_inside(chunk, |encoding, data, min, max| dense.histograms(encoding, data, min, max))
            }
            Encoding::Downsampled => Err(not_raw()),
        };
        added.map_err(|e| (i, e))?;
    }
    dense.end_histograms();
    dense.end_floats();
    Ok(dense.done)
}

/// Chunks being brought together: at most one of the two kinds is waiting at any time, so that the order stays.
#[derive(Default)]
struct Dense {
    done: Vec<EncodedChunk>,
    floats: Samples,
    histograms: Vec<(Encoding, Vec<u8>)>,
    histogram_samples: usize,
    histogram_bytes: usize,
    min_ms: i64,
    max_ms: i64,
}

impl Dense {
    fn floats(&mut self, chunk: &NewChunk<'_>) -> Result<(), ChunkError> {
        self.end_histograms();
        chunkenc::decode(chunk.encoding, chunk.data, TimeRange::ALL, &mut self.floats)?;
        while self.floats.t.len() >= CHUNK_SAMPLES {
            let rest = self.floats.split_off(CHUNK_SAMPLES, 0);
            self.end_floats();
            self.floats = rest;
        }
        Ok(())
    }

    fn end_floats(&mut self) {
        let floats = &mut self.floats;
        if let (Some(&min_ms), Some(&max_ms)) = (floats.t.first(), floats.t.last()) {
            let bytes = dense::floats::encode(&floats.t, &floats.v, &floats.starts);
            self.done.push(EncodedChunk::new(Encoding::Dense, bytes, min_ms, max_ms));
        }
        floats.clear();
    }

    fn histograms(
        &mut self,
        encoding: Encoding,
        data: &[u8],
        min_ms: i64,
        max_ms: i64,
    ) -> Result<(), ChunkError> {
        self.end_floats();
        let samples = usize::from(encoding.samples_in(data)?);
        let full = self.histogram_bytes + data.len() > dense::histograms::BYTES
            || self.histogram_samples + samples > CHUNK_SAMPLES;
        if full {
            self.end_histograms();
        }
        if self.histograms.is_empty() {
            self.min_ms = min_ms;
        }
        self.max_ms = max_ms;
        self.histograms.push((encoding, data.to_vec()));
        self.histogram_samples += samples;
        self.histogram_bytes += data.len();
        Ok(())
    }

    fn end_histograms(&mut self) {
        let chunks: Vec<(Encoding, &[u8])> = self.histograms.iter().map(|(e, d)| (*e, &d[..])).collect();
        if !chunks.is_empty() {
            match dense::histograms::encode(self.histogram_samples, &chunks) {
                Some(bytes) => {
                    let packed =
                        EncodedChunk::new(Encoding::DenseHistograms, bytes, self.min_ms, self.max_ms);
                    self.done.push(packed);
                }
                // Only a single chunk can be too large; it is as good as it is.
                None => self.done.extend(
                    self.histograms
                        .iter()
                        .map(|(e, d)| EncodedChunk::new(*e, d.clone(), self.min_ms, self.max_ms)),
                ),
            }
        }
        self.histograms.clear();
        (self.histogram_samples, self.histogram_bytes) = (0, 0);
    }
}

/// Downsampled chunks are in blocks of their own, which [`crate::tiers`] writes.
fn not_raw() -> ChunkError {
    ChunkError::UnknownEncoding { number: Encoding::Downsampled as u8 }
}

/// Calls `visit` with each of Prometheus's chunks inside one of ours, and its first and last time.
fn each_inside(
    chunk: &NewChunk<'_>,
    mut visit: impl FnMut(Encoding, &[u8], i64, i64) -> Result<(), ChunkError>,
) -> Result<(), ChunkError> {
    let mut samples = Samples::default();
    dense::histograms::each(chunk.data, |encoding, data| {
        samples.clear();
        chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples)?;
        let (Some((min_ms, _)), Some((max_ms, _))) = (samples.histograms.first(), samples.histograms.last())
        else {
            return Ok(());
        };
        visit(encoding, data, *min_ms, *max_ms)
    })
}

/// Encodes chunks of ours as Prometheus's; those that are Prometheus's stay.
fn to_prometheus(chunks: &[NewChunk<'_>]) -> Result<Vec<EncodedChunk>, (usize, ChunkError)> {
    let mut done = Vec::new();
    let mut floats = Samples::default();
    for (i, chunk) in chunks.iter().enumerate() {
        let converted = match chunk.encoding {
            Encoding::Dense => {
                floats.clear();
                chunkenc::decode(chunk.encoding, chunk.data, TimeRange::ALL, &mut floats)
                    .map(|()| done.append(&mut encode_samples(&floats)))
            }
            Encoding::DenseHistograms => each_inside(chunk, |encoding, data, min_ms, max_ms| {
                done.push(EncodedChunk::new(encoding, data.to_vec(), min_ms, max_ms));
                Ok(())
            }),
            Encoding::Downsampled => Err(not_raw()),
            Encoding::Xor
            | Encoding::Xor2
            | Encoding::Histogram
            | Encoding::FloatHistogram
            | Encoding::HistogramWithStarts
            | Encoding::FloatHistogramWithStarts => {
                done.push(EncodedChunk::new(chunk.encoding, chunk.data.to_vec(), chunk.min_ms, chunk.max_ms));
                Ok(())
            }
        };
        converted.map_err(|e| (i, e))?;
    }
    Ok(done)
}
