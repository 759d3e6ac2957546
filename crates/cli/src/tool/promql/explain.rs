//! `promql explain`: run a query over a database's directory and print what each part of it did.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::promql::{Clock, Engine, EngineOptions, Explained, ParseOptions, QueryOptions, parse};
use ::tsdb::tools::ReadOnly;
use anyhow::{Context, bail};
use clap::{ArgMatches, Command};
use storage::TimeRange;

use crate::tool::query::{Node, Time, print_plan, step_of, with_range_flags};
use crate::tool::{Outcome, argument, features, flag, text};

pub(super) const NAME: &str = "explain";

pub(super) fn command() -> Command {
    let command = Command::new(NAME)
        .about(
            "Run a query over a database's directory and print what each part of it read and cost. A range query if --start, \
             --end or --step is given. `query explain` asks a server.",
        )
        .arg(flag("db", "DIR", "Directory of the database; nothing in it is changed.").default_value("data/"))
        .arg(flag("sandbox-dir-root", "DIR", "Directory in which a copy of the log is made and removed again."))
        .arg(
            flag("time", "TIME", "Query evaluation time (RFC3339 or Unix timestamp).")
                .allow_hyphen_values(true),
        );
    with_range_flags(command).arg(argument("query", "PromQL query.").allow_hyphen_values(true))
}

/// Time since the query began.
struct Since(Instant);

impl Clock for Since {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let typed = text(args, "query").unwrap_or_default();
    let enabled = features::enabled(args);
    let options = enabled.as_ref().map_or_else(ParseOptions::default, |enabled| enabled.parse);
    let expr = parse(typed, &options)?;
    let mut engine = EngineOptions::default();
    engine.features.delayed_name_removal = enabled.is_some_and(|enabled| enabled.delayed_name_removal);
    let dir = PathBuf::from(text(args, "db").unwrap_or_default());
    std::fs::metadata(&dir).with_context(|| format!("opening the db dir: {}", dir.display()))?;
    let sandbox = text(args, "sandbox-dir-root").map_or_else(|| dir.clone(), PathBuf::from);
    let opened = ReadOnly::open(&dir, &sandbox, TimeRange::ALL)?;
    let query = QueryOptions {
        text: Arc::from(typed),
        clock: Some(Arc::new(Since(Instant::now()))),
        explain: true,
        ..QueryOptions::default()
    };
    let engine = Engine::new(engine);
    let is_range = ["start", "end", "step"].iter().any(|name| args.contains_id(name));
    let result = if is_range {
        let end = time_of(args, "end")?.unwrap_or_else(Time::now);
        let start = time_of(args, "start")?.unwrap_or_else(|| end.minus(Duration::from_secs(300)));
        if start >= end {
            bail!("start time is not before end time");
        }
        let step_ms = (step_of(args, start, end) * 1000.0) as i64;
        engine.range(opened.queryable(), &expr, start.millis(), end.millis(), step_ms.max(1), &query)?
    } else {
        let at = time_of(args, "time")?.unwrap_or_else(Time::now);
        engine.instant(opened.queryable(), &expr, at.millis(), &query)?
    };
    for warning in result.warnings.iter().chain(&result.infos) {
        eprintln!("query warning: {warning}");
    }
    match result.explained {
        Some(explained) => print_plan(out, &node(*explained))?,
        None => bail!("the engine explains nothing"),
    }
    Ok(Outcome::Passed)
}

/// Returns a time that may be given.
fn time_of(args: &ArgMatches, name: &str) -> anyhow::Result<Option<Time>> {
    let typed = text(args, name).filter(|typed| !typed.is_empty());
    typed.map(Time::parse).transpose().map_err(|e| anyhow::anyhow!("error parsing {name}: {e}"))
}

fn node(explained: Explained) -> Node {
    Node {
        kind: explained.kind.to_owned(),
        detail: explained.detail,
        expr: explained.expr,
        series: explained.series,
        samples: explained.samples,
        bytes: explained.bytes,
        cache_hits: explained.cache_hits,
        seconds: explained.time.as_secs_f64(),
        self_seconds: explained.self_time.as_secs_f64(),
        tier: explained.tier,
        children: explained.children.into_iter().map(node).collect(),
    }
}
