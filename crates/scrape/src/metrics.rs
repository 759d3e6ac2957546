//! What scraping tells about itself, under Prometheus's names.

use telemetry::{Counter, Family, Gauge, Registry, Summary};

const QUANTILES: &[f64] = &[0.01, 0.05, 0.5, 0.9, 0.99];

/// All metrics of this crate.
#[derive(Clone)]
#[allow(missing_docs, reason = "each name and help text stands below")]
pub(crate) struct Metrics {
    pub(crate) pools: Counter,
    pub(crate) pools_failed: Counter,
    pub(crate) reloads: Counter,
    pub(crate) reloads_failed: Counter,
    pub(crate) exceeded_target_limit: Counter,
    pub(crate) target_limit: Family<Gauge>,
    pub(crate) targets: Family<Gauge>,
    pub(crate) syncs: Family<Counter>,
    pub(crate) sync_length: Family<Summary>,
    pub(crate) sync_failed: Family<Counter>,
    pub(crate) interval_length: Family<Summary>,
    pub(crate) reload_length: Family<Summary>,
    pub(crate) exceeded_body_size_limit: Counter,
    pub(crate) exceeded_sample_limit: Counter,
    pub(crate) exceeded_bucket_limit: Counter,
    pub(crate) exceeded_label_limits: Counter,
    pub(crate) cache_flush_forced: Counter,
    pub(crate) duplicate: Counter,
    pub(crate) out_of_order: Counter,
    pub(crate) out_of_bounds: Counter,
    pub(crate) exemplar_out_of_order: Counter,
    pub(crate) series_refused: Counter,
    pub(crate) metadata_entries: Family<Gauge>,
    pub(crate) metadata_bytes: Family<Gauge>,
}

impl Metrics {
    pub(crate) fn new(r: &Registry) -> Metrics {
        let scrapes =
            |name: &str, help: &str| r.counter(&format!("prometheus_target_scrapes_{name}_total"), help);
        let pool =
            |name: &str, help: &str| r.counter(&format!("prometheus_target_scrape_{name}_total"), help);
        Metrics {
            pools: pool("pools", "Total number of scrape pool creation attempts."),
            pools_failed: pool("pools_failed", "Total number of scrape pool creations that failed."),
            reloads: pool("pool_reloads", "Total number of scrape pool reloads."),
            reloads_failed: pool("pool_reloads_failed", "Total number of failed scrape pool reloads."),
            exceeded_target_limit: pool(
                "pool_exceeded_target_limit",
                "Total number of times scrape pools hit the target limit, during sync or config reload.",
            ),
            exceeded_label_limits: pool(
                "pool_exceeded_label_limits",
                "Total number of times scrape pools hit the label limits, during sync or config reload.",
            ),
            target_limit: r.gauge_family(
                "prometheus_target_scrape_pool_target_limit",
                "Maximum number of targets allowed in this scrape pool.",
                &["scrape_job"],
            ),
            targets: r.gauge_family(
                "prometheus_target_scrape_pool_targets",
                "Current number of targets in this scrape pool.",
                &["scrape_job"],
            ),
            syncs: r.counter_family(
                "prometheus_target_scrape_pool_sync_total",
                "Total number of syncs that were executed on a scrape pool.",
                &["scrape_job"],
            ),
            sync_length: r.summary_family(
                "prometheus_target_sync_length_seconds",
                "Actual interval to sync the scrape pool.",
                &["scrape_job"],
                QUANTILES,
            ),
            sync_failed: r.counter_family(
                "prometheus_target_sync_failed_total",
                "Total number of target sync failures.",
                &["scrape_job"],
            ),
            interval_length: r.summary_family(
                "prometheus_target_interval_length_seconds",
                "Actual intervals between scrapes.",
                &["interval"],
                QUANTILES,
            ),
            reload_length: r.summary_family(
                "prometheus_target_reload_length_seconds",
                "Actual interval to reload the scrape pool with a given configuration.",
                &["interval"],
                QUANTILES,
            ),
            exceeded_body_size_limit: scrapes(
                "exceeded_body_size_limit",
                "Total number of scrapes that hit the body size limit",
            ),
            exceeded_sample_limit: scrapes(
                "exceeded_sample_limit",
                "Total number of scrapes that hit the sample limit and were rejected.",
            ),
            exceeded_bucket_limit: scrapes(
                "exceeded_native_histogram_bucket_limit",
                "Total number of scrapes that hit the native histogram bucket limit and were rejected.",
            ),
            cache_flush_forced: scrapes(
                "cache_flush_forced",
                "How many times a scrape cache was flushed due to getting big while scrapes are failing.",
            ),
            duplicate: scrapes(
                "sample_duplicate_timestamp",
                "Total number of samples rejected due to duplicate timestamps but different values.",
            ),
            out_of_order: scrapes(
                "sample_out_of_order",
                "Total number of samples rejected due to not being out of the expected order.",
            ),
            out_of_bounds: scrapes(
                "sample_out_of_bounds",
                "Total number of samples rejected due to timestamp falling outside of the time bounds.",
            ),
            exemplar_out_of_order: scrapes(
                "exemplar_out_of_order",
                "Total number of exemplar rejected due to not being out of the expected order.",
            ),
            series_refused: r.counter(
                "bongsu_target_scrapes_series_refused_total",
                "Samples of new series that the storage refused because of a bound.",
            ),
            metadata_entries: r.gauge_family(
                "prometheus_target_metadata_cache_entries",
                "Total number of metric metadata entries in the cache",
                &["scrape_job"],
            ),
            metadata_bytes: r.gauge_family(
                "prometheus_target_metadata_cache_bytes",
                "The number of bytes that are currently used for storing metric metadata in the cache",
                &["scrape_job"],
            ),
        }
    }

    /// Removes what is told about a job that is gone.
    pub(crate) fn forget(&self, job: &str) {
        for family in [&self.target_limit, &self.targets, &self.metadata_entries, &self.metadata_bytes] {
            family.remove(&[job]);
        }
        self.syncs.remove(&[job]);
        self.sync_length.remove(&[job]);
        self.sync_failed.remove(&[job]);
    }
}
