//! What can go wrong, by what a caller can do about it.

use std::sync::Arc;

/// Why a write was refused. Texts are Prometheus's where clients see them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The reference is not known (any more): resolve the labels and try again.
    #[error("unknown series reference")]
    UnknownSeries,
    /// Older than the newest sample of the series, and no out-of-order window is open.
    #[error("out of order sample")]
    OutOfOrder,
    /// Older than what the head accepts.
    #[error("out of bounds")]
    OutOfBounds,
    /// Older than the out-of-order window.
    #[error("too old sample")]
    TooOld,
    /// Another value stands at this timestamp already.
    #[error("duplicate sample for timestamp")]
    DuplicateTimestamp,
    /// The label set cannot name a series.
    #[error("invalid labelset: {reason}")]
    InvalidLabels {
        /// What is wrong, with the label.
        reason: String,
    },
    /// The histogram contradicts itself.
    #[error("{reason}")]
    InvalidHistogram {
        /// Prometheus's wording.
        reason: String,
    },
    /// A bound on series forbids a new one; samples of known series are still taken.
    #[error("new series refused: {reason}")]
    SeriesLimit {
        /// Which bound, its figure, and the metric or label that grew.
        reason: String,
    },
    /// Older than the newest exemplar of the series.
    #[error("out of order exemplar")]
    ExemplarOutOfOrder,
    /// The same exemplar is stored already.
    #[error("duplicate exemplar")]
    DuplicateExemplar,
    /// Exemplar labels are longer than 128 characters in total.
    #[error("label length for exemplar exceeds maximum of 128 UTF-8 characters")]
    ExemplarLabelsTooLong,
    /// Exemplar storage is off.
    #[error("exemplar storage is disabled")]
    ExemplarsDisabled,
    /// The storage could not write.
    #[error("cannot store: {0}")]
    Storage(Arc<dyn std::error::Error + Send + Sync>),
}

impl AppendError {
    /// Tells whether only this sample is refused and the rest of a batch is fine.
    pub fn is_about_the_sample(&self) -> bool {
        !matches!(self, AppendError::Storage(_))
    }
}

/// Why a selection failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SelectError {
    /// The query was cancelled or its deadline passed; stop and report that.
    #[error("cancelled")]
    Cancelled,
    /// Stored data is damaged or cannot be read; names file, offset, expected and found.
    #[error("{0}")]
    Storage(Arc<dyn std::error::Error + Send + Sync>),
    /// The selection touches more than a bound allows.
    #[error("{reason}")]
    Limit {
        /// Which bound and its figure.
        reason: String,
    },
}
