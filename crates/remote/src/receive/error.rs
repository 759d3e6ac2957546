//! Why a whole request was not stored.

use storage::AppendError;

/// Why nothing of a request was stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The body is not what it should be; sending it again does not help.
    #[error("cannot decode remote write request: {0}")]
    Malformed(String),
    /// The body is larger than is taken.
    #[error("cannot decode remote write request: {bytes} bytes uncompressed, at most {bytes_max} are taken")]
    TooLarge {
        /// What the body says of itself.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// The storage could not write; the sender shall try again.
    #[error("{0}")]
    Storage(AppendError),
}

impl From<super::wire::WireError> for WriteError {
    fn from(error: super::wire::WireError) -> WriteError {
        WriteError::Malformed(error.to_string())
    }
}
