//! Targets: one thing to scrape, with the labels it was found with, those it keeps, and its URL.
//!
//! Source: Prometheus 3.14 `scrape/target.go`.

use std::hash::Hasher;
use std::time::Duration;

use model::{Labels, LabelsBuilder, duration, relabel};

use crate::config::Config;

const ADDRESS: &str = "__address__";
const SCHEME: &str = "__scheme__";
const METRICS_PATH: &str = "__metrics_path__";
const SCRAPE_INTERVAL: &str = "__scrape_interval__";
const SCRAPE_TIMEOUT: &str = "__scrape_timeout__";
const PARAM_PREFIX: &str = "__param_";
const META_PREFIX: &str = "__meta_";
const UNIX_SOCKET: &str = "__unix_socket__";
const CONVERT_TO_NHCB: &str = "__convert_classic_histograms_to_nhcb__";
const ALWAYS_CLASSIC: &str = "__always_scrape_classic_histograms__";
const NATIVE: &str = "__scrape_native_histograms__";

/// One thing to scrape.
#[derive(Clone, Debug)]
pub struct Target {
    /// Labels after relabelling, those with a leading `__` included.
    all_labels: Labels,
    /// Labels its series get: all that do not begin with `__`.
    pub labels: Labels,
    /// Labels as discovered, with the job's defaults, before relabelling.
    pub discovered: Labels,
    /// Where it is asked.
    pub url: String,
    /// Socket file that takes the place of the address, if one is set.
    pub unix_socket: Option<String>,
    /// How often.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Which histograms are wanted.
    pub histograms: HistogramChoice,
    /// Names the target among those of its job: equal labels and URL, equal hash.
    pub hash: u64,
}

/// Which histograms are wanted of a target: the job's choice, unless relabelling changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistogramChoice {
    /// Native histograms are stored.
    pub native: bool,
    /// Classic ones too, where a histogram is both.
    pub always_classic: bool,
    /// Classic ones become native ones with custom buckets.
    pub convert_to_nhcb: bool,
}

/// What relabelling made of a discovered target.
#[derive(Clone, Debug)]
pub enum Found {
    /// It is scraped.
    Kept(Box<Target>),
    /// It was dropped; here are its labels as discovered.
    Dropped(Labels),
}

/// Why a discovered target cannot be scraped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing to connect to.
    #[error("no address")]
    NoAddress,
    /// The address holds a `/`.
    #[error("{} is not a valid hostname", model::number::quote(.0))]
    BadAddress(String),
    /// An interval or timeout that is none.
    #[error("error parsing scrape {what}: {reason}")]
    BadDuration {
        /// `interval` or `timeout`.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An interval or timeout of zero.
    #[error("scrape {0} cannot be 0")]
    ZeroDuration(&'static str),
    /// The timeout is longer than the interval.
    #[error("scrape timeout cannot be greater than scrape interval ({timeout:?} > {interval:?})")]
    TimeoutTooLong {
        /// As written.
        timeout: String,
        /// As written.
        interval: String,
    },
    /// A switch that is neither true nor false.
    #[error("error parsing {what}: invalid syntax: {value:?}")]
    BadSwitch {
        /// Which.
        what: &'static str,
        /// As written.
        value: String,
    },
}

impl Target {
    /// Builds a target from what was discovered: the job's defaults, then relabelling, then checks.
    ///
    /// # Errors
    /// [`TargetError`]: relabelling kept a target that cannot be scraped.
    pub fn build(config: &Config, own: &Labels, group: &Labels) -> Result<Found, TargetError> {
        let discovered = with_defaults(config, own, group);
        let mut builder = discovered.builder();
        if !relabel::apply_all(&config.relabel_configs, &mut builder) {
            return Ok(Found::Dropped(discovered));
        }
        let address = builder.get(ADDRESS).to_owned();
        if address.is_empty() && builder.get(UNIX_SOCKET).is_empty() {
            return Err(TargetError::NoAddress);
        }
        if address.contains('/') {
            return Err(TargetError::BadAddress(address));
        }
        let (interval, timeout) = durations(&builder)?;
        let histograms = HistogramChoice {
            native: switch(&builder, NATIVE, "scrape native histograms")?,
            always_classic: switch(&builder, ALWAYS_CLASSIC, "always scrape classic histograms")?,
            convert_to_nhcb: switch(&builder, CONVERT_TO_NHCB, "convert classic histograms to nhcb")?,
        };
        if builder.get("instance").is_empty() {
            builder.set("instance", address);
        }
        let all_labels = builder.labels().filtered(|name| !name.starts_with(META_PREFIX));
        let labels = all_labels.filtered(|name| !name.starts_with("__"));
        if labels.is_empty() {
            return Ok(Found::Dropped(discovered));
        }
        let url = url(config, &all_labels);
        let socket = all_labels.get(UNIX_SOCKET);
        Ok(Found::Kept(Box::new(Target {
            unix_socket: (!socket.is_empty()).then(|| socket.to_owned()),
            hash: hash(&all_labels, &url),
            all_labels,
            labels,
            discovered,
            url,
            interval,
            timeout,
            histograms,
        })))
    }

    /// Returns the labels after relabelling, those with a leading `__` included.
    pub fn all_labels(&self) -> &Labels {
        &self.all_labels
    }

    /// Returns how long to wait for the first scrape, so that targets spread over the interval: the same target is
    /// scraped at the same phase after each restart, and replicas with another `seed` at another one.
    pub fn offset(&self, seed: u64, now_since_epoch: Duration) -> Duration {
        let interval = self.interval.as_nanos().max(1);
        let to_next = interval - now_since_epoch.as_nanos() % interval;
        let phase = u128::from(self.hash ^ seed) % interval;
        let wait = to_next + phase;
        let wait = if wait > interval { wait - interval } else { wait };
        Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }
}

/// Labels of the target and its group, then the job's defaults for what they do not say.
fn with_defaults(config: &Config, own: &Labels, group: &Labels) -> Labels {
    let mut builder = own.builder();
    for (name, value) in group {
        if !own.has(name) {
            builder.set(name, value);
        }
    }
    let mut default = |name: &str, value: &str| {
        if builder.get(name).is_empty() {
            builder.set(name, value);
        }
    };
    let word = |b: bool| if b { "true" } else { "false" };
    default("job", &config.job_name);
    default(SCRAPE_INTERVAL, &duration::format(config.scrape_interval));
    default(SCRAPE_TIMEOUT, &duration::format(config.scrape_timeout));
    default(METRICS_PATH, &config.metrics_path);
    default(SCHEME, config.scheme.as_str());
    default(CONVERT_TO_NHCB, word(config.convert_classic_histograms_to_nhcb));
    default(ALWAYS_CLASSIC, word(config.always_scrape_classic_histograms));
    default(NATIVE, word(config.scrape_native_histograms));
    for (name, values) in &config.params {
        if let Some(first) = values.first() {
            default(&format!("{PARAM_PREFIX}{name}"), first);
        }
    }
    builder.labels()
}

fn durations(labels: &LabelsBuilder) -> Result<(Duration, Duration), TargetError> {
    let read = |name: &str, what: &'static str| {
        let value = duration::parse(labels.get(name));
        let value = value.map_err(|e| TargetError::BadDuration { what, reason: e.to_string() })?;
        if value.is_zero() { Err(TargetError::ZeroDuration(what)) } else { Ok(value) }
    };
    let (interval, timeout) = (read(SCRAPE_INTERVAL, "interval")?, read(SCRAPE_TIMEOUT, "timeout")?);
    if timeout > interval {
        let text = |name: &str| labels.get(name).to_owned();
        return Err(TargetError::TimeoutTooLong {
            timeout: text(SCRAPE_TIMEOUT),
            interval: text(SCRAPE_INTERVAL),
        });
    }
    Ok((interval, timeout))
}

