//! What tests of all kinds need: a message, and somebody who plays the servers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use super::*;
use crate::alert::Alert;
use crate::manager::Message;
use crate::nflog::{IntegrationKey, Reason};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A message about two alerts of a group, one of them resolved.
pub(crate) fn message() -> Message {
    let alert = |name: &str, ends: i64| {
        Arc::new(Alert {
            labels: Labels::from_pairs([("alertname", name), ("job", "a<b"), ("severity", "page")]),
            annotations: [("summary".to_owned(), format!("{name} is 봉수"))].into(),
            starts_at: at(-60),
            ends_at: at(ends),
            updated_at: at(0),
            timeout: false,
            generator_url: "http://prom/graph?g0.expr=x".into(),
        })
    };
    Message {
        id: crate::manager::MessageId::for_trials(),
        integration: IntegrationKey {
            receiver: "team.ops".to_owned(),
            integration: "webhook".to_owned(),
            index: 0,
        },
        group_key: "{}:{job=\"a<b\"}".into(),
        group_labels: Labels::from_pairs([("job", "a<b")]),
        route_labels: BTreeMap::new(),
        alerts: vec![alert("down", 600), alert("slow", -1)],
        now: at(0),
        reason: Reason::First,
        deadline: at(300),
        data: BTreeMap::new(),
        acknowledged: BTreeMap::new(),
    }
}

/// Reads no file.
pub(crate) struct Files;

impl Secrets for Files {
    fn read(&self, source: &Source<Secret>) -> Result<Secret, String> {
        match source {
            Source::Inline(secret) => Ok(secret.clone()),
            Source::File(path) => Err(format!("{} is not there", path.display())),
        }
    }
}

/// Makes something of a message.
pub(crate) fn noticed_of<T>(message: &Message, make: impl FnOnce(&Notice<'_>) -> T) -> T {
    let data = Data::new(message, &message.alerts, BTreeMap::new(), "http://am");
    make(&Notice { message, data: &data, templates: &Templates::new([]).unwrap(), now: message.now })
}

/// Makes something of [`message`].
pub(crate) fn noticed<T>(make: impl FnOnce(&Notice<'_>) -> T) -> T {
    noticed_of(&message(), make)
}

/// Reads an integration below these global settings.
pub(crate) fn read_below(global: &Global, kind: &KindSpec, text: &str) -> Result<Notifier, String> {
    let read = |value: &Value<'_>| {
        value.fields(|f| {
            f.or("send_resolved", true);
            (kind.read)(f, global)
        })
    };
    yaml::read_document(text, "t.yml", "/".as_ref(), read).map(|(n, _)| n).map_err(|e| e.to_string())
}

/// Reads an integration.
pub(crate) fn notifier(kind: &KindSpec, text: &str) -> Notifier {
    read_below(&Global::default(), kind, text).unwrap()
}

/// Returns what is wrong with an integration.
pub(crate) fn mistakes(kind: &KindSpec, text: &str) -> String {
    read_below(&Global::default(), kind, text).expect_err(text)
}

/// Returns the first request about a message.
pub(crate) fn first_call_of(notifier: &Notifier, message: &Message) -> Call {
    match noticed_of(message, |notice| notifier.begin(notice, &Files)).unwrap() {
        Turn::Ask(call, _) => *call,
        other => panic!("no request: {other:?}"),
    }
}

/// Returns the first request about [`message`].
pub(crate) fn first_call(kind: &KindSpec, text: &str) -> Call {
    first_call_of(&notifier(kind, text), &message())
}

fn shown(call: Call) -> (String, serde_json::Value) {
    (call.url.expose().to_owned(), serde_json::from_slice(&call.body).unwrap())
}

/// URL and document of the first request about [`message`].
pub(crate) fn sent(kind: &KindSpec, text: &str) -> (String, serde_json::Value) {
    shown(first_call(kind, text))
}

/// The resolved alert of [`message`] alone.
pub(crate) fn resolved() -> Message {
    let mut message = message();
    message.alerts.remove(0);
    message
}

/// URL and document of the first request about [`resolved`].
pub(crate) fn sent_resolved(kind: &KindSpec, text: &str) -> (String, serde_json::Value) {
    shown(first_call_of(&notifier(kind, text), &resolved()))
}

/// Why no message can be made.
pub(crate) fn refusal(kind: &KindSpec, text: &str) -> String {
    noticed(|notice| notifier(kind, text).begin(notice, &Files)).unwrap_err()
}

/// Plays servers that answer with these statuses and bodies, in JSON, until the try ends. Returns the requests and the end.
pub(crate) fn play_with(
    notifier: &Notifier,
    message: &Message,
    answers: &[(u16, &str)],
) -> (Vec<Call>, Verdict) {
    let mut calls = Vec::new();
    let mut answers = answers.iter();
    let mut turn = noticed_of(message, |notice| notifier.begin(notice, &Files)).unwrap();
    loop {
        match turn {
            Turn::Ask(call, then) => {
                calls.push(*call);
                let (status, body) =
                    *answers.next().unwrap_or_else(|| panic!("more requests than answers: {calls:?}"));
                turn = then.go_on(Answer { status, content_type: "application/json", body });
            }
            Turn::End(verdict) => return (calls, verdict),
            Turn::Keep(_) => return (calls, Verdict::Sent),
            Turn::Mail(letter) => panic!("a mail: {letter:?}"),
        }
    }
}

/// [`play_with`] about [`message`].
pub(crate) fn play(kind: &KindSpec, text: &str, answers: &[(u16, &str)]) -> (Vec<Call>, Verdict) {
    play_with(&notifier(kind, text), &message(), answers)
}

#[test]
fn paths_below_a_base() {
    for (base, path, query, expected) in [
        ("http://a", "x/y", None, "http://a/x/y"),
        ("http://a/b/", "x", Some("q=1"), "http://a/b/x?q=1"),
        ("http://a/b?k=v", "x?", Some("q=1"), "http://a/b/x%3F?k=v&q=1"),
    ] {
        let base = Link::parse(base).unwrap();
        assert_eq!(at_path(&base, path, query).expose(), expected);
    }
}

#[test]
fn requests_in_a_row_end_with_the_first_failure() {
    let calls = || ["http://a", "http://b"].map(|url| Call::get(Secret::new(url))).into();
    let follow = |answers: &[u16]| {
        let (mut turn, mut answers) = (Turn::all(calls(), &[429]), answers.iter());
        while let Turn::Ask(_, then) = turn {
            let status = *answers.next().unwrap();
            turn = then.go_on(Answer { status, content_type: "", body: "" });
        }
        match turn {
            Turn::End(verdict) => verdict,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(follow(&[200, 202]), Verdict::Sent);
    assert!(matches!(follow(&[200, 429]), Verdict::Retry(FailureKind::RateLimited, _)));
    assert!(matches!(follow(&[400]), Verdict::GiveUp(FailureKind::Client, _)));
}
