//! `tsdb list`: one line a block.

use std::io::Write;

use ::tsdb::tools::list;
use clap::{ArgMatches, Command};

use super::{dir_arg, existing_dir};
use crate::tool::{Outcome, switch};

pub(super) fn command() -> Command {
    Command::new("list")
        .about("List tsdb blocks.")
        .arg(switch("human-readable", "Print human readable values.").short('r'))
        .arg(dir_arg())
}

pub(super) fn run(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    list(out, &existing_dir(args)?, args.get_flag("human-readable"))?;
    Ok(Outcome::Passed)
}
