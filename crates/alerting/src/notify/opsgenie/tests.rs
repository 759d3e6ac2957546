use serde_json::json;

use super::*;
use crate::notify::tests::{mistakes, notifier, play, play_with, read_below, resolved, sent};
use crate::notify::{FailureKind, Verdict};

fn hash() -> String {
    crate::notify::tests::noticed(|notice| notice.group_hash())
}

#[test]
fn the_default_alert() {
    let (url, document) = sent(&KIND, "{api_key: k}");
    assert_eq!(url, "https://api.opsgenie.com/v2/alerts");
    let expected = json!({
        "alias": hash(),
        "message": "[FIRING:1] a<b (page)",
        "description": document["description"],
        "details": {"job": "a<b", "severity": "page"},
        "source": "http://am/#/alerts?receiver=team%5C.ops",
    });
    assert_eq!(document.to_string(), expected.to_string());
    assert!(document["description"].as_str().unwrap().contains("Alerts Firing:\nLabels:"));
}

#[test]
fn everything_that_can_be_written() {
    let text = r#"
api_key: ' {{ .Status }} '
api_url: http://og/base
message: '{{ range .Alerts }}{{ .Labels.alertname }} {{ end }}'
description: d
source: s
details: {job: mine, more: '{{ len .Alerts }}'}
entity: e
responders:
- {name: '{{ .CommonLabels.severity }}', type: team}
- {name: 'a,,b', type: teams}
- {id: '{{ .CommonLabels.none }}', type: '{{ .CommonLabels.none }}'}
- {username: u, type: user}
actions: 'x,y'
tags: ' a,{{ .Status }},'
note: n
priority: P1
"#;
    let (calls, verdict) = play(&KIND, text, &[(202, "")]);
    assert_eq!(verdict, Verdict::Sent);
    let [call] = &calls[..] else { panic!("one request") };
    assert_eq!((call.url.expose(), &call.method), ("http://og/base/v2/alerts", &Method::POST));
    assert_eq!((call.headers[0].0, call.headers[0].1.expose()), ("authorization", "GenieKey firing"));
    let document: Json = serde_json::from_slice(&call.body).unwrap();
    let expected = json!({
        "alias": hash(), "message": "down slow ", "description": "d",
        "details": {"job": "mine", "more": "2", "severity": "page"}, "source": "s",
        "responders": [
            {"name": "page", "type": "team"}, {"name": "a", "type": "team"}, {"name": "b", "type": "team"},
            {"username": "u", "type": "user"},
        ],
        "tags": ["a", "firing"], "note": "n", "priority": "P1", "entity": "e", "actions": ["x", "y"],
    });
    assert_eq!(document.to_string(), expected.to_string());
    let long = format!("{{api_key: k, message: {}}}", "봉".repeat(200));
    assert_eq!(sent(&KIND, &long).1["message"].as_str().unwrap().chars().count(), MESSAGE_CHARS_MAX);
}

#[test]
fn an_alert_is_brought_up_to_date_and_closed() {
    let text = "{api_key: k, api_url: 'http://og', update_alerts: true, message: m, description: d}";
    let (calls, verdict) = play(&KIND, text, &[(202, ""), (202, ""), (202, "")]);
    assert_eq!(verdict, Verdict::Sent);
    let shown: Vec<(&str, String, &str)> = calls
        .iter()
        .map(|c| {
            (
                c.method.as_str(),
                c.url.expose().replace(&hash(), "HASH"),
                std::str::from_utf8(&c.body).unwrap(),
            )
        })
        .collect();
    assert_eq!(shown[0].0, "POST");
    assert_eq!(
        shown[1],
        ("PUT", "http://og/v2/alerts/HASH/message?identifierType=alias".to_owned(), "{\"message\":\"m\"}\n")
    );
    assert_eq!(
        shown[2],
        (
            "PUT",
            "http://og/v2/alerts/HASH/description?identifierType=alias".to_owned(),
            "{\"description\":\"d\"}\n"
        )
    );
    let (calls, verdict) = play(&KIND, text, &[(202, ""), (429, "slow down")]);
    assert_eq!(calls.len(), 2, "the first failure ends it");
    assert_eq!(
        verdict,
        Verdict::Retry(FailureKind::RateLimited, "unexpected status code 429: slow down".to_owned())
    );
    let closed = play_with(&notifier(&KIND, "{api_key: k, source: s}"), &resolved(), &[(202, "")]).0;
    let url = closed[0].url.expose().replace(&hash(), "HASH");
    assert_eq!(url, "https://api.opsgenie.com/v2/alerts/HASH/close?identifierType=alias");
    assert_eq!(closed[0].body, b"{\"source\":\"s\"}\n");
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{message: m}", "no global OpsGenie API Key set either inline or in a file"),
        ("{api_key: a, api_key_file: b}", "at most one of api_key & api_key_file must be configured"),
        (
            "{api_key: a, responders: [{type: team}]}",
            "opsGenieConfig responder {   team} has to have at least one of id, username or name specified",
        ),
        (
            "{api_key: a, responders: [{id: i, type: crowd}]}",
            "opsGenieConfig responder {i   crowd} type does not match valid options ^(team|teams|user|escalation|schedule)$",
        ),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
    let global = Global { opsgenie_api_key: Some(Source::Inline(Secret::new("g"))), ..Global::default() };
    assert!(read_below(&global, &KIND, "{responders: [{id: i, type: Team}]}").is_ok());
}
