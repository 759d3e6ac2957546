//! Running queries: who may run, for how long, on which thread, and what is counted.
//!
//! Invariants: 1. No more queries are evaluated at a time than the gate has places; the others wait, and their wait counts
//! towards their timeout.  2. A query whose client is gone is cancelled.  3. Evaluating and writing happen on one blocking
//! thread; a place in the gate is given back when evaluation ends, so that slow readers keep nobody waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use promql::ast::Expr;
use promql::{QueryOptions, QueryResult, QueryStats, StatsLevel};
use storage::Cancel;
use telemetry::{Counter, Gauge, Registry, Summary};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::answer;
use crate::error::{ApiError, ErrorType};
use crate::json::explain::explain_json;
use crate::json::out::{CancelOnDrop, Gone, Out, PieceBody, Started};
use crate::json::result::write_result;
use crate::parts::Parts;

/// What to evaluate, and what the client wants to know.
pub struct Query {
    /// The text as sent.
    pub text: String,
    /// The parsed text.
    pub expr: Expr,
    /// When.
    pub times: Times,
    /// In place of the engine's lookback.
    pub lookback_ms: Option<i64>,
    /// Shorter than the server's.
    pub timeout: Option<Duration>,
    /// Most series in the answer; 0 for all.
    pub limit: usize,
    /// The `stats` parameter.
    pub stats: Stats,
    /// Whether the answer tells what each part of the plan did.
    pub explain: bool,
}

/// The times a query is evaluated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// One, in milliseconds.
    Instant(i64),
    /// From start to end, both included, in milliseconds.
    Range {
        /// First.
        start_ms: i64,
        /// Not after.
        end_ms: i64,
        /// Distance.
        step_ms: i64,
    },
}

/// What the answer tells about the query's cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Whether it tells anything.
    pub shown: bool,
    /// Whether samples are counted by step.
    pub level: StatsLevel,
    /// What is wrong with the parameter, as a warning.
    pub warning: Option<String>,
}

/// The gate and the metrics of queries.
pub struct Queries {
    places: Arc<Semaphore>,
    timeout: Duration,
    running: Gauge,
    queue_time: Summary,
    prepare_time: Summary,
    inner_eval: Summary,
    result_sort: Summary,
    samples: Counter,
    samples_read: Counter,
}

impl Queries {
    /// Builds a gate with so many places, and registers `prometheus_engine_*`.
    pub fn new(places: usize, timeout: Duration, registry: &Registry) -> Queries {
        let concurrent = registry
            .gauge("prometheus_engine_queries_concurrent_max", "The max number of concurrent queries.");
        concurrent.set(places as f64);
        registry.gauge("prometheus_engine_query_log_enabled", "State of the query log.");
        registry.counter("prometheus_engine_query_log_failures_total", "The number of query log failures.");
        let durations = registry.summary_family(
            "prometheus_engine_query_duration_seconds",
            "Query timings",
            &["slice"],
            &[0.5, 0.9, 0.99],
        );
        Queries {
            places: Arc::new(Semaphore::new(places)),
            timeout,
            running: registry.gauge(
                "prometheus_engine_queries",
                "The current number of queries being executed or waiting.",
            ),
            queue_time: durations.with(&["queue_time"]),
            prepare_time: durations.with(&["prepare_time"]),
            inner_eval: durations.with(&["inner_eval"]),
            result_sort: durations.with(&["result_sort"]),
            samples: registry.counter(
                "prometheus_engine_query_samples_total",
                "The total number of samples loaded by all queries (full window per step for range-vector).",
            ),
            samples_read: registry.counter(
                "prometheus_engine_query_samples_read_total",
                "The total number of samples read by all queries (only new points per step for range-vector).",
            ),
        }
    }

    /// Runs a query and answers.
    ///
    /// # Errors
    /// The query's error, or `timeout` if there was no place for it in time.
    pub async fn run(self: &Arc<Queries>, parts: &Parts, query: Query) -> Result<Response, ApiError> {
        let timeout = query.timeout.map_or(self.timeout, |t| t.min(self.timeout));
        let running = Running::start(&self.running);
        let arrived = Instant::now();
        let place = tokio::time::timeout(timeout, self.places.clone().acquire_owned()).await;
        let waited = arrived.elapsed();
        self.queue_time.observe(waited.as_secs_f64());
        let place = match place {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => {
                return Err(ApiError::new(ErrorType::Timeout, "query timed out in query queue"));
            }
        };
        let (start, started) = oneshot::channel();
        let cancel = CancelOnDrop(Cancel::default());
        let options = QueryOptions {
            text: Arc::from(query.text.as_str()),
            lookback_ms: query.lookback_ms,
            cancel: cancel.0.clone(),
            clock: Some(Arc::new(Monotonic(Instant::now()))),
            timeout: Some(timeout.saturating_sub(waited)),
            stats: query.stats.level,
            explain: query.explain,
        };
        let work = Work { queries: self.clone(), parts: parts.clone(), query, options, waited };
        tokio::task::spawn_blocking(move || work.run(Out::new(start), place, running));
        match started.await {
            Ok(Ok(Started::Whole(text))) => Ok(answer::json(text)),
            Ok(Ok(Started::Stream(pieces))) => {
                Ok(answer::json(axum::body::Body::new(PieceBody::new(pieces, cancel))))
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ApiError::internal("the query ended without an answer; see the log")),
        }
    }
}

