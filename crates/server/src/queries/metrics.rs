//! `prometheus_engine_*`.

use std::time::Duration;

use promql::QueryStats;
use telemetry::{Counter, Gauge, Registry, Summary};

/// What is counted about queries.
pub(super) struct Metrics {
    running: Gauge,
    queue_time: Summary,
    prepare_time: Summary,
    inner_eval: Summary,
    result_sort: Summary,
    samples: Counter,
    samples_read: Counter,
    slow: Counter,
}

impl Metrics {
    pub(super) fn new(places: usize, registry: &Registry) -> Metrics {
        let concurrent = registry
            .gauge("prometheus_engine_queries_concurrent_max", "The max number of concurrent queries.");
        concurrent.set(places as f64);
        let durations = registry.summary_family(
            "prometheus_engine_query_duration_seconds",
            "Query timings",
            &["slice"],
            &[0.5, 0.9, 0.99],
        );
        Metrics {
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
            slow: registry.counter(
                "bongsu_engine_slow_queries_total",
                "Queries that took longer than --query.slow-log-threshold.",
            ),
        }
    }

    /// Counts a query for as long as what is returned lives.
    pub(super) fn running(&self) -> Running {
        self.running.inc();
        Running(self.running.clone())
    }

    pub(super) fn waited(&self, waited: Duration) {
        self.queue_time.observe(waited.as_secs_f64());
    }

    pub(super) fn evaluated(&self, stats: &QueryStats) {
        self.prepare_time.observe(stats.preparation.as_secs_f64());
        self.inner_eval.observe(stats.inner_eval.as_secs_f64());
        self.result_sort.observe(stats.result_sort.as_secs_f64());
        self.samples.inc_by(stats.samples.total_queryable);
        self.samples_read.inc_by(stats.samples.read);
    }

    pub(super) fn slow(&self) {
        self.slow.inc();
    }
}

/// A query that counts as running.
pub(super) struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}
