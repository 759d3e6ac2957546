//! An alert, and what becomes of it when it is reported again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::Labels;

use crate::annotations::Annotations;
use crate::fingerprint::Fingerprint;
use crate::matchers::{Syntax, is_valid_name};

/// What is known of one alert. Two reports with the same labels are about the same alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What names it. None of the values is empty.
    pub labels: Labels,
    /// What describes it.
    pub annotations: Annotations,
    /// Since when it fires.
    pub starts_at: Timestamp,
    /// From when on it counts as resolved.
    pub ends_at: Timestamp,
    /// When it was last reported.
    pub updated_at: Timestamp,
    /// Whether `ends_at` is only our guess because the sender named none.
    pub timeout: bool,
    /// A link back to what found it.
    pub generator_url: Arc<str>,
}

/// An alert as a client sends it: times may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What names the alert. Pairs with an empty value are left out.
    pub labels: Labels,
    /// What describes it.
    pub annotations: Annotations,
    /// Since when it fires.
    pub starts_at: Option<Timestamp>,
    /// From when on it is resolved.
    pub ends_at: Option<Timestamp>,
    /// A link back to what found it.
    pub generator_url: Arc<str>,
}

/// Why a report is refused. Texts are Alertmanager's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAlert {
    /// It would end before it starts.
    #[error("start time must be before end time")]
    EndsBeforeStart,
    /// No label is left.
    #[error("at least one label pair required")]
    NoLabels,
    /// A label name is not allowed by the configured syntax.
    #[error("invalid label set: invalid name {0:?}")]
    LabelName(String),
    /// An annotation name is not allowed by the configured syntax.
    #[error("invalid annotations: invalid name {0:?}")]
    AnnotationName(String),
}

impl Alert {
    /// Makes an alert of a report that arrived at `now`, filling in what the sender left out.
    ///
    /// # Errors
    /// [`InvalidAlert`].
    pub fn from_report(
        report: Report,
        now: Timestamp,
        resolve_timeout: SignedDuration,
        syntax: Syntax,
    ) -> Result<Alert, InvalidAlert> {
        let alert = Alert {
            starts_at: report.starts_at.or(report.ends_at).unwrap_or(now),
            ends_at: report.ends_at.unwrap_or(later(now, resolve_timeout)),
            timeout: report.ends_at.is_none(),
            updated_at: now,
            labels: report.labels,
            annotations: report.annotations,
            generator_url: report.generator_url,
        };
        if alert.ends_at < alert.starts_at {
            return Err(InvalidAlert::EndsBeforeStart);
        }
        if alert.labels.is_empty() {
            return Err(InvalidAlert::NoLabels);
        }
        if let Some((name, _)) = alert.labels.iter().find(|(name, _)| !is_valid_name(name, syntax)) {
            return Err(InvalidAlert::LabelName(name.to_owned()));
        }
        if let Some((name, _)) = alert.annotations.iter().find(|(name, _)| !is_valid_name(name, syntax)) {
            return Err(InvalidAlert::AnnotationName(name.to_owned()));
        }
        Ok(alert)
    }

    /// Returns what names the alert.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels)
    }

    /// Returns the label `alertname`.
    pub fn name(&self) -> &str {
        self.labels.get("alertname")
    }

    /// Tells whether the alert is over.
    pub fn is_resolved(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    /// Returns what is known after `newer` was reported too.
    pub fn updated_by(&self, newer: Alert) -> Alert {
        let overlaps = (newer.ends_at > self.starts_at && newer.ends_at < self.ends_at)
            || (newer.starts_at > self.starts_at && newer.starts_at < self.ends_at);
        if overlaps { self.merged(newer) } else { newer }
    }

    /// Joins two reports of the same activity. Whether one is resolved is judged at the time of the newer report.
    fn merged(&self, newer: Alert) -> Alert {
        if newer.updated_at < self.updated_at {
            return newer.merged(self.clone());
        }
        let now = newer.updated_at;
        let ends_at = if newer.is_resolved(now) {
            if self.is_resolved(now) { self.ends_at.max(newer.ends_at) } else { newer.ends_at }
        } else if self.timeout {
            newer.ends_at
        } else {
            self.ends_at.max(newer.ends_at)
        };
        Alert { starts_at: self.starts_at.min(newer.starts_at), ends_at, ..newer }
    }
}

/// Sorts alerts as notifications show them: by job, then instance, then all labels. An alert that has one of the labels comes before
/// one that does not.
pub fn in_notification_order<'a>(alerts: impl IntoIterator<Item = &'a Arc<Alert>>) -> Vec<Arc<Alert>> {
    // What decides most comparisons is looked up once: finding a label is dearer than comparing it.
    let rank = |alert: &'a Arc<Alert>| {
        ["job", "instance"].map(|name| {
            let value = alert.labels.get(name);
            (value.is_empty(), value)
        })
    };
    let mut alerts: Vec<_> = alerts.into_iter().map(|alert| (rank(alert), alert)).collect();
    alerts.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| label_order(&a.1.labels, &b.1.labels)));
    alerts.into_iter().map(|(_, alert)| Arc::clone(alert)).collect()
}

/// The order of label sets in the API: the fewer labels first, then by the first pair that differs: by value if the names
/// are equal, else the set that lacks the smaller name first.
pub fn label_order(a: &Labels, b: &Labels) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| {
        let differing = a.iter().zip(b.iter()).find(|(left, right)| left != right);
        differing.map_or(std::cmp::Ordering::Equal, |((name, value), (other_name, other_value))| {
            other_name.cmp(name).then_with(|| value.cmp(other_value))
        })
    })
}

/// Adds to a time; far beyond all calendars it stays at the last moment.
pub fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// Returns the next moment that can be told from a time.
pub(crate) fn just_after(time: Timestamp) -> Timestamp {
    later(time, SignedDuration::from_nanos(1))
}

#[cfg(test)]
mod tests;
