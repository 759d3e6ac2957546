//! What rules would have done and who would have been told: by the tool over a directory and by a running server, alike.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::fmt::Write as _;
use std::path::Path;

use harness::program::{BONGSU, Server, run};
use harness::until;
use serde_json::json;

const RULES: &str = "groups:
- name: g
  rules:
  - alert: High
    expr: m > 5
    for: 2m
    labels: {severity: page}
  - {record: r, expr: m}
";

const CONFIG: &str = "route:
  receiver: ops
  group_by: [alertname]
  routes: [{matchers: [severity=page], receiver: pager, repeat_interval: 4m}]
receivers: [{name: ops}, {name: pager, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}]
";

/// Half an hour of a series, a sample a minute: 9 from minute 5 to 14, 1 otherwise. Returns the time of the first.
fn half_an_hour(dir: &Path) -> i64 {
    let now = jiff::Timestamp::now().as_second();
    let start = (now - 3 * 3600).div_euclid(60) * 60;
    let mut text = "# TYPE m gauge\n".to_owned();
    for minute in 0..30 {
        let v = if (5..15).contains(&minute) { 9 } else { 1 };
        writeln!(text, "m{{i=\"a\"}} {v} {}", start + minute * 60).unwrap();
    }
    text.push_str("# EOF\n");
    std::fs::write(dir.join("m.txt"), text).unwrap();
    let (file, data) = (dir.join("m.txt").display().to_string(), dir.join("data").display().to_string());
    let (code, out, err) = run(BONGSU, &["tool", "tsdb", "create-blocks-from", "openmetrics", &file, &data]);
    assert_eq!(code, 0, "{out}{err}");
    start
}

fn moment(start: i64, second: i64) -> String {
    jiff::Timestamp::from_second(start + second).unwrap().to_string()
}

#[test]
fn the_tool_and_the_server_tell_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let start = half_an_hour(dir.path());
    let end = start + 29 * 60;
    for (name, text) in
        [("rules.yml", RULES), ("am.yml", CONFIG), ("prometheus.yml", "rule_files: [rules.yml]\n")]
    {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (code, out, err) = run(
        BONGSU,
        &[
            "tool",
            "rules",
            "backtest",
            &format!("--data={}", path("data")),
            &format!("--start={start}"),
            &format!("--end={end}"),
            &format!("--alertmanager.config.file={}", path("am.yml")),
            &path("rules.yml"),
        ],
    );
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("High: 1 alerts, fired 1 times"), "{out}");
    // It fires at minute 7; the group waits 30 s, is looked at every 5 m, and repeats after 4 m.
    for line in [
        "3 messages would have gone out".to_owned(),
        format!(
            "  {} pager webhook[0] {{}}/{{severity=\"page\"}}:{{alertname=\"High\"}}: first notification (1 firing, 0 resolved)",
            moment(start, 450)
        ),
        format!(
            "  {} pager webhook[0] {{}}/{{severity=\"page\"}}:{{alertname=\"High\"}}: all alerts resolved (0 firing, 1 resolved)",
            moment(start, 1050)
        ),
        "pager webhook[0]: 3".to_owned(),
    ] {
        assert!(out.contains(&line), "{line}\n{out}");
    }

    let server = Server::start(dir.path(), &[&format!("--alertmanager.config-file={}", path("am.yml"))]);
    let ask = |body: serde_json::Value| {
        let headers = [("content-type", "application/json")];
        server.post("/api/v1/bongsu/backtest", &headers, body.to_string().as_bytes())
    };
    let times = (start.to_string(), end.to_string());
    let answer = ask(json!({"start": times.0, "end": times.1}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let data = answer.json()["data"].clone();
    assert_eq!((&data["rules"][0]["name"], &data["rules"][0]["firings"]), (&json!("High"), &json!(1)));
    let spans = data["rules"][0]["alerts"][0]["spans"].as_array().unwrap();
    let states: Vec<&str> = spans.iter().map(|s| s["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["pending", "firing"]);
    let told = data["notifications"].as_array().unwrap();
    let reasons: Vec<&str> = told.iter().map(|n| n["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        ["first notification", "repeat interval elapsed", "all alerts resolved"],
        "as the tool"
    );
    assert_eq!(data["notificationCount"], 3);
    assert_eq!(told[0]["firing"][0]["severity"], "page");

    // Rules and routes of the request, in the form of the API.
    let quiet = "route: {receiver: x}\nreceivers: [{name: x}]\n";
    let rules = RULES.replace("m > 5", "m > 8");
    let form =
        harness::http::form(&[("rules", &rules), ("config", quiet), ("start", &times.0), ("end", &times.1)]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.post("/api/v1/bongsu/backtest", &headers, form.as_bytes());
    let data = answer.json()["data"].clone();
    assert_eq!((&data["rules"][0]["firings"], &data["notificationCount"]), (&json!(1), &json!(0)), "{data}");

    for (body, status, text) in [
        (json!({"end": times.1}), 400, "start"),
        (json!({"start": times.1, "end": times.0}), 400, "end timestamp must not be before"),
        (json!({"start": "0", "end": times.1}), 400, "at most 1000 and 172800 are tried at once"),
        (
            json!({"start": times.0, "rules": "groups: [{name: g, rules: [{alert: A, expr: 'm >'}]}]"}),
            400,
            "rules",
        ),
        (json!({"start": times.0, "config": "route: {}"}), 400, "root route must specify a default receiver"),
        (json!({"start": times.0, "rule": "None"}), 404, "there is no such alerting rule"),
        (json!({"start": times.0, "rulez": ""}), 400, "unknown field"),
        (json!({"start": times.0, "step": "0s"}), 400, "step"),
    ] {
        let answer = ask(body.clone());
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(answer.text().contains(text), "{body}: {}", answer.text());
    }
}

#[test]
fn what_a_rule_found_is_in_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let rules = "groups:\n- name: g\n  interval: 1s\n  rules:\n  - {alert: Always, expr: vector(7) > 5, for: 1s, labels: {team: a}}\n";
    for (name, text) in
        [("rules.yml", rules), ("am.yml", CONFIG), ("prometheus.yml", "rule_files: [rules.yml]\n")]
    {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let config = format!("--alertmanager.config-file={}", dir.path().join("am.yml").display());
    let server = Server::start(dir.path(), &[&config]);
    let entries = until("the alert in the ledger", || {
        let found = server.get("/api/v2/bongsu/ledger?filter=alertname%3DAlways").json();
        let entries = found["entries"].as_array().unwrap().clone();
        entries.iter().any(|entry| entry["kind"] == "grouped").then_some(entries)
    });
    let shown: Vec<(String, String)> = entries
        .iter()
        .map(|e| (e["kind"].as_str().unwrap().to_owned(), e["by"][0].as_str().unwrap_or_default().to_owned()))
        .collect();
    let shown: Vec<(&str, &str)> = shown.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(shown[..4], [("rule", "pending"), ("rule", "firing"), ("received", ""), ("grouped", "")]);
    assert_eq!((&entries[1]["value"], &entries[1]["note"]), (&json!("7"), &json!("Always")));
}
