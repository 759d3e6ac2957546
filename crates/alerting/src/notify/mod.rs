//! Telling receivers: one folder per kind, each with how it is configured and what its message looks like.
//!
//! A kind turns a [`Notice`] into an HTTP request, and an answer into a verdict; sending, waiting and trying again are the
//! shell's ([`crate::run`]). So every message can be tested as text.

pub mod data;
pub mod discord;
mod json;
pub mod korean;
pub mod msteams;
pub mod slack;
pub mod telegram;
pub mod templates;
mod verdict;
pub mod webhook;

use std::collections::BTreeMap;
use std::time::Duration;

use transport::config::{HttpClientConfig, Source};
use yaml::{Fields, Secret};

use crate::config::Global;
use crate::nflog::DataValue;

pub use data::{Data, Notice};
pub use templates::Templates;
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

/// All kinds. Numbers in the notification log count within a kind, so new ones may stand anywhere.
pub const KINDS: &[KindSpec] = &[
    webhook::KIND,
    slack::KIND,
    telegram::KIND,
    discord::KIND,
    msteams::CONNECTOR,
    msteams::WORKFLOW,
    korean::jandi::KIND,
    korean::dooray::KIND,
    korean::kakaowork::KIND,
];

/// Kinds that are accepted and cannot be told yet: field, name, and whether they are told of resolved alerts.
///
/// Each of their messages fails, so that logs and metrics say who was not told.
pub(crate) const LATER: &[(&str, &str, bool)] = &[
    ("email_configs", "email", false),
    ("pagerduty_configs", "pagerduty", true),
    ("opsgenie_configs", "opsgenie", true),
    ("pushover_configs", "pushover", true),
    ("victorops_configs", "victorops", true),
    ("wechat_configs", "wechat", false),
    ("webex_configs", "webex", true),
    ("sns_configs", "sns", true),
    ("jira_configs", "jira", true),
    ("rocketchat_configs", "rocketchat", false),
    ("mattermost_configs", "mattermost", true),
    ("incidentio_configs", "incidentio", true),
];

/// One configured integration.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// How its server is talked to.
    pub http: HttpClientConfig,
    /// The time that one try may take; no bound of its own if it is `None`.
    pub timeout: Option<Duration>,
    /// What it says.
    pub kind: Kind,
}

/// What an integration says, and how answers are read.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A JSON document to a URL.
    Webhook(webhook::Config),
    /// Slack.
    Slack(Box<slack::Config>),
    /// Telegram.
    Telegram(telegram::Config),
    /// Discord.
    Discord(discord::Config),
    /// Microsoft Teams.
    MsTeams(msteams::Config),
    /// JANDI.
    Jandi(korean::Config),
    /// Dooray!.
    Dooray(korean::Config),
    /// Kakao Work.
    KakaoWork(korean::Config),
    /// One of [`LATER`], by its name.
    Later(&'static str),
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to. It may hold a secret.
    pub url: Secret,
    /// What the body is.
    pub content_type: &'static str,
    /// Headers besides.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// A JSON document to a URL.
    fn json(url: Secret, document: &impl serde::Serialize) -> Result<Call, String> {
        Ok(Call { url, content_type: "application/json", headers: Vec::new(), body: json::encode(document)? })
    }
}

/// What an answer says.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: &'a str,
    /// The body, as far as it was read.
    pub body: &'a str,
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
    fn new(f: &Fields<'_>, global: &Global, kind: Kind) -> Notifier {
        Notifier {
            http: f.or("http_config", global.http.clone()),
            timeout: f.optional::<Duration>("timeout").filter(|t| !t.is_zero()),
            kind,
        }
    }

    /// Makes the message.
    ///
    /// # Errors
    /// Why it cannot be made; another try would not help.
    pub fn call(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Call, String> {
        match &self.kind {
            Kind::Webhook(config) => config.call(notice, secrets),
            Kind::Slack(config) => config.call(notice, secrets),
            Kind::Telegram(config) => config.call(notice, secrets),
            Kind::Discord(config) => config.call(notice, secrets),
            Kind::MsTeams(config) => config.call(notice, secrets),
            Kind::Jandi(config) => korean::jandi::call(config, notice, secrets),
            Kind::Dooray(config) => korean::dooray::call(config, notice, secrets),
            Kind::KakaoWork(config) => korean::kakaowork::call(config, notice, secrets),
            Kind::Later(name) => Err(format!("this version cannot notify {name} yet: nobody was told")),
        }
    }

    /// Judges an answer.
    pub fn judge(&self, answer: Answer<'_>) -> Verdict {
        let usual = |retried| Verdict::of_status(answer.status, answer.body, retried);
        match &self.kind {
            Kind::Webhook(_) | Kind::Discord(_) | Kind::MsTeams(_) | Kind::Later(_) => usual(&[]),
            Kind::Slack(_) => slack::judge(answer),
            Kind::Telegram(_) => telegram::judge(answer),
            Kind::Jandi(_) | Kind::KakaoWork(_) => usual(&[429]),
            Kind::Dooray(_) => korean::dooray::judge(answer),
        }
    }

    /// Returns what to keep of an answer for the next message, given what was kept before.
    pub fn kept(&self, answer: Answer<'_>, before: KeptData) -> KeptData {
        match &self.kind {
            Kind::Slack(config) if config.update_message => slack::kept(answer, before),
            Kind::Slack(_)
            | Kind::Webhook(_)
            | Kind::Telegram(_)
            | Kind::Discord(_)
            | Kind::MsTeams(_)
            | Kind::Jandi(_)
            | Kind::Dooray(_)
            | Kind::KakaoWork(_)
            | Kind::Later(_) => before,
        }
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

/// Reads the URL of an incoming webhook, which must be there.
fn webhook_url(f: &Fields<'_>) -> Option<Source<Secret>> {
    let url = crate::config::secret(f, "webhook_url", "webhook_url_file");
    if url.is_none() {
        f.value().problem("one of webhook_url or webhook_url_file must be configured");
    }
    url
}
