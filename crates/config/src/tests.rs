//! Whole files: what they mean, what is wrong with them, how they print.

mod bongsu;
mod mistakes;
mod series_limits;
mod whole;

use std::path::Path;

use crate::{Config, Loaded, Options};

/// The variables that tests see.
fn environment(name: &str) -> Option<String> {
    match name {
        "REGION" => Some("kr".to_owned()),
        "EMPTY" => Some(String::new()),
        _unset => None,
    }
}

fn options() -> Options {
    Options { environment, ..Options::default() }
}

/// Reads a text as `/etc/x/p.yml`.
fn parse(text: &str) -> Result<Loaded, String> {
    Config::parse(text, Path::new("/etc/x/p.yml"), &options()).map_err(|problems| problems.to_string())
}

/// Returns the problems of a text, without the file's directory.
fn problems(text: &str) -> Vec<String> {
    let told = parse(text).map(|_| ()).unwrap_err();
    told.lines().map(|line| line.strip_prefix("/etc/x/").unwrap_or(line).to_owned()).collect()
}
