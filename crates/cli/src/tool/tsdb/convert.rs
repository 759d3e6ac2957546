//! `tsdb convert`: blocks into the dense format and back. promtool has nothing like it.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use ::tsdb::db::{BlockFormat, Converted, convert};
use clap::{ArgMatches, Command};
use ulid::Ulid;

use super::{dir_arg, existing_dir};
use crate::tool::{Outcome, flag, text};

pub(super) fn command() -> Command {
    Command::new("convert")
        .about("Write all blocks of a database that is not in use in another format; each is read back and compared before the old one is removed.")
        .arg(
            flag("to", "FORMAT", "\"dense\": smaller, for this program only, in tiers/ below the database; \"prometheus\": back again.")
                .required(true)
                .value_parser(["dense", "prometheus"]),
        )
        .arg(dir_arg())
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let to = if text(args, "to") == Some("dense") { BlockFormat::Dense } else { BlockFormat::Prometheus };
    let dir = existing_dir(args)?;
    let (mut before, mut after) = (0, 0);
    let mut unwritten = None;
    convert(&dir, to, new_ulid, |at, of, converted| {
        let line = match converted {
            Converted::AsIs(ulid) => format!("{ulid}: is in this format already"),
            Converted::Downsampled(ulid) => format!("{ulid}: is downsampled and stays as it is"),
            Converted::Done { old: (old, bytes), new: None } => {
                before += bytes;
                format!("{old}: all samples were deleted; removed, {bytes} bytes freed")
            }
            Converted::Done { old: (old, old_bytes), new: Some((new, new_bytes)) } => {
                before += old_bytes;
                after += new_bytes;
                let percent = 100.0 * *new_bytes as f64 / (*old_bytes).max(1) as f64;
                format!("{old} -> {new}: {old_bytes} -> {new_bytes} bytes ({percent:.1} %), compared")
            }
        };
        let written = writeln!(out, "[{at}/{of}] {line}").and_then(|()| out.flush());
        unwritten = unwritten.take().or(written.err());
    })?;
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    writeln!(out, "{before} -> {after} bytes")?;
    Ok(Outcome::Passed)
}

fn new_ulid() -> Ulid {
    let random = || u128::from(RandomState::new().hash_one(0));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
    Ulid::from_parts(now, random() << 64 | random())
}
