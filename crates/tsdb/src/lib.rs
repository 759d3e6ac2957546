//! The time series database: head, write-ahead log, chunks, blocks, index, compaction, retention.
//!
//! Directories and files are those of Prometheus, byte for byte, in both directions.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod block;
pub mod chunkenc;
pub mod chunks;
pub mod db;
pub mod dense;
mod digest;
pub mod disk;
pub mod encoding;
pub mod error;
pub mod head;
pub mod index;
pub mod mmap;
pub mod postings;
mod quarantine;
pub mod select;
pub mod tiers;
pub mod tombstones;
pub mod tools;
pub mod wal;

pub use db::{Db, DbError, Opening, Options, ReplayProgress, WalCompression};
pub use head::Intake;
