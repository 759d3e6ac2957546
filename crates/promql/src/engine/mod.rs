//! Running queries: options in, [`QueryResult`] out.

#[cfg(test)]
mod cancel_tests;
#[cfg(test)]
mod equal_tests;
mod explain;
mod options;
mod progress;
mod stats;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use storage::budget::Part;
use storage::{Queryable, TimeRange};

use crate::ast::{Expr, ValueType};
use crate::column::Grid;
use crate::error::QueryError;
use crate::exec::budget::{Budget, Limits};
use crate::exec::meter::Meters;
use crate::exec::pool::Pool;
use crate::exec::stop::Stop;
use crate::exec::tally::{Counts, Tally};
use crate::exec::{Frame, Query, long_sort, result};
use crate::notes::Notes;
use crate::plan::{Occurrences, Plan, QueryTimes, data_range, lower, optimise};
use crate::value::Value;

pub use explain::Explained;
pub use options::{Clock, EngineOptions, Features, QueryOptions, StatsLevel};
pub use progress::Progress;
pub use stats::{QueryStats, SampleStats};

/// Most steps of one range query. Prometheus's API refuses more than 11,000 points; this protects callers without that check.
const STEPS_MAX: i64 = 10_000_000;

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
    /// What each part of it did, with [`QueryOptions::explain`].
    pub explained: Option<Box<Explained>>,
}

/// Evaluates expressions. Cheap to share; queries may run at the same time from many threads.
#[derive(Debug)]
pub struct Engine {
    options: EngineOptions,
    pool: Pool,
}

impl Engine {
    /// Builds an engine.
    pub fn new(options: EngineOptions) -> Engine {
        let pool = Pool::new(options.threads.saturating_sub(1));
        Engine { options, pool }
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
        data: Arc<dyn Queryable>,
        expr: &Expr,
        t_ms: i64,
        options: &QueryOptions,
    ) -> Result<QueryResult, QueryError> {
        let times = QueryTimes { start_ms: t_ms, end_ms: t_ms, step_ms: 0 };
        self.run(&*data, expr, times, Grid::instant(t_ms), options, result::instant)
    }

    /// Evaluates a scalar or instant vector expression at `start_ms`, `start_ms + step_ms`, … up to `end_ms`; the value is a matrix.
    ///
    /// # Errors
    /// [`QueryError`]; [`QueryError::Invalid`] for an expression of another type, a step that is not positive, and an end before
    /// the start.
    pub fn range(
        &self,
        data: Arc<dyn Queryable>,
        expr: &Expr,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
        options: &QueryOptions,
    ) -> Result<QueryResult, QueryError> {
        let kind = expr.value_type();
        if !matches!(kind, ValueType::Scalar | ValueType::Vector) {
            return Err(QueryError::Invalid(format!(
                "invalid expression type {:?} for range query, must be Scalar or instant Vector",
                kind.documented()
            )));
        }
        if step_ms <= 0 || end_ms < start_ms {
            return Err(QueryError::Invalid(format!("no steps from {start_ms} to {end_ms} by {step_ms} ms")));
        }
        let steps = end_ms.saturating_sub(start_ms) / step_ms + 1;
        if steps > STEPS_MAX {
            return Err(QueryError::Invalid(format!("{steps} steps are more than {STEPS_MAX}")));
        }
        let grid = Grid { start_ms, step_ms, steps: steps as usize };
        let times = QueryTimes { start_ms, end_ms, step_ms };
        self.run(&*data, expr, times, grid, options, |frame, plan| {
            Ok(Value::Matrix(result::range(frame, plan)?))
        })
    }

