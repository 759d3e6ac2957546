//! Figures under the original's names, and a few of our own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use exposition::MetricFamily;
use model::{Labels, MetricType};
use telemetry::registry::number;
use telemetry::{Counter, Family, Histogram, Registry};

use super::Cluster;
use crate::cluster::core::{Core, Part, Purpose};

/// Buckets of the time that large news take, in seconds: the client library's defaults.
const DURATION_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Buckets of the time that a probe takes, in seconds: the original's.
const PING_BUCKETS: [f64; 7] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5];
const FULL_STATE: &str = "full_state";
const UPDATE: &str = "update";

/// What the shell counts.
pub(super) struct Metrics {
    reconnected: Counter,
    not_reconnected: Counter,
    refreshed: Counter,
    not_refreshed: Counter,
    full_sent: Counter,
    full_sent_bytes: Counter,
    received: Family<Counter>,
    received_bytes: Family<Counter>,
    pub(super) oversized_sent: Family<Counter>,
    pub(super) oversized_failed: Family<Counter>,
    pub(super) oversized_dropped: Family<Counter>,
    pub(super) oversized_duration: Family<Histogram>,
    /// News that came faster than the stores take them.
    pub(super) overrun: Counter,
    pub(super) unreadable: Counter,
    pub(super) streams_refused: Counter,
    /// By peer; at most as many as members and names that they had.
    pings: Family<Histogram>,
}

impl Metrics {
    pub(super) fn new(registry: &Registry) -> Metrics {
        let counter = |name, help| registry.counter(name, help);
        let family = |name, help, label: &str| registry.counter_family(name, help, &[label]);
        let metrics = Metrics {
            reconnected: counter(
                "alertmanager_cluster_reconnections_total",
                "A counter of the number of cluster peer reconnections.",
            ),
            not_reconnected: counter(
                "alertmanager_cluster_reconnections_failed_total",
                "A counter of the number of failed cluster peer reconnection attempts.",
            ),
            refreshed: counter(
                "alertmanager_cluster_refresh_join_total",
                "A counter of the number of cluster peer joined via refresh.",
            ),
            not_refreshed: counter(
                "alertmanager_cluster_refresh_join_failed_total",
                "A counter of the number of failed cluster peer joined attempts via refresh.",
            ),
            full_sent: Counter::default(),
            full_sent_bytes: Counter::default(),
            received: family(
                "bongsu_alertmanager_cluster_streams_received_total",
                "Messages that came by TCP.",
                "msg_type",
            ),
            received_bytes: family(
                "bongsu_alertmanager_cluster_streams_received_size_total",
                "Bytes of messages that came by TCP.",
                "msg_type",
            ),
            oversized_sent: family(
                "alertmanager_oversized_gossip_message_sent_total",
                "Number of oversized gossip message sent.",
                "key",
            ),
            oversized_failed: family(
                "alertmanager_oversized_gossip_message_failure_total",
                "Number of oversized gossip message sends that failed.",
                "key",
            ),
            oversized_dropped: family(
                "alertmanager_oversized_gossip_message_dropped_total",
                "Number of oversized gossip messages that were dropped due to a full message queue.",
                "key",
            ),
            oversized_duration: registry.histogram_family(
                "alertmanager_oversize_gossip_message_duration_seconds",
                "Duration of oversized gossip message requests.",
                &["key"],
                &DURATION_BUCKETS,
            ),
            overrun: counter(
                "bongsu_alertmanager_cluster_news_overrun_total",
                "News of peers that were dropped because the stores could not take them fast enough.",
            ),
            unreadable: counter(
                "bongsu_alertmanager_cluster_news_unreadable_total",
                "News of peers that could not be read.",
            ),
            streams_refused: counter(
                "bongsu_alertmanager_cluster_streams_refused_total",
                "TCP connections to the cluster port that brought nothing we understand, or stalled.",
            ),
            pings: registry.histogram_family(
                "alertmanager_cluster_pings_seconds",
                "Histogram of latencies for ping messages.",
                &["peer"],
                &PING_BUCKETS,
            ),
        };
        for part in Part::ALL {
            for family in [&metrics.oversized_sent, &metrics.oversized_failed, &metrics.oversized_dropped] {
                family.with(&[part.key()]);
            }
            metrics.oversized_duration.with(&[part.key()]);
        }
        metrics
    }

    /// Counts a probe that was answered.
    pub(super) fn answered(&self, peer: &str, after: Duration) {
        self.pings.with(&[peer]).observe(after.as_secs_f64());
    }

    /// Counts an exchange that we began.
    pub(super) fn exchanged(&self, purpose: Purpose, successful: bool) {
        match (purpose, successful) {
            (Purpose::Reconnect, true) => self.reconnected.inc(),
            (Purpose::Reconnect, false) => self.not_reconnected.inc(),
            (Purpose::Refresh, true) => self.refreshed.inc(),
            (Purpose::Refresh, false) => self.not_refreshed.inc(),
            (Purpose::Periodic, _) => {}
        }
    }

    /// Counts what came by TCP: everything, or news.
    pub(super) fn received(&self, everything: bool, bytes: usize) {
        let kind = if everything { FULL_STATE } else { UPDATE };
        self.received.with(&[kind]).inc();
        self.received_bytes.with(&[kind]).inc_by(bytes as u64);
    }

