//! Rules through the whole program: evaluated, answered, sent to a real Alertmanager, kept over restarts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::process::Command;

use harness::program::{Running, Server, run};
use harness::{free_port, until};
use serde_json::{Value, json};

/// Debian's Alertmanager, with a receiver that goes nowhere.
fn alertmanager(dir: &std::path::Path) -> (Running, String) {
    let config = "route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n";
    std::fs::write(dir.join("alertmanager.yml"), config).unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let running = Running::start(Command::new("prometheus-alertmanager").current_dir(dir).args([
        "--config.file=alertmanager.yml",
        "--storage.path=am",
        "--cluster.listen-address=",
        &format!("--web.listen-address={address}"),
    ]));
    until("the Alertmanager to listen", || std::net::TcpStream::connect(&address).ok());
    (running, address)
}

fn amtool(address: &str) -> Vec<Value> {
    let url = format!("--alertmanager.url=http://{address}");
    let (code, out, err) = run("amtool", &[&url, "-o", "json", "alert", "query"]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap_or_default()
}

const RULES: &str = "
groups:
- name: Count greater than 5
  interval: 1s
  rules:
  - record: ping_request_count
    expr: vector(7)
  - alert: Pings
    expr: ping_request_count > 5
    for: 1s
    labels: {severity: page}
    annotations: {summary: '{{ $value }} pings in {{ $externalLabels.region }}'}
";

fn config(alertmanager: &str) -> String {
    format!(
        "global: {{evaluation_interval: 1s, external_labels: {{region: kr}}}}\nrule_files: ['*.rules']\nalerting:\n  alertmanagers:\n  - static_configs: [{{targets: ['{alertmanager}']}}]\n"
    )
}

#[test]
fn an_alert_reaches_a_real_alertmanager() {
    let dir = tempfile::tempdir().unwrap();
    let (_alertmanager, address) = alertmanager(dir.path());
    std::fs::write(dir.path().join("a.rules"), RULES).unwrap();
    std::fs::write(
        dir.path().join("b.rules"),
        "groups:\n- name: b\n  rules:\n  - recrod: x\n    expr: sum(\n",
    )
    .unwrap();
    std::fs::write(dir.path().join("prometheus.yml"), config(&address)).unwrap();
    let server = Server::start(dir.path(), &["--web.enable-lifecycle"]);

    let alerts = until("the alert at the Alertmanager", || Some(amtool(&address)).filter(|a| !a.is_empty()));
    assert_eq!(alerts[0]["labels"], json!({"alertname": "Pings", "severity": "page", "region": "kr"}));
    assert_eq!(alerts[0]["annotations"], json!({"summary": "7 pings in kr"}));
    assert!(
        alerts[0]["generatorURL"]
            .as_str()
            .unwrap()
            .contains("/graph?g0.expr=ping_request_count+%3E+5&g0.tab=1")
    );

    // The broken file is named, and stops nobody.
    let answer = server.get("/api/v1/rules").json();
    let warning = answer["warnings"][0].as_str().unwrap();
    assert!(warning.contains("b.rules: 4:5: ") && warning.contains("did you mean \"record\"?"), "{warning}");
    server.until_value("up or vector(1)", "1");
    let metrics = server.get("/metrics").text();
    assert!(
        metrics.lines().any(|l| l.starts_with("bongsu_rule_file_broken{file=") && l.ends_with(" 1")),
        "{metrics}"
    );
    assert!(metrics.contains("prometheus_config_last_reload_successful 0"));

    let groups = &answer["data"]["groups"];
    assert_eq!(groups.as_array().unwrap().len(), 1);
    let rules = &groups[0]["rules"];
    assert_eq!((&rules[0]["type"], &rules[0]["health"]), (&json!("recording"), &json!("ok")));
    assert_eq!((&rules[1]["state"], &rules[1]["duration"]), (&json!("firing"), &json!(1)));
    assert_eq!(rules[1]["alerts"][0]["value"], "7e+00");
    assert_eq!(server.api("rules", &[("type", "record")])["groups"][0]["rules"].as_array().unwrap().len(), 1);
    assert_eq!(server.api("rules", &[("rule_name[]", "none")])["groups"], json!([]));
    let by_label = server.api("rules", &[("match[]", "{severity=\"page\"}"), ("exclude_alerts", "true")]);
    assert_eq!(by_label["groups"][0]["rules"][0]["alerts"], Value::Null);
    assert_eq!(server.api("alerts", &[])["alerts"][0]["state"], "firing");
    let url = format!("http://{address}/api/v2/alerts");
    assert_eq!(server.api("alertmanagers", &[])["activeAlertmanagers"], json!([{ "url": url }]));
    server.until_value("ALERTS{alertname='Pings',alertstate='firing'}", "1");

    // Mended: the reload says so, and what ran before goes on.
    std::fs::write(dir.path().join("b.rules"), "groups:\n- name: b\n  rules:\n  - record: x\n    expr: 1\n")
        .unwrap();
    assert_eq!(server.post("/-/reload", &[], b"").status, 200);
    assert_eq!(server.get("/api/v1/rules").json()["warnings"], Value::Null);
    let first = server.api("rules", &[("group_limit", "1")]);
    let next = first["groupNextToken"].as_str().unwrap();
    let second = server.api("rules", &[("group_limit", "1"), ("group_next_token", next)]);
    assert_eq!(
        (&first["groups"][0]["rules"][1]["state"], &second["groups"][0]["name"]),
        (&json!("firing"), &json!("b"))
    );

    // Strict: a broken file changes nothing at all.
    std::fs::write(dir.path().join("a.rules"), "groups: 5\n").unwrap();
    assert_eq!(server.post("/-/reload", &[], b"").status, 500);
    assert_eq!(server.api("rules", &[])["groups"].as_array().unwrap().len(), 2);
    assert!(server.stop().success());
}

#[test]
fn strict_mode_refuses_a_broken_file_at_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.rules"), "groups: 5\n").unwrap();
    std::fs::write(dir.path().join("prometheus.yml"), "rule_files: [a.rules]\n").unwrap();
    let data = dir.path().join("data");
    let (code, _, err) = run(
        harness::program::BONGSU,
        &[
            "server",
            "--rules.strict",
            "--web.listen-address=127.0.0.1:0",
            &format!("--config.file={}", dir.path().join("prometheus.yml").display()),
            &format!("--storage.tsdb.path={}", data.display()),
        ],
    );
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("a.rules: 1:9: groups: expected a list, got a number \"5\""), "{err}");
}

