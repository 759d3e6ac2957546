//! Why a query failed, by what a caller can do about it. Texts are Prometheus's: clients show and match them.

use std::sync::Arc;

use storage::SelectError;

/// Why a query has no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryError {
    /// The query would hold more samples in memory than [`crate::EngineOptions::max_samples`].
    #[error(
        "query processing would load too many samples into memory in query execution: {held} where {limit} are allowed \
         (--query.max-samples){}",
        growing(.at)
    )]
    TooManySamples {
        /// The bound.
        limit: u64,
        /// What would have been held.
        held: u64,
        /// The part of the query that grew.
        at: Option<Box<str>>,
    },
    /// The query would take more memory than [`crate::EngineOptions::max_memory`], or the process more than it may.
    #[error(
        "query processing would take too much memory in query execution: {held} bytes where {limit} are allowed {}{}",
        if *.whole { "for the whole process (95% of --storage.memory-limit)" } else { "for one query (--query.max-memory)" },
        growing(.at)
    )]
    TooMuchMemory {
        /// What would have been held.
        held: u64,
        /// The bound.
        limit: u64,
        /// Whether the bound is the process's rather than the query's.
        whole: bool,
        /// The part of the query that grew.
        at: Option<Box<str>>,
    },
    /// The query ran longer than its timeout.
    #[error("query timed out in expression evaluation")]
    Timeout,
    /// The caller gave up.
    #[error("query was canceled in expression evaluation")]
    Canceled,
    /// The query cannot be run as asked: an expression of the wrong type, a duration that comes out negative.
    /// The caller's mistake, found before any data is read.
    #[error("{0}")]
    Invalid(String),
    /// The expression cannot be evaluated over this data (duplicate series, a bad parameter, …).
    #[error("{0}")]
    Execution(String),
    /// The storage could not answer.
    #[error("{0}")]
    Storage(Arc<dyn std::error::Error + Send + Sync>),
}

impl QueryError {
    /// An execution error with this text.
    pub(crate) fn execution(text: impl Into<String>) -> QueryError {
        QueryError::Execution(text.into())
    }
}

fn growing(at: &Option<Box<str>>) -> String {
    at.as_deref().map(|at| format!(", growing in {at}")).unwrap_or_default()
}

impl QueryError {
    /// Says which part of the query grew over a bound, unless a part of that part did.
    pub(crate) fn growing_in(mut self, part: impl FnOnce() -> Box<str>) -> QueryError {
        if let QueryError::TooManySamples { at, .. } | QueryError::TooMuchMemory { at, .. } = &mut self
            && at.is_none()
        {
            *at = Some(part());
        }
        self
    }
}

impl From<SelectError> for QueryError {
    fn from(error: SelectError) -> QueryError {
        match error {
            SelectError::Cancelled => QueryError::Canceled,
            SelectError::Storage(inner) => QueryError::Storage(inner),
            SelectError::Limit { reason } => QueryError::Execution(reason),
        }
    }
}
