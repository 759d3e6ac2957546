//! `tsdb create-blocks-from openmetrics`: blocks from the samples of a file.
//!
//! The file is read twice or more: once to see that all of it can be read and how its samples lie in time, then once for as
//! many blocks as fit in memory together. A file with a mistake makes no block.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::RangeInclusive;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::tsdb::mmap::Mmap;
use ::tsdb::tools::{NewBlocks, compatible_block_ms, list_block};
use anyhow::{Context, anyhow, bail};
use clap::{Arg, ArgMatches, Command};
use exposition::{Entry, OpenMetricsReader};
use model::Labels;

use crate::tool::tsdb::DEFAULT_DIR;
use crate::tool::{Outcome, argument, flags, string_map, text};

/// Samples held in memory at once, as chunks: a few bytes each. A single block may have more.
const SAMPLES_HELD: u64 = 50_000_000;

pub(super) fn command() -> Command {
    let label =
        "Label to attach to metrics. Can be specified multiple times. Example --label=label_name=label_value";
    Command::new("openmetrics")
        .about("Import samples from OpenMetrics input and produce TSDB blocks.")
        .arg(flags("label", "NAME=VALUE", label))
        .arg(argument("input file", "OpenMetrics file to read samples from."))
        .arg(
            Arg::new("output directory")
                .help("Output directory for generated blocks.")
                .default_value(DEFAULT_DIR),
        )
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let input = Input::open(Path::new(text(args, "input file").unwrap_or_default()))?;
    let dir = PathBuf::from(text(args, "output directory").unwrap_or(DEFAULT_DIR));
    std::fs::create_dir_all(&dir).context("create output dir")?;
    let block_ms = args
        .get_one::<Duration>("max-block-duration")
        .map_or(0, |longest| i64::try_from(longest.as_millis()).unwrap_or(i64::MAX));
    let extra = string_map(args, "label")?;
    let mut blocks = NewBlocks::new(compatible_block_ms(block_ms));
    let counts = samples_by_range(input.bytes(), &blocks).context("getting min and max timestamp")?;
    let (human_readable, mut printing_header) = (args.get_flag("human-readable"), true);
    for pass in passes(&counts) {
        gather(input.bytes(), &pass, &extra, &mut blocks).context("block creation")?;
        blocks.write(&dir, now_ms(), |block| {
            if !args.get_flag("quiet") {
                list_block(out, &block, printing_header, human_readable)?;
                printing_header = false;
            }
            anyhow::Ok(())
        })?;
    }
    if blocks.dropped() > 0 {
        eprintln!("WARNING: {} samples left out: another came first at their time", blocks.dropped());
    }
    Ok(Outcome::Passed)
}

/// The file's bytes: mapped, or read if it is a pipe or a device.
enum Input {
    Mapped(Mmap),
    Read(Vec<u8>),
}

impl Input {
    fn open(path: &Path) -> anyhow::Result<Input> {
        let kind = std::fs::metadata(path).with_context(|| format!("open {}", path.display()))?.file_type();
        if kind.is_fifo() || kind.is_char_device() {
            Ok(Input::Read(std::fs::read(path).with_context(|| format!("read {}", path.display()))?))
        } else {
            Ok(Input::Mapped(Mmap::open(path)?))
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Input::Mapped(map) => map,
            Input::Read(bytes) => bytes,
        }
    }
}

/// Counts the samples of each block's range, by its beginning.
fn samples_by_range(body: &[u8], blocks: &NewBlocks) -> anyhow::Result<BTreeMap<i64, u64>> {
    let mut counts = BTreeMap::new();
    let mut reader = OpenMetricsReader::new(body, false);
    while reader.advance().context("next")? {
        if let Entry::Sample { timestamp_ms, .. } = reader.entry() {
            let t = timestamp_ms.ok_or_else(|| anyhow!("expected timestamp for series got none"))?;
            *counts.entry(blocks.range_start(t)).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Divides the ranges into runs that fit in memory.
fn passes(counts: &BTreeMap<i64, u64>) -> Vec<RangeInclusive<i64>> {
    let mut passes: Vec<(RangeInclusive<i64>, u64)> = Vec::new();
    for (&start, &samples) in counts {
        match passes.last_mut() {
            Some((run, held)) if *held + samples <= SAMPLES_HELD => {
                *run = *run.start()..=start;
                *held += samples;
            }
            Some(_) | None => passes.push((start..=start, samples)),
        }
    }
    passes.into_iter().map(|(run, _)| run).collect()
}

/// Adds the samples whose block begins in `run`.
fn gather(
    body: &[u8],
    run: &RangeInclusive<i64>,
    extra: &BTreeMap<String, String>,
    blocks: &mut NewBlocks,
) -> anyhow::Result<()> {
    // By the bytes that a series is written with, so that labels are made once.
    let mut known: std::collections::HashMap<Vec<u8>, u32> = std::collections::HashMap::new();
    let mut reader = OpenMetricsReader::new(body, false);
    while reader.advance().context("parse")? {
        match reader.entry() {
            // The type of a metric may change how its labels are written.
            Entry::Type { .. } => known.clear(),
            Entry::Help { .. } | Entry::Unit { .. } => {}
            Entry::Sample { series, value, timestamp_ms, .. } => {
                let Some(t) = timestamp_ms else { bail!("expected timestamp for series got none") };
                if !run.contains(&blocks.range_start(t)) {
                    continue;
                }
                let number = match known.get(series.key()) {
                    Some(number) => *number,
                    None => {
                        let number = blocks.series(&with_labels(&series.labels()?, extra));
                        known.insert(series.key().to_owned(), number);
                        number
                    }
                };
                blocks.float(number, t, value);
            }
            Entry::Histogram { .. } => bail!("a native histogram in OpenMetrics text"),
        }
    }
    Ok(())
}

fn with_labels(labels: &Labels, extra: &BTreeMap<String, String>) -> Labels {
    if extra.is_empty() {
        return labels.clone();
    }
    let mut builder = labels.builder();
    for (name, value) in extra {
        builder.set(name, value);
    }
    builder.labels()
}

/// The machine's clock, in milliseconds since the epoch.
pub(in crate::tool::tsdb) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_hold_neighbours_until_memory_is_full() {
        let counts = |samples: &[u64]| (0..).zip(samples.iter().copied()).collect::<BTreeMap<i64, u64>>();
        let many = SAMPLES_HELD;
        for (samples, want) in [
            (&[][..], vec![]),
            (&[1, 2, 3], vec![0..=2]),
            (&[many, 1], vec![0..=0, 1..=1]),
            (&[many - 1, 1, 1], vec![0..=1, 2..=2]),
            (&[2 * many, 1], vec![0..=0, 1..=1]),
        ] {
            assert_eq!(passes(&counts(samples)), want, "{samples:?}");
        }
    }
}
