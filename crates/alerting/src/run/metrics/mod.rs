//! Figures under Alertmanager's names.

mod stores;

use std::sync::{Arc, Weak};
use std::time::Duration;

use exposition::{Metric, MetricFamily, MetricValue};
use model::{Labels, MetricType};
use telemetry::registry::number;
use telemetry::{Counter, Family, Histogram, Registry};

pub(super) use stores::Stores;

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
            let by_group = alertmanager.options.features.group_keys_in_metrics;
            let names = alertmanager.options.features.alert_names_in_metrics;
            alertmanager.read(|manager, now| collect(manager, now, by_group, names, out));
            alertmanager.collect_besides(out);
        }
    });
}

fn labelled(name: &str, value: &str) -> Labels {
    Labels::from_pairs([(name, value)])
}

fn collect(
    manager: &Manager,
    now: jiff::Timestamp,
    by_group: bool,
    alert_names: bool,
    out: &mut Vec<MetricFamily>,
) {
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
    let gauge = MetricType::Gauge;
    let counter = MetricType::Counter;
    add("alertmanager_alerts", "How many alerts by state.", gauge, alert_states(manager, now, by_group));
    add(
        "alertmanager_marked_alerts",
        "How many alerts by state are currently marked in the Alertmanager regardless of their expiry.",
        gauge,
        alert_states(manager, now, false),
    );
    add(
        "alertmanager_alerts_per_alert_limit",
        "Current limit on number of alerts per alert name",
        gauge,
        plain(manager.bounds().alerts_per_name_max as u64),
    );
    // Both take every alert that is not refused.
    let handed = (received_firing + received_resolved).saturating_sub(limited);
    add(
        "alertmanager_alerts_subscriber_channel_writes_total",
        "Number of times alerts were written to subscriber channels",
        counter,
        ["dispatcher", "inhibitor"].map(|name| (labelled("subscriber", name), handed as f64)).to_vec(),
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
        if alert_names { limited_names(manager) } else { plain(limited) },
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
    // There is one writer, so groups are made at the first try.
    add(
        "alertmanager_dispatcher_aggregation_group_creation_retries_total",
        "Number of CAS retries while creating aggregation groups under contention.",
        counter,
        plain(0),
    );
    add(
        "alertmanager_dispatcher_aggregation_group_creation_given_up_total",
        "Number of alerts dropped because aggregation group creation exceeded the retry limit.",
        counter,
        plain(0),
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
    let rules = manager.settings().inhibit_rules.len();
    add(
        "alertmanager_inhibition_rules",
        "Number of configured inhibition rules.",
        gauge,
        plain(rules as u64),
    );
    let silences = manager.silences();
    let silence_looks = silences.looks();
    for (name, help, kind, value) in [
        (
            "alertmanager_silences_query_silences_scanned_total",
            "How many silences were scanned during query evaluation.",
            counter,
            silence_looks.scanned,
        ),
        (
            "alertmanager_silences_query_silences_skipped_total",
            "How many silences were skipped during query evaluation using the version index.",
            counter,
            silence_looks.skipped,
        ),
        (
            "alertmanager_silences_state_size",
            "The number of silences in the state map.",
            gauge,
            silences.len() as u64,
        ),
        (
            "alertmanager_silences_matcher_index_size",
            "The number of entries in the matcher cache index.",
            gauge,
            silences.index_len() as u64,
        ),
        (
            "alertmanager_silences_version_index_size",
            "The number of entries in the version index.",
            gauge,
            silences.len() as u64,
        ),
    ] {
        add(name, help, kind, plain(value));
    }
    add("alertmanager_integrations", "Number of configured integrations.", gauge, plain(integrations as u64));
}

fn alert_states(manager: &Manager, now: jiff::Timestamp, by_group: bool) -> Vec<(Labels, f64)> {
    let states = |key: Option<&str>, active: usize, suppressed: usize| {
        let state = |name: &str, count: usize| {
            let labels = [("state", name)].into_iter().chain(key.map(|key| ("group_key", key)));
            (Labels::from_pairs(labels), count as f64)
        };
        [state("active", active), state("suppressed", suppressed), state("unprocessed", 0)]
    };
    if by_group {
        let groups = manager.group_counts(now);
        return groups.into_iter().flat_map(|(key, (a, s))| states(Some(&key), a, s)).collect();
    }
    let (active, suppressed) = manager.alert_counts(now);
    states(None, active, suppressed).to_vec()
}

fn limited_names(manager: &Manager) -> Vec<(Labels, f64)> {
    let names = manager.limited_names();
    names.map(|(name, count)| (labelled("alertname", name), count as f64)).collect()
}

impl Alertmanager {
    /// Adds what the state machine does not know.
    fn collect_besides(&self, out: &mut Vec<MetricFamily>) {
        out.push(number(
            "alertmanager_config_hash",
            "Hash of the currently loaded alertmanager configuration. Note that this is not a cryptographically strong hash.",
            MetricType::Gauge,
            [(Labels::empty(), self.with_config(|config| config.hash as f64))],
        ));
        let (alerts, took) = *self.processed.lock();
        let summary =
            MetricValue::Summary { quantiles: Vec::new(), sum: took.as_secs_f64(), count: alerts as f64 };
        out.push(MetricFamily {
            name: "alertmanager_dispatcher_alert_processing_duration_seconds".to_owned(),
            help: "Summary of latencies for the processing of alerts.".to_owned(),
            kind: MetricType::Summary,
            unit: String::new(),
            metrics: vec![Metric {
                labels: Labels::empty(),
                value: summary,
                timestamp_ms: None,
                start_ms: None,
                blank_labels: &[],
            }],
        });
    }
}
