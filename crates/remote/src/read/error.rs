//! Why a remote read has no answer.

use storage::SelectError;

use crate::receive::WriteError;
use crate::receive::wire::WireError;

/// Why a remote read has no answer, or only a part of one.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The body cannot be decompressed.
    #[error("cannot decompress the request: {0}")]
    Body(#[from] WriteError),
    /// The message cannot be read.
    #[error("cannot read the request: {0}")]
    Message(#[from] WireError),
    /// A text in the message is not UTF-8.
    #[error("cannot read the request: {what} is not UTF-8")]
    Utf8 {
        /// Which text.
        what: &'static str,
    },
    /// A matcher that cannot be.
    #[error("bad matcher: {0}")]
    Matcher(String),
    /// None of the kinds of answers that were asked for is known.
    #[error(
        "server does not support any of the requested response types: {asked:?}; supported: [SAMPLES STREAMED_XOR_CHUNKS]"
    )]
    ResponseType {
        /// Their numbers.
        asked: Vec<u64>,
    },
    /// More samples than one answer may have.
    #[error("exceeded sample limit ({samples_max})")]
    TooManySamples {
        /// The limit.
        samples_max: u64,
    },
    /// The storage could not be read.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The client went away.
    #[error("the client is gone")]
    Gone,
}

impl ReadError {
    /// Tells whether the request is at fault, not the server.
    pub fn is_bad_request(&self) -> bool {
        match self {
            ReadError::Body(_)
            | ReadError::Message(_)
            | ReadError::Utf8 { .. }
            | ReadError::Matcher(_)
            | ReadError::ResponseType { .. }
            | ReadError::TooManySamples { .. } => true,
            ReadError::Select(_) | ReadError::Gone => false,
        }
    }
}
