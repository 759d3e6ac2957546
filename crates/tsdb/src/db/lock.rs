//! The `lock` file: one process at a time.

use std::fmt::Debug;

use super::error::DbError;
use crate::disk::DiskPath;
use crate::error::FileError;

/// A held lock.
#[derive(Debug)]
pub struct DirLock {
    _held: Box<dyn Debug + Send + Sync>,
    path: DiskPath,
    /// Whether the file was there already: the process before did not end in order.
    pub left_behind: bool,
}

impl DirLock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// [`DbError::Locked`] if another process holds it.
    pub fn take(dir: &DiskPath) -> Result<DirLock, DbError> {
        let path = dir.join("lock");
        let left_behind = path.is_there();
        match path.lock()? {
            Some(held) => Ok(DirLock { _held: held, path, left_behind }),
            None => Err(DbError::Locked { path: path.path().to_owned() }),
        }
    }

    /// Gives the lock back and removes the file.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn release(self) -> Result<(), FileError> {
        self.path.remove_file()
    }
}
