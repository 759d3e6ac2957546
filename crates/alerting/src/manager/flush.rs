//! A flush: from a group's alerts to messages, and from their outcome to the notification log.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use super::{FLUSH_MIN, GroupName, Manager};
use crate::alert::{Alert, later};
use crate::fingerprint::Fingerprint;
use crate::nflog::{DataValue, IntegrationKey, Reason, Told, alert_hash, decide};

/// What names a message: its flush and the position of the integration in the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    flush: u64,
    integration: usize,
}

#[cfg(test)]
impl MessageId {
    /// Any.
    pub(crate) fn for_tests() -> MessageId {
        MessageId { flush: 0, integration: 0 }
    }
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Message {
    /// For [`Manager::finish`].
    pub id: MessageId,
    /// Whom to tell, and how.
    pub integration: IntegrationKey,
    /// What names the group.
    pub group_key: Arc<str>,
    /// The labels that all alerts of the group share by definition.
    pub group_labels: Labels,
    /// The route's labels, as templates.
    pub route_labels: BTreeMap<String, String>,
    /// The alerts, in order. One whose end is later than `now` fires.
    pub alerts: Vec<Arc<Alert>>,
    /// The time of the flush: what is resolved is judged by it.
    pub now: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Tries end here.
    pub deadline: Timestamp,
    /// What the integration kept from its last message of the group.
    pub data: BTreeMap<String, DataValue>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It arrived; the integration keeps this for its next message.
    Sent(BTreeMap<String, DataValue>),
    /// It did not, for this reason.
    Failed(String),
}

/// What was decided, for whoever wants to know why somebody was told or not.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// An alert was left out: another inhibits it.
    Inhibited {
        /// When.
        at: Timestamp,
        /// The group.
        group_key: Arc<str>,
        /// The alert.
        alert: Arc<Alert>,
        /// The alert that inhibits.
        by: Fingerprint,
        /// The rule's name.
        rule: String,
    },
    /// An alert was left out: it is silenced.
    Silenced {
        /// When.
        at: Timestamp,
        /// The group.
        group_key: Arc<str>,
        /// The alert.
        alert: Arc<Alert>,
        /// The silences.
        by: Vec<String>,
    },
    /// The whole group was left out: its route is muted, or not active.
    Muted {
        /// When.
        at: Timestamp,
        /// The group.
        group_key: Arc<str>,
        /// The alerts.
        alerts: Vec<Arc<Alert>>,
        /// The intervals that mute, or all that would make it active.
        by: Vec<String>,
    },
    /// An integration knows all of this already.
    Deduplicated {
        /// When.
        at: Timestamp,
        /// The group.
        group_key: Arc<str>,
        /// The integration.
        integration: IntegrationKey,
        /// The alerts.
        alerts: Vec<Arc<Alert>>,
    },
    /// A message ended.
    Notified {
        /// When.
        at: Timestamp,
        /// The group.
        group_key: Arc<str>,
        /// The integration.
        integration: IntegrationKey,
        /// The alerts in the message.
        alerts: Vec<Arc<Alert>>,
        /// Why it was sent.
        reason: Reason,
        /// The failure, if there was one.
        error: Option<String>,
    },
}

/// How far an integration is.
#[derive(Debug)]
enum Progress {
    /// Peers before us come first.
    Waiting,
    /// The message is on its way; this is logged when it arrives.
    Sending { told: Told, alerts: Vec<Arc<Alert>>, reason: Reason },
    /// Told, or nothing to tell.
    Done,
    /// Given up.
    Failed,
}

#[derive(Debug)]
pub(super) struct Flush {
    group: GroupName,
    now: Timestamp,
    /// Alerts that nothing keeps quiet.
    alerts: Vec<Arc<Alert>>,
    /// Alerts of the group, quiet or not, that are resolved.
    resolved: Vec<Arc<Alert>>,
    integrations: Vec<Progress>,
}

