//! `silence`: add, expire, import, query and update silences.

mod add;
mod import;
mod query;
mod update;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::texts;
use super::Outcome;
use super::client::Client;
use crate::flags::duration;
#[cfg(test)]
pub(super) use query::Wanted;

pub(super) fn command() -> Command {
    let expire = Command::new("expire")
        .about("Expire an alertmanager silence.")
        .arg(Arg::new("silence-ids").help("Ids of silences to expire.").num_args(0..));
    let about = "Add, expire or view silences. Without a command it queries.";
    query::args(Command::new("silence").about(about))
        .subcommand(add::command())
        .subcommand(expire)
        .subcommand(import::command())
        .subcommand(query::args(Command::new("query").about("Query Alertmanager silences.")))
        .subcommand(update::command())
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("add", args)) => add::run(args, out),
        Some(("expire", args)) => expire(args),
        Some(("import", args)) => import::run(args, out),
        Some(("update", args)) => update::run(args, out),
        Some((_query, args)) => query::run(args, out),
        None => query::run(matches, out),
    }
}

fn expire(matches: &ArgMatches) -> anyhow::Result<Outcome> {
    let ids = texts(matches, "silence-ids");
    if ids.is_empty() {
        bail!("no silence IDs specified");
    }
    let client = Client::new(matches)?;
    for id in ids {
        client.delete(&format!("/silence/{id}"))?;
    }
    Ok(Outcome::Passed)
}

/// Stores a silence and returns its name.
fn post(client: &Client, silence: &Value) -> anyhow::Result<String> {
    let answer = client.post("/silences", silence)?;
    let id = answer.get("silenceID").and_then(Value::as_str);
    Ok(id.context("the server did not name the silence")?.to_owned())
}

fn time(flag: &str, typed: &str) -> anyhow::Result<Timestamp> {
    typed.parse().with_context(|| format!("--{flag}: {typed:?} is not a time in RFC3339"))
}

/// Returns when something ends that lasts as long as was typed.
fn end_after(start: Timestamp, typed: &str) -> anyhow::Result<Timestamp> {
    let length: Duration =
        duration::parse(typed).with_context(|| format!("not a valid duration string: {typed:?}"))?;
    if length.is_zero() {
        bail!("silence duration must be greater than 0");
    }
    start.checked_add(SignedDuration::try_from(length)?).context("the silence would end after all calendars")
}
