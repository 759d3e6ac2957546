//! What the command line decides about the HTTP side.

use std::time::Duration;

use model::Regex;

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
    /// Most queries that are evaluated at the same time.
    pub queries_max: usize,
    /// Longest time for a query, its wait included.
    pub query_timeout: Duration,
    /// Where `snapshots/` is made.
    pub data_dir: std::path::PathBuf,
    /// Every flag with its value, as `/api/v1/status/flags` lists them.
    pub flags: std::collections::BTreeMap<String, String>,
    /// Names given to `--enable-feature`.
    pub features: std::collections::BTreeSet<String>,
}
