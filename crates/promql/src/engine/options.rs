//! What can be set for an engine and for one query.

use std::sync::Arc;
use std::time::Duration;

use storage::Cancel;

use super::progress::Progress;

/// What holds for every query of an engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How far back an instant selector looks for a sample, in milliseconds.
    pub lookback_ms: i64,
    /// Most samples that one query may hold in memory at a time.
    pub max_samples: u64,
    /// Most bytes that one query may hold in memory at a time; 0 for no bound but the process's.
    pub max_memory: u64,
    /// The process's account of memory, which queries are charged to.
    pub memory: Option<Arc<storage::Budget>>,
    /// Longest run of a query; checked with [`QueryOptions::clock`].
    pub timeout: Duration,
    /// Threads that queries may use together; each query's own thread comes on top.
    pub threads: usize,
    /// Step of subqueries that name none, in milliseconds.
    pub default_interval_ms: i64,
    /// Behaviour behind flags.
    pub features: Features,
    /// Whether plans are rewritten and vectors computed series by series. It never changes a result; without it every node of an
    /// expression is evaluated as it was written, with whole vectors.
    pub optimise: bool,
}

impl Default for EngineOptions {
    fn default() -> EngineOptions {
        EngineOptions {
            lookback_ms: 5 * 60 * 1000,
            max_samples: 50_000_000,
            max_memory: 0,
            memory: None,
            timeout: Duration::from_secs(120),
            threads: 1,
            default_interval_ms: 60 * 1000,
            features: Features::default(),
            optimise: true,
        }
    }
}

/// Evaluation behind Prometheus's feature flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `promql-delayed-name-removal`: `__name__` is dropped at the end of the query.
    pub delayed_name_removal: bool,
    /// `type-and-unit-labels`: `__type__` and `__unit__` are dropped where the name is.
    pub type_and_unit_labels: bool,
    /// `use-start-timestamps`: counter resets are found by start timestamps.
    pub use_start_timestamps: bool,
}

/// How much a query reports about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsLevel {
    /// Totals only.
    #[default]
    Totals,
    /// Also samples per step.
    PerStep,
}

/// A monotonic clock, brought by the shell: the core reads none.
pub trait Clock: Send + Sync {
    /// Time since any fixed point.
    fn now(&self) -> Duration;
}

/// What holds for one query.
#[derive(Clone, Default)]
pub struct QueryOptions {
    /// The text the expression was parsed from: positions in warnings are given as line and column of it.
    pub text: Arc<str>,
    /// In place of [`EngineOptions::lookback_ms`].
    pub lookback_ms: Option<i64>,
    /// Stops the query with [`crate::QueryError::Canceled`].
    pub cancel: Cancel,
    /// Needed for timeouts and timings; without one neither works.
    pub clock: Option<Arc<dyn Clock>>,
    /// A timeout shorter than the engine's.
    pub timeout: Option<Duration>,
    /// What is counted.
    pub stats: StatsLevel,
    /// Where what is held can be read while the query runs.
    pub progress: Option<Arc<Progress>>,
    /// Whether the result tells what each part of the plan did. It costs a few clock readings per series and node.
    pub explain: bool,
}
