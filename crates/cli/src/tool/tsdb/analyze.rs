//! `tsdb analyze`: what a block is made of.

use std::io::Write;

use ::promql::parse_selector;
use ::tsdb::tools::{AnalyzeOptions, analyze};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{dir_arg, existing_dir};
use crate::tool::{Outcome, flag, switch, text};

pub(super) fn command() -> Command {
    Command::new("analyze")
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
        .arg(dir_arg())
        .arg(Arg::new("block id").help("Block to analyze (default is the last block)."))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let dir = existing_dir(args)?;
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
    analyze(out, &dir, &options)?;
    Ok(Outcome::Passed)
}
