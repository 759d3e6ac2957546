//! What messages are made of: a group's alerts as templates and webhooks see them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;
use serde::{Serialize, Serializer};

use super::json::{NO_TIME, time};
use super::templates::{Templates, Texts};
use crate::alert::Alert;
use crate::annotations::Annotations;
use crate::manager::Message;

/// Everything that a kind needs to make a message.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Why, to whom, until when.
    pub message: &'a Message,
    /// What templates see.
    pub data: &'a Data,
    /// What texts may call.
    pub templates: &'a Templates,
    /// The time of this try: logins end, signatures hold for minutes.
    pub now: Timestamp,
}

impl<'a> Notice<'a> {
    /// Begins to make the texts of the message.
    pub(super) fn texts(&self) -> Texts<'a> {
        Texts::new(self.templates, self.data, self.message.now)
    }

    /// Returns what names the group towards services that bring messages of one group together.
    pub(super) fn group_hash(&self) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.message.group_key.as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the data of the first alerts only, 0 for all, and how many are left out. What alerts share is what these share.
    pub(super) fn data_of_first(&self, alerts_max: u64) -> (Cow<'a, Data>, u64) {
        let all = &self.message.alerts;
        let kept = match usize::try_from(alerts_max) {
            Ok(0) | Err(_) => all.len(),
            Ok(max) => max.min(all.len()),
        };
        if kept == all.len() {
            return (Cow::Borrowed(self.data), 0);
        }
        let (labels, url) = (self.data.route_labels.clone(), &self.data.external_url);
        (Cow::Owned(Data::new(self.message, &all[..kept], labels, url)), (all.len() - kept) as u64)
    }
}

/// What templates see. Fields and JSON are Alertmanager's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// The receiver's name, escaped as a regular expression.
    pub receiver: String,
    /// `firing` if any alert does, else `resolved`.
    pub status: &'static str,
    /// The alerts.
    pub alerts: Vec<AlertData>,
    /// Why the message is sent.
    #[serde(rename = "notification_reason")]
    pub notification_reason: &'static str,
    /// What the group is grouped by.
    pub group_labels: BTreeMap<String, String>,
    /// What all alerts share.
    pub common_labels: BTreeMap<String, String>,
    /// What all alerts share.
    pub common_annotations: BTreeMap<String, String>,
    /// The route's labels.
    pub route_labels: BTreeMap<String, String>,
    /// Where people reach us.
    #[serde(rename = "externalURL")]
    pub external_url: String,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertData {
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// Its labels.
    #[serde(serialize_with = "label_map")]
    pub labels: Labels,
    /// Its annotations.
    #[serde(serialize_with = "annotation_map")]
    pub annotations: Annotations,
    /// Since when.
    pub starts_at: String,
    /// Until when; the year 1 while it fires.
    pub ends_at: String,
    /// What found it.
    #[serde(rename = "generatorURL", serialize_with = "text")]
    pub generator_url: Arc<str>,
    /// Its name.
    pub fingerprint: String,
}

impl Data {
    /// Gathers the data of a message about some of its alerts. `route_labels` are rendered already.
    pub fn new(
        message: &Message,
        alerts: &[Arc<Alert>],
        route_labels: BTreeMap<String, String>,
        external_url: &str,
    ) -> Data {
        let alerts: Vec<AlertData> = alerts.iter().map(|alert| alert_data(alert, message)).collect();
        let firing = alerts.iter().any(|alert| alert.status == "firing");
        Data {
            receiver: quote_meta(&message.integration.receiver),
            status: if firing { "firing" } else { "resolved" },
            notification_reason: message.reason.as_str(),
            group_labels: owned(&message.group_labels),
            common_labels: common(alerts.iter().map(|alert| alert.labels.iter())),
            common_annotations: common(alerts.iter().map(|alert| alert.annotations.iter())),
            route_labels,
            external_url: external_url.to_owned(),
            alerts,
        }
    }
}

/// Annotations that say who cares for an alert, where somebody does.
const ACKNOWLEDGED_BY: &str = "acknowledged_by";
const ACKNOWLEDGED_NOTE: &str = "acknowledged_note";

fn alert_data(alert: &Alert, message: &Message) -> AlertData {
    let resolved = alert.is_resolved(message.now);
    let fingerprint = alert.fingerprint();
    let annotations = match message.acknowledged.get(&fingerprint) {
        Some(ack) => {
            alert.annotations.with([(ACKNOWLEDGED_BY, ack.owner.as_str()), (ACKNOWLEDGED_NOTE, &ack.note)])
        }
        None => alert.annotations.clone(),
    };
    AlertData {
        status: if resolved { "resolved" } else { "firing" },
        labels: alert.labels.clone(),
        annotations,
        starts_at: time(alert.starts_at),
        ends_at: if resolved { time(alert.ends_at) } else { NO_TIME.to_owned() },
        generator_url: Arc::clone(&alert.generator_url),
        fingerprint: fingerprint.to_string(),
    }
}

fn owned(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the pairs that all alerts share; each brings its pairs sorted by name.
fn common<'a, P: Iterator<Item = (&'a str, &'a str)>>(
    mut alerts: impl Iterator<Item = P>,
) -> BTreeMap<String, String> {
    let mut shared: Vec<(&str, &str)> = alerts.next().into_iter().flatten().collect();
    for mut pairs in alerts {
        if shared.is_empty() {
            break;
        }
        let mut next = pairs.next();
        shared.retain(|pair| {
            while next.is_some_and(|(name, _)| name < pair.0) {
                next = pairs.next();
            }
            next == Some(*pair)
        });
    }
    shared.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn label_map<S: Serializer>(labels: &Labels, out: S) -> Result<S::Ok, S::Error> {
    out.collect_map(labels.iter())
}

fn text<S: Serializer>(text: &Arc<str>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(text)
}

fn annotation_map<S: Serializer>(annotations: &Annotations, out: S) -> Result<S::Ok, S::Error> {
    out.collect_map(annotations)
}

/// Puts a backslash before what a regular expression would read as a sign, as Go's `regexp.QuoteMeta`.
fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::message;

    #[test]
    fn what_alerts_share() {
        let message = message();
        let data = Data::new(&message, &message.alerts, BTreeMap::new(), "http://am");
        assert_eq!((data.status, data.receiver.as_str()), ("firing", r"team\.ops"));
        let names: Vec<&str> = data.common_labels.keys().map(String::as_str).collect();
        assert_eq!(names, ["job", "severity"]);
        assert!(data.common_annotations.is_empty());
        assert_eq!(data.alerts[0].ends_at, NO_TIME);
        assert_eq!(data.alerts[1].ends_at, "2023-11-14T22:13:19Z");
        let resolved = Data::new(&message, &message.alerts[1..], BTreeMap::new(), "");
        assert_eq!((resolved.status, resolved.common_annotations.len()), ("resolved", 1));
    }
}
