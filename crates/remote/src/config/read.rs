//! `remote_read`: other stores that queries ask too.

use std::time::Duration;

use model::Labels;
use transport::config::HttpClientConfig;
use yaml::write::Map;
use yaml::{Link, Value};

use super::{AUTHORIZATION_HEADER, headers_to_yaml, read_headers};

/// Largest frame of a streamed answer that is accepted by default.
const CHUNKED_READ_LIMIT_DEFAULT: u64 = 50_000_000;

/// One store that queries ask too.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadConfig {
    /// Where.
    pub url: Link,
    /// How long a request may take.
    pub remote_timeout: Duration,
    /// Bytes of one frame of a streamed answer.
    pub chunked_read_limit: u64,
    /// Headers added to each request, sorted by name.
    pub headers: Vec<(String, String)>,
    /// Whether it is asked even for times that our own store has in full.
    pub read_recent: bool,
    /// Names the store in metrics and logs; unique, or empty.
    pub name: String,
    /// How the store is talked to.
    pub client: HttpClientConfig,
    /// A query asks it only if its selector has these.
    pub required_matchers: Labels,
    /// Whether external labels are added to selectors.
    pub filter_external_labels: bool,
}

impl ReadConfig {
    /// Reads one item of `remote_read`.
    pub fn read(value: &Value<'_>) -> Option<ReadConfig> {
        if value.is_null() {
            value.problem("empty or null remote read config section");
            return None;
        }
        value.fields(|f| {
            let url: Option<Link> = f.optional("url");
            if f.get("url").is_none() {
                f.value().problem("url for remote_read is empty");
            }
            let remote_timeout = f.or("remote_timeout", Duration::from_secs(60));
            let chunked_read_limit = f.or("chunked_read_limit", CHUNKED_READ_LIMIT_DEFAULT);
            let headers = read_headers(f, AUTHORIZATION_HEADER);
            let (read_recent, name) = (f.or_default("read_recent"), f.or_default("name"));
            let client = HttpClientConfig::read_inline(f, HttpClientConfig::default());
            let required_matchers = f.or_default("required_matchers");
            let filter_external_labels = f.or("filter_external_labels", true);
            Some(ReadConfig {
                url: url?,
                remote_timeout,
                chunked_read_limit,
                headers,
                read_recent,
                name,
                client,
                required_matchers,
                filter_external_labels,
            })
        })
    }

    /// Returns the mapping as Prometheus prints it.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("url", &self.url).put("remote_timeout", self.remote_timeout);
        map.put("chunked_read_limit", self.chunked_read_limit);
        map.put_if_set("headers", headers_to_yaml(&self.headers)).put_if_set("read_recent", self.read_recent);
        map.put_if_set("name", self.name.as_str()).extend(self.client.to_yaml());
        map.put_if_set("required_matchers", &self.required_matchers);
        map.put("filter_external_labels", self.filter_external_labels);
        map
    }
}
