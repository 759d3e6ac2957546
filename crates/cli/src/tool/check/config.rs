//! `check config`: would a server take this configuration, and are the files there that it names?

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Config, Options, Severity};
use clap::{ArgMatches, Command};
use model::number::quote;

use super::LOOKBACK_FLAG;
use super::rules::{self, LINT_DUPLICATE_RULES};
use crate::tool::{Outcome, features, files, flag, switch, text, texts};

pub(super) const NAME: &str = "config";

const LINT_ALL: &str = "all";
const LINT_NONE: &str = "none";
const LINT_LONG_INTERVAL: &str = "too-long-scrape-interval";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Check if the config files are valid or not.")
        .arg(switch("syntax-only", "Only check the config file syntax, not the files that it names."))
        .arg(
            flag(
                "lint",
                "CHECKS",
                "Style checks to apply, comma separated: all, duplicate-rules, none, too-long-scrape-interval.",
            )
            .default_value(LINT_DUPLICATE_RULES),
        )
        .arg(switch("lint-fatal", "Make style problems exit with exit code 3."))
        .arg(switch("ignore-unknown-fields", "Ignore unknown fields in rule files."))
        .arg(switch("agent", "Check config file for Prometheus in Agent mode."))
        .arg(files("The config files to check."))
}

/// What to check beyond the grammar.
struct Checks {
    options: Options,
    syntax_only: bool,
    /// Jobs with this interval or a longer one are bad style.
    interval_max: Option<Duration>,
    /// How rule files are read.
    rules: ::rules::file::Options,
    /// Rules with equal names and labels are bad style.
    duplicate_rules: bool,
}

impl Checks {
    fn new(args: &ArgMatches, out: &mut dyn Write) -> std::io::Result<Checks> {
        let lints: Vec<&str> = text(args, "lint").unwrap_or_default().split(',').collect();
        let known = [LINT_ALL, LINT_NONE, LINT_LONG_INTERVAL, LINT_DUPLICATE_RULES, ""];
        for unknown in lints.iter().filter(|lint| !known.contains(lint)) {
            writeln!(out, "WARNING: unknown lint option: {}", quote(unknown))?;
        }
        let wanted = [LINT_ALL, LINT_LONG_INTERVAL].iter().any(|lint| lints.contains(lint));
        let lookback = args.get_one::<Duration>(LOOKBACK_FLAG).copied();
        Ok(Checks {
            options: Options { agent: args.get_flag("agent"), ..Options::default() },
            syntax_only: args.get_flag("syntax-only"),
            interval_max: lookback.filter(|_| wanted && !lints.contains(&LINT_NONE)),
            rules: ::rules::file::Options {
                ignore_unknown_fields: args.get_flag("ignore-unknown-fields"),
                promql: features::enabled(args).map(|enabled| enabled.parse).unwrap_or_default(),
                ..Default::default()
            },
            duplicate_rules: [LINT_ALL, LINT_DUPLICATE_RULES].iter().any(|lint| lints.contains(lint))
                && !lints.contains(&LINT_NONE),
        })
    }
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let checks = Checks::new(args, out)?;
    let mut outcome = Outcome::Passed;
    for file in texts(args, "files") {
        writeln!(out, "Checking {file}")?;
        match check(Path::new(file), &checks, out)? {
            Ok(config) => {
                writeln!(out, " SUCCESS: {file} is valid prometheus config file syntax\n")?;
                if !checks.syntax_only {
                    let rules = check_rules(&config, &checks, out)?;
                    outcome = match (rules, outcome) {
                        (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
                        (Outcome::Lint, _) if args.get_flag("lint-fatal") => Outcome::Lint,
                        (Outcome::Lint | Outcome::Passed, before) => before,
                    };
                }
                let ill_styled = !checks.syntax_only && has_long_interval(&config, checks.interval_max);
                if ill_styled && args.get_flag("lint-fatal") && outcome == Outcome::Passed {
                    outcome = Outcome::Lint;
                }
            }
            Err(reasons) => {
                eprintln!("  FAILED: {reasons}");
                writeln!(out)?;
                outcome = Outcome::Failed;
            }
        }
    }
    Ok(outcome)
}

/// Checks one file; the inner error is all that is wrong with it.
fn check(file: &Path, checks: &Checks, out: &mut dyn Write) -> anyhow::Result<Result<Config, String>> {
    let loaded = match Config::load(file, &checks.options) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(Err(problems.to_string())),
    };
    for warning in &loaded.warnings {
        writeln!(out, "  WARNING: {warning}")?;
    }
    if checks.syntax_only {
        return Ok(Ok(loaded.config));
    }
    let (errors, warnings): (Vec<_>, Vec<_>) =
        loaded.config.missing_files().into_iter().partition(|missing| missing.severity == Severity::Error);
    for missing in &warnings {
        writeln!(out, "  WARNING: {missing}")?;
    }
    if !errors.is_empty() {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Ok(Err(errors.join("\n")));
    }
    let rule_files = rule_files(&loaded.config);
    if !rule_files.is_empty() {
        writeln!(out, "  SUCCESS: {} rule files found", rule_files.len())?;
    }
    Ok(Ok(loaded.config))
}

/// Checks the rule files that a configuration names.
fn check_rules(config: &Config, checks: &Checks, out: &mut dyn Write) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::Passed;
    for path in rule_files(config) {
        writeln!(out, "Checking {}", path.display())?;
        let options = ::rules::file::Options {
            names: config.global.scrape.metric_name_validation_scheme,
            ..checks.rules
        };
        outcome = match (rules::check(&path, &options, checks.duplicate_rules, out)?, outcome) {
            (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
            (Outcome::Lint, _) | (_, Outcome::Lint) => Outcome::Lint,
            (Outcome::Passed, Outcome::Passed) => Outcome::Passed,
        };
    }
    Ok(outcome)
}

/// Patterns that cannot be read were problems of the configuration already.
fn rule_files(config: &Config) -> Vec<PathBuf> {
    config.rule_files.iter().filter_map(|pattern| ::config::glob(pattern).ok()).flatten().collect()
}

/// Tells about the first job whose samples go stale between two scrapes.
fn has_long_interval(config: &Config, max: Option<Duration>) -> bool {
    let Some(max) = max.filter(|max| !max.is_zero()) else { return false };
    let Some(job) = config.jobs().find(|job| job.scrape_interval >= max) else { return false };
    eprintln!(
        "  FAILED: too long scrape interval found, data point will be marked as stale - job: {}, interval: {}",
        job.job_name,
        model::duration::format(job.scrape_interval)
    );
    true
}
