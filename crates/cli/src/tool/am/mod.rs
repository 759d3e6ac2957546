//! `amtool`: what people do with an Alertmanager from a shell. Arguments, output and exit codes are those of amtool 0.34.
//!
//! One file a command; [`client`] talks to the server, [`output`] prints what it says, [`defaults`] reads the user's file.

mod alert;
mod check_config;
mod client;
mod cluster;
mod config;
mod defaults;
mod labels;
mod output;
mod routes;
mod silence;
mod template;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command};

use super::{Family, Outcome, flag, http, is_broken_pipe, run_one_of, switch, text};
use crate::flags::duration;
use crate::program;
use output::Output;

/// The commands, in the order of `--help`.
const COMMANDS: &[Family] = &[
    Family { command: alert::command, run: alert::run },
    Family { command: silence::command, run: silence::run },
    Family { command: check_config::command, run: check_config::run },
    Family { command: cluster::command, run: cluster::run },
    Family { command: config::command, run: config::run },
    Family { command: template::command, run: template::run },
];

/// Tells whether a word is one of the commands, which `bongsu tool` takes too.
pub fn is_command(word: &str) -> bool {
    COMMANDS.iter().any(|one| (one.command)().get_name() == word)
}

/// Runs the command that the arguments ask for. `name` is what `--help` calls the program; `args` begins with a program name.
pub fn run(name: &'static str, args: Vec<OsString>) -> ExitCode {
    let mut out = io::stdout().lock();
    let result = parse(name, args).and_then(|matches| match matches {
        Parsed::Command(matches) => {
            let outcome = run_one_of(COMMANDS, &matches, &mut out)?;
            out.flush()?;
            Ok(outcome)
        }
        Parsed::Ended(outcome) => Ok(outcome),
    });
    match result {
        Ok(outcome) => outcome.into(),
        // Whoever read our output has seen enough, as in `… | head`.
        Err(error) if is_broken_pipe(&error) => Outcome::Failed.into(),
        Err(error) => {
            eprintln!("amtool: error: {error:#}\n");
            Outcome::Failed.into()
        }
    }
}

enum Parsed {
    Command(Box<ArgMatches>),
    /// Help or version was printed, or what is wrong.
    Ended(Outcome),
}

fn command(name: &'static str) -> Command {
    let files = "Config file:\n  Defaults of all flags may stand in $HOME/.config/amtool/config.yml or /etc/amtool/config.yml, such as\n  \
                 alertmanager.url, author, require-comment, output, date.format, http.config.file.";
    let mut command = Command::new(name)
        .bin_name(name)
        .about("View and modify the current Alertmanager state: takes amtool's commands and prints what amtool prints.")
        .after_help(files)
        .version(program::version_text("amtool"));
    for one in COMMANDS {
        command = command.subcommand((one.command)().disable_version_flag(true));
    }
    command
        .arg(
            flag("date.format", "LAYOUT", "Format of date output.")
                .default_value(output::DATE_LAYOUT)
                .global(true),
        )
        .arg(switch("verbose", "Verbose running information.").short('v').global(true))
        .arg(flag("alertmanager.url", "URL", "Alertmanager to talk to.").global(true))
        .arg(
            flag("output", "FORMAT", "Output formatter.")
                .short('o')
                .value_parser(["simple", "extended", "json"])
                .default_value("simple")
                .global(true),
        )
        .arg(
            flag("timeout", "DURATION", "Timeout for the executed command.")
                .default_value("30s")
                .value_parser(duration::parse_for_clap)
                .global(true),
        )
        .arg(http::config_flag())
        .args(on_and_off("version-check", "Check alertmanager version. Use --no-version-check to disable."))
        .arg(
            flag("enable-feature", "NAMES", "Syntax of matchers: classic-mode or utf8-strict-mode.")
                .global(true),
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
}

/// A switch that is on, with its other form.
fn on_and_off(name: &'static str, help: &'static str) -> [Arg; 2] {
    let off: &'static str = match name {
        "version-check" => "no-version-check",
        _require_comment => "no-require-comment",
    };
    let hidden = |arg: Arg| arg.global(true).hide(true);
    [hidden(switch(name, help).overrides_with(off)), switch(off, help).overrides_with(name).global(true)]
}

fn parse(name: &'static str, args: Vec<OsString>) -> anyhow::Result<Parsed> {
    let matches = match command(name).try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            println!("{}", program::version_text("amtool"));
            return Ok(Parsed::Ended(Outcome::Passed));
        }
        Err(error) => {
            // Printing fails only if nobody reads.
            let _ = error.print();
            let helped = error.kind() == ErrorKind::DisplayHelp;
            return Ok(Parsed::Ended(if helped { Outcome::Passed } else { Outcome::Failed }));
        }
    };
    let defaults = defaults::read(&defaults::files())?;
    let more = defaults::as_arguments(&command(name), &matches, &defaults);
    if more.is_empty() {
        return Ok(Parsed::Command(Box::new(matches)));
    }
    // What the file says stands before what was typed ends the flags, and loses against it.
    let matches = command(name).try_get_matches_from(defaults::inserted(args, more))?;
    Ok(Parsed::Command(Box::new(matches)))
}

fn timeout(matches: &ArgMatches) -> Duration {
    matches.get_one::<Duration>("timeout").copied().unwrap_or(Duration::from_secs(30))
}

fn output(matches: &ArgMatches) -> Output {
    let format = text(matches, "output").unwrap_or("simple");
    Output::new(format, text(matches, "date.format").unwrap_or(output::DATE_LAYOUT))
}

/// The switch `name`, which is on unless switched off.
fn is_on(matches: &ArgMatches, off: &str) -> bool {
    !matches.get_flag(off)
}
