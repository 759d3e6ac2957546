//! All blocks of a database's directory.

use std::sync::Arc;

use hashbrown::HashSet;
use ulid::Ulid;

use super::open::Block;
use super::own::homes;
use crate::disk::DiskPath;
use crate::error::FileError;

/// What was found.
#[derive(Debug, Default)]
pub struct OpenedBlocks {
    /// Blocks by the beginning of their time range, then by identifier.
    pub blocks: Vec<Arc<Block>>,
    /// Blocks that could not be opened, except those that a block in [`OpenedBlocks::blocks`] was made of.
    pub damaged: Vec<(Ulid, FileError)>,
}

/// Returns the directories of a database's blocks, those in our own format included, by identifier.
///
/// # Errors
/// [`FileError::Io`].
pub fn block_dirs(dir: impl Into<DiskPath>) -> Result<Vec<(Ulid, DiskPath)>, FileError> {
    let mut found: Vec<(Ulid, DiskPath)> = Vec::new();
    for home in homes(&dir.into()) {
        let dirs = home.list()?.into_iter().filter(|e| e.is_dir);
        found.extend(dirs.filter_map(|e| Some((e.name.parse().ok()?, home.join(e.name)))));
    }
    found.sort_unstable_by_key(|(ulid, _)| *ulid);
    Ok(found)
}

/// Opens all blocks in a database's directory.
///
/// # Errors
/// [`FileError::Io`] if the directory cannot be listed.
pub fn open_all(dir: impl Into<DiskPath>) -> Result<OpenedBlocks, FileError> {
    let mut opened = OpenedBlocks::default();
    for (ulid, path) in block_dirs(dir)? {
        match Block::open(&path) {
            Ok(block) => opened.blocks.push(Arc::new(block)),
            Err(error) => opened.damaged.push((ulid, error)),
        }
    }
    opened.blocks.sort_by_key(|block| {
        let meta = block.meta();
        (meta.min_time_ms, meta.ulid)
    });
    let replaced: HashSet<Ulid> =
        opened.blocks.iter().flat_map(|b| b.meta().compaction.parents).map(|parent| parent.ulid).collect();
    opened.damaged.retain(|(ulid, _)| !replaced.contains(ulid));
    Ok(opened)
}
