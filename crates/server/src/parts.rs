//! What the server speaks for. `cli` makes these and hands them in; tests bring their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Labels, Matcher, Metadata, relabel};
use promql::Engine;
use promql::cache::RangeCache;
use promql::parser::ParseOptions;
use storage::{Appendable, Queryable, TimeRange};
use telemetry::Registry;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::queries::log::QueryLog;
use crate::visibility::data::Data;

/// An error of a part, only to be shown.
pub type PartError = Box<dyn std::error::Error + Send + Sync>;

/// Everything behind the API.
#[derive(Clone)]
pub struct Parts {
    /// Where queries read.
    pub queryable: Arc<dyn Queryable>,
    /// Where remote writes go.
    pub appendable: Arc<dyn Appendable>,
    /// Evaluates queries.
    pub engine: Arc<Engine>,
    /// Keeps results of range queries; `None` where that is switched off.
    pub range_cache: Option<Arc<RangeCache>>,
    /// Where finished queries are logged.
    pub query_log: Arc<QueryLog>,
    /// Which PromQL is spoken.
    pub parse_options: ParseOptions,
    /// What is scraped.
    pub targets: Arc<dyn Targets>,
    /// Rules, and where their alerts go; `None` for a server without.
    pub rules: Option<Rules>,
    /// The database's state and administration.
    pub database: Arc<dyn Database>,
    /// The configuration in force.
    pub config: Arc<ArcSwap<ConfigView>>,
    /// Facts about the process.
    pub runtime: Arc<dyn Runtime>,
    /// Reload and quit.
    pub control: Control,
    /// Own metrics.
    pub registry: Registry,
}

impl Parts {
    /// The same parts, of which queries read what one asker sees.
    pub fn reading(&self, data: Data) -> Parts {
        Parts { queryable: data.queryable, ..self.clone() }
    }
}

/// Rules, and where their alerts go.
#[derive(Clone)]
pub struct Rules {
    /// All groups.
    pub manager: rules::Manager,
    /// The Alertmanagers.
    pub sender: rules::send::Sender,
    /// The Alertmanager in this process.
    pub alertmanager: Option<Arc<alerting::run::Alertmanager>>,
}

/// The configuration in force, as the API shows it.
#[derive(Clone, Debug, Default)]
pub struct ConfigView {
    /// The file as YAML with defaults filled in and secrets masked.
    pub yaml: String,
    /// Labels that federation adds.
    pub external_labels: Labels,
}

/// How requests change the course of the process.
#[derive(Clone, Debug)]
pub struct Control {
    /// Asks for a reload; the answer says whether the new configuration is in force.
    pub reload: mpsc::Sender<oneshot::Sender<Result<(), String>>>,
    /// Ends the process in order.
    pub quit: CancellationToken,
}

/// The health of a target after its last scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not scraped yet.
    Unknown,
    /// The last scrape worked.
    Up,
    /// The last scrape failed.
    Down,
}

impl Health {
    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Up => "up",
            Health::Down => "down",
        }
    }
}

/// A target that is scraped.
#[derive(Clone, Debug)]
pub struct ActiveTarget {
    /// Labels before relabelling.
    pub discovered_labels: Labels,
    /// Labels its series get.
    pub labels: Labels,
    /// Its job.
    pub pool: String,
    /// Where it is scraped.
    pub url: String,
    /// Why the last scrape failed, or `""`.
    pub last_error: String,
    /// When it was last scraped, in milliseconds; `None` before the first time.
    pub last_scrape_ms: Option<i64>,
    /// How long that took, in seconds.
    pub last_scrape_seconds: f64,
    /// Its health.
    pub health: Health,
    /// How often it is scraped, such as `15s`.
    pub interval: String,
    /// How long a scrape may take.
    pub timeout: String,
}

/// A target that relabelling dropped.
#[derive(Clone, Debug)]
pub struct DroppedTarget {
    /// Labels before relabelling.
    pub discovered_labels: Labels,
    /// Its job.
    pub pool: String,
}

/// What one target told about one metric.
#[derive(Clone, Debug)]
pub struct TargetMetadata {
    /// The metric family.
    pub metric: String,
    /// Type, unit, help.
    pub metadata: Metadata,
}

