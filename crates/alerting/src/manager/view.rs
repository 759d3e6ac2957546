//! What the API shows: alerts with what keeps them quiet, and groups.

use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use super::Manager;
use super::group::Group;
use super::people::Acknowledgement;
use crate::alert::{Alert, label_order};
use crate::fingerprint::Fingerprint;
use crate::ledger::why::Live;
use crate::route::Route;

/// What keeps an alert quiet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertStatus {
    /// Names of silences.
    pub silenced_by: Vec<String>,
    /// Alerts that inhibit it.
    pub inhibited_by: Vec<Fingerprint>,
    /// Intervals that mute its group; only known within a group.
    pub muted_by: Vec<String>,
}

impl AlertStatus {
    /// Returns the API's word.
    pub fn state(&self) -> &'static str {
        let quiet =
            !(self.silenced_by.is_empty() && self.inhibited_by.is_empty() && self.muted_by.is_empty());
        if quiet { "suppressed" } else { "active" }
    }
}

/// An alert as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertView {
    /// The alert.
    pub alert: Arc<Alert>,
    /// What keeps it quiet.
    pub status: AlertStatus,
    /// Who would be told, in the order of the routes; sorted within a group.
    pub receivers: Vec<String>,
    /// Who cares for it.
    pub acknowledgement: Option<Acknowledgement>,
}

/// A group as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertGroup {
    /// The labels that it groups by.
    pub labels: Labels,
    /// Who is told.
    pub receiver: String,
    /// When it is looked at next.
    pub next_tick: Timestamp,
    /// The number of the route.
    pub route: usize,
    /// What names it in the notification log.
    pub key: Arc<str>,
    /// Its alerts, in order.
    pub alerts: Vec<AlertView>,
}

impl Manager {
    /// Returns the alerts that are not over, in the order of their fingerprints.
    pub fn alerts(&self, now: Timestamp) -> Vec<AlertView> {
        self.alerts_that(|_| true, now)
    }

    /// Returns those of the alerts that are not over that `wanted` picks, in the order of their fingerprints.
    pub fn alerts_that(&self, wanted: impl Fn(&Alert) -> bool, now: Timestamp) -> Vec<AlertView> {
        let picked = self.firing(now).filter(|alert| wanted(alert));
        let mut alerts: Vec<AlertView> = picked.map(|alert| self.view(alert, &[], now)).collect();
        alerts.sort_by_key(|view| view.alert.fingerprint());
        alerts
    }

    /// Returns the alerts that are not over, in no order, without looking at what keeps them quiet.
    pub fn firing(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Alert>> {
        self.alerts.values().filter(move |alert| !alert.is_resolved(now))
    }

    /// Returns where an alert stands: whether it fires, which silences hold, when its groups are looked at.
    pub fn standing(&self, fingerprint: Fingerprint, now: Timestamp) -> Live {
        let Some(alert) = self.alerts.get(&fingerprint) else { return Live::default() };
        let looks = self.settings.routes.matching(&alert.labels).into_iter().filter_map(|number| {
            let options = &self.settings.routes.nodes()[number].options;
            let group = self.groups.get(&(number, options.group_by.group_labels(&alert.labels)))?;
            Some((options.receiver.clone(), group.next_tick.max(self.starts_at)))
        });
        let silences = self.silences.silencing(&alert.labels, now).into_iter().filter_map(|id| {
            let s = self.silences.get(id)?;
            Some((s.id.clone(), s.created_by.clone(), s.comment.clone(), s.ends_at))
        });
        Live { fires: !alert.is_resolved(now), looks: looks.collect(), silences: silences.collect() }
    }

    /// Returns how many alerts are not over: those that somebody may be told of, and those that something keeps quiet.
    pub fn alert_counts(&self, now: Timestamp) -> (usize, usize) {
        let firing = self.alerts.values().filter(|alert| !alert.is_resolved(now));
        firing.fold(
            (0, 0),
            |(active, quiet), alert| {
                if self.is_quiet(alert, now) { (active, quiet + 1) } else { (active + 1, quiet) }
            },
        )
    }

    /// Returns how many alerts of each group are not over, by the group's key: those that somebody may be told of, and those that
    /// something keeps quiet.
    pub fn group_counts(&self, now: Timestamp) -> Vec<(Arc<str>, (usize, usize))> {
        let count = |group: &Group| {
            let firing = group.alerts.values().filter(|alert| !alert.is_resolved(now));
            firing.fold((0, 0), |(active, quiet), alert| {
                if !group.muted_by.is_empty() || self.is_quiet(alert, now) {
                    (active, quiet + 1)
                } else {
                    (active + 1, quiet)
                }
            })
        };
        self.groups.values().map(|group| (Arc::clone(&group.key), count(group))).collect()
    }

    fn is_quiet(&self, alert: &Alert, now: Timestamp) -> bool {
        !self.silences.silencing(&alert.labels, now).is_empty()
            || self.inhibitor.inhibition(&alert.labels, now).is_some()
    }

    /// Returns the groups of the routes that `wanted` picks, sorted by labels and receiver, with their alerts that are not over.
    pub fn alert_groups(&self, wanted: impl Fn(&Route) -> bool, now: Timestamp) -> Vec<AlertGroup> {
        let mut groups = Vec::new();
        for ((number, labels), group) in &self.groups {
            let route = &self.settings.routes.nodes()[*number];
            if !wanted(route) {
                continue;
            }
            let alerts: Vec<AlertView> = group
                .sorted()
                .iter()
                .filter(|alert| !alert.is_resolved(now))
                .map(|alert| {
                    let mut view = self.view(alert, &group.muted_by, now);
                    view.receivers.sort();
                    view
                })
                .collect();
            groups.push(AlertGroup {
                labels: labels.clone(),
                receiver: route.options.receiver.clone(),
                next_tick: group.next_tick.max(self.starts_at),
                route: *number,
                key: Arc::clone(&group.key),
                alerts,
            });
        }
        groups.retain(|group| !group.alerts.is_empty());
        groups.sort_by(|a, b| label_order(&a.labels, &b.labels).then_with(|| a.receiver.cmp(&b.receiver)));
        groups
    }

    fn view(&self, alert: &Arc<Alert>, muted_by: &[String], now: Timestamp) -> AlertView {
        let silences = self.silences.silencing(&alert.labels, now);
        let inhibition = self.inhibitor.inhibition(&alert.labels, now);
        let routes = self.settings.routes.matching(&alert.labels);
        let receiver = |number: &usize| self.settings.routes.nodes()[*number].options.receiver.clone();
        AlertView {
            alert: Arc::clone(alert),
            status: AlertStatus {
                silenced_by: silences.into_iter().map(str::to_owned).collect(),
                inhibited_by: inhibition.map(|i| i.by).into_iter().collect(),
                muted_by: muted_by.to_vec(),
            },
            receivers: routes.iter().map(receiver).collect(),
            acknowledgement: self.acknowledgement(alert, now),
        }
    }
}
