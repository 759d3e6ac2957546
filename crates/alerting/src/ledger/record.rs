//! Entries as messages on disk. Fields are only ever added, with new numbers.

use std::sync::Arc;

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use model::Labels;
use prost::Message;

use super::entry::{Entry, Event, Named};
use crate::fingerprint::Fingerprint;
use crate::manager::{Receipt, What};
use crate::nflog::{IntegrationKey, Reason};

/// What a frame holds: an entry, with the labels of alerts that the segment did not name before.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Frame {
    #[prost(message, repeated, tag = "1")]
    pub(super) names: Vec<Name>,
    #[prost(message, optional, tag = "2")]
    pub(super) record: Option<Record>,
}

/// What the name of an alert stands for.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Name {
    #[prost(fixed64, tag = "1")]
    pub(super) fingerprint: u64,
    /// Names and values in turn.
    #[prost(string, repeated, tag = "2")]
    pub(super) labels: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    /// Milliseconds.
    #[prost(int64, tag = "1")]
    pub(super) at_ms: i64,
    #[prost(string, tag = "2")]
    group: String,
    #[prost(fixed64, repeated, tag = "3")]
    pub(super) alerts: Vec<u64>,
    #[prost(enumeration = "Kind", tag = "4")]
    kind: i32,
    #[prost(string, tag = "5")]
    receiver: String,
    #[prost(string, tag = "6")]
    integration: String,
    #[prost(uint32, tag = "7")]
    index: u32,
    #[prost(uint32, tag = "8")]
    reason: u32,
    #[prost(string, repeated, tag = "9")]
    by: Vec<String>,
    /// A rule, an error, a note.
    #[prost(string, tag = "10")]
    note: String,
    #[prost(double, tag = "11")]
    value: f64,
    /// A time or a duration in milliseconds, a count.
    #[prost(int64, tag = "12")]
    number: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
enum Kind {
    Unknown = 0,
    Rule = 1,
    Received = 2,
    Resolved = 3,
    Refused = 4,
    Grouped = 5,
    Inhibited = 6,
    Silenced = 7,
    Muted = 8,
    Known = 9,
    Held = 10,
    Escalated = 11,
    Begun = 12,
    Sent = 13,
    Failed = 14,
    Acknowledged = 15,
    SilenceEnded = 16,
    TimedOut = 17,
    Retried = 18,
}

const REASONS: [Reason; 5] =
    [Reason::First, Reason::NewAlerts, Reason::SomeResolved, Reason::AllResolved, Reason::Repeat];

impl Record {
    pub(super) fn of(entry: &Entry) -> Record {
        let mut record = Record {
            at_ms: entry.at.as_millisecond(),
            group: entry.group_key.as_deref().unwrap_or_default().to_owned(),
            alerts: entry.alerts.iter().map(|alert| alert.fingerprint.0).collect(),
            ..Record::default()
        };
        let kind = record.set_event(&entry.event);
        record.set_kind(kind);
        record
    }

    fn set_event(&mut self, event: &Event) -> Kind {
        let what = match event {
            Event::Rule { rule, state, value } => {
                (self.note, self.by, self.value) = (rule.clone(), vec![state.clone()], *value);
                return Kind::Rule;
            }
            Event::Decided(what) => what,
        };
        match what {
            What::Received => Kind::Received,
            What::Resolved => Kind::Resolved,
            What::TimedOut => Kind::TimedOut,
            What::Refused { limit } => {
                self.number = i64::try_from(*limit).unwrap_or(i64::MAX);
                Kind::Refused
            }
            What::Grouped { receiver, due } => {
                (self.receiver, self.number) = (receiver.clone(), due.as_millisecond());
                Kind::Grouped
            }
            What::Inhibited { by, rule } => {
                (self.by, self.note) = (vec![by.to_string()], rule.clone());
                Kind::Inhibited
            }
            What::Silenced { by } => {
                self.by.clone_from(by);
                Kind::Silenced
            }
            What::Muted { by } => {
                self.by.clone_from(by);
                Kind::Muted
            }
            What::Known { integration, told_by } => {
                self.set_integration(integration);
                self.by.extend(told_by.as_deref().map(str::to_owned));
                Kind::Known
            }
            What::Held { integration, by } => {
                self.set_integration(integration);
                self.by.clone_from(by);
                Kind::Held
            }
            What::Escalated { receiver, after } => {
                self.receiver.clone_from(receiver);
                self.number = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                Kind::Escalated
            }
            What::Begun { integration, reason } => {
                self.set_integration(integration);
                self.set_reason(*reason);
                Kind::Begun
            }
            What::Retried { integration, attempt, error } => {
                self.set_integration(integration);
                (self.number, self.note) = (i64::from(*attempt), error.clone());
                Kind::Retried
            }
            What::Sent { integration, reason, receipt } => {
                self.set_integration(integration);
                self.set_reason(*reason);
                (self.number, self.note) = (i64::from(receipt.attempts), receipt.answer.clone());
                Kind::Sent
            }
            What::Failed { integration, reason, error } => {
                self.set_integration(integration);
                self.set_reason(*reason);
                self.note.clone_from(error);
                Kind::Failed
            }
            What::Acknowledged { id, owner, note } => {
                (self.by, self.note) = (vec![id.clone(), owner.clone()], note.clone());
                Kind::Acknowledged
            }
            What::SilenceEnded { id } => {
                self.by = vec![id.clone()];
                Kind::SilenceEnded
            }
        }
    }

