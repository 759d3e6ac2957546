//! Debian's promtool against a running Bongsu, and against the directory that it leaves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use harness::program::{Server, promtool};
use harness::target::Target;
use harness::until;

const METRICS: &str =
    "# TYPE requests_total counter\nrequests_total{code=\"200\"} 7\nrequests_total{code=\"500\"} 2\n";

#[test]
fn promtool_works_against_bongsu() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::fixed(METRICS);
    let config = format!(
        "global:
  scrape_interval: 200ms
  external_labels: {{region: 'kr-1'}}
scrape_configs:
- job_name: shop
  scrape_timeout: 200ms
  static_configs: [{{targets: ['{}'], labels: {{team: a}}}}]
  relabel_configs:
  - {{source_labels: [__address__], regex: '(.*):\\d+', target_label: host, replacement: '${{1}}'}}
  metric_relabel_configs:
  - {{action: labeldrop, regex: unwanted}}
",
        target.address
    );
    std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
    let server = Server::start(dir.path(), &["--web.enable-admin-api"]);
    until("three scrapes", || (target.scrapes() >= 3).then_some(()));
    server.until_value("count(requests_total)", "2");
    let url = format!("http://{}", server.address);

    let out = promtool(&["query", "instant", &url, "requests_total{code='200'}"]);
    let labels = format!(
        "requests_total{{code=\"200\", host=\"127.0.0.1\", instance=\"{}\", job=\"shop\", team=\"a\"}} => 7 @[",
        target.address
    );
    assert!(out.starts_with(&labels), "{out}");
    let out = promtool(&["query", "instant", &url, "sum(requests_total) * 2"]);
    assert!(out.starts_with("{} => 18 @["), "{out}");
    let out = promtool(&["query", "range", "--step=1s", &url, "sum by (code) (requests_total)"]);
    assert!(out.contains("{code=\"200\"} =>\n7 @[") && out.contains("{code=\"500\"} =>\n2 @["), "{out}");
    let out = promtool(&["query", "series", "--match=requests_total{code=~'5..'}", &url]);
    assert!(out.contains("code=\"500\"") && out.lines().count() == 1, "{out}");
    let out = promtool(&["query", "labels", &url, "code"]);
    assert_eq!(out, "200\n500\n");

    // The configuration as we print it is one that the original takes.
    let printed = server.api("status/config", &[])["yaml"].as_str().unwrap().to_owned();
    let file = dir.path().join("printed.yml");
    std::fs::write(&file, as_of_debian(&printed)).unwrap();
    let out = promtool(&["check", "config", &file.display().to_string()]);
    assert!(out.contains("SUCCESS"), "{out}\n{printed}");

    let snapshot = server.post("/api/v1/admin/tsdb/snapshot", &[], b"").json();
    let name = snapshot["data"]["name"].as_str().unwrap().to_owned();
    assert!(server.stop().success());

    let data = dir.path().join("data");
    let dump = promtool(&[
        "tsdb",
        "dump",
        "--match={__name__='requests_total',code='500'}",
        &data.display().to_string(),
    ]);
    assert!(dump.lines().count() >= 3, "{dump}");
    assert!(dump.lines().all(|l| l.contains("__name__=\"requests_total\"") && l.contains("} 2 ")), "{dump}");

    let snapshot = data.join("snapshots").join(name).display().to_string();
    let list = promtool(&["tsdb", "list", &snapshot]);
    let columns: Vec<&str> = list.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(columns[5], "7", "two series and five reports: {list}");
    let analyze = promtool(&["tsdb", "analyze", &snapshot]);
    assert!(analyze.contains("Series: 7\n"), "{analyze}");
    assert!(analyze.contains("2 requests_total"), "{analyze}");
}

/// Takes out what is younger than Debian's version, which has no notion of it.
fn as_of_debian(config: &str) -> String {
    const YOUNGER: [&str; 11] = [
        "always_scrape_classic_histograms",
        "convert_classic_histograms_to_nhcb",
        "enable_compression",
        "extra_scrape_metrics",
        "metric_name_escaping_scheme",
        "metric_name_validation_scheme",
        "otlp",
        "runtime",
        "scrape_native_histograms",
        "scrape_protocols",
        "track_timestamps_staleness",
    ];
    let mut kept = String::new();
    let mut dropped: Option<usize> = None;
    for line in config.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        // What belongs to a field that was taken out: deeper lines, and list items, which stand at its own depth.
        if dropped.is_some_and(|d| indent > d || (indent == d && text.starts_with("- "))) {
            continue;
        }
        let is_younger = text.split(':').next().is_some_and(|name| YOUNGER.contains(&name));
        dropped = is_younger.then_some(indent);
        if !is_younger {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
