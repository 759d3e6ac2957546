//! Metrics of discovery, under Prometheus's names.

use telemetry::{Counter, Family, Gauge, Histogram, Registry, Summary};

const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// The metrics of all discovery managers of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    pub(crate) failed_configs: Family<Gauge>,
    pub(crate) discovered_targets: Family<Gauge>,
    pub(crate) received_updates: Family<Counter>,
    pub(crate) delayed_updates: Family<Counter>,
    pub(crate) sent_updates: Family<Counter>,
    pub(crate) last_update: Family<Gauge>,
    pub(crate) refresh_failures: Family<Counter>,
    pub(crate) refresh_duration: Family<Summary>,
    pub(crate) refresh_duration_histogram: Family<Histogram>,
    pub(crate) file_read_errors: Counter,
    pub(crate) file_scan_duration: Summary,
    pub(crate) file_watcher_errors: Counter,
    pub(crate) file_mtime: Family<Gauge>,
    pub(crate) http_failures: Counter,
    pub(crate) dns_lookups: Counter,
    pub(crate) dns_lookup_failures: Counter,
}

impl Metrics {
    /// Registers them.
    ///
    /// # Panics
    /// If it is done twice for one registry.
    pub fn new(r: &Registry) -> Metrics {
        let by_config = ["name", "config"];
        let by_mechanism = ["mechanism", "config"];
        Metrics {
            failed_configs: r.gauge_family(
                "prometheus_sd_failed_configs",
                "Current number of service discovery configurations that failed to load.",
                &["name"],
            ),
            discovered_targets: r.gauge_family(
                "prometheus_sd_discovered_targets",
                "Current number of discovered targets.",
                &by_config,
            ),
            received_updates: r.counter_family(
                "prometheus_sd_received_updates_total",
                "Total number of update events received from the SD providers.",
                &["name"],
            ),
            delayed_updates: r.counter_family(
                "prometheus_sd_updates_delayed_total",
                "Total number of update events that couldn't be sent immediately.",
                &["name"],
            ),
            sent_updates: r.counter_family(
                "prometheus_sd_updates_total",
                "Total number of update events sent to the SD consumers.",
                &["name"],
            ),
            last_update: r.gauge_family(
                "prometheus_sd_last_update_timestamp_seconds",
                "Timestamp of the last update sent to the SD consumers.",
                &by_config,
            ),
            refresh_failures: r.counter_family(
                "prometheus_sd_refresh_failures_total",
                "Number of refresh failures for the given SD mechanism.",
                &by_mechanism,
            ),
            refresh_duration: r.summary_family(
                "prometheus_sd_refresh_duration_seconds",
                "The duration of a refresh in seconds for the given SD mechanism.",
                &by_mechanism,
                &QUANTILES,
            ),
            refresh_duration_histogram: r.histogram_family(
                "prometheus_sd_refresh_duration_histogram_seconds",
                "The duration of a refresh for the given SD mechanism.",
                &["mechanism"],
                &[0.01, 0.1, 1.0, 10.0],
            ),
            file_read_errors: r
                .counter("prometheus_sd_file_read_errors_total", "The number of File-SD read errors."),
            file_scan_duration: r.summary(
                "prometheus_sd_file_scan_duration_seconds",
                "The duration of the File-SD scan in seconds.",
                &QUANTILES,
            ),
            file_watcher_errors: r.counter(
                "prometheus_sd_file_watcher_errors_total",
                "The number of File-SD errors caused by filesystem watch failures.",
            ),
            file_mtime: r.gauge_family(
                "prometheus_sd_file_mtime_seconds",
                "Timestamp (mtime) of files read by FileSD. Timestamp is set at read time.",
                &["filename"],
            ),
            http_failures: r.counter(
                "prometheus_sd_http_failures_total",
                "Number of HTTP service discovery refresh failures.",
            ),
            dns_lookups: r.counter("prometheus_sd_dns_lookups_total", "The number of DNS-SD lookups."),
            dns_lookup_failures: r
                .counter("prometheus_sd_dns_lookup_failures_total", "The number of DNS-SD lookup failures."),
        }
    }
}
