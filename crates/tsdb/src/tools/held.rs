//! A database's directory that nobody else opens for a while.

use std::path::{Path, PathBuf};

use super::ToolError;
use crate::db::{DbError, DirLock};
use crate::disk::DiskPath;

/// Holds the lock of a directory. The file is left as it was found, so that the next start sees whether the last
/// server ended in order.
pub struct Held(Option<DirLock>);

impl Held {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`ToolError::Locked`] if a server has the directory open.
    pub fn take(dir: &Path) -> Result<Held, ToolError> {
        match DirLock::take(&DiskPath::from(dir)) {
            Ok(lock) => Ok(Held(Some(lock))),
            Err(DbError::Locked { path }) => Err(ToolError::Locked(path)),
            Err(other) => Err(ToolError::Unlockable { dir: PathBuf::from(dir), reason: other.to_string() }),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(lock) = self.0.take()
            && !lock.left_behind
            && let Err(error) = lock.release()
        {
            tracing::warn!(%error, "cannot remove the lock file");
        }
    }
}
