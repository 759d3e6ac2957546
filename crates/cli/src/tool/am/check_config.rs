//! `check-config`: is a configuration file as it should be?

use std::io::Write;
use std::path::Path;

use alerting::config::Config;
use alerting::matchers::Syntax;
use alerting::run::read_templates;
use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};

use super::super::texts;
use super::Outcome;
use super::labels::syntax;

const STDIN: &str = "/dev/stdin";

pub(super) fn command() -> Command {
    Command::new("check-config")
        .about("Validate alertmanager config files and the templates that they name.")
        .arg(
            Arg::new("check-files")
                .help("Files to be validated; standard input if there are none.")
                .num_args(0..),
        )
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let syntax = syntax(matches)?;
    let mut files = texts(matches, "check-files");
    if files.is_empty() {
        files.push(STDIN);
    }
    for file in &files {
        if !Path::new(file).exists() {
            bail!("path '{file}' does not exist");
        }
    }
    let mut failed = 0;
    for file in files {
        write!(out, "Checking '{file}'")?;
        match read(file, syntax) {
            Err(error) => {
                writeln!(out, "  FAILED: {error:#}")?;
                failed += 1;
            }
            Ok(config) => {
                writeln!(out, "  SUCCESS")?;
                writeln!(out, "Found:\n - global config\n - route")?;
                writeln!(out, " - {} inhibit rules", config.inhibit_rules.len())?;
                writeln!(out, " - {} receivers", config.receivers.len())?;
                writeln!(out, " - {} templates", config.templates.len())?;
                if !config.templates.is_empty() {
                    match read_templates(&config.templates) {
                        Ok(_) => writeln!(out, "  SUCCESS")?,
                        Err(error) => {
                            writeln!(out, "  FAILED: {error}")?;
                            failed += 1;
                        }
                    }
                }
            }
        }
        writeln!(out)?;
    }
    if failed > 0 { bail!("failed to validate {failed} file(s)") } else { Ok(Outcome::Passed) }
}

/// Reads a configuration. What is only warned of is told on standard error.
pub(super) fn read(file: &str, syntax: Syntax) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    let (config, warnings) = Config::read(&text, file, directory, syntax)?;
    warnings.iter().for_each(|warning| eprintln!("{warning}"));
    Ok(config)
}
