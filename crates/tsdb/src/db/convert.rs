//! Blocks from Prometheus's format to the dense one and back.
//!
//! A block is written beside the old one, read back and compared with it sample by sample, and only then gets its name;
//! after that the old one goes. Whatever interrupts this leaves one of the two whole, and nothing half.

use std::path::Path;
use std::sync::Arc;

use ulid::Ulid;

use super::compact::{self, cleaned_meta};
use super::compare::same_samples;
use super::error::DbError;
use super::lock::DirLock;
use crate::block::{Block, BlockMeta, DELETED_SUFFIX, OwnFormat, open_all};
use crate::disk::DiskPath;

/// The formats of raw data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockFormat {
    /// Prometheus's.
    Prometheus,
    /// Ours, see [`crate::dense`].
    Dense,
}

impl BlockFormat {
    /// Returns the format of a block.
    pub fn of(meta: &BlockMeta) -> BlockFormat {
        if meta.own.is_some() { BlockFormat::Dense } else { BlockFormat::Prometheus }
    }
}

/// What became of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converted {
    /// It has the format already.
    AsIs(Ulid),
    /// It is downsampled: there is nothing to turn back to.
    Downsampled(Ulid),
    /// It was written anew.
    Done {
        /// The former block, its size in bytes.
        old: (Ulid, u64),
        /// The new block with its size; `None` if all samples were deleted.
        new: Option<(Ulid, u64)>,
    },
}

/// Converts all raw blocks of a database that no process has open, oldest first, and tells `progress` after each how many of
/// how many are done. `new_ulid` makes identifiers.
///
/// # Errors
/// [`DbError`]; blocks done before stay done.
pub fn convert(
    dir: &Path,
    to: BlockFormat,
    mut new_ulid: impl FnMut() -> Ulid,
    mut progress: impl FnMut(usize, usize, &Converted),
) -> Result<(), DbError> {
    let dir = DiskPath::from(dir);
    let lock = DirLock::take(&dir)?;
    let opened = open_all(&dir)?;
    if let Some((_, error)) = opened.damaged.into_iter().next() {
        lock.release()?;
        return Err(error.into());
    }
    let count = opened.blocks.len();
    for (i, block) in opened.blocks.iter().enumerate() {
        let meta = block.meta();
        let converted = if !meta.is_raw() {
            Converted::Downsampled(meta.ulid)
        } else if BlockFormat::of(&meta) == to {
            Converted::AsIs(meta.ulid)
        } else {
            let new = write(&dir, block, to, new_ulid())?;
            let going = block.dir().with_suffix(DELETED_SUFFIX);
            block.dir().rename_to(&going)?;
            going.remove_dir_all()?;
            Converted::Done { old: (meta.ulid, block.bytes()), new }
        };
        progress(i + 1, count, &converted);
    }
    Ok(lock.release()?)
}

/// Writes a block in another format; it has its name only if it was read back and is the same.
///
/// # Errors
/// [`DbError`]; no directory is left then.
pub fn write(
    dir: &DiskPath,
    block: &Arc<Block>,
    to: BlockFormat,
    ulid: Ulid,
) -> Result<Option<(Ulid, u64)>, DbError> {
    let mut meta = cleaned_meta(ulid, &block.meta());
    if to == BlockFormat::Dense {
        meta = meta.in_own_format(OwnFormat::default());
    }
    let mut bytes = 0;
    let written = compact::write_where(dir, meta, std::slice::from_ref(block), None, |new| {
        let new = Block::open(new)?;
        bytes = new.bytes();
        same_samples(block, &new)
    })?;
    Ok(written.map(|meta| (meta.ulid, bytes)))
}
