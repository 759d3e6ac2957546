//! `tsdb`: look into a database's directory, without writing to its data.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ::promql::{parse_selector, parse_selectors};
use ::tsdb::tools::{AnalyzeOptions, DumpFormat, ReadOnly, analyze, dump, list};
use anyhow::Context;
use clap::{Arg, ArgMatches, Command, value_parser};
use storage::TimeRange;

use super::{Outcome, flag, flags, switch, text, texts};

const DEFAULT_DIR: &str = "data/";
const EVERYTHING: &str = "{__name__=~'(?s:.*)'}";
/// Much larger than a line, so that a dump is not one system call a sample.
const OUTPUT_BUFFER_BYTES: usize = 1 << 16;

pub(super) fn command() -> Command {
    let dir = || Arg::new("db path").help("Database path.").default_value(DEFAULT_DIR);
    let list = Command::new("list")
        .about("List tsdb blocks.")
        .arg(switch("human-readable", "Print human readable values.").short('r'))
        .arg(dir());
    let analyze = Command::new("analyze")
        .about("Analyze churn, label pair cardinality and compaction efficiency.")
        .arg(
            flag("limit", "N", "How many items to show in each list.")
                .default_value("20")
                .value_parser(value_parser!(usize)),
        )
        .arg(switch("extended", "Run extended analysis."))
        .arg(flag(
            "match",
            "SELECTOR",
            "Series selector to analyze. Only 1 set of matchers is supported now.",
        ))
        .arg(dir())
        .arg(Arg::new("block id").help("Block to analyze (default is the last block)."));
    let time = |name, help| {
        flag(name, "MILLISECONDS", help).value_parser(value_parser!(i64)).allow_hyphen_values(true)
    };
    let dumping = |command: Command| {
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
            .arg(dir())
    };
    let dump =
        Command::new("dump").about("Dump data (series+samples or optionally just series) from a TSDB.").arg(
            flag("format", "FORMAT", "Output format of the dump.")
                .default_value("prom")
                .value_parser(["prom", "seriesjson"]),
        );
    let dump_openmetrics = Command::new("dump-openmetrics")
        .about("Dump samples from a TSDB into OpenMetrics text format, without native histograms and staleness markers.");
    Command::new("tsdb")
        .about("Look into a database's directory; nothing is changed.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(analyze)
        .subcommand(list)
        .subcommand(dumping(dump))
        .subcommand(dumping(dump_openmetrics))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (command, args) = matches.subcommand().expect("the parser demands a command");
    let dir = PathBuf::from(text(args, "db path").unwrap_or(DEFAULT_DIR));
    std::fs::metadata(&dir).with_context(|| format!("opening the db dir: {}", dir.display()))?;
    match command {
        "list" => list(out, &dir, args.get_flag("human-readable"))?,
        "analyze" => analyze_block(args, &dir, out)?,
        "dump" => {
            let labels_only = text(args, "format") == Some("seriesjson");
            let format = if labels_only { DumpFormat::SeriesJson } else { DumpFormat::Prometheus };
            dump_samples(args, &dir, out, format)?;
        }
        _openmetrics => dump_samples(args, &dir, out, DumpFormat::OpenMetrics)?,
    }
    Ok(Outcome::Passed)
}

fn analyze_block(args: &ArgMatches, dir: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let selector = match text(args, "match") {
        Some(typed) if !typed.is_empty() => Some((typed.to_owned(), parse_selector(typed)?)),
        Some(_) | None => None,
    };
    let options = AnalyzeOptions {
        block: text(args, "block id").map(str::to_owned),
        limit: args.get_one("limit").copied().unwrap_or(AnalyzeOptions::default().limit),
        extended: args.get_flag("extended"),
        selector,
    };
    Ok(analyze(out, dir, &options)?)
}

fn dump_samples(
    args: &ArgMatches,
    dir: &Path,
    out: &mut dyn Write,
    format: DumpFormat,
) -> anyhow::Result<()> {
    let time = |name, default| args.get_one::<i64>(name).copied().unwrap_or(default);
    let range = TimeRange {
        min_ms: time("min-time", TimeRange::ALL.min_ms),
        max_ms: time("max-time", TimeRange::ALL.max_ms),
    };
    let matchers = parse_selectors(&texts(args, "match"))?;
    let sandbox_root = text(args, "sandbox-dir-root").map_or_else(|| dir.to_owned(), PathBuf::from);
    let opened = ReadOnly::open(dir, &sandbox_root, range)?;
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, out);
    dump(&mut out, opened.view(), range, &matchers, format)?;
    out.flush()?;
    Ok(())
}
