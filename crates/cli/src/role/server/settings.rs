//! From flags as typed to settings as used: every value parsed and checked, nothing opened.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tsdb::tiers::Retention;

use anyhow::{Context, bail};
use model::{Regex, duration};
use telemetry::log;
use yaml::ByteSize;

use crate::flags::Values;
use crate::flags::embedded::PREFIX;
use crate::flags::server::FEATURES;
use crate::role::alertmanager::Instance;

/// How long data is kept if nothing says otherwise.
const RETENTION_DEFAULT: Duration = Duration::from_secs(15 * 24 * 3600);
/// The longest that merged blocks may be.
const BLOCK_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// What the command line decides about a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `None`: the built-in configuration.
    pub config_file: Option<PathBuf>,
    pub auto_reload: Option<Duration>,
    pub log_level: log::Level,
    pub log_format: log::Format,
    pub web: Web,
    pub storage: Storage,
    pub query: Query,
    pub rules: Rules,
    pub scrape_tolerance: Duration,
    pub discovery_interval: Duration,
    pub features: BTreeSet<String>,
    /// Whether the host's metrics are served, too.
    pub with_host: bool,
    /// The configuration of the Alertmanager in this process.
    pub alertmanager_config: Option<PathBuf>,
    pub dashboards: super::dashboards::Settings,
    /// All other flags of it.
    pub alertmanager: crate::role::alertmanager::Instance,
}

#[derive(Clone, Debug)]
pub struct Web {
    pub listen: Vec<String>,
    pub config_file: Option<PathBuf>,
    pub read_timeout: Duration,
    pub connections_max: usize,
    pub external_url: String,
    pub route_prefix: String,
    pub page_title: String,
    pub cors_origin: Regex,
    pub lifecycle: bool,
    pub admin_api: bool,
    pub remote_write: bool,
    pub remote_write_messages: Vec<remote::receive::Message>,
    pub search_limit_max: usize,
    pub remote_read: server::ReadLimits,
    pub notifications_max: usize,
}

#[derive(Clone, Debug)]
pub struct Storage {
    pub dir: PathBuf,
    /// From the flags; the configuration file may override both.
    pub retention_time: Option<Duration>,
    pub retention_bytes: Option<u64>,
    pub min_block: Duration,
    pub max_block: Option<Duration>,
    pub wal_segment_bytes: Option<usize>,
    pub wal_compression: tsdb::WalCompression,
    pub no_lockfile: bool,
    pub samples_per_chunk: u16,
    pub overlapping_compaction: bool,
    /// Bytes; 0 for no limit, `None` to ask the machine.
    pub memory_limit_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub struct Query {
    pub lookback: Duration,
    pub timeout: Duration,
    pub concurrency: usize,
    pub samples_max: usize,
    /// 0 for no bound of its own.
    pub memory_max_bytes: usize,
    /// Queries that take longer are logged.
    pub slow: Option<Duration>,
    /// 0 for no cache.
    pub range_cache_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub outage_tolerance: Duration,
    pub for_grace_period: Duration,
    pub resend_delay: Duration,
    /// Rules evaluated beside others of their group; 0 without the feature.
    pub concurrency: usize,
    pub strict: bool,
    pub catch_up: bool,
    pub queue_capacity: usize,
    pub batch_size: usize,
    pub drain: bool,
}

impl Settings {
    /// Reads all flags.
    ///
    /// # Errors
    /// The first flag whose value cannot be used, with name, value and reason.
    pub fn from_flags(v: &Values, all_in_one: bool) -> anyhow::Result<Settings> {
        let dashboards = super::dashboards::Settings::from_flags(v)?;
        let listen = match (all_in_one, v.is_given("web.listen-address")) {
            // Closed by default: with no configuration, only this machine may ask.
            (true, false) => vec!["127.0.0.1:9090".to_owned()],
            _given_or_server => v.all("web.listen-address").to_vec(),
        };
        let config_file =
            (v.is_given("config.file") || !all_in_one).then(|| PathBuf::from(v.get("config.file")));
        let tolerance = time(v, "scrape.timestamp-tolerance")?;
        Ok(Settings {
            config_file,
            auto_reload: (v.is_on("config.auto-reload") || all_features(v)?.contains("auto-reload-config"))
                .then(|| time(v, "config.auto-reload-interval"))
                .transpose()?,
            log_level: word(v, "log.level", &log::Level::ALL)?,
            log_format: word(v, "log.format", &log::Format::ALL)?,
            web: dashboards.grafana.adjusted(web(v, listen)?, v),
            storage: storage(v)?,
            query: Query {
                lookback: time(v, "query.lookback-delta")?,
                timeout: time(v, "query.timeout")?,
                concurrency: number(v, "query.max-concurrency")?,
                samples_max: number(v, "query.max-samples")?,
                memory_max_bytes: size(v, "query.max-memory")?,
                slow: Some(time(v, "query.slow-log-threshold")?).filter(|t| !t.is_zero()),
                range_cache_bytes: size(v, "query.range-cache-size")?,
            },
            rules: rules(v)?,
            scrape_tolerance: if v.is_on("scrape.adjust-timestamps") { tolerance } else { Duration::ZERO },
            discovery_interval: time(v, "scrape.discovery-reload-interval")?,
            features: all_features(v)?,
            with_host: all_in_one,
            alertmanager_config: Some(v.get("alertmanager.config-file"))
                .filter(|f| !f.is_empty())
                .map(PathBuf::from),
            dashboards,
            alertmanager: alertmanager(v)?,
        })
    }

