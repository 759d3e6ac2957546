use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use discovery::TargetGroup;
use model::Labels;
use model::relabel::{Action, Config as Rule, Fields, NameScheme};
use telemetry::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use transport::config::HttpClientConfig;

use super::{Config, Options, Sender, SetConfig};
use crate::environment::{Notification, Notify};

fn alert(name: &str) -> Notification {
    Notification {
        labels: Labels::from_pairs([("alertname", name)]),
        annotations: Labels::empty(),
        starts_at_ms: 0,
        ends_at_ms: 1000,
        generator_url: "http://p".to_owned(),
    }
}

fn options(capacity: usize) -> Options {
    Options {
        queue_capacity: capacity,
        batch_size: 2,
        drain_on_shutdown: true,
        user_agent: "test".to_owned(),
    }
}

fn set(prefix: &str) -> SetConfig {
    SetConfig {
        key: "config-0".to_owned(),
        scheme: "http",
        path_prefix: prefix.to_owned(),
        timeout: Duration::from_secs(5),
        client: HttpClientConfig::default(),
        relabel_configs: Vec::new(),
        alert_relabel_configs: Vec::new(),
    }
}

fn found(addresses: &[&str]) -> BTreeMap<String, Vec<Arc<TargetGroup>>> {
    let targets = addresses.iter().map(|a| Labels::from_pairs([("__address__", *a)])).collect();
    let group = TargetGroup { source: "0".to_owned(), labels: Labels::empty(), targets };
    BTreeMap::from([("config-0".to_owned(), vec![Arc::new(group)])])
}

/// An Alertmanager that answers with a status and tells what it got: the first line and the body.
async fn alertmanager(status: &'static str) -> (String, mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (got, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let got = got.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                loop {
                    let mut chunk = [0; 4096];
                    let Ok(n) = socket.read(&mut chunk).await else { return };
                    if n == 0 {
                        return;
                    }
                    bytes.extend_from_slice(&chunk[..n]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
                    if body.len() < length.parse().unwrap() {
                        continue;
                    }
                    got.send((head.lines().next().unwrap().to_owned(), body.to_owned())).ok();
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                    socket.write_all(answer.as_bytes()).await.unwrap();
                    bytes.clear();
                }
            });
        }
    });
    (address, told)
}

fn names(body: &str) -> Vec<String> {
    let alerts: serde_json::Value = serde_json::from_str(body).unwrap();
    let name = |a: &serde_json::Value| a["labels"]["alertname"].as_str().unwrap().to_owned();
    alerts.as_array().unwrap().iter().map(name).collect()
}

fn rule(action: Action, source: &str, regex: &str, target: &str, replacement: &str) -> Rule {
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    let fields = Fields {
        source_labels: text(source).map(|s| vec![s]),
        separator: None,
        regex: text(regex),
        modulus: None,
        target_label: text(target),
        replacement: text(replacement),
        action,
    };
    Rule::new(fields, NameScheme::Utf8).unwrap()
}

#[tokio::test]
async fn alerts_are_relabelled_batched_and_sent() {
    let (address, mut told) = alertmanager("200 OK").await;
    let registry = Registry::new();
    let sender = Sender::new(options(10), &registry);
    let config = Config {
        external_labels: Labels::from_pairs([("region", "kr")]),
        alert_relabel_configs: vec![rule(Action::Drop, "alertname", "Noise", "", "")],
        sets: vec![set("/am")],
    };
    sender.apply(config).unwrap();
    sender.update(&found(&[&address]));
    assert_eq!(sender.alertmanagers(), [format!("http://{address}/am/api/v2/alerts")]);
    sender.notify(["A", "Noise", "B", "C"].map(alert).to_vec());
    let (head, body) = told.recv().await.unwrap();
    assert_eq!(head, "POST /am/api/v2/alerts HTTP/1.1");
    assert_eq!(names(&body), ["A", "B"]);
    assert!(body.contains(r#""region":"kr""#), "{body}");
    assert_eq!(names(&told.recv().await.unwrap().1), ["C"]);
    sender.shut_down().await;
    sender.notify(vec![alert("late")]);
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn what_waits_is_sent_at_the_end_and_bounded_before() {
    let (address, mut told) = alertmanager("200 OK").await;
    let registry = Registry::new();
    let sender = Sender::new(options(3), &registry);
    sender.apply(Config { sets: vec![set("")], ..Config::default() }).unwrap();
    sender.update(&found(&[&address]));
    // No task runs before the first await.
    sender.notify(["1", "2"].map(alert).to_vec());
    sender.notify(["3", "4", "5"].map(alert).to_vec());
    sender.shut_down().await;
    let mut all = Vec::new();
    while let Ok((_, body)) = told.try_recv() {
        all.extend(names(&body));
    }
    assert_eq!(all, ["3", "4", "5"], "the oldest went");
}

#[tokio::test]
async fn a_refusal_is_counted_and_not_tried_again() {
    let (address, mut told) = alertmanager("500 Internal Server Error").await;
    let registry = Registry::new();
    let sender = Sender::new(options(10), &registry);
    sender.apply(Config { sets: vec![set("")], ..Config::default() }).unwrap();
    sender.update(&found(&[&address]));
    sender.notify(vec![alert("A")]);
    told.recv().await.unwrap();
    let value = |name: &str| {
        let families = registry.gather();
        let family = families.iter().find(|f| f.name == name).unwrap();
        match &family.metrics[0].value {
            exposition::MetricValue::Number(v, _) => *v,
            other => panic!("{other:?}"),
        }
    };
    while value("prometheus_notifications_dropped_total") < 1.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(value("prometheus_notifications_errors_total"), 1.0);
    assert_eq!(value("prometheus_notifications_sent_total"), 0.0);
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn sections_relabel_their_members_and_survive_reloads() {
    let sender = Sender::new(options(10), &Registry::new());
    let mut relabelled = set("");
    relabelled.relabel_configs = vec![
        rule(Action::Drop, "__address__", "b:.*", "", ""),
        rule(Action::Replace, "__address__", "a:.*", "__alerts_path__", "/other"),
    ];
    let config = Config { sets: vec![relabelled.clone()], ..Config::default() };
    sender.apply(config.clone()).unwrap();
    sender.update(&found(&["a:1", "b:1", "bad/address"]));
    assert_eq!(sender.alertmanagers(), ["http://a:1/other"]);
    assert_eq!(sender.dropped_alertmanagers(), ["http://b:1/api/v2/alerts"]);
    sender.apply(config).unwrap();
    assert_eq!(sender.alertmanagers(), ["http://a:1/other"], "known before discovery speaks again");
    sender.apply(Config { sets: vec![set("/x")], ..Config::default() }).unwrap();
    assert_eq!(sender.alertmanagers(), Vec::<String>::new());
}

struct Local(parking_lot::Mutex<Vec<Notification>>);

impl Notify for Local {
    fn notify(&self, alerts: Vec<Notification>) {
        self.0.lock().extend(alerts);
    }
}

#[tokio::test]
async fn a_receiver_in_the_process_needs_no_network() {
    let sender = Sender::new(options(10), &Registry::new());
    let local = Arc::new(Local(parking_lot::Mutex::default()));
    sender.attach(local.clone());
    sender.apply(Config { external_labels: Labels::from_pairs([("a", "b")]), ..Config::default() }).unwrap();
    sender.notify(vec![alert("A")]);
    assert_eq!(local.0.lock()[0].labels.get("a"), "b");
}
