//! What is done about a damaged log.
//!
//! The damaged segment is cut behind its last whole record, and later segments are set aside in `quarantine/`: their
//! records may lean on lost ones. As the original's `WL.Repair`, except that it deletes where we set aside.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::{PAGE_BYTES, segments};
use crate::error::{Corruption, FileError};

/// Makes the log in `dir` readable again. `quarantine` receives what is taken out.
///
/// # Errors
/// [`FileError::Io`]; the damage itself where it is in no segment of this log (a checkpoint cannot be repaired).
pub fn repair(dir: &Path, damage: &Corruption, quarantine: &Path) -> Result<(), FileError> {
    let all = segments(dir)?;
    let Some(damaged) = all.iter().find(|s| s.path == damage.path) else {
        return Err(FileError::Corrupt(Box::new(damage.clone())));
    };
    let later: Vec<_> = all.iter().filter(|s| s.number > damaged.number).collect();
    let whole = fs::metadata(&damaged.path).map_err(|e| FileError::io("inspect", &damaged.path, e))?.len();
    if !later.is_empty() || damage.offset + (PAGE_BYTES as u64) < whole {
        // More than a torn last write: keep the original for a person to look at.
        fs::create_dir_all(quarantine).map_err(|e| FileError::io("create", quarantine, e))?;
        copy(&damaged.path, quarantine)?;
    }
    for segment in later.into_iter().rev() {
        copy(&segment.path, quarantine)?;
        fs::remove_file(&segment.path).map_err(|e| FileError::io("delete", &segment.path, e))?;
    }
    let file = OpenOptions::new()
        .write(true)
        .open(&damaged.path)
        .map_err(|e| FileError::io("open", &damaged.path, e))?;
    let padded = damage.offset.next_multiple_of(PAGE_BYTES as u64);
    file.set_len(damage.offset)
        .and_then(|()| file.set_len(padded))
        .and_then(|()| file.sync_all())
        .map_err(|e| FileError::io("truncate", &damaged.path, e))
}

fn copy(path: &Path, quarantine: &Path) -> Result<(), FileError> {
    let Some(name) = path.file_name() else { return Ok(()) };
    let target = quarantine.join(name);
    fs::copy(path, &target).map_err(|e| FileError::io("copy to quarantine", &target, e))?;
    Ok(())
}
