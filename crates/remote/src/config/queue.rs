//! The queue in front of a remote write.

use std::time::Duration;

use yaml::write::Map;
use yaml::{Read, Value};

/// How samples wait and are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConfig {
    /// Samples that wait per shard before the log is read no further.
    pub capacity: u64,
    /// Most shards, that is, requests at once.
    pub max_shards: u64,
    /// Fewest shards; not 0, not more than the most.
    pub min_shards: u64,
    /// Samples in one request.
    pub max_samples_per_send: u64,
    /// How long a sample waits for a request to fill up.
    pub batch_send_deadline: Duration,
    /// First wait after a failure that may pass.
    pub min_backoff: Duration,
    /// Longest wait.
    pub max_backoff: Duration,
    /// Whether answer 429 may pass too.
    pub retry_on_http_429: bool,
    /// Samples older than this are dropped; zero keeps all.
    pub sample_age_limit: Duration,
}

impl Default for QueueConfig {
    fn default() -> QueueConfig {
        QueueConfig {
            capacity: 10_000,
            max_shards: 50,
            min_shards: 1,
            max_samples_per_send: 2000,
            batch_send_deadline: Duration::from_secs(5),
            min_backoff: Duration::from_millis(30),
            max_backoff: Duration::from_secs(5),
            retry_on_http_429: false,
            sample_age_limit: Duration::ZERO,
        }
    }
}

impl Read for QueueConfig {
    fn read(value: &Value<'_>) -> Option<QueueConfig> {
        let d = QueueConfig::default();
        value.fields(|f| {
            let positive = |name, default: i64| {
                let n = f.or(name, default);
                if n <= 0 {
                    f.problem(name, format!("remote write queue {name} must be positive"));
                }
                n.unsigned_abs()
            };
            let queue = QueueConfig {
                capacity: positive("capacity", d.capacity.cast_signed()),
                max_shards: positive("max_shards", d.max_shards.cast_signed()),
                min_shards: positive("min_shards", d.min_shards.cast_signed()),
                max_samples_per_send: positive("max_samples_per_send", d.max_samples_per_send.cast_signed()),
                batch_send_deadline: f.or("batch_send_deadline", d.batch_send_deadline),
                min_backoff: f.or("min_backoff", d.min_backoff),
                max_backoff: f.or("max_backoff", d.max_backoff),
                retry_on_http_429: f.or("retry_on_http_429", d.retry_on_http_429),
                sample_age_limit: f.or("sample_age_limit", d.sample_age_limit),
            };
            if queue.min_shards > queue.max_shards && queue.max_shards > 0 {
                f.problem("min_shards", "remote write queue min_shards must not be greater than max_shards");
            }
            if queue.max_backoff < queue.min_backoff {
                f.problem("max_backoff", "remote write queue max_backoff must not be less than min_backoff");
            }
            Some(queue)
        })
    }
}

impl QueueConfig {
    /// Returns the mapping as Prometheus prints it.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("capacity", self.capacity)
            .put("max_shards", self.max_shards)
            .put("min_shards", self.min_shards);
        map.put("max_samples_per_send", self.max_samples_per_send);
        map.put("batch_send_deadline", self.batch_send_deadline);
        map.put("min_backoff", self.min_backoff).put("max_backoff", self.max_backoff);
        map.put_if_set("retry_on_http_429", self.retry_on_http_429);
        if !self.sample_age_limit.is_zero() {
            map.put("sample_age_limit", self.sample_age_limit);
        }
        map
    }
}

/// Whether and how types, units and help texts are sent with protocol version 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataConfig {
    /// Whether.
    pub send: bool,
    /// How often.
    pub send_interval: Duration,
    /// How many in one request.
    pub max_samples_per_send: u64,
}

impl Default for MetadataConfig {
    fn default() -> MetadataConfig {
        MetadataConfig { send: true, send_interval: Duration::from_secs(60), max_samples_per_send: 2000 }
    }
}

impl Read for MetadataConfig {
    fn read(value: &Value<'_>) -> Option<MetadataConfig> {
        let d = MetadataConfig::default();
        value.fields(|f| {
            Some(MetadataConfig {
                send: f.or("send", d.send),
                send_interval: f.or("send_interval", d.send_interval),
                max_samples_per_send: f.or("max_samples_per_send", d.max_samples_per_send),
            })
        })
    }
}

impl MetadataConfig {
    /// Returns the mapping as Prometheus prints it.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("send", self.send).put("send_interval", self.send_interval);
        map.put("max_samples_per_send", self.max_samples_per_send);
        map
    }
}
