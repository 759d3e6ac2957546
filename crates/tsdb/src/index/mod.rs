//! A block's index: which series there are, by which labels they are found, where their chunks stand.
//!
//! ```text
//! magic ba aa d7 00 │ version 2
//! symbols   all strings, sorted; others name them by number
//! series    (padding to 16) length │ label symbols │ chunk times and references │ CRC, sorted by labels
//! postings  (padding to 4) for "" = "" and each label pair: the numbers of its series, sorted
//! table     for each label pair, sorted: the offset of its postings
//! toc       offsets of all of these
//! ```
//! A series' number is its offset / 16, so that sorted numbers mean sorted labels. Each part is a length, the bytes,
//! their CRC-32C. Files of earlier versions of Prometheus also hold "label indices", which nobody reads.
//!
//! [`IndexWriter`] writes the file in one pass, [`IndexReader`] reads it from mapped memory.
//! Format: Prometheus 3.14 `tsdb/docs/format/index.md`, `tsdb/index/index.go`.

mod damage;
mod reader;
mod series;
mod symbols;
mod table;
mod toc;
mod writer;

#[cfg(test)]
mod tests;

pub use reader::IndexReader;
pub use symbols::Symbols;
pub use writer::IndexWriter;

/// The file's name in a block.
pub const FILE_NAME: &str = "index";
const MAGIC: [u8; 4] = [0xba, 0xaa, 0xd7, 0x00];
/// What is written.
const VERSION: u8 = 2;
const HEADER_BYTES: usize = 5;
/// Series begin at multiples of this.
const SERIES_ALIGN: u64 = 16;
/// Of so many symbols, and of so many values of a label, one is found without walking.
const SAMPLE_EVERY: usize = 32;
