//! `tsdb verify`: one line a part of the directory, and below it what is wrong.

use std::io::Write;
use std::path::PathBuf;

use ::tsdb::tools::{Verified, verify};
use anyhow::Context;
use clap::{Arg, ArgMatches, Command};

use super::DEFAULT_DIR;
use crate::tool::{Outcome, text};

pub(super) fn command() -> Command {
    Command::new("verify")
        .about(
            "Read every byte of a database, a block, a log or a chunks_head, and report what is damaged, with file and offset. \
             Changes nothing. Exit code 1 if something is.",
        )
        .arg(Arg::new("path").help("Directory of a database, or of a part of one.").default_value(DEFAULT_DIR))
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let path = PathBuf::from(text(args, "path").unwrap_or(DEFAULT_DIR));
    std::fs::metadata(&path).with_context(|| format!("opening the db dir: {}", path.display()))?;
    // Parts are known by their names, which a relative path such as `.` does not show.
    let path = path.canonicalize().with_context(|| format!("opening the db dir: {}", path.display()))?;
    let mut damaged = 0;
    verify(&path, &mut |part| {
        damaged += u64::from(!part.is_sound());
        Ok(print(out, &part)?)
    })?;
    if damaged > 0 {
        writeln!(out, "{damaged} damaged")?;
        return Ok(Outcome::Failed);
    }
    Ok(Outcome::Passed)
}

fn print(out: &mut dyn Write, part: &Verified) -> std::io::Result<()> {
    let verdict = if part.is_sound() { "OK     " } else { "DAMAGED" };
    writeln!(out, "{verdict} {}: {part}", part.path.display())?;
    for finding in &part.findings {
        writeln!(out, "        {finding}")?;
    }
    if part.more > 0 {
        writeln!(out, "        and {} more", part.more)?;
    }
    out.flush()
}
