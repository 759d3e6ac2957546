//! The documents of API v2. Fields stand in the order in which the original writes them.

use std::collections::BTreeMap;

use alerting::manager::{Acknowledgement, AlertView};
use alerting::silences::Silence;
use jiff::Timestamp;
use model::{Labels, MatchOp};
use serde::{Deserialize, Serialize};

use super::bongsu::ShownTerms;

/// Prints a time as the original's API: UTC with milliseconds.
pub(super) fn time(t: Timestamp) -> String {
    t.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Labels as JSON.
pub(super) fn labels(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[derive(Serialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertStatus {
    inhibited_by: Vec<String>,
    muted_by: Vec<String>,
    silenced_by: Vec<String>,
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    annotations: BTreeMap<String, String>,
    ends_at: String,
    fingerprint: String,
    receivers: Vec<Named>,
    starts_at: String,
    status: AlertStatus,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    generator_url: String,
    labels: BTreeMap<String, String>,
    /// Ours: who cares for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged: Option<Acknowledged>,
}

/// Who cares for an alert.
#[derive(Serialize)]
pub(super) struct Acknowledged {
    id: String,
    owner: String,
    note: String,
    at: String,
    until: String,
}

impl From<&Acknowledgement> for Acknowledged {
    fn from(ack: &Acknowledgement) -> Acknowledged {
        Acknowledged {
            id: ack.id.clone(),
            owner: ack.owner.clone(),
            note: ack.note.clone(),
            at: time(ack.at),
            until: time(ack.until),
        }
    }
}

impl From<&AlertView> for Alert {
    fn from(view: &AlertView) -> Alert {
        let AlertView { alert, status, receivers, acknowledgement } = view;
        Alert {
            annotations: alert.annotations.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
            ends_at: time(alert.ends_at),
            fingerprint: alert.fingerprint().to_string(),
            receivers: receivers.iter().map(|name| Named { name: name.clone() }).collect(),
            starts_at: time(alert.starts_at),
            status: AlertStatus {
                inhibited_by: status.inhibited_by.iter().map(ToString::to_string).collect(),
                muted_by: status.muted_by.clone(),
                silenced_by: status.silenced_by.clone(),
                state: status.state(),
            },
            updated_at: time(alert.updated_at),
            generator_url: alert.generator_url.to_string(),
            labels: labels(&alert.labels),
            acknowledged: acknowledgement.as_ref().map(Acknowledged::from),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) alerts: Vec<Alert>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) receiver: Named,
    pub(super) route_labels: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Matcher {
    #[serde(default = "yes")]
    pub(super) is_equal: bool,
    #[serde(default)]
    pub(super) is_regex: bool,
    pub(super) name: String,
    pub(super) value: String,
}

fn yes() -> bool {
    true
}

impl Matcher {
    pub(super) fn op(&self) -> MatchOp {
        match (self.is_equal, self.is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        }
    }
}

impl From<&alerting::matchers::Matcher> for Matcher {
    fn from(m: &alerting::matchers::Matcher) -> Matcher {
        Matcher {
            is_equal: matches!(m.op(), MatchOp::Equal | MatchOp::Regex),
            is_regex: matches!(m.op(), MatchOp::Regex | MatchOp::NotRegex),
            name: m.name().to_owned(),
            value: m.value().to_owned(),
        }
    }
}

/// A silence as clients post it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostedSilence {
    #[serde(default)]
    pub(super) id: String,
    pub(super) matchers: Vec<Matcher>,
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    pub(super) created_by: String,
    pub(super) comment: String,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
pub(super) struct SilenceStatus {
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownSilence {
    id: String,
    status: SilenceStatus,
    updated_at: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    comment: String,
    created_by: String,
    ends_at: String,
    matchers: Vec<Matcher>,
    starts_at: String,
    /// Ours: what it asks for beyond the original's.
    #[serde(skip_serializing_if = "Option::is_none")]
    bongsu: Option<ShownTerms>,
}

impl ShownSilence {
    pub(super) fn new(silence: &Silence, now: Timestamp, terms: Option<ShownTerms>) -> ShownSilence {
        ShownSilence {
            id: silence.id.clone(),
            status: SilenceStatus { state: silence.state(now).as_str() },
            updated_at: time(silence.updated_at),
            annotations: silence.annotations.clone(),
            comment: silence.comment.clone(),
            created_by: silence.created_by.clone(),
            ends_at: time(silence.ends_at),
            matchers: silence
                .matcher_sets
                .first()
                .map_or_else(Vec::new, |set| set.0.iter().map(Matcher::from).collect()),
            starts_at: time(silence.starts_at),
            bongsu: terms,
        }
    }
}
