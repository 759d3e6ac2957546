//! Which segments and checkpoints a directory holds.

use crate::disk::DiskPath;
use crate::error::FileError;

/// How checkpoint directories begin.
pub const CHECKPOINT_PREFIX: &str = "checkpoint.";

/// One file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number.
    pub number: u64,
    /// Where it is.
    pub path: DiskPath,
}

/// Returns the file name of a segment.
pub fn segment_name(number: u64) -> String {
    format!("{number:08}")
}

/// Returns the segments of a directory in order; none if the directory does not exist.
///
/// # Errors
/// [`FileError::Io`]; [`FileError::Corrupt`] if a segment is missing that is needed to read those behind it.
pub fn segments(dir: impl Into<DiskPath>) -> Result<Vec<Segment>, FileError> {
    let dir = dir.into();
    let found = all_segments(&dir)?;
    match first_gap(&dir, &found)? {
        Some(gap) => Err(gap.damage),
        None => Ok(found),
    }
}

/// A segment that is not there.
pub struct Gap {
    /// Its number; more behind it may be missing.
    pub missing: u64,
    /// Its description.
    pub damage: FileError,
}

/// Finds the first missing segment. Those that a checkpoint stands for may be missing.
pub fn first_gap(dir: &DiskPath, found: &[Segment]) -> Result<Option<Gap>, FileError> {
    let mut expected = first_needed(dir)?;
    for segment in found {
        if expected.is_some_and(|e| segment.number < e) {
            continue;
        }
        if let Some(missing) = expected
            && segment.number != missing
        {
            let path = dir.join(segment_name(missing));
            let next = format!("none; the next is {}", segment_name(segment.number));
            let damage =
                FileError::corrupt(path.path(), 0, "log", format!("segment {}", segment_name(missing)), next);
            return Ok(Some(Gap { missing, damage }));
        }
        expected = Some(segment.number + 1);
    }
    Ok(None)
}

/// Returns the number of the first segment that is needed to read a log, if it can be known.
fn first_needed(dir: &DiskPath) -> Result<Option<u64>, FileError> {
    if is_checkpoint(dir) {
        return Ok(Some(0));
    }
    Ok(last_checkpoint(dir)?.map(|(number, _)| number + 1))
}

/// Tells whether a log is a checkpoint, by its name.
pub fn is_checkpoint(dir: &DiskPath) -> bool {
    dir.name().starts_with(CHECKPOINT_PREFIX)
}

/// Returns the segments of a directory in order, be they complete or not.
pub fn all_segments(dir: &DiskPath) -> Result<Vec<Segment>, FileError> {
    let entries = dir.list_if_there()?;
    let numbered = entries.iter().filter_map(|e| Some((e.name.parse().ok()?, &e.name)));
    let mut found: Vec<Segment> =
        numbered.map(|(number, name)| Segment { number, path: dir.join(name) }).collect();
    found.sort_by_key(|s| s.number);
    Ok(found)
}

/// Returns the number and directory of the newest checkpoint.
///
/// # Errors
/// [`FileError::Io`].
pub fn last_checkpoint(dir: impl Into<DiskPath>) -> Result<Option<(u64, DiskPath)>, FileError> {
    Ok(checkpoints(&dir.into())?.pop())
}

/// Returns all complete checkpoints in order.
pub fn checkpoints(dir: &DiskPath) -> Result<Vec<(u64, DiskPath)>, FileError> {
    let entries = dir.list_if_there()?;
    let number = |name: &str| name.strip_prefix(CHECKPOINT_PREFIX)?.parse().ok();
    let mut found: Vec<(u64, DiskPath)> = entries
        .iter()
        .filter(|e| e.is_dir)
        .filter_map(|e| Some((number(&e.name)?, dir.join(&e.name))))
        .collect();
    found.sort_by_key(|(number, _)| *number);
    Ok(found)
}
