//! All blocks of a database's directory.

use std::path::Path;
use std::sync::Arc;

use hashbrown::HashSet;
use ulid::Ulid;

use super::open::Block;
use crate::error::FileError;

/// What was found.
#[derive(Debug, Default)]
pub struct OpenedBlocks {
    /// Blocks by the beginning of their time range, then by identifier.
    pub blocks: Vec<Arc<Block>>,
    /// Blocks that could not be opened, except those that a block in [`OpenedBlocks::blocks`] was made of.
    pub damaged: Vec<(Ulid, FileError)>,
}

/// Returns the directories in a database's directory that are named as blocks, by identifier.
///
/// # Errors
/// [`FileError::Io`].
pub fn block_dirs(dir: &Path) -> Result<Vec<(Ulid, std::path::PathBuf)>, FileError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| FileError::io("list", dir, e))? {
        let entry = entry.map_err(|e| FileError::io("list", dir, e))?;
        let ulid = entry.file_name().to_str().and_then(|name| name.parse::<Ulid>().ok());
        if let (Some(ulid), true) = (ulid, entry.path().is_dir()) {
            found.push((ulid, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Opens all blocks in a database's directory.
///
/// # Errors
/// [`FileError::Io`] if the directory cannot be listed.
pub fn open_all(dir: &Path) -> Result<OpenedBlocks, FileError> {
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
