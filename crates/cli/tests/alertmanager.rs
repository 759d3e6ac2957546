//! `bongsu alertmanager` beside Debian's prometheus-alertmanager, driven by its amtool.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use harness::program::{BONGSU, Server, run};
use harness::target::{Reply, Target};
use harness::until;
use serde_json::Value;

/// A webhook that keeps what it is told.
#[derive(Clone)]
struct Hook {
    url: String,
    got: Arc<Mutex<Vec<Value>>>,
}

impl Hook {
    fn start() -> Hook {
        let got: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = got.clone();
        let target = Target::start(move |request| {
            kept.lock().unwrap().push(serde_json::from_slice(&request.body).unwrap());
            Reply::text("")
        });
        Hook { url: format!("http://{}/", target.address), got }
    }

    /// Waits until it was told `count` times, and returns what.
    fn until(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} notifications"), || {
            let got = self.got.lock().unwrap();
            (got.len() >= count).then(|| got.clone())
        })
    }
}

/// Starts one of the two with `am.yml` and `data` of a directory.
fn start(ours: bool, dir: &Path) -> Server {
    let mut command = if ours { Command::new(BONGSU) } else { Command::new("prometheus-alertmanager") };
    if ours {
        command.arg("alertmanager");
    }
    command.arg("--cluster.listen-address=");
    let flag = |name: &str, file: &str| format!("--{name}={}", dir.join(file).display());
    command.arg(flag("config.file", "am.yml")).arg(flag("storage.path", "data"));
    Server::on_any_port(&mut command, dir)
}

fn write_config(dir: &Path, url: &str) {
    let text = format!(
        r#"
global: {{resolve_timeout: 1m}}
route:
  receiver: ops
  group_by: [job]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 12h
  routes:
  - {{matchers: ['severity="page"'], receiver: page, continue: true}}
  - {{matchers: [severity=~"page|warn"], receiver: ops, group_by: ['...']}}
inhibit_rules: [{{source_matchers: [alertname="NodeDown"], target_matchers: [severity="warn"], equal: [instance]}}]
receivers:
- name: ops
  webhook_configs: [{{url: '{url}', max_alerts: 1}}]
- name: page
  webhook_configs: [{{url: '{url}', send_resolved: false}}]
"#
    );
    std::fs::write(dir.join("am.yml"), text).unwrap();
}

/// Runs amtool against a server, which must succeed.
fn amtool(server: &Server, args: &[&str]) -> String {
    let url = format!("--alertmanager.url=http://{}", server.address);
    let (code, out, err) = run("amtool", &[&[url.as_str()], args].concat());
    assert_eq!(code, 0, "amtool {args:?}: {out}{err}");
    out
}

/// Leaves out what differs by nature: times, names of silences, addresses, and what newer versions added.
fn comparable(mut documents: Vec<Value>) -> Vec<String> {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for field in [
                    "startsAt",
                    "updatedAt",
                    "externalURL",
                    "notification_reason",
                    "routeLabels",
                    "mutedBy",
                    "id",
                ] {
                    map.remove(field);
                }
                if map.get("endsAt").is_some_and(|end| end != "0001-01-01T00:00:00Z") {
                    map.insert("endsAt".to_owned(), "some time".into());
                }
                map.values_mut().for_each(clean);
                map.sort_keys();
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    documents.iter_mut().for_each(clean);
    let mut texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

#[test]
fn the_same_alerts_bring_the_same_notifications_and_answers() {
    let seen = [true, false].map(|ours| {
        let dir = tempfile::tempdir().unwrap();
        let hook = Hook::start();
        write_config(dir.path(), &hook.url);
        let server = start(ours, dir.path());
        amtool(&server, &["silence", "add", "alertname=~Qui.*", "-a", "봉수", "-c", "<why>", "-d", "1h"]);
        for alert in [
            &["NodeDown", "instance=h1", "severity=page", "job=n", "--annotation=summary=down <b>"][..],
            &["Slow", "instance=h1", "severity=warn", "job=n"],
            &["Slow", "instance=h2", "severity=warn", "job=n"],
            &["Quiet", "job=q"],
            &["Plain", "job=p", "x=1", "--generator-url=http://g/?a=b&c"],
            &["Plain", "job=p", "x=2"],
        ] {
            amtool(&server, &[&["alert", "add"], alert].concat());
        }
        let firing = comparable(hook.until(4));
        let mut answers = Vec::new();
        for path in ["alerts", "alerts?inhibited=false&silenced=false", "alerts/groups", "silences"] {
            let answer = server.get(&format!("/api/v2/{path}")).json();
            let mut list = comparable(answer.as_array().unwrap().clone());
            if path == "silences" {
                // What an alert says of the silence is its name.
                list = vec![list.len().to_string()];
            }
            answers.push(without_ids(list));
        }
        answers.push(vec![
            amtool(&server, &["alert", "query", "-o", "simple", "severity=page"])
                .lines()
                .map(|line| line.split("  ").next().unwrap_or_default())
                .collect(),
        ]);
        // Resolved alerts: those of the page receiver are not told.
        for alert in [&["NodeDown", "instance=h1", "severity=page", "job=n"][..], &["Plain", "job=p", "x=1"]]
        {
            amtool(&server, &[&["alert", "add"], alert, &["--end=2020-01-01T00:00:00Z"]].concat());
        }
        let all = hook.until(7);
        let resolved = comparable(all[4..].to_vec());
        (firing, answers, resolved)
    });
    let [ours, theirs] = seen;
    assert_eq!(ours.0, theirs.0, "firing");
    for (ours, theirs) in ours.1.iter().zip(&theirs.1) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.2, theirs.2, "resolved");
}

