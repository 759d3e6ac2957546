//! `test`: unit tests of rules, and scripts of the PromQL test language.

mod junit;
mod promql;
mod rules;

use std::io::Write;

use clap::{ArgMatches, Command};

use super::{Family, Outcome, flag, run_one_of};

const COMMANDS: &[Family] = &[
    Family { command: rules::command, run: rules::run },
    Family { command: promql::command, run: promql::run },
];

/// Takes a file for results in JUnit's XML, before or behind the command's name as in promtool.
const JUNIT_FLAG: &str = "junit";

pub(super) fn command() -> Command {
    let mut command = Command::new("test")
        .about("Unit testing.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(flag(JUNIT_FLAG, "FILE", "File path to store JUnit XML test results.").global(true));
    for family in COMMANDS {
        command = command.subcommand((family.command)());
    }
    command
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_one_of(COMMANDS, matches, out)
}
