//! `tool rules`: rules and stored data.

mod backfill;
mod backtest;

use std::io::Write;

use clap::{ArgMatches, Command};

use super::{Family, Outcome, run_one_of};

const COMMANDS: &[Family] = &[
    Family { command: backtest::command, run: backtest::run },
    Family { command: backfill::command, run: backfill::run },
];

pub(super) fn command() -> Command {
    let mut command = Command::new("rules")
        .about("Try rules on stored data, and record their past.")
        .subcommand_required(true)
        .arg_required_else_help(true);
    for family in COMMANDS {
        command = command.subcommand((family.command)());
    }
    command
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_one_of(COMMANDS, matches, out)
}
