//! What can go wrong with a database.

use std::path::PathBuf;

use storage::SelectError;

use crate::error::FileError;

/// Why an operation on the database failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DbError {
    /// Another process has the directory open.
    #[error("cannot lock {}: another process uses this data directory", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The options contradict each other.
    #[error("invalid storage options: {reason}")]
    Options {
        /// Which, with the value.
        reason: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Data could not be read.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// A block that was written anew does not hold the same samples; it was removed again.
    #[error("block read back with other samples than written: series {series}")]
    Differs {
        /// The first series that is not the same.
        series: String,
    },
    /// A request that cannot be met.
    #[error("{reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
}
