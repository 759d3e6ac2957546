//! What people say about alerts: that they care for them, and that something is quiet until it is over.
//!
//! Both are silences with terms ([`crate::silences::terms`]), so that they survive restarts, reach peers and can be listed by
//! any client.
//!
//! Invariant: a silence that ends with its alerts ends only after one of them was seen to fire, so a restart, before the alerts
//! are reported again, ends none.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Decision, Manager, What};
use crate::alert::{Alert, later};
use crate::fingerprint::Fingerprint;
use crate::matchers::{Matcher, Matchers};
use crate::silences::Silence;

/// How often alerts are looked for whose end nobody reported.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(10);
/// How soon after an end was reported.
pub(super) const LOOK_SOON: SignedDuration = SignedDuration::from_secs(1);

/// Somebody cares for an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Its name, that of a silence.
    pub id: String,
    /// Who.
    pub owner: String,
    /// What they said.
    pub note: String,
    /// Since when.
    pub at: Timestamp,
    /// Until when at most; it ends earlier if its alerts do.
    pub until: Timestamp,
}

impl Acknowledgement {
    /// Reads a silence that is an acknowledgement.
    pub fn of(silence: &Silence) -> Acknowledgement {
        Acknowledgement {
            id: silence.id.clone(),
            owner: silence.created_by.clone(),
            note: silence.comment.clone(),
            at: silence.starts_at,
            until: silence.ends_at,
        }
    }
}

impl Manager {
    /// Returns who cares for an alert.
    pub fn acknowledgement(&self, alert: &Alert, now: Timestamp) -> Option<Acknowledgement> {
        self.silences.acknowledging(&alert.labels, now).map(Acknowledgement::of)
    }

    /// Returns matchers that pass exactly the firing alerts of a group, or of a fingerprint; none if there are none.
    pub fn exactly(&self, wanted: &Wanted, now: Timestamp) -> Vec<Matchers> {
        let of = |alert: &Arc<Alert>| {
            Matchers(alert.labels.iter().map(|(name, value)| Matcher::equal(name, value)).collect())
        };
        match wanted {
            Wanted::Alert(fingerprint) => {
                self.alerts.get(fingerprint).filter(|a| !a.is_resolved(now)).map(of).into_iter().collect()
            }
            Wanted::Group(key) => self
                .groups
                .values()
                .filter(|group| *group.key == **key)
                .flat_map(|group| group.alerts.values().filter(|a| !a.is_resolved(now)).map(of))
                .collect(),
        }
    }

    /// Notes in the decisions that an acknowledgement was made.
    pub fn note_acknowledgement(&mut self, id: &str, now: Timestamp) {
        let Some(silence) = self.silences.get(id) else { return };
        let firing = self.alerts.values().filter(|a| !a.is_resolved(now) && silence.match_labels(&a.labels));
        let alerts: Vec<Arc<Alert>> = firing.cloned().collect();
        let Acknowledgement { id, owner, note, .. } = Acknowledgement::of(silence);
        if !alerts.is_empty() {
            let what = What::Acknowledged { id, owner, note };
            self.decisions.push(Decision { at: now, group_key: None, alerts, what });
        }
    }

    /// Ends silences whose alerts are over. Looks soon after alerts were reported to be over, else now and then.
    pub(super) fn end_with_alerts(&mut self, now: Timestamp) {
        if now < self.look_at_silences {
            return;
        }
        self.look_at_silences = later(now, LOOK_EVERY);
        let mut over = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        for silence in self.silences.until_resolved(now) {
            let witness = self.witnesses.get(&silence.id).copied();
            let fires = |alert: &Alert| !alert.is_resolved(now) && silence.match_labels(&alert.labels);
            let still = witness.and_then(|w| self.alerts.get(&w)).filter(|alert| fires(alert));
            // Only if the one that was seen is over are the others looked at.
            match still.or_else(|| self.alerts.values().find(|alert| fires(alert))) {
                Some(alert) => {
                    seen.insert(silence.id.clone(), alert.fingerprint());
                }
                None => over.extend(witness.map(|w| (silence.id.clone(), w))),
            }
        }
        self.witnesses = seen;
        for (id, witness) in over {
            if self.silences.expire(&id, now).is_ok()
                && let Some(alert) = self.alerts.get(&witness)
            {
                let (alerts, what) = (vec![Arc::clone(alert)], What::SilenceEnded { id });
                self.decisions.push(Decision { at: now, group_key: None, alerts, what });
            }
        }
    }
}

/// What is meant by a request about alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One alert.
    Alert(Fingerprint),
    /// All of a group.
    Group(String),
}