    /// Tells whether a feature is switched on.
    pub fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }
}

fn alertmanager(v: &Values) -> anyhow::Result<Instance> {
    let data_dir = PathBuf::from(v.get("storage.tsdb.path")).join("alertmanager");
    let (ledger, guard) =
        (crate::role::alertmanager::ledger(v)?, crate::role::alertmanager::silence_guard(v)?);
    Instance::from_flags(&v.below(PREFIX), data_dir, ledger, guard).context("flags --alertmanager.*")
}

fn rules(v: &Values) -> anyhow::Result<Rules> {
    let concurrent = all_features(v)?.contains("concurrent-rule-eval");
    let concurrency: usize = number(v, "rules.max-concurrent-evals")?;
    Ok(Rules {
        outage_tolerance: time(v, "rules.alert.for-outage-tolerance")?,
        for_grace_period: time(v, "rules.alert.for-grace-period")?,
        resend_delay: time(v, "rules.alert.resend-delay")?,
        concurrency: if concurrent { concurrency } else { 0 },
        strict: v.is_on("rules.strict"),
        catch_up: v.is_on("rules.catch-up"),
        queue_capacity: number(v, "alertmanager.notification-queue-capacity")?,
        batch_size: number(v, "alertmanager.notification-batch-size")?,
        drain: v.is_on("alertmanager.drain-notification-queue-on-shutdown"),
    })
}

fn web(v: &Values, listen: Vec<String>) -> anyhow::Result<Web> {
    let messages = v.all("web.remote-write-receiver.accepted-protobuf-messages");
    let messages: Result<Vec<_>, _> = messages
        .iter()
        .flat_map(|list| list.split(','))
        .map(|name| {
            let found = remote::receive::Message::ALL.into_iter().find(|m| m.as_str() == name);
            found.with_context(|| {
                format!("--web.remote-write-receiver.accepted-protobuf-messages: unknown message {name:?}")
            })
        })
        .collect();
    Ok(Web {
        listen,
        config_file: path(v, "web.config.file"),
        read_timeout: time(v, "web.read-timeout")?,
        connections_max: number(v, "web.max-connections")?,
        external_url: v.get("web.external-url").to_owned(),
        route_prefix: v.get("web.route-prefix").to_owned(),
        page_title: v.get("web.page-title").to_owned(),
        cors_origin: Regex::anchored(v.get("web.cors.origin")).context("--web.cors.origin")?,
        lifecycle: v.is_on("web.enable-lifecycle"),
        admin_api: v.is_on("web.enable-admin-api"),
        remote_write: v.is_on("web.enable-remote-write-receiver"),
        remote_write_messages: messages?,
        search_limit_max: number(v, "web.search.max-limit")?,
        notifications_max: number(v, "web.max-notifications-subscribers")?,
        remote_read: server::ReadLimits {
            samples_max: number(v, "storage.remote.read-sample-limit")?,
            concurrent_max: number(v, "storage.remote.read-concurrent-limit")?,
            frame_bytes: number(v, "storage.remote.read-max-bytes-in-frame")?,
        },
    })
}