impl Manager {
    /// Looks at a group.
    pub(super) fn flush(&mut self, name: &GroupName, now: Timestamp, messages: &mut Vec<Message>) {
        let settings = Arc::clone(&self.settings);
        let options = &settings.routes.nodes()[name.0].options;
        let Some(group) = self.groups.get_mut(name) else { return };
        group.next_tick = later(now, options.group_interval);
        let all = group.sorted();
        let resolved = all.iter().filter(|alert| alert.is_resolved(now)).cloned().collect();
        let alerts = self.audible(name, all, now);
        let receiver = settings.receivers.get(&options.receiver);
        let integrations = receiver.map_or(0, |r| if alerts.is_empty() { 0 } else { r.integrations.len() });
        self.last_flush += 1;
        let id = self.last_flush;
        if let Some(group) = self.groups.get_mut(name) {
            group.flush = Some(id);
        }
        let progress = (0..integrations).map(|_| Progress::Waiting).collect();
        let flush = Flush { group: name.clone(), now, alerts, resolved, integrations: progress };
        self.flushes.insert(id, flush);
        for integration in 0..integrations {
            let id = MessageId { flush: id, integration };
            if self.peer_wait.is_zero() {
                self.ask_log(id, now, messages);
            } else {
                self.waiting.insert((later(now, self.peer_wait), id));
            }
        }
        self.end_if_done(id);
    }

    /// Leaves out what is inhibited, muted or silenced, in this order, and takes note of it.
    fn audible(&mut self, name: &GroupName, alerts: Vec<Arc<Alert>>, now: Timestamp) -> Vec<Arc<Alert>> {
        let settings = Arc::clone(&self.settings);
        let options = &settings.routes.nodes()[name.0].options;
        let Some(group) = self.groups.get_mut(name) else { return alerts };
        let group_key = Arc::clone(&group.key);
        let mut left = Vec::with_capacity(alerts.len());
        for alert in alerts {
            let Some(inhibition) = self.inhibitor.inhibition(&alert.labels, now) else {
                left.push(alert);
                continue;
            };
            let (by, rule) = (inhibition.by, inhibition.rule.name.clone());
            self.counters.suppressed_by_inhibition += 1;
            let group_key = Arc::clone(&group_key);
            self.decisions.push(Decision::Inhibited { at: now, group_key, alert, by, rule });
        }
        if left.is_empty() {
            return left;
        }
        let within = |name: &&String| settings.intervals.get(*name).is_some_and(|i| i.contains(now));
        let active = &options.active_time_intervals;
        let inactive = !active.is_empty() && !active.iter().any(|name| within(&name));
        let muted_by: Vec<String> = if inactive {
            active.clone()
        } else {
            options.mute_time_intervals.iter().filter(within).cloned().collect()
        };
        group.muted_by.clone_from(&muted_by);
        if !muted_by.is_empty() {
            let suppressed = if inactive {
                &mut self.counters.suppressed_by_active_interval
            } else {
                &mut self.counters.suppressed_by_mute_interval
            };
            *suppressed += left.len() as u64;
            self.decisions.push(Decision::Muted { at: now, group_key, alerts: left, by: muted_by });
            return Vec::new();
        }
        let receiver =
            settings.receivers.get(&options.receiver).map_or_else(Labels::empty, |r| r.labels.clone());
        left.retain(|alert| {
            let by = self.silences.silencing(&alert.labels, now);
            let applies = |id: &&str| self.silences.get(id).is_some_and(|s| s.applies_to(&receiver));
            let by: Vec<String> = by.into_iter().filter(applies).map(str::to_owned).collect();
            if by.is_empty() {
                return true;
            }
            self.counters.suppressed_by_silence += 1;
            let (group_key, alert) = (Arc::clone(&group_key), Arc::clone(alert));
            self.decisions.push(Decision::Silenced { at: now, group_key, alert, by });
            false
        });
        left
    }

