//! `test promql`: run scripts of Prometheus's own test language.

use std::io::Write;

use ::promql::promqltest::{self, FileReport, Options};
use anyhow::Context;
use clap::{ArgMatches, Command};

use crate::tool::{Outcome, features, files, flag, text, texts};

pub(super) fn command() -> Command {
    Command::new("promql")
        .about(
            "Run scripts of Prometheus's PromQL test language (load, eval, clear) and report per file how many queries \
             are answered as expected. All experimental features are on unless --enable-feature names some.",
        )
        .arg(
            flag("format", "FORMAT", "Layout of the table; markdown is for documents and leaves out the failures.")
                .default_value("text")
                .value_parser(["text", "markdown"]),
        )
        .arg(files("The scripts to run."))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut options = Options::default();
    if let Some(enabled) = features::enabled(args) {
        options.parse = enabled.parse;
        options.engine.features.delayed_name_removal = enabled.delayed_name_removal;
    }
    let mut reports = Vec::new();
    for file in texts(args, "files") {
        let script = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        reports.push((file, promqltest::run(&script, &options)));
    }
    let table = Table::of(&reports);
    match text(args, "format") {
        Some("markdown") => table.print_markdown(out)?,
        Some(_) | None => {
            for (file, report) in &reports {
                print_failures(out, file, report)?;
            }
            table.print_text(out)?;
        }
    }
    let passed = reports.iter().all(|(_, report)| report.is_success());
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

fn print_failures(out: &mut dyn Write, file: &str, report: &FileReport) -> std::io::Result<()> {
    for fault in &report.faults {
        writeln!(out, "{file}:{}: {}", fault.line, fault.message)?;
    }
    for eval in &report.evals {
        if let Some(failure) = &eval.failure {
            writeln!(out, "{file}:{}: {}\n    {}", eval.line, eval.query, failure.replace('\n', "\n    "))?;
        }
    }
    Ok(())
}

/// One row a script, and a row of sums under more than one.
struct Table(Vec<Row>);

struct Row {
    name: String,
    /// Passed, failed, all queries, faults of the script.
    counts: [usize; 4],
}

const HEADER: [&str; 4] = ["PASSED", "FAILED", "TOTAL", "FAULTS"];

impl Table {
    fn of(reports: &[(&str, FileReport)]) -> Table {
        let mut rows: Vec<Row> = reports
            .iter()
            .map(|(file, report)| Row {
                name: (*file).to_owned(),
                counts: [report.passed(), report.failed(), report.evals.len(), report.faults.len()],
            })
            .collect();
        if rows.len() > 1 {
            let mut sums = [0; 4];
            for row in &rows {
                sums.iter_mut().zip(row.counts).for_each(|(sum, count)| *sum += count);
            }
            rows.push(Row { name: "total".to_owned(), counts: sums });
        }
        Table(rows)
    }

    fn print_text(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let width = self.0.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max("FILE".len());
        let [passed, failed, total, faults] = HEADER;
        writeln!(out, "{:width$} {passed:>7} {failed:>7} {total:>7} {faults:>7}", "FILE")?;
        for Row { name, counts: [passed, failed, total, faults] } in &self.0 {
            writeln!(out, "{name:width$} {passed:>7} {failed:>7} {total:>7} {faults:>7}")?;
        }
        Ok(())
    }

    /// Names files without their folders: the document says where they are from.
    fn print_markdown(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "| Script | Passed | Failed | Total | Faults |\n|---|---:|---:|---:|---:|")?;
        for Row { name, counts: [passed, failed, total, faults] } in &self.0 {
            let name =
                std::path::Path::new(name).file_name().map_or(name.as_str().into(), |n| n.to_string_lossy());
            writeln!(out, "| {name} | {passed} | {failed} | {total} | {faults} |")?;
        }
        Ok(())
    }
}
