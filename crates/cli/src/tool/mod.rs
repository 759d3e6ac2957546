//! The tools: what promtool does, with its arguments, texts and exit codes. One file a family of commands.
//!
//! A command prints its result to the writer that it is given and what is wrong to standard error, and returns an
//! [`Outcome`]; a failure that ends it is an error, printed here.

mod alerts;
pub mod am;
mod check;
mod dashboard;
mod debug;
mod features;
mod http;
mod promql;
mod push;
mod query;
mod rules;
mod test;
mod tsdb;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::program;

/// The name under which we take exactly promtool's arguments.
const PROMTOOL: &str = "promtool";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Passed,
    /// Something is wrong; also a command line that cannot be understood.
    Failed,
    /// Nothing is wrong, but something is bad style.
    Lint,
}

impl From<Outcome> for ExitCode {
    /// As promtool's.
    fn from(outcome: Outcome) -> ExitCode {
        match outcome {
            Outcome::Passed => ExitCode::SUCCESS,
            Outcome::Failed => ExitCode::FAILURE,
            Outcome::Lint => ExitCode::from(3),
        }
    }
}

/// A family of commands, or one command of a family.
struct Family {
    command: fn() -> Command,
    run: fn(&ArgMatches, &mut dyn Write) -> anyhow::Result<Outcome>,
}

/// All families, in the order of `--help`.
const FAMILIES: &[Family] = &[
    Family { command: check::command, run: check::run },
    Family { command: query::command, run: query::run },
    Family { command: debug::command, run: debug::run },
    Family { command: push::command, run: push::run },
    Family { command: test::command, run: test::run },
    Family { command: alerts::command, run: alerts::run },
    Family { command: rules::command, run: rules::run },
    Family { command: tsdb::command, run: tsdb::run },
    Family { command: promql::command, run: promql::run },
    Family { command: dashboard::command, run: dashboard::run },
];

/// Runs the tool that the arguments ask for. `name` is what `--help` calls the program; `args` begins with a program name.
pub fn run(name: &'static str, args: Vec<OsString>) -> ExitCode {
    let matches = match parse(name, args) {
        Ok(matches) => matches,
        Err(outcome) => return outcome.into(),
    };
    let mut out = io::stdout().lock();
    let result = dispatch(name, &matches, &mut out).and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(outcome) => outcome.into(),
        // Whoever read our output has seen enough, as in `… | head`.
        Err(error) if is_broken_pipe(&error) => Outcome::Failed.into(),
        Err(error) => {
            eprintln!("{error:#}");
            Outcome::Failed.into()
        }
    }
}

fn dispatch(name: &str, matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (chosen, matches) = matches.subcommand().expect("the parser demands a command");
    if name == PROMTOOL && chosen == promql::NAME && !matches.get_flag("experimental") {
        anyhow::bail!("This command is experimental and requires the --experimental flag to be set.");
    }
    let family = FAMILIES.iter().find(|family| (family.command)().get_name() == chosen);
    (family.expect("the parser knows no other").run)(matches, out)
}

/// Runs the command of a family that was typed.
fn run_one_of(commands: &[Family], matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (chosen, args) = matches.subcommand().expect("the parser demands a command");
    let command = commands.iter().find(|one| (one.command)().get_name() == chosen);
    (command.expect("the parser knows no other").run)(args, out)
}

fn command(name: &'static str) -> Command {
    let about = "Checks, queries, tests and data: takes promtool's commands and prints what promtool prints.";
    let exit = "Exit codes: 0 all is well, 1 something is wrong, 3 style problems found.";
    let mut command =
        Command::new(name).bin_name(name).about(about).after_help(exit).version(program::version_text(name));
    for family in FAMILIES {
        command = command.subcommand((family.command)().disable_version_flag(true));
    }
    command
        .arg(features::arg())
        .arg(switch("experimental", "Enable experimental commands.").global(true))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
}

/// Parses arguments, or prints help, version or what is wrong.
fn parse(name: &'static str, args: Vec<OsString>) -> Result<ArgMatches, Outcome> {
    command(name).try_get_matches_from(args).map_err(|error| match error.kind() {
        ErrorKind::DisplayVersion => {
            println!("{}", program::version_text(name));
            Outcome::Passed
        }
        kind => {
            // Printing fails only if nobody reads.
            let _ = error.print();
            if kind == ErrorKind::DisplayHelp { Outcome::Passed } else { Outcome::Failed }
        }
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = match cause.downcast_ref::<::tsdb::tools::ToolError>() {
            Some(::tsdb::tools::ToolError::Output(io)) => Some(io),
            Some(_) | None => cause.downcast_ref::<io::Error>(),
        };
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// A switch, which is off unless it is given.
fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

/// A flag with a value.
fn flag(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).value_name(value_name).action(ArgAction::Set)
}

/// A flag that may be repeated.
fn flags(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    flag(name, value_name, help).action(ArgAction::Append)
}

/// One argument that must be there.
fn argument(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).help(help).required(true)
}

/// One or more files.
fn files(help: &'static str) -> Arg {
    Arg::new("files").help(help).value_name("FILE").required(true).num_args(1..)
}

/// Returns a text argument.
fn text<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    matches.get_one::<String>(name).map(String::as_str)
}

/// Returns the values of a repeated argument.
fn texts<'a>(matches: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    matches.get_many::<String>(name).unwrap_or_default().map(String::as_str).collect()
}

/// Returns the values of a repeated `NAME=VALUE` argument; as for promtool, a colon divides as well.
fn string_map(matches: &ArgMatches, name: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let pair = |typed: &str| match typed.split_once(['=', ':']) {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(anyhow::anyhow!("--{name}: expected NAME=VALUE, got {typed:?}")),
    };
    texts(matches, name).into_iter().map(pair).collect()
}
