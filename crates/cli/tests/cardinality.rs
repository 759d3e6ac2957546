//! A target that explodes hurts nobody but its own new series: known series, other targets and `up` stay whole, and the
//! server says which metric and label it was.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::fmt::Write as _;
use std::path::Path;

use harness::program::Server;
use harness::target::{Reply, Target};
use harness::until;
use serde_json::Value;

/// Series that the bomb has from the start, and those that each further scrape adds.
const KNOWN: usize = 50;
const NEW: usize = 3000;

/// Always the same few series, and from the third scrape on thousands more, new ones each time.
fn bomb() -> Target {
    Target::start(|request| {
        let mut body = String::new();
        for i in 0..KNOWN {
            writeln!(body, "known_total{{i=\"{i}\"}} {}", request.number).unwrap();
        }
        for i in 0..if request.number > 2 { NEW } else { 0 } {
            writeln!(body, "requests_total{{user=\"u{}\",code=\"200\"}} 1", request.number * NEW + i)
                .unwrap();
        }
        Reply::text(body)
    })
}

fn configure(dir: &Path, bomb: &Target, calm: &Target, limits: &str) {
    let job = |name: &str, target: &Target| {
        format!(
            "- job_name: {name}\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\n  static_configs: [{{targets: ['{}']}}]\n",
            target.address
        )
    };
    let config = format!("scrape_configs:\n{}{}{limits}", job("bomb", bomb), job("calm", calm));
    std::fs::write(dir.join("prometheus.yml"), config).unwrap();
}

fn count(list: &Value, name: &str) -> u64 {
    let rows = list.as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).and_then(|row| row["value"].as_u64()).unwrap_or(0)
}

#[test]
fn over_the_limit_of_a_job_its_new_series_are_refused_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (bomb, calm) = (bomb(), Target::fixed("a 1\nb{x=\"y\"} 2\n"));
    let limits = "storage: {bongsu: {series_limits: [{label: job, max_series: 1000}]}}\n";
    configure(dir.path(), &bomb, &calm, limits);
    let server = Server::start(dir.path(), &[]);
    let protection = until("thousands of refusals", || {
        let told = server.api("status/tsdb", &[])["bongsu"].clone();
        (count(&told["refusedSeries"], "label_limit") > 3 * NEW as u64).then_some(told)
    });
    assert_eq!(count(&protection["refusedSeriesOrigins"], "job=calm"), 0);
    assert!(count(&protection["refusedSeriesOrigins"], "__name__=requests_total") > NEW as u64);
    let label = &protection["refusedSeriesLabels"][0];
    assert_eq!(label["name"], "user", "{label}");
    assert!(label["values"].as_u64().unwrap() > 1000, "{label}");

    // The job holds what it may, its known series go on, and nobody else noticed.
    assert!(server.api("status/tsdb", &[])["headStats"]["numSeries"].as_u64().unwrap() <= 1000 + 20);
    server.until_value("up{job='bomb'}", "1");
    assert_eq!(server.value("count(known_total)").unwrap(), KNOWN.to_string());
    until("a known series that grows", || {
        server.value("min(changes(known_total[1m])) > bool 5").filter(|v| v == "1")
    });
    assert_eq!(server.value("min_over_time(up{job='calm'}[1m])").unwrap(), "1");
    assert_eq!(server.value("b").unwrap(), "2");
    let metrics = server.get("/metrics").text();
    let refused =
        metrics.lines().find(|l| l.starts_with("bongsu_tsdb_series_refused_total{reason=\"label_limit\"}"));
    assert!(refused.is_some_and(|l| !l.ends_with(" 0")), "{refused:?}");
}

#[test]
fn near_the_memory_limit_new_series_are_refused_and_after_a_kill_still_are() {
    let dir = tempfile::tempdir().unwrap();
    let (bomb, calm) = (bomb(), Target::fixed("a 1\nb{x=\"y\"} 2\n"));
    configure(dir.path(), &bomb, &calm, "");
    // The first scrapes come while little is in use; then what the process holds is over 80 % of this.
    let server = Server::start(dir.path(), &["--storage.memory-limit=128MB"]);
    let refused =
        |server: &Server| count(&server.api("status/tsdb", &[])["bongsu"]["refusedSeries"], "memory_limit");
    until("refusals", || (refused(&server) > NEW as u64).then_some(()));
    server.until_value("up{job='bomb'}", "1");
    assert_eq!(server.value("min_over_time(up{job='calm'}[1m])").unwrap(), "1");
    let metrics = server.get("/metrics").text();
    let limit = metrics.lines().find_map(|l| l.strip_prefix("bongsu_memory_limit_bytes ")).unwrap();
    assert_eq!(limit.parse::<f64>().unwrap(), f64::from(128 << 20));
    server.kill();

    let server = Server::start(dir.path(), &["--storage.memory-limit=128MB"]);
    until("refusals after the restart", || (refused(&server) > NEW as u64).then_some(()));
    // A query may be refused while the tables of the start are still held.
    until("the other target", || {
        let answer = server.get("/api/v1/query?query=up%7Bjob%3D%22calm%22%7D").json();
        (answer["data"]["result"][0]["value"][1] == "1").then_some(())
    });
}
