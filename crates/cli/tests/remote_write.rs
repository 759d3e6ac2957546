//! Receiving remote write: messages made by hand, and Debian's Prometheus as the sender.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use harness::http::Answer;
use harness::program::Server;
use harness::target::Target;
use harness::until;

const RECEIVE: &str = "--web.enable-remote-write-receiver";
const PATH: &str = "/api/v1/write";

fn idle(dir: &Path) {
    std::fs::write(dir.join("prometheus.yml"), "global: {}\n").unwrap();
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn varint(mut v: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
    out
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn sample(value: f64, t: i64) -> Vec<u8> {
    let content =
        [varint(1 << 3 | 1), value.to_le_bytes().to_vec(), varint(2 << 3), varint(t as u64)].concat();
    bytes(2, &content)
}

/// A `TimeSeries` of version 1 in its request.
fn series(labels: &[(&str, &str)], samples: &[(f64, i64)]) -> Vec<u8> {
    let label = |(name, value): &(&str, &str)| {
        bytes(1, &[bytes(1, name.as_bytes()), bytes(2, value.as_bytes())].concat())
    };
    let mut content: Vec<u8> = labels.iter().flat_map(label).collect();
    content.extend(samples.iter().flat_map(|(value, t)| sample(*value, *t)));
    bytes(1, &content)
}

fn compressed(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(message).unwrap()
}

fn send(server: &Server, message: &[u8]) -> Answer {
    let headers = [
        ("Content-Type", "application/x-protobuf"),
        ("Content-Encoding", "snappy"),
        ("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ];
    server.post(PATH, &headers, &compressed(message))
}

#[test]
fn without_the_flag_there_is_no_receiver() {
    let dir = tempfile::tempdir().unwrap();
    idle(dir.path());
    let ours = Server::start(dir.path(), &[]);
    let answer = send(&ours, b"");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains(RECEIVE), "{}", answer.text());
}

#[test]
fn what_is_sent_can_be_queried_as_in_prometheus() {
    let (our_dir, their_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    idle(our_dir.path());
    idle(their_dir.path());
    let ours = Server::start(our_dir.path(), &[RECEIVE]);
    let theirs = Server::start_prometheus(their_dir.path(), &[RECEIVE]);
    let now = now_ms();
    let counter = [("__name__", "sent_total"), ("city", "서울"), ("job", "j")];
    let odd = [("__name__", "odd"), ("job", "j"), ("v", "a \"b\" \\ c\nd")];
    let message = [
        series(&counter, &[(1.0, now - 30_000), (2.5, now - 20_000), (f64::INFINITY, now - 10_000)]),
        series(&odd, &[(f64::NAN, now - 30_000), (-0.0, now - 20_000)]),
    ]
    .concat();
    // Then one that goes on, and one that ends: what is sent may be a staleness marker.
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let second = [series(&counter, &[(3.0, now - 5_000)]), series(&odd, &[(stale, now - 5_000)])].concat();
    for server in [&ours, &theirs] {
        for message in [&message, &second] {
            let answer = send(server, message);
            assert_eq!((answer.status, answer.text().as_str()), (204, ""));
        }
    }
    let (start, end) = (((now - 40_000) as f64 / 1e3).to_string(), (now as f64 / 1e3).to_string());
    let range = [("query", "{job=\"j\"}"), ("start", &start), ("end", &end), ("step", "5")];
    let matrix = ours.api("query_range", &range);
    assert_eq!(matrix, theirs.api("query_range", &range));
    assert_eq!(matrix["result"].as_array().unwrap().len(), 2);
    let selector = [("match[]", "{job=\"j\"}")];
    let series = [&ours, &theirs].map(|server| {
        let data = server.api("series", &selector);
        let mut series: Vec<String> = data.as_array().unwrap().iter().map(ToString::to_string).collect();
        series.sort();
        series
    });
    assert_eq!(series[0], series[1]);
    for query in ["{job=\"j\"}[5m]", "{job=\"j\"}", "sum by (city) (sent_total)"] {
        let parameters = [("query", query), ("time", end.as_str())];
        assert_eq!(ours.api("query", &parameters), theirs.api("query", &parameters), "{query}");
    }

    // What makes no sense is refused by both in the same way.
    for (kind, encoding, body) in [
        ("application/x-protobuf", "snappy", b"no snappy at all".to_vec()),
        ("application/x-protobuf", "snappy", compressed(b"\x0a\xff no protobuf")),
    ] {
        let headers = [("Content-Type", kind), ("Content-Encoding", encoding)];
        let statuses = [&ours, &theirs].map(|s| s.post(PATH, &headers, &body).status);
        assert_eq!(statuses, [400, 400]);
    }
    let plain = ours.post(PATH, &[("Content-Type", "text/plain")], b"sent_total 1\n");
    assert_eq!(plain.status, 415, "{}", plain.text());
}

/// Since 3.0 Prometheus stores what is good of a request and says what is not; Debian's 2.42 stores nothing of it.
#[test]
fn a_partly_good_request_is_stored_in_part_and_told_so() {
    let dir = tempfile::tempdir().unwrap();
    idle(dir.path());
    let server = Server::start(dir.path(), &[RECEIVE]);
    let now = now_ms();
    let (good, late) = ([("__name__", "good")], [("__name__", "late")]);
    assert_eq!(send(&server, &series(&late, &[(1.0, now - 1000)])).status, 204);
    let mixed = [
        series(&late, &[(0.0, now - 5000)]),
        series(&[("no_name", "x")], &[(1.0, now)]),
        series(&good, &[(7.0, now - 1000)]),
    ]
    .concat();
    let answer = send(&server, &mixed);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("out of order"), "{}", answer.text());
    assert_eq!(server.value("good").as_deref(), Some("7"));
    assert_eq!(server.value("late").as_deref(), Some("1"));
    assert_eq!(server.value("{no_name=\"x\"}"), None);

    // Version 2.0: names and values stand in one table, and the answer counts what was stored.
    let symbols = ["", "__name__", "late", "second", "city", "Ulsan"];
    let table: Vec<u8> = symbols.iter().flat_map(|s| bytes(4, s.as_bytes())).collect();
    let of = |references: &[u8], value, t| bytes(5, &[bytes(1, references), sample(value, t)].concat());
    let message = [table, of(&[1, 2], 0.0, now - 5000), of(&[1, 3, 4, 5], 9.0, now - 1000)].concat();
    let headers = [
        ("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"),
        ("Content-Encoding", "snappy"),
        ("X-Prometheus-Remote-Write-Version", "2.0.0"),
    ];
    let answer = server.post(PATH, &headers, &compressed(&message));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("out of order"), "{}", answer.text());
    assert_eq!(answer.header("x-prometheus-remote-write-samples-written"), Some("1"));
    assert_eq!(server.value("second{city=\"Ulsan\"}").as_deref(), Some("9"));
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    idle(dir.path());
    let now = now_ms();
    let server = Server::start(dir.path(), &[RECEIVE]);
    for n in 0..50 {
        let number = n.to_string();
        let labels = [("__name__", "kept"), ("n", number.as_str())];
        assert_eq!(send(&server, &series(&labels, &[(f64::from(n), now)])).status, 204);
    }
    server.kill();
    let server = Server::start(dir.path(), &[RECEIVE]);
    assert_eq!(server.value("count(kept)").as_deref(), Some("50"));
    assert_eq!(server.value("sum(kept)").as_deref(), Some("1225"));
}

#[test]
fn prometheus_sends_and_bongsu_has_the_same() {
    let (our_dir, their_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    idle(our_dir.path());
    let ours = Server::start(our_dir.path(), &[RECEIVE]);
    let target = Target::start(|request| {
        let n = request.number;
        let vanishing = if n < 2 { "vanishing 1\n" } else { "" };
        harness::target::Reply::text(format!("# TYPE a counter\na {n}\nb{{v=\"nan\"}} NaN\n{vanishing}"))
    });
    let config = format!(
        "global: {{scrape_interval: 200ms, scrape_timeout: 200ms, external_labels: {{region: east}}}}\n\
         remote_write: [{{url: 'http://{}{PATH}', queue_config: {{batch_send_deadline: 100ms}}}}]\n\
         scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{}']}}]}}]\n",
        ours.address, target.address
    );
    std::fs::write(their_dir.path().join("prometheus.yml"), config).unwrap();
    let theirs = Server::start_prometheus(their_dir.path(), &[]);
    // Its queue starts with the first scrapes under way; what is compared begins once samples arrive.
    until("samples from Prometheus", || ours.value("a{region=\"east\"}"));
    let start = until("its first scrapes", || Some(target.scrapes()).filter(|n| *n > 3));
    until("further scrapes", || (target.scrapes() > start + 5).then_some(()));
    let time = theirs.value("timestamp(up)").unwrap();
    let of = |server: &Server, query: &str| {
        let data = server.api("query", &[("query", query), ("time", &time)]);
        let result = data["result"].as_array().unwrap().iter();
        let mut series: Vec<String> = result
            .map(|s| format!("{} {}", s["metric"], s["values"]).replace(",\"region\":\"east\"", ""))
            .collect();
        series.sort();
        series
    };
    for query in ["{job=\"t\"}[1m]", "{__name__=\"vanishing\"}[1m]"] {
        let want = of(&theirs, query);
        assert!(!want.is_empty());
        until("all that Prometheus has", || (of(&ours, query) == want).then_some(()));
    }
    assert_eq!(ours.value("vanishing"), None, "the staleness marker was sent, too");
}

#[test]
fn late_samples_are_taken_within_the_window_which_reloads() {
    const RELOAD: &str = "--web.enable-lifecycle";
    let (our_dir, their_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let window = "storage: {tsdb: {out_of_order_time_window: 1h}}\n";
    for dir in [&our_dir, &their_dir] {
        std::fs::write(dir.path().join("prometheus.yml"), window).unwrap();
    }
    let ours = Server::start(our_dir.path(), &[RECEIVE, RELOAD]);
    let theirs = Server::start_prometheus(their_dir.path(), &[RECEIVE, RELOAD]);
    let now = now_ms();
    let labels = [("__name__", "late"), ("job", "j")];
    // Minutes before now: in order, late, the same again, another value at a late time, and too old.
    for (minutes, value) in
        [(10, 1.0), (9, 2.0), (30, 3.0), (50, 4.0), (40, 5.0), (40, 5.0), (30, 6.0), (80, 7.0)]
    {
        let message = series(&labels, &[(value, now - minutes * 60_000)]);
        let taken = [&ours, &theirs].map(|server| send(server, &message).status == 204);
        assert_eq!(taken[0], taken[1], "{minutes} minutes ago");
        assert_eq!(taken[0], minutes < 80);
    }
    let end = (now as f64 / 1e3).to_string();
    let parameters = [("query", "late[2h]"), ("time", end.as_str())];
    let found = ours.api("query", &parameters);
    assert_eq!(found, theirs.api("query", &parameters));
    assert_eq!(found["result"][0]["values"].as_array().unwrap().len(), 5);
    let metrics = ours.get("/metrics").text();
    for line in [
        "prometheus_tsdb_head_out_of_order_samples_appended_total{type=\"float\"} 3",
        "prometheus_tsdb_too_old_samples_total{type=\"float\"} 1",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line} is not in\n{metrics}");
    }
    // Without the window what is stored stays, also over a kill, and nothing late comes in any more.
    idle(our_dir.path());
    assert_eq!(ours.post("/-/reload", &[], b"").status, 200);
    let late = series(&labels, &[(8.0, now - 20 * 60_000)]);
    let refused = send(&ours, &late);
    assert_eq!((refused.status, refused.text().contains("out of order sample")), (400, true));
    ours.kill();
    let ours = Server::start(our_dir.path(), &[RECEIVE]);
    assert_eq!(ours.api("query", &parameters), found);
}
