//! Records: what one commit puts into the log.
//!
//! [`encode`] appends records to a buffer, one function for each type; [`decode`] hands the contents of a record of any
//! type to a [`RecordSink`]. Unknown types are skipped: a newer program may have written them.

mod decode;
pub mod encode;
mod histogram;
mod take;

use model::histogram::HistogramValue;
use model::{Exemplar, Metadata};
use storage::TimeRange;

pub use decode::decode;

/// The first byte of a record.
pub(crate) mod kind {
    pub const SERIES: u8 = 1;
    pub const SAMPLES: u8 = 2;
    pub const TOMBSTONES: u8 = 3;
    pub const EXEMPLARS: u8 = 4;
    /// Only in the log of out-of-order samples.
    pub const MMAP_MARKERS: u8 = 5;
    pub const METADATA: u8 = 6;
    pub const HISTOGRAMS: u8 = 7;
    pub const FLOAT_HISTOGRAMS: u8 = 8;
    pub const CUSTOM_HISTOGRAMS: u8 = 9;
    pub const CUSTOM_FLOAT_HISTOGRAMS: u8 = 10;
    pub const SAMPLES_V2: u8 = 11;
    pub const HISTOGRAMS_V2: u8 = 12;
    pub const FLOAT_HISTOGRAMS_V2: u8 = 13;
}

/// What records with start times say about a sample's.
pub(crate) mod start_marker {
    /// It has none.
    pub const NONE: u8 = 0;
    /// It is that of the sample before.
    pub const AS_BEFORE: u8 = 1;
    /// It follows, as a difference to that of the first sample.
    pub const TOLD: u8 = 2;
}

/// A float sample of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The series' number in the log.
    pub series: u64,
    /// Its time.
    pub t: i64,
    /// Its value.
    pub v: f64,
    /// When its series began to count; 0 if nobody told.
    pub start_ms: i64,
}

/// A histogram sample of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramSample {
    /// The series' number in the log.
    pub series: u64,
    /// Its time.
    pub t: i64,
    /// The histogram.
    pub h: HistogramValue,
    /// When its series began to count, 0 for not told.
    pub start_ms: i64,
}

/// Receives the contents of records. Series numbers are the log's.
pub trait RecordSink {
    /// A series and its labels, in the order of the record.
    fn series(&mut self, series: u64, labels: &[(&str, &str)]);
    /// A float sample.
    fn sample(&mut self, sample: Sample);
    /// A histogram sample.
    fn histogram(&mut self, sample: HistogramSample);
    /// A deletion.
    fn tombstone(&mut self, series: u64, range: TimeRange);
    /// An exemplar.
    fn exemplar(&mut self, series: u64, exemplar: Exemplar);
    /// The metadata of a series' metric.
    fn metadata(&mut self, series: u64, metadata: Metadata);
    /// All late samples of these series before this record are in chunks, at these places of `chunks_head/`. Only the log
    /// of late samples has such records.
    fn chunk_markers(&mut self, markers: &[(u64, u64)]) {
        tracing::debug!(markers = markers.len(), "markers of chunks in a log that has none");
    }
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "record of type {kind} and {bytes} bytes breaks off or contradicts itself {left} bytes before its end"
)]
pub struct RecordError {
    /// Its first byte.
    pub kind: u8,
    /// Its length.
    pub bytes: usize,
    /// Bytes not yet read.
    pub left: usize,
}

#[cfg(test)]
mod tests;
