//! Which segments and checkpoints a directory holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::FileError;

/// How checkpoint directories begin.
pub const CHECKPOINT_PREFIX: &str = "checkpoint.";

/// One file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number.
    pub number: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// Returns the file name of a segment.
pub fn segment_name(number: u64) -> String {
    format!("{number:08}")
}

/// Returns the segments of a directory in order; none if the directory does not exist.
///
/// # Errors
/// [`FileError::Io`]; [`FileError::Corrupt`] if a segment between others is missing.
pub fn segments(dir: &Path) -> Result<Vec<Segment>, FileError> {
    let mut found = Vec::new();
    for name in names(dir)? {
        if let Ok(number) = name.parse::<u64>() {
            found.push(Segment { number, path: dir.join(name) });
        }
    }
    found.sort_by_key(|s| s.number);
    for pair in found.windows(2) {
        if pair[0].number + 1 != pair[1].number {
            let expected = segment_name(pair[0].number + 1);
            return Err(FileError::corrupt(
                dir,
                0,
                "log",
                format!("segment {expected}"),
                pair[1].path.display(),
            ));
        }
    }
    Ok(found)
}

/// Returns the number and directory of the newest checkpoint.
///
/// # Errors
/// [`FileError::Io`].
pub fn last_checkpoint(dir: &Path) -> Result<Option<(u64, PathBuf)>, FileError> {
    Ok(checkpoints(dir)?.pop())
}

/// Returns all complete checkpoints in order.
pub fn checkpoints(dir: &Path) -> Result<Vec<(u64, PathBuf)>, FileError> {
    let mut found = Vec::new();
    for name in names(dir)? {
        if let Some(number) = name.strip_prefix(CHECKPOINT_PREFIX).and_then(|n| n.parse().ok()) {
            found.push((number, dir.join(name)));
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the names of a directory's entries that are valid UTF-8: all that this program writes are.
fn names(dir: &Path) -> Result<Vec<String>, FileError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(FileError::io("list", dir, e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| FileError::io("list", dir, e))?;
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}
