//! The top level of the file.

use std::collections::BTreeMap;

use remote::config::{ReadConfig, WriteConfig};
use yaml::{Fields, Value};

use crate::{Alerting, Global, Options, Otlp, Storage, Tracing};

/// A whole configuration.
///
/// Invariants: 1. Job names are unique over both lists of jobs, and not empty.  2. Each job's timeout is at most its interval.
/// 3. Paths are joined with the directory of the file that names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `global`
    pub global: Global,
    /// `runtime.gogc`, which means nothing here.
    pub gogc: i64,
    /// `rule_files`: patterns.
    pub rule_files: Vec<String>,
    /// `scrape_config_files`: patterns.
    pub scrape_config_files: Vec<String>,
    /// `scrape_configs` of the main file.
    pub scrape_configs: Vec<scrape::Config>,
    /// Jobs of the files that `scrape_config_files` names, in the order of the files.
    pub included_scrape_configs: Vec<scrape::Config>,
    /// `alerting`
    pub alerting: Alerting,
    /// `remote_write`
    pub remote_write: Vec<WriteConfig>,
    /// `remote_read`
    pub remote_read: Vec<ReadConfig>,
    /// `storage`
    pub storage: Storage,
    /// `otlp`
    pub otlp: Otlp,
    /// `tracing`
    pub tracing: Option<Tracing>,
}

/// Go's default, which Prometheus lowers to.
const GOGC_DEFAULT: i64 = 75;

impl Config {
    /// Returns all jobs: those of the main file, then those of included files.
    pub fn jobs(&self) -> impl Iterator<Item = &scrape::Config> {
        self.scrape_configs.iter().chain(&self.included_scrape_configs)
    }

    /// Reads the top level of a main file; adds its jobs' names with their places to `job_names`.
    pub(crate) fn read(
        value: &Value<'_>,
        options: &Options,
        job_names: &mut BTreeMap<String, String>,
    ) -> Option<Config> {
        value.fields(|f| {
            // First, because everything inherits from it.
            let global = match f.get("global") {
                Some(section) => Global::read(&section, options).unwrap_or_else(|| Global::new(options)),
                None => Global::new(options),
            };
            let names = global.scrape.metric_name_validation_scheme;
            let config = Config {
                gogc: f.get("runtime").and_then(|v| read_gogc(&v)).unwrap_or(GOGC_DEFAULT),
                rule_files: read_patterns(f, "rule_files", "rule file"),
                scrape_config_files: read_patterns(f, "scrape_config_files", "scrape config file"),
                scrape_configs: read_jobs(f, &global.scrape, job_names),
                included_scrape_configs: Vec::new(),
                alerting: f.get("alerting").and_then(|v| Alerting::read(&v, names)).unwrap_or_default(),
                remote_write: read_list(f, "remote_write", |v| WriteConfig::read(v, names)),
                remote_read: read_list(f, "remote_read", ReadConfig::read),
                storage: f.or_default("storage"),
                otlp: f.get("otlp").and_then(|v| Otlp::read(&v, names)).unwrap_or_default(),
                tracing: f.optional("tracing"),
                global,
            };
            check_names(f, "remote_write", "remote write");
            check_names(f, "remote_read", "remote read");
            if options.agent {
                check_agent(f);
            }
            warn_unavailable(f);
            Some(config)
        })
    }
}

/// Reads `scrape_configs`. `names` holds the names taken so far with where; the names found here are added.
pub(crate) fn read_jobs(
    f: &Fields<'_>,
    global: &scrape::config::Global,
    names: &mut BTreeMap<String, String>,
) -> Vec<scrape::Config> {
    let place = f.value().context().report.file().to_owned();
    let mut jobs = Vec::new();
    for item in f.get("scrape_configs").and_then(|v| v.items()).unwrap_or_default() {
        let Some(job) = scrape::Config::read(&item, global) else { continue };
        if !job.job_name.is_empty() {
            let here = format!("{place}:{}", item.position());
            if let Some(first) = names.get(&job.job_name) {
                let message = format!(
                    "found multiple scrape configs with job name {:?}, first found in {first}",
                    job.job_name
                );
                field(&item, "job_name").problem(message);
            } else {
                names.insert(job.job_name.clone(), here);
            }
        }
        jobs.push(job);
    }
    jobs
}

/// Returns a field of a mapping for reporting, or the mapping if it has none of that name.
pub(crate) fn field<'a>(mapping: &Value<'a>, name: &str) -> Value<'a> {
    let entries = mapping.entries().unwrap_or_default();
    entries.into_iter().find(|(key, _)| *key == name).map_or_else(|| mapping.clone(), |(_, value)| value)
}

fn read_gogc(value: &Value<'_>) -> Option<i64> {
    value.fields(|f| Some(f.or("gogc", GOGC_DEFAULT)))
}

fn read_list<T>(f: &Fields<'_>, name: &'static str, read: impl Fn(&Value<'_>) -> Option<T>) -> Vec<T> {
    let items = f.get(name).and_then(|v| v.items()).unwrap_or_default();
    items.iter().filter_map(read).collect()
}

/// Reads file patterns: a `*` may stand only in the last part of a path.
fn read_patterns(f: &Fields<'_>, name: &'static str, what: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    for item in f.get(name).and_then(|v| v.items()).unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        if text.split_once('*').is_some_and(|(_, rest)| rest.contains('/')) {
            let message = format!("invalid {what} path {text:?}");
            item.problem_with_hint(message, "a * may only stand in the last part of the path");
        }
        patterns.push(yaml::join(item.context().directory, text).to_string_lossy().into_owned());
    }
    patterns
}

/// Reports names of remote stores that occur twice.
fn check_names(f: &Fields<'_>, section: &'static str, what: &str) {
    let mut seen: Vec<String> = Vec::new();
    for item in f.get(section).and_then(|v| v.items()).unwrap_or_default() {
        let is_mapping = matches!(item.node().kind, yaml::Kind::Mapping(_));
        let name = if is_mapping { field(&item, "name") } else { continue };
        let yaml::Kind::Scalar(scalar) = &name.node().kind else { continue };
        if seen.contains(&scalar.text) {
            name.problem(format!("found multiple {what} configs with job name {:?}", scalar.text));
        } else if !scalar.text.is_empty() {
            seen.push(scalar.text.clone());
        }
    }
}

fn check_agent(f: &Fields<'_>) {
    for name in ["alerting", "rule_files", "remote_read"] {
        if f.get(name).is_some() {
            f.problem(name, format!("field {name} is not allowed in agent mode"));
        }
    }
}

/// Says which sections are understood but not acted upon yet.
fn warn_unavailable(f: &Fields<'_>) {
    for (name, what) in [
        ("remote_write", "samples are not sent to other stores yet"),
        ("remote_read", "other stores are not queried yet"),
        ("tracing", "traces are not sent yet"),
        ("otlp", "OTLP is not received yet"),
    ] {
        if let Some(value) = f.get(name).filter(|v| !is_empty(v)) {
            value.warn(format!("{what}: this section is checked, but has no effect"));
        }
    }
}

fn is_empty(value: &Value<'_>) -> bool {
    match &value.node().kind {
        yaml::Kind::Sequence(items) => items.is_empty(),
        yaml::Kind::Mapping(entries) => entries.is_empty(),
        yaml::Kind::Scalar(_) => false,
    }
}