    /// Counts that we told everything.
    pub(super) fn sent(&self, bytes: usize) {
        self.full_sent.inc();
        self.full_sent_bytes.inc_by(bytes as u64);
    }
}

/// Adds figures that are asked for when somebody looks.
pub(super) fn register(cluster: &Arc<Cluster>, registry: &Registry) {
    let cluster: Weak<Cluster> = Arc::downgrade(cluster);
    registry.register(move |out| {
        if let Some(cluster) = cluster.upgrade() {
            collect(&cluster.core.lock(), &cluster.metrics, out);
        }
    });
}

fn collect(core: &Core, metrics: &Metrics, out: &mut Vec<MetricFamily>) {
    let counters = core.counters();
    let plain = |value: f64| vec![(Labels::empty(), value)];
    let by_type = |full: f64, update: f64| {
        let one = |kind, value| (Labels::from_pairs([("msg_type", kind)]), value);
        vec![one(FULL_STATE, full), one(UPDATE, update)]
    };
    let own = core.identity().name.as_str();
    let told = core.alive().iter().map(|(name, count)| (name.as_str(), *count));
    // That we are alive we know ourselves.
    let told = told.chain((!core.alive().contains_key(own)).then_some((own, 1)));
    let alive: Vec<_> =
        told.map(|(name, count)| (Labels::from_pairs([("peer", name)]), count as f64)).collect();
    let peer = Labels::from_pairs([("peer", core.identity().name.as_str())]);
    let (gauge, counter) = (MetricType::Gauge, MetricType::Counter);
    let streamed = |kind: &str| metrics.received.with(&[kind]).get();
    let streamed_bytes = |kind: &str| metrics.received_bytes.with(&[kind]).get();
    let rows = [
        (
            "alertmanager_cluster_peer_info",
            "A metric with a constant '1' value labeled by peer name.",
            gauge,
            vec![(peer, 1.0)],
        ),
        (
            "alertmanager_cluster_members",
            "Number indicating current number of members in cluster.",
            gauge,
            plain(core.size() as f64),
        ),
        (
            "alertmanager_peer_position",
            "Position the Alertmanager instance believes it's in. The position determines a peer's behavior in the cluster.",
            gauge,
            plain(core.position() as f64),
        ),
        (
            "alertmanager_cluster_failed_peers",
            "Number indicating the current number of failed peers in the cluster.",
            gauge,
            plain(core.lost().len() as f64),
        ),
        (
            "alertmanager_cluster_health_score",
            "Health score of the cluster. Lower values are better and zero means 'totally healthy'.",
            gauge,
            plain(core.suspected() as f64),
        ),
        (
            "alertmanager_cluster_messages_queued",
            "Number of cluster messages which are queued.",
            gauge,
            plain(core.queued() as f64),
        ),
        (
            "alertmanager_cluster_messages_received_total",
            "Total number of cluster messages received.",
            counter,
            by_type(streamed(FULL_STATE), streamed(UPDATE) + counters.news_received as f64),
        ),
        (
            "alertmanager_cluster_messages_received_size_total",
            "Total size of cluster messages received.",
            counter,
            by_type(streamed_bytes(FULL_STATE), streamed_bytes(UPDATE) + counters.news_received_bytes as f64),
        ),
        (
            "alertmanager_cluster_messages_sent_total",
            "Total number of cluster messages sent.",
            counter,
            by_type(metrics.full_sent.get(), counters.news_sent as f64),
        ),
        (
            "alertmanager_cluster_messages_sent_size_total",
            "Total size of cluster messages sent.",
            counter,
            by_type(metrics.full_sent_bytes.get(), counters.news_sent_bytes as f64),
        ),
        (
            "alertmanager_cluster_messages_pruned_total",
            "Total number of cluster messages pruned.",
            counter,
            plain(counters.news_dropped as f64),
        ),
        (
            "alertmanager_cluster_peers_joined_total",
            "A counter of the number of peers that have joined.",
            counter,
            plain(counters.joined as f64),
        ),
        (
            "alertmanager_cluster_peers_left_total",
            "A counter of the number of peers that have left.",
            counter,
            plain(counters.left as f64),
        ),
        (
            "alertmanager_cluster_peers_update_total",
            "A counter of the number of peers that have updated metadata.",
            counter,
            plain(counters.renamed as f64),
        ),
        (
            "alertmanager_cluster_alive_messages_total",
            "Total number of received alive messages.",
            counter,
            alive,
        ),
        (
            "alertmanager_cluster_peer_name_conflicts_total",
            "Total number of times two members with the same name were noticed.",
            counter,
            plain(counters.conflicts as f64),
        ),
        (
            "bongsu_alertmanager_cluster_packets_refused_total",
            "Packets that were dropped, by why.",
            counter,
            [
                ("malformed", counters.malformed),
                ("other_cluster", counters.foreign),
                ("bound", counters.refused),
            ]
            .map(|(why, count)| (Labels::from_pairs([("reason", why)]), count as f64))
            .to_vec(),
        ),
    ];
    out.extend(rows.map(|(name, help, kind, values)| number(name, help, kind, values)));
}
