//! A group of alerts of one route.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::Labels;

use crate::alert::{Alert, in_notification_order, later};
use crate::fingerprint::Fingerprint;
use crate::route::{Route, group_key};

/// Alerts that are sent together.
#[derive(Debug)]
pub(super) struct Group {
    /// What names it in the notification log.
    pub(super) key: Arc<str>,
    pub(super) alerts: BTreeMap<Fingerprint, Arc<Alert>>,
    pub(super) next_tick: Timestamp,
    /// The flush that is going on.
    pub(super) flush: Option<u64>,
    /// Intervals that muted it when it was last looked at.
    pub(super) muted_by: Vec<String>,
    /// Since when nobody answers, where that is escalated.
    pub(super) unanswered_since: Option<Timestamp>,
}

impl Group {
    pub(super) fn new(route: &Route, labels: &Labels, first: &Arc<Alert>, now: Timestamp) -> Group {
        // An alert that fires for long, as after a restart, has waited enough.
        let has_waited = later(first.starts_at, route.options.group_wait) < now;
        let mut group = Group {
            key: group_key(route, labels).into(),
            alerts: BTreeMap::new(),
            next_tick: if has_waited { now } else { later(now, route.options.group_wait) },
            flush: None,
            muted_by: Vec::new(),
            unanswered_since: None,
        };
        group.insert(first);
        group
    }

    /// Takes an alert's newest state. Tells whether it was not in the group before.
    pub(super) fn insert(&mut self, alert: &Arc<Alert>) -> bool {
        self.alerts.insert(alert.fingerprint(), Arc::clone(alert)).is_none()
    }

    /// Returns the alerts in the order of notifications.
    pub(super) fn sorted(&self) -> Vec<Arc<Alert>> {
        in_notification_order(self.alerts.values())
    }

    /// Removes alerts that were told to be resolved, unless they were reported again meanwhile.
    pub(super) fn forget(&mut self, resolved: &[Arc<Alert>]) {
        for alert in resolved {
            let fingerprint = alert.fingerprint();
            if self.alerts.get(&fingerprint).is_some_and(|known| known.updated_at == alert.updated_at) {
                self.alerts.remove(&fingerprint);
            }
        }
    }
}
