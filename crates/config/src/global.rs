//! `global`: defaults of all jobs, and what concerns the server as a whole.

use std::path::PathBuf;
use std::time::Duration;

use model::Labels;
use model::labels::LabelsBuilder;
use yaml::Value;
use yaml::write::Map;

use crate::Options;
use crate::expand::expand;

const EVALUATION_INTERVAL_DEFAULT: Duration = Duration::from_secs(60);

/// `global`
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// Defaults of all jobs.
    pub scrape: scrape::config::Global,
    /// How often rules are evaluated by default; not zero.
    pub evaluation_interval: Duration,
    /// How far in the past rules are evaluated, so that late samples are there.
    pub rule_query_offset: Duration,
    /// Where queries are logged.
    pub query_log_file: Option<PathBuf>,
    /// Labels added to whatever leaves this server, environment variables filled in.
    pub external_labels: Labels,
}

impl Global {
    /// Returns what holds if the file has no `global`.
    pub(crate) fn new(options: &Options) -> Global {
        Global {
            scrape: options.scrape_defaults.clone(),
            evaluation_interval: EVALUATION_INTERVAL_DEFAULT,
            rule_query_offset: Duration::ZERO,
            query_log_file: None,
            external_labels: Labels::empty(),
        }
    }

    pub(crate) fn read(value: &Value<'_>, options: &Options) -> Option<Global> {
        value.fields(|f| {
            let scrape = scrape::config::Global::read_inline(f, &options.scrape_defaults);
            let interval = f.optional("evaluation_interval").filter(|d: &Duration| !d.is_zero());
            let external_labels = f.get("external_labels");
            Some(Global {
                evaluation_interval: interval.unwrap_or(EVALUATION_INTERVAL_DEFAULT),
                rule_query_offset: f.or_default("rule_query_offset"),
                query_log_file: f.optional("query_log_file").filter(|p: &PathBuf| !p.as_os_str().is_empty()),
                external_labels: external_labels
                    .and_then(|v| read_external_labels(&v, &scrape, options))
                    .unwrap_or_default(),
                scrape,
            })
        })
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let (mut map, tail) = self.scrape.to_yaml();
        map.put("evaluation_interval", self.evaluation_interval);
        if !self.rule_query_offset.is_zero() {
            map.put("rule_query_offset", self.rule_query_offset);
        }
        map.put_if_some("query_log_file", self.query_log_file.as_ref());
        map.put_if_some("scrape_failure_log_file", self.scrape.scrape_failure_log_file.as_ref());
        map.put_if_set("external_labels", &self.external_labels).extend(tail);
        map
    }
}

/// Reads label names and values; in values `$NAME` and `${NAME}` stand for environment variables, `$$` for a dollar.
fn read_external_labels(
    value: &Value<'_>,
    scrape: &scrape::config::Global,
    options: &Options,
) -> Option<Labels> {
    let mut labels = LabelsBuilder::default();
    for (name, entry) in value.entries()? {
        if !scrape.metric_name_validation_scheme.allows_label(name) {
            entry.problem(format!("{name:?} is not a valid label name"));
        }
        let Some(text) = entry.text() else { continue };
        let expanded = expand(text, |variable| {
            let found = (options.environment)(variable).filter(|v| !v.is_empty());
            if found.is_none() {
                entry.warn(format!("environment variable {variable:?} is empty or not set"));
            }
            found.unwrap_or_default()
        });
        labels.set(name, expanded);
    }
    Some(labels.labels())
}
