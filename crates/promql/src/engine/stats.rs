//! What a query touched and how long it took.

use std::time::Duration;

/// Cost of a query. Durations are zero where the query had no clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryStats {
    /// Samples read and held.
    pub samples: SampleStats,
    /// Series found by the selectors.
    pub series: u64,
    /// Planning and selecting series.
    pub preparation: Duration,
    /// Evaluation.
    pub inner_eval: Duration,
    /// Sorting the result.
    pub result_sort: Duration,
    /// All of it.
    pub eval_total: Duration,
}

/// Prometheus's `samples` statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleStats {
    /// Samples that selectors read, counted anew for every step that uses them.
    pub total_queryable: u64,
    /// Samples that had to be fetched: each counts once, at the first step that looks at it.
    pub read: u64,
    /// `read` by step, as `total_queryable_per_step`.
    pub read_per_step: Option<Vec<(i64, u64)>>,
    /// Most samples held at a time.
    pub peak: u64,
    /// Most bytes held at a time.
    pub peak_bytes: u64,
    /// `total_queryable` by step, with [`crate::StatsLevel::PerStep`]: time in milliseconds, samples.
    pub total_queryable_per_step: Option<Vec<(i64, u64)>>,
}
