//! A flush: from a group's alerts to messages, and from their outcome to the notification log.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use super::people::Acknowledgement;
use super::{Decision, FLUSH_MIN, GroupName, Integration, Manager, Receipt, What};
use crate::alert::{Alert, later};
use crate::fingerprint::Fingerprint;
use crate::nflog::{DataValue, IntegrationKey, Reason, Told, alert_hash, decide};

/// What names a message: its flush and the position of the integration in the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    flush: u64,
    integration: usize,
}

impl MessageId {
    /// The name of messages that no flush waits for.
    pub(crate) fn for_trials() -> MessageId {
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
    /// Who cares for which of the alerts.
    pub acknowledged: BTreeMap<Fingerprint, Acknowledgement>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It arrived.
    Sent {
        /// What the integration keeps for its next message.
        data: BTreeMap<String, DataValue>,
        /// How it arrived.
        receipt: Receipt,
    },
    /// It did not, for this reason.
    Failed(String),
}

impl Outcome {
    /// A message that arrived, nobody says how.
    pub fn sent(data: BTreeMap<String, DataValue>) -> Outcome {
        Outcome::Sent { data, receipt: Receipt::default() }
    }
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
    /// Who cares for which of the alerts that fire.
    acknowledged: BTreeMap<Fingerprint, Acknowledgement>,
    /// Whom to tell, and how far that is.
    integrations: Vec<(Integration, Progress)>,
}

impl Manager {
    /// Looks at a group.
    pub(super) fn flush(&mut self, name: &GroupName, now: Timestamp, messages: &mut Vec<Message>) {
        let settings = Arc::clone(&self.settings);
        let options = &settings.routes.nodes()[name.0].options;
        let Some(group) = self.groups.get_mut(name) else { return };
        group.next_tick = later(now, options.group_interval);
        let all = group.sorted();
        let resolved: Vec<Arc<Alert>> = all.iter().filter(|alert| alert.is_resolved(now)).cloned().collect();
        // Nobody said that these are over: their end came.
        for alert in resolved.iter().filter(|alert| alert.ends_at > alert.updated_at) {
            let (at, group_key) = (alert.ends_at, Some(Arc::clone(&group.key)));
            self.decisions.push(Decision {
                at,
                group_key,
                alerts: vec![Arc::clone(alert)],
                what: What::TimedOut,
            });
        }
        let alerts = self.audible(name, all, now);
        let besides = self.escalate(name, &alerts, now);
        let receiver = settings.receivers.get(&options.receiver).filter(|_| !alerts.is_empty());
        let integrations = receiver.into_iter().flat_map(|r| r.integrations.iter().cloned()).chain(besides);
        let integrations: Vec<_> = integrations.map(|integration| (integration, Progress::Waiting)).collect();
        let count = integrations.len();
        let firing = alerts.iter().filter(|alert| !alert.is_resolved(now));
        let acknowledged = firing.filter_map(|a| Some((a.fingerprint(), self.acknowledgement(a, now)?)));
        let acknowledged = acknowledged.collect();
        self.last_flush += 1;
        let id = self.last_flush;
        if let Some(group) = self.groups.get_mut(name) {
            group.flush = Some(id);
        }
        let flush = Flush { group: name.clone(), now, alerts, resolved, acknowledged, integrations };
        self.flushes.insert(id, flush);
        for integration in 0..count {
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
            let group_key = Some(Arc::clone(&group_key));
            let what = What::Inhibited { by, rule };
            self.decisions.push(Decision { at: now, group_key, alerts: vec![alert], what });
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
            let what = What::Muted { by: muted_by };
            self.decisions.push(Decision { at: now, group_key: Some(group_key), alerts: left, what });
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
            let (group_key, alerts) = (Some(Arc::clone(&group_key)), vec![Arc::clone(alert)]);
            self.decisions.push(Decision { at: now, group_key, alerts, what: What::Silenced { by } });
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
        let Some((integration, progress)) = flush.integrations.get_mut(id.integration) else { return };
        let integration = integration.clone();
        let told = state_of(&flush.alerts, flush.now);
        let entry = self.log.get(&group.key, &integration.key);
        let reason = decide(entry, &told, integration.send_resolved, route.repeat_interval, flush.now);
        let decision = |what| Decision {
            at: now,
            group_key: Some(Arc::clone(&group.key)),
            alerts: flush.alerts.clone(),
            what,
        };
        let held =
            reason.is_some_and(|reason| is_held(reason, &flush.alerts, &flush.acknowledged, flush.now));
        let Some(reason) = reason.filter(|_| !held) else {
            *progress = Progress::Done;
            let integration = integration.key;
            let what = if held {
                let by = flush.acknowledged.values().map(|a| a.id.clone()).collect();
                What::Held { integration, by }
            } else {
                What::Known { integration, told_by: entry.and_then(|e| e.told_by.clone()) }
            };
            self.decisions.push(decision(what));
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
        *progress = Progress::Sending { told, alerts: alerts.clone(), reason };
        if nobody_to_tell {
            // The log has to know that nothing fires any more, even if the receiver does not want to.
            return self.finish(id, Outcome::sent(data), now);
        }
        self.decisions.push(Decision {
            at: now,
            group_key: Some(Arc::clone(&group.key)),
            alerts: alerts.clone(),
            what: What::Begun { integration: integration.key.clone(), reason },
        });
        messages.push(Message {
            id,
            integration: integration.key,
            group_key: Arc::clone(&group.key),
            group_labels: flush.group.1.clone(),
            route_labels: route.labels.clone(),
            alerts,
            now: flush.now,
            reason,
            deadline: later(later(flush.now, route.group_interval.max(FLUSH_MIN)), self.peer_wait),
            data,
            acknowledged: flush.acknowledged.clone(),
        });
    }

    /// Takes note of a try that failed, while the message is still on its way.
    pub fn note_attempt(&mut self, id: MessageId, attempt: u32, error: &str, now: Timestamp) {
        let Some(flush) = self.flushes.get(&id.flush) else { return };
        let Some((integration, Progress::Sending { alerts, .. })) = flush.integrations.get(id.integration)
        else {
            return;
        };
        let Some(group) = self.groups.get(&flush.group) else { return };
        let (integration, error) = (integration.key.clone(), error.to_owned());
        let what = What::Retried { integration, attempt, error };
        let (group_key, alerts) = (Some(Arc::clone(&group.key)), alerts.clone());
        self.decisions.push(Decision { at: now, group_key, alerts, what });
    }

    /// Takes note of what became of a message. One that is not known (any more) is ignored.
    pub fn finish(&mut self, id: MessageId, outcome: Outcome, now: Timestamp) {
        let Some(flush) = self.flushes.get_mut(&id.flush) else { return };
        let Some((integration, progress)) = flush.integrations.get_mut(id.integration) else { return };
        let integration = integration.key.clone();
        let Progress::Sending { mut told, alerts, reason } = std::mem::replace(progress, Progress::Failed)
        else {
            return;
        };
        let Some(group) = self.groups.get(&flush.group) else { return };
        let route = &self.settings.routes.nodes()[flush.group.0].options;
        let group_key = Arc::clone(&group.key);
        let what = match outcome {
            Outcome::Sent { data, receipt } => {
                told.data = data;
                *progress = Progress::Done;
                self.log.record(&group_key, &integration, told, route.repeat_interval * 2, now);
                What::Sent { integration, reason, receipt }
            }
            Outcome::Failed(error) => What::Failed { integration, reason, error },
        };
        if !alerts.is_empty() {
            self.decisions.push(Decision { at: now, group_key: Some(group_key), alerts, what });
        }
        self.end_if_done(id.flush);
    }

    /// Ends a flush whose integrations are all through.
    fn end_if_done(&mut self, id: u64) {
        let busy =
            |(_, p): &(Integration, Progress)| matches!(p, Progress::Waiting | Progress::Sending { .. });
        if self.flushes.get(&id).is_none_or(|flush| flush.integrations.iter().any(busy)) {
            return;
        }
        let Some(flush) = self.flushes.remove(&id) else { return };
        let Some(group) = self.groups.get_mut(&flush.group) else { return };
        group.flush = None;
        if flush.integrations.iter().all(|(_, p)| matches!(p, Progress::Done)) {
            group.forget(&flush.resolved);
        }
        if group.alerts.is_empty() {
            self.groups.remove(&flush.group);
        } else {
            self.timers.insert((group.next_tick, flush.group));
        }
    }
}

/// Tells whether a message would be no news for those who care: all that fires is acknowledged, and either nothing changed or each
/// acknowledgement is younger than its alert.
fn is_held(
    reason: Reason,
    alerts: &[Arc<Alert>],
    acknowledged: &BTreeMap<Fingerprint, Acknowledgement>,
    now: Timestamp,
) -> bool {
    let mut firing = alerts.iter().filter(|alert| !alert.is_resolved(now));
    let ack = |alert: &Alert| acknowledged.get(&alert.fingerprint());
    match reason {
        Reason::Repeat => firing.all(|alert| ack(alert).is_some()),
        Reason::First | Reason::NewAlerts => {
            firing.all(|alert| ack(alert).is_some_and(|a| a.at >= alert.starts_at))
        }
        Reason::SomeResolved | Reason::AllResolved => false,
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
