//! Figures under Alertmanager's names.

use std::sync::{Arc, Weak};
use std::time::Duration;

use exposition::MetricFamily;
use model::{Labels, MetricType};
use telemetry::registry::number;
use telemetry::{Counter, Family, Histogram, Registry};

use super::Alertmanager;
use crate::manager::{Counters, Manager};
use crate::nflog::IntegrationKey;
use crate::notify::{FailureKind, KINDS};
use crate::silences::State;

/// Buckets of the time that a try takes, in seconds.
const LATENCY_BUCKETS: [f64; 5] = [1.0, 5.0, 10.0, 15.0, 20.0];

/// What is counted while sending.
#[derive(Clone)]
pub(super) struct Metrics {
    /// Whether receivers are told apart.
    receiver_names: bool,
    notifications: Family<Counter>,
    failures: Family<Counter>,
    requests: Family<Counter>,
    failed_requests: Family<Counter>,
    latency: Family<Histogram>,
}

impl Metrics {
    pub(super) fn new(registry: &Registry, receiver_names: bool) -> Metrics {
        let labels: &[&str] =
            if receiver_names { &["integration", "receiver_name"] } else { &["integration"] };
        let with_reason = [labels, &["reason"]].concat();
        let counter = |name, help, labels: &[&str]| registry.counter_family(name, help, labels);
        let metrics = Metrics {
            receiver_names,
            notifications: counter(
                "alertmanager_notifications_total",
                "The total number of attempted notifications.",
                labels,
            ),
            failures: counter(
                "alertmanager_notifications_failed_total",
                "The total number of failed notifications.",
                &with_reason,
            ),
            requests: counter(
                "alertmanager_notification_requests_total",
                "The total number of attempted notification requests.",
                labels,
            ),
            failed_requests: counter(
                "alertmanager_notification_requests_failed_total",
                "The total number of failed notification requests.",
                labels,
            ),
            latency: registry.histogram_family(
                "alertmanager_notification_latency_seconds",
                "The latency of notifications in seconds.",
                labels,
                &LATENCY_BUCKETS,
            ),
        };
        // Alerts on these need them to be there from the start; those of receivers come with the configuration.
        let names = KINDS.iter().map(|kind| kind.name).filter(|_| !receiver_names);
        for name in names {
            metrics.notifications.with(&[name]);
            metrics.requests.with(&[name]);
            metrics.failed_requests.with(&[name]);
            metrics.latency.with(&[name]);
            for reason in FailureKind::ALL {
                metrics.failures.with(&[name, reason.as_str()]);
            }
        }
        metrics
    }

    /// Makes the figures of an integration, all 0.
    pub(super) fn prepare(&self, key: &IntegrationKey) {
        if self.receiver_names {
            let labels = self.labels(key);
            self.notifications.with(&labels);
            self.requests.with(&labels);
            self.failed_requests.with(&labels);
            self.latency.with(&labels);
            for reason in FailureKind::ALL {
                self.failures.with(&[&labels[..], &[reason.as_str()]].concat());
            }
        }
    }

    fn labels<'a>(&self, key: &'a IntegrationKey) -> Vec<&'a str> {
        let all = [key.integration.as_str(), key.receiver.as_str()];
        all[..if self.receiver_names { 2 } else { 1 }].to_vec()
    }

    pub(super) fn begun(&self, key: &IntegrationKey) {
        self.notifications.with(&self.labels(key)).inc();
    }

    pub(super) fn failed(&self, key: &IntegrationKey, kind: FailureKind) {
        self.failures.with(&[&self.labels(key)[..], &[kind.as_str()]].concat()).inc();
    }

    pub(super) fn tried(&self, key: &IntegrationKey, took: Duration, sent: bool) {
        let labels = self.labels(key);
        self.requests.with(&labels).inc();
        self.latency.with(&labels).observe(took.as_secs_f64());
        if !sent {
            self.failed_requests.with(&labels).inc();
        }
    }
}

