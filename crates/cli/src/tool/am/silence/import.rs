//! `silence import`: stores silences that `silence query -o json` printed.

use std::io::{Read as _, Write};
use std::sync::Mutex;

use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::Value;

use super::super::client::{Client, Refused};
use super::super::{Outcome, flag, switch, text};
use super::post;

/// Requests at once; more would only wait for the server.
const WORKERS_MAX: usize = 64;

pub(super) fn command() -> Command {
    Command::new("import")
        .about(
            "Import alertmanager silences from JSON file or stdin, as `silence query -o json` prints them.",
        )
        .arg(switch("force", "Force adding new silences even if it already exists.").short('f'))
        .arg(
            flag("worker", "NUMBER", "Number of concurrent workers to use for import.")
                .short('w')
                .default_value("8")
                .value_parser(value_parser!(usize)),
        )
        .arg(Arg::new("input-file").help("JSON file with silences."))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut input = String::new();
    match text(matches, "input-file") {
        Some(file) => input = std::fs::read_to_string(file).with_context(|| file.to_owned())?,
        None => {
            std::io::stdin().read_to_string(&mut input)?;
        }
    }
    let mut silences: Vec<Value> =
        serde_json::from_str(&input).context("couldn't unmarshal input data, is it JSON?")?;
    if matches.get_flag("force") {
        silences.iter_mut().for_each(|silence| silence["id"] = "".into());
    }
    let client = Client::new(matches)?;
    let workers = matches.get_one::<usize>("worker").copied().unwrap_or(8).clamp(1, WORKERS_MAX);
    let next = Mutex::new(silences.iter());
    let stored = Mutex::new(Vec::new());
    let failed = Mutex::new(0usize);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let take = || next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                while let Some(silence) = take() {
                    match store(&client, silence) {
                        Ok(id) => stored.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(id),
                        Err(error) => {
                            let id = silence["id"].as_str().unwrap_or_default();
                            eprintln!("Error adding silence id='{id}': {error:#}");
                            *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
                        }
                    }
                }
            });
        }
    });
    for id in stored.into_inner().unwrap_or_default() {
        writeln!(out, "{id}")?;
    }
    match failed.into_inner().unwrap_or_default() {
        0 => Ok(Outcome::Passed),
        failed => bail!("couldn't import {failed} out of {} silences", silences.len()),
    }
}

/// Stores a silence under its name, or as a new one where nobody knows the name.
fn store(client: &Client, silence: &Value) -> anyhow::Result<String> {
    match post(client, silence) {
        Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == 404) => {
            let mut new = silence.clone();
            new["id"] = "".into();
            post(client, &new)
        }
        other => other,
    }
}
