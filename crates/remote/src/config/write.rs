//! `remote_write`: where samples are sent.

use std::time::Duration;

use model::relabel::{self, NameScheme};
use transport::config::HttpClientConfig;
use yaml::write::Map;
use yaml::{Link, Value, relabel_rules};

use super::{AUTHORIZATION_HEADER, MetadataConfig, QueueConfig, cloud, headers_to_yaml, read_headers};

/// A protocol of remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// `prometheus.WriteRequest`
    V1,
    /// `io.prometheus.write.v2.Request`
    V2,
}

impl Message {
    /// All messages with their words.
    pub const ALL: [(&'static str, Message); 2] =
        [("prometheus.WriteRequest", Message::V1), ("io.prometheus.write.v2.Request", Message::V2)];

    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Message::V1 => "prometheus.WriteRequest",
            Message::V2 => "io.prometheus.write.v2.Request",
        }
    }
}

/// One store that samples are sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteConfig {
    /// Where.
    pub url: Link,
    /// How long a request may take.
    pub remote_timeout: Duration,
    /// Headers added to each request, sorted by name.
    pub headers: Vec<(String, String)>,
    /// Rules for what is sent.
    pub write_relabel_configs: Vec<relabel::Config>,
    /// Names the queue in metrics and logs; unique, or empty.
    pub name: String,
    /// Whether exemplars are sent.
    pub send_exemplars: bool,
    /// Whether native histograms are sent.
    pub send_native_histograms: bool,
    /// Whether each connection goes to another address of the host.
    pub round_robin_dns: bool,
    /// The protocol.
    pub protobuf_message: Message,
    /// Whether failed requests are logged in full.
    pub failed_request_logging: bool,
    /// How the store is talked to.
    pub client: HttpClientConfig,
    /// The queue.
    pub queue_config: QueueConfig,
    /// Types, units and help texts.
    pub metadata_config: MetadataConfig,
    /// Sections of cloud providers as written, for printing.
    pub cloud: Map,
}

impl WriteConfig {
    /// Reads one item of `remote_write`.
    pub fn read(value: &Value<'_>, names: NameScheme) -> Option<WriteConfig> {
        if value.is_null() {
            value.problem("empty or null remote write config section");
            return None;
        }
        value.fields(|f| {
            let url: Option<Link> = f.optional("url");
            if f.get("url").is_none() {
                f.value().problem("url for remote_write is empty");
            }
            let defaults = HttpClientConfig { enable_http2: false, ..HttpClientConfig::default() };
            let write_relabel_configs =
                relabel_rules(f, "write_relabel_configs", names, "relabeling rule in remote write config");
            let remote_timeout = f.or("remote_timeout", Duration::from_secs(30));
            let headers = read_headers(f, AUTHORIZATION_HEADER);
            let (name, protobuf_message) =
                (f.or_default("name"), f.one_of("protobuf_message", &Message::ALL, Message::V1));
            let [send_exemplars, send_native_histograms, round_robin_dns, failed_request_logging] =
                ["send_exemplars", "send_native_histograms", "round_robin_dns", "failed_request_logging"]
                    .map(|name| f.or_default(name));
            let client = HttpClientConfig::read_inline(f, defaults);
            let (queue_config, metadata_config) =
                (f.or_default("queue_config"), f.or_default("metadata_config"));
            let cloud = cloud::read_inline(f);
            Some(WriteConfig {
                url: url?,
                remote_timeout,
                headers,
                write_relabel_configs,
                name,
                send_exemplars,
                send_native_histograms,
                round_robin_dns,
                protobuf_message,
                failed_request_logging,
                client,
                queue_config,
                metadata_config,
                cloud,
            })
        })
    }

    /// Returns the mapping as Prometheus prints it.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("url", &self.url).put("remote_timeout", self.remote_timeout);
        map.put_if_set("headers", headers_to_yaml(&self.headers));
        map.put_if_set("write_relabel_configs", self.write_relabel_configs.iter().collect::<Vec<_>>());
        map.put_if_set("name", self.name.as_str()).put_if_set("send_exemplars", self.send_exemplars);
        map.put_if_set("send_native_histograms", self.send_native_histograms);
        map.put_if_set("round_robin_dns", self.round_robin_dns);
        map.put("protobuf_message", self.protobuf_message.as_str());
        map.put_if_set("failed_request_logging", self.failed_request_logging);
        map.extend(self.client.to_yaml()).put("queue_config", self.queue_config.to_yaml());
        map.put("metadata_config", self.metadata_config.to_yaml()).extend(self.cloud.clone());
        map
    }
}
