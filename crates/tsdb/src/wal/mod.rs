//! The write-ahead log: every commit is written here before readers see it.
//!
//! A log is a directory of numbered segments (`00000000`, `00000001`, …). A segment is a run of 32 KiB pages; a record
//! is split into fragments so that none crosses a page, and no record crosses a segment. A checkpoint
//! (`checkpoint.NNNNNNNN/`) is a log of the same format that stands for all segments up to NNNNNNNN.
//! Format: Prometheus 3.14 `tsdb/docs/format/wal.md`, `tsdb/wlog`, `tsdb/record`.
//!
//! Main types: [`Log`] writes, [`SegmentReader`] reads one segment, [`record::decode`] reads one record.
//!
//! Invariants: 1. A segment that was there at start is never written to again.  2. After [`Log::flush`] returned, the
//! operating system has every byte: killing the process loses none.  3. A failed flush leaves no trace in the file.

pub mod checkpoint;
mod compress;
pub mod reader;
pub mod record;
mod repair;
mod segments;
mod writer;

#[cfg(test)]
mod tests;

pub use compress::Packed;
pub use reader::SegmentReader;
pub use repair::{cut, fill_gaps};
pub(crate) use segments::{CHECKPOINT_PREFIX, all_segments, checkpoints, first_gap};
pub use segments::{Segment, last_checkpoint, segment_name, segments};
pub use writer::{Log, LogCounters, LogEnd};

/// Fragments never cross a multiple of this many bytes.
pub const PAGE_BYTES: usize = 32 * 1024;
/// Type, length, checksum.
pub const FRAGMENT_HEADER_BYTES: usize = 7;

/// The part of a record that a fragment holds.
mod fragment {
    /// The rest of the page is empty.
    pub const PAGE_END: u8 = 0;
    /// The whole record.
    pub const FULL: u8 = 1;
    /// Its beginning.
    pub const FIRST: u8 = 2;
    /// A part in between.
    pub const MIDDLE: u8 = 3;
    /// Its end.
    pub const LAST: u8 = 4;
    /// The bits of the type.
    pub const TYPE_MASK: u8 = 0b0000_0111;
    /// The record is compressed with snappy.
    pub const SNAPPY: u8 = 0b0000_1000;
    /// The record is compressed with zstd.
    pub const ZSTD: u8 = 0b0001_0000;
}
