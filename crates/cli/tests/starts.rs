//! `bongsu` with no configuration: it scrapes itself and this host, and its answers are good to the original's tools.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::io::Write as _;
use std::process::{Command, Stdio};

use harness::program::Server;
use harness::until;

#[test]
fn scrapes_itself_and_the_host() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &[]);
    let up = until("both jobs to be up", || {
        let up = server.query("up");
        (up.len() == 2 && up.iter().all(|(_, v)| v == "1")).then_some(up)
    });
    let mut jobs: Vec<&str> = up.iter().map(|(labels, _)| labels["job"].as_str()).collect();
    jobs.sort_unstable();
    assert_eq!(jobs, ["node", "prometheus"]);
    // A rate needs two scrapes.
    let rates = until("two scrapes of the host", || {
        Some(server.query("rate(node_cpu_seconds_total[1m])")).filter(|r| !r.is_empty())
    });
    assert!(rates.iter().all(|(_, v)| v.parse::<f64>().unwrap() >= 0.0), "{rates:?}");
    assert_eq!(server.query("topk(5, scrape_samples_scraped or node_cpu_seconds_total)").len(), 5);
    assert!(server.stop().success());
}

#[test]
fn metrics_please_the_original_in_all_formats() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &[]);
    for path in ["/metrics", "/node/metrics"] {
        let text = server.get_with(path, &[("Accept", "text/plain;version=0.0.4")]);
        assert!(text.header("content-type").unwrap().starts_with("text/plain; version=0.0.4; charset=utf-8"));
        let complaints = check_metrics(&text.body);
        assert!(complaints.iter().all(|c| is_about_a_given_name(c)), "{path}: {complaints:?}");

        let open = server.get_with(path, &[("Accept", "application/openmetrics-text;version=1.0.0")]);
        let kind = open.header("content-type").unwrap();
        assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
        assert!(open.text().ends_with("# EOF\n"));

        let protobuf =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        let proto = server.get_with(path, &[("Accept", protobuf)]);
        let kind = proto.header("content-type").unwrap();
        assert!(kind.starts_with("application/vnd.google.protobuf"), "{kind}");
        assert!(!proto.body.is_empty());
    }
    assert!(server.stop().success());
}

/// Complaints about style; the originals have these very names, and it is their names that we keep.
fn is_about_a_given_name(complaint: &str) -> bool {
    complaint.ends_with("metric names should be written in 'snake_case' not 'camelCase'")
        || complaint.starts_with("node_entropy_")
            && complaint.ends_with("use base unit \"bytes\" instead of \"bits\"")
        || complaint
            == "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total \
                metric name should not include type 'histogram'"
}

/// What Debian's promtool has to say about metrics.
fn check_metrics(body: &[u8]) -> Vec<String> {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: run `make test-setup`");
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&all).lines().map(str::to_owned).collect()
}
