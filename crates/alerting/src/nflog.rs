//! The notification log: for each group and receiver what was told last, and when.
//!
//! It is why an unchanged group is not sent twice, across restarts and between peers. Only the newest entry counts.
//!
//! Source: `nflog/nflog.go` and `notify/dedup_stage.go` of Alertmanager 0.34.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use prost::Message;

use crate::alert::{Alert, just_after, later};
use crate::cluster::NAME_BYTES_MAX;
use crate::pb::{self, StateError};

pub use crate::pb::DataValue;

/// One integration of one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntegrationKey {
    /// The receiver's name.
    pub receiver: String,
    /// The kind: `webhook`, `slack`, …
    pub integration: String,
    /// Which of this kind in the receiver.
    pub index: u32,
}

/// The state of a group as one integration was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Hashes of the alerts that fired.
    pub firing: BTreeSet<u64>,
    /// Hashes of the alerts that were resolved.
    pub resolved: BTreeSet<u64>,
    /// What the integration keeps for its next message.
    pub data: BTreeMap<String, DataValue>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it was told.
    pub at: Timestamp,
    /// What was told.
    pub told: Told,
    /// The peer that told it, if it was not we. It stays when the entry travels on, and in the file.
    pub told_by: Option<Arc<str>>,
    expires_at: Timestamp,
}

/// Why a group is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The integration does not know the group, or knows that it was resolved.
    First,
    /// Alerts that it does not know.
    NewAlerts,
    /// Some are resolved.
    SomeResolved,
    /// All are resolved.
    AllResolved,
    /// Nothing changed for as long as the repeat interval.
    Repeat,
}

impl Reason {
    /// Returns the words that templates and messages show.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::First => "first notification",
            Reason::NewAlerts => "new alerts added",
            Reason::SomeResolved => "some alerts resolved",
            Reason::AllResolved => "all alerts resolved",
            Reason::Repeat => "repeat interval elapsed",
        }
    }
}

/// Returns what names an alert in the log.
pub fn alert_hash(alert: &Alert) -> u64 {
    let mut bytes = Vec::with_capacity(256);
    for (name, value) in alert.labels.iter() {
        for part in [name, value] {
            bytes.extend_from_slice(part.as_bytes());
            bytes.push(0xff);
        }
    }
    xxhash_rust::xxh64::xxh64(&bytes, 0)
}

/// Decides whether an integration has to be told of a group's state, and why.
pub fn decide(
    entry: Option<&Entry>,
    state: &Told,
    send_resolved: bool,
    repeat_interval: SignedDuration,
    now: Timestamp,
) -> Option<Reason> {
    let Some(Entry { at, told, .. }) = entry else {
        return (!state.firing.is_empty()).then_some(Reason::First);
    };
    if !state.firing.is_subset(&told.firing) {
        return Some(if told.firing.is_empty() { Reason::First } else { Reason::NewAlerts });
    }
    if state.firing.is_empty() {
        // Also for an integration that is not told of it: the log has to know that nothing fires any more.
        return (!told.firing.is_empty()).then_some(Reason::AllResolved);
    }
    if send_resolved && !state.resolved.is_subset(&told.resolved) {
        return Some(Reason::SomeResolved);
    }
    (*at < later(now, -repeat_interval)).then_some(Reason::Repeat)
}

/// All entries.
#[derive(Debug)]
pub struct NotificationLog {
    entries: HashMap<(String, IntegrationKey), Entry>,
    retention: SignedDuration,
    news: Vec<Vec<u8>>,
    /// What peers call us.
    own_name: Option<Arc<str>>,
    looks: AtomicU64,
}

impl NotificationLog {
    /// Builds an empty log that keeps entries for at most `retention`.
    pub fn new(retention: SignedDuration) -> NotificationLog {
        NotificationLog {
            entries: HashMap::new(),
            retention,
            news: Vec::new(),
            own_name: None,
            looks: AtomicU64::new(0),
        }
    }

    /// Says what peers call us: what they heard from us comes back without a peer's name.
    pub fn set_own_name(&mut self, name: &str) {
        self.own_name = Some(name.into());
    }

