//! `check`: is a file, a server or what it exposes as it should be?

mod config;
mod lint;
mod metrics;
mod server;
mod web_config;

use std::io::Write;

use clap::{ArgMatches, Command};

use super::Outcome;

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Check the resources for validity.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(config::command())
        .subcommand(web_config::command())
        .subcommand(metrics::command())
        .subcommand(server::healthy())
        .subcommand(server::ready())
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand().expect("the parser demands a command") {
        (config::NAME, args) => config::run(args, out),
        (web_config::NAME, args) => Ok(web_config::run(args)),
        (metrics::NAME, args) => metrics::run(args, out),
        (name, args) => server::run(name, args),
    }
}
