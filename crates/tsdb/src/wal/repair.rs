//! What is done about a damaged log.
//!
//! The damaged segment is cut behind its last whole record; the original is kept in `quarantine/` for a person to look at.
//! Segments behind it are read all the same: a record says by number which series it is about, and numbers of series whose
//! records are lost name no other series, so what cannot be understood any more is left out and the rest is right. (The
//! original deletes all segments behind a damaged one.) A missing segment is damage of no length: an empty one takes its
//! place, as the original refuses a log with gaps. A checkpoint is a log, so it is repaired as one: what can be read of it
//! stays and the next checkpoint takes its place.

use super::segments::{all_segments, first_gap};
use super::{PAGE_BYTES, segment_name};
use crate::disk::DiskPath;
use crate::error::{Corruption, FileError};
use crate::quarantine::copy_aside;

/// Segments that are missing between two others are made up for; more than this must be a file that is none of ours.
const MISSING_MAX: u64 = 100_000;

/// Makes a segment readable again by cutting it where it is damaged. `quarantine` receives a copy, unless the damage is what
/// a crash leaves at the end of the `newest` segment: a write that was cut short and never acknowledged.
///
/// # Errors
/// [`FileError::Io`].
pub fn cut(
    segment: &DiskPath,
    damage: &Corruption,
    newest: bool,
    quarantine: &DiskPath,
) -> Result<(), FileError> {
    let torn_write = newest && damage.offset + (PAGE_BYTES as u64) >= segment.length()?;
    if !torn_write {
        copy_aside(segment, quarantine)?;
    }
    let file = segment.open()?;
    file.set_len(damage.offset)?;
    file.set_len(damage.offset.next_multiple_of(PAGE_BYTES as u64))?;
    file.sync()
}

/// Puts empty segments where some are missing, so that the log in `dir` has no gap. Returns the damage.
///
/// # Errors
/// [`FileError::Io`], [`FileError::Corrupt`] for a gap that no loss explains.
pub fn fill_gaps(dir: &DiskPath) -> Result<Vec<FileError>, FileError> {
    let mut damage = Vec::new();
    let all = all_segments(dir)?;
    while let Some(gap) = first_gap(dir, &all_segments(dir)?)? {
        let next = all.iter().map(|s| s.number).find(|n| *n > gap.missing).unwrap_or(gap.missing);
        if next - gap.missing > MISSING_MAX {
            return Err(gap.damage);
        }
        for number in gap.missing..next {
            dir.join(segment_name(number)).create_new()?;
        }
        damage.push(gap.damage);
    }
    if !damage.is_empty() {
        dir.sync_dir()?;
    }
    Ok(damage)
}
