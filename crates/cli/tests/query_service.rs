//! Queries as an operator sees them: listed, ended, logged, told after a crash, and kept between refreshes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use harness::http::form;
use harness::program::Server;
use harness::until;
use serde_json::Value;

/// Minutes of work on next to no memory: the middle of two million numbers, eleven thousand times.
const LONG: &str = "quantile_over_time(0.5, vector(time())[2000s:1ms])";

fn configure(dir: &Path, text: &str) {
    std::fs::write(dir.join("prometheus.yml"), text).unwrap();
}

/// Sends a query and leaves the connection open.
fn begin(server: &Server, headers: &str) -> TcpStream {
    let parameters = form(&[("query", LONG), ("start", "1700000000"), ("end", "1700010000"), ("step", "1")]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let request = format!("GET /api/v1/query_range?{parameters} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn active(server: &Server) -> Vec<Value> {
    server.api("status/active_queries", &[]).as_array().unwrap().clone()
}

fn until_active(server: &Server, n: usize) -> Vec<Value> {
    until(&format!("{n} active queries"), || Some(active(server)).filter(|list| list.len() == n))
}

#[test]
fn running_queries_are_listed_and_ended() {
    let dir = tempfile::tempdir().unwrap();
    configure(dir.path(), "global: {}\n");
    let server = Server::start(dir.path(), &["--query.max-concurrency=1", "--web.enable-lifecycle"]);
    let mut running = begin(&server, "X-Grafana-User: ann\r\nUser-Agent: dashboard\r\n");
    until("a running query", || Some(active(&server)).filter(|l| l.len() == 1 && l[0]["state"] == "running"));
    let waiting = begin(&server, "");
    let list = until_active(&server, 2);
    assert_eq!(
        (&list[0]["query"], &list[0]["user"], &list[0]["user_agent"]),
        (&LONG.into(), &"ann".into(), &"dashboard".into())
    );
    assert_eq!((&list[0]["remote_addr"], &list[1]["state"]), (&"127.0.0.1".into(), &"queued".into()));

    // A client that goes away takes its query along, be it waiting or running.
    drop(waiting);
    until_active(&server, 1);
    let path = format!("/api/v1/status/active_queries/{}/cancel", list[0]["id"].as_str().unwrap());
    let answer = server.post(&path, &[], b"");
    assert_eq!(answer.status, 204, "{}", answer.text());
    let mut told = [0; 12];
    running.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 499");
    until_active(&server, 0);
    let leaving = begin(&server, "");
    until_active(&server, 1);
    drop(leaving);
    until_active(&server, 0);
    // The place is free again.
    assert_eq!(server.value("vector(1)").as_deref(), Some("1"));
}

#[test]
fn a_crash_is_told_with_what_was_running() {
    let dir = tempfile::tempdir().unwrap();
    configure(dir.path(), "global: {}\n");
    let server = Server::start(dir.path(), &[]);
    let _running = begin(&server, "");
    until("a running query", || Some(active(&server)).filter(|l| l.len() == 1 && l[0]["state"] == "running"));
    server.kill();
    // Prometheus reads the file, too: zeros out, the last comma a bracket.
    let file = std::fs::read_to_string(dir.path().join("data/queries.active")).unwrap().replace('\0', "");
    let told: Value = serde_json::from_str(&format!("{}]", file.trim_end_matches(','))).unwrap();
    assert_eq!(told[0]["query"], LONG);
    let server = Server::start(dir.path(), &[]);
    until("the line about it", || {
        server
            .log()
            .lines()
            .any(|l| l.contains("was running when the last run ended") && l.contains("quantile_over_time"))
            .then_some(())
    });
    server.stop();
    let server = Server::start(dir.path(), &[]);
    assert!(!server.log().contains("was running when the last run ended"), "an orderly end leaves nothing");
}

#[test]
fn queries_are_logged_as_the_configuration_says() {
    let dir = tempfile::tempdir().unwrap();
    configure(dir.path(), "global: {query_log_file: queries.log}\n");
    let server = Server::start(dir.path(), &["--web.enable-lifecycle", "--query.slow-log-threshold=1ms"]);
    server.api("query_range", &[("query", "vector(42)"), ("start", "100"), ("end", "200.5"), ("step", "10")]);
    let bad = server.get(&format!(
        "/api/v1/query?{}",
        form(&[("query", "label_replace(vector(1), \"~\", \"\\xff\", \"\", \"(\")")])
    ));
    assert_ne!(bad.status, 200);
    // Longer than the threshold, if only just.
    server.api("query", &[("query", "count_over_time(vector(1)[1000s:1ms])")]);
    until("the line about a slow query", || {
        let log = server.log();
        log.lines().any(|l| l.contains("slow query") && l.contains("count_over_time")).then_some(())
    });
    let lines = |path: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(dir.path().join(path)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let first = until("three lines", || Some(lines("queries.log")).filter(|l| l.len() == 3)).remove(0);
    assert_eq!(first["msg"], "promql query logged");
    assert_eq!(
        first["params"],
        serde_json::json!({"query": "vector(42)", "start": "1970-01-01T00:01:40.000Z", "end": "1970-01-01T00:03:20.500Z", "step": 10})
    );
    assert_eq!(
        (&first["httpRequest"]["path"], &first["httpRequest"]["clientIP"]),
        (&"/api/v1/query_range".into(), &"127.0.0.1".into())
    );
    assert!(
        first["stats"]["timings"]["evalTotalTime"].is_number()
            && first["stats"]["samples"]["samplesRead"].is_number()
    );
    assert!(lines("queries.log")[1]["error"].is_string());

    configure(dir.path(), "global: {}\n");
    assert_eq!(server.post("/-/reload", &[], b"").status, 200);
    server.value("vector(7)");
    assert_eq!(lines("queries.log").len(), 3, "switched off by a reload");
    configure(dir.path(), "global: {query_log_file: other.log}\n");
    assert_eq!(server.post("/-/reload", &[], b"").status, 200);
    server.value("vector(8)");
    assert_eq!(
        until("a line in the other file", || Some(lines("other.log")).filter(|l| l.len() == 1))[0]["params"]
            ["query"],
        "vector(8)"
    );
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("prometheus_engine_query_log_enabled 1\n"));
}

/// What of the range cache's work the metrics tell.
fn kept(server: &Server, result: &str) -> u64 {
    let metrics = server.get("/metrics").text();
    let name = format!("bongsu_range_cache_queries_total{{result=\"{result}\"}} ");
    metrics.lines().find_map(|l| l.strip_prefix(&name)?.parse().ok()).unwrap()
}

#[test]
fn refreshes_take_up_what_holds_and_see_what_changed() {
    let dir = tempfile::tempdir().unwrap();
    configure(dir.path(), "storage: {tsdb: {out_of_order_time_window: 1h}}\n");
    let server = Server::start(
        dir.path(),
        &[
            "--web.enable-admin-api",
            "--storage.tsdb.retention.time=100y",
            "--web.enable-remote-write-receiver",
        ],
    );
    let write = |value: f64, times: std::ops::RangeInclusive<i64>| {
        let mut body = Vec::new();
        for t in times {
            let mut sample = vec![1 << 3 | 1];
            sample.extend_from_slice(&value.to_le_bytes());
            sample.push(2 << 3);
            varint((t * 1000) as u64, &mut sample);
            let mut one = [label("__name__", "m"), label("a", "b")].concat();
            bytes(2, &sample, &mut one);
            bytes(1, &one, &mut body);
        }
        let body = snap::raw::Encoder::new().compress_vec(&body).unwrap();
        let headers = [("Content-Type", "application/x-protobuf"), ("Content-Encoding", "snappy")];
        let answer = server.post("/api/v1/write", &headers, &body);
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
    };
    let range = |start: &str, end: &str| -> String {
        let cached = server.api(
            "query_range",
            &[("query", "count_over_time(m[10s])"), ("start", start), ("end", end), ("step", "10")],
        );
        // With statistics every step is evaluated.
        let plain = server.api(
            "query_range",
            &[
                ("query", "count_over_time(m[10s])"),
                ("start", start),
                ("end", end),
                ("step", "10"),
                ("stats", "all"),
            ],
        );
        assert_eq!(cached["result"], plain["result"], "{start} to {end}");
        cached["result"].to_string()
    };
    write(1.0, 1_700_000_000..=1_700_000_600);
    range("1700000000", "1700000500");
    range("1700000000", "1700000500");
    assert_eq!((kept(&server, "missed"), kept(&server, "whole")), (1, 1));
    range("1700000100", "1700000600");
    assert_eq!(kept(&server, "partial"), 1);
    let before = range("1700000100", "1700000600");
    write(1.0, 1_700_000_601..=1_700_000_700);
    assert_eq!(range("1700000100", "1700000600"), before);
    assert_eq!(kept(&server, "whole"), 3, "new samples after the range change nothing in it");
    range("1700000200", "1700000700");
    let delete = form(&[("match[]", "m"), ("start", "1700000300"), ("end", "1700000400")]);
    assert_eq!(server.post(&format!("/api/v1/admin/tsdb/delete_series?{delete}"), &[], b"").status, 204);
    assert_ne!(range("1700000100", "1700000600"), before);
}

fn label(name: &str, value: &str) -> Vec<u8> {
    let mut pair = Vec::new();
    bytes(1, name.as_bytes(), &mut pair);
    bytes(2, value.as_bytes(), &mut pair);
    let mut out = Vec::new();
    bytes(1, &pair, &mut out);
    out
}

fn bytes(number: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

fn varint(mut v: u64, out: &mut Vec<u8>) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}
