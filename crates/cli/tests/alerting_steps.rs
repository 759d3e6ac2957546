//! An Alertmanager that ends at any step of a notification, and is started again: nothing is lost, at most one message comes twice, and
//! the ledger says so. The steps are those of `alerting::run::steps`, which debug builds end at if the environment asks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::program::{BONGSU, Server};
use harness::target::{Reply, Target};
use harness::{free_port, http, until};
use serde_json::{Value, json};

const RESEND: [(&str, &str); 1] = [("Content-Type", "application/json")];

/// A webhook that counts.
fn hook() -> (Target, Arc<AtomicUsize>) {
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let target = Target::start(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Reply::text("thanks")
    });
    (target, told)
}

fn write_config(dir: &Path, hook: &Target) {
    let config = format!(
        "route: {{receiver: ops, group_by: [alertname], group_wait: 500ms, group_interval: 1s, repeat_interval: 4h}}\n\
         receivers: [{{name: ops, webhook_configs: [{{url: 'http://{}/'}}]}}]\n",
        hook.address
    );
    std::fs::write(dir.join("am.yml"), config).unwrap();
}

/// Starts an Alertmanager with `data` of a directory; it ends at a step if one is named.
fn start(dir: &Path, data: &str, step: &str, args: &[String]) -> Server {
    let mut command = Command::new(BONGSU);
    command.args(["alertmanager", "--config.file=am.yml", "--data.maintenance-interval=2s"]);
    command.arg(format!("--storage.path={data}")).args(args).env("BONGSU_KILL_AT", step);
    Server::on_any_port(&mut command, dir)
}

fn alert() -> Vec<u8> {
    let until = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
    json!([{ "labels": { "alertname": "a" }, "endsAt": until.to_string() }]).to_string().into_bytes()
}

/// What the ledger holds of the alert: kinds of entries, and who they name.
fn ledger(server: &Server) -> Vec<(String, Value)> {
    let answer = server.get("/api/v2/bongsu/ledger?filter=alertname%3Da&limit=1000").json();
    let entries = answer["entries"].as_array().unwrap().iter();
    entries.map(|e| (e["kind"].as_str().unwrap().to_owned(), e["by"].clone())).collect()
}

fn count(entries: &[(String, Value)], kind: &str) -> usize {
    entries.iter().filter(|(known, _)| known == kind).count()
}

/// Waits until the ledger says after these entries that the receiver knows, and returns all.
fn settled(server: &Server, before: usize) -> Vec<(String, Value)> {
    until("an entry that tells the end", || {
        let entries = ledger(server);
        let news = &entries[before.min(entries.len())..];
        (count(news, "sent") + count(news, "known") > 0).then_some(entries)
    })
}

#[test]
fn ended_at_any_step_and_started_again_nothing_is_lost_and_at_most_one_comes_twice() {
    let steps: [(&str, RangeInclusive<usize>); 11] = [
        ("accepted", 1..=1),
        ("planned", 1..=1),
        ("begun", 1..=1),
        ("turn", 1..=1),
        ("made", 1..=1),
        // The receiver was told and nothing but the ledger's beginning holds it.
        ("answered", 2..=2),
        ("logged", 2..=2),
        ("kept", 1..=1),
        ("spread", 1..=1),
        // Ledger and log are written side by side: either may be first.
        ("noted", 1..=2),
        ("rewritten", 1..=1),
    ];
    for (step, allowed) in steps {
        let dir = tempfile::tempdir().unwrap();
        let (hook, told) = hook();
        write_config(dir.path(), &hook);
        let alone = ["--cluster.listen-address=".to_owned()];
        let mut server = start(dir.path(), "data", step, &alone);
        // It may be gone before it answers; whoever gets no answer sends again.
        http::send(&server.address, "POST", "/api/v2/alerts", &RESEND, &alert()).ok();
        server.process.wait();

        let again = start(dir.path(), "data", "", &alone);
        let before = ledger(&again);
        assert_eq!(again.post("/api/v2/alerts", &RESEND, &alert()).status, 200);
        let entries = settled(&again, before.len());
        let told = told.load(Ordering::SeqCst);
        assert!(allowed.contains(&told), "ended at {step}: told {told} times: {entries:?}");
        let begun = count(&entries, "begun");
        assert!(
            begun >= told,
            "ended at {step}: told {told} times and the ledger knows of {begun}: {entries:?}"
        );
        let ended = count(&entries, "sent");
        if told == 2 {
            assert!(begun == 2 && ended >= 1, "ended at {step}: {entries:?}");
        } else {
            assert!(ended + count(&entries, "known") >= 1, "ended at {step}: {entries:?}");
        }
        let why = again.get("/api/v2/bongsu/why?filter=alertname%3Da").json();
        let verdict = why["alerts"][0]["verdict"].as_str().unwrap_or("?");
        assert!(["sent", "known"].contains(&verdict), "ended at {step}: {why}");
    }
}

#[test]
fn a_replica_that_ends_at_a_step_is_stood_in_for_and_learns_who_told() {
    for (step, allowed) in [("made", 1..=1), ("answered", 2..=2), ("kept", 1..=2), ("noted", 1..=2)] {
        let dir = tempfile::tempdir().unwrap();
        let (hook, told) = hook();
        write_config(dir.path(), &hook);
        let ports = [free_port(), free_port()];
        let args = |node: usize| {
            let [own, other] = if node == 0 { ports } else { [ports[1], ports[0]] };
            vec![
                format!("--cluster.listen-address=127.0.0.1:{own}"),
                format!("--cluster.advertise-address=127.0.0.1:{own}"),
                format!("--cluster.peer=127.0.0.1:{other}"),
                format!("--cluster.peer-name=am-{node}"),
                "--cluster.peer-timeout=3s".to_owned(),
                "--cluster.gossip-interval=50ms".to_owned(),
                "--cluster.reconnect-interval=500ms".to_owned(),
            ]
        };
        let mut first = start(dir.path(), "first", step, &args(0));
        let second = start(dir.path(), "second", "", &args(1));
        let peers = |server: &Server| {
            let cluster = server.get("/api/v2/status").json()["cluster"].clone();
            (cluster["status"] == "ready" && cluster["peers"].as_array().unwrap().len() == 2).then_some(())
        };
        until("two replicas", || peers(&first).and(peers(&second)));
        for server in [&first, &second] {
            http::send(&server.address, "POST", "/api/v2/alerts", &RESEND, &alert()).ok();
        }
        first.process.wait();
        let theirs = settled(&second, 0);
        let again = start(dir.path(), "first", "", &args(0));
        let before = ledger(&again);
        assert_eq!(again.post("/api/v2/alerts", &RESEND, &alert()).status, 200);
        let entries = settled(&again, before.len());
        let told = told.load(Ordering::SeqCst);
        assert!(allowed.contains(&told), "ended at {step}: told {told} times: {entries:?}, {theirs:?}");
        // Whoever did not tell itself says who did.
        for (entries, other) in [(&entries, "am-1"), (&theirs, "am-0")] {
            if count(entries, "sent") + count(entries, "begun") == 0 {
                assert!(
                    entries.contains(&("known".to_owned(), json!([other]))),
                    "ended at {step}: {entries:?}"
                );
            }
        }
        if count(&theirs, "sent") > 0 {
            let mut known = entries.iter().filter(|(kind, _)| kind == "known").map(|(_, by)| by.clone());
            assert_eq!(known.next_back(), Some(json!(["am-1"])), "ended at {step}: {entries:?}");
        }
    }
}
