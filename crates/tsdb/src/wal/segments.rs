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
/// [`FileError::Io`]; [`FileError::Corrupt`] if a segment is missing that is needed to read those behind it.
pub fn segments(dir: &Path) -> Result<Vec<Segment>, FileError> {
    let found = all_segments(dir)?;
    match first_gap(dir, &found)? {
        Some(gap) => Err(gap.damage),
        None => Ok(found),
    }
}

/// A segment that is not there.
pub struct Gap {
    /// How many segments stand before it.
    pub before: usize,
    /// Its description.
    pub damage: FileError,
}

/// Finds the first missing segment. Those that a checkpoint stands for may be missing.
pub fn first_gap(dir: &Path, found: &[Segment]) -> Result<Option<Gap>, FileError> {
    let mut expected = first_needed(dir)?;
    for (before, segment) in found.iter().enumerate() {
        if expected.is_some_and(|e| segment.number < e) {
            continue;
        }
        if let Some(missing) = expected
            && segment.number != missing
        {
            let path = dir.join(segment_name(missing));
            let next = format!("none; the next is {}", segment_name(segment.number));
            let damage =
                FileError::corrupt(&path, 0, "log", format!("segment {}", segment_name(missing)), next);
            return Ok(Some(Gap { before, damage }));
        }
        expected = Some(segment.number + 1);
    }
    Ok(None)
}

/// Returns the number of the first segment that is needed to read a log, if it can be known.
fn first_needed(dir: &Path) -> Result<Option<u64>, FileError> {
    if is_checkpoint(dir) {
        return Ok(Some(0));
    }
    Ok(last_checkpoint(dir)?.map(|(number, _)| number + 1))
}

/// Tells whether a log is a checkpoint, by its name.
pub fn is_checkpoint(dir: &Path) -> bool {
    dir.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(CHECKPOINT_PREFIX))
}

/// Returns the segments of a directory in order, be they complete or not.
pub fn all_segments(dir: &Path) -> Result<Vec<Segment>, FileError> {
    let mut found = Vec::new();
    for name in names(dir)? {
        if let Ok(number) = name.parse::<u64>() {
            found.push(Segment { number, path: dir.join(name) });
        }
    }
    found.sort_by_key(|s| s.number);
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
        let Some(number) = name.strip_prefix(CHECKPOINT_PREFIX).and_then(|n| n.parse().ok()) else {
            continue;
        };
        let path = dir.join(name);
        if path.is_dir() {
            found.push((number, path));
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
