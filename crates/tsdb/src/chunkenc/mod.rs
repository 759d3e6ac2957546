//! Chunk encodings: up to some hundred samples of one series as bytes.
//!
//! [`XorAppender`] fills a chunk of floats, [`HistogramAppender`] and [`FloatHistogramAppender`] fill chunks of native
//! histograms; [`decode`] turns any chunk into columns. The bytes are those of Prometheus 3.14 `tsdb/chunkenc`.
//! Decoders take any bytes: damage is an error, never a panic, and memory is bounded by [`DECODED_BYTES_MAX`].

mod bits;
mod error;
mod float_histogram;
mod histogram;
mod layout;
pub mod native;
mod spans;
mod starts;
mod varbit;
pub mod xor;
pub mod xor2;

#[cfg(test)]
mod native_tests;
#[cfg(test)]
mod starts_tests;
#[cfg(test)]
mod tests;

pub use error::ChunkError;
pub use float_histogram::FloatHistogramAppender;
pub use histogram::HistogramAppender;
use model::histogram::{FloatHistogram, Histogram};
pub use native::{Appended, ResetHeader};
use storage::{Samples, TimeRange};
pub use xor::XorAppender;
pub use xor2::Xor2Appender;

use crate::{dense, tiers};

/// The most heap that the histograms of one chunk may take. A real chunk needs some hundred kilobytes; a crafted one
/// could repeat a large layout 65,535 times in a few bits each.
pub const DECODED_BYTES_MAX: usize = 256 << 20;

/// How a chunk's bytes are to be read. The number is the one in chunk files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Encoding {
    /// Floats, see [`xor`].
    Xor = 1,
    /// Native histograms with integer counts.
    Histogram = 2,
    /// Native histograms with float counts.
    FloatHistogram = 3,
    /// Floats, more densely, with start times, see [`xor2`].
    Xor2 = 4,
    /// Native histograms with integer counts and start times. Read only.
    HistogramWithStarts = 5,
    /// Native histograms with float counts and start times. Read only.
    FloatHistogramWithStarts = 6,
    /// Floats of old data, see [`crate::dense`]. Ours.
    Dense = 64,
    /// Native histograms of old data, see [`crate::dense`]. Ours.
    DenseHistograms = 65,
    /// Floats brought together in buckets, see [`crate::tiers`]. Ours.
    Downsampled = 66,
}

impl Encoding {
    /// Returns the encoding with this number.
    ///
    /// # Errors
    /// [`ChunkError::UnknownEncoding`].
    pub fn from_u8(number: u8) -> Result<Encoding, ChunkError> {
        match number {
            1 => Ok(Encoding::Xor),
            2 => Ok(Encoding::Histogram),
            3 => Ok(Encoding::FloatHistogram),
            4 => Ok(Encoding::Xor2),
            5 => Ok(Encoding::HistogramWithStarts),
            6 => Ok(Encoding::FloatHistogramWithStarts),
            64 => Ok(Encoding::Dense),
            65 => Ok(Encoding::DenseHistograms),
            66 => Ok(Encoding::Downsampled),
            0 | 7..64 | 67.. => Err(ChunkError::UnknownEncoding { number }),
        }
    }

    /// Returns Prometheus's name of the encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Xor => "XOR",
            Encoding::Histogram => "histogram",
            Encoding::FloatHistogram => "floathistogram",
            Encoding::Xor2 => "XOR2",
            Encoding::HistogramWithStarts => "histogramST",
            Encoding::FloatHistogramWithStarts => "floathistogramST",
            Encoding::Dense => "dense",
            Encoding::DenseHistograms => "denseHistograms",
            Encoding::Downsampled => "downsampled",
        }
    }

    /// Tells whether the samples are floats, not native histograms.
    pub fn is_float(self) -> bool {
        matches!(self, Encoding::Xor | Encoding::Xor2 | Encoding::Dense | Encoding::Downsampled)
    }

    /// Tells whether the encoding is ours: Prometheus cannot read it, and only blocks below `tiers/` hold it.
    pub fn is_own(self) -> bool {
        matches!(self, Encoding::Dense | Encoding::DenseHistograms | Encoding::Downsampled)
    }

    /// Returns the number of samples that the header of a chunk of this encoding announces.
    ///
    /// # Errors
    /// [`ChunkError::TooShort`].
    pub fn samples_in(self, chunk: &[u8]) -> Result<u16, ChunkError> {
        let count = samples_in(chunk)?;
        Ok(match self {
            Encoding::Xor
            | Encoding::Xor2
            | Encoding::Histogram
            | Encoding::FloatHistogram
            | Encoding::Dense
            | Encoding::DenseHistograms
            | Encoding::Downsampled => count,
            // Two bits of reset header come first.
            Encoding::HistogramWithStarts | Encoding::FloatHistogramWithStarts => count & 0x3fff,
        })
    }
}

/// Returns the number of samples that a chunk's header announces, if its encoding has no start times; see
/// [`Encoding::samples_in`].
///
/// # Errors
/// [`ChunkError::TooShort`].
pub fn samples_in(chunk: &[u8]) -> Result<u16, ChunkError> {
    match chunk.first_chunk::<2>() {
        Some(head) => Ok(u16::from_be_bytes(*head)),
        None => Err(ChunkError::TooShort { bytes: chunk.len() }),
    }
}

/// Appends the samples of a chunk that lie in `range` to `out`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub fn decode(
    encoding: Encoding,
    chunk: &[u8],
    range: TimeRange,
    out: &mut Samples,
) -> Result<(), ChunkError> {
    match encoding {
        Encoding::Xor => xor::decode(chunk, range, out),
        Encoding::Xor2 => xor2::decode(chunk, range, out),
        Encoding::Histogram => native::decode::<Histogram>(chunk, false, range, out),
        Encoding::FloatHistogram => native::decode::<FloatHistogram>(chunk, false, range, out),
        Encoding::HistogramWithStarts => native::decode::<Histogram>(chunk, true, range, out),
        Encoding::FloatHistogramWithStarts => native::decode::<FloatHistogram>(chunk, true, range, out),
        Encoding::Dense => dense::floats::decode(chunk, range, out),
        Encoding::DenseHistograms => dense::histograms::decode(chunk, range, out),
        Encoding::Downsampled => {
            // Without anything in between: the samples that were kept.
            tiers::read::samples(&tiers::chunk::decode(chunk)?, None, range, out);
            Ok(())
        }
    }
}
