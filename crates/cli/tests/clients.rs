//! Programs instrumented with real client libraries are scraped and queried back.
//!
//! `make test-setup` installs the libraries; a test whose program is missing fails and says so.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;

use harness::program::{Running, Server, label_set};
use harness::{free_port, http, repository_file, until};

/// Starts a program that listens on a port it is told, and waits until it does.
fn start(mut command: Command) -> (Running, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut app = Running::start(command.arg(address.rsplit(':').next().unwrap()));
    until("the program to listen", || {
        assert!(!app.has_ended(), "it ended: {}", app.output());
        http::send(&address, "GET", "/metrics", &[], b"").ok().filter(|a| a.status == 200)
    });
    (app, address)
}

fn python(script: &str) -> Command {
    let mut command = Command::new(repository_file(".venv/bin/python"));
    command.arg(repository_file(script));
    command
}

fn scrape(dir: &Path, address: &str, more: &str, args: &[&str]) -> Server {
    let config = format!(
        "scrape_configs:\n- job_name: app\n  scrape_interval: 500ms\n  scrape_timeout: 500ms\n  static_configs: [{{targets: ['{address}']}}]\n{more}"
    );
    std::fs::write(dir.join("prometheus.yml"), config).unwrap();
    let server = Server::start(dir, args);
    server.until_value("up{job='app'}", "1");
    server
}

#[test]
fn a_flask_application() {
    let dir = tempfile::tempdir().unwrap();
    let (_app, address) = start(python("tests/apps/flask_app.py"));
    for city in ["seoul", "seoul", "seoul", "busan"] {
        assert_eq!(http::send(&address, "GET", &format!("/order/{city}"), &[], b"").unwrap().status, 200);
    }
    let server = scrape(dir.path(), &address, "", &[]);
    for (query, want) in [
        ("shop_orders_total{city='seoul'}", "6"),
        ("shop_orders_total{city='busan'}", "2"),
        ("shop_stock{item='tea \"green\"\\\\black\\n'}", "7.5"),
        ("shop_info{version='1.2.3'}", "1"),
        ("flask_http_request_total{method='GET',status='200'}", "4"),
        ("flask_http_request_duration_seconds_count{endpoint='order'}", "4"),
        ("flask_http_request_duration_seconds_bucket{endpoint='order',le='+Inf'}", "4"),
    ] {
        assert_eq!(server.value(query).as_deref(), Some(want), "{query}");
    }
    let metadata = server.api("metadata", &[("metric", "shop_stock")]);
    let help = "Things left; a \"quoted\" help with a \\ and a\nline break";
    assert_eq!(metadata["shop_stock"][0], serde_json::json!({ "type": "gauge", "unit": "", "help": help }));
    assert!(server.stop().success());
}

#[test]
fn openmetrics_with_exemplars() {
    let dir = tempfile::tempdir().unwrap();
    let (_app, address) = start(python("tests/apps/openmetrics_app.py"));
    let server = scrape(dir.path(), &address, "", &["--enable-feature=exemplar-storage"]);
    for (query, want) in [
        ("app_requests_total{code='200'}", "41"),
        ("app_requests_total{code='500'}", "1"),
        ("app_latency_seconds_bucket{le='0.1'}", "0"),
        ("app_latency_seconds_bucket{le='0.5'}", "1"),
        // Numbers of boundaries are stored in one spelling, whatever the library's.
        ("app_latency_seconds_bucket{le='1.0'}", "1"),
        ("app_latency_seconds_bucket{le='5.0'}", "2"),
        ("app_latency_seconds_sum", "3.42"),
        ("histogram_quantile(0.5, app_latency_seconds_bucket)", "0.5"),
        ("app_size_bytes_sum", "1536"),
        ("app_size_bytes_count", "2"),
        ("app_queue_depth{queue='메일'}", "3"),
        ("app_queue_depth{queue='inf'}", "+Inf"),
        ("app_build_info{version='2.0',commit='abc'}", "1"),
        ("app_state{app_state='running'}", "1"),
        ("app_state{app_state='stopped'}", "0"),
    ] {
        assert_eq!(server.value(query).as_deref(), Some(want), "{query}");
    }
    assert_eq!(exemplars(&server, "app_requests_total"), [("4bf92f3577b34da6".to_owned(), "41".to_owned())]);
    assert_eq!(
        exemplars(&server, "app_latency_seconds_bucket"),
        [("00f067aa0ba902b7".to_owned(), "0.42".to_owned())]
    );
    assert!(server.stop().success());
}

