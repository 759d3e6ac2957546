//! Why a collector has nothing to tell.

use std::path::PathBuf;

/// Why a collector has nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// This machine has no such thing.
    #[error("collector returned no data")]
    NoData,
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file did not hold what the kernel documents.
    #[error("cannot parse {what}: {found:?}")]
    Parse {
        /// Which file or field.
        what: &'static str,
        /// The text at fault.
        found: String,
    },
    /// A system call failed.
    #[error("{what} failed: {source}")]
    System {
        /// Which call.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

impl CollectError {
    /// Tells whether the file is just not there.
    pub(super) fn is_missing(&self) -> bool {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        matches!(self, CollectError::Read { source, .. } if [NotFound, NotADirectory].contains(&source.kind()))
    }
}

/// Reads a number field, or says which field held what.
pub(super) fn number(what: &'static str, text: &str) -> Result<f64, CollectError> {
    text.trim().parse().map_err(|_| CollectError::Parse { what, found: text.to_owned() })
}
