use serde_json::json;

use super::*;
use crate::notify::tests::{mistakes, sent};

#[test]
fn the_default_message() {
    let (url, document) = sent(&KIND, "{api_url: 'http://hooks/x', channel: '#{{ .GroupLabels.job }}'}");
    assert_eq!(url, "http://hooks/x");
    let expected = json!({
        "channel": "#a<b",
        "username": "Alertmanager",
        "attachments": [{
            "title": "[FIRING:1] a<b (page)",
            "title_link": r"http://am/#/alerts?receiver=team%5C.ops",
            "text": "",
            "fallback": r"[FIRING:1] a<b (page) | http://am/#/alerts?receiver=team%5C.ops",
            "callback_id": "",
            "footer": "",
            "color": "danger",
            "mrkdwn_in": ["fallback", "pretext", "text"],
        }],
    });
    assert_eq!(document, expected);
    assert_eq!(document.to_string(), expected.to_string(), "in the original's order");
}

#[test]
fn everything_that_can_be_written() {
    let text = r#"
app_token: secret
username: u
icon_emoji: ':fire:'
link_names: true
message_text: '{{ .Status }}'
short_fields: true
fields: [{title: t, value: '{{ len .Alerts }}'}, {title: t, value: v, short: false}]
actions:
- {type: button, text: open, url: 'http://x', name: left out, style: primary}
- {type: button, text: go, name: n, value: v, confirm: {text: sure?, ok_text: yes}}
mrkdwn_in: [text]
"#;
    let (url, document) = sent(&KIND, text);
    assert_eq!(url, "https://slack.com/api/chat.postMessage");
    let attachment = &document["attachments"][0];
    assert_eq!(
        attachment["fields"],
        json!([{"title": "t", "value": "2", "short": true}, {"title": "t", "value": "v", "short": false}])
    );
    assert_eq!(
        attachment["actions"],
        json!([
            {"type": "button", "text": "open", "url": "http://x", "style": "primary"},
            {"type": "button", "text": "go", "name": "n", "value": "v", "confirm": {"text": "sure?", "ok_text": "yes"}},
        ])
    );
    assert_eq!((&document["text"], &document["link_names"]), (&json!("firing"), &json!(true)));
    assert_eq!(attachment["mrkdwn_in"], json!(["text"]));
}

#[test]
fn answers() {
    let judged = |status, content_type, body| judge(Answer { status, content_type, body });
    let json = "application/json; charset=utf-8";
    assert_eq!(judged(200, "text/html", "ok"), Verdict::Sent);
    assert_eq!(judged(200, json, r#"{"ok":true}"#), Verdict::Sent);
    for (status, content_type, body, again, text) in [
        (200, "text/html", "no_text", false, "received an error response from Slack: no_text"),
        (
            200,
            json,
            r#"{"ok":false,"error":"channel_not_found"}"#,
            false,
            "error response from Slack: channel_not_found",
        ),
        (200, json, "{", true, "could not unmarshal"),
        (503, "text/html", "", true, "unexpected status code 503"),
        (404, "text/html", "no_team", false, "unexpected status code 404: no_team"),
    ] {
        match judged(status, content_type, body) {
            Verdict::Retry(_, reason) => assert!(again && reason.starts_with(text), "{reason}"),
            Verdict::GiveUp(_, reason) => assert!(!again && reason.starts_with(text), "{reason}"),
            Verdict::Sent => panic!("{body} is no success"),
        }
    }
    let answer = Answer { status: 200, content_type: json, body: r#"{"ok":true,"channel":"C1","ts":"1.5"}"# };
    let kept = kept(answer, KeptData::new());
    assert_eq!(kept["threadTs"], DataValue::Text("1.5".to_owned()));
    assert_eq!(kept["channelId"], DataValue::Text("C1".to_owned()));
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{channel: x}", "no Slack API URL nor App token set either inline or in a file"),
        (
            "{api_url: 'http://a', app_token: b}",
            "at most one of api_url/api_url_file & app_token/app_token_file",
        ),
        ("{api_url: 'http://a', update_message: true}", "update_message can only be used with bot tokens"),
        ("{api_url: 'http://a', title: '{{ if }}'}", "missing value for if"),
        ("{api_url: 'http://a', fields: [{title: a}]}", "missing value in Slack field configuration"),
        (
            "{api_url: 'http://a', actions: [{type: a, text: b}]}",
            "missing name or url in Slack action configuration",
        ),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
}