/// Trace and value of each exemplar.
fn exemplars(server: &Server, query: &str) -> Vec<(String, String)> {
    let found = server.api("query_exemplars", &[("query", query), ("start", "0"), ("end", "9999999999")]);
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let of_series = |s: &serde_json::Value| s["exemplars"].as_array().unwrap().clone();
    let all = found.as_array().unwrap().iter().flat_map(of_series);
    let mut pairs: Vec<_> = all.map(|e| (text(&e["labels"]["trace_id"]), text(&e["value"]))).collect();
    pairs.sort();
    pairs
}

#[test]
fn native_histograms_over_protobuf() {
    let dir = tempfile::tempdir().unwrap();
    let (_app, address) = start(Command::new(repository_file("target/apps/native_app")));
    let more = "  scrape_native_histograms: true\n";
    let server = scrape(dir.path(), &address, more, &["--enable-feature=exemplar-storage"]);
    for (query, want) in [
        ("native_requests_total", "100"),
        ("histogram_count(native_latency_seconds{path='/a'})", "100"),
        ("histogram_count(native_latency_seconds{path='/b'})", "1"),
        ("histogram_sum(native_latency_seconds{path='/a'})", "252.5"),
        ("histogram_avg(native_latency_seconds{path='/b'})", "0.25"),
        ("histogram_count(sum(native_latency_seconds))", "101"),
        ("histogram_fraction(-Inf, +Inf, native_latency_seconds{path='/a'})", "1"),
    ] {
        assert_eq!(server.value(query).as_deref(), Some(want), "{query}");
    }
    // The classic buckets are left out where the same histogram came as a native one.
    assert_eq!(server.query("native_latency_seconds_bucket"), []);
    for q in [0.1, 0.5, 0.9, 0.99] {
        let got = server.value(&format!("histogram_quantile({q}, native_latency_seconds{{path='/a'}})"));
        let (got, want) = (got.unwrap().parse::<f64>().unwrap(), quantile(q));
        assert!((got - want).abs() < 1e-12 * want, "quantile {q}: {got}, not {want}");
    }
    let series = server.query("group by (__name__, path) (native_latency_seconds)");
    let name = ("__name__", "native_latency_seconds");
    let of = |path| (label_set(&[name, ("path", path)]), "1".to_owned());
    assert_eq!(series, [of("/a"), of("/b")]);
    assert_eq!(exemplars(&server, "native_requests_total"), [("def456".to_owned(), "100".to_owned())]);
    assert_eq!(exemplars(&server, "native_latency_seconds"), [("abc123".to_owned(), "0.25".to_owned())]);
    assert!(server.stop().success());
}

/// The quantile that the program's observations, 0.05 to 5 in steps of 0.05, have in buckets that grow by the eighth
/// root of two (what a growth of 1.1 at most comes to), interpolated exponentially within the bucket.
fn quantile(q: f64) -> f64 {
    let bucket = |value: f64| (value.log2() * 8.0).ceil() as i32;
    let buckets: Vec<i32> = (1..=100).map(|i| bucket(f64::from(i) / 20.0)).collect();
    let rank = q * 100.0;
    let wanted = buckets[(rank.ceil() as usize).max(1) - 1];
    let below = buckets.iter().filter(|b| **b < wanted).count() as f64;
    let within = buckets.iter().filter(|b| **b == wanted).count() as f64;
    let bound = |index: i32| (f64::from(index) / 8.0).exp2();
    bound(wanted - 1) * (bound(wanted) / bound(wanted - 1)).powf((rank - below) / within)
}
