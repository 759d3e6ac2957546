use serde_json::{Value, json};

use super::*;
use crate::notify::tests::{at, message, mistakes, notifier, play, play_with};

const CONFIG: &str = "{api_url: 'http://w/cgi-bin', api_secret: 's&', corp_id: '{{ .Status }}', to_user: '@all', agent_id: '7', message: '<{{ .GroupLabels.job }}>'}";
const TOKEN: (u16, &str) = (200, r#"{"errcode":0,"access_token":"t/1"}"#);
const OK: (u16, &str) = (200, r#"{"errcode":0,"errmsg":"ok"}"#);

#[test]
fn it_logs_in_once_in_two_hours() {
    let notifier = notifier(&KIND, CONFIG);
    let (calls, verdict) = play_with(&notifier, &message(), &[TOKEN, OK]);
    assert_eq!(verdict, Verdict::Sent);
    let urls: Vec<&str> = calls.iter().map(|call| call.url.expose()).collect();
    let send = "http://w/cgi-bin/message/send?access_token=t%2F1";
    assert_eq!(urls, ["http://w/cgi-bin/gettoken?corpid=firing&corpsecret=s%26", send]);
    let document: Value = serde_json::from_slice(&calls[1].body).unwrap();
    let expected = json!({
        "text": {"content": "<a<b>"}, "touser": "@all", "agentid": "7", "safe": "0", "msgtype": "text",
        "markdown": {"content": ""},
    });
    assert_eq!(document.to_string(), expected.to_string());
    assert_eq!(play_with(&notifier, &message(), &[OK]).0[0].url.expose(), send, "the login still holds");
    let mut later = message();
    later.now = at(2 * 3600);
    assert_eq!(play_with(&notifier, &later, &[TOKEN, OK]).0.len(), 2);
    let (_, expired) = play_with(&notifier, &later, &[(200, r#"{"errcode":42001,"errmsg":"expired"}"#)]);
    assert_eq!(expired, Verdict::Retry(FailureKind::Other, "expired".to_owned()));
    assert_eq!(play_with(&notifier, &later, &[TOKEN, OK]).0.len(), 2, "logs in anew");
}

#[test]
fn answers() {
    let retry = |kind, text: &str| Verdict::Retry(kind, text.to_owned());
    let give_up = |text: &str| Verdict::GiveUp(FailureKind::Other, text.to_owned());
    for (answers, expected) in [
        (&[TOKEN, (500, "")][..], retry(FailureKind::Server, "unexpected status code 500")),
        (&[TOKEN, (400, "")], retry(FailureKind::Client, "unexpected status code 400")),
        (&[TOKEN, (200, r#"{"errcode":40003,"errmsg":"invalid openid"}"#)], give_up("invalid openid")),
        (&[(200, r#"{"errcode":40001}"#)], give_up("invalid APISecret for CorpID: firing")),
    ] {
        assert_eq!(play(&KIND, CONFIG, answers).1, expected, "{answers:?}");
    }
    assert!(matches!(play(&KIND, CONFIG, &[(200, "<html>")]).1, Verdict::GiveUp(..)));
    assert!(matches!(play(&KIND, CONFIG, &[TOKEN, (200, "<html>")]).1, Verdict::Retry(..)));
}

#[test]
fn markdown() {
    let text = "{api_secret: s, corp_id: c, message_type: markdown, message: '**x**'}";
    let calls = play(&KIND, text, &[TOKEN, OK]).0;
    assert_eq!(calls[0].url.expose(), "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=c&corpsecret=s");
    let document: Value = serde_json::from_slice(&calls[1].body).unwrap();
    assert_eq!(
        (&document["markdown"]["content"], &document["text"]["content"]),
        (&json!("**x**"), &json!(""))
    );
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{corp_id: c}", "no global Wechat Api Secret set either inline or in a file"),
        ("{api_secret: s}", "no global Wechat CorpID set"),
        (
            "{api_secret: s, api_secret_file: s, corp_id: c}",
            "at most one of api_secret & api_secret_file must be configured",
        ),
        (
            "{api_secret: s, corp_id: c, message_type: card}",
            "weChat message type \"card\" does not match valid options ^(text|markdown)$",
        ),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
}