/// What is scraped.
pub trait Targets: Send + Sync {
    /// Names of all jobs.
    fn pools(&self) -> Vec<String>;
    /// All targets that are scraped, by job.
    fn active(&self) -> Vec<ActiveTarget>;
    /// Dropped targets that are remembered, by job.
    fn dropped(&self) -> Vec<DroppedTarget>;
    /// How many targets each job dropped, those forgotten included.
    fn dropped_counts(&self) -> BTreeMap<String, usize>;
    /// Calls `visit` with the labels of each active target and what it told about its metrics.
    fn metadata(&self, visit: &mut dyn FnMut(&Labels, &[TargetMetadata]));
    /// The target relabelling rules of a job, if there is such a job.
    fn relabel_rules(&self, pool: &str) -> Option<Vec<relabel::Config>>;
    /// The configuration of a job as YAML, if there is such a job.
    fn pool_config(&self, pool: &str) -> Option<String>;
}

/// How far the replay of the log has come, in segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Replay {
    /// First segment.
    pub min: i64,
    /// Last segment.
    pub max: i64,
    /// The one being read.
    pub current: i64,
}

/// A name and how often or how much.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Metric, label, or `label=value`.
    pub name: String,
    /// The figure.
    pub value: u64,
}

/// The head in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeadStats {
    /// Series.
    pub num_series: u64,
    /// Distinct pairs of label and value.
    pub num_label_pairs: u64,
    /// Chunks.
    pub chunk_count: u64,
    /// Time of the oldest sample, in milliseconds.
    pub min_time: i64,
    /// Time of the newest sample.
    pub max_time: i64,
}

/// How the server protects itself, beside what Prometheus tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Protection {
    /// The account of memory.
    pub memory: Memory,
    /// New series refused since the start, by reason.
    pub refused_series: Vec<Count>,
    /// Where the refused series come from: `label=value` of metric, job and instance.
    pub refused_series_origins: Vec<Count>,
    /// The labels of refused series with the most different values.
    pub refused_series_labels: Vec<LabelGrowth>,
}

/// The account of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Most that may be used; 0 for no limit.
    pub limit_bytes: u64,
    /// What the process holds.
    pub held_bytes: u64,
    /// What is accounted, by what for.
    pub used_bytes: Vec<Count>,
}

/// A label of refused series.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LabelGrowth {
    /// Its name.
    pub name: String,
    /// How many different values, roughly.
    pub values: u64,
    /// One of them.
    pub example: String,
}

/// What `/api/v1/status/tsdb` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseStats {
    /// The head in figures.
    pub head_stats: HeadStats,
    /// Series of the biggest metrics.
    pub series_count_by_metric_name: Vec<Count>,
    /// Values of the labels with the most.
    pub label_value_count_by_label_name: Vec<Count>,
    /// Bytes of the labels with the most.
    pub memory_in_bytes_by_label_name: Vec<Count>,
    /// Series of the most frequent pairs.
    pub series_count_by_label_value_pair: Vec<Count>,
    /// What is ours: memory, and series that were refused.
    pub bongsu: Protection,
}

/// The database beyond reading and writing. All methods may block.
pub trait Database: Send + Sync {
    /// The head's figures and the `limit` biggest names.
    ///
    /// # Errors
    /// The storage cannot say.
    fn stats(&self, limit: usize) -> Result<DatabaseStats, PartError>;
    /// The `meta.json` of each block.
    ///
    /// # Errors
    /// The storage cannot say.
    fn blocks(&self) -> Result<Vec<serde_json::Value>, PartError>;
    /// How far the replay of the log is. Works before the server is ready.
    fn replay(&self) -> Replay;
    /// Marks samples of matching series as deleted.
    ///
    /// # Errors
    /// The marks could not be written.
    fn delete(&self, range: TimeRange, matchers: &[Matcher]) -> Result<(), PartError>;
    /// Rewrites blocks without what was deleted.
    ///
    /// # Errors
    /// A block could not be written.
    fn clean_tombstones(&self) -> Result<(), PartError>;
    /// Writes a copy of the data to `dir`, which does not exist yet.
    ///
    /// # Errors
    /// The copy could not be written.
    fn snapshot(&self, dir: &Path, with_head: bool) -> Result<(), PartError>;
    /// Takes in what recording rules would have recorded, beside what is scraped meanwhile.
    ///
    /// # Errors
    /// The storage is not open.
    fn history(&self) -> Result<Box<dyn rules::backfill::History + '_>, PartError>;
    /// Damaged places found in the log.
    fn corruptions(&self) -> u64;
    /// How long and how much is kept, as shown to users: `15d or 10GiB`.
    fn retention(&self) -> String;
}

/// Facts about the process that only the program's start knows.
pub trait Runtime: Send + Sync {
    /// When it started, in milliseconds.
    fn started_ms(&self) -> i64;
    /// Now, in milliseconds.
    fn now_ms(&self) -> i64;
    /// The host's name.
    fn hostname(&self) -> String;
    /// Whether the last reload worked, and when the configuration in force was loaded, in milliseconds.
    fn reload(&self) -> (bool, i64);
}
