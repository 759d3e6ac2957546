//! Why a backup or a restore ended early.

use std::io;
use std::path::{Path, PathBuf};

/// Why a backup or a restore ended early. What arrived stays and is not sent again.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// The store refused.
    #[error("cannot {action} {key:?} in {place}: {reason}")]
    Store {
        /// What was attempted.
        action: &'static str,
        /// The object.
        key: String,
        /// The store.
        place: String,
        /// Its answer.
        reason: String,
    },
    /// The store cannot be used as it was named.
    #[error("{place}: {reason}")]
    Place {
        /// What was given.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file has other bytes than were backed up.
    #[error("{key:?} is damaged: expected {expected}, found {found}")]
    Damaged {
        /// The object, or the file.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A manifest cannot be read.
    #[error("backup {name:?}: {reason}")]
    Manifest {
        /// The backup.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no such backup.
    #[error("no backup{} in {place}", name.as_ref().map(|n| format!(" {n:?}")).unwrap_or_default())]
    NoBackup {
        /// The one that was asked for.
        name: Option<String>,
        /// The store.
        place: String,
    },
    /// There is nothing to back up.
    #[error("{}: no blocks and no log to back up", .0.display())]
    Empty(PathBuf),
    /// A restore never overwrites.
    #[error("{} is not empty: restore into a new or an empty directory", .0.display())]
    NotEmpty(PathBuf),
    /// A file changed while it was read.
    #[error("{} changed while it was backed up: back up a running server with --url", .0.display())]
    Changed(PathBuf),
}

impl BackupError {
    /// Wraps an answer of the operating system.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
        move |source| BackupError::Io { action, path: path.to_owned(), source }
    }
}
