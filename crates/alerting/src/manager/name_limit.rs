//! The bound on alerts with the same `alertname`. A known alert is always taken; a new one takes the place of one that is over.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use jiff::Timestamp;

use crate::alert::Alert;
use crate::fingerprint::Fingerprint;

/// Names whose refused alerts are counted: an attacker may have many.
const REFUSED_NAMES_MAX: usize = 10_000;

/// The alerts of one name: when each ends, and all in this order.
#[derive(Debug, Default)]
struct Named {
    ends: HashMap<Fingerprint, Timestamp>,
    by_end: BTreeSet<(Timestamp, Fingerprint)>,
}

impl Named {
    fn forget_resolved(&mut self, now: Timestamp) {
        while let Some((_, alert)) = self.by_end.first().filter(|(end, _)| *end <= now).copied() {
            self.by_end.pop_first();
            self.ends.remove(&alert);
        }
    }
}

/// How many alerts of each name there are.
#[derive(Debug)]
pub(super) struct NameLimit {
    limit: usize,
    names: HashMap<String, Named>,
    /// How many alerts were refused, by name.
    refused: HashMap<String, u64>,
}

impl NameLimit {
    /// Builds a bound; 0 is none.
    pub(super) fn new(limit: usize) -> NameLimit {
        NameLimit { limit, names: HashMap::new(), refused: HashMap::new() }
    }

    /// Counts an alert, unless it is new and there are too many.
    pub(super) fn admit(&mut self, alert: &Alert, now: Timestamp) -> bool {
        if self.limit == 0 {
            return true;
        }
        let named = self.names.entry_ref(alert.name()).or_default();
        let fingerprint = alert.fingerprint();
        if !named.ends.contains_key(&fingerprint) && named.ends.len() >= self.limit {
            named.forget_resolved(now);
            if named.ends.len() >= self.limit {
                if self.refused.len() < REFUSED_NAMES_MAX || self.refused.contains_key(alert.name()) {
                    *self.refused.entry_ref(alert.name()).or_default() += 1;
                }
                return false;
            }
        }
        if let Some(former) = named.ends.insert(fingerprint, alert.ends_at) {
            named.by_end.remove(&(former, fingerprint));
        }
        named.by_end.insert((alert.ends_at, fingerprint));
        true
    }

    /// Returns how many alerts were refused of each name.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&str, u64)> {
        self.refused.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// Forgets alerts that are over.
    pub(super) fn forget_resolved(&mut self, now: Timestamp) {
        self.names.retain(|_, named| {
            named.forget_resolved(now);
            !named.ends.is_empty()
        });
    }
}
