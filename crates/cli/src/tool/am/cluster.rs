//! `cluster`: a server's place among its peers.

use std::io::Write;

use clap::{ArgMatches, Command};

use super::client::Client;
use super::{Outcome, output};

pub(super) fn command() -> Command {
    let about = "View cluster status and peers.";
    Command::new("cluster").about(about).subcommand(Command::new("show").about(about))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let matches = matches.subcommand().map_or(matches, |(_show, args)| args);
    let status = Client::new(matches)?.get("/status", &[])?;
    output(matches).cluster(&status, out)?;
    Ok(Outcome::Passed)
}
