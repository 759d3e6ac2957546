//! An image of the head beside the log, so that a start reads the end of the log only.
//!
//! A log grows with time, what is open in memory does not. So once the log has grown by about as much as memory holds, the head
//! writes down its series, their open chunks and its index by labels, and where the log stood when it began ([`write`]). A start
//! takes the image and reads the log from there ([`read`]). An image that is missing, damaged or does not fit the files beside
//! it costs time, never a sample: all of the log is read as if there were none.
//!
//! ```text
//! head_image   magic, 8 bytes │ section …
//! section      kind u8 │ length u32 │ CRC-32C of the contents u32 │ contents
//! start        segment and offset of the log
//! pages        page …           see [`page`]
//! symbols      string …          in the order of their numbers; an empty one for a free number
//! hashes       shard u8 │ (half of the hash, series) …
//! stones       (series, from, until) …
//! records      one record of the log: exemplars or metadata
//! departed     (number, segment, newest time) …  numbers that no series has, but the log
//! renamed      (number, series) …                numbers of the log of late samples that are another here
//! numbers      next number for a new series
//! end          number of sections before
//! ```
//! Numbers are big-endian or variable-length, as in Prometheus's files. Prometheus does not know the file and leaves it alone.
//!
//! Invariants: 1. Pages are copied one by one while samples keep coming, so a page may hold more than the log did at `start`,
//! never less; samples of the log that are not newer than their series' last are skipped, so none is there twice.
//! 2. Everything in an image is in the durable part of the log: the log is synced before the image gets its name.
//! 3. No series leaves the head while an image is written: one round of maintenance runs at a time.
//! 4. An image is taken whole or not at all, and only if each chunk file that it counts on is there.

mod page;
mod read;
mod sections;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Refused, Restored, check, restore};

use crate::wal::LogEnd;

/// The file's name in the database's directory.
pub const FILE_NAME: &str = "head_image";
/// The first bytes of an image, with the version of its format.
const MAGIC: [u8; 8] = *b"BHEADIM\x01";
/// Sections are closed once they hold so many bytes.
const SECTION_BYTES: usize = 256 << 10;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Start = 1,
    Pages = 2,
    Symbols = 3,
    Hashes = 4,
    Stones = 5,
    Records = 6,
    Departed = 7,
    Renamed = 8,
    Numbers = 9,
    End = 10,
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Start,
        Kind::Pages,
        Kind::Symbols,
        Kind::Hashes,
        Kind::Stones,
        Kind::Records,
        Kind::Departed,
        Kind::Renamed,
        Kind::Numbers,
        Kind::End,
    ];

    fn of(number: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// An image that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The log has to be read from here.
    pub from: LogEnd,
    /// Size of the file.
    pub bytes: u64,
}
