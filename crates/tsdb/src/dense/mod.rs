//! Dense chunks: the encoding of old data, in less than half of the bytes that Prometheus's encodings take.
//!
//! ```text
//! floats:      samples be16 │ flags u8 │ times │ values │ start times, if flagged
//! histograms:  samples be16 │ zstd of (encoding u8 │ length uvarint │ Prometheus chunk)…
//! ```
//! Times and start times are [`ints`]; [`values`] are mostly decimals, which become integers, and integers become
//! differences in blocks of few bits ([`bits`]). There is no entropy coder: unpacking is shifting and adding, which
//! leaves room to be faster than XOR chunks, and costs nothing on what scrapers really send.
//!
//! Invariants: 1. Decoding gives back the very bits: NaN payloads, signs of zero, timestamps, start times; of histograms
//! even the chunks as they were.  2. Any bytes decode to samples or an error, in memory bounded by what a chunk may hold.
//! 3. Only blocks below `tiers/` hold these encodings ([`crate::block`]): Prometheus never meets one.

pub mod bits;
mod decimal;
pub mod floats;
pub mod histograms;
pub mod ints;
pub(crate) mod values;

#[cfg(test)]
mod tests;

/// Samples that a dense chunk of floats gets: enough that what stands once for each chunk costs little, few enough that
/// a look-up does not decode a month.
pub const CHUNK_SAMPLES: usize = 4096;
/// The most samples a chunk may announce: bounds what decoding allocates.
pub const CHUNK_SAMPLES_MAX: usize = u16::MAX as usize;
