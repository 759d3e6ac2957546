//! Escalation: a group that nobody answers is told to further receivers.
//!
//! A step is due when alerts of the group were told, or could have been, for its time and are neither acknowledged nor over.
//! Who was told once is told of all changes until the group is over. Nothing is kept for that but the notification log, so a
//! restart neither forgets nor repeats a step.

use jiff::Timestamp;

use super::{Decision, GroupName, Integration, Manager, What};
use crate::alert::later;
use crate::nflog::IntegrationKey;

use std::sync::Arc;

use crate::alert::Alert;

impl Manager {
    /// Returns the integrations that are told besides those of the route's receiver, and sets when the next step is due.
    pub(super) fn escalate(
        &mut self,
        name: &GroupName,
        alerts: &[Arc<Alert>],
        now: Timestamp,
    ) -> Vec<Integration> {
        let settings = Arc::clone(&self.settings);
        let options = &settings.routes.nodes()[name.0].options;
        if options.escalation.is_empty() {
            return Vec::new();
        }
        let open: Vec<&Arc<Alert>> = alerts
            .iter()
            .filter(|a| !a.is_resolved(now) && self.silences.acknowledging(&a.labels, now).is_none())
            .collect();
        let Some(group) = self.groups.get(name) else { return Vec::new() };
        let key = Arc::clone(&group.key);
        let was_told = |integration: &IntegrationKey| {
            self.log.get(&key, integration).is_some_and(|entry| !entry.told.firing.is_empty())
        };
        let integrations_of =
            |receiver: &str| settings.receivers.get(receiver).map_or(&[][..], |r| r.integrations.as_slice());
        let since = match (open.is_empty(), group.unanswered_since) {
            (true, _) => None,
            (false, Some(since)) => Some(since),
            // After a restart or reload the log knows that it was told before, and the alert since when it fires.
            (false, None) if integrations_of(&options.receiver).iter().any(|i| was_told(&i.key)) => {
                let first = open.iter().map(|a| a.starts_at).min().unwrap_or(now);
                Some(later(first, options.group_wait).min(now))
            }
            (false, None) => Some(now),
        };
        let mut besides: Vec<Integration> = Vec::new();
        let (mut next, mut raised) = (None, Vec::new());
        for step in &options.escalation {
            let integrations = integrations_of(&step.receiver);
            let told = integrations.iter().any(|i| was_told(&i.key));
            let due = since.map(|since| later(since, step.after));
            if due.is_some_and(|due| due > now) && !told {
                next = next.or(due);
                continue;
            }
            if due.is_none() && !told {
                continue;
            }
            if !told {
                raised.push(What::Escalated { receiver: step.receiver.clone(), after: step.after });
            }
            let new = integrations
                .iter()
                .filter(|i| step.receiver != options.receiver && !besides.iter().any(|b| b.key == i.key));
            let new: Vec<Integration> = new.cloned().collect();
            besides.extend(new);
        }
        let open: Vec<Arc<Alert>> = open.into_iter().cloned().collect();
        for what in raised {
            self.decisions.push(Decision {
                at: now,
                group_key: Some(Arc::clone(&key)),
                alerts: open.clone(),
                what,
            });
        }
        if let Some(group) = self.groups.get_mut(name) {
            group.unanswered_since = since;
            group.next_tick = next.map_or(group.next_tick, |next| group.next_tick.min(next));
        }
        besides
    }
}
