use std::collections::BTreeMap;
use std::ffi::OsString;

use alerting::matchers::Syntax;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::labels::{pairs, with_alertname};
use super::*;

fn args(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// What the defaults add to a command line.
fn added(words: &[&str], defaults: &[(&str, &str)]) -> Vec<String> {
    let matches = command("amtool").try_get_matches_from(args(words)).unwrap();
    let defaults: BTreeMap<String, String> =
        defaults.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    defaults::as_arguments(&command("amtool"), &matches, &defaults)
        .into_iter()
        .map(|arg| arg.into_string().unwrap())
        .collect()
}

#[test]
fn the_command_tree_is_sound() {
    command("amtool").debug_assert();
    assert!(is_command("silence") && is_command("check-config") && !is_command("check"));
}

#[test]
fn without_a_command_silences_and_alerts_are_queried() {
    let parsed = |words: &[&str]| {
        let matches = command("amtool").try_get_matches_from(args(words)).unwrap();
        let (name, inner) = matches.subcommand().unwrap();
        (name.to_owned(), inner.subcommand_name().map(str::to_owned))
    };
    for (words, want) in [
        (&["amtool", "silence", "foo", "a=b"][..], ("silence", None)),
        (&["amtool", "silence", "query", "foo"], ("silence", Some("query"))),
        (&["amtool", "-o", "json", "alert", "-s", "foo"], ("alert", None)),
        (&["amtool", "alert", "add", "foo", "--annotation=a=b"], ("alert", Some("add"))),
        (&["amtool", "cluster", "--alertmanager.url=http://x"], ("cluster", None)),
        (&["amtool", "config", "routes", "--config.file=x"], ("config", Some("routes"))),
    ] {
        assert_eq!(parsed(words), (want.0.to_owned(), want.1.map(str::to_owned)), "{words:?}");
    }
}

#[test]
fn defaults_stand_behind_what_is_typed() {
    let file = [
        ("alertmanager.url", "http://am:9093"),
        ("author", "me@example.com"),
        ("require-comment", "false"),
        ("output", "extended"),
        ("unknown", "x"),
    ];
    assert_eq!(
        added(&["amtool", "silence", "add", "a=b"], &file),
        [
            "--alertmanager.url=http://am:9093",
            "--author=me@example.com",
            "--output=extended",
            "--no-require-comment"
        ]
    );
    assert_eq!(
        added(&["amtool", "-o", "json", "silence", "add", "a=b", "--require-comment", "-a", "you"], &file),
        ["--alertmanager.url=http://am:9093"]
    );
    assert_eq!(
        added(&["amtool", "alert", "--alertmanager.url=http://other"], &file),
        ["--output=extended"],
        "what the command does not know is left out"
    );
    assert_eq!(
        defaults::inserted(args(&["amtool", "alert", "--", "-x"]), args(&["-o=json"])),
        args(&["amtool", "alert", "-o=json", "--", "-x"])
    );
}

#[test]
fn the_first_file_counts_and_old_names_are_known() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = [
        file("a", "author: a\ncomment_required: \"true\"\n"),
        dir.path().join("none"),
        file("b", "author: b\noutput: json\n"),
    ];
    let read = defaults::read(&files).unwrap();
    let pairs: Vec<(&str, &str)> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("author", "a"), ("output", "json"), ("require-comment", "true")]);
    let error = defaults::read(&[file("c", "- x\n")]).unwrap_err();
    assert!(error.to_string().contains("could not load config file"), "{error}");
}

#[test]
fn a_first_word_may_be_the_name_of_the_alert() {
    for (typed, want) in [
        (&["foo", "node=bar"][..], &["alertname=\"foo\"", "node=bar"][..]),
        (&["a=b"], &["a=b"]),
        (&["alertname=~foo.*"], &["alertname=~foo.*"]),
        (&["a \"b"], &["alertname=\"a \\\"b\""]),
        (&[], &[]),
    ] {
        assert_eq!(with_alertname(typed, Syntax::Fallback), want);
    }
    let error = pairs(&["a!=b"], "labels", Syntax::Fallback).unwrap_err();
    assert_eq!(error.to_string(), "labels must be specified as key=value pairs");
}

#[test]
fn silences_are_picked_by_time_author_and_name() {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let silence = |ends: &str| json!({ "id": "1", "createdBy": "me", "endsAt": ends });
    let hour = Some(SignedDuration::from_hours(1));
    for (ends, expired, within, want) in [
        ("2026-11-21T12:30:00Z", false, None, true),
        ("2026-11-21T12:30:00Z", false, hour, true),
        ("2026-11-21T13:30:00Z", false, hour, false),
        ("2026-11-21T12:30:00Z", true, None, false),
        ("2026-11-21T11:30:00Z", true, hour, true),
        ("2026-11-21T10:30:00Z", true, hour, false),
        ("2026-11-21T11:30:00Z", false, None, false),
        ("nonsense", false, None, false),
    ] {
        let wanted = silence::Wanted { expired, within, ..silence::Wanted::default() };
        assert_eq!(wanted.takes(&silence(ends), now), want, "{ends} {expired} {within:?}");
    }
    let mine = silence::Wanted { created_by: Some("me"), id: Some("2"), ..silence::Wanted::default() };
    assert!(!mine.takes(&silence("2026-11-21T12:30:00Z"), now));
}
