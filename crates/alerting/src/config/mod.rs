//! `alertmanager.yml`: read, checked, completed.
//!
//! Every mistake of a file is reported, with its place. Texts are Alertmanager's where it has them. Files that the
//! configuration names are not opened here.
//!
//! Source: `config/config.go` of Alertmanager 0.34.

mod global;
mod go_duration;
mod inhibit;
mod masked;
mod matchers;
mod receiver;
mod route;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use md5::Digest as _;
use model::Labels;
use yaml::{Fields, Problem, Problems, Value};

use crate::inhibit::RuleConfig;
use crate::manager::{Receiver, Settings};
use crate::matchers::Syntax;
use crate::route::{RouteConfig, Tree};
use crate::times::{NamedIntervals, holidays};

pub(crate) use global::secret;
pub use global::{Global, HostPort, Smtp};
pub use go_duration::GoDuration;
pub use receiver::{IntegrationConfig, ReceiverConfig};

/// A whole configuration file.
#[derive(Clone, Debug)]
pub struct Config {
    /// What all receivers fall back on.
    pub global: Global,
    /// The root of the routing tree.
    pub route: RouteConfig,
    /// What keeps what quiet.
    pub inhibit_rules: Vec<RuleConfig>,
    /// Who is told, in the order of the file.
    pub receivers: Vec<ReceiverConfig>,
    /// Patterns of template files.
    pub templates: Vec<PathBuf>,
    /// By name.
    pub intervals: BTreeMap<String, NamedIntervals>,
    /// Which matchers and label names were allowed.
    pub syntax: Syntax,
    /// The file for people to see: secrets are replaced.
    pub masked: String,
    /// 48 bits of the file's MD5, by which monitoring sees whether replicas have the same; the original's number.
    pub hash: u64,
}

fn hash(text: &str) -> u64 {
    let sum = md5::Md5::digest(text.as_bytes());
    sum.iter().take(6).rev().fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

impl Config {
    /// Reads a configuration; `directory` is where relative paths begin. Returns warnings beside it.
    ///
    /// # Errors
    /// Every mistake of the file.
    pub fn read(
        text: &str,
        file: &str,
        directory: &Path,
        syntax: Syntax,
    ) -> Result<(Config, Vec<Problem>), Problems> {
        let (mut config, warnings) = yaml::read_document(text, file, directory, |value| read(value, syntax))?;
        config.masked = masked::masked(text);
        config.hash = hash(text);
        Ok((config, warnings))
    }

    /// Returns what the state machine needs.
    pub fn settings(&self) -> Settings {
        let receiver = |r: &ReceiverConfig| {
            let mut labels = r.labels.clone();
            labels.insert("name".to_owned(), r.name.clone());
            let integrations = r.integrations.iter().map(|i| i.integration.clone()).collect();
            (r.name.clone(), Receiver { labels: Labels::from_pairs(labels), integrations })
        };
        Settings {
            routes: Tree::new(&self.route),
            inhibit_rules: self.inhibit_rules.clone(),
            intervals: self.intervals.clone(),
            receivers: self.receivers.iter().map(receiver).collect(),
            resolve_timeout: SignedDuration::try_from(self.global.resolve_timeout)
                .unwrap_or(SignedDuration::from_mins(5)),
            syntax: self.syntax,
        }
    }
}

fn read(value: &Value<'_>, syntax: Syntax) -> Option<Config> {
    value.fields(|f| {
        let global = f.get("global").and_then(|v| Global::read(&v)).unwrap_or_default();
        let receivers = receiver::read_all(f, &global);
        let intervals = intervals(f);
        let route = f.get("route");
        if route.is_none() {
            f.value().problem("no route provided in config");
        }
        let names: Vec<&str> = receivers.iter().map(|r| r.name.as_str()).collect();
        let context = route::Context { receivers: &names, intervals: &intervals, syntax };
        let route = route.and_then(|v| route::read_root(&v, &context));
        let inhibit_rules = f.get("inhibit_rules").and_then(|v| v.items()).unwrap_or_default();
        let inhibit_rules = inhibit_rules.iter().filter_map(|v| inhibit::read(v, syntax)).collect();
        for (name, what) in
            [("tracing", "traces are not sent"), ("event_recorder", "events are not recorded")]
        {
            if let Some(section) = f.get(name) {
                section.warn(format!("{what}; the section is ignored"));
            }
        }
        Some(Config {
            global,
            route: route?,
            inhibit_rules,
            receivers,
            templates: f.or_default("templates"),
            intervals,
            syntax,
            masked: String::new(),
            hash: 0,
        })
    })
}

/// Reads `time_intervals` and their old form, which share their names.
fn intervals(f: &Fields<'_>) -> BTreeMap<String, NamedIntervals> {
    let mut all = BTreeMap::new();
    for (field, kind) in [("mute_time_intervals", "mute time interval"), ("time_intervals", "time interval")]
    {
        for item in f.get(field).and_then(|v| v.items()).unwrap_or_default() {
            let Some(named) = NamedIntervals::read_as(&item, kind) else { continue };
            if all.contains_key(&named.name) {
                item.problem(format!("{kind} {:?} is not unique", named.name));
            }
            all.insert(named.name.clone(), named);
        }
    }
    // A name without intervals stands for the built-in one: so a file can be one that the original loads too.
    for (name, built_in) in holidays::built_in() {
        let known = all.entry(name).or_insert_with(|| built_in.clone());
        if known.intervals.is_empty() {
            *known = built_in;
        }
    }
    all
}