    /// Finds the newest entry.
    pub fn get(&self, group_key: &str, integration: &IntegrationKey) -> Option<&Entry> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.entries.get(&(group_key.to_owned(), integration.clone()))
    }

    /// Returns how often an entry was looked for.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }

    /// Returns how much peers were not told yet.
    pub fn news_len(&self) -> usize {
        self.news.len()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Notes that an integration was told. `expiry` is how long the entry matters.
    pub fn record(
        &mut self,
        group_key: &str,
        integration: &IntegrationKey,
        told: Told,
        expiry: SignedDuration,
        now: Timestamp,
    ) {
        let kept_for =
            if expiry > SignedDuration::ZERO { self.retention.min(expiry) } else { self.retention };
        // After a clock that went back: what is newer has to look newer, here and to peers.
        let known = self.get(group_key, integration).map(|known| just_after(known.at));
        let at = known.map_or(now, |after| after.max(now));
        let entry = Entry { at, told, told_by: None, expires_at: later(at, kept_for) };
        self.keep(group_key.to_owned(), integration.clone(), entry);
    }

    /// Forgets entries that do not matter any more. Returns how many.
    pub fn collect(&mut self, now: Timestamp) -> usize {
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.expires_at > now);
        before - self.entries.len()
    }

    /// Returns all entries as a snapshot file or a peer's full state.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for ((group_key, integration), entry) in &self.entries {
            encode(group_key, integration, entry, &mut out);
        }
        out
    }

    /// Reads a snapshot or a peer's state and keeps what is newer. Returns how many entries were of no use.
    ///
    /// # Errors
    /// Bytes that are no messages; what stood before them is kept.
    pub fn merge(&mut self, bytes: &[u8], now: Timestamp) -> Result<usize, StateError> {
        self.merge_all(bytes, now, None)
    }

    /// As [`NotificationLog::merge`], for what a peer sent: decisions that follow from it name the peer that told the receiver, which
    /// is the sender unless an entry says otherwise.
    ///
    /// # Errors
    /// As there.
    pub fn merge_from(&mut self, bytes: &[u8], now: Timestamp, peer: &str) -> Result<usize, StateError> {
        self.merge_all(bytes, now, Some(peer.into()))
    }

    fn merge_all(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        peer: Option<Arc<str>>,
    ) -> Result<usize, StateError> {
        let mut refused = 0;
        pb::decode_all(bytes, |message: pb::MeshEntry| match decode(message) {
            Some((_, _, entry)) if entry.expires_at < now => {}
            Some((group_key, integration, entry)) => {
                let told_by = entry.told_by.clone().or_else(|| peer.clone());
                let told_by = told_by.filter(|name| self.own_name.as_ref() != Some(name));
                self.keep(group_key, integration, Entry { told_by, ..entry });
            }
            None => refused += 1,
        })?;
        Ok(refused)
    }

    /// Returns what peers should be told since the last call, each a message with its length.
    pub fn take_news(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.news)
    }

    fn keep(&mut self, group_key: String, integration: IntegrationKey, entry: Entry) {
        let mut news = Vec::new();
        encode(&group_key, &integration, &entry, &mut news);
        let key = (group_key, integration);
        if self.entries.get(&key).is_none_or(|known| known.at < entry.at) {
            self.entries.insert(key, entry);
            self.news.push(news);
        }
    }
}

fn encode(group_key: &str, integration: &IntegrationKey, entry: &Entry, out: &mut Vec<u8>) {
    let data = |(key, value): (&String, &DataValue)| {
        (key.clone(), pb::ReceiverDataValue { value: Some(value.clone()) })
    };
    let message = pb::MeshEntry {
        entry: Some(pb::Entry {
            group_key: group_key.as_bytes().to_vec(),
            receiver: Some(pb::Receiver {
                group_name: integration.receiver.clone(),
                integration: integration.integration.clone(),
                idx: integration.index,
            }),
            timestamp: Some(entry.at.into()),
            firing_alerts: entry.told.firing.iter().copied().collect(),
            resolved_alerts: entry.told.resolved.iter().copied().collect(),
            receiver_data: entry.told.data.iter().map(data).collect(),
        }),
        expires_at: Some(entry.expires_at.into()),
        told_by: entry.told_by.as_deref().unwrap_or_default().to_owned(),
    };
    message.encode_length_delimited(out).expect("a vector grows as needed");
}

fn decode(message: pb::MeshEntry) -> Option<(String, IntegrationKey, Entry)> {
    let told_by =
        Some(message.told_by).filter(|name| (1..=NAME_BYTES_MAX).contains(&name.len())).map(Arc::from);
    let entry = message.entry?;
    let receiver = entry.receiver?;
    let told = Told {
        firing: entry.firing_alerts.into_iter().collect(),
        resolved: entry.resolved_alerts.into_iter().collect(),
        data: entry.receiver_data.into_iter().filter_map(|(key, data)| Some((key, data.value?))).collect(),
    };
    let integration = IntegrationKey {
        receiver: receiver.group_name,
        integration: receiver.integration,
        index: receiver.idx,
    };
    let (at, expires_at) = (entry.timestamp?.moment()?, message.expires_at?.moment()?);
    Some((String::from_utf8(entry.group_key).ok()?, integration, Entry { at, told, told_by, expires_at }))
}

#[cfg(test)]
mod tests;