fn storage(v: &Values) -> anyhow::Result<Storage> {
    let optional_time = |name: &str| if v.get(name).is_empty() { Ok(None) } else { time(v, name).map(Some) };
    let optional_size = |name: &str| match v.get(name) {
        "" | "0B" => Ok(None),
        text => ByteSize::parse(text).map(|b| Some(b.0)).map_err(|e| anyhow::anyhow!("--{name}: {e}")),
    };
    let compression =
        match (v.is_on("storage.tsdb.wal-compression"), v.get("storage.tsdb.wal-compression-type")) {
            (false, _) => tsdb::WalCompression::None,
            (true, "snappy") => tsdb::WalCompression::Snappy,
            (true, "zstd") => tsdb::WalCompression::Zstd,
            (true, other) => {
                bail!("--storage.tsdb.wal-compression-type: {other:?} is neither snappy nor zstd")
            }
        };
    let segment = optional_size("storage.tsdb.wal-segment-size")?;
    if segment.is_some_and(|bytes| !(10 << 20..=256 << 20).contains(&bytes)) {
        bail!(
            "--storage.tsdb.wal-segment-size: must be between 10MB and 256MB, not {}",
            v.get("storage.tsdb.wal-segment-size")
        );
    }
    Ok(Storage {
        dir: PathBuf::from(v.get("storage.tsdb.path")),
        retention_time: optional_time("storage.tsdb.retention.time")?,
        retention_bytes: optional_size("storage.tsdb.retention.size")?,
        min_block: time(v, "storage.tsdb.min-block-duration")?,
        max_block: optional_time("storage.tsdb.max-block-duration")?,
        wal_segment_bytes: segment.map(|bytes| bytes as usize),
        wal_compression: compression,
        no_lockfile: v.is_on("storage.tsdb.no-lockfile"),
        samples_per_chunk: number(v, "storage.tsdb.samples-per-chunk")?,
        overlapping_compaction: v.is_on("storage.tsdb.allow-overlapping-compaction"),
        memory_limit_bytes: match v.get("storage.memory-limit") {
            "0" => Some(0),
            _size => optional_size("storage.memory-limit")?,
        },
    })
}

/// How long and how much is kept: what the configuration file says, else the flags, else 15 days.
pub fn retention(storage: &Storage, file: &config::Retention) -> Retention {
    let time = if file.time.is_zero() { storage.retention_time } else { Some(file.time) };
    let bytes = if file.size.0 == 0 { storage.retention_bytes } else { Some(file.size.0) };
    let percentage = file.percentage;
    if percentage > 0.0 && bytes.is_some() {
        tracing::warn!("the size of what is kept is ignored, because a percentage of the disk is set");
    }
    let unbounded = time.is_none() && bytes.is_none() && percentage <= 0.0;
    let time = if unbounded { RETENTION_DEFAULT } else { time.unwrap_or_default() };
    Retention { time_ms: time.as_millis() as i64, bytes: bytes.unwrap_or(0), percentage }
}

/// How long merged blocks may be: a tenth of what is kept, so that retention frees space in steps.
pub fn max_block(storage: &Storage, retention: Duration) -> Duration {
    let tenth = if retention.is_zero() { BLOCK_MAX } else { BLOCK_MAX.min(retention / 10) };
    storage.max_block.unwrap_or(tenth).max(storage.min_block)
}

fn all_features(v: &Values) -> anyhow::Result<BTreeSet<String>> {
    let names =
        v.all("enable-feature").iter().flat_map(|list| list.split(',')).filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}

/// Returns features that are not known, and features that are known but do nothing yet.
pub fn odd_features(features: &BTreeSet<String>) -> (Vec<&str>, Vec<&str>) {
    let known = |name: &str| FEATURES.iter().find(|(n, _)| *n == name);
    let unknown = features.iter().filter(|n| known(n).is_none()).map(String::as_str).collect();
    let idle =
        features.iter().filter(|n| known(n).is_some_and(|(_, works)| !works)).map(String::as_str).collect();
    (unknown, idle)
}

fn time(v: &Values, name: &str) -> anyhow::Result<Duration> {
    duration::parse(v.get(name)).with_context(|| format!("--{name}"))
}

fn number<N: std::str::FromStr>(v: &Values, name: &str) -> anyhow::Result<N> {
    v.get(name).parse().map_err(|_| anyhow::anyhow!("--{name}: {:?} is not a number in range", v.get(name)))
}

fn size(v: &Values, name: &str) -> anyhow::Result<usize> {
    let size = match v.get(name) {
        "0" => return Ok(0),
        text => ByteSize::parse(text).map_err(|e| anyhow::anyhow!("--{name}: {e}"))?,
    };
    usize::try_from(size.0)
        .map_err(|_| anyhow::anyhow!("--{name}: {} is more than this machine can address", v.get(name)))
}

fn path(v: &Values, name: &str) -> Option<PathBuf> {
    (!v.get(name).is_empty()).then(|| PathBuf::from(v.get(name)))
}

fn word<T: Copy>(v: &Values, name: &str, words: &[(&'static str, T)]) -> anyhow::Result<T> {
    let found = words.iter().find(|(word, _)| *word == v.get(name));
    found.map(|(_, value)| *value).with_context(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("--{name}: {:?} is none of {}", v.get(name), known.join(", "))
    })
}
