//! Evaluating one query and writing its answer, on a blocking thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use promql::cache::{Cached, RangeTimes};
use promql::{QueryError, QueryOptions, QueryResult, QueryStats};

use super::active::{ActiveQuery, Stage};
use super::log::{Logged, Origin};
use super::{Held, Queries, Query, Times};
use crate::answer;
use crate::error::ApiError;
use crate::json::explain::explain_json;
use crate::json::out::{Gone, Out};
use crate::json::result::write_result;
use crate::parts::Parts;

/// A query that has its place.
pub(super) struct Work {
    pub queries: Arc<Queries>,
    pub parts: Parts,
    pub query: Query,
    pub options: QueryOptions,
    pub waited: Duration,
    pub active: Arc<ActiveQuery>,
}

impl Work {
    pub(super) fn run(self, out: Out, held: Held) {
        let begun = Instant::now();
        let result = self.evaluate();
        let exec = begun.elapsed();
        drop(held);
        self.active.enter(Stage::Answering);
        match result {
            Err(error) => {
                self.tell(&QueryStats::default(), exec, Some(&error.to_string()), 0);
                out.fail(ApiError::from(error));
            }
            Ok(cached) => {
                self.queries.metrics.evaluated(&cached.result.stats);
                self.tell(&cached.result.stats, exec, None, cached.steps_reused);
                // The client may leave at any time; there is nobody left to tell.
                self.write(out, cached, exec).ok();
            }
        }
    }

    fn evaluate(&self) -> Result<Cached, QueryError> {
        let (engine, data, expr) = (&self.parts.engine, &self.parts.queryable, &self.query.expr);
        let (start_ms, end_ms, step_ms) = match self.query.times {
            Times::Instant(t) => {
                let result = engine.instant(data.clone(), expr, t, &self.options)?;
                return Ok(Cached { result, steps_reused: 0 });
            }
            Times::Range { start_ms, end_ms, step_ms } => (start_ms, end_ms, step_ms),
        };
        let times = RangeTimes { start_ms, end_ms, step_ms };
        match &self.parts.range_cache {
            Some(cache) if !self.query.no_cache && !self.query.stats.shown => {
                cache.range(engine, data, expr, times, &self.options)
            }
            // Who asks what a whole query costs is also told how much of it would have been there.
            Some(cache) => {
                let steps_reused = cache.reusable(engine, data, expr, times, &self.options);
                let result = engine.range(data.clone(), expr, start_ms, end_ms, step_ms, &self.options)?;
                Ok(Cached { result, steps_reused })
            }
            None => {
                let result = engine.range(data.clone(), expr, start_ms, end_ms, step_ms, &self.options)?;
                Ok(Cached { result, steps_reused: 0 })
            }
        }
    }

    /// Tells the logs about the query.
    fn tell(&self, stats: &QueryStats, exec: Duration, error: Option<&str>, steps_reused: usize) {
        let (log, client) = (&self.parts.query_log, &self.query.client);
        if log.is_on() {
            log.write(&Logged {
                text: &self.query.text,
                times: self.query.times,
                error,
                stats: &stats_json(stats, self.waited, exec),
                origin: Origin::Http(client),
            });
        }
        if self.queries.slow.is_some_and(|slow| self.waited + exec >= slow) {
            self.queries.metrics.slow();
            tracing::warn!(
                query = &*self.query.text,
                times = %self.query.times,
                user = client.user,
                client = client.address,
                agent = client.agent,
                queued_seconds = self.waited.as_secs_f64(),
                seconds = exec.as_secs_f64(),
                series = stats.series,
                samples = stats.samples.total_queryable,
                samples_peak = stats.samples.peak,
                steps_reused,
                error,
                "slow query"
            );
        }
    }

    fn write(&self, mut out: Out, cached: Cached, exec: Duration) -> Result<(), Gone> {
        let Cached { result, steps_reused } = cached;
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
            if self.parts.range_cache.is_some() {
                out.text.push_str(&format!(r#","cache":{{"reusableSteps":{steps_reused}}}"#));
            }
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

/// The clock of one query.
pub(super) struct Monotonic(Instant);

impl Monotonic {
    pub(super) fn start() -> Monotonic {
        Monotonic(Instant::now())
    }
}

impl promql::Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
