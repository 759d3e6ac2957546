//! Telling receivers: one folder per kind, each with how it is configured and what its message looks like.
//!
//! A kind turns a [`Notice`] into the first [`Turn`] of a chain of requests, which ends in a [`Verdict`]; sending, waiting and trying
//! again are the shell's ([`crate::run`]). So every message can be tested as text.

pub mod data;
mod discord;
pub mod email;
mod incidentio;
mod jira;
mod json;
mod korean;
mod mattermost;
mod msteams;
mod opsgenie;
mod pagerduty;
mod pushover;
mod rocketchat;
pub mod sample;
mod slack;
mod sns;
mod telegram;
pub mod templates;
#[cfg(test)]
pub(crate) mod tests;
mod token;
mod tree;
mod turn;
mod verdict;
mod victorops;
mod webex;
mod webhook;
mod wechat;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use transport::config::{HttpClientConfig, Source};
use yaml::{Fields, Link, Secret, Value};

use crate::config::{Global, GoDuration};
use crate::nflog::DataValue;

pub use data::{Data, Notice};
pub use templates::Templates;
pub use turn::{Answer, Call, Then, Turn};
pub use verdict::{FailureKind, Verdict};

/// A kind of integration: where it stands in a receiver, and how it is read.
pub struct KindSpec {
    /// The field of a receiver that holds a list of them.
    pub field: &'static str,
    /// What metrics, logs and the notification log call it.
    pub name: &'static str,
    /// Whether it is told of resolved alerts if the configuration does not say.
    pub send_resolved: bool,
    /// Reads one.
    pub read: fn(&Fields<'_>, &Global) -> Option<Notifier>,
}

/// All kinds: the original's in its order, then ours. Numbers in the notification log count within a kind, so new ones may
/// stand anywhere.
pub const KINDS: &[KindSpec] = &[
    webhook::KIND,
    email::KIND,
    pagerduty::KIND,
    opsgenie::KIND,
    wechat::KIND,
    slack::KIND,
    victorops::KIND,
    pushover::KIND,
    sns::KIND,
    telegram::KIND,
    discord::KIND,
    webex::KIND,
    msteams::CONNECTOR,
    msteams::WORKFLOW,
    jira::KIND,
    incidentio::KIND,
    rocketchat::KIND,
    mattermost::KIND,
    korean::jandi::KIND,
    korean::dooray::KIND,
    korean::kakaowork::KIND,
    korean::naverworks::KIND,
];

/// One configured integration.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// How its server is talked to.
    pub http: HttpClientConfig,
    /// The time that one try may take; no bound of its own if it is `None`.
    pub timeout: Option<Duration>,
    /// What it says.
    messenger: Arc<dyn Messenger>,
}

/// What a kind makes of its configuration: messages, and what becomes of them.
pub trait Messenger: Debug + Send + Sync {
    /// Makes the message and begins a try.
    ///
    /// # Errors
    /// Why the message cannot be made; another try would not help.
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String>;
}

/// Reads secrets that stand in files.
pub trait Secrets {
    /// Returns the text, without white space around it.
    ///
    /// # Errors
    /// Why the file cannot be read, with its path.
    fn read(&self, source: &Source<Secret>) -> Result<Secret, String>;
}

/// What an integration keeps for its next message of the group.
pub type KeptData = BTreeMap<String, DataValue>;

impl Notifier {
    fn new(f: &Fields<'_>, global: &Global, messenger: impl Messenger + 'static) -> Notifier {
        Notifier::of(f.or("http_config", global.http.clone()), messenger)
    }

    fn of(http: HttpClientConfig, messenger: impl Messenger + 'static) -> Notifier {
        Notifier { http, timeout: None, messenger: Arc::new(messenger) }
    }

    /// Reads the time that a try may take. Not all kinds have it.
    fn with_timeout(self, f: &Fields<'_>) -> Notifier {
        let timeout = f.optional::<GoDuration>("timeout").map(|GoDuration(t)| t);
        Notifier { timeout: timeout.filter(|t| !t.is_zero()), ..self }
    }

    /// Makes the message and begins a try.
    ///
    /// # Errors
    /// Why the message cannot be made; another try would not help.
    pub fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        self.messenger.begin(notice, secrets)
    }
}

/// Reads a text that is a template, or takes a default.
fn template(f: &Fields<'_>, name: &'static str, default: &str) -> String {
    let Some(text) = f.optional::<String>(name) else { return default.to_owned() };
    if let Err(error) = Templates::check(&text) {
        f.problem(name, error);
    }
    text
}

/// Reads names and texts that are templates.
fn text_map(f: &Fields<'_>, name: &'static str) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for (key, value) in f.get(name).and_then(|v| v.entries()).unwrap_or_default() {
        let Some(text) = value.text() else { continue };
        if let Err(error) = Templates::check(text) {
            value.problem(error);
        }
        map.insert(key.to_owned(), text.to_owned());
    }
    map
}

/// Returns the items of a list that need not be there.
fn items<'a>(f: &Fields<'a>, name: &'static str) -> Vec<Value<'a>> {
    f.get(name).and_then(|v| v.items()).unwrap_or_default()
}

/// Reads the URL of an incoming webhook, which must be there.
fn webhook_url(f: &Fields<'_>) -> Option<Source<Secret>> {
    let url = crate::config::secret(f, "webhook_url", "webhook_url_file");
    if url.is_none() {
        f.value().problem("one of webhook_url or webhook_url_file must be configured");
    }
    url
}

/// Returns the URL of something below a base, with a query that joins the base's own.
fn at_path(base: &Link, path: &str, query: Option<&str>) -> Secret {
    let mut url = base.url().clone();
    let below = base.path().trim_end_matches('/');
    url.set_path(&format!("{below}/{path}"));
    if let Some(query) = query {
        let joined = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{query}"),
            Some(_) | None => query.to_owned(),
        };
        url.set_query(Some(&joined));
    }
    Secret::new(String::from(url))
}
