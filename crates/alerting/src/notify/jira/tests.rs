use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::notify::tests::{mistakes, noticed, notifier, play, play_with, resolved};
use crate::notify::{Call, FailureKind, Verdict};

const BASE: &str = "api_url: 'https://jira.example/rest/api/2', project: OPS, issue_type: Bug";
const NOTHING: (u16, &str) = (200, r#"{"issues":[]}"#);

fn label() -> String {
    noticed(|notice| format!("ALERT{{{}}}", notice.group_hash()))
}

fn config(more: &str) -> String {
    format!("{{{BASE}, description: d, {more}}}")
}

fn shown(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|c| format!("{} {}", c.method, c.url.expose())).collect()
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap()
}

fn found(status: &str) -> String {
    json!({"issues": [{"key": "OPS-7", "fields": {"status": {"name": "x", "statusCategory": {"key": status}}}}]}).to_string()
}

#[test]
fn an_issue_is_made() {
    let (calls, verdict) = play(
        &KIND,
        &config(
            "labels: [z, '{{ .CommonLabels.severity }}'], fields: {customfield_1: {value: '{{ .Status }}'}, n: '{{ len .Alerts }}'}",
        ),
        &[NOTHING, (201, r#"{"key":"OPS-1"}"#)],
    );
    assert_eq!(verdict, Verdict::Sent);
    assert_eq!(
        shown(&calls),
        ["POST https://jira.example/rest/api/2/search", "POST https://jira.example/rest/api/2/issue"]
    );
    let query = format!(
        "statusCategory != Done and project=\"OPS\" and labels={:?} order by status ASC,resolutiondate DESC",
        label()
    );
    assert_eq!(
        body(&calls[0]).to_string(),
        json!({"fields": ["status"], "jql": query, "maxResults": 2}).to_string()
    );
    let expected = json!({"fields": {
        "customfield_1": {"value": "firing"}, "description": "d", "issuetype": {"name": "Bug"},
        "labels": [label(), "page", "z"], "n": 2, "project": {"key": "OPS"}, "summary": "[FIRING:1] a<b (page)",
    }});
    assert_eq!(body(&calls[1]).to_string(), expected.to_string());
    assert_eq!((calls[1].headers[0].0, calls[1].headers[0].1.expose()), ("accept-language", "en"));
}

#[test]
fn an_issue_that_is_there_is_brought_up_to_date() {
    let more = "summary: {template: s, enable_update: false}, priority: P1, reopen_transition: Reopen";
    let (calls, verdict) = play(&KIND, &config(more), &[(200, &found("new")), (204, "")]);
    assert_eq!(verdict, Verdict::Sent);
    assert_eq!(shown(&calls)[1], "PUT https://jira.example/rest/api/2/issue/OPS-7");
    let fields = &body(&calls[1])["fields"];
    assert_eq!((fields.get("summary"), &fields["priority"]["name"]), (None, &json!("P1")));
    // Its summary is written when it is made.
    let made = play(&KIND, &config(more), &[NOTHING, (201, "")]).0;
    assert_eq!(body(&made[1])["fields"]["summary"], "s");
}

#[test]
fn issues_are_resolved_and_opened_again() {
    let more = "resolve_transition: Done, reopen_transition: Reopen, reopen_duration: 2h, wont_fix_resolution: 'Won''t \"Fix\"'";
    let transitions = r#"{"transitions":[{"id":"11","name":"Reopen"},{"id":"31","name":"Done"}]}"#;
    let (notifier, ended) = (notifier(&KIND, &config(more)), resolved());
    for (message, status, id) in
        [(&ended, "indeterminate", "31"), (&crate::notify::tests::message(), "done", "11")]
    {
        let (calls, verdict) =
            play_with(&notifier, message, &[(200, &found(status)), (204, ""), (200, transitions), (204, "")]);
        assert_eq!(verdict, Verdict::Sent);
        let url = "https://jira.example/rest/api/2/issue/OPS-7";
        assert_eq!(
            shown(&calls)[1..],
            [format!("PUT {url}"), format!("GET {url}/transitions"), format!("POST {url}/transitions")]
        );
        assert_eq!(calls[3].body, format!("{{\"transition\":{{\"id\":\"{id}\"}}}}\n").as_bytes());
        let query = body(&calls[0])["jql"].as_str().unwrap().to_owned();
        let age = if id == "11" {
            "(resolutiondate is EMPTY OR resolutiondate >= -120m)"
        } else {
            "statusCategory != Done"
        };
        let expected =
            format!("(resolution is EMPTY or resolution != \"Won't \\\"Fix\\\"\") and {age} and project=");
        assert!(query.starts_with(&expected), "{query}");
    }
    // On the right side already, or nothing to resolve.
    assert_eq!(play_with(&notifier, &ended, &[(200, &found("done")), (204, "")]).0.len(), 2);
    assert_eq!(play_with(&notifier, &ended, &[NOTHING]).1, Verdict::Sent);
    let unknown = play_with(&notifier, &ended, &[(200, &found("new")), (204, ""), (200, "{}")]).1;
    assert_eq!(
        unknown,
        Verdict::GiveUp(FailureKind::Other, "can't find transition Done for issue OPS-7".to_owned())
    );
}

#[test]
fn the_cloud_searches_elsewhere() {
    for (url, kind, expected) in [
        ("https://x.atlassian.net/rest/api/2", "auto", "https://x.atlassian.net/rest/api/3/search/jql"),
        ("https://x.atlassian.net/rest/api/3", "datacenter", "https://x.atlassian.net/rest/api/3/search"),
        ("https://jira/rest/api/2", "cloud", "https://jira/rest/api/3/search/jql"),
    ] {
        let text = format!(
            "{{api_url: '{url}', api_type: {kind}, project: P, issue_type: T, description: '{{\"a\": 1}}'}}"
        );
        assert_eq!(play(&KIND, &text, &[(400, "")]).0[0].url.expose(), expected);
    }
}

#[test]
fn descriptions_of_the_third_version_are_documents() {
    let text = "{api_url: 'https://jira/rest/api/3/', project: P, issue_type: T, description: ' {\"type\": \"doc\", \"version\": 1} '}";
    let calls = play(&KIND, text, &[NOTHING, (201, "")]).0;
    assert_eq!(calls[1].method, Method::POST);
    assert_eq!(body(&calls[1])["fields"]["description"], json!({"type": "doc", "version": 1}));
    let plain = text.replace("{\"type\": \"doc\", \"version\": 1}", "words");
    assert_eq!(crate::notify::tests::refusal(&KIND, &plain), "description template: invalid JSON for API v3");
}

#[test]
fn answers() {
    let end = |answers: &[(u16, &str)]| play(&KIND, &config(""), answers).1;
    for (answers, expected) in [
        (&[(429, "wait")][..], Verdict::Retry(FailureKind::RateLimited, "failed to look up existing issues: HTTP request to JIRA API: unexpected status code 429: wait".to_owned())),
        (&[(401, "")], Verdict::GiveUp(FailureKind::Authentication, "failed to look up existing issues: HTTP request to JIRA API: unexpected status code 401".to_owned())),
        (&[NOTHING, (500, "oops")], Verdict::Retry(FailureKind::Server, "failed to POST request to \"issue\": unexpected status code 500: oops".to_owned())),
    ] {
        assert_eq!(end(answers), expected);
    }
    assert!(matches!(end(&[(200, "<html>")]), Verdict::GiveUp(..)));
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{project: p, issue_type: t}", "no global Jira Cloud URL set"),
        ("{api_url: 'http://j', issue_type: t}", "missing project in jira_config"),
        ("{api_url: 'http://j', project: p}", "missing issue_type in jira_config"),
        (
            "{api_url: 'http://j', project: p, issue_type: t, api_type: x}",
            "unknown api_type on jira_config, must be auto, cloud or datacenter",
        ),
        ("{api_url: 'http://j', project: p, issue_type: t, labels: ['{{ if }}']}", "missing value for if"),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
}
