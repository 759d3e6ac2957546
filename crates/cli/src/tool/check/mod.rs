//! `check`: is a file, a server or what it exposes as it should be?

mod config;
mod metrics;
mod rules;
mod server;
mod service_discovery;
mod web_config;

use std::io::Write;

use clap::{ArgMatches, Command};

use super::query::parse_duration;
use super::{Outcome, flag};

/// As in promtool it stands before or behind the name of the check, though only that of a configuration looks at it.
const LOOKBACK_FLAG: &str = "query.lookback-delta";

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Check the resources for validity.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            flag(LOOKBACK_FLAG, "DURATION", "The server's maximum query lookback duration.")
                .default_value("5m")
                .value_parser(parse_duration)
                .global(true),
        )
        .subcommand(service_discovery::command())
        .subcommand(config::command())
        .subcommand(web_config::command())
        .subcommand(rules::command())
        .subcommand(metrics::command())
        .subcommand(server::healthy())
        .subcommand(server::ready())
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match matches.subcommand().expect("the parser demands a command") {
        (service_discovery::NAME, args) => service_discovery::run(args, out),
        (config::NAME, args) => config::run(args, out),
        (web_config::NAME, args) => Ok(web_config::run(args)),
        (metrics::NAME, args) => metrics::run(args, out),
        (rules::NAME, args) => rules::run(args, out),
        (name, args) => server::run(name, args),
    }
}
