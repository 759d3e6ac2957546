//! Why a scrape failed. The texts are what users see as `lastError`; Prometheus's where it has the case.

use exposition::ParseError;
use storage::AppendError;

use crate::sample_labels::SeriesError;

/// Why a scrape failed: the target is then down, and nothing of its answer is stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScrapeError {
    /// No answer, in the HTTP client's words.
    #[error("{0}")]
    Request(String),
    /// An answer that is not 200.
    #[error("server returned HTTP status {0}")]
    Status(String),
    /// More bytes than `body_size_limit`.
    #[error("body size limit exceeded")]
    BodySizeLimit,
    /// The answer's format is not known.
    #[error("{0}")]
    ContentType(String),
    /// The answer breaks its format.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// A series that may not be stored.
    #[error("{0}")]
    Series(#[from] SeriesError),
    /// More samples than `sample_limit`.
    #[error("sample limit exceeded")]
    SampleLimit,
    /// A native histogram that cannot be made small enough.
    #[error("histogram bucket limit exceeded")]
    BucketLimit,
    /// The job has more targets than `target_limit`.
    #[error("target_limit exceeded (number of targets: {targets}, limit: {limit})")]
    TargetLimit {
        /// How many it has.
        targets: usize,
        /// How many it may have.
        limit: u64,
    },
    /// The storage refused the whole batch.
    #[error("{0}")]
    Storage(#[from] AppendError),
}
