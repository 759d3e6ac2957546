//! `silence add`.

use std::io::Write;

use anyhow::bail;
use clap::{Arg, ArgMatches, Command};
use jiff::Timestamp;
use serde_json::json;

use super::super::super::texts;
use super::super::client::Client;
use super::super::labels::{document, matchers, pairs, syntax, with_alertname};
use super::super::{Outcome, flag, is_on, on_and_off, text};
use super::{end_after, post, time};
use crate::tool::flags;

pub(super) fn command() -> Command {
    Command::new("add")
        .about("Add a new alertmanager silence. A first matcher without a name matches the alert's name: `silence add foo node=bar`.")
        .arg(flag("author", "NAME", "Username for CreatedBy field; the user's by default.").short('a'))
        .args(on_and_off("require-comment", "Do not require a comment."))
        .arg(flag("duration", "DURATION", "Duration of silence.").short('d').default_value("1h"))
        .arg(flag("start", "TIME", "Set when the silence should start. RFC3339 format 2006-01-02T15:04:05-07:00."))
        .arg(flag(
            "end",
            "TIME",
            "Set when the silence should end (overwrites duration). RFC3339 format 2006-01-02T15:04:05-07:00.",
        ))
        .arg(flag("comment", "TEXT", "A comment to help describe the silence.").short('c'))
        .arg(flags("annotation", "NAME=VALUE", "Set an annotation to be included with the silence."))
        .arg(Arg::new("matcher-groups").help("Query filter.").num_args(0..))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let syntax = syntax(matches)?;
    let matchers = matchers(&with_alertname(&texts(matches, "matcher-groups"), syntax), syntax)?;
    if matchers.is_empty() {
        bail!("no matchers specified");
    }
    let starts_at = match text(matches, "start") {
        Some(typed) => time("start", typed)?,
        None => Timestamp::now(),
    };
    let ends_at = match text(matches, "end") {
        Some(typed) => time("end", typed)?,
        None => end_after(starts_at, text(matches, "duration").unwrap_or("1h"))?,
    };
    if starts_at > ends_at {
        bail!("silence cannot start after it ends");
    }
    let comment = text(matches, "comment").unwrap_or_default();
    if comment.is_empty() && is_on(matches, "no-require-comment") {
        bail!("comment required by config");
    }
    let author = text(matches, "author").map_or_else(user, str::to_owned);
    let mut silence = json!({
        "comment": comment,
        "createdBy": author,
        "endsAt": ends_at.to_string(),
        "matchers": matchers.iter().map(document).collect::<Vec<_>>(),
        "startsAt": starts_at.to_string(),
    });
    let annotations = pairs(&texts(matches, "annotation"), "annotations", syntax)?;
    if !annotations.is_empty() {
        silence["annotations"] = json!(annotations);
    }
    writeln!(out, "{}", post(&Client::new(matches)?, &silence)?)?;
    Ok(Outcome::Passed)
}

/// Returns the name of whoever runs us, as the system knows it.
fn user() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let entry = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = entry.into_iter().find(|fields| fields.get(2) == Some(&id.as_str()));
    found.and_then(|fields| fields.first().map(|name| (*name).to_owned())).unwrap_or_default()
}
