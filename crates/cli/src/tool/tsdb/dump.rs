//! `tsdb dump` and `dump-openmetrics`: every sample as text.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use ::promql::parse_selectors;
use ::tsdb::tools::{DumpFormat, ReadOnly, dump};
use clap::{ArgMatches, Command, value_parser};
use storage::TimeRange;

use super::{dir_arg, existing_dir};
use crate::tool::{Outcome, flag, flags, text, texts};

const EVERYTHING: &str = "{__name__=~'(?s:.*)'}";
/// Much larger than a line, so that a dump is not one system call a sample.
const OUTPUT_BUFFER_BYTES: usize = 1 << 16;

pub(super) fn command() -> Command {
    let command =
        Command::new("dump").about("Dump data (series+samples or optionally just series) from a TSDB.").arg(
            flag("format", "FORMAT", "Output format of the dump.")
                .default_value("prom")
                .value_parser(["prom", "seriesjson"]),
        );
    with_arguments(command)
}

pub(super) fn openmetrics_command() -> Command {
    with_arguments(Command::new("dump-openmetrics").about(
        "Dump samples from a TSDB into OpenMetrics text format, without native histograms and staleness markers.",
    ))
}

fn with_arguments(command: Command) -> Command {
    let time = |name, help| {
        flag(name, "MILLISECONDS", help).value_parser(value_parser!(i64)).allow_hyphen_values(true)
    };
    command
        .arg(flag(
            "sandbox-dir-root",
            "DIR",
            "Directory in which a copy of the log is made and removed again (default is the database path).",
        ))
        .arg(time("min-time", "First timestamp to dump, in milliseconds since the Unix epoch."))
        .arg(time("max-time", "Last timestamp to dump, in milliseconds since the Unix epoch."))
        .arg(
            flags("match", "SELECTOR", "Series selector. Can be specified multiple times.")
                .default_value(EVERYTHING),
        )
        .arg(dir_arg())
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let labels_only = text(args, "format") == Some("seriesjson");
    run_as(args, out, if labels_only { DumpFormat::SeriesJson } else { DumpFormat::Prometheus })
}

pub(super) fn run_openmetrics(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_as(args, out, DumpFormat::OpenMetrics)
}

fn run_as(args: &ArgMatches, out: &mut dyn Write, format: DumpFormat) -> anyhow::Result<Outcome> {
    let dir = existing_dir(args)?;
    let time = |name, default| args.get_one::<i64>(name).copied().unwrap_or(default);
    let range = TimeRange {
        min_ms: time("min-time", TimeRange::ALL.min_ms),
        max_ms: time("max-time", TimeRange::ALL.max_ms),
    };
    let matchers = parse_selectors(&texts(args, "match"))?;
    let sandbox_root = text(args, "sandbox-dir-root").map_or_else(|| dir.clone(), PathBuf::from);
    let opened = ReadOnly::open(&dir, &sandbox_root, range)?;
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, out);
    dump(&mut out, opened.view(), range, &matchers, format)?;
    out.flush()?;
    Ok(Outcome::Passed)
}
