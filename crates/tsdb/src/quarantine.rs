//! Setting damaged files aside, so that the database opens and a person can look at them.
//!
//! Invariant: nothing in quarantine is ever overwritten: numbers of segments and files are used again after damage.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::FileError;

/// Moves a file or directory to `quarantine`, under `name`.
///
/// # Errors
/// [`FileError::Io`].
pub fn set_aside(path: &Path, quarantine: &Path, name: &str) -> Result<(), FileError> {
    let target = free_place(quarantine, name)?;
    fs::rename(path, &target).map_err(|e| FileError::io("move to quarantine", path, e))
}

/// Copies a file to `quarantine`, under its own name.
///
/// # Errors
/// [`FileError::Io`].
pub fn copy_aside(path: &Path, quarantine: &Path) -> Result<(), FileError> {
    let target = free_place(quarantine, &name_of(path))?;
    fs::copy(path, &target).map_err(|e| FileError::io("copy to quarantine", path, e))?;
    Ok(())
}

/// Returns the last part of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Returns a path in `quarantine` that nothing has: the name, or the name with a number behind it.
fn free_place(quarantine: &Path, name: &str) -> Result<PathBuf, FileError> {
    fs::create_dir_all(quarantine).map_err(|e| FileError::io("create", quarantine, e))?;
    let mut target = quarantine.join(name);
    let mut number = 1;
    while fs::symlink_metadata(&target).is_ok() {
        target = quarantine.join(format!("{name}.{number}"));
        number += 1;
    }
    Ok(target)
}
