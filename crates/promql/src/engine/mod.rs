//! Running queries: options in, [`QueryResult`] out.

mod options;
mod stats;

use std::sync::Arc;

use storage::Queryable;

use crate::ast::Expr;
use crate::error::QueryError;
use crate::value::Value;

pub use options::{Clock, EngineOptions, Features, QueryOptions, StatsLevel};
pub use stats::{QueryStats, SampleStats};

/// The answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryResult {
    /// The value.
    pub value: Value,
    /// Warnings in Prometheus's words (`PromQL warning: …`), each once, sorted.
    pub warnings: Vec<String>,
    /// Remarks in Prometheus's words (`PromQL info: …`), each once, sorted.
    pub infos: Vec<String>,
    /// What it cost.
    pub stats: QueryStats,
}

/// Evaluates expressions. Cheap to share; queries may run at the same time from many threads.
#[derive(Debug)]
pub struct Engine {
    options: EngineOptions,
}

impl Engine {
    /// Builds an engine.
    pub fn new(options: EngineOptions) -> Engine {
        Engine { options }
    }

    /// The engine's options.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// Evaluates an expression of any type at one time.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn instant(
        &self,
        _data: Arc<dyn Queryable>,
        _expr: &Expr,
        _t_ms: i64,
        _options: &QueryOptions,
    ) -> Result<QueryResult, QueryError> {
        Err(QueryError::execution("the query engine is not here yet"))
    }

    /// Evaluates a scalar or instant vector expression at `start_ms`, `start_ms + step_ms`, … up to `end_ms`; the value is a matrix.
    ///
    /// # Errors
    /// [`QueryError`]; an expression of another type is [`QueryError::Execution`].
    pub fn range(
        &self,
        _data: Arc<dyn Queryable>,
        _expr: &Expr,
        _start_ms: i64,
        _end_ms: i64,
        _step_ms: i64,
        _options: &QueryOptions,
    ) -> Result<QueryResult, QueryError> {
        Err(QueryError::execution("the query engine is not here yet"))
    }
}
