//! Blocks: two hours or more of finished data in a directory named by a ULID.
//!
//! ```text
//! 01ARZ3NDEKTSV4RRFFQ69G5FAV/
//!   meta.json     time range, figures, ancestry       written last
//!   index         series, labels, postings
//!   chunks/       samples
//!   tombstones    what was deleted since
//! ```
//! [`BlockWriter`] makes one, [`Block`] reads one; [`BlockMeta`] tells what it is.
//! Invariants: 1. A directory with its final name is complete.  2. Only `meta.json` and `tombstones` are ever replaced,
//! each in one step.  3. The time range is half open: `min_time_ms` belongs to it, `max_time_ms` does not.

mod damage;
mod meta;
mod open;
mod open_all;
mod own;
mod series;
mod writer;

#[cfg(test)]
mod tests;

pub use damage::Damage;
pub use meta::{BlockMeta, BlockParent, BlockStats, Compaction, FROM_OUT_OF_ORDER, FROM_STALE_SERIES};
pub use open::Block;
pub use open_all::{OpenedBlocks, block_dirs, open_all};
pub use own::{BesideSamples, OwnFormat, TIERS_DIR, homes};
pub use series::BlockSeries;
pub use writer::BlockWriter;

/// Directories with this behind their name are being written; whoever opens the database removes them.
pub const TEMPORARY_SUFFIX: &str = ".tmp-for-creation";
/// Directories with this behind their name are being removed; whoever opens the database goes on with it.
pub const DELETED_SUFFIX: &str = ".tmp-for-deletion";
const CHUNKS_DIR: &str = "chunks";