    /// Asks the log whether an integration has to be told, now that peers before us had their chance.
    pub(super) fn ask_log(&mut self, id: MessageId, now: Timestamp, messages: &mut Vec<Message>) {
        let settings = Arc::clone(&self.settings);
        let Some(flush) = self.flushes.get_mut(&id.flush) else { return };
        let Some(group) = self.groups.get(&flush.group) else { return };
        let route = &settings.routes.nodes()[flush.group.0].options;
        let Some(receiver) = settings.receivers.get(&route.receiver) else { return };
        let integration = &receiver.integrations[id.integration];
        let told = state_of(&flush.alerts, flush.now);
        let entry = self.log.get(&group.key, &integration.key);
        let reason = decide(entry, &told, integration.send_resolved, route.repeat_interval, flush.now);
        let Some(reason) = reason else {
            flush.integrations[id.integration] = Progress::Done;
            self.decisions.push(Decision::Deduplicated {
                at: now,
                group_key: Arc::clone(&group.key),
                integration: integration.key.clone(),
                alerts: flush.alerts.clone(),
            });
            return self.end_if_done(id.flush);
        };
        let data = match (reason, entry) {
            (Reason::First, _) | (_, None) => BTreeMap::new(),
            (_, Some(entry)) => entry.told.data.clone(),
        };
        let alerts: Vec<Arc<Alert>> = if integration.send_resolved {
            flush.alerts.clone()
        } else {
            flush.alerts.iter().filter(|alert| !alert.is_resolved(flush.now)).cloned().collect()
        };
        let nobody_to_tell = alerts.is_empty();
        flush.integrations[id.integration] = Progress::Sending { told, alerts: alerts.clone(), reason };
        if nobody_to_tell {
            // The log has to know that nothing fires any more, even if the receiver does not want to.
            return self.finish(id, Outcome::Sent(data), now);
        }
        messages.push(Message {
            id,
            integration: integration.key.clone(),
            group_key: Arc::clone(&group.key),
            group_labels: flush.group.1.clone(),
            route_labels: route.labels.clone(),
            alerts,
            now: flush.now,
            reason,
            deadline: later(later(flush.now, route.group_interval.max(FLUSH_MIN)), self.peer_wait),
            data,
        });
    }

    /// Takes note of what became of a message. One that is not known (any more) is ignored.
    pub fn finish(&mut self, id: MessageId, outcome: Outcome, now: Timestamp) {
        let Some(flush) = self.flushes.get_mut(&id.flush) else { return };
        let Some(progress) = flush.integrations.get_mut(id.integration) else { return };
        let Progress::Sending { mut told, alerts, reason } = std::mem::replace(progress, Progress::Failed)
        else {
            return;
        };
        let Some(group) = self.groups.get(&flush.group) else { return };
        let route = &self.settings.routes.nodes()[flush.group.0].options;
        let Some(receiver) = self.settings.receivers.get(&route.receiver) else { return };
        let integration = receiver.integrations[id.integration].key.clone();
        let group_key = Arc::clone(&group.key);
        let error = match outcome {
            Outcome::Sent(data) => {
                told.data = data;
                *progress = Progress::Done;
                self.log.record(&group_key, &integration, told, route.repeat_interval * 2, now);
                None
            }
            Outcome::Failed(error) => Some(error),
        };
        if !alerts.is_empty() {
            self.decisions.push(Decision::Notified {
                at: now,
                group_key,
                integration,
                alerts,
                reason,
                error,
            });
        }
        self.end_if_done(id.flush);
    }

    /// Ends a flush whose integrations are all through.
    fn end_if_done(&mut self, id: u64) {
        let busy = |p: &Progress| matches!(p, Progress::Waiting | Progress::Sending { .. });
        if self.flushes.get(&id).is_none_or(|flush| flush.integrations.iter().any(busy)) {
            return;
        }
        let Some(flush) = self.flushes.remove(&id) else { return };
        let Some(group) = self.groups.get_mut(&flush.group) else { return };
        group.flush = None;
        if flush.integrations.iter().all(|p| matches!(p, Progress::Done)) {
            group.forget(&flush.resolved);
        }
        if group.alerts.is_empty() {
            self.groups.remove(&flush.group);
        } else {
            self.timers.insert((group.next_tick, flush.group));
        }
    }
}

fn state_of(alerts: &[Arc<Alert>], now: Timestamp) -> Told {
    let mut told = Told::default();
    for alert in alerts {
        let hashes = if alert.is_resolved(now) { &mut told.resolved } else { &mut told.firing };
        hashes.insert(alert_hash(alert));
    }
    told
}
