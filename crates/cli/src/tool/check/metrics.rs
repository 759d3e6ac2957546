//! `check metrics`: read an exposition from standard input, give advice on it, count its series.

use std::io::{self, Read, Write};

use anyhow::Context;
use clap::{ArgMatches, Command};
use exposition::lint::{Cardinality, cardinality, lint};

use crate::tool::{Outcome, flag, switch, text};

pub(super) const NAME: &str = "metrics";

/// Spaces between columns.
const CELL_GAP: usize = 4;

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Pass Prometheus metrics over stdin to lint them for consistency and correctness, and optionally count series.")
        .after_help("Examples:\n  curl -s http://localhost:9090/metrics | promtool check metrics\n  \
                     curl -s http://localhost:9100/metrics | promtool check metrics --extended --lint=none")
        .arg(switch("extended", "Print extended information related to the cardinality of the metrics."))
        .arg(flag("lint", "CHECKS", "Linting checks to apply: all, none.").default_value("all"))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (extended, linting) = (args.get_flag("extended"), text(args, "lint") != Some("none"));
    if !extended && !linting {
        eprintln!("error: at least one of --extended or linting must be enabled");
        eprintln!("Use --extended for cardinality analysis, or remove --lint=none to enable linting");
        return Ok(Outcome::Failed);
    }
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body).context("cannot read standard input")?;
    let problems = if linting { lint(&body).context("error while linting")? } else { Vec::new() };
    for problem in &problems {
        eprintln!("{} {}", problem.metric, problem.text);
    }
    if extended {
        let counts = cardinality(&body).context("error while parsing text to metric families")?;
        print_cardinality(out, &counts)?;
    }
    Ok(if problems.is_empty() { Outcome::Passed } else { Outcome::Lint })
}

fn print_cardinality(out: &mut dyn Write, counts: &[Cardinality]) -> io::Result<()> {
    let total: usize = counts.iter().map(|count| count.samples).sum();
    let mut rows = vec![["Metric".to_owned(), "Cardinality".to_owned(), "Percentage".to_owned()]];
    for Cardinality { metric, samples } in counts {
        let percentage = *samples as f64 / total as f64 * 100.0;
        rows.push([metric.clone(), samples.to_string(), format!("{percentage:.2}%")]);
    }
    rows.push(["Total".to_owned(), total.to_string(), "100%".to_owned()]);
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0) + CELL_GAP;
    let [a, b, c] = [width(0), width(1), width(2)];
    for [metric, samples, percentage] in &rows {
        writeln!(out, "{metric:a$}{samples:b$}{percentage:c$}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinality_is_a_table() {
        let count = |metric: &str, samples| Cardinality { metric: metric.to_owned(), samples };
        let mut printed = Vec::new();
        print_cardinality(&mut printed, &[count("s", 3), count("g", 2)]).unwrap();
        let want = "Metric    Cardinality    Percentage    \ns         3              60.00%        \n\
                    g         2              40.00%        \nTotal     5              100%          \n";
        assert_eq!(String::from_utf8(printed).unwrap(), want);
    }
}
