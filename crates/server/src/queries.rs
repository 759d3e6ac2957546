//! Running queries: who may run, for how long, on which thread, and what is counted.
//!
//! Invariants: 1. No more queries are evaluated at a time than the gate has places; the others wait in a fair order, and their wait
//! counts towards their timeout.  2. A query whose client is gone, or that somebody ended, is cancelled.  3. Evaluating and writing happen on one
//! blocking thread; a place in the gate is given back when evaluation ends, so that slow readers keep nobody waiting.
//! 4. A query is in [`active`] from its arrival to the last byte of its answer, and in the file of running queries while it is evaluated.

pub mod active;
pub mod active_file;
pub mod cache;
pub mod client;
pub mod log;
mod metrics;
mod queue;
mod work;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::response::Response;
use promql::ast::Expr;
use promql::{QueryOptions, StatsLevel};
use telemetry::Registry;
use tokio::sync::oneshot;

use crate::blocking;
use crate::error::{ApiError, ErrorType};
use crate::json::out::{CancelOnDrop, Out};
use crate::options::Options;
use crate::parts::Parts;
use active::{ActiveQueries, Stage};
use active_file::{ActiveFile, Slot};
use client::Client;
use metrics::{Metrics, Running};
use queue::{Full, Gate, Place};
use work::{Monotonic, Work};

/// What to evaluate, and what the client wants to know.
pub struct Query {
    /// The text as sent.
    pub text: Arc<str>,
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
    /// Evaluate every step, whatever is kept of former results.
    pub no_cache: bool,
    /// Whether the answer tells what each part of the plan did.
    pub explain: bool,
    /// Who asks.
    pub client: Client,
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

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Times::Instant(t) => write!(f, "{t} ms"),
            Times::Range { start_ms, end_ms, step_ms } => write!(f, "{start_ms}..={end_ms} by {step_ms} ms"),
        }
    }
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

/// Everything that queries share.
pub struct Queries {
    gate: Arc<Gate>,
    places: usize,
    timeout: Duration,
    slow: Option<Duration>,
    active: ActiveQueries,
    file: OnceLock<ActiveFile>,
    metrics: Metrics,
}

impl Queries {
    /// Builds the gate and registers `prometheus_engine_*`.
    pub fn new(options: &Options, registry: &Registry) -> Queries {
        Queries {
            gate: Gate::new(options.queries_max),
            places: options.queries_max,
            timeout: options.query_timeout,
            slow: options.slow_query,
            active: ActiveQueries::default(),
            file: OnceLock::new(),
            metrics: Metrics::new(options.queries_max, registry),
        }
    }

    /// Returns the queries that are not finished.
    pub fn active(&self) -> &ActiveQueries {
        &self.active
    }

    /// Tells which queries the last run did not finish, and notes running ones in the same file from now on. To be called when
    /// the database's folder is ours.
    pub fn open_active_file(&self, dir: &Path) {
        match ActiveFile::open(dir, self.places) {
            Ok((file, unfinished)) => {
                for query in unfinished {
                    tracing::warn!(
                        query = query.query,
                        started = query.timestamp_sec,
                        "this query was running when the last run ended"
                    );
                }
                // Opened once in the life of a server; a second file would be a programmer's mistake and is not used.
                let _ = self.file.set(file);
            }
            Err(error) => {
                tracing::warn!(%error, dir = %dir.display(), "running queries are not noted: they cannot be told after a crash");
            }
        }
    }

    /// Runs a query and answers.
    ///
    /// # Errors
    /// The query's error, or `timeout` if there was no place for it in time.
    pub async fn run(self: &Arc<Queries>, parts: &Parts, query: Query) -> Result<Response, ApiError> {
        let timeout = query.timeout.map_or(self.timeout, |t| t.min(self.timeout));
        let running = self.metrics.running();
        let now_ms = parts.runtime.now_ms();
        let active = self.active.add(Arc::clone(&query.text), query.times, query.client.clone(), now_ms);
        let arrived = Instant::now();
        let line = query.client.line();
        let place = tokio::select! {
            place = tokio::time::timeout(timeout, self.gate.enter(&line)) => place,
            () = active.stop.cancelled() => {
                return Err(ApiError::new(ErrorType::Canceled, "query was canceled in query queue"));
            }
        };
        let waited = arrived.elapsed();
        self.metrics.waited(waited);
        let place = match place {
            Ok(Ok(place)) => place,
            Ok(Err(Full)) => {
                return Err(ApiError::new(
                    ErrorType::Unavailable,
                    "too many queries wait already; try again later",
                ));
            }
            Err(_elapsed) => return Err(ApiError::new(ErrorType::Timeout, "query timed out in query queue")),
        };
        active.enter(Stage::Running);
        let (start, started) = oneshot::channel();
        let cancel = CancelOnDrop(active.cancel.clone());
        let options = QueryOptions {
            text: Arc::clone(&query.text),
            lookback_ms: query.lookback_ms,
            cancel: cancel.0.clone(),
            clock: Some(Arc::new(Monotonic::start())),
            timeout: Some(timeout.saturating_sub(waited)),
            stats: query.stats.level,
            explain: query.explain,
            progress: Some(active.progress.clone()),
        };
        let held = Held { _place: place, _running: running, _noted: Noted::note(self, &query.text, now_ms) };
        let stop = active.stop.clone();
        let work = Work { queries: self.clone(), parts: parts.clone(), query, options, waited, active };
        tokio::task::spawn_blocking(move || work.run(Out::new(start, stop), held));
        blocking::answer_of(started, cancel).await
    }
}

/// What a query holds until its evaluation ends.
struct Held {
    _place: Place,
    _running: Running,
    _noted: Noted,
}

/// A query in the file of running ones.
struct Noted {
    queries: Arc<Queries>,
    slot: Option<Slot>,
}

impl Noted {
    fn note(queries: &Arc<Queries>, text: &str, now_ms: i64) -> Noted {
        let slot = queries.file.get().and_then(|file| file.insert(text, now_ms));
        Noted { queries: Arc::clone(queries), slot }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let (Some(file), Some(slot)) = (self.queries.file.get(), self.slot.take()) {
            file.remove(slot);
        }
    }
}
