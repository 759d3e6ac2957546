//! What was stored stays: after `kill -9`, and between Bongsu and Prometheus in the same directory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::program::{Server, promtool};
use harness::target::{Reply, Target};
use harness::until;
use serde_json::Value;

fn configure(dir: &Path, target: &Target) {
    let config = format!(
        "scrape_configs:\n- job_name: t\n  scrape_interval: 50ms\n  scrape_timeout: 50ms\n  static_configs: [{{targets: ['{}']}}]\n",
        target.address
    );
    std::fs::write(dir.join("prometheus.yml"), config).unwrap();
}

/// Stops all scraping and leaves only what is stored.
fn configure_nothing(dir: &Path) {
    std::fs::write(dir.join("prometheus.yml"), "global: {}\n").unwrap();
}

#[test]
fn every_scrape_that_could_be_seen_survives_kill_9() {
    const ROUNDS: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    let counter = Arc::new(AtomicUsize::new(0));
    let next = counter.clone();
    // Each scrape has a number of its own, and series come and go.
    let target = Target::start(move |_| {
        let n = next.fetch_add(1, Ordering::SeqCst);
        Reply::text(format!("seq {n}\nof_scrape{{n=\"{}\"}} {n}\n", n / 4))
    });
    configure(dir.path(), &target);
    let mut seen = BTreeSet::new();
    for round in 0..ROUNDS {
        let server = Server::start(dir.path(), &[]);
        let stored: BTreeSet<String> = values(&server, "seq[1h]").into_iter().collect();
        let lost: Vec<_> = seen.difference(&stored).collect();
        assert!(lost.is_empty(), "lost by the kill before round {round}: {lost:?}");
        let before = stored.len();
        // It scrapes on, and some rounds end sooner after the start than others.
        let more = 1 + round % 4;
        let now = until("further scrapes", || {
            Some(values(&server, "seq[1h]")).filter(|v| v.len() >= before + more)
        });
        seen.extend(now);
        server.kill();
    }
    let server = Server::start(dir.path(), &[]);
    // Both series of a scrape are there or neither.
    let whole: BTreeSet<String> = values(&server, "seq[1h]").into_iter().collect();
    let other: BTreeSet<String> = values(&server, "of_scrape[1h]").into_iter().collect();
    let both = whole.intersection(&seen).count();
    assert_eq!((both, other.intersection(&seen).count()), (seen.len(), seen.len()));
    assert!(server.stop().success());
    let dump = promtool(&[
        "tsdb",
        "dump",
        "--match={__name__='seq'}",
        &dir.path().join("data").display().to_string(),
    ]);
    assert_eq!(dump.lines().count(), whole.len(), "the log as Prometheus reads it");
}

/// All values that a range selector finds now, in order of series and time.
fn values(server: &Server, selector: &str) -> Vec<String> {
    let data = server.api("query", &[("query", selector)]);
    let series = data["result"].as_array().unwrap();
    let points = series.iter().flat_map(|s| s["values"].as_array().unwrap());
    points.map(|p| p[1].as_str().unwrap().to_owned()).collect()
}

const ODD: &str = "\
# TYPE requests counter
requests{code=\"200\"} 17
requests{code=\"500\",path=\"/a b\\\"c\\\\d\\ne\"} 1e-300
special{v=\"nan\"} NaN
special{v=\"inf\"} +Inf
special{v=\"-inf\"} -Inf
special{v=\"-0\"} -0
name{room=\"室 12\"} 1.7976931348623157e308
";

/// A target with odd values that change from scrape to scrape, and a series that vanishes.
fn odd_target() -> Target {
    Target::start(|request| {
        let n = request.number;
        let vanishing = if n < 3 { "vanishing 1\n" } else { "" };
        Reply::text(format!("{ODD}{vanishing}# TYPE wave gauge\nwave {}\n", (n as f64).sin()))
    })
}

/// Everything stored up to a time, by series.
fn everything(server: &Server, at: &str) -> BTreeMap<String, Value> {
    let selector = "{job='t',__name__!~'scrape_duration_seconds'}[1h]";
    let data = server.api("query", &[("query", selector), ("time", at)]);
    let series = data["result"].as_array().unwrap().iter();
    series.map(|s| (s["metric"].to_string(), s["values"].clone())).collect()
}

/// One program writes, the other reads, goes on writing, and the first reads that.
fn hand_over(first: fn(&Path, &[&str]) -> Server, second: fn(&Path, &[&str]) -> Server) {
    let dir = tempfile::tempdir().unwrap();
    let target = odd_target();
    let mut stored = BTreeMap::new();
    let mut at = String::new();
    for (round, start) in [first, second, first].into_iter().enumerate() {
        // What the one before stored, read by this one with nothing added.
        configure_nothing(dir.path());
        let server = start(dir.path(), &[]);
        if round > 0 {
            assert_eq!(everything(&server, &at), stored, "read after round {round}");
        }
        assert!(server.stop().success());

        configure(dir.path(), &target);
        let server = start(dir.path(), &[]);
        let before = target.scrapes();
        until("further scrapes", || (target.scrapes() >= before + 6).then_some(()));
        // Seven odd ones, the wave, and five of the scrape itself.
        server.until_value("count({job='t'})", "13");
        at = server.value("max(timestamp(wave))").unwrap();
        stored = everything(&server, &at);
        assert!(stored.len() >= 13, "{stored:?}");
        assert!(server.stop().success());
    }
}

#[test]
fn prometheus_first() {
    hand_over(Server::start_prometheus, Server::start);
}

#[test]
fn bongsu_first() {
    hand_over(Server::start, Server::start_prometheus);
}
