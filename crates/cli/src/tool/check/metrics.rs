//! `check metrics`: read an exposition from standard input, lint it, count its series.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use anyhow::Context;
use clap::{ArgMatches, Command};
use exposition::{BodyFormat, Entry, Options, Reader};
use model::{Labels, MetricType};

use super::lint::{self, Family};
use crate::tool::{Outcome, flag, switch, text};

pub(super) const NAME: &str = "metrics";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Pass Prometheus metrics over stdin to lint them for consistency and correctness, and optionally count series.")
        .after_help("Examples:\n  curl -s http://localhost:9090/metrics | promtool check metrics\n  \
                     curl -s http://localhost:9100/metrics | promtool check metrics --extended --lint=none")
        .arg(switch("extended", "Print extended information related to the cardinality of the metrics."))
        .arg(flag("lint", "CHECKS", "Linting checks to apply: all, none.").default_value("all"))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (extended, lints) = (args.get_flag("extended"), text(args, "lint") != Some("none"));
    if !extended && !lints {
        eprintln!("error: at least one of --extended or linting must be enabled");
        eprintln!("Use --extended for cardinality analysis, or remove --lint=none to enable linting");
        return Ok(Outcome::Failed);
    }
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body).context("cannot read standard input")?;
    let families = read(&body).with_context(|| match lints {
        true => "error while linting",
        false => "error while parsing text to metric families",
    })?;
    let problems = if lints { lint::problems(&families) } else { Vec::new() };
    for (metric, problem) in &problems {
        eprintln!("{metric} {problem}");
    }
    if extended {
        print_cardinality(out, &families)?;
    }
    Ok(if problems.is_empty() { Outcome::Passed } else { Outcome::Lint })
}

/// Groups the samples of a body by family and metric, in the order of the body.
fn read(body: &[u8]) -> Result<Vec<Family>, exposition::ParseError> {
    let mut families = Families::default();
    let mut reader = Reader::new(body, BodyFormat::Text, Options::default());
    while let Some(entry) = reader.next()? {
        match entry {
            Entry::Type { name, kind } => families.named(name).kind = kind,
            Entry::Help { name, text } => families.named(name).help = Some(text.into_owned()),
            Entry::Unit { .. } => {}
            Entry::Sample { series, .. } | Entry::Histogram { series, .. } => families.add(&series.labels()?),
        }
    }
    families.all.retain(|family| !family.metrics.is_empty());
    Ok(families.all)
}

#[derive(Default)]
struct Families {
    all: Vec<Family>,
    by_name: HashMap<String, usize>,
}

impl Families {
    fn named(&mut self, name: &str) -> &mut Family {
        let all = &mut self.all;
        let i = *self.by_name.entry(name.to_owned()).or_insert_with(|| {
            all.push(Family::new(name));
            all.len() - 1
        });
        &mut self.all[i]
    }

    /// Adds a sample to the metric that it is part of.
    fn add(&mut self, labels: &Labels) {
        let name = self.family_of(labels.name()).to_owned();
        let family = self.named(&name);
        let part = match family.kind {
            MetricType::Histogram if labels.name().ends_with("_bucket") => Some("le"),
            MetricType::Summary if labels.name() == name => Some("quantile"),
            _plain => None,
        };
        let metric = labels.without(&["__name__", part.unwrap_or("__name__")]);
        *family.metrics.entry(metric).or_insert(0) += usize::from(part.is_some());
    }

    /// Returns the name without the ending that histograms and summaries give their samples.
    fn family_of<'a>(&self, name: &'a str) -> &'a str {
        for ending in ["_bucket", "_count", "_sum"] {
            let Some(stem) = name.strip_suffix(ending) else { continue };
            let kind = self.by_name.get(stem).map(|i| self.all[*i].kind);
            if kind == Some(MetricType::Histogram)
                || (kind == Some(MetricType::Summary) && ending != "_bucket")
            {
                return stem;
            }
        }
        name
    }
}

/// Prints the families with most series first.
fn print_cardinality(out: &mut dyn Write, families: &[Family]) -> io::Result<()> {
    let mut counts: Vec<(&str, usize)> =
        families.iter().map(|f| (f.name.as_str(), f.cardinality())).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let mut rows = vec![["Metric".to_owned(), "Cardinality".to_owned(), "Percentage".to_owned()]];
    for (name, count) in counts {
        let percentage = count as f64 / total as f64 * 100.0;
        rows.push([name.to_owned(), count.to_string(), format!("{percentage:.2}%")]);
    }
    rows.push(["Total".to_owned(), total.to_string(), "100%".to_owned()]);
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0) + CELL_GAP;
    let widths = [width(0), width(1), width(2)];
    for [name, count, percentage] in &rows {
        let [a, b, c] = widths;
        writeln!(out, "{name:a$}{count:b$}{percentage:c$}")?;
    }
    Ok(())
}

/// Spaces between columns.
const CELL_GAP: usize = 4;

#[cfg(test)]
mod tests;
