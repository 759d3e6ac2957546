//! Leaves out what only repeats: that an alert is still silenced by the same silence, that a receiver still knows all of it.
//!
//! Without this a group that nobody changes would write a line per look, and the ledger would hold hours instead of weeks.

use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashMap;

use super::entry::{Entry, Event};
use crate::fingerprint::Fingerprint;
use crate::manager::What;

/// Alerts that are remembered; beyond, all is forgotten and some lines come once more.
const ALERTS_MAX: usize = 200_000;

/// What was last written of each alert.
#[derive(Debug, Default)]
pub struct Novelty {
    /// By alert: what kind of state in which group, and the state.
    known: HashMap<Fingerprint, Vec<(u64, u64)>>,
}

/// What an event says of the state of an alert.
enum Says {
    /// Something that happens once.
    News,
    /// A new life begins.
    Begins,
    /// It is in this state.
    State { slot: u64, content: u64 },
}

impl Novelty {
    /// Leaves those alerts in an entry for which it is new. Tells whether there are any.
    pub fn keep_new(&mut self, entry: &mut Entry) -> bool {
        if self.known.len() > ALERTS_MAX {
            self.known.clear();
        }
        let says = says(entry);
        let ended_quiet = ends_quiet(&entry.event).then(|| quiet_slot(entry));
        entry.alerts.retain(|alert| {
            let states = self.known.entry(alert.fingerprint).or_default();
            if let Some(quiet) = ended_quiet {
                states.retain(|(slot, _)| *slot != quiet);
            }
            match says {
                Says::News => true,
                Says::Begins => {
                    states.clear();
                    true
                }
                Says::State { slot, content } => match states.iter_mut().find(|(s, _)| *s == slot) {
                    Some((_, known)) if *known == content => false,
                    Some((_, known)) => {
                        *known = content;
                        true
                    }
                    None => {
                        states.push((slot, content));
                        true
                    }
                },
            }
        });
        !entry.alerts.is_empty()
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn quiet_slot(entry: &Entry) -> u64 {
    hash(("quiet", &entry.group_key))
}

/// Whether the event shows that nothing keeps the alert quiet.
fn ends_quiet(event: &Event) -> bool {
    matches!(event, Event::Decided(What::Known { .. } | What::Held { .. } | What::Begun { .. }))
}

fn says(entry: &Entry) -> Says {
    let quiet = |content: u64| Says::State { slot: quiet_slot(entry), content };
    let told = |integration: &crate::nflog::IntegrationKey, content: u64| Says::State {
        slot: hash(("told", &entry.group_key, integration)),
        content,
    };
    match &entry.event {
        Event::Rule { .. } => Says::News,
        Event::Decided(what) => match what {
            What::Received => Says::Begins,
            What::Refused { .. } => Says::State { slot: hash("refused"), content: 0 },
            What::Grouped { receiver, .. } => {
                Says::State { slot: hash(("grouped", &entry.group_key)), content: hash(receiver) }
            }
            What::Inhibited { by, .. } => quiet(hash(("inhibited", by))),
            What::Silenced { by } => quiet(hash(("silenced", by))),
            What::Muted { by } => quiet(hash(("muted", by))),
            What::Known { integration, told_by } => told(integration, hash(("known", told_by))),
            What::Held { integration, by } => told(integration, hash(("held", by))),
            // A message changes what the receiver knows: the next time that it knows all is news again.
            What::Begun { integration, .. } => told(integration, hash(("begun", entry.at.as_nanosecond()))),
            What::Sent { integration, .. } => told(integration, hash(("sent", entry.at.as_nanosecond()))),
            What::Failed { integration, .. } => told(integration, hash(("failed", entry.at.as_nanosecond()))),
            What::Escalated { receiver, after } => Says::State {
                slot: hash(("escalated", &entry.group_key)),
                content: hash((receiver, after.as_nanos())),
            },
            // Seen at each look until the group forgets it.
            What::TimedOut => {
                Says::State { slot: hash("timed out"), content: hash(entry.at.as_nanosecond()) }
            }
            What::Resolved | What::Retried { .. } | What::Acknowledged { .. } | What::SilenceEnded { .. } => {
                Says::News
            }
        },
    }
}