#[test]
fn a_server_without_configuration_watches_itself() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &[]);
    until("the watchdog", || {
        let alerts = server.api("alerts", &[]);
        let alerts = alerts["alerts"].as_array().unwrap().clone();
        alerts.iter().any(|a| a["labels"]["alertname"] == "Watchdog" && a["state"] == "firing").then_some(())
    });
    let groups = server.api("rules", &[]);
    for group in groups["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            assert_ne!(rule["health"], "err", "{rule}");
        }
    }
}

#[test]
fn a_recording_rule_is_given_a_past() {
    let dir = tempfile::tempdir().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let first = now / 60 * 60 - 8 * 3600;
    // Eight hours of a counter, up to an hour ago: the database holds them in blocks.
    let lines: String =
        (0..7 * 60).map(|minute| format!("c_total{{i=\"a\"}} {minute} {}\n", first + minute * 60)).collect();
    std::fs::write(dir.path().join("in.om"), format!("# TYPE c counter\n{lines}# EOF\n")).unwrap();
    let rules = "groups:\n- name: g\n  interval: 1m\n  rules:\n  - {record: r, expr: 'c_total * 2'}\n  - {record: m, expr: 'max_over_time(r[30m])'}\n";
    std::fs::write(dir.path().join("r.rules"), rules).unwrap();
    let config = "global: {evaluation_interval: 1m}\nrule_files: ['*.rules']\n";
    std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let made = run(
        harness::program::BONGSU,
        &["tool", "tsdb", "create-blocks-from", "openmetrics", &path("in.om"), &path("data")],
    );
    assert_eq!(made.0, 0, "{}", made.2);
    let server = Server::start(dir.path(), &["--web.enable-admin-api"]);
    let count = |metric: &str| {
        let query = format!("/api/v1/query?query=count_over_time({metric}[9h])");
        let answer = server.get(&query).json();
        answer["data"]["result"][0]["value"][1].as_str().unwrap_or("0").to_owned()
    };
    until("the server to be ready", || (count("c_total") == "420").then_some(()));
    assert_eq!(count("r"), "0");

    let (start, end) = (format!("--start={}", first + 3600), format!("--end={}", first + 4 * 3600 - 1));
    let url = format!("--url=http://{}", server.address);
    let (code, out, err) = run(harness::program::BONGSU, &["tool", "rules", "backfill", &url, &start, &end]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out, "2 rules, 360 samples recorded\n");
    assert_eq!((count("r"), count("m")), ("180".to_owned(), "180".to_owned()));

    // The same once more changes nothing, and one rule can be chosen.
    let one = ["tool", "rules", "backfill", &url, &start, &end, "--rule=r"];
    assert_eq!(run(harness::program::BONGSU, &one).1, "1 rules, 180 samples recorded\n");
    assert_eq!(count("r"), "180");
    let none = ["tool", "rules", "backfill", &url, &start, "--rule=x"];
    let (code, _, err) = run(harness::program::BONGSU, &none);
    assert_ne!(code, 0);
    assert!(err.contains("no recording rule matches"), "{err}");
}
