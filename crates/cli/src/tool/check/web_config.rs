//! `check web-config`: files that turn on TLS and passwords.

use std::path::PathBuf;

use clap::{ArgMatches, Command};

use crate::tool::{Outcome, files, texts};

pub(super) const NAME: &str = "web-config";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Check if the web config files are valid or not.")
        .arg(files("The config files to check."))
}

pub(super) fn run(args: &ArgMatches) -> Outcome {
    let mut outcome = Outcome::Passed;
    for file in texts(args, "files") {
        // As a server does at start, so that certificates and keys are looked at too.
        match crate::web_config::watched(PathBuf::from(file)) {
            Ok(_) => eprintln!("{file} SUCCESS"),
            Err(error) => {
                // The cause alone: what stands around it is the file again.
                eprintln!("{file} FAILED: {}", error.root_cause());
                outcome = Outcome::Failed;
            }
        }
    }
    outcome
}
