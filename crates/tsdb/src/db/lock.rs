//! The `lock` file: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::DbError;
use crate::error::FileError;

/// A held lock.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
    path: PathBuf,
    /// Whether the file was there already: the process before did not end in order.
    pub left_behind: bool,
}

impl DirLock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// [`DbError::Locked`] if another process holds it.
    pub fn take(dir: &Path) -> Result<DirLock, DbError> {
        let path = dir.join("lock");
        let left_behind = path.exists();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| FileError::io("open", &path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(DirLock { _file: file, path, left_behind }),
            Err(TryLockError::WouldBlock) => Err(DbError::Locked { path }),
            Err(TryLockError::Error(e)) => Err(FileError::io("lock", &path, e).into()),
        }
    }

    /// Gives the lock back and removes the file.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn release(self) -> Result<(), FileError> {
        fs::remove_file(&self.path).map_err(|e| FileError::io("delete", &self.path, e))
    }
}
