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
mod varbit;
pub mod xor;

#[cfg(test)]
mod native_tests;
#[cfg(test)]
mod tests;

pub use error::ChunkError;
pub use float_histogram::FloatHistogramAppender;
pub use histogram::HistogramAppender;
use model::histogram::{FloatHistogram, Histogram};
pub use native::{Appended, ResetHeader};
use storage::{Samples, TimeRange};
pub use xor::XorAppender;

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
            0 | 4.. => Err(ChunkError::UnknownEncoding { number }),
        }
    }

    /// Returns Prometheus's name of the encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Xor => "XOR",
            Encoding::Histogram => "histogram",
            Encoding::FloatHistogram => "floathistogram",
        }
    }
}

/// Returns the number of samples that a chunk's header announces.
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
        Encoding::Histogram => native::decode::<Histogram>(chunk, range, out),
        Encoding::FloatHistogram => native::decode::<FloatHistogram>(chunk, range, out),
    }
}
