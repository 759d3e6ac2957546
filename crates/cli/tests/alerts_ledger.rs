//! Why somebody was paged or not, asked of a running Alertmanager, also after it was killed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::program::{BONGSU, Server, run};
use harness::target::{Reply, Target};
use harness::until;
use serde_json::{Value, json};

/// A webhook that counts what it is told.
fn hook() -> (Target, Arc<AtomicUsize>) {
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let target = Target::start(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Reply::text("")
    });
    (target, told)
}

fn start(dir: &Path) -> Server {
    let mut command = Command::new(BONGSU);
    command
        .args(["alertmanager", "--cluster.listen-address=", "--silences.guard=1"])
        .arg(format!("--config.file={}", dir.join("am.yml").display()))
        .arg(format!("--storage.path={}", dir.join("data").display()));
    Server::on_any_port(&mut command, dir)
}

fn tool(server: &Server, args: &[&str]) -> (i32, String, String) {
    let url = format!("--url=http://{}", server.address);
    run(BONGSU, &[&["tool", "alerts", args[0], url.as_str()], &args[1..]].concat())
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, String) {
    let headers = [("content-type", "application/json")];
    let answer = server.post(path, &headers, body.to_string().as_bytes());
    (answer.status, answer.text())
}

fn kinds(server: &Server, query: &str) -> Vec<String> {
    let found = server.get(&format!("/api/v2/bongsu/ledger?{query}")).json();
    let entries = found["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_ledger_says_who_was_told_and_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let (target, told) = hook();
    let config = format!(
        "route: {{receiver: ops, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}\n\
         receivers: [{{name: ops, webhook_configs: [{{url: 'http://{}/'}}]}}]\n",
        target.address
    );
    std::fs::write(dir.path().join("am.yml"), config).unwrap();
    let server = start(dir.path());
    let silence = json!({
        "matchers": [{"name": "alertname", "value": "Quiet"}], "startsAt": "2024-01-01T00:00:00Z",
        "endsAt": "2998-01-01T00:00:00Z", "createdBy": "kim", "comment": "deploy",
    });
    assert_eq!(post(&server, "/api/v2/silences", &silence).0, 200);
    let alerts = json!([{"labels": {"alertname": "Down", "job": "api"}}, {"labels": {"alertname": "Quiet"}}]);
    assert_eq!(post(&server, "/api/v2/alerts", &alerts).0, 200);
    until("a message", || (told.load(Ordering::Relaxed) == 1).then_some(()));
    let sent = until("the entry of the message", || {
        Some(kinds(&server, "filter=alertname%3DDown")).filter(|kinds| kinds.contains(&"sent".to_owned()))
    });
    assert_eq!(&sent[..4], ["received", "grouped", "begun", "sent"]);
    let (code, out, err) = tool(&server, &["why", "Down", "job=api"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("ops (webhook) was told: first notification (answer \"200 OK"), "{out}");
    until("the other group", || {
        kinds(&server, "filter=alertname%3DQuiet").contains(&"silenced".to_owned()).then_some(())
    });
    let (_, out, _) = tool(&server, &["why", "--lang=ko", "--tz=Asia/Seoul", "Quiet"]);
    assert!(out.contains("제외되었습니다") && out.contains("KST"), "{out}");
    assert!(out.contains("kim") && out.contains("deploy"), "it names who asked for it: {out}");

    let (code, id, err) = tool(&server, &["ack", "--owner=lee", "--note=on it", "Down"]);
    assert_eq!((code, id.trim().len()), (0, 36), "{err}");
    let shown = server.get("/api/v2/alerts?filter=alertname%3DDown").json();
    assert_eq!(shown[0]["acknowledged"]["owner"], "lee");

    server.kill();
    let server = start(dir.path());
    assert_eq!(server.get("/api/v2/bongsu/acks").json()[0]["note"], "on it", "it is on disk");
    let (_, out, _) = tool(&server, &["log", "Down"]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].contains("received") && lines[0].contains("alertname=\"Down\""), "{out}");
    assert!(out.contains("lee acknowledged it: on it."), "{out}");
    let (code, out, _) = tool(&server, &["why", "Down"]);
    assert!(code == 0 && out.contains("was told"), "{out}");
    assert_eq!(tool(&server, &["why", "Unheard"]).0, 1);

    assert_eq!(post(&server, "/api/v2/alerts", &alerts).0, 200);
    until("both alerts again", || {
        (server.get("/api/v2/alerts").json().as_array().unwrap().len() == 2).then_some(())
    });
    let broad = json!({
        "matchers": [{"name": "alertname", "value": ".+", "isRegex": true}], "startsAt": "2024-01-01T00:00:00Z",
        "endsAt": "2998-01-01T00:00:00Z", "createdBy": "kim", "comment": "all",
    });
    let (status, text) = post(&server, "/api/v2/silences", &broad);
    assert!(status == 409 && text.contains("its matchers pass any alert"), "{status} {text}");
    assert_eq!(post(&server, "/api/v2/silences?force=true", &broad).0, 200);
    assert_eq!(told.load(Ordering::Relaxed), 1, "a restart tells nothing twice");
}

#[test]
fn a_ledger_is_not_kept_unless_wanted() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("am.yml"), "route: {receiver: a}\nreceivers: [{name: a}]\n").unwrap();
    let mut command = Command::new(BONGSU);
    command
        .args(["alertmanager", "--cluster.listen-address=", "--alerts.ledger-retention=0s"])
        .arg(format!("--config.file={}", dir.path().join("am.yml").display()))
        .arg(format!("--storage.path={}", dir.path().join("data").display()));
    let server = Server::on_any_port(&mut command, dir.path());
    let answer = server.get("/api/v2/bongsu/ledger");
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert!(!dir.path().join("data/ledger").exists());
    let wrong = run(BONGSU, &["alertmanager", "--silences.guard=lots"]);
    assert!(wrong.0 == 2 && wrong.2.contains("--silences.guard: \"lots\" is neither a number"), "{wrong:?}");
}
