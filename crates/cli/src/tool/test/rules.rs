//! `test rules`: unit tests of rules.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ::rules::file::{self, RuleFile};
use ::rules::load;
use ::rules::unit_test::{self, Options, TestFile};
use anyhow::Context;
use clap::{ArgMatches, Command};
use model::regex::Search;

use super::JUNIT_FLAG;
use super::junit::{Case, Suite, xml};
use crate::tool::{Outcome, features, files, flags, switch, text, texts};

const IGNORE_UNKNOWN: &str = "ignore-unknown-fields";

pub(super) fn command() -> Command {
    Command::new("rules")
        .about("Unit tests for rules.")
        .arg(flags(
            "run",
            "REGEX",
            "If set, will only run test groups whose names match the regular expression. Can be specified multiple times.",
        ))
        .arg(switch("debug", "Enable unit test debugging."))
        .arg(switch("diff", "Print the difference between expected and received output."))
        .arg(switch(IGNORE_UNKNOWN, "Ignore unknown fields in the rule files."))
        .arg(switch("coverage", "List rules that no test looks at."))
        .arg(files("The unit test file."))
}

/// What the command line asks for.
struct Wanted {
    run: Option<Search>,
    debug: bool,
    coverage: bool,
    files: file::Options,
    options: Options,
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let patterns = texts(args, "run").join("|");
    let run = (!patterns.is_empty()).then(|| Search::new(&patterns)).transpose().context("--run")?;
    let mut options = Options { diff: args.get_flag("diff"), ..Options::default() };
    if let Some(enabled) = features::enabled(args) {
        options.promql = enabled.parse;
        options.engine.features.delayed_name_removal = enabled.delayed_name_removal;
    }
    let files = file::Options {
        ignore_unknown_fields: args.get_flag(IGNORE_UNKNOWN),
        promql: options.promql,
        ..file::Options::default()
    };
    let (debug, coverage) = (args.get_flag("debug"), args.get_flag("coverage"));
    let wanted = Wanted { run, debug, coverage, files, options };
    let mut suites = Vec::new();
    let mut outcome = Outcome::Passed;
    for name in texts(args, "files") {
        let (suite, failures) = test_file(name, &wanted, out)?;
        if failures.is_empty() {
            writeln!(out, "  SUCCESS")?;
        } else {
            outcome = Outcome::Failed;
            out.flush()?;
            eprintln!("  FAILED:");
            for failure in &failures {
                eprintln!("{failure}");
                writeln!(out)?;
            }
        }
        writeln!(out)?;
        suites.push(suite);
    }
    if let Some(path) = text(args, JUNIT_FLAG) {
        std::fs::write(path, xml(&suites)).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(outcome)
}

/// Runs the tests of a file. Returns the suite and all that failed.
fn test_file(name: &str, wanted: &Wanted, out: &mut dyn Write) -> anyhow::Result<(Suite, Vec<String>)> {
    let now = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut suite = Suite { name: name.to_owned(), timestamp: now, cases: Vec::new() };
    let abort = |mut suite: Suite, error: String| {
        suite.cases.push(Case { name: "unknown".to_owned(), error: error.clone(), ..Case::default() });
        Ok((suite, vec![error]))
    };
    let text = match std::fs::read_to_string(name) {
        Ok(text) => text,
        Err(error) => return abort(suite, format!("cannot read {name}: {error}")),
    };
    let tests = match TestFile::parse(&text, name) {
        Ok(tests) => tests,
        Err(problems) => return abort(suite, problems.to_string()),
    };
    let (rules, broken) = match rule_files(name, &tests, &wanted.files) {
        Ok(found) => found,
        Err(error) => return abort(suite, error),
    };
    let mut failures = Vec::new();
    for (i, group) in tests.tests.iter().enumerate() {
        if wanted.run.as_ref().is_some_and(|run| !run.is_match(&group.name)) {
            continue;
        }
        let name = if group.name.is_empty() { format!("unnamed#{i}") } else { group.name.clone() };
        let began = Instant::now();
        if wanted.debug {
            eprintln!("DEBUG: Starting test {name}");
        }
        let found = if broken.is_empty() {
            unit_test::run(&tests, group, &rules, &wanted.options).failures
        } else {
            broken.clone()
        };
        if wanted.debug {
            eprintln!("DEBUG: Test {name} finished, took {:?}", began.elapsed());
        }
        failures.extend(found.iter().cloned());
        suite.cases.push(Case { name, failures: found, error: String::new() });
    }
    if wanted.coverage {
        print_coverage(&tests, &rules, wanted, out)?;
    }
    Ok((suite, failures))
}

type Rules = Vec<(PathBuf, RuleFile)>;

/// Reads the rule files that a test file names. Returns them, and what is wrong with those that are broken.
fn rule_files(name: &str, tests: &TestFile, options: &file::Options) -> Result<(Rules, Vec<String>), String> {
    let directory = Path::new(name).parent().unwrap_or(Path::new(""));
    let (mut rules, mut broken) = (Vec::new(), Vec::new());
    for pattern in &tests.rule_files {
        let pattern = yaml::join(directory, pattern);
        let found = config::glob(&pattern.to_string_lossy()).map_err(|error| error.to_string())?;
        if found.is_empty() {
            eprintln!("  WARNING: no file match pattern {}", pattern.display());
        }
        for path in found {
            match load::read(&path, options) {
                Ok(file) => rules.push((path, file)),
                Err(error) => broken.push(error.to_string()),
            }
        }
    }
    Ok((rules, broken))
}

fn print_coverage(
    tests: &TestFile,
    rules: &Rules,
    wanted: &Wanted,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let coverage = unit_test::coverage(tests, rules, &wanted.options.promql);
    let tested = coverage.rules - coverage.untested.len();
    let percent = if coverage.rules == 0 { 100.0 } else { tested as f64 / coverage.rules as f64 * 100.0 };
    writeln!(out, "  COVERAGE: {tested} of {} rules are tested ({percent:.1}%)", coverage.rules)?;
    for [file, group, rule] in &coverage.untested {
        writeln!(out, "    not tested: {rule} (group {group} in {file})")?;
    }
    Ok(())
}