/// Silences are named by chance.
fn without_ids(texts: Vec<String>) -> Vec<String> {
    texts
        .into_iter()
        .map(|text| match text.split_once("\"silencedBy\":[\"") {
            Some((before, after)) => format!("{before}{}", &after[36..]),
            None => text,
        })
        .collect()
}

#[test]
fn either_takes_over_the_others_data() {
    for ours_first in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let hook = Hook::start();
        write_config(dir.path(), &hook.url);
        let first = start(ours_first, dir.path());
        let id = amtool(&first, &["silence", "add", "alertname=Quiet", "-a", "me", "-c", "why", "-d", "1h"]);
        amtool(&first, &["alert", "add", "Told", "job=t"]);
        hook.until(1);
        // It is in the log before the next look at the group; the end writes the file of the original.
        first.stop();
        let second = start(!ours_first, dir.path());
        let silences = second.get("/api/v2/silences").json();
        assert_eq!(silences[0]["id"], id.trim(), "{silences}");
        assert_eq!(silences[0]["matchers"][0]["value"], "Quiet");
        amtool(&second, &["alert", "add", "Told", "job=t"]);
        amtool(&second, &["alert", "add", "Quiet", "job=q"]);
        amtool(&second, &["alert", "add", "New", "job=n"]);
        let got = hook.until(2);
        assert_eq!(
            got[1]["groupLabels"]["job"], "n",
            "what was told is not told again, and what is silenced never"
        );
    }
}

#[test]
fn killed_it_has_lost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start();
    write_config(dir.path(), &hook.url);
    let mut ids = Vec::new();
    for round in 0..5 {
        let server = start(true, dir.path());
        let shown = server.get("/api/v2/silences").json();
        let shown: Vec<&str> = shown.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
        for id in &ids {
            assert!(shown.contains(&String::as_str(id)), "silence {id} is gone in round {round}");
        }
        let matcher = format!("round={round}");
        ids.push(amtool(&server, &["silence", "add", &matcher, "-a", "me", "-c", "why"]).trim().to_owned());
        server.kill();
    }
}

#[test]
fn a_broken_configuration_stops_the_start_and_not_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path(), "http://127.0.0.1:1/");
    let server = start(true, dir.path());
    std::fs::write(dir.path().join("am.yml"), "route: {receiver: nobody}\n").unwrap();
    let answer = server.post("/-/reload", &[], b"");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("am.yml:1:19: route.receiver: undefined receiver \"nobody\""),
        "{}",
        answer.text()
    );
    assert!(server.get("/metrics").text().contains("alertmanager_config_last_reload_successful 0"));
    assert_eq!(
        server.get("/api/v2/receivers").json().as_array().unwrap().len(),
        2,
        "the former one is in force"
    );
    write_config(dir.path(), "http://127.0.0.1:1/");
    assert_eq!(server.post("/-/reload", &[], b"").status, 200);
    drop(server);
    std::fs::write(dir.path().join("am.yml"), "route: {}\n").unwrap();
    let file = dir.path().join("am.yml");
    let (code, _, err) = run(BONGSU, &["alertmanager", &format!("--config.file={}", file.display())]);
    assert_eq!(code, 1);
    assert!(err.contains("root route must specify a default receiver"), "{err}");
}

