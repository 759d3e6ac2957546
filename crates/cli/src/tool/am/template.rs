//! `template render`: what a template makes of an alert.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use alerting::run::read_templates;
use anyhow::{Context, anyhow};
use clap::{Arg, ArgMatches, Command};
use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use template::alertmanager::{Alert, Data, kv};
use template::gotime::Time;

use super::super::texts;
use super::{Outcome, flag, text};
use crate::tool::flags;

pub(super) fn command() -> Command {
    let required = |arg: Arg| arg.required(true);
    let render = Command::new("render")
        .about("Render a given definition in a template file to standard output.")
        .arg(required(flags("template.glob", "GLOB", "Glob of paths that will be expanded and used for rendering.")))
        .arg(required(flag("template.text", "TEXT", "The template that will be rendered.")))
        .arg(
            flag("template.type", "TYPE", "The type of the template. Can be either text (default) or html.")
                .value_parser(["html", "text"]),
        )
        .arg(flag(
            "template.data",
            "FILE",
            "JSON file with the alerts' data, as webhooks get it. A simple, predefined alert if there is none.",
        ));
    Command::new("template")
        .about("Render template files.")
        .subcommand(render)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (_render, matches) = matches.subcommand().expect("the parser demands a command");
    let globs: Vec<PathBuf> = texts(matches, "template.glob").into_iter().map(PathBuf::from).collect();
    let templates = read_templates(&globs)?;
    let now = Timestamp::now();
    let document = match text(matches, "template.data") {
        Some(file) => {
            let content = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
            serde_json::from_str(&content).with_context(|| file.to_owned())?
        }
        None => example(now),
    };
    let html = text(matches, "template.type") == Some("html");
    let text = text(matches, "template.text").unwrap_or_default();
    let rendered = templates.render(text, document.into_data(), html, now).map_err(|e| anyhow!(e))?;
    write!(out, "{rendered}")?;
    Ok(Outcome::Passed)
}

type Map = BTreeMap<String, String>;

/// What webhooks get; all may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    receiver: String,
    status: String,
    alerts: Vec<AlertDocument>,
    group_labels: Map,
    common_labels: Map,
    common_annotations: Map,
    route_labels: Map,
    #[serde(rename = "externalURL")]
    external_url: String,
    #[serde(rename = "notification_reason")]
    notification_reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AlertDocument {
    status: String,
    labels: Map,
    annotations: Map,
    #[serde(deserialize_with = "moment")]
    starts_at: Option<Timestamp>,
    #[serde(deserialize_with = "moment")]
    ends_at: Option<Timestamp>,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

/// Reads a time; Go's zero time is none.
fn moment<'de, D: Deserializer<'de>>(document: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(document)?;
    let time: Timestamp = text.parse().map_err(D::Error::custom)?;
    Ok(Some(time).filter(|_| !text.starts_with("0001-01-01T")))
}

impl Document {
    fn into_data(self) -> Data {
        let time = |t: Option<Timestamp>| t.map_or_else(Time::zero, |t| Time::from_ns(t.as_nanosecond()));
        let alert = |alert: AlertDocument| Alert {
            status: alert.status,
            labels: kv(alert.labels),
            annotations: kv(alert.annotations),
            starts_at: time(alert.starts_at),
            ends_at: time(alert.ends_at),
            generator_url: alert.generator_url,
            fingerprint: alert.fingerprint,
        };
        Data {
            receiver: self.receiver,
            status: self.status,
            alerts: self.alerts.into_iter().map(alert).collect(),
            group_labels: kv(self.group_labels),
            common_labels: kv(self.common_labels),
            common_annotations: kv(self.common_annotations),
            route_labels: kv(self.route_labels),
            external_url: self.external_url,
            notification_reason: self.notification_reason,
        }
    }
}

fn map<const N: usize>(pairs: [(&str, &str); N]) -> Map {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The original's example: one alert that fires and one that is resolved.
fn example(now: Timestamp) -> Document {
    let ago = |minutes| now.checked_sub(SignedDuration::from_mins(minutes)).ok();
    let shared = [("commonlabelkey1", "commonlabelvalue1"), ("commonlabelkey2", "commonlabelvalue2")];
    let noted = [
        ("commonannotationkey1", "commonannotationvalue1"),
        ("commonannotationkey2", "commonannotationvalue2"),
    ];
    let alert = |status: &str, labels: Map, annotations: Map, minutes, fingerprint: &str| AlertDocument {
        status: status.to_owned(),
        labels: labels.into_iter().chain(map(shared)).collect(),
        annotations: annotations.into_iter().chain(map(noted)).collect(),
        starts_at: ago(minutes),
        ends_at: Some(now),
        generator_url: "https://generatorurl.com".to_owned(),
        fingerprint: fingerprint.to_owned(),
    };
    Document {
        receiver: "receiver".to_owned(),
        status: "alertstatus".to_owned(),
        alerts: vec![
            alert(
                "firing",
                map([("label1", "value1"), ("label2", "value2"), ("instance", "foo.bar:1234")]),
                map([("annotation1", "value1"), ("annotation2", "value2")]),
                5,
                "fingerprint1",
            ),
            alert(
                "resolved",
                map([("foo", "bar"), ("baz", "qux")]),
                map([("aaa", "bbb"), ("ccc", "ddd")]),
                10,
                "fingerprint2",
            ),
        ],
        group_labels: map([("grouplabelkey1", "grouplabelvalue1"), ("grouplabelkey2", "grouplabelvalue2")]),
        common_labels: map(shared),
        common_annotations: map(noted),
        external_url: "https://example.com".to_owned(),
        ..Document::default()
    }
}
