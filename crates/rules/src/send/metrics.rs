//! What sending tells about itself, under Prometheus's names.

use telemetry::{Counter, Family, Gauge, Registry, Summary};

#[derive(Clone)]
pub(super) struct Metrics {
    pub(super) latency: Family<Summary>,
    pub(super) errors: Family<Counter>,
    pub(super) sent: Family<Counter>,
    pub(super) dropped: Family<Counter>,
    pub(super) queue_length: Family<Gauge>,
    pub(super) queue_capacity: Gauge,
}

impl Metrics {
    pub(super) fn new(r: &Registry) -> Metrics {
        const LABELS: &[&str] = &["alertmanager"];
        Metrics {
            latency: r.summary_family(
                "prometheus_notifications_latency_seconds",
                "Latency quantiles for sending alert notifications.",
                LABELS,
                &[0.5, 0.9, 0.99],
            ),
            errors: r.counter_family(
                "prometheus_notifications_errors_total",
                "Total number of sent alerts affected by errors.",
                LABELS,
            ),
            sent: r.counter_family(
                "prometheus_notifications_sent_total",
                "Total number of alerts sent.",
                LABELS,
            ),
            dropped: r.counter_family(
                "prometheus_notifications_dropped_total",
                "Total number of alerts dropped due to errors when sending to Alertmanager.",
                LABELS,
            ),
            queue_length: r.gauge_family(
                "prometheus_notifications_queue_length",
                "The number of alert notifications in the queue.",
                LABELS,
            ),
            queue_capacity: r.gauge(
                "prometheus_notifications_queue_capacity",
                "The capacity of the alert notifications queue.",
            ),
        }
    }

    /// Makes the counters of an Alertmanager appear.
    pub(super) fn announce(&self, url: &str) {
        for family in [&self.errors, &self.sent, &self.dropped] {
            family.with(&[url]);
        }
        self.queue_length.with(&[url]);
    }

    /// Forgets an Alertmanager.
    pub(super) fn forget(&self, url: &str) {
        for family in [&self.errors, &self.sent, &self.dropped] {
            family.remove(&[url]);
        }
        self.latency.remove(&[url]);
        self.queue_length.remove(&[url]);
    }
}