/// Slack, Telegram and Discord get the same bytes, default templates included.
#[test]
fn messengers_are_told_the_same() {
    let seen = [true, false].map(|ours| {
        let dir = tempfile::tempdir().unwrap();
        let got: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let kept = got.clone();
        let target = Target::start(move |request| {
            let document = serde_json::from_slice(&request.body).unwrap();
            kept.lock().unwrap().push((request.path.clone(), document));
            if request.path.ends_with("sendMessage") {
                Reply::text(
                    r#"{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"group"}}}"#,
                )
            } else {
                Reply::text("ok")
            }
        });
        let url = format!("http://{}", target.address);
        let text = format!(
            r#"
route: {{receiver: all, group_by: [job], group_wait: 1s}}
receivers:
- name: all
  slack_configs:
  - api_url: '{url}/slack'
    channel: '#{{{{ .GroupLabels.job }}}}'
    text: '{{{{ range .Alerts }}}}{{{{ .Annotations.summary }}}} {{{{ end }}}}'
    fields: [{{title: 심각도, value: '{{{{ .CommonLabels.severity | toUpper }}}}'}}]
    actions: [{{type: button, text: open, url: '{{{{ (index .Alerts 0).GeneratorURL }}}}'}}]
  telegram_configs: [{{api_url: '{url}', bot_token: token, chat_id: 1}}]
  discord_configs: [{{webhook_url: '{url}/discord'}}]
"#
        );
        std::fs::write(dir.path().join("am.yml"), text).unwrap();
        let mut command = Command::new(if ours { BONGSU } else { "prometheus-alertmanager" });
        if ours {
            command.arg("alertmanager");
        }
        command.arg("--cluster.listen-address=");
        command.args(["--config.file=am.yml", "--storage.path=data", "--web.external-url=http://am/"]);
        let server = Server::on_any_port(&mut command, dir.path());
        for alert in [
            &[
                "Slow",
                "severity=warn",
                "job=a&b",
                "--annotation=summary=<느림>",
                "--generator-url=http://g/?a=b&c",
            ][..],
            &[
                "Down",
                "severity=warn",
                "job=a&b",
                "--annotation=summary=\"down\"",
                "--generator-url=http://g/",
            ],
        ] {
            amtool(&server, &[&["alert", "add"], alert].concat());
        }
        let mut got = until("three messengers", || {
            let got = got.lock().unwrap();
            (got.len() == 3).then(|| got.clone())
        });
        got.sort_by(|a, b| a.0.cmp(&b.0));
        got
    });
    let [ours, theirs] = seen;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.0, theirs.0);
        assert_eq!(ours.1, theirs.1, "{}", ours.0);
    }
}

/// Rule, routing and delivery in one process: a real rule fires, one webhook is told once, and nobody of its end.
#[test]
fn a_rule_reaches_its_webhook_in_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let hook = Hook::start();
    let target = Target::start(|request| {
        Reply::text(format!("ping_request_count {}\n", if request.number < 40 { 9 } else { 0 }))
    });
    let rules = "groups: [{name: Count greater than 5, interval: 1s, rules: [{alert: TooManyPings, \
                 expr: ping_request_count > 5, for: 2s, annotations: {summary: '{{ $value }} pings'}}]}]\n";
    let prometheus = format!(
        "global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}\nrule_files: [ping.yml]\n\
         scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{}']}}]}}]\n",
        target.address
    );
    let alertmanager = format!(
        "route: {{receiver: hook, group_by: [job], group_wait: 1s, group_interval: 2s, repeat_interval: 12h}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{}', send_resolved: false}}]}}]\n",
        hook.url
    );
    for (file, text) in [("ping.yml", rules), ("prometheus.yml", &prometheus), ("am.yml", &alertmanager)] {
        std::fs::write(dir.path().join(file), text).unwrap();
    }
    let server =
        Server::start(dir.path(), &["--alertmanager.config-file=am.yml", "--rules.alert.resend-delay=1s"]);
    let got = hook.until(1);
    assert_eq!(got[0]["alerts"][0]["labels"]["alertname"], "TooManyPings");
    assert_eq!(got[0]["alerts"][0]["annotations"]["summary"], "9 pings");
    assert_eq!(got[0]["groupLabels"]["job"], "app");
    // It resolves, its group ends, and the webhook hears nothing of it.
    until("the end of the group", || {
        let groups = server.get("/api/v2/alerts/groups").json();
        groups.as_array().unwrap().is_empty().then_some(())
    });
    until("two more looks at the group", || (target.scrapes() > 70).then_some(()));
    assert_eq!(hook.until(1).len(), 1);
}

/// `bongsu` alone has an Alertmanager that tells nobody, with its whole API.
#[test]
fn all_in_one_has_an_alertmanager() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &[]);
    amtool(&server, &["alert", "add", "Manual", "a=b"]);
    let shown = amtool(&server, &["alert", "query", "Manual"]);
    assert!(shown.contains("Manual"), "{shown}");
    until("the watchdog of the built-in rules", || {
        let alerts = server.get("/api/v2/alerts?filter=alertname%3DWatchdog").json();
        (alerts.as_array()?.len() == 1).then_some(())
    });
}
