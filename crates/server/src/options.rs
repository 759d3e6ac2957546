//! What the command line decides about the HTTP side.

use std::time::Duration;

use model::Regex;

pub use crate::api::read::ReadLimits;

/// What the command line decides about the HTTP side.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the program calls itself in `/-/healthy` and `/-/ready`: Prometheus's words, which probes look for.
    pub app_name: String,
    /// Title of the pages.
    pub page_title: String,
    /// The URL under which users reach the server; its path is where links and redirects lead.
    pub external_url: url::Url,
    /// Prefix of all routes: `/`, or a path without a slash at its end.
    pub route_prefix: String,
    /// First listen address, for telling the own targets' URLs.
    pub listen_address: String,
    /// Origins that browsers may ask from; anchored.
    pub cors_origin: Regex,
    /// `POST /-/reload` and `/-/quit` work.
    pub lifecycle: bool,
    /// `/api/v1/admin/tsdb/*` works.
    pub admin_api: bool,
    /// `POST /api/v1/write` works.
    pub remote_write_receiver: bool,
    /// Messages that `/api/v1/write` takes.
    pub remote_write_messages: Vec<remote::receive::Message>,
    /// Most readers of live notifications.
    pub notifications_max: usize,
    /// Bounds of `/api/v1/read`.
    pub remote_read: ReadLimits,
    /// Most queries that are evaluated at the same time.
    pub queries_max: usize,
    /// Longest time for a query, its wait included.
    pub query_timeout: Duration,
    /// Queries that take longer are logged; `None` for none.
    pub slow_query: Option<Duration>,
    /// Largest limit of the search API; 0 for none.
    pub search_limit_max: usize,
    /// Where `snapshots/` is made.
    pub data_dir: std::path::PathBuf,
    /// The program's own version, as the pages show it.
    pub version: String,
    /// An Alertmanager's API v2 is served beside.
    pub alertmanager: bool,
    /// Whether there are logins and dashboards.
    pub dashboards: bool,
    /// Every flag with its value, as `/api/v1/status/flags` lists them.
    pub flags: std::collections::BTreeMap<String, String>,
    /// Names given to `--enable-feature`.
    pub features: std::collections::BTreeSet<String>,
    /// The configuration is reloaded when its files change.
    pub auto_reload: bool,
    /// How far federation looks back for a sample, in milliseconds.
    pub lookback_ms: i64,
    /// Version and build.
    pub build: BuildInfo,
}

/// Version and build, as the API tells them.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildInfo {
    /// The version of Prometheus that the API corresponds to: clients choose their behaviour by it.
    pub version: String,
    /// The commit.
    pub revision: String,
    /// Its branch.
    pub branch: String,
    /// Who built it.
    pub build_user: String,
    /// When.
    pub build_date: String,
    /// The compiler.
    pub go_version: String,
}

/// Options with everything switched on, for tests.
#[cfg(test)]
pub(crate) fn for_tests() -> Options {
    Options {
        app_name: "Prometheus Server".to_owned(),
        page_title: "Bongsu".to_owned(),
        external_url: "http://bongsu.example:9090/".parse().unwrap(),
        route_prefix: "/".to_owned(),
        listen_address: "127.0.0.1:9090".to_owned(),
        cors_origin: Regex::anchored(".*").unwrap(),
        lifecycle: true,
        admin_api: true,
        remote_write_receiver: true,
        remote_write_messages: remote::receive::Message::ALL.to_vec(),
        notifications_max: 1,
        remote_read: ReadLimits { samples_max: 100, frame_bytes: 100, ..ReadLimits::default() },
        queries_max: 4,
        query_timeout: Duration::from_secs(10),
        slow_query: None,
        search_limit_max: 10_000,
        data_dir: std::env::temp_dir(),
        version: "0.0.0".to_owned(),
        alertmanager: true,
        dashboards: true,
        flags: [("web.listen-address".to_owned(), "127.0.0.1:9090".to_owned())].into(),
        features: std::collections::BTreeSet::new(),
        auto_reload: false,
        lookback_ms: 300_000,
        build: BuildInfo::default(),
    }
}
