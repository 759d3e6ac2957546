//! One line of the ledger.

use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use crate::fingerprint::Fingerprint;
use crate::manager::{Decision, What};

/// Most alerts of one entry; more become several entries.
pub const ALERTS_MAX: usize = 1000;

/// Something that happened to alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The group, if it has to do with one.
    pub group_key: Option<Arc<str>>,
    /// The alerts.
    pub alerts: Vec<Named>,
    /// What happened.
    pub event: Event,
}

/// An alert by name and labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Its name.
    pub fingerprint: Fingerprint,
    /// What the name stands for.
    pub labels: Labels,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The Alertmanager decided something.
    Decided(What),
    /// A rule of this server found something.
    Rule {
        /// The rule's name.
        rule: String,
        /// What the alert became: `pending`, `firing`, `inactive`.
        state: String,
        /// The value that it was found with.
        value: f64,
    },
}

impl Event {
    /// Returns the API's word.
    pub fn kind(&self) -> &'static str {
        let what = match self {
            Event::Rule { .. } => return "rule",
            Event::Decided(what) => what,
        };
        match what {
            What::Received => "received",
            What::Resolved => "resolved",
            What::TimedOut => "timedOut",
            What::Refused { .. } => "refused",
            What::Grouped { .. } => "grouped",
            What::Inhibited { .. } => "inhibited",
            What::Silenced { .. } => "silenced",
            What::Muted { .. } => "muted",
            What::Known { .. } => "known",
            What::Held { .. } => "held",
            What::Escalated { .. } => "escalated",
            What::Begun { .. } => "begun",
            What::Retried { .. } => "retried",
            What::Sent { .. } => "sent",
            What::Failed { .. } => "failed",
            What::Acknowledged { .. } => "acknowledged",
            What::SilenceEnded { .. } => "silenceEnded",
        }
    }

    /// Returns who is told by it, if somebody is.
    pub fn receiver(&self) -> Option<&str> {
        match self {
            Event::Decided(
                What::Known { integration, .. }
                | What::Held { integration, .. }
                | What::Begun { integration, .. }
                | What::Retried { integration, .. }
                | What::Sent { integration, .. }
                | What::Failed { integration, .. },
            ) => Some(&integration.receiver),
            Event::Decided(What::Grouped { receiver, .. } | What::Escalated { receiver, .. }) => {
                Some(receiver)
            }
            Event::Decided(
                What::Received
                | What::Resolved
                | What::TimedOut
                | What::Refused { .. }
                | What::Inhibited { .. }
                | What::Silenced { .. }
                | What::Muted { .. }
                | What::Acknowledged { .. }
                | What::SilenceEnded { .. },
            )
            | Event::Rule { .. } => None,
        }
    }
}

/// Makes entries of a decision: one, or several if it is about very many alerts.
pub fn entries(decision: &Decision) -> impl Iterator<Item = Entry> + '_ {
    decision.alerts.chunks(ALERTS_MAX).map(|alerts| Entry {
        at: decision.at,
        group_key: decision.group_key.clone(),
        alerts: alerts
            .iter()
            .map(|alert| Named { fingerprint: alert.fingerprint(), labels: alert.labels.clone() })
            .collect(),
        event: Event::Decided(decision.what.clone()),
    })
}
