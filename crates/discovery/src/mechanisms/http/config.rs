//! `http_sd_configs`: target groups as JSON from an HTTP server.

use std::time::Duration;

use transport::config::HttpClientConfig;
use yaml::write::Map;
use yaml::{Link, Read, Value};

/// Whom to ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The address, `http` or `https`.
    pub url: Link,
    /// How often to ask, and the longest time to wait for an answer; 60 seconds by default.
    pub refresh_interval: Duration,
    /// How to ask.
    pub client: HttpClientConfig,
}

const REFRESH_INTERVAL_DEFAULT: Duration = Duration::from_secs(60);

impl Read for Config {
    fn read(value: &Value<'_>) -> Option<Config> {
        value.fields(|f| {
            let url: Option<Link> = f.optional("url");
            if f.get("url").is_none() {
                f.value().problem("URL is missing");
            }
            if url.as_ref().is_some_and(|u| !matches!(u.scheme(), "http" | "https")) {
                f.problem("url", "URL scheme must be 'http' or 'https'");
            }
            let refresh_interval = f.or("refresh_interval", REFRESH_INTERVAL_DEFAULT);
            let client = HttpClientConfig::read_inline(f, HttpClientConfig::default());
            Some(Config { url: url?, refresh_interval, client })
        })
    }
}

impl Config {
    /// Returns the mapping as Prometheus prints it.
    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = self.client.to_yaml();
        map.put("refresh_interval", self.refresh_interval).put("url", &self.url);
        map
    }
}
