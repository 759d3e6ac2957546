//! `check healthy` and `check ready`: ask a server how it is.

use std::time::Duration;

use clap::{ArgMatches, Command};

use crate::tool::http::{Server, config_flag};
use crate::tool::{Outcome, flag, text};

const HEALTHY: &str = "healthy";
const READY: &str = "ready";
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn healthy() -> Command {
    asking(HEALTHY, "Check if the Prometheus server is healthy.")
}

pub(super) fn ready() -> Command {
    asking(READY, "Check if the Prometheus server is ready.")
}

fn asking(name: &'static str, about: &'static str) -> Command {
    let url = flag("url", "URL", "The URL for the Prometheus server.").default_value("http://localhost:9090");
    Command::new(name).about(about).arg(url).arg(config_flag())
}

/// Asks the server; `name` is one of the two commands.
pub(super) fn run(name: &str, args: &ArgMatches) -> anyhow::Result<Outcome> {
    let path = if name == READY { "/-/ready" } else { "/-/healthy" };
    let server = Server::new(text(args, "url").unwrap_or_default(), args)?;
    let answer = server.get(path, "", TIMEOUT)?;
    if answer.status != 200 {
        let base = server.base().as_str().trim_end_matches('/');
        anyhow::bail!("check failed: URL={base}, status={}", answer.status);
    }
    eprintln!("  SUCCESS:  {}", String::from_utf8_lossy(&answer.body));
    Ok(Outcome::Passed)
}
