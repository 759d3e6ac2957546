//! `tsdb backup` and `tsdb restore`: copies of a database in a directory or a store that speaks S3.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::backup::{Progress, Quiet, S3Options, Source, Store};
use ::tsdb::tools::{Held, human_bytes};
use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::DEFAULT_DIR;
use super::create_blocks::now_ms;
use crate::tool::http::{Server, config_flag};
use crate::tool::{Outcome, argument, flag, switch, text};

/// A snapshot links files, but also writes the head as a block.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(600);
const PLACE: &str = "A directory, or s3://bucket/prefix.";

fn with_store_flags(command: Command) -> Command {
    command
        .arg(flag(
            "endpoint",
            "URL",
            "Address of a store that speaks S3, such as https://kr.object.ncloudstorage.com; Amazon's if not given.",
        ))
        .arg(flag("region", "REGION", "Region of the store, if not that of AWS_REGION or the profile."))
        .arg(flag("profile", "NAME", "Profile in ~/.aws/credentials and ~/.aws/config, if not that of AWS_PROFILE."))
        .arg(switch("quiet", "Print no progress.").short('q'))
        .after_help(
            "Credentials for S3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the role of the machine.",
        )
}

pub(super) fn command() -> Command {
    let command = Command::new("backup")
        .about(
            "Back up a database to a directory or to S3. Only what is not there yet is sent; an interrupted backup goes on. \
             Of a running server (--url) a snapshot is taken and removed again.",
        )
        .arg(flag("url", "URL", "The running server whose directory it is; needs --web.enable-admin-api there."))
        .arg(config_flag())
        .arg(
            flag("keep", "N", "Afterwards keep this many backups and delete older ones.")
                .value_parser(value_parser!(usize)),
        )
        .arg(switch("check", "Afterwards read the backup back and compare all checksums."))
        .arg(argument("to", PLACE))
        .arg(Arg::new("db path").help("Database path.").default_value(DEFAULT_DIR));
    with_store_flags(command)
}

pub(super) fn restore_command() -> Command {
    let command = Command::new("restore")
        .about(
            "Restore a backup into a new or empty directory, which gets its name when all is there and has its checksum. An \
             interrupted restore goes on.",
        )
        .arg(flag("backup", "NAME", "The backup to restore, if not the newest."))
        .arg(switch("list", "List the backups instead, oldest first."))
        .arg(switch("check", "Compare all checksums of the backup instead."))
        .arg(argument("from", PLACE))
        .arg(Arg::new("db path").help("Database path.").default_value(DEFAULT_DIR));
    with_store_flags(command)
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let store = open_store(args, "to")?;
    let dir = super::existing_dir(args)?;
    let backed = match text(args, "url") {
        None => {
            // No server may start meanwhile, and none may run.
            let _held = Held::take(&dir).context("back up a running server with --url")?;
            back_up(args, &dir, &*store)?
        }
        Some(url) => {
            let snapshot = take_snapshot(&Server::new(url, args)?, &dir)?;
            let backed = back_up(args, &snapshot, &*store);
            std::fs::remove_dir_all(&snapshot)
                .with_context(|| format!("cannot remove the snapshot {}", snapshot.display()))?;
            backed?
        }
    };
    let manifest = &backed.manifest;
    writeln!(
        out,
        "backup {} in {}: {} files, {}; sent {} files, {}",
        manifest.name,
        store.place(),
        manifest.files.len(),
        human_bytes(manifest.bytes()),
        backed.sent_files,
        human_bytes(backed.sent_bytes)
    )?;
    if let Some(keep) = args.get_one::<usize>("keep") {
        let pruned = ::backup::prune(&*store, *keep)?;
        let (old, files) = (pruned.backups.len(), pruned.files);
        writeln!(out, "deleted {old} old backups, {files} files, {}", human_bytes(pruned.bytes))?;
    }
    if args.get_flag("check") { check(args, &*store, Some(&manifest.name), out) } else { Ok(Outcome::Passed) }
}

