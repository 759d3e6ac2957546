use std::path::Path;
use std::time::Duration;

use alerting::config::Config;
use alerting::matchers::Syntax;
use alerting::run::{LedgerOptions, Options};
use alerting::silences::guard::Guard;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

pub(super) fn parts() -> Parts {
    parts_with(None, None)
}

/// With a data directory, and so a ledger, or a guard.
pub(super) fn parts_with(dir: Option<&Path>, guard: Option<Guard>) -> Parts {
    let text = "route: {receiver: ops, group_by: [job], labels: {team: a}}\n\
                inhibit_rules: [{source_matchers: [a=source], target_matchers: [a=target]}]\n\
                receivers: [{name: ops, labels: {tier: one}, webhook_configs: [{url: 'http://secret/'}]}, {name: dev}]\n";
    let config = Config::read(text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0;
    let options = Options {
        data_dir: dir.map(Path::to_path_buf),
        retention: SignedDuration::from_hours(1),
        maintenance_interval: Duration::from_secs(900),
        gc_interval: Duration::from_secs(900),
        start_delay: SignedDuration::ZERO,
        bounds: Default::default(),
        limits: Default::default(),
        silence_guard: guard,
        ledger: Some(LedgerOptions { retention: SignedDuration::from_hours(24), bytes_max: 1 << 20 }),
        external_url: String::new(),
        user_agent: "test".to_owned(),
        log_silences: false,
        features: Default::default(),
    };
    let registry = Registry::new();
    let alertmanager = Alertmanager::open(options, config, &registry).unwrap();
    Parts { alertmanager, registry, reload: mpsc::channel(1).0, version: "0.34.0", admin_api: true }
}

pub(super) async fn ask(parts: &Parts, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(path).body(body).unwrap();
    let response = routes(parts.clone(), "", "").oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes))))
}

