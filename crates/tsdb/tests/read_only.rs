//! A directory with nothing but a log, as a killed Prometheus leaves it, is dumped as promtool dumps it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::Command;

use common::Prometheus;
use storage::TimeRange;
use tsdb::tools::{DumpFormat, ReadOnly, dump};

const CONFIG: &str = "
global: {scrape_interval: 100ms, scrape_timeout: 100ms}
scrape_configs:
  - job_name: itself
    static_configs: [{targets: ['ADDRESS']}]
";

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// Names and sizes of all files below a directory.
fn files(dir: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap()) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path().display().to_string(), entry.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_killed_prometheus_leaves_a_log_that_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let prometheus = Prometheus::start(dir.path(), CONFIG);
    while prometheus.get("/api/v1/query?query=count_over_time(up%5B1m%5D)%20%3E%203")["data"]["result"][0]
        .is_null()
    {
        std::thread::yield_now();
    }
    drop(prometheus); // kill -9

    let before = files(dir.path());
    let sandbox = tempfile::tempdir().unwrap();
    let read_only = ReadOnly::open(dir.path(), sandbox.path(), TimeRange::ALL).unwrap();
    let mut ours = Vec::new();
    dump(&mut ours, read_only.view(), TimeRange::ALL, &[vec![]], DumpFormat::Prometheus).unwrap();
    drop(read_only);
    assert_eq!(files(dir.path()), before, "nothing was written");
    assert_eq!(std::fs::read_dir(sandbox.path()).unwrap().count(), 0, "the sandbox is gone");

    let theirs = Command::new("promtool").args(["tsdb", "dump"]).arg(dir.path()).output().unwrap();
    assert!(theirs.status.success(), "{theirs:?}");
    let (ours, theirs) = (String::from_utf8(ours).unwrap(), String::from_utf8(theirs.stdout).unwrap());
    assert!(sorted(&theirs).len() > 1000);
    assert!(
        sorted(&ours) == sorted(&theirs),
        "{} lines, promtool {}",
        ours.lines().count(),
        theirs.lines().count()
    );
}
