//! `tsdb`: look into a database's directory, and make blocks. One file a command; this is their list.

mod analyze;
mod backup;
mod bench;
mod convert;
mod create_blocks;
mod dump;
mod list;
mod retention_preview;
mod verify;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Arg, ArgMatches, Command};

use super::{Family, Outcome, text};

/// Where a database is unless told otherwise, as promtool.
const DEFAULT_DIR: &str = "data/";

/// All commands, in the order of `--help`.
const COMMANDS: &[Family] = &[
    Family { command: bench::command, run: bench::run },
    Family { command: analyze::command, run: analyze::run },
    Family { command: list::command, run: list::run },
    Family { command: dump::command, run: dump::run },
    Family { command: dump::openmetrics_command, run: dump::run_openmetrics },
    Family { command: verify::command, run: verify::run },
    Family { command: backup::command, run: backup::run },
    Family { command: backup::restore_command, run: backup::run_restore },
    Family { command: create_blocks::command, run: create_blocks::run },
    Family { command: convert::command, run: convert::run },
    Family { command: retention_preview::command, run: retention_preview::run },
];

pub(super) fn command() -> Command {
    let command = Command::new("tsdb")
        .about("Look into a database's directory, and make blocks.")
        .subcommand_required(true)
        .arg_required_else_help(true);
    COMMANDS.iter().fold(command, |command, one| command.subcommand((one.command)()))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    super::run_one_of(COMMANDS, matches, out)
}

/// The argument that names the directory.
fn dir_arg() -> Arg {
    Arg::new("db path").help("Database path.").default_value(DEFAULT_DIR)
}

/// Returns the directory of [`dir_arg`], which must be there.
fn existing_dir(args: &ArgMatches) -> anyhow::Result<PathBuf> {
    let dir = PathBuf::from(text(args, "db path").unwrap_or(DEFAULT_DIR));
    std::fs::metadata(&dir).with_context(|| format!("opening the db dir: {}", dir.display()))?;
    Ok(dir)
}
