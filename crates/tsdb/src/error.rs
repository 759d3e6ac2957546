//! What can go wrong with a file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::SelectError;

/// Why a file could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted, e.g. "open".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Its answer.
        source: Arc<io::Error>,
    },
    /// The disk has too little room for what was about to be done.
    #[error("cannot {what}: {needed} bytes must be free where {} is, {free} are", path.display())]
    NoRoom {
        /// The directory.
        path: PathBuf,
        /// What was about to be done.
        what: &'static str,
        /// Bytes that must be free for it.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The bytes are not what they must be.
    #[error(transparent)]
    Corrupt(#[from] Box<Corruption>),
    /// What was asked to be written cannot stand in the format.
    #[error("cannot write {}: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why not, with the value.
        reason: String,
    },
}

/// Damage: where, what should be there, and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The file.
    pub path: PathBuf,
    /// The first byte of the damaged part.
    pub offset: u64,
    /// What was being read.
    pub what: &'static str,
    /// What must stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Corruption { path, offset, what, expected, found } = self;
        write!(
            f,
            "corrupt {what} at offset {offset} of {}: expected {expected}, found {found}",
            path.display()
        )
    }
}

impl std::error::Error for Corruption {}

impl FileError {
    /// Wraps an answer of the operating system.
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> FileError {
        FileError::Io { action, path: path.to_owned(), source: Arc::new(source) }
    }

    /// Reports damage.
    pub fn corrupt(
        path: &Path,
        offset: u64,
        what: &'static str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> FileError {
        FileError::Corrupt(Box::new(Corruption {
            path: path.to_owned(),
            offset,
            what,
            expected: expected.to_string(),
            found: found.to_string(),
        }))
    }

    /// Tells whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, FileError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Tells whether the disk has no room left, or the user no right to more of it.
    pub fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self, FileError::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge))
    }

    /// Tells whether the bytes are damaged, as opposed to not being readable.
    pub fn is_corruption(&self) -> bool {
        matches!(self, FileError::Corrupt(_))
    }
}

impl From<FileError> for SelectError {
    fn from(error: FileError) -> SelectError {
        SelectError::Storage(Arc::new(error))
    }
}