pub(super) async fn get(parts: &Parts, path: &str) -> Value {
    let (status, body) = ask(parts, "GET", path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn names(alerts: &Value) -> Vec<&str> {
    alerts.as_array().unwrap().iter().map(|a| a["labels"]["a"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn alerts_are_posted_and_shown() {
    let parts = parts();
    let posted = json!([
        {"labels": {"a": "source", "job": "j", "empty": ""}, "annotations": {"s": "봉수"},
         "startsAt": "2023-11-14T22:13:20.5+09:00", "endsAt": "2999-01-01T00:00:00Z", "generatorURL": "http://g/"},
        {"labels": {"a": "target"}},
        {"labels": {}},
        {"labels": {"a": "over"}, "startsAt": "2001-01-01T00:00:00Z", "endsAt": "2002-01-01T00:00:00Z"},
        {"labels": {"a": "zero"}, "startsAt": "0001-01-01T00:00:00.000Z", "endsAt": "0001-01-01T00:00:00Z"},
    ]);
    let (status, body) = ask(&parts, "POST", "/api/v2/alerts", posted).await;
    assert_eq!((status, body), (400, json!("at least one label pair required")), "the good ones count");
    let alerts = get(&parts, "/api/v2/alerts").await;
    let mut shown = names(&alerts);
    shown.sort_unstable();
    assert_eq!(shown, ["source", "target", "zero"]);
    let source = alerts.as_array().unwrap().iter().find(|a| a["labels"]["a"] == "source").unwrap();
    let mut expected = json!({
        "annotations": {"s": "봉수"}, "endsAt": "2999-01-01T00:00:00.000Z", "fingerprint": source["fingerprint"],
        "receivers": [{"name": "ops"}], "startsAt": "2023-11-14T13:13:20.500Z",
        "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": source["updatedAt"], "generatorURL": "http://g/", "labels": {"a": "source", "job": "j"},
    });
    assert_eq!(source, &expected);
    assert_eq!(source.to_string(), expected.to_string(), "in the original's order");
    expected["status"]["inhibitedBy"] = json!([source["fingerprint"]]);
    for (query, expected) in [
        ("filter=a%3D%22source%22", vec!["source"]),
        ("filter=a=~s.*%7Ct.*&inhibited=false", vec!["source"]),
        ("active=false", vec!["target"]),
        ("receiver=op.", vec!["source", "target", "zero"]),
        ("receiver=o", vec![]),
        ("receiver_matchers=tier%3Done", vec!["source", "target", "zero"]),
        ("receiver_matchers=tier%3Dtwo", vec![]),
    ] {
        let alerts = get(&parts, &format!("/api/v2/alerts?{query}")).await;
        let mut shown = names(&alerts);
        shown.sort_unstable();
        assert_eq!(shown, expected, "{query}");
    }
    let groups = get(&parts, "/api/v2/alerts/groups").await;
    let groups = groups.as_array().unwrap();
    let labels: Vec<String> = groups.iter().map(|g| g["labels"].to_string()).collect();
    assert_eq!(labels, ["{}", "{\"job\":\"j\"}"]);
    assert_eq!(groups[0]["alerts"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&groups[0]["receiver"]["name"], &groups[0]["routeLabels"]["team"]),
        (&json!("ops"), &json!("a"))
    );
}

#[tokio::test]
async fn silences_are_kept_changed_and_ended() {
    let parts = parts();
    let silence = |id: &str, ends: &str| {
        json!({
            "id": id, "startsAt": "2024-01-01T00:00:00Z", "endsAt": ends, "createdBy": "me", "comment": "why",
            "matchers": [{"name": "a", "value": "x|y", "isRegex": true}, {"name": "b", "value": "z", "isRegex": false, "isEqual": false}],
        })
    };
    let (status, made) = ask(&parts, "POST", "/api/v2/silences", silence("", "2998-01-01T00:00:00Z")).await;
    let id = made["silenceID"].as_str().unwrap().to_owned();
    assert_eq!((status, id.len()), (200, 36));
    let shown = get(&parts, &format!("/api/v2/silence/{id}")).await;
    assert_eq!(shown["status"]["state"], "active");
    assert_eq!(shown["matchers"][1], json!({"isEqual": false, "isRegex": false, "name": "b", "value": "z"}));
    assert_ne!(shown["startsAt"], "2024-01-01T00:00:00.000Z", "it cannot have begun before it was asked for");
    ask(&parts, "POST", "/api/v2/alerts", json!([{"labels": {"a": "x"}}])).await;
    assert_eq!(get(&parts, "/api/v2/alerts").await[0]["status"]["silencedBy"], json!([id]));
    assert_eq!(get(&parts, "/api/v2/alerts?silenced=false").await, json!([]));
    for (query, count) in
        [("", 1), ("?active=false", 0), ("?filter=a%3D~%22x%7Cy%22", 1), ("?filter=a%3D%22x%7Cy%22", 0)]
    {
        let silences = get(&parts, &format!("/api/v2/silences{query}")).await;
        assert_eq!(silences.as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(ask(&parts, "DELETE", &format!("/api/v2/silence/{id}"), Value::Null).await.0, 200);
    assert_eq!(get(&parts, "/api/v2/silences").await[0]["status"]["state"], "expired");
    for (method, path, body, status, text) in [
        ("GET", "/api/v2/silence/none".to_owned(), Value::Null, 404, ""),
        ("DELETE", "/api/v2/silence/none".to_owned(), Value::Null, 404, ""),
        (
            "POST",
            "/api/v2/silences".to_owned(),
            silence("none", "2998-01-01T00:00:00Z"),
            404,
            "silence not found",
        ),
        (
            "POST",
            "/api/v2/silences".to_owned(),
            silence("", "2023-01-01T00:00:00Z"),
            400,
            "Failed to create silence: start time must be before end time",
        ),
        (
            "POST",
            "/api/v2/silences".to_owned(),
            silence("", "2024-01-02T00:00:00Z"),
            400,
            "Failed to create silence: end time can't be in the past",
        ),
        (
            "GET",
            "/api/v2/silences?filter=nonsense".to_owned(),
            Value::Null,
            400,
            "bad matcher format: nonsense",
        ),
        ("GET", "/api/v2/alerts?receiver=(".to_owned(), Value::Null, 400, "failed to parse receiver param"),
    ] {
        let (got, body) = ask(&parts, method, &path, body).await;
        assert_eq!(got, status, "{method} {path}: {body}");
        assert!(body.as_str().unwrap_or_default().contains(text), "{method} {path}: {body}");
    }
    for (body, text) in [
        (json!({"a": 1}), "alerts in body"),
        (json!([{"labels": {"a": "b"}, "startsAt": "now"}]), "startsAt"),
    ] {
        let (status, answer) = ask(&parts, "POST", "/api/v2/alerts", body).await;
        assert_eq!(status, 422);
        assert!(answer["message"].as_str().unwrap().contains(text), "{answer}");
    }
}

#[tokio::test]
async fn status_receivers_and_health() {
    let parts = parts();
    let status = get(&parts, "/api/v2/status").await;
    let config = status["config"]["original"].as_str().unwrap();
    assert!(config.contains("receiver: ops") && !config.contains("http://secret"), "{config}");
    assert_eq!(
        (&status["cluster"]["status"], &status["versionInfo"]["version"]),
        (&json!("disabled"), &json!("0.34.0"))
    );
    assert_eq!(
        get(&parts, "/api/v2/receivers").await,
        json!([{"labels": {"name": "ops", "tier": "one"}, "name": "ops"}, {"labels": {"name": "dev"}, "name": "dev"}])
    );
    assert_eq!(get(&parts, "/-/healthy").await, json!("OK"));
    assert!(
        get(&parts, "/metrics").await.as_str().unwrap().contains("alertmanager_alerts{state=\"active\"} 0")
    );
    assert_eq!(ask(&parts, "GET", "/-/reload", Value::Null).await.0, 405);
    assert_eq!(ask(&parts, "POST", "/-/reload", Value::Null).await.0, 500, "nobody listens");
}

#[tokio::test]
async fn the_routing_tree_shows_the_way_of_an_alert() {
    let parts = parts();
    let tree = get(&parts, "/api/v2/bongsu/routes").await;
    assert_eq!(tree["matching"], Value::Null);
    let root = &tree["routes"][0];
    assert_eq!((&root["receiver"], &root["groupBy"]), (&json!("ops"), &json!(["job"])));
    assert_eq!((&root["groupWaitSeconds"], &root["repeatIntervalSeconds"]), (&json!(30.0), &json!(14_400.0)));
    let asked = get(&parts, "/api/v2/bongsu/routes?label=a%3Db%3Dc&label=d%3D").await;
    assert_eq!(asked["matching"], json!([0]));
    for bad in ["label=a", "label=%3Db"] {
        let (status, body) = ask(&parts, "GET", &format!("/api/v2/bongsu/routes?{bad}"), Value::Null).await;
        assert_eq!(status, 400, "{bad}: {body}");
        assert!(body.as_str().unwrap().contains("name=value"), "{body}");
    }
}
