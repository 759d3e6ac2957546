//! `check rules`: would a server take these rules, and is their style good?

use std::io::{Read, Write};
use std::path::Path;

use ::rules::file::{Options, RuleFile};
use ::rules::load::{self, BrokenFile};
use clap::{ArgMatches, Command};
use model::Labels;
use model::number::quote;

use crate::tool::{Outcome, features, files, flag, switch, text, texts};

pub(super) const NAME: &str = "rules";

const LINT_ALL: &str = "all";
const LINT_NONE: &str = "none";
pub(super) const LINT_DUPLICATE_RULES: &str = "duplicate-rules";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Check if the rule files are valid or not.")
        .arg(
            flag("lint", "CHECKS", "Linting checks to apply, comma separated: all, duplicate-rules, none.")
                .default_value(LINT_DUPLICATE_RULES),
        )
        .arg(switch("lint-fatal", "Make lint errors exit with exit code 3."))
        .arg(switch("ignore-unknown-fields", "Ignore unknown fields in the rule files."))
        .arg(files("The rule files to check, default is read from standard input.").required(false))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let lints: Vec<&str> = text(args, "lint").unwrap_or_default().split(',').collect();
    for unknown in lints.iter().filter(|l| ![LINT_ALL, LINT_NONE, LINT_DUPLICATE_RULES, ""].contains(l)) {
        writeln!(out, "WARNING: unknown lint option: {}", quote(unknown))?;
    }
    let duplicates = [LINT_ALL, LINT_DUPLICATE_RULES].iter().any(|lint| lints.contains(lint))
        && !lints.contains(&LINT_NONE);
    let options = Options {
        ignore_unknown_fields: args.get_flag("ignore-unknown-fields"),
        promql: features::enabled(args).map(|enabled| enabled.parse).unwrap_or_default(),
        ..Options::default()
    };
    let mut outcome = Outcome::Passed;
    let mut note = |found: Outcome| match (found, outcome) {
        (Outcome::Failed, _) | (_, Outcome::Failed) => outcome = Outcome::Failed,
        (Outcome::Lint, _) if args.get_flag("lint-fatal") => outcome = Outcome::Lint,
        (Outcome::Lint | Outcome::Passed, _) => {}
    };
    let names = texts(args, "files");
    if names.is_empty() {
        writeln!(out, "Checking standard input")?;
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        let file = match read {
            Ok(_) => RuleFile::parse(&text, &options)
                .map_err(|errors| errors.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
            Err(error) => Err(error.to_string()),
        };
        note(report(file, duplicates, out)?);
    }
    for name in names {
        writeln!(out, "Checking {name}")?;
        note(check(Path::new(name), &options, duplicates, out)?);
    }
    Ok(outcome)
}

/// Checks one file and prints what came of it.
pub(super) fn check(
    path: &Path,
    options: &Options,
    duplicates: bool,
    out: &mut dyn Write,
) -> std::io::Result<Outcome> {
    let file = load::read(path, options).map_err(|broken: BrokenFile| broken.to_string());
    report(file, duplicates, out)
}

fn report(file: Result<RuleFile, String>, duplicates: bool, out: &mut dyn Write) -> std::io::Result<Outcome> {
    let outcome = match file {
        Ok(file) => {
            let found = if duplicates { duplicate_rules(&file) } else { Vec::new() };
            if found.is_empty() {
                writeln!(out, "  SUCCESS: {} rules found", file.rule_count())?;
                Outcome::Passed
            } else {
                out.flush()?;
                eprintln!("  FAILED:\n{}", duplicates_text(&found));
                Outcome::Lint
            }
        }
        Err(mistakes) => {
            out.flush()?;
            eprintln!("  FAILED:\n{mistakes}");
            // As promtool: no blank line behind a file that could not be read.
            return Ok(Outcome::Failed);
        }
    };
    writeln!(out)?;
    Ok(outcome)
}

/// Rules that have the name and the labels of another.
fn duplicate_rules(file: &RuleFile) -> Vec<(String, Labels)> {
    let of_group = |group: &::rules::file::Group| -> Vec<(String, Labels)> {
        let rules = group.rules.iter();
        rules.map(|rule| (rule.name().to_owned(), Labels::from_pairs(group.labels_of(rule)))).collect()
    };
    let mut all: Vec<(String, Labels)> = file.groups.iter().flat_map(of_group).collect();
    all.sort();
    let mut found: Vec<(String, Labels)> =
        all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[1].clone()).collect();
    found.dedup();
    found
}

fn duplicates_text(found: &[(String, Labels)]) -> String {
    let mut text = format!("lint error {} duplicate rule(s) found.\n", found.len());
    for (metric, labels) in found {
        text.push_str(&format!("Metric: {metric}\nLabel(s):\n"));
        for (name, value) in labels.iter() {
            text.push_str(&format!("\t{name}: {value}\n"));
        }
    }
    text.push_str("Might cause inconsistency while recording expressions");
    text
}
