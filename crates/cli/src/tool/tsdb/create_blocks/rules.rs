//! `tsdb create-blocks-from rules`: what recording rules would have recorded, asked of a server and put into blocks.
//!
//! Evaluations are at multiples of the interval. promtool shifts them by a hash of group and file; as a server hashes another
//! spelling of the file's name, its own samples are elsewhere in either case.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use ::rules::file::{Group, Kind, Options, Rule, RuleFile};
use ::tsdb::tools::{NewBlocks, compatible_block_ms, list_block};
use anyhow::{Context, bail};
use clap::{ArgMatches, Command};
use model::labels::METRIC_NAME;
use model::{Labels, LabelsBuilder};

use super::openmetrics::now_ms;
use crate::tool::http::{Server, config_flag};
use crate::tool::query::{Time, parse_duration, range_series};
use crate::tool::{Outcome, features, files, flag, text, texts};

/// How long before now the default end is: what is younger may still be in a server's head.
const END_DISTANCE: Duration = Duration::from_secs(3 * 3600);
/// Steps of one question; servers answer up to 11,000.
const STEPS_MAX: i64 = 10_000;

pub(super) fn command() -> Command {
    let url = "The URL for the Prometheus API with the data where the rule will be backfilled from.";
    let start = "The time to start backfilling the new rule from. Must be a RFC3339 formatted date or Unix timestamp. Required.";
    let end = "If an end time is provided, all recording rules in the rule files provided will be backfilled to the end time. Default will backfill up to 3 hours ago. Must be a RFC3339 formatted date or Unix timestamp.";
    let interval = "How frequently to evaluate rules when backfilling if a value is not set in the recording rule files.";
    Command::new("rules")
        .about("Create blocks of data for new recording rules.")
        .arg(config_flag())
        .arg(flag("url", "URL", url).default_value("http://localhost:9090"))
        .arg(flag("start", "TIME", start).required(true).allow_hyphen_values(true))
        .arg(flag("end", "TIME", end).allow_hyphen_values(true))
        .arg(flag("output-dir", "DIR", "Output directory for generated blocks.").default_value("data/"))
        .arg(flag("eval-interval", "DURATION", interval).default_value("60s").value_parser(parse_duration))
        .arg(files(
            "A list of one or more files containing recording rules to be backfilled. All recording rules listed in the files will be backfilled. Alerting rules are not evaluated.",
        ))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let time = |name| text(args, name).filter(|typed| !typed.is_empty()).map(Time::parse);
    let end = match time("end") {
        Some(end) => end.map_err(|e| anyhow::anyhow!("error parsing end time: {e}"))?,
        None => Time::now().minus(END_DISTANCE),
    };
    let start = time("start").context("--start is required")?;
    let start = start.map_err(|e| anyhow::anyhow!("error parsing start time: {e}"))?;
    if start >= end {
        bail!("start time is not before end time");
    }
    let server = Server::new(text(args, "url").unwrap_or_default(), args)?;
    let groups = load_groups(args)?;
    let dir = PathBuf::from(text(args, "output-dir").unwrap_or_default());
    std::fs::create_dir_all(&dir).context("create output dir")?;
    let longest = args.get_one::<Duration>("max-block-duration").copied().unwrap_or_default();
    let block_ms = compatible_block_ms(i64::try_from(longest.as_millis()).unwrap_or(i64::MAX));
    let default_interval =
        args.get_one::<Duration>("eval-interval").copied().unwrap_or(Duration::from_secs(60));

    let (mut header, mut failed, mut histograms) = (true, false, 0);
    let block_s = block_ms / 1000;
    let mut block_start = start.seconds().div_euclid(block_s) * block_s;
    while block_start <= end.seconds() {
        let range = (block_start.max(start.seconds()), (block_start + block_s - 1).min(end.seconds()));
        let mut blocks = NewBlocks::new(block_ms);
        for group in &groups {
            let interval = group.interval.unwrap_or(default_interval);
            for rule in &group.rules {
                let Kind::Record { .. } = &rule.kind else { continue };
                match record(&server, group, rule, range, interval, &mut blocks) {
                    Ok(left_out) => histograms += left_out,
                    Err(error) => {
                        eprintln!("rule importer error: {error:#}");
                        failed = true;
                    }
                }
            }
        }
        blocks.write(&dir, now_ms(), |block| {
            if !args.get_flag("quiet") {
                list_block(out, &block, header, args.get_flag("human-readable"))?;
                header = false;
            }
            anyhow::Ok(())
        })?;
        if blocks.dropped() > 0 {
            eprintln!("WARNING: {} samples left out: two rules record the same series", blocks.dropped());
        }
        block_start += block_s;
    }
    if histograms > 0 {
        eprintln!("WARNING: {histograms} native histograms left out: only floats can be imported");
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Passed })
}

fn load_groups(args: &ArgMatches) -> anyhow::Result<Vec<Group>> {
    let mut options = Options::default();
    if let Some(enabled) = features::enabled(args) {
        options.promql = enabled.parse;
    }
    let mut groups = Vec::new();
    for file in texts(args, "files") {
        let content =
            std::fs::read_to_string(file).with_context(|| format!("rule importer parse error: {file}"))?;
        let read = RuleFile::parse(&content, &options)
            .map_err(|e| anyhow::anyhow!("rule importer parse error: {file}: {e}"))?;
        groups.extend(read.groups);
    }
    Ok(groups)
}

/// Asks for what a rule records in a range of whole seconds. Returns how many histograms were left out.
fn record(
    server: &Server,
    group: &Group,
    rule: &Rule,
    (start, end): (i64, i64),
    interval: Duration,
    blocks: &mut NewBlocks,
) -> anyhow::Result<usize> {
    let step = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX).max(1);
    let expr = rule.expr.to_string();
    let labels = group.labels_of(rule);
    let mut histograms = 0;
    // The first multiple of the step that is not before the start.
    let mut from = start.saturating_add(step - 1).div_euclid(step) * step;
    while from <= end {
        let to = end.min(from + (STEPS_MAX - 1) * step);
        for series in range_series(server, &expr, (from, to), Duration::from_secs(step.unsigned_abs()))? {
            let mut builder = LabelsBuilder::new(Labels::from_pairs(&series.labels));
            for (name, value) in &labels {
                builder.set(name, value);
            }
            builder.set(METRIC_NAME, rule.name());
            let number = blocks.series(&builder.labels());
            series.floats.iter().for_each(|(t, v)| blocks.float(number, *t, *v));
            histograms += series.histograms;
        }
        from = to - (to - from).rem_euclid(step) + step;
    }
    Ok(histograms)
}
