//! Figures of `bongsu alertmanager` beside those of the original: every family under its name and of its type.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use harness::program::{BONGSU, Server};
use harness::{free_port, until};

/// The families of Alertmanager 0.34, by where they come from; all begin with `alertmanager_`. Left out: those of events, which are not
/// recorded here, and those of TLS between replicas, which only such a cluster has.
const FAMILIES: &[(&str, &str)] = &[
    ("gauge", "alerts alerts_per_alert_limit"),
    ("counter", "alerts_received_total alerts_invalid_total alerts_limited_total"),
    ("counter", "alerts_subscriber_channel_writes_total"),
    ("gauge", "build_info config_hash config_last_reload_successful"),
    ("gauge", "config_last_reload_success_timestamp_seconds"),
    ("gauge", "cluster_enabled cluster_failed_peers cluster_health_score cluster_members"),
    ("gauge", "cluster_messages_queued cluster_peer_info peer_position"),
    (
        "counter",
        "cluster_alive_messages_total cluster_messages_pruned_total cluster_messages_received_size_total",
    ),
    (
        "counter",
        "cluster_messages_received_total cluster_messages_sent_size_total cluster_messages_sent_total",
    ),
    ("counter", "cluster_peer_name_conflicts_total cluster_peers_joined_total cluster_peers_left_total"),
    ("counter", "cluster_peers_update_total cluster_reconnections_failed_total cluster_reconnections_total"),
    ("counter", "cluster_refresh_join_failed_total cluster_refresh_join_total"),
    ("counter", "oversized_gossip_message_dropped_total oversized_gossip_message_failure_total"),
    ("counter", "oversized_gossip_message_sent_total"),
    ("histogram", "oversize_gossip_message_duration_seconds cluster_pings_seconds"),
    ("gauge", "dispatcher_aggregation_groups receivers integrations inhibition_rules"),
    ("summary", "dispatcher_alert_processing_duration_seconds"),
    ("counter", "dispatcher_aggregation_group_limit_reached_total"),
    ("counter", "dispatcher_aggregation_group_creation_retries_total"),
    ("counter", "dispatcher_aggregation_group_creation_given_up_total"),
    ("histogram", "http_request_duration_seconds http_response_size_bytes"),
    ("gauge", "http_requests_in_flight"),
    ("counter", "http_concurrency_limit_exceeded_total"),
    ("summary", "nflog_gc_duration_seconds nflog_snapshot_duration_seconds"),
    ("gauge", "nflog_snapshot_size_bytes"),
    ("counter", "nflog_maintenance_total nflog_maintenance_errors_total nflog_queries_total"),
    ("counter", "nflog_query_errors_total nflog_gossip_messages_propagated_total"),
    ("histogram", "nflog_query_duration_seconds"),
    ("summary", "silences_gc_duration_seconds silences_snapshot_duration_seconds"),
    ("gauge", "silences silences_snapshot_size_bytes silences_state_size silences_matcher_index_size"),
    ("gauge", "silences_version_index_size"),
    ("counter", "silences_gc_errors_total silences_maintenance_total silences_maintenance_errors_total"),
    ("counter", "silences_matcher_compile_errors_total silences_queries_total silences_query_errors_total"),
    ("counter", "silences_query_silences_scanned_total silences_query_silences_skipped_total"),
    ("counter", "silences_gossip_messages_propagated_total"),
    ("histogram", "silences_query_duration_seconds notification_latency_seconds"),
    ("counter", "notifications_total notifications_failed_total notification_requests_total"),
    ("counter", "notification_requests_failed_total notifications_suppressed_total"),
];

