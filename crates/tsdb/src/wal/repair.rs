//! What is done about a damaged log.
//!
//! The damaged segment is cut behind its last whole record, and later segments are set aside in `quarantine/`: their
//! records may lean on lost ones. As the original's `WL.Repair`, except that it deletes where we set aside. A missing
//! segment is damage of no length: those behind it are set aside. A checkpoint is a log, so it is repaired as one: what
//! can be read of it stays and the next checkpoint takes its place.

use super::PAGE_BYTES;
use super::segments::{Segment, all_segments, first_gap, is_checkpoint};
use crate::disk::DiskPath;
use crate::error::{Corruption, FileError};
use crate::quarantine::{copy_aside, set_aside};

/// Makes the log in `dir` readable again. `quarantine` receives what is taken out.
///
/// # Errors
/// [`FileError::Io`]; the damage itself where it is in no segment of this log.
pub fn repair(dir: &DiskPath, damage: &Corruption, quarantine: &DiskPath) -> Result<(), FileError> {
    let all = all_segments(dir)?;
    let Some(at) = all.iter().position(|s| s.path.path() == damage.path) else {
        return Err(FileError::Corrupt(Box::new(damage.clone())));
    };
    let (damaged, later) = (&all[at], &all[at + 1..]);
    let whole = damaged.path.length()?;
    let torn_write = later.is_empty() && damage.offset + (PAGE_BYTES as u64) >= whole && !is_checkpoint(dir);
    if !torn_write {
        // Keep the original for a person to look at.
        copy_aside(&damaged.path, quarantine)?;
    }
    set_aside_all(later, quarantine)?;
    let file = damaged.path.open()?;
    file.set_len(damage.offset)?;
    file.set_len(damage.offset.next_multiple_of(PAGE_BYTES as u64))?;
    file.sync()
}

/// Sets the segments behind a missing one aside, so that the log in `dir` has no gap. Returns the damage, if any.
///
/// # Errors
/// [`FileError::Io`].
pub fn repair_gap(dir: &DiskPath, quarantine: &DiskPath) -> Result<Option<FileError>, FileError> {
    let all = all_segments(dir)?;
    let Some(gap) = first_gap(dir, &all)? else { return Ok(None) };
    set_aside_all(&all[gap.before..], quarantine)?;
    Ok(Some(gap.damage))
}

/// Sets segments aside, the last first: a crash in between leaves no gap that was not there.
fn set_aside_all(segments: &[Segment], quarantine: &DiskPath) -> Result<(), FileError> {
    segments.iter().rev().try_for_each(|s| set_aside(&s.path, quarantine, &s.path.name()))
}
