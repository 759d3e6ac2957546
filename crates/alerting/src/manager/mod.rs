//! The Alertmanager as one state machine: alerts in, messages to send out, their outcome in again.
//!
//! The shell calls [`Manager::handle_alerts`] when alerts arrive, [`Manager::poll`] when [`Manager::next_deadline`] has come,
//! and [`Manager::finish`] when a message was sent or given up. Nothing here waits or reads a clock.
//!
//! Each route keeps its alerts in groups. A group is looked at first after `group_wait`, then every `group_interval`; a look
//! is called a flush. A flush leaves out what is inhibited, muted or silenced, asks the notification log per integration
//! whether anything has to be said, and hands out messages. When all of them succeeded, resolved alerts leave the group.
//!
//! Invariants: 1. A group has at most one flush at a time; a tick that comes meanwhile waits for its end.  2. A group without
//! alerts does not exist.  3. What a flush decides depends only on the state and `now`.
//!
//! Source: `dispatch/dispatch.go` and the stages in `notify/` of Alertmanager 0.34.

mod clock;
mod decision;
mod escalation;
mod flush;
mod group;
mod links;
mod name_limit;
mod people;
mod settings;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use model::Labels;

use crate::alert::{Alert, InvalidAlert, Report, later};
use crate::fingerprint::Fingerprint;
use crate::inhibit::Inhibitor;
use crate::nflog::NotificationLog;
use crate::route::Route;
use crate::silences::Silences;
use flush::Flush;
use group::Group;
use links::Links;
use name_limit::NameLimit;

pub use decision::{Decision, Receipt, What};
pub use flush::{Message, MessageId, Outcome};
pub use people::{Acknowledgement, Wanted};
pub use settings::{Bounds, Integration, Receiver, Settings};
pub use view::{AlertGroup, AlertStatus, AlertView};

/// No flush takes less time than this until it is given up.
const FLUSH_MIN: SignedDuration = SignedDuration::from_secs(10);

/// What names a group: its route and the values of the labels that it groups by.
type GroupName = (usize, Labels);

/// Figures that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Reports of firing alerts.
    pub received_firing: u64,
    /// Reports of resolved alerts.
    pub received_resolved: u64,
    /// Reports that were refused.
    pub invalid: u64,
    /// Alerts dropped because of the bound per alert name.
    pub limited: u64,
    /// Groups not made because of the bound on groups.
    pub groups_refused: u64,
    /// Alerts left out of a flush, by what kept them quiet.
    pub suppressed_by_inhibition: u64,
    /// See above.
    pub suppressed_by_silence: u64,
    /// See above.
    pub suppressed_by_mute_interval: u64,
    /// See above.
    pub suppressed_by_active_interval: u64,
}

/// All alerts, groups, silences and the notification log.
#[derive(Debug)]
pub struct Manager {
    settings: Arc<Settings>,
    bounds: Bounds,
    alerts: HashMap<Fingerprint, Arc<Alert>>,
    names: NameLimit,
    links: Links,
    inhibitor: Inhibitor,
    silences: Silences,
    log: NotificationLog,
    groups: BTreeMap<GroupName, Group>,
    /// When groups are looked at next. Each group without a flush is here exactly once.
    timers: BTreeSet<(Timestamp, GroupName)>,
    flushes: BTreeMap<u64, Flush>,
    /// When the integrations of flushes go on that wait for peers before us.
    waiting: BTreeSet<(Timestamp, MessageId)>,
    last_flush: u64,
    /// The latest moment that we were told of.
    seen: Timestamp,
    /// Nothing is sent before.
    starts_at: Timestamp,
    /// Nothing is sent at all: the peers are not found yet.
    held: bool,
    /// How long each message waits for peers before us to send it.
    peer_wait: SignedDuration,
    counters: Counters,
    decisions: Vec<Decision>,
    /// For silences that end with their alerts: one that was seen to fire.
    witnesses: BTreeMap<String, Fingerprint>,
    /// When such silences are looked at next.
    look_at_silences: Timestamp,
}