fn start(program: &str, dir: &Path, args: &[&str]) -> Server {
    let config = "route: {receiver: ops, group_by: [alertname], group_wait: 0s}\n\
                  inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=c]}]\n\
                  receivers: [{name: ops, webhook_configs: [{url: 'http://127.0.0.1:9/'}]}]\n";
    std::fs::write(dir.join("am.yml"), config).unwrap();
    let mut command = Command::new(program);
    if program == BONGSU {
        command.arg("alertmanager");
    }
    command.args(["--config.file=am.yml", "--storage.path=data", "--log.level=debug"]).args(args);
    Server::on_any_port(&mut command, dir)
}

fn post(server: &Server) {
    let body = br#"[{"labels":{"alertname":"a"}}]"#;
    assert_eq!(server.post("/api/v2/alerts", &[("Content-Type", "application/json")], body).status, 200);
}

/// Types by name of the original's families.
fn families(server: &Server) -> BTreeMap<String, String> {
    let text = server.get("/metrics").text();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types
        .filter(|(name, _)| name.starts_with("alertmanager_"))
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .collect()
}

fn value(server: &Server, series: &str) -> Option<f64> {
    let text = server.get("/metrics").text();
    let line =
        text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn every_family_of_the_original_is_there() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let ports = [free_port(), free_port(), free_port()];
    let flags = |own: usize, other: usize| {
        [
            format!("--cluster.listen-address=127.0.0.1:{}", ports[own]),
            format!("--cluster.advertise-address=127.0.0.1:{}", ports[own]),
            format!("--cluster.peer=127.0.0.1:{}", ports[other]),
            "--cluster.probe-interval=100ms".to_owned(),
            "--cluster.probe-timeout=50ms".to_owned(),
        ]
    };
    let replica = |own: usize, other: usize| {
        let flags = flags(own, other);
        let args: Vec<&str> = flags.iter().map(String::as_str).collect();
        start(BONGSU, dirs[own].path(), &args)
    };
    let (ours, _peer) = (replica(0, 1), replica(1, 0));
    post(&ours);
    until("a probe that is answered", || {
        families(&ours).contains_key("alertmanager_cluster_pings_seconds").then_some(())
    });
    let got = families(&ours);
    for (kind, names) in FAMILIES {
        for name in names.split(' ') {
            let name = format!("alertmanager_{name}");
            assert_eq!(got.get(&name).map(String::as_str), Some(*kind), "{name}");
        }
    }

    let address = format!("--cluster.listen-address=127.0.0.1:{}", ports[2]);
    let debian = start("prometheus-alertmanager", dirs[2].path(), &[&address]);
    post(&debian);
    debian.get("/api/v2/alerts");
    let missing: Vec<_> =
        families(&debian).into_iter().filter(|(name, kind)| got.get(name) != Some(kind)).collect();
    assert_eq!(missing, [], "of Debian's Alertmanager");
    let hash = "alertmanager_config_hash";
    assert_eq!(value(&ours, hash), value(&debian, hash), "replicas with one file show one number");
}

#[test]
fn features_add_labels() {
    let dir = tempfile::tempdir().unwrap();
    let features = "--enable-feature=alert-names-in-metrics,group-key-in-metrics,receiver-name-in-metrics";
    let args = ["--cluster.listen-address=", features, "--alerts.per-alertname-limit=1"];
    let server = start(BONGSU, dir.path(), &args);
    post(&server);
    let body = br#"[{"labels":{"alertname":"a","b":"c"}}]"#;
    server.post("/api/v2/alerts", &[("Content-Type", "application/json")], body);
    for (series, expected) in [
        (r#"alertmanager_alerts{group_key="{}:{alertname=\"a\"}",state="active"}"#, 1.0),
        (r#"alertmanager_alerts_limited_total{alertname="a"}"#, 1.0),
        ("alertmanager_alerts_per_alert_limit", 1.0),
        (
            r#"alertmanager_notifications_failed_total{integration="webhook",reason="other",receiver_name="ops"}"#,
            0.0,
        ),
    ] {
        assert_eq!(value(&server, series), Some(expected), "{series}: {}", server.get("/metrics").text());
    }
}
