//! `tsdb create-blocks-from`: blocks from foreign samples.

mod openmetrics;
mod rules;

use std::io::Write;

use clap::{ArgMatches, Command};

pub(super) use self::openmetrics::now_ms;
use crate::tool::query::parse_duration;
use crate::tool::{Family, Outcome, flag, run_one_of, switch};

const SOURCES: &[Family] = &[
    Family { command: openmetrics::command, run: openmetrics::run },
    Family { command: rules::command, run: rules::run },
];

pub(super) fn command() -> Command {
    let command = Command::new("create-blocks-from")
        .about("Import samples from input and produce TSDB blocks.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(switch("human-readable", "Print human readable values.").short('r').global(true))
        .arg(switch("quiet", "Do not print created blocks.").short('q').global(true))
        .arg(
            flag(
                "max-block-duration",
                "DURATION",
                "Longest duration that a block may span: two hours times a power of three, at most this.",
            )
            .value_parser(parse_duration)
            .global(true),
        );
    SOURCES.iter().fold(command, |command, source| command.subcommand((source.command)()))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_one_of(SOURCES, matches, out)
}
