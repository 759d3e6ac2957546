//! What `promtool tsdb` does: list blocks, analyze one, dump samples, make blocks of foreign samples. The text is
//! promtool 3.14's. And what it does not: read every byte of a directory and say what is wrong with it.
//!
//! Nothing here changes what is in a database's directory. Where promtool prints equal figures in random order, the order here
//! is that of the names.

mod analyze;
mod dump;
mod held;
mod import;
mod list;
mod preview;
mod read_only;
mod tabs;
mod verify;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use analyze::{AnalyzeOptions, analyze};
pub use dump::{DumpFormat, dump};
pub use held::Held;
pub use import::{NewBlocks, WrittenBlock, compatible_block_ms};
pub use list::{list, list_block};
pub use preview::{Amount, RulePreview, preview};
pub use read_only::ReadOnly;
use storage::SelectError;
pub use tabs::human_bytes;
use ulid::Ulid;
pub use verify::{Counts, PartKind, Verified, verify};

use crate::block::{self, Block};
use crate::error::FileError;

/// Why a tool failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// A file of the database could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Data could not be read.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The output could not be written.
    #[error("cannot write output: {0}")]
    Output(#[from] io::Error),
    /// Blocks are damaged, and no other block holds their samples.
    #[error("{}", .0.iter().map(|(ulid, e)| format!("corrupted block {ulid}: {e}")).collect::<Vec<_>>().join("\n"))]
    Corrupted(Vec<(Ulid, FileError)>),
    /// There is nothing to analyze.
    #[error("no blocks found in {}", .0.display())]
    NoBlocks(PathBuf),
    /// A server has the directory open.
    #[error("{} is held by another process", .0.display())]
    Locked(PathBuf),
    /// The lock could not be taken for another reason.
    #[error("cannot lock {}: {reason}", dir.display())]
    Unlockable {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is nothing to verify.
    #[error("{}: neither a database's directory nor a block, a log or chunks of a head", .0.display())]
    NothingToVerify(PathBuf),
    /// No directory of this name.
    #[error("invalid block ID {0}")]
    UnknownBlock(String),
}

/// Opens all blocks of a database's directory, by time. A damaged block that others were made of is left out.
///
/// # Errors
/// [`ToolError::Corrupted`] names all other damaged blocks.
pub fn open_blocks(dir: &Path) -> Result<Vec<Arc<Block>>, ToolError> {
    let opened = block::open_all(dir)?;
    if opened.damaged.is_empty() { Ok(opened.blocks) } else { Err(ToolError::Corrupted(opened.damaged)) }
}
