//! A block's chunk files: `chunks/000001`, `000002`, …, each up to 512 MiB.
//!
//! ```text
//! file:  magic 85 bd 40 dd │ version 1 │ padding 0 0 0 │ chunk │ chunk …
//! chunk: length of data uvarint │ encoding u8 │ data │ CRC-32C of encoding and data, big-endian
//! ```
//! [`ChunkWriter`] writes them one after another, [`ChunkReader`] reads them by reference from mapped memory.
//! Format: Prometheus 3.14 `tsdb/docs/format/chunks.md`.

mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use reader::ChunkReader;
pub use writer::{ChunkWriter, NewChunk};

const MAGIC: [u8; 4] = [0x85, 0xbd, 0x40, 0xdd];
const VERSION: u8 = 1;
/// Bytes before the first chunk of a file.
const HEADER_BYTES: usize = 8;
/// A file is as large as this, unless a single series' chunks need more.
pub const SEGMENT_BYTES: u64 = 512 << 20;
/// A chunk's length takes at most this many bytes.
const LENGTH_BYTES_MAX: usize = 5;

/// Where a chunk stands in a block: the number of its file from 0 in the upper half, its offset in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ChunkRef(pub u64);

impl ChunkRef {
    /// Builds a reference.
    pub fn new(segment: u32, offset: u32) -> ChunkRef {
        ChunkRef(u64::from(segment) << 32 | u64::from(offset))
    }

    /// Returns the number of the file, from 0.
    pub fn segment(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// Returns the offset in the file.
    pub fn offset(self) -> usize {
        self.0 as u32 as usize
    }
}

/// A chunk as the index knows it: where it is and what time it covers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkMeta {
    /// Where it is.
    pub chunk: ChunkRef,
    /// Time of the first sample.
    pub min_ms: i64,
    /// Time of the last sample.
    pub max_ms: i64,
}
