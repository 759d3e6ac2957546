//! The time series database: head, write-ahead log, chunks, blocks, index, compaction, retention.
//!
//! Directories and files are those of Prometheus, byte for byte, in both directions.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod chunkenc;
pub mod db;
pub mod error;
pub mod postings;
pub mod select;

pub use db::{Db, DbError, Options, ReplayProgress, WalCompression};
