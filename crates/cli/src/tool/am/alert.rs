//! `alert`: what fires, and making something fire.

use std::io::Write;

use anyhow::Context;
use clap::{Arg, ArgMatches, Command};
use jiff::Timestamp;
use serde_json::json;

use super::super::texts;
use super::client::Client;
use super::labels::{pairs, syntax, with_alertname};
use super::{Outcome, flag, output, switch, text};
use crate::tool::flags;

pub(super) fn command() -> Command {
    let add = Command::new("add")
        .about("Add a new alert. A first label without a name is the alert's name: `alert add foo node=bar`.")
        .arg(Arg::new("labels").help("List of labels to be included with the alert.").num_args(0..))
        .arg(flag("generator-url", "URL", "Set the URL of the source that generated the alert."))
        .arg(flag(
            "start",
            "TIME",
            "Set when the alert should start. RFC3339 format 2006-01-02T15:04:05-07:00.",
        ))
        .arg(flag("end", "TIME", "Set when the alert should end. RFC3339 format 2006-01-02T15:04:05-07:00."))
        .arg(flags("annotation", "NAME=VALUE", "Set an annotation to be included with the alert."));
    let query = query_args(Command::new("query").about("View and search through current alerts."));
    let about = "Add and query alerts. Without a command it queries.";
    query_args(Command::new("alert").about(about)).subcommand(query).subcommand(add)
}

fn query_args(command: Command) -> Command {
    command
        .arg(switch("inhibited", "Show inhibited alerts.").short('i'))
        .arg(switch("silenced", "Show silenced alerts.").short('s'))
        .arg(switch("active", "Show active alerts.").short('a'))
        .arg(switch("unprocessed", "Show unprocessed alerts.").short('u'))
        .arg(flag("receiver", "REGEX", "Show alerts matching receiver (Supports regex syntax).").short('r'))
        .arg(Arg::new("matcher-groups").help("Query filter.").num_args(0..))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("add", args)) => add(args),
        Some((_query, args)) => query(args, out),
        None => query(matches, out),
    }
}

fn add(matches: &ArgMatches) -> anyhow::Result<Outcome> {
    let syntax = syntax(matches)?;
    let labels = pairs(&with_alertname(&texts(matches, "labels"), syntax), "labels", syntax)?;
    let annotations = pairs(&texts(matches, "annotation"), "annotations", syntax)?;
    let mut alert = json!({ "annotations": annotations, "labels": labels });
    for (flag, field) in [("start", "startsAt"), ("end", "endsAt")] {
        if let Some(typed) = text(matches, flag) {
            let time: Timestamp =
                typed.parse().with_context(|| format!("--{flag}: {typed:?} is not a time in RFC3339"))?;
            alert[field] = time.to_string().into();
        }
    }
    if let Some(url) = text(matches, "generator-url") {
        alert["generatorURL"] = url.into();
    }
    Client::new(matches)?.post("/alerts", &json!([alert]))?;
    Ok(Outcome::Passed)
}

fn query(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let filters = with_alertname(&texts(matches, "matcher-groups"), syntax(matches)?);
    let states = ["active", "inhibited", "silenced", "unprocessed"];
    let none = !states.iter().any(|state| matches.get_flag(state));
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    for state in states {
        let wanted = matches.get_flag(state) || (none && state == "active");
        parameters.push((state, if wanted { "true" } else { "false" }));
    }
    parameters.extend(text(matches, "receiver").map(|receiver| ("receiver", receiver)));
    parameters.extend(filters.iter().map(|filter| ("filter", filter.as_str())));
    let alerts = Client::new(matches)?.list("/alerts", &parameters)?;
    output(matches).alerts(alerts, out)?;
    Ok(Outcome::Passed)
}