/// Reads a switch as Go's `ParseBool`. An empty value, which relabelling may leave, is off.
fn switch(labels: &LabelsBuilder, name: &str, what: &'static str) -> Result<bool, TargetError> {
    match labels.get(name) {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(TargetError::BadSwitch { what, value: other.to_owned() }),
    }
}

/// `scheme://address/path?params`; a parameter's first value may have been relabelled.
fn url(config: &Config, labels: &Labels) -> String {
    let mut params: std::collections::BTreeMap<&str, Vec<&str>> = config
        .params
        .iter()
        .map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect()))
        .collect();
    for (name, value) in labels {
        if let Some(name) = name.strip_prefix(PARAM_PREFIX) {
            let values = params.entry(name).or_default();
            match values.first_mut() {
                Some(first) => *first = value,
                None => values.push(value),
            }
        }
    }
    let host = match labels.get(ADDRESS) {
        "" => "localhost",
        address => address,
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, values) in &params {
        for value in values {
            query.append_pair(name, value);
        }
    }
    let path = escape_path(labels.get(METRICS_PATH));
    let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}://{host}{slash}{path}{mark}{query}", labels.get(SCHEME))
}

/// Escapes what may not stand in a path, as Go does; a `?` in the path is part of it.
fn escape_path(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%!*'()".contains(&b);
    let mut out = String::with_capacity(path.len());
    for b in path.bytes() {
        if plain(b) { out.push(char::from(b)) } else { out.push_str(&format!("%{b:02X}")) }
    }
    out
}

/// A hash that is the same in each process, so that a restart does not move scrapes within their interval.
fn hash(labels: &Labels, url: &str) -> u64 {
    let mut hasher = xxhash_rust::xxh64::Xxh64::new(0);
    for (name, value) in labels {
        for part in [name, value] {
            hasher.write(part.as_bytes());
            hasher.write(&[0xff]);
        }
    }
    hasher.write(url.as_bytes());
    hasher.finish()
}

/// Returns the part of the offset that belongs to this server, from its host name and external labels: replicas with
/// other external labels scrape the same targets at other moments.
pub fn offset_seed(hostname: &str, external_labels: &Labels) -> u64 {
    xxhash_rust::xxh64::xxh64(format!("{hostname}{external_labels}").as_bytes(), 0)
}

#[cfg(test)]
pub(crate) mod tests;
