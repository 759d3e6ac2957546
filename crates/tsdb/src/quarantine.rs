//! Setting damaged files aside, so that the database opens and a person can look at them.
//!
//! Invariant: nothing in quarantine is ever overwritten: numbers of segments and files are used again after damage.

use crate::disk::DiskPath;
use crate::error::FileError;

/// Moves a file or directory to `quarantine`, under `name`.
///
/// # Errors
/// [`FileError::Io`].
pub fn set_aside(path: &DiskPath, quarantine: &DiskPath, name: &str) -> Result<(), FileError> {
    let target = free_place(quarantine, name)?;
    path.rename_to(&target)
}

/// Copies a file to `quarantine`, under its own name.
///
/// # Errors
/// [`FileError::Io`].
pub fn copy_aside(path: &DiskPath, quarantine: &DiskPath) -> Result<(), FileError> {
    path.copy_to(&free_place(quarantine, &path.name())?)
}

/// Returns a path in `quarantine` that nothing has: the name, or the name with a number behind it.
fn free_place(quarantine: &DiskPath, name: &str) -> Result<DiskPath, FileError> {
    quarantine.create_dir_all()?;
    let mut target = quarantine.join(name);
    let mut number = 1;
    while target.is_there() {
        target = quarantine.join(format!("{name}.{number}"));
        number += 1;
    }
    Ok(target)
}
