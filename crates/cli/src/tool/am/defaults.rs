//! The user's file of defaults: a YAML map from flags to values.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use yaml::Value;

/// Where the file may be; the first that says something about a flag counts. The third is Debian's place.
pub(super) fn files() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    [
        below_home(".config/amtool/config.yml"),
        Some(PathBuf::from("/etc/amtool/config.yml")),
        below_home(".config/prometheus/amtool.yml"),
        Some(PathBuf::from("/etc/prometheus/amtool.yml")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Reads all files that are there.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for file in files {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("could not load config file: {}", file.display()));
            }
        };
        for (name, value) in read_one(&text, file).context("could not load config file")? {
            all.entry(name).or_insert(value);
        }
    }
    Ok(all)
}

fn read_one(text: &str, file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let read = |value: &Value<'_>| {
        let pairs = value
            .entries()?
            .into_iter()
            .filter_map(|(name, v)| Some((name.to_owned(), v.text()?.to_owned())));
        Some(pairs.collect::<BTreeMap<String, String>>())
    };
    let (mut map, _) = yaml::read_document(text, &file.display().to_string(), Path::new(""), read)?;
    // An older name of the same flag.
    if let Some(value) = map.remove("comment_required") {
        map.entry("require-comment".to_owned()).or_insert(value);
    }
    Ok(map)
}

/// Returns the defaults as arguments, for those flags of the chosen command that were not typed.
pub(super) fn as_arguments(
    command: &Command,
    matches: &ArgMatches,
    defaults: &BTreeMap<String, String>,
) -> Vec<OsString> {
    let (mut command, mut matches) = (command, matches);
    let mut known: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    loop {
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            let typed = matches.try_contains_id(id).is_ok()
                && matches.value_source(id) == Some(ValueSource::CommandLine);
            let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
            let entry = known.entry(id.to_owned()).or_insert((false, is_switch));
            entry.0 |= typed;
        }
        match matches.subcommand().and_then(|(name, inner)| Some((command.find_subcommand(name)?, inner))) {
            Some((inner_command, inner)) => (command, matches) = (inner_command, inner),
            None => break,
        }
    }
    let mut arguments = Vec::new();
    for (name, value) in defaults {
        let Some((typed, is_switch)) = known.get(name) else { continue };
        let off = format!("no-{name}");
        let off_typed = known.get(&off).is_some_and(|(typed, _)| *typed);
        if *typed || off_typed {
            continue;
        }
        match (is_switch, value.as_str()) {
            (false, value) => arguments.push(format!("--{name}={value}").into()),
            (true, "true") => arguments.push(format!("--{name}").into()),
            (true, _) if known.contains_key(&off) => arguments.push(format!("--{off}").into()),
            (true, _) => {}
        }
    }
    arguments
}

/// Puts arguments behind what was typed, but before a `--`.
pub(super) fn inserted(mut args: Vec<OsString>, more: Vec<OsString>) -> Vec<OsString> {
    let end = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    args.splice(end..end, more);
    args
}
