//! What to back up: the files of a database's directory.

use std::path::{Path, PathBuf};

use ulid::Ulid;

use crate::error::BackupError;

/// Directories of blocks in our own formats.
const TIERS: &str = "tiers";
/// The head: log, late samples, closed chunks.
const HEAD: [&str; 3] = ["wal", "wbl", "chunks_head"];
/// How deep directories go in what we know: `wal/checkpoint.00000001/00000000`.
const DEPTH_MAX: usize = 4;
/// What is unfinished or on its way out.
const PASSING: [&str; 3] = [".tmp", ".tmp-for-creation", ".tmp-for-deletion"];

/// A file to back up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    /// Where it is.
    pub(crate) full: PathBuf,
    /// Where it belongs in the database's directory, with slashes.
    pub(crate) path: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// Whether a file of this path never has other bytes: the index and the chunks of a block.
    pub(crate) is_immutable: bool,
}

/// A database's directory that nobody writes to: of a server that does not run, or a snapshot.
#[derive(Clone, Debug)]
pub struct Source {
    dir: PathBuf,
}

impl Source {
    /// Names the directory.
    pub fn new(dir: impl Into<PathBuf>) -> Source {
        Source { dir: dir.into() }
    }

    /// Lists the files of blocks, and those of the head, by path.
    pub(crate) fn files(&self) -> Result<Vec<SourceFile>, BackupError> {
        let mut files = Vec::new();
        for name in names(&self.dir)? {
            let is_block = name.parse::<Ulid>().is_ok();
            if is_block || HEAD.contains(&name.as_str()) {
                walk(&self.dir.join(&name), &name, is_block, DEPTH_MAX, &mut files)?;
            } else if name == TIERS {
                for block in names(&self.dir.join(TIERS))?.into_iter().filter(|n| n.parse::<Ulid>().is_ok()) {
                    let (full, path) = (self.dir.join(TIERS).join(&block), format!("{TIERS}/{block}"));
                    walk(&full, &path, true, DEPTH_MAX, &mut files)?;
                }
            }
        }
        if files.is_empty() {
            return Err(BackupError::Empty(self.dir.clone()));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

fn names(dir: &Path) -> Result<Vec<String>, BackupError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(BackupError::io("list", dir))? {
        let name = entry.map_err(BackupError::io("list", dir))?.file_name();
        // All names of a database are ASCII.
        names.extend(name.into_string().ok());
    }
    Ok(names)
}

fn walk(
    full: &Path,
    path: &str,
    is_block: bool,
    depth: usize,
    files: &mut Vec<SourceFile>,
) -> Result<(), BackupError> {
    if PASSING.iter().any(|suffix| path.ends_with(suffix)) {
        return Ok(());
    }
    let meta = std::fs::symlink_metadata(full).map_err(BackupError::io("inspect", full))?;
    if meta.is_dir() && depth > 0 {
        for name in names(full)? {
            walk(&full.join(&name), &format!("{path}/{name}"), is_block, depth - 1, files)?;
        }
    } else if meta.is_file() {
        let is_immutable = is_block && (path.ends_with("/index") || path.contains("/chunks/"));
        let (full, path, bytes) = (full.to_owned(), path.to_owned(), meta.len());
        files.push(SourceFile { full, path, bytes, is_immutable });
    }
    Ok(())
}
