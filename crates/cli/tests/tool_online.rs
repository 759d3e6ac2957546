//! Tools that ask or feed a running server: backups, pushes, explanations, recorded rules, remote read.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod peer;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::program::Server;
use peer::{Ended, make_blocks, ours};

const METRICS: &str = "# HELP up_for Time since start.\n# TYPE up_for gauge\nup_for{team=\"a\"} 7\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 5\nh_count 3\n";

/// A server that takes remote writes, snapshots, and nothing to scrape.
fn idle(dir: &Path) -> (Server, String) {
    std::fs::write(dir.join("prometheus.yml"), "global: {external_labels: {region: kr-1}}\n").unwrap();
    let server = Server::start(dir, &["--web.enable-remote-write-receiver", "--web.enable-admin-api"]);
    let url = format!("http://{}", server.address);
    (server, url)
}

fn passed(dir: &Path, args: &[&str], input: &str) -> Ended {
    let ended = ours(dir, args, input);
    assert_eq!(ended.code, Some(0), "{args:?}: {} {}", ended.out, ended.err);
    ended
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

#[test]
fn pushed_metrics_are_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (server, url) = idle(dir.path());
    let ended = passed(dir.path(), &["push", "metrics", &url], METRICS);
    assert_eq!(ended.out, "Parsing standard input\n  SUCCESS: metrics pushed to remote write.\n");
    assert_eq!(server.value("up_for{team=\"a\",job=\"promtool\"}").as_deref(), Some("7"));
    std::fs::write(dir.path().join("m.prom"), METRICS.replace("} 7", "} 8")).unwrap();
    let write = format!("{url}/api/v1/write");
    let v2 = "--protobuf_message=io.prometheus.write.v2.Request";
    let ended = passed(dir.path(), &["push", "metrics", v2, "--label=zone=z", &write, "m.prom"], "");
    assert!(ended.out.ends_with("  SUCCESS: metrics file m.prom pushed to remote write.\n"), "{}", ended.out);
    assert_eq!(server.value("up_for{zone=\"z\"}").as_deref(), Some("8"));
    assert_eq!(server.value("h_bucket{zone=\"z\",le=\"1\"}").as_deref(), Some("1"));
    for (args, input) in [
        (&["push", "metrics", "http://127.0.0.1:1"][..], METRICS),
        (&["push", "metrics", &url], "a{ 1\n"),
        (&["push", "metrics", &url, "nowhere.prom"], ""),
        (&["push", "metrics", "--protobuf_message=x", &url], METRICS),
    ] {
        assert_eq!(ours(dir.path(), args, input).code, Some(1), "{args:?}");
    }
}

#[test]
fn queries_are_explained_and_histograms_analyzed() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, url) = idle(dir.path());
    for times in 1..=3_u32 {
        let body = METRICS.replace("\"} 1\n", &format!("\"}} {times}\n"));
        passed(dir.path(), &["push", "metrics", &url], &body);
    }
    let tree = passed(dir.path(), &["query", "explain", &url, "sum(up_for) + 1"], "").out;
    assert!(
        tree.contains("sum(up_for) + 1") && tree.contains("└─ ") && tree.contains(" samples, "),
        "{tree}"
    );
    let range = passed(dir.path(), &["query", "explain", "--step=10s", &url, "up_for"], "").out;
    assert!(range.contains("up_for"), "{range}");
    let json = passed(dir.path(), &["query", "explain", "-o", "json", &url, "up_for"], "").out;
    let tree: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(tree["kind"].is_string() && tree["children"].is_array(), "{json}");

    let analyze = ["query", "analyze", "--type=histogram", "--match=h_bucket", "--server", &url];
    let text = passed(dir.path(), &analyze, "").out;
    assert!(text.contains("- h_bucket{job=\"promtool\"} (classic): "), "{text}");
    assert!(text.contains("\nClassic histogram series (1 in total):\n- min populated: "), "{text}");
    let wrong = ["query", "analyze", "--type=summary", "--match=h_bucket", "--server", &url];
    let ended = ours(dir.path(), &wrong, "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), "analyze type is summary, must be 'histogram'\n"));
}

#[test]
fn a_running_server_is_backed_up_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (server, url) = idle(dir.path());
    passed(dir.path(), &["push", "metrics", &url], METRICS);
    // Its directory is in use.
    let refused = ours(dir.path(), &["tsdb", "backup", "store", "data"], "");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("--url"), "{}", refused.err);
    let ended = passed(dir.path(), &["tsdb", "backup", "--check", "--url", &url, "store", "data"], "");
    assert!(ended.out.contains(" in store: ") && ended.out.contains("\nOK "), "{}", ended.out);
    let left: Vec<_> = std::fs::read_dir(dir.path().join("data/snapshots")).unwrap().collect();
    assert_eq!(left.len(), 0, "the snapshot is removed");
    assert!(server.stop().success());

    passed(dir.path(), &["tsdb", "restore", "store", "copy"], "");
    let dump = |db| passed(dir.path(), &["tsdb", "dump", "--match=up_for", db], "").out;
    assert_eq!(dump("copy"), dump("data"));
    assert_eq!(dump("copy").lines().count(), 1);
    // Now that it has stopped, the log is backed up too.
    passed(dir.path(), &["tsdb", "backup", "--keep=2", "store", "data"], "");
    let list = passed(dir.path(), &["tsdb", "restore", "--list", "store"], "").out;
    assert_eq!(list.lines().count(), 2, "{list}");
    passed(dir.path(), &["tsdb", "restore", "store", "again"], "");
    assert_eq!(dump("again"), dump("data"));
    assert_eq!(passed(dir.path(), &["tsdb", "verify", "again"], "").code, Some(0));
    for args in [
        &["tsdb", "restore", "store", "again"][..],
        &["tsdb", "restore", "--backup=never", "store", "other"],
        &["tsdb", "restore", "nowhere", "other"],
        &["tsdb", "backup", "gs://x", "data"],
    ] {
        let ended = ours(dir.path(), args, "");
        assert_eq!(ended.code, Some(1), "{args:?}");
        assert!(!ended.err.is_empty());
    }
}

