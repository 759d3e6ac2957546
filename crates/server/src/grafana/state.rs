//! What the handlers speak for.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use accounts::Accounts;
use accounts::outside::Outside;
use arc_swap::ArcSwap;
use axum::Router;
use dashboards::reports::Report;
use dashboards::secrets::Vault;
use tokio::sync::{mpsc, oneshot};

use super::clients::Clients;
use super::outside::keys::KeyCache;
use super::pictures::Studio;

/// What the command line decides.
#[derive(Clone, Debug)]
pub struct Options {
    /// The URL under which browsers reach the server.
    pub external_url: url::Url,
    /// The path that cookies are for.
    pub cookie_path: String,
    /// Whether browsers only send the cookie encrypted.
    pub secure_cookies: bool,
    /// The version of Grafana whose API this is.
    pub grafana_version: &'static str,
    /// Our own version.
    pub version: &'static str,
    /// The commit.
    pub commit: String,
    /// Whether an Alertmanager runs in this process.
    pub with_alertmanager: bool,
    /// The prefix of our own API, without a slash at its end.
    pub own_prefix: String,
    /// Whether data sources may be at link-local and metadata addresses.
    pub any_address: bool,
    /// Whether the login page has a form for passwords.
    pub password_form: bool,
    /// The shortest time between two refreshes of a dashboard, such as `5s`; empty for any.
    pub refresh_min: String,
    /// How long a data source may take to answer.
    pub source_timeout: Duration,
    /// Where fonts of pictures are; where systems keep them if it is not said.
    pub fonts_dir: Option<PathBuf>,
    /// The Alertmanager's configuration, whose mail server sends reports.
    pub alertmanager_config: Option<PathBuf>,
}

/// How long a data source may take to answer, unless something else is said.
pub const SOURCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The state of all handlers.
pub struct Grafana {
    /// What the command line decides.
    pub options: Options,
    /// Who asks, and what they may do.
    pub accounts: Accounts,
    /// Seals secrets of data sources.
    pub vault: Vault,
    /// Parties that vouch for users.
    pub outside: Outside,
    /// The HTTP clients of data sources.
    pub clients: Clients,
    /// The keys of signed tokens, if they are asked for at a URL.
    pub keys: KeyCache,
    /// Draws pictures.
    pub studio: Studio,
    /// Dashboards that are sent by mail.
    pub reports: ArcSwap<Vec<Report>>,
    /// Our own API, for the data source that is this server; set once all routes are known.
    pub own: OnceLock<Router>,
    /// Asks for provisioning files to be read again; the answer comes when that was done.
    pub provision: OnceLock<mpsc::Sender<oneshot::Sender<Result<(), String>>>>,
    /// Now, in milliseconds.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Grafana {
    /// Builds the state.
    pub fn new(
        options: Options,
        accounts: Accounts,
        outside: Outside,
        vault: Vault,
        now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Arc<Grafana> {
        let clients = Clients::new(options.any_address, options.source_timeout);
        let studio = Studio::new(options.fonts_dir.clone());
        Arc::new(Grafana {
            options,
            accounts,
            outside,
            vault,
            clients,
            keys: KeyCache::default(),
            studio,
            reports: ArcSwap::default(),
            own: OnceLock::new(),
            provision: OnceLock::new(),
            now_ms,
        })
    }

    /// The path of a page, under our prefix.
    pub fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.options.external_url.path().trim_end_matches('/'))
    }
}
