//! `config`: what a server runs, and where its routes lead.

use std::io::Write;

use clap::{ArgMatches, Command};

use super::client::Client;
use super::{Outcome, output, routes};

pub(super) fn command() -> Command {
    let show =
        "View current config: the file alone (simple), with version and uptime (extended), or all as JSON.";
    Command::new("config")
        .about(show)
        .subcommand(Command::new("show").about(show))
        .subcommand(routes::command())
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("routes", args)) => routes::run(args, out),
        Some((_show, args)) => show(args, out),
        None => show(matches, out),
    }
}

fn show(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let status = Client::new(matches)?.get("/status", &[])?;
    output(matches).config(&status, out)?;
    Ok(Outcome::Passed)
}
