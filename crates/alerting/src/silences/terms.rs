//! What a silence may say beyond upstream's: in annotations, so that the file stays one that Alertmanager reads.
//!
//! | annotation | meaning |
//! |---|---|
//! | `bongsu_acknowledges: "true"` | it silences nothing: somebody cares for these alerts, so they are not repeated |
//! | `bongsu_until_resolved: "true"` | it ends when the last alert that passes it is over |
//! | `bongsu_during: "mon-fri 22:00-06:00 Asia/Seoul; kr-holidays"` | it silences only during these windows |
//!
//! To Alertmanager all of them are silences from their start to their end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::Labels;

use super::recurrence::{self, Occurrence, Window};
use super::{Silence, Silences, State};
use crate::times::NamedIntervals;

/// See the module's text.
pub const ACKNOWLEDGES: &str = "bongsu_acknowledges";
/// See the module's text.
pub const UNTIL_RESOLVED: &str = "bongsu_until_resolved";
/// See the module's text.
pub const DURING: &str = "bongsu_during";

/// What the annotations of a silence ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// It is an acknowledgement.
    pub acknowledges: bool,
    /// It ends with its alerts.
    pub until_resolved: bool,
    /// When it silences; always if there are none.
    pub windows: Vec<Window>,
}

impl Terms {
    /// Reads the terms of a silence from its annotations.
    ///
    /// # Errors
    /// Which annotation cannot be understood, and why.
    pub fn read(annotations: &BTreeMap<String, String>) -> Result<Terms, String> {
        let switch = |name: &str| match annotations.get(name).map(String::as_str) {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(format!("annotation {name}: {other:?} is neither true nor false")),
        };
        let windows = annotations.get(DURING).map_or(Ok(Vec::new()), |text| {
            recurrence::parse(text).map_err(|error| format!("annotation {DURING}: {error}"))
        })?;
        Ok(Terms { acknowledges: switch(ACKNOWLEDGES)?, until_resolved: switch(UNTIL_RESOLVED)?, windows })
    }

    /// Whether there are any.
    pub fn is_plain(&self) -> bool {
        *self == Terms::default()
    }
}

impl Silences {
    /// Returns what a silence asks for beyond upstream's, if it does.
    pub fn terms(&self, id: &str) -> Option<&Terms> {
        self.terms.get(id)
    }

    /// Says what windows of recurring silences may name.
    pub fn set_intervals(&mut self, intervals: &BTreeMap<String, NamedIntervals>) {
        self.intervals.clone_from(intervals);
    }

    /// Returns the next stretches in which windows hold, at most `max`, that begin before `until`.
    pub fn occurrences(
        &self,
        terms: &Terms,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Vec<Occurrence> {
        recurrence::next(&terms.windows, &self.intervals, now, until, max)
    }

    /// Tells whether a silence silences what passes it at `now`: it is active, no acknowledgement, and in one of its windows.
    pub fn silences_at(&self, silence: &Silence, now: Timestamp) -> bool {
        silence.state(now) == State::Active
            && self.terms.get(&silence.id).is_none_or(|terms| {
                !terms.acknowledges
                    && (terms.windows.is_empty()
                        || recurrence::contains(&terms.windows, &self.intervals, now))
            })
    }

    /// Returns the newest acknowledgement of an alert that is in force.
    pub fn acknowledging(&self, labels: &Labels, now: Timestamp) -> Option<&Silence> {
        if self.terms.is_empty() {
            return None;
        }
        self.index
            .candidates(labels)
            .filter(|id| self.terms.get(*id).is_some_and(|terms| terms.acknowledges))
            .filter_map(|id| self.get(id))
            .filter(|s| s.state(now) == State::Active && s.match_labels(labels))
            .max_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)))
    }

    /// Returns the silences in force that end with their alerts.
    pub fn until_resolved(&self, now: Timestamp) -> impl Iterator<Item = &Silence> {
        let ids = self.terms.iter().filter(|(_, terms)| terms.until_resolved).map(|(id, _)| id);
        ids.filter_map(|id| self.get(id)).filter(move |s| s.state(now) == State::Active)
    }
}
