//! `tsdb retention-preview`: what the rules of a configuration file would do to a database. promtool has nothing like it.

use std::io::Write;
use std::path::Path;

use ::tsdb::tools::{Amount, RulePreview, preview};
use clap::{ArgMatches, Command};
use config::Config;

use super::{dir_arg, existing_dir};
use crate::tool::{Outcome, flag, text};

pub(super) fn command() -> Command {
    Command::new("retention-preview")
        .about("Tell what storage.bongsu.retention and the time retention of a configuration file would remove from a database and bring together, without doing it.")
        .arg(flag("config.file", "FILE", "The configuration file.").default_value("prometheus.yml"))
        .arg(flag(
            "storage.tsdb.retention.time",
            "DURATION",
            "The server's flag, if it is started with one; the file prevails. 15d if neither says anything.",
        ))
        .arg(dir_arg())
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let file = text(args, "config.file").unwrap_or("prometheus.yml");
    let loaded = Config::load(Path::new(file), &config::Options::default())?;
    let storage = &loaded.config.storage;
    let flag = text(args, "storage.tsdb.retention.time").map(model::duration::parse).transpose()?;
    let kept = &storage.retention;
    let bounded = kept.size.0 > 0 || kept.percentage > 0.0;
    let retention_ms = match (kept.time.is_zero(), flag) {
        (false, _) => kept.time.as_millis() as i64,
        (true, Some(flag)) => flag.as_millis() as i64,
        (true, None) if bounded => 0,
        (true, None) => ::tsdb::db::RETENTION_MS_DEFAULT,
    };
    let policy = storage.bongsu.policy();
    let previews = preview(&existing_dir(args)?, &policy, retention_ms)?;
    let names = policy.rules.iter().map(|rule| rule.selector.as_str()).chain(["all other series"]);
    for (name, preview) in names.zip(&previews) {
        write_rule(out, name, preview)?;
    }
    let total = |of: fn(&RulePreview) -> Amount| previews.iter().map(|p| of(p).bytes).sum::<u64>();
    let freed = total(|p| p.removed) + total(|p| p.downsampled) - total(|p| p.becomes);
    writeln!(out, "bytes freed: {freed} of samples, besides their part of the index")?;
    Ok(Outcome::Passed)
}

fn write_rule(out: &mut dyn Write, name: &str, preview: &RulePreview) -> std::io::Result<()> {
    writeln!(out, "{name}: {} series (each counted in each block)", preview.series)?;
    let amount = |a: &Amount| format!("{} series, {} samples, {} bytes", a.series, a.samples, a.bytes);
    if preview.removed.series > 0 {
        writeln!(out, "  removed: {}", amount(&preview.removed))?;
    }
    if preview.downsampled.series > 0 {
        let (from, to) = (amount(&preview.downsampled), &preview.becomes);
        writeln!(out, "  downsampled: {from} -> {} samples, {} bytes", to.samples, to.bytes)?;
    }
    if preview.removed.series + preview.downsampled.series == 0 {
        writeln!(out, "  nothing to do")?;
    }
    Ok(())
}
