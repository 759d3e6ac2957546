//! Why a data source gave no frames.

/// Why a data source gave no frames, by who can do something about it. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The query, or what the data source was set up with, cannot be used as it is.
    #[error("{0}")]
    Query(String),
    /// The data source understood and refused.
    #[error("{0}")]
    Refused(String),
    /// Its address is one that must not be asked.
    #[error("{0}")]
    Denied(String),
    /// It took too long.
    #[error("{0}")]
    Timeout(String),
    /// It cannot be reached, or what it answers is not what its kind answers.
    #[error("{0}")]
    Failed(String),
    /// It answers more than may be held.
    #[error("the data source's answer is larger than {limit} {unit}: ask for less, or for a larger step")]
    TooLarge {
        /// How much is allowed.
        limit: u64,
        /// Of what: `bytes`, `series`.
        unit: &'static str,
    },
}

impl SourceError {
    /// An answer that is not of the kind's protocol.
    pub fn answer(what: impl std::fmt::Display) -> SourceError {
        SourceError::Failed(format!("the data source's answer cannot be read: {what}"))
    }
}