    fn set_integration(&mut self, key: &IntegrationKey) {
        (self.receiver, self.integration, self.index) =
            (key.receiver.clone(), key.integration.clone(), key.index);
    }

    fn set_reason(&mut self, reason: Reason) {
        let at = REASONS.iter().position(|r| *r == reason);
        self.reason = at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default();
    }

    /// Reads the entry; `names` holds what the segment told of alerts so far. `None` for one that is of a later version, or
    /// out of all calendars.
    pub(super) fn entry(self, names: &HashMap<u64, Labels>) -> Option<Entry> {
        let at = Timestamp::from_millisecond(self.at_ms).ok()?;
        let alerts = self
            .alerts
            .iter()
            .filter_map(|f| Some(Named { fingerprint: Fingerprint(*f), labels: names.get(f)?.clone() }))
            .collect();
        let group_key = (!self.group.is_empty()).then(|| Arc::from(self.group.as_str()));
        Some(Entry { at, group_key, alerts, event: self.event()? })
    }

    fn event(self) -> Option<Event> {
        let kind = Kind::try_from(self.kind).ok()?;
        let integration = IntegrationKey {
            receiver: self.receiver.clone(),
            integration: self.integration,
            index: self.index,
        };
        let reason = usize::try_from(self.reason).ok().and_then(|at| REASONS.get(at)).copied();
        let mut by = self.by.into_iter();
        Some(Event::Decided(match kind {
            Kind::Unknown => return None,
            Kind::Rule => {
                return Some(Event::Rule { rule: self.note, state: by.next()?, value: self.value });
            }
            Kind::Received => What::Received,
            Kind::Resolved => What::Resolved,
            Kind::TimedOut => What::TimedOut,
            Kind::Refused => What::Refused { limit: usize::try_from(self.number).ok()? },
            Kind::Grouped => {
                What::Grouped { receiver: self.receiver, due: Timestamp::from_millisecond(self.number).ok()? }
            }
            Kind::Inhibited => What::Inhibited {
                by: Fingerprint(u64::from_str_radix(&by.next()?, 16).ok()?),
                rule: self.note,
            },
            Kind::Silenced => What::Silenced { by: by.collect() },
            Kind::Muted => What::Muted { by: by.collect() },
            Kind::Known => What::Known { integration, told_by: by.next().map(Arc::from) },
            Kind::Held => What::Held { integration, by: by.collect() },
            Kind::Escalated => {
                What::Escalated { receiver: self.receiver, after: SignedDuration::from_millis(self.number) }
            }
            Kind::Begun => What::Begun { integration, reason: reason? },
            Kind::Retried => {
                What::Retried { integration, attempt: u32::try_from(self.number).ok()?, error: self.note }
            }
            Kind::Sent => What::Sent {
                integration,
                reason: reason?,
                receipt: Receipt { attempts: u32::try_from(self.number).ok()?, answer: self.note },
            },
            Kind::Failed => What::Failed { integration, reason: reason?, error: self.note },
            Kind::Acknowledged => What::Acknowledged { id: by.next()?, owner: by.next()?, note: self.note },
            Kind::SilenceEnded => What::SilenceEnded { id: by.next()? },
        }))
    }
}

impl Name {
    pub(super) fn of(alert: &Named) -> Name {
        let labels = alert.labels.iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]);
        Name { fingerprint: alert.fingerprint.0, labels: labels.collect() }
    }

    pub(super) fn labels(&self) -> Labels {
        let pairs = self.labels.chunks_exact(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?)));
        Labels::from_pairs(pairs)
    }
}