    fn run(
        &self,
        data: &dyn Queryable,
        expr: &Expr,
        times: QueryTimes,
        grid: Grid,
        options: &QueryOptions,
        evaluate: impl Fn(&Frame<'_>, &Plan) -> Result<Value, QueryError>,
    ) -> Result<QueryResult, QueryError> {
        let now = || options.clock.as_ref().map_or(Duration::ZERO, |c| c.now());
        let started = now();
        let lookback_ms = options.lookback_ms.filter(|l| *l > 0).unwrap_or(self.options.lookback_ms);
        let timeout = options.timeout.map_or(self.options.timeout, |t| t.min(self.options.timeout));
        let mut plan = lower(expr, times)?;
        // Counts by step are told of every part as it was written.
        let optimised = self.options.optimise && options.stats != StatsLevel::PerStep;
        if optimised {
            optimise(&mut plan, self.options.features);
        }
        let nodes = plan.number();
        let range = data_range(&plan, grid, lookback_ms, self.options.default_interval_ms)
            .unwrap_or(TimeRange { min_ms: 0, max_ms: 0 });
        let view = data.view(range)?;
        let query = |streams| Query {
            view: view.clone(),
            pool: &self.pool,
            features: self.options.features,
            lookback_ms,
            default_step_ms: self.options.default_interval_ms,
            budget: Budget::new(
                Limits { samples: self.options.max_samples, bytes: self.options.max_memory },
                self.options.memory.as_ref().map(|memory| memory.charge(Part::Queries)),
                options.progress.clone(),
            ),
            text: options.text.clone(),
            stop: Stop::new(
                options.cancel.clone(),
                options.clock.clone().map(|clock| (clock, started + timeout)),
            ),
            notes: Mutex::new(Notes::default()),
            series: AtomicU64::new(0),
            occurrences: Occurrences::of(&plan),
            results: Mutex::default(),
            found: Mutex::default(),
            streams,
            gave_up: AtomicBool::new(false),
            meters: options.explain.then(|| Meters::new(nodes, options.clock.clone())),
        };
        let evaluate = |query: &Query<'_>| {
            query.check()?;
            let tally = Arc::new(Tally::new(grid.steps, options.stats == StatsLevel::PerStep));
            let value = evaluate(&Frame { query, grid, tally: Arc::clone(&tally), projection: None }, &plan)
                .map_err(|e| e.growing_in(|| query.part(&plan)))?;
            Ok::<_, QueryError>((value, tally))
        };
        let prepared = now();
        let mut running = query(optimised);
        let mut evaluated = evaluate(&running);
        if running.gave_up.load(Ordering::Relaxed) {
            running = query(false);
            evaluated = evaluate(&running);
        }
        let (query, (mut value, tally)) = (running, evaluated?);
        let evaluated = now();
        if let Value::Matrix(series) = &mut value {
            long_sort::sort_by(series, &query.stop, |a, b| a.labels.cmp(&b.labels))?;
        }
        let sorted = now();
        let per_step = tally.per_step();
        let of_steps = |count: fn(&Counts) -> u64| {
            let steps = per_step.as_ref()?.iter().enumerate();
            Some(steps.map(|(step, counts)| (grid.time(step), count(counts))).collect())
        };
        let total = tally.total();
        let samples = SampleStats {
            total_queryable: total.seen,
            total_queryable_per_step: of_steps(|c| c.seen),
            read: total.read,
            read_per_step: of_steps(|c| c.read),
            peak: query.budget.samples_peak(),
            peak_bytes: query.budget.bytes_peak(),
        };
        let stats = QueryStats {
            samples,
            series: query.series.load(Ordering::Relaxed),
            preparation: prepared.saturating_sub(started),
            inner_eval: evaluated.saturating_sub(prepared),
            result_sort: sorted.saturating_sub(evaluated),
            eval_total: sorted.saturating_sub(started),
        };
        let explained =
            query.meters.as_ref().map(|meters| Box::new(explain::explain(&plan, meters, &options.text)));
        let notes = query.notes.into_inner().expect("noting does not panic");
        let (warnings, infos) = notes.into_texts(&options.text);
        Ok(QueryResult { value, warnings, infos, stats, explained })
    }
}