impl Manager {
    /// Builds a manager without alerts, which sends nothing before `starts_at`: peers and clients need time to say what they know.
    pub fn new(
        settings: Arc<Settings>,
        bounds: Bounds,
        mut silences: Silences,
        log: NotificationLog,
        starts_at: Timestamp,
    ) -> Manager {
        silences.set_intervals(&settings.intervals);
        Manager {
            inhibitor: Inhibitor::new(settings.inhibit_rules.iter().cloned()),
            settings,
            bounds,
            alerts: HashMap::new(),
            names: NameLimit::new(bounds.alerts_per_name_max),
            links: Links::default(),
            silences,
            log,
            groups: BTreeMap::new(),
            timers: BTreeSet::new(),
            flushes: BTreeMap::new(),
            waiting: BTreeSet::new(),
            last_flush: 0,
            seen: Timestamp::MIN,
            starts_at,
            held: false,
            peer_wait: SignedDuration::ZERO,
            counters: Counters::default(),
            decisions: Vec::new(),
            witnesses: BTreeMap::new(),
            look_at_silences: Timestamp::MIN,
        }
    }

    /// Returns the settings in force.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Returns the bounds.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Returns how many alerts were dropped of each name that there are too many of.
    pub fn limited_names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.refused()
    }

    /// Returns the silences.
    pub fn silences(&self) -> &Silences {
        &self.silences
    }

    /// Returns the silences, to be changed.
    pub fn silences_mut(&mut self) -> &mut Silences {
        &mut self.silences
    }

    /// Returns the notification log.
    pub fn log(&self) -> &NotificationLog {
        &self.log
    }

    /// Returns the notification log, to be joined with a peer's.
    pub fn log_mut(&mut self) -> &mut NotificationLog {
        &mut self.log
    }

    /// Returns what was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Returns the number of groups.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Sends nothing until [`Manager::release`].
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Ends what [`Manager::hold`] began.
    pub fn release(&mut self) {
        self.held = false;
    }

    /// Sets how long messages wait for peers before us.
    pub fn set_peer_wait(&mut self, wait: SignedDuration) {
        self.peer_wait = wait;
    }

    /// Returns what was decided since the last call, oldest first.
    pub fn take_decisions(&mut self) -> Vec<Decision> {
        std::mem::take(&mut self.decisions)
    }

    /// Drops the oldest decisions beyond a number: nobody may be there to fetch them.
    pub fn trim_decisions(&mut self, max: usize) {
        let excess = self.decisions.len().saturating_sub(max);
        self.decisions.drain(..excess);
    }

    /// Takes reports of alerts. Good ones count even if others are refused; returns the refused ones by position.
    pub fn handle_alerts(
        &mut self,
        reports: impl IntoIterator<Item = Report>,
        now: Timestamp,
    ) -> Vec<(usize, InvalidAlert)> {
        self.follow_clock(now);
        let mut refused = Vec::new();
        let (timeout, syntax) = (self.settings.resolve_timeout, self.settings.syntax);
        for (at, report) in reports.into_iter().enumerate() {
            match Alert::from_report(report, now, timeout, syntax) {
                Ok(alert) => {
                    let resolved = alert.is_resolved(now);
                    self.counters.received_resolved += u64::from(resolved);
                    self.counters.received_firing += u64::from(!resolved);
                    self.handle_alert(alert, now);
                }
                Err(error) => {
                    self.counters.invalid += 1;
                    refused.push((at, error));
                }
            }
        }
        refused
    }

    /// Takes new settings. Groups are made anew from the alerts; messages on their way are forgotten, and what
    /// [`Manager::finish`] is told of them later is ignored.
    pub fn reload(&mut self, settings: Arc<Settings>, now: Timestamp) {
        self.inhibitor = Inhibitor::new(settings.inhibit_rules.iter().cloned());
        self.silences.set_intervals(&settings.intervals);
        self.settings = settings;
        self.groups.clear();
        self.timers.clear();
        self.flushes.clear();
        self.waiting.clear();
        let alerts: Vec<Arc<Alert>> = self.alerts.values().cloned().collect();
        for alert in alerts {
            self.inhibitor.handle_alert(&alert);
            self.group(&alert, now);
        }
    }

    /// Forgets what is over: resolved alerts, ended silences, old log entries.
    pub fn collect(&mut self, now: Timestamp) {
        self.alerts.retain(|_, alert| !alert.is_resolved(now));
        self.names.forget_resolved(now);
        self.links.forget_unused();
        self.inhibitor.forget_resolved(now);
        self.silences.collect(now);
        self.log.collect(now);
    }

    /// Returns when [`Manager::poll`] has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.held {
            return None;
        }
        let tick = self.timers.first().map(|(at, _)| *at);
        let waiting = self.waiting.first().map(|(at, _)| *at);
        let next = tick.into_iter().chain(waiting).min()?;
        Some(next.max(self.starts_at))
    }

    /// Does what is due and returns the messages to send now.
    pub fn poll(&mut self, now: Timestamp) -> Vec<Message> {
        let mut messages = Vec::new();
        self.follow_clock(now);
        if self.held {
            return messages;
        }
        self.end_with_alerts(now);
        if now < self.starts_at {
            return messages;
        }
        while let Some((_, name)) = self.timers.first().filter(|(at, _)| *at <= now).cloned() {
            self.timers.pop_first();
            self.flush(&name, now, &mut messages);
        }
        while let Some((_, id)) = self.waiting.first().filter(|(at, _)| *at <= now).copied() {
            self.waiting.pop_first();
            self.ask_log(id, now, &mut messages);
        }
        messages
    }

    fn handle_alert(&mut self, alert: Alert, now: Timestamp) {
        let fingerprint = alert.fingerprint();
        if !self.names.admit(&alert, now) {
            self.counters.limited += 1;
            let what = What::Refused { limit: self.bounds.alerts_per_name_max };
            self.decisions.push(Decision { at: now, group_key: None, alerts: vec![Arc::new(alert)], what });
            return;
        }
        let known = self.alerts.get(&fingerprint);
        let did_fire = known.is_some_and(|known| !known.is_resolved(now));
        let mut alert = match known {
            Some(known) => clock::updated(known, alert, now),
            None => alert,
        };
        alert.generator_url = self.links.shared(alert.generator_url, self.alerts.len());
        let alert = Arc::new(alert);
        let fires = !alert.is_resolved(now);
        if fires != did_fire {
            if did_fire {
                self.look_at_silences = self.look_at_silences.min(later(now, people::LOOK_SOON));
            }
            let what = if fires { What::Received } else { What::Resolved };
            let alerts = vec![Arc::clone(&alert)];
            self.decisions.push(Decision { at: now, group_key: None, alerts, what });
        }
        self.alerts.insert(fingerprint, Arc::clone(&alert));
        self.inhibitor.handle_alert(&alert);
        self.group(&alert, now);
    }

    /// Puts an alert into its groups.
    fn group(&mut self, alert: &Arc<Alert>, now: Timestamp) {
        let settings = Arc::clone(&self.settings);
        for number in settings.routes.matching(&alert.labels) {
            let route = &settings.routes.nodes()[number];
            let name = (number, route.options.group_by.group_labels(&alert.labels));
            if let Some(group) = self.groups.get_mut(&name) {
                if group.insert(alert) {
                    self.decisions.push(grouped(alert, group, route, now));
                }
                continue;
            }
            if self.bounds.groups_max > 0 && self.groups.len() >= self.bounds.groups_max {
                self.counters.groups_refused += 1;
                continue;
            }
            let group = Group::new(route, &name.1, alert, now);
            self.decisions.push(grouped(alert, &group, route, now));
            self.timers.insert((group.next_tick, name.clone()));
            self.groups.insert(name, group);
        }
    }
}

fn grouped(alert: &Arc<Alert>, group: &Group, route: &Route, now: Timestamp) -> Decision {
    let what = What::Grouped { receiver: route.options.receiver.clone(), due: group.next_tick };
    Decision { at: now, group_key: Some(Arc::clone(&group.key)), alerts: vec![Arc::clone(alert)], what }
}
