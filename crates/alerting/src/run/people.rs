//! What people ask and say: acknowledgements, why somebody was told, how much a silence would match.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Alertmanager;
use crate::alert::later;
use crate::fingerprint::Fingerprint;
use crate::ledger::sentence::Style;
use crate::ledger::why::{Answer, Live, why};
use crate::ledger::{Entry, Named, Query, StoreError};
use crate::manager::{AlertView, Wanted};
use crate::matchers::Matchers;
use crate::silences::{Silence, SilenceError, terms};

/// How long an acknowledgement holds whose author named no end, if its alerts are not over before.
const ACKNOWLEDGED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Most alerts that one question is answered for.
const ANSWERS_MAX: usize = 50;
/// Most entries that one question looks at.
const ENTRIES_MAX: usize = 20_000;

/// Somebody wants to care for alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledge {
    /// Which alerts.
    pub what: Which,
    /// Who.
    pub owner: String,
    /// What they say.
    pub note: String,
    /// Until when at most.
    pub until: Option<Timestamp>,
}

/// Which alerts are acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub enum Which {
    /// Those that fire now.
    Firing(Wanted),
    /// All that pass, later ones too.
    Matching(Matchers),
}

/// Why alerts are not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgeError {
    /// Nothing fires that is meant.
    #[error("no firing alert is meant by it")]
    NothingFires,
    /// It has no author.
    #[error("an acknowledgement needs an owner")]
    NoOwner,
    /// It cannot be kept.
    #[error(transparent)]
    Silence(#[from] SilenceError),
}

impl Alertmanager {
    /// Keeps an acknowledgement and returns its name. It is on disk then.
    ///
    /// # Errors
    /// [`AcknowledgeError`]
    pub fn acknowledge(&self, request: Acknowledge) -> Result<String, AcknowledgeError> {
        if request.owner.trim().is_empty() {
            return Err(AcknowledgeError::NoOwner);
        }
        let now = Timestamp::now();
        let result = {
            let mut manager = self.manager.lock();
            let matcher_sets = match &request.what {
                Which::Matching(matchers) => vec![matchers.clone()],
                Which::Firing(wanted) => manager.exactly(wanted, now),
            };
            if matcher_sets.is_empty() {
                return Err(AcknowledgeError::NothingFires);
            }
            let on = || "true".to_owned();
            let silence = Silence {
                id: String::new(),
                matcher_sets,
                receiver_matcher_sets: Vec::new(),
                starts_at: now,
                ends_at: request.until.unwrap_or_else(|| later(now, ACKNOWLEDGED_FOR)),
                updated_at: now,
                created_by: request.owner,
                comment: request.note,
                annotations: BTreeMap::from([
                    (terms::ACKNOWLEDGES.to_owned(), on()),
                    (terms::UNTIL_RESOLVED.to_owned(), on()),
                ]),
            };
            let new_id = || uuid::Uuid::new_v4().to_string();
            let result = manager.silences_mut().set(silence, now, new_id);
            if let Ok(id) = &result {
                manager.note_acknowledgement(id, now);
            }
            result
        };
        self.note_decisions();
        self.persist();
        // What held the group may hold no more, and the other way round.
        self.wake.notify_one();
        Ok(result?)
    }

    /// Answers why people were told of the alerts that a query means, or not, as of the query's end. Blocks.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn why(&self, query: &Query, style: &Style) -> Result<Vec<(Named, Answer)>, StoreError> {
        let about_now = query.end >= Timestamp::now();
        let query = Query { limit: ENTRIES_MAX, receiver: None, ..query.clone() };
        let entries = match &self.ledger {
            Some(ledger) => ledger.search(&query)?.entries,
            None => Vec::new(),
        };
        let mut by_alert: BTreeMap<Fingerprint, (Named, Vec<Entry>)> = BTreeMap::new();
        for entry in &entries {
            for alert in &entry.alerts {
                let known = by_alert.entry(alert.fingerprint).or_insert_with(|| (alert.clone(), Vec::new()));
                known.1.push(Entry { alerts: Vec::new(), ..entry.clone() });
            }
        }
        if about_now {
            // Alerts that the ledger does not know of, because it is off or younger.
            self.read(|manager, now| {
                for alert in manager.firing(now) {
                    let fingerprint = alert.fingerprint();
                    let meant = query.fingerprint.is_none_or(|f| f == fingerprint)
                        && query.matchers.match_labels(&alert.labels);
                    if meant {
                        let named = Named { fingerprint, labels: alert.labels.clone() };
                        by_alert.entry(fingerprint).or_insert((named, Vec::new()));
                    }
                }
            });
        }
        let last = |story: &(Named, Vec<Entry>)| story.1.last().map_or(query.end, |entry| entry.at);
        let mut stories: Vec<(Named, Vec<Entry>)> = by_alert.into_values().collect();
        stories.sort_by_key(|story| std::cmp::Reverse(last(story)));
        stories.truncate(ANSWERS_MAX);
        let answer = |(named, entries): (Named, Vec<Entry>)| {
            let live: Option<Live> =
                about_now.then(|| self.read(|manager, now| manager.standing(named.fingerprint, now)));
            let answer = why(&entries, live.as_ref(), style);
            (named, answer)
        };
        Ok(stories.into_iter().map(answer).collect())
    }

    /// Returns the alerts that a silence would match, how many there are in all, and why the guard objects, if it does.
    pub fn preview(&self, silence: &Silence) -> (Vec<AlertView>, usize, Option<String>) {
        let (alerts, total) = self.read(|manager, now| {
            let alerts = manager.alerts_that(|alert| silence.match_labels(&alert.labels), now);
            (alerts, manager.firing(now).count())
        });
        let objection = self.options.silence_guard.and_then(|g| g.objection(silence, alerts.len(), total));
        (alerts, total, objection)
    }

    /// Says why the guard objects to a silence, if there is a guard and it does.
    pub fn objection(&self, silence: &Silence) -> Option<String> {
        let guard = self.options.silence_guard?;
        let (matching, total) = self.read(|manager, now| {
            manager.firing(now).fold((0, 0), |(matching, total), alert| {
                (matching + usize::from(silence.match_labels(&alert.labels)), total + 1)
            })
        });
        guard.objection(silence, matching, total)
    }
}