struct Work {
    queries: Arc<Queries>,
    parts: Parts,
    query: Query,
    options: QueryOptions,
    waited: Duration,
}

impl Work {
    fn run(self, out: Out, place: OwnedSemaphorePermit, running: Running) {
        let begun = Instant::now();
        let result = self.evaluate();
        let exec = begun.elapsed();
        drop((place, running));
        match result {
            Err(error) => out.fail(error.into()),
            Ok(result) => {
                self.count(&result.stats);
                // The client may leave at any time; there is nobody left to tell.
                self.write(out, result, exec).ok();
            }
        }
    }

    fn evaluate(&self) -> Result<QueryResult, promql::QueryError> {
        let (engine, data) = (&self.parts.engine, self.parts.queryable.clone());
        match self.query.times {
            Times::Instant(t) => engine.instant(data, &self.query.expr, t, &self.options),
            Times::Range { start_ms, end_ms, step_ms } => {
                engine.range(data, &self.query.expr, start_ms, end_ms, step_ms, &self.options)
            }
        }
    }

    fn count(&self, stats: &QueryStats) {
        let queries = &self.queries;
        queries.prepare_time.observe(stats.preparation.as_secs_f64());
        queries.inner_eval.observe(stats.inner_eval.as_secs_f64());
        queries.result_sort.observe(stats.result_sort.as_secs_f64());
        queries.samples.inc_by(stats.samples.total_queryable);
        queries.samples_read.inc_by(stats.samples.read);
    }

    fn write(&self, mut out: Out, result: QueryResult, exec: Duration) -> Result<(), Gone> {
        let QueryResult { mut value, mut warnings, infos, stats, explained } = result;
        if truncate(&mut value, self.query.limit) {
            warnings.push("results truncated due to limit".to_owned());
        }
        warnings.extend(self.query.stats.warning.clone());
        out.text.push_str(r#"{"status":"success","data":{"#);
        write_result(&mut out, &value)?;
        if self.query.stats.shown {
            out.text.push_str(r#","stats":"#);
            out.text.push_str(&stats_json(&stats, self.waited, exec).to_string());
        }
        if let Some(explained) = explained {
            out.text.push_str(r#","explain":"#);
            out.text.push_str(&explain_json(&explained).to_string());
        }
        out.text.push('}');
        answer::write_annotations(&mut out.text, &warnings, &infos);
        out.text.push('}');
        out.finish()
    }
}

fn truncate(value: &mut promql::Value, limit: usize) -> bool {
    let len = match value {
        promql::Value::Vector(samples) => samples.len(),
        promql::Value::Matrix(series) => series.len(),
        promql::Value::Scalar { .. } | promql::Value::String { .. } => 0,
    };
    if limit == 0 || len <= limit {
        return false;
    }
    match value {
        promql::Value::Vector(samples) => samples.truncate(limit),
        promql::Value::Matrix(series) => series.truncate(limit),
        promql::Value::Scalar { .. } | promql::Value::String { .. } => {}
    }
    true
}

fn stats_json(stats: &QueryStats, waited: Duration, exec: Duration) -> serde_json::Value {
    let mut samples = serde_json::Map::new();
    let mut per_step = |name: &str, steps: &Option<Vec<(i64, u64)>>| {
        if let Some(steps) = steps {
            let steps: Vec<_> = steps.iter().map(|(t, n)| (seconds(*t), *n)).collect();
            samples.insert(name.into(), serde_json::json!(steps));
        }
    };
    per_step("totalQueryableSamplesPerStep", &stats.samples.total_queryable_per_step);
    per_step("samplesReadPerStep", &stats.samples.read_per_step);
    samples.insert("totalQueryableSamples".into(), stats.samples.total_queryable.into());
    samples.insert("samplesRead".into(), stats.samples.read.into());
    samples.insert("peakSamples".into(), stats.samples.peak.into());
    serde_json::json!({
        "timings": {
            "evalTotalTime": stats.eval_total.as_secs_f64(),
            "resultSortTime": stats.result_sort.as_secs_f64(),
            "queryPreparationTime": stats.preparation.as_secs_f64(),
            "innerEvalTime": stats.inner_eval.as_secs_f64(),
            "execQueueTime": waited.as_secs_f64(),
            "execTotalTime": (waited + exec).as_secs_f64(),
        },
        "samples": samples,
    })
}

/// Seconds, as a whole number where they are one.
fn seconds(ms: i64) -> serde_json::Value {
    if ms % 1000 == 0 { (ms / 1000).into() } else { (ms as f64 / 1000.0).into() }
}

/// Counts a query for as long as it lives.
struct Running(Gauge);

impl Running {
    fn start(gauge: &Gauge) -> Running {
        gauge.inc();
        Running(gauge.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

struct Monotonic(Instant);

impl promql::Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