/// Adds figures that are asked for when somebody looks.
pub(super) fn register(alertmanager: &Arc<Alertmanager>, registry: &Registry) {
    let alertmanager: Weak<Alertmanager> = Arc::downgrade(alertmanager);
    registry.register(move |out| {
        if let Some(alertmanager) = alertmanager.upgrade() {
            alertmanager.read(|manager, now| collect(manager, now, out));
        }
    });
}

fn labelled(name: &str, value: &str) -> Labels {
    Labels::from_pairs([(name, value)])
}

fn collect(manager: &Manager, now: jiff::Timestamp, out: &mut Vec<MetricFamily>) {
    let Counters {
        received_firing,
        received_resolved,
        invalid,
        limited,
        groups_refused,
        suppressed_by_inhibition,
        suppressed_by_silence,
        suppressed_by_mute_interval,
        suppressed_by_active_interval,
    } = manager.counters();
    let mut add = |name: &str, help: &str, kind, metrics: Vec<(Labels, f64)>| {
        out.push(number(name, help, kind, metrics));
    };
    let plain = |value: u64| vec![(Labels::empty(), value as f64)];
    let (active, suppressed) = manager.alert_counts(now);
    let gauge = MetricType::Gauge;
    let counter = MetricType::Counter;
    add(
        "alertmanager_alerts",
        "How many alerts by state.",
        gauge,
        vec![
            (labelled("state", "active"), active as f64),
            (labelled("state", "suppressed"), suppressed as f64),
            (labelled("state", "unprocessed"), 0.0),
        ],
    );
    let received =
        |status, value: u64| (Labels::from_pairs([("status", status), ("version", "v2")]), value as f64);
    add(
        "alertmanager_alerts_received_total",
        "The total number of received alerts.",
        counter,
        vec![received("firing", received_firing), received("resolved", received_resolved)],
    );
    add(
        "alertmanager_alerts_invalid_total",
        "The total number of received alerts that were invalid.",
        counter,
        vec![(labelled("version", "v2"), invalid as f64)],
    );
    add(
        "alertmanager_alerts_limited_total",
        "Total number of alerts that were dropped due to per alert name limit",
        counter,
        plain(limited),
    );
    add(
        "alertmanager_dispatcher_aggregation_groups",
        "Number of active aggregation groups",
        gauge,
        plain(manager.group_count() as u64),
    );
    add(
        "alertmanager_dispatcher_aggregation_group_limit_reached_total",
        "Number of times when dispatcher failed to create new aggregation group due to limit.",
        counter,
        plain(groups_refused),
    );
    let suppressed_by = |reason, value: u64| (labelled("reason", reason), value as f64);
    add(
        "alertmanager_notifications_suppressed_total",
        "The total number of notifications suppressed for being silenced, inhibited, outside of active time intervals or \
         within muted time intervals.",
        counter,
        vec![
            suppressed_by("silence", suppressed_by_silence),
            suppressed_by("inhibition", suppressed_by_inhibition),
            suppressed_by("mute_time_interval", suppressed_by_mute_interval),
            suppressed_by("active_time_interval", suppressed_by_active_interval),
        ],
    );
    let silences = |state: State| {
        let count = manager.silences().iter().filter(|s| s.state(now) == state).count();
        (labelled("state", state.as_str()), count as f64)
    };
    add(
        "alertmanager_silences",
        "How many silences by state.",
        gauge,
        [State::Active, State::Pending, State::Expired].map(silences).to_vec(),
    );
    let receivers = &manager.settings().receivers;
    let integrations: usize = receivers.values().map(|r| r.integrations.len()).sum();
    add("alertmanager_receivers", "Number of configured receivers.", gauge, plain(receivers.len() as u64));
    add("alertmanager_integrations", "Number of configured integrations.", gauge, plain(integrations as u64));
}
