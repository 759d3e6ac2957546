//! `rules backfill`: has a running server record what its recording rules would have recorded in the past.
//!
//! The time is asked for in parts of a day, oldest first, so that rules that look back see what was recorded before, progress
//! can be shown, and an interrupted run loses little: it may be started again.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{ArgMatches, Command};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::tool::http::{Server, config_flag, header_flag};
use crate::tool::query::Time;
use crate::tool::{Outcome, flag, flags, text, texts};

const PART_SECONDS: i64 = 86_400;
/// How long the server may take for one part.
const PART_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) fn command() -> Command {
    Command::new("backfill")
        .about("Record what the recording rules of a running server would have recorded in the past. Needs --web.enable-admin-api there.")
        .arg(config_flag())
        .arg(header_flag())
        .arg(flag("url", "URL", "The server.").default_value("http://localhost:9090"))
        .arg(flag("start", "TIME", "From when on: seconds since the epoch or RFC 3339.").required(true))
        .arg(flag("end", "TIME", "Until when; now if it is not given."))
        .arg(flags("rule", "NAME", "Only rules of this name. Can be specified multiple times."))
        .arg(flags("rule-group", "NAME", "Only rules of this group. Can be specified multiple times."))
        .arg(flags("rule-file", "FILE", "Only rules of this file, as the server names it. Can be specified multiple times."))
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Option<Done>,
    #[serde(default)]
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    rules: usize,
    samples: u64,
    failed_evaluations: u64,
    first_failure: Option<String>,
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let time = |name: &str| text(args, name).map(Time::parse).transpose();
    let end = time("end").map_err(|error| anyhow::anyhow!("--end: {error}"))?.unwrap_or_else(Time::now);
    let start =
        time("start").map_err(|error| anyhow::anyhow!("--start: {error}"))?.context("--start is needed")?;
    if start > end {
        bail!("--start is after --end");
    }
    let server = Server::new(text(args, "url").unwrap_or_default(), args)?;
    let parts: Vec<(i64, i64)> = parts(start.seconds(), end.seconds()).collect();
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} days, {msg}, {eta} left")?;
    let bar = ProgressBar::new(parts.len() as u64).with_style(style);
    let mut all = Done::default();
    for (from, to) in parts {
        let done = ask(&server, args, (from, to))?;
        all.rules = all.rules.max(done.rules);
        all.samples += done.samples;
        all.failed_evaluations += done.failed_evaluations;
        all.first_failure = all.first_failure.or(done.first_failure);
        bar.set_message(format!("{} samples", all.samples));
        bar.inc(1);
    }
    bar.finish_and_clear();
    writeln!(out, "{} rules, {} samples recorded", all.rules, all.samples)?;
    if let Some(reason) = all.first_failure {
        writeln!(
            out,
            "{} evaluations failed and recorded nothing; the first: {reason}",
            all.failed_evaluations
        )?;
    }
    Ok(Outcome::Passed)
}

/// Cuts a time at midnights, both ends included. Seconds.
fn parts(start: i64, end: i64) -> impl Iterator<Item = (i64, i64)> {
    let midnight = |t: i64| (t.div_euclid(PART_SECONDS) + 1) * PART_SECONDS;
    let mut from = start;
    std::iter::from_fn(move || {
        let part = (from <= end).then(|| (from, (midnight(from) - 1).min(end)))?;
        from = part.1 + 1;
        Some(part)
    })
}

fn ask(server: &Server, args: &ArgMatches, (from, to): (i64, i64)) -> anyhow::Result<Done> {
    let mut form = Serializer::new(String::new());
    // Evaluations between two whole seconds belong to the part before.
    form.append_pair("start", &from.to_string()).append_pair("end", &format!("{to}.999"));
    for (name, parameter) in
        [("rule", "rule_name[]"), ("rule-group", "rule_group[]"), ("rule-file", "file[]")]
    {
        form.extend_pairs(texts(args, name).into_iter().map(|value| (parameter, value)));
    }
    let answer = server.post("/api/v1/bongsu/rules/backfill", &form.finish(), PART_TIMEOUT)?;
    let read: Answer = serde_json::from_slice(&answer.body)
        .with_context(|| format!("the server answered with status {} and no JSON", answer.status))?;
    match read.data {
        Some(done) => Ok(done),
        None => bail!("the server refused ({}): {}", answer.status, read.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_midnight_and_miss_nothing() {
        let day = PART_SECONDS;
        assert_eq!(parts(5, 5).collect::<Vec<_>>(), [(5, 5)]);
        assert_eq!(
            parts(day - 1, 2 * day).collect::<Vec<_>>(),
            [(day - 1, day - 1), (day, 2 * day - 1), (2 * day, 2 * day)]
        );
        assert_eq!(parts(6, 5).count(), 0);
    }
}
