use serde_json::json;

use super::*;
use crate::notify::FailureKind;
use crate::notify::tests::{first_call_of, message, mistakes, notifier, play, refusal, sent, sent_resolved};

#[test]
fn the_default_event() {
    let (url, event) = sent(&KIND, "{routing_key: '{{ .CommonLabels.severity }}'}");
    assert_eq!(url, "https://events.pagerduty.com/v2/enqueue");
    let message = message();
    let alert = |index: usize, status: &str, end: &str| {
        json!({
            "annotations": {"summary": message.alerts[index].annotations.get("summary")},
            "endsAt": end,
            "fingerprint": message.alerts[index].fingerprint().to_string(),
            "generatorURL": "http://prom/graph?g0.expr=x",
            "labels": {"alertname": message.alerts[index].name(), "job": "a<b", "severity": "page"},
            "startsAt": "2023-11-14T22:12:20Z",
            "status": status,
        })
    };
    let expected = json!({
        "routing_key": "page",
        "dedup_key": "d0f36e7e0a4a55a3",
        "event_action": "trigger",
        "payload": {
            "summary": "[FIRING:1] a<b (page)",
            "source": "Alertmanager",
            "severity": "error",
            "custom_details": {
                "firing": [alert(0, "firing", "0001-01-01T00:00:00Z")],
                "num_firing": 1,
                "num_resolved": 1,
                "resolved": [alert(1, "resolved", "2023-11-14T22:13:19Z")],
            },
        },
        "client": "Alertmanager",
        "client_url": "http://am/#/alerts?receiver=team%5C.ops",
    });
    let mut expected = expected;
    expected["dedup_key"] = event["dedup_key"].clone();
    assert_eq!(event.to_string(), expected.to_string(), "in the original's order");
    assert_eq!(event["dedup_key"].as_str().unwrap().len(), 64, "a SHA-256 of the group's key");
    let (_, event) = sent_resolved(&KIND, "{routing_key: k}");
    assert_eq!(event["event_action"], "resolve");
}

#[test]
fn everything_that_can_be_written() {
    let text = r#"
routing_key: k
url: http://pd/
client: mine
description: '{{ .Status }}'
severity: '{{ .CommonLabels.severity }}'
class: c
component: '{{ .GroupLabels.job }}'
group: g
details: {firing: plain, nested: {list: ['{{ len .Alerts }}', x]}}
images: [{src: 'http://i', alt: a}, {alt: without source}]
links: [{href: 'http://l', text: '{{ .Status }}'}, {text: without link}]
"#;
    let (url, event) = sent(&KIND, text);
    assert_eq!(url, "http://pd/");
    let payload = &event["payload"];
    assert_eq!(payload["source"], "mine", "the client's name");
    assert_eq!(
        [&payload["severity"], &payload["class"], &payload["component"], &payload["group"]],
        ["page", "c", "a<b", "g"].map(|text| json!(text)).each_ref()
    );
    assert_eq!(payload["custom_details"]["firing"], "plain");
    assert_eq!(payload["custom_details"]["nested"], json!({"list": [2, "x"]}));
    assert_eq!(event["images"], json!([{"src": "http://i", "alt": "a", "href": ""}]));
    assert_eq!(event["links"], json!([{"href": "http://l", "text": "firing"}]));
    let long = format!("{{routing_key: k, description: {}}}", "봉".repeat(2000));
    let summary = sent(&KIND, &long).1["payload"]["summary"].as_str().unwrap().to_owned();
    assert_eq!(summary.chars().count(), SUMMARY_CHARS_MAX);
    assert!(summary.ends_with('…'));
}

#[test]
fn the_first_version_of_the_api() {
    let details = "details: {firing: a, resolved: b, num_firing: c, num_resolved: d}";
    let (url, event) = sent(&KIND, &format!("{{service_key: s, {details}}}"));
    assert_eq!(url, V1_URL);
    let hash = event["incident_key"].clone();
    let expected = json!({
        "service_key": "s", "incident_key": hash, "event_type": "trigger", "description": "[FIRING:1] a<b (page)",
        "event_action": "", "payload": null, "client": "Alertmanager",
        "client_url": "http://am/#/alerts?receiver=team%5C.ops",
        "details": {"firing": "a", "num_firing": "c", "num_resolved": "d", "resolved": "b"},
    });
    assert_eq!(event.to_string(), expected.to_string());
    let (_, event) = sent_resolved(&KIND, &format!("{{service_key: s, {details}}}"));
    assert_eq!((&event["event_type"], event.get("client")), (&json!("resolve"), None));
}

#[test]
fn what_is_too_large_goes_without_details() {
    for key in ["routing_key", "service_key"] {
        let mut message = message();
        let mut alert = (*message.alerts[0]).clone();
        alert.annotations = alert.annotations.with([("text", "x".repeat(EVENT_BYTES_MAX).as_str())]);
        message.alerts[0] = alert.into();
        let call = first_call_of(&notifier(&KIND, &format!("{{{key}: k}}")), &message);
        let event: Json = serde_json::from_slice(&call.body).unwrap();
        let details =
            if key == "service_key" { &event["details"] } else { &event["payload"]["custom_details"] };
        assert_eq!(*details, json!({ "error": TOO_LARGE }));
    }
}

#[test]
fn answers() {
    let refusal =
        r#"{"status":"invalid event","message":"Event object is invalid","errors":["no key","no payload"]}"#;
    let give_up = |kind, text: &str| Verdict::GiveUp(kind, text.to_owned());
    let retry = |kind, text: &str| Verdict::Retry(kind, text.to_owned());
    use FailureKind::{Authentication, Client, RateLimited, Server};
    for (key, status, body, expected) in [
        ("routing_key", 202, "", Verdict::Sent),
        (
            "routing_key",
            400,
            refusal,
            give_up(Client, "unexpected status code 400: Event object is invalid: no key,no payload"),
        ),
        ("routing_key", 400, "<html>", give_up(Client, "unexpected status code 400")),
        ("routing_key", 403, refusal, give_up(Authentication, "unexpected status code 403")),
        ("routing_key", 429, "", retry(RateLimited, "unexpected status code 429")),
        ("service_key", 403, "", retry(Authentication, "unexpected status code 403")),
        ("service_key", 429, "", give_up(RateLimited, "unexpected status code 429")),
        ("service_key", 502, "", retry(Server, "unexpected status code 502")),
    ] {
        assert_eq!(play(&KIND, &format!("{{{key}: k}}"), &[(status, body)]).1, expected, "{key} {status}");
    }
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{url: 'http://a'}", "missing service or routing key in PagerDuty config"),
        (
            "{routing_key: a, routing_key_file: b}",
            "at most one of routing_key & routing_key_file must be configured",
        ),
        (
            "{service_key: a, service_key_file: b}",
            "at most one of service_key & service_key_file must be configured",
        ),
        ("{routing_key: a, details: {x: '{{ if }}'}}", "missing value for if"),
        ("{routing_key: a, images: [{source: x}]}", "unknown field \"source\""),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
    assert_eq!(refusal(&KIND, "{routing_key: '{{ .CommonLabels.none }}'}"), "routing key cannot be empty");
    assert_eq!(refusal(&KIND, "{routing_key_file: /run/key}"), "/run/key is not there");
    assert!(
        refusal(&KIND, "{routing_key: k, client: '{{ template \"none\" . }}'}")
            .starts_with("failed to template PagerDuty v2 message")
    );
}
