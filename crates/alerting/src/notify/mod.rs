//! Telling receivers: one folder per kind, each with how it is configured and what its message looks like.
//!
//! A kind turns a [`Notice`] into an HTTP request, and an answer into a verdict; sending, waiting and trying again are the
//! shell's ([`crate::run`]). So every message can be tested as text.

pub mod data;
mod json;
mod verdict;
pub mod webhook;

use transport::config::{HttpClientConfig, Source};
use yaml::{Fields, Secret};

use crate::config::Global;

pub use data::{Data, Notice};
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

/// All kinds, in the order in which a receiver's integrations are numbered.
pub const KINDS: &[KindSpec] = &[webhook::KIND];

/// One configured integration.
#[derive(Clone, Debug)]
pub enum Notifier {
    /// A JSON document to a URL.
    Webhook(webhook::Config),
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to. It may hold a secret.
    pub url: Secret,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads secrets that stand in files.
pub trait Secrets {
    /// Returns the text, without white space around it.
    ///
    /// # Errors
    /// Why the file cannot be read, with its path.
    fn read(&self, source: &Source<Secret>) -> Result<Secret, String>;
}

impl Notifier {
    /// Returns how its server is talked to.
    pub fn http(&self) -> &HttpClientConfig {
        match self {
            Notifier::Webhook(config) => &config.http,
        }
    }

    /// Returns the time that one try may take; no bound of its own if it is `None`.
    pub fn timeout(&self) -> Option<std::time::Duration> {
        match self {
            Notifier::Webhook(config) => config.timeout,
        }
    }

    /// Makes the message.
    ///
    /// # Errors
    /// Why it cannot be made; another try would not help.
    pub fn call(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Call, String> {
        match self {
            Notifier::Webhook(config) => config.call(notice, secrets),
        }
    }

    /// Judges an answer.
    pub fn judge(&self, status: u16, body: &str) -> Verdict {
        match self {
            Notifier::Webhook(_) => Verdict::of_status(status, body, &[]),
        }
    }
}
