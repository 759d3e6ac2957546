//! `http_sd_configs`: target groups as JSON from an HTTP server.

use std::time::Duration;

use transport::config::HttpClientConfig;
use yaml::Link;

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