#[test]
fn rules_are_recorded_into_blocks() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    std::fs::rename(dir.path().join("db"), dir.path().join("data")).unwrap();
    std::fs::write(dir.path().join("prometheus.yml"), "global: {}\n").unwrap();
    let server = Server::start(dir.path(), &["--storage.tsdb.retention.time=100y"]);
    let url = format!("http://{}", server.address);
    let rules = "groups:\n- name: g\n  interval: 2m\n  labels: {team: a}\n  rules:\n  - {record: a:sum, expr: sum by (job) (a), labels: {kind: sum}}\n  - {alert: Never, expr: a > 1e9}\n";
    std::fs::write(dir.path().join("r.yml"), rules).unwrap();
    let args = [
        "tsdb",
        "create-blocks-from",
        "rules",
        "--url",
        &url,
        "--start=1700000000",
        "--end=1700012000",
        "--output-dir=made",
        "r.yml",
    ];
    let ended = passed(dir.path(), &args, "");
    assert!(ended.out.starts_with("BLOCK ULID"), "{}", ended.out);
    let dump = passed(dir.path(), &["tsdb", "dump", "made"], "").out;
    let first = dump.lines().next().unwrap();
    // 1,700,000,040 is the first multiple of two minutes; both series begin with 0 and 0.5 or 1 a minute.
    assert_eq!(first, "{__name__=\"a:sum\", job=\"x\", kind=\"sum\", team=\"a\"} 0 1700000040000", "{dump}");
    assert!(dump.lines().all(|line| line.starts_with("{__name__=\"a:sum\"")), "{dump}");
    assert!(dump.lines().count() >= 99, "{dump}");
    let bad = ["tsdb", "create-blocks-from", "rules", "--url", &url, "--start=5", "--end=4", "r.yml"];
    let ended = ours(dir.path(), &bad, "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), "start time is not before end time\n"));
}

#[test]
fn debug_gathers_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, url) = idle(dir.path());
    let ended = passed(dir.path(), &["debug", "metrics", &url], "");
    assert!(ended.out.starts_with(&format!("collecting: {url}/metrics\n")), "{}", ended.out);
    assert!(dir.path().join("debug.tar.gz").exists());
    // There are no profiles of Go's runtime.
    assert_eq!(ours(dir.path(), &["debug", "pprof", &url], "").code, Some(1));
}

#[test]
fn prometheus_reads_our_data() {
    let dir = tempfile::tempdir().unwrap();
    let (server, url) = idle(dir.path());
    passed(dir.path(), &["push", "metrics", &url], METRICS);
    let theirs = tempfile::tempdir().unwrap();
    for streamed in [true, false] {
        // Debian's version asks for a stream unless a filter stands in the way, which the second round does not have: both
        // of its wishes are in its request, and a stream is the first.
        let required = if streamed { "" } else { ", required_matchers: {job: promtool}" };
        let config = format!("remote_read: [{{url: '{url}/api/v1/read', read_recent: true{required}}}]\n");
        std::fs::write(theirs.path().join("prometheus.yml"), config).unwrap();
        let reader = Server::start_prometheus(theirs.path(), &[]);
        // Whole seconds may lie before the sample that was pushed in the same second.
        let at = (now() + 1).to_string();
        let sample = |expr: &str| format!("{:?}", reader.query_at(expr, Some(&at)));
        let found = sample("up_for{job=\"promtool\"}");
        assert!(found.contains("\"region\": \"kr-1\"") && found.contains("7"), "{found}");
        assert!(sample("sum({__name__=~\"h_.*\",job=\"promtool\"})").contains("12"), "1 + 3 + 5 + 3");
        drop(reader);
    }
    let queries = server.get("/metrics").text();
    assert!(queries.contains("\nprometheus_remote_read_handler_queries 0\n"), "{queries}");
}

#[test]
fn a_job_s_targets_are_shown_before_and_after_relabelling() {
    let dir = tempfile::tempdir().unwrap();
    let config = "scrape_configs:\n- job_name: shop\n  static_configs: [{targets: ['a:1', 'b:2', 'a:1'], labels: {team: x}}]\n  relabel_configs:\n  - {action: drop, source_labels: [__address__], regex: 'b:.*'}\n  - {source_labels: [team], target_label: squad}\n";
    std::fs::write(dir.path().join("c.yml"), config).unwrap();
    let ended = passed(dir.path(), &["check", "service-discovery", "c.yml", "shop"], "");
    let results: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 2, "equal targets are shown once: {}", ended.out);
    assert_eq!(results[0]["discoveredLabels"]["team"], "x");
    assert_eq!(results[0]["labels"]["squad"], "x");
    assert_eq!(results[0]["labels"]["instance"], "a:1");
    assert_eq!(results[1]["labels"], serde_json::json!({}));
    let ended = ours(dir.path(), &["check", "service-discovery", "c.yml", "none"], "");
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), "Job none not found. Select one of:\n\tshop\n"));
}