pub(super) fn run_restore(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let store = open_store(args, "from")?;
    if args.get_flag("list") {
        for name in ::backup::backups(&*store)? {
            let manifest = ::backup::Manifest::read(&*store, &name)?;
            writeln!(out, "{name}  {} files  {}", manifest.files.len(), human_bytes(manifest.bytes()))?;
        }
        return Ok(Outcome::Passed);
    }
    let name = text(args, "backup");
    if args.get_flag("check") {
        return check(args, &*store, name, out);
    }
    let dir = PathBuf::from(text(args, "db path").unwrap_or(DEFAULT_DIR));
    let restored = with_progress(args, |progress| ::backup::restore(&*store, name, &dir, progress))?;
    let manifest = &restored.manifest;
    let (files, bytes) = (manifest.files.len(), human_bytes(manifest.bytes()));
    writeln!(out, "restored backup {} to {}: {files} files, {bytes}", manifest.name, dir.display())?;
    Ok(Outcome::Passed)
}

fn open_store(args: &ArgMatches, place: &str) -> anyhow::Result<Box<dyn Store>> {
    let own = |name| text(args, name).map(str::to_owned);
    let options = S3Options { endpoint: own("endpoint"), region: own("region"), profile: own("profile") };
    Ok(::backup::open(text(args, place).unwrap_or_default(), &options)?)
}

fn back_up(args: &ArgMatches, dir: &Path, store: &dyn Store) -> anyhow::Result<::backup::Backed> {
    let source = Source::new(dir);
    Ok(with_progress(args, |progress| ::backup::backup(&source, store, now_ms(), progress))?)
}

fn check(
    args: &ArgMatches,
    store: &dyn Store,
    name: Option<&str>,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let scratch = std::env::temp_dir().join(format!("bongsu-backup-{}", std::process::id()));
    let checked = with_progress(args, |progress| ::backup::check(store, name, &scratch, progress));
    std::fs::remove_dir_all(&scratch).ok(); // it is in the directory for temporary files
    let (manifest, wrong) = checked?;
    for error in &wrong {
        writeln!(out, "DAMAGED {error}")?;
    }
    if wrong.is_empty() {
        writeln!(
            out,
            "OK {}: {} files, {}",
            manifest.name,
            manifest.files.len(),
            human_bytes(manifest.bytes())
        )?;
        Ok(Outcome::Passed)
    } else {
        Ok(Outcome::Failed)
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Snapshot,
}

#[derive(Deserialize)]
struct Snapshot {
    name: String,
}

/// Asks the server for a snapshot and returns its directory.
fn take_snapshot(server: &Server, dir: &Path) -> anyhow::Result<PathBuf> {
    let answer = server.post("/api/v1/admin/tsdb/snapshot", "", SNAPSHOT_TIMEOUT)?;
    if answer.status != 200 {
        let body = String::from_utf8_lossy(&answer.body);
        bail!(
            "the server takes no snapshot (is --web.enable-admin-api set?): {} {}",
            answer.status,
            body.trim()
        );
    }
    let answer: Answer = serde_json::from_slice(&answer.body).context("cannot read the server's answer")?;
    let snapshot = dir.join("snapshots").join(&answer.data.name);
    if !snapshot.is_dir() {
        bail!(
            "the snapshot {} is not there: is {} the directory of the server at {}?",
            snapshot.display(),
            dir.display(),
            server.base()
        );
    }
    Ok(snapshot)
}

/// Shows a bar on a terminal, and nothing elsewhere.
fn with_progress<T>(args: &ArgMatches, work: impl FnOnce(&dyn Progress) -> T) -> T {
    if args.get_flag("quiet") || !std::io::stderr().is_terminal() {
        return work(&Quiet);
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        .expect("the template is a constant that a test draws");
    let bar = Bar(ProgressBar::new(0).with_style(style));
    let done = work(&bar);
    bar.0.finish_and_clear();
    done
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn total(&self, _files: usize, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_s_template_is_one() {
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}").unwrap();
    }
}
