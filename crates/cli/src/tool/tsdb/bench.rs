//! `tsdb bench write`: how fast a new database takes samples.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::tsdb::{Db, Options};
use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use model::Labels;
use storage::Appendable;

use crate::tool::{Outcome, flag, text};

/// Scrapes that a thread makes of its series before it takes others.
const SCRAPES_AT_ONCE: usize = 100;
/// Series of one thread.
const SERIES_AT_ONCE: usize = 1000;
/// Time between scrapes.
const INTERVAL_MS: i64 = 30_000;
/// A line of the input has at most this many bytes.
const LINE_BYTES_MAX: usize = 1 << 20;

pub(super) fn command() -> Command {
    let write = Command::new("write")
        .about("Run a write performance benchmark.")
        .arg(
            flag("out", "DIR", "Set the output path; what is there is removed, if it is of an earlier run.")
                .default_value("benchout"),
        )
        .arg(
            flag("metrics", "N", "Number of metrics to read.")
                .default_value("10000")
                .value_parser(value_parser!(usize)),
        )
        .arg(
            flag("scrapes", "N", "Number of scrapes to simulate.")
                .default_value("3000")
                .value_parser(value_parser!(usize)),
        )
        .arg(Arg::new("file").help(
            "Input file with one series a line, as a JSON object of labels; made-up series if not given.",
        ));
    Command::new("bench")
        .about("Run benchmarks.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(write)
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (_write, args) = matches.subcommand().expect("the parser demands a command");
    let count = |name| args.get_one::<usize>(name).copied().unwrap_or_default();
    let dir = PathBuf::from(text(args, "out").unwrap_or_default()).join("storage");
    prepare(&dir)?;
    let options = Options { maintenance: false, ..Options::default() };
    let db = Db::open(&dir, options)?;

    let series = stage(out, "readData", || match text(args, "file") {
        Some(file) => read_series(Path::new(file), count("metrics")),
        None => Ok(made_up(count("metrics"))),
    })?
    .0;
    let (samples, taken) = stage(out, "ingestScrapes", || ingest(&db, &series, count("scrapes")))?;
    writeln!(out, " > total samples: {samples}")?;
    let rate = samples as f64 / taken.as_secs_f64();
    writeln!(out, " > samples/sec: {}", model::number::format_g(rate))?;
    stage(out, "stopStorage", || Ok(db.close()?))?;
    Ok(Outcome::Passed)
}

/// Removes the database of an earlier run, and nothing else.
fn prepare(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() {
        if !dir.join("wal").is_dir() {
            bail!("{} is there and is no database: give another --out", dir.display());
        }
        std::fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    Ok(())
}

/// Does a part of the work and tells when it began and how long it took.
fn stage<T>(
    out: &mut dyn Write,
    name: &str,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<(T, Duration)> {
    writeln!(out, ">> start stage={name}")?;
    out.flush()?;
    let started = Instant::now();
    let done = work()?;
    let taken = started.elapsed();
    writeln!(out, ">> completed stage={name} duration={taken:?}")?;
    Ok((done, taken))
}

/// Reads `{"name":"value",…}` lines, each series once.
fn read_series(file: &Path, limit: usize) -> anyhow::Result<Vec<Labels>> {
    let mut reader = BufReader::new(std::fs::File::open(file).with_context(|| file.display().to_string())?);
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        let read = std::io::Read::take(&mut reader, LINE_BYTES_MAX as u64).read_line(&mut line)?;
        if read == 0 || found.len() == limit {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let pairs: std::collections::BTreeMap<String, String> = serde_json::from_str(&line)
            .with_context(|| format!("{}:{number}: not a JSON object of labels", file.display()))?;
        let labels = Labels::from_pairs(pairs);
        if known.insert(labels.clone()) {
            found.push(labels);
        }
    }
    Ok(found)
}

/// Series as a fleet of hosts has them.
fn made_up(count: usize) -> Vec<Labels> {
    let series = |i: usize| {
        Labels::from_pairs([
            ("__name__", format!("bench_metric_{}", i % 100)),
            ("instance", format!("host-{:05}:9100", i / 100)),
            ("job", "bench".to_owned()),
        ])
    };
    (0..count).map(series).collect()
}

/// Appends scrapes of all series from several threads; returns the number of samples.
fn ingest(db: &Db, series: &[Labels], scrapes: usize) -> anyhow::Result<u64> {
    let mut total = 0;
    for begun in (0..scrapes).step_by(SCRAPES_AT_ONCE) {
        let count = SCRAPES_AT_ONCE.min(scrapes - begun);
        let shards: Vec<anyhow::Result<u64>> = std::thread::scope(|scope| {
            let shards: Vec<_> = series
                .chunks(SERIES_AT_ONCE)
                .map(|shard| scope.spawn(move || ingest_shard(db, shard, begun, count)))
                .collect();
            let joined = shards.into_iter().map(|shard| shard.join());
            joined.map(|shard| shard.unwrap_or_else(|_| bail!("a thread ended in a panic"))).collect()
        });
        for samples in shards {
            total += samples?;
        }
    }
    Ok(total)
}

fn ingest_shard(db: &Db, series: &[Labels], begun: usize, count: usize) -> anyhow::Result<u64> {
    let mut known = Vec::with_capacity(series.len());
    for scrape in begun..begun + count {
        let mut batch = db.appender();
        if known.is_empty() {
            for labels in series {
                known.push(batch.resolve(labels)?);
            }
        }
        let t = INTERVAL_MS * (scrape as i64 + 1);
        for reference in &known {
            batch.sample(*reference, t, (123_456_789 + 1000 * scrape) as f64)?;
        }
        batch.commit()?;
    }
    Ok((series.len() * count) as u64)
}
