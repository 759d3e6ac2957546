//! `silence update`.

use std::io::Write;

use anyhow::bail;
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use super::super::super::texts;
use super::super::client::Client;
use super::super::{Outcome, flag, output, switch, text};
use super::{end_after, post, time};

pub(super) fn command() -> Command {
    Command::new("update")
        .about("Update silences.")
        .arg(switch("quiet", "Only show silence ids.").short('q'))
        .arg(flag("duration", "DURATION", "Duration of silence.").short('d'))
        .arg(flag("start", "TIME", "Set when the silence should start. RFC3339 format 2006-01-02T15:04:05-07:00."))
        .arg(flag(
            "end",
            "TIME",
            "Set when the silence should end (overwrites duration). RFC3339 format 2006-01-02T15:04:05-07:00.",
        ))
        .arg(flag("comment", "TEXT", "A comment to help describe the silence.").short('c'))
        .arg(Arg::new("update-ids").help("Silence IDs to update.").num_args(0..))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let ids = texts(matches, "update-ids");
    if ids.is_empty() {
        bail!("no silence IDs specified");
    }
    let client = Client::new(matches)?;
    let mut updated = Vec::new();
    for id in ids {
        let mut silence = client.get(&format!("/silence/{id}"), &[])?;
        change(&mut silence, matches)?;
        silence["id"] = post(&client, &silence)?.into();
        updated.push(silence);
    }
    if matches.get_flag("quiet") {
        for silence in &updated {
            writeln!(out, "{}", silence["id"].as_str().unwrap_or_default())?;
        }
    } else {
        output(matches).silences(updated, out)?;
    }
    Ok(Outcome::Passed)
}

/// Changes what the flags name.
fn change(silence: &mut Value, matches: &ArgMatches) -> anyhow::Result<()> {
    let stored = |silence: &Value, field: &str| time(field, silence[field].as_str().unwrap_or_default());
    if let Some(typed) = text(matches, "start") {
        silence["startsAt"] = time("start", typed)?.to_string().into();
    }
    if let Some(typed) = text(matches, "end") {
        silence["endsAt"] = time("end", typed)?.to_string().into();
    } else if let Some(typed) = text(matches, "duration").filter(|typed| !typed.is_empty()) {
        silence["endsAt"] = end_after(stored(silence, "startsAt")?, typed)?.to_string().into();
    }
    if stored(silence, "startsAt")? > stored(silence, "endsAt")? {
        bail!("silence cannot start after it ends");
    }
    if let Some(comment) = text(matches, "comment").filter(|comment| !comment.is_empty()) {
        silence["comment"] = comment.into();
    }
    Ok(())
}
