//! Silences: who asked for which alerts to be quiet, from when until when, and why.
//!
//! A silence is never changed in place except where history stays true: an active one may end at another time, a pending one
//! may move. Any other change ends it and begins a new one under a new name. Ended silences stay for a retention, so that
//! people can see them and peers learn of the end.
//!
//! Source: `silence/silence.go` of Alertmanager 0.34.

pub mod guard;
mod index;
mod message;
pub mod recurrence;
pub mod terms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use model::{Labels, MatchOp};

use crate::alert::{just_after, later};
use crate::matchers::{Matcher, Matchers, Syntax, is_valid_name};
use crate::pb::{self, StateError};
use crate::times::NamedIntervals;
use index::Index;
use terms::Terms;

/// What keeps alerts quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// A UUID; empty until the silence is stored.
    pub id: String,
    /// An alert is silenced if it passes one of these.
    pub matcher_sets: Vec<Matchers>,
    /// If there are any, only receivers whose labels pass one of these are silenced.
    pub receiver_matcher_sets: Vec<Matchers>,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// When it was stored in this form.
    pub updated_at: Timestamp,
    /// Who asked.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// For programs.
    pub annotations: BTreeMap<String, String>,
}

/// Where a silence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It has not begun.
    Pending,
    /// It silences.
    Active,
    /// It is over.
    Expired,
}

impl State {
    /// Returns the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Active => "active",
            State::Expired => "expired",
        }
    }
}

impl Silence {
    /// Returns where the silence stands at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if now < self.starts_at {
            State::Pending
        } else if now > self.ends_at {
            State::Expired
        } else {
            State::Active
        }
    }

    /// Tells whether an alert passes one of the matcher sets.
    pub fn match_labels(&self, labels: &Labels) -> bool {
        self.matcher_sets.iter().any(|set| set.match_labels(labels))
    }

    /// Tells whether the silence holds for a receiver with these labels.
    pub fn applies_to(&self, receiver: &Labels) -> bool {
        self.receiver_matcher_sets.is_empty()
            || self.receiver_matcher_sets.iter().any(|set| set.match_labels(receiver))
    }

    fn validate(&self, syntax: Syntax) -> Result<(), SilenceError> {
        let invalid = |reason: String| Err(SilenceError::Invalid(reason));
        if self.matcher_sets.is_empty() {
            return invalid("at least one matcher set required".to_owned());
        }
        for (at, set) in self.matcher_sets.iter().enumerate() {
            if set.0.is_empty() {
                return invalid(format!("matcher set {at} is empty"));
            }
            for (i, matcher) in set.0.iter().enumerate() {
                if !is_valid_name(matcher.name(), syntax) {
                    let name = matcher.name();
                    return invalid(format!(
                        "invalid label matcher {i} in set {at}: invalid label name {name:?}"
                    ));
                }
            }
            // A negative matcher always counts as one that says something, as in the original.
            let demands_nothing =
                |m: &Matcher| matches!(m.op(), MatchOp::Equal | MatchOp::Regex) && m.matches("");
            if set.0.iter().all(demands_nothing) {
                return invalid(format!(
                    "matcher set {at}: at least one matcher must not match the empty string"
                ));
            }
        }
        if let Err(reason) = Terms::read(&self.annotations) {
            return invalid(reason);
        }
        if self.ends_at < self.starts_at {
            return invalid("end time must not be before start time".to_owned());
        }
        Ok(())
    }

    /// Tells whether `changed` may take this silence's place at `now` without making history untrue.
    fn may_become(&self, changed: &Silence, now: Timestamp) -> bool {
        self.matcher_sets == changed.matcher_sets
            && match self.state(now) {
                State::Active => {
                    self.starts_at.as_second() == changed.starts_at.as_second() && changed.ends_at >= now
                }
                State::Pending => changed.starts_at >= now,
                State::Expired => false,
            }
    }
}

/// Why a silence is not stored. Texts are Alertmanager's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// No silence has this name.
    #[error("silence not found")]
    NotFound,
    /// It contradicts itself.
    #[error("invalid silence: {0}")]
    Invalid(String),
    /// There are as many as allowed.
    #[error("exceeded maximum number of silences: {count} (limit: {limit})")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// It is larger than allowed.
    #[error("silence exceeded maximum size: {bytes} bytes (limit: {limit} bytes)")]
    TooLarge {
        /// Its size as a message.
        bytes: usize,
        /// The largest allowed.
        limit: usize,
    },
}

/// Bounds; 0 is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Silences, ended ones included.
    pub silences_max: usize,
    /// Bytes of one silence as a message.
    pub silence_bytes_max: usize,
}

/// A silence and until when it is remembered.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    silence: Silence,
    expires_at: Timestamp,
}

/// All silences.
#[derive(Debug)]
pub struct Silences {
    kept: HashMap<String, Kept>,
    /// What silences ask for beyond upstream's, for those that do.
    terms: HashMap<String, Terms>,
    /// What windows may name.
    intervals: BTreeMap<String, NamedIntervals>,
    index: Index,
    retention: SignedDuration,
    limits: Limits,
    syntax: Syntax,
    version: u64,
    /// Messages for peers that nobody fetched yet.
    news: Vec<Vec<u8>>,
    looked: Looked,
}

/// What [`Silences::looks`] returns, while it is counted.
#[derive(Debug, Default)]
struct Looked {
    count: AtomicU64,
    scanned: AtomicU64,
    skipped: AtomicU64,
}

/// How often somebody asked what silences an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Questions.
    pub count: u64,
    /// Silences that were compared with the alerts.
    pub scanned: u64,
    /// Silences that needed no look: the index told that they match nothing of it.
    pub skipped: u64,
}

impl Silences {
    /// Builds an empty store that remembers ended silences for `retention`.
    pub fn new(retention: SignedDuration, limits: Limits, syntax: Syntax) -> Silences {
        Silences {
            kept: HashMap::new(),
            terms: HashMap::new(),
            intervals: BTreeMap::new(),
            index: Index::default(),
            retention,
            limits,
            syntax,
            version: 0,
            news: Vec::new(),
            looked: Looked::default(),
        }
    }

    /// Returns a number that changes with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Finds a silence.
    pub fn get(&self, id: &str) -> Option<&Silence> {
        self.kept.get(id).map(|kept| &kept.silence)
    }

    /// Returns all silences, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Silence> {
        self.kept.values().map(|kept| &kept.silence)
    }

    /// Returns the names of the active silences that an alert passes, sorted.
    pub fn silencing(&self, labels: &Labels, now: Timestamp) -> Vec<&str> {
        let mut scanned = 0;
        let mut ids: Vec<&str> = self
            .index
            .candidates(labels)
            .inspect(|_| scanned += 1)
            .filter_map(|id| self.get(id))
            .filter(|s| s.state(now) == State::Active && s.match_labels(labels) && self.silences_at(s, now))
            .map(|s| s.id.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let Looked { count, scanned: all_scanned, skipped } = &self.looked;
        count.fetch_add(1, Ordering::Relaxed);
        all_scanned.fetch_add(scanned, Ordering::Relaxed);
        skipped.fetch_add((self.kept.len() as u64).saturating_sub(scanned), Ordering::Relaxed);
        ids
    }

    /// Stores a silence: a new one, or a changed one if it names an `id`. Returns its name, which is another if the change
    /// needed a new silence. `new_id` makes a UUID.
    ///
    /// # Errors
    /// [`SilenceError`]; nothing is changed then.
    pub fn set(
        &mut self,
        mut silence: Silence,
        now: Timestamp,
        new_id: impl FnOnce() -> String,
    ) -> Result<String, SilenceError> {
        silence.validate(self.syntax)?;
        let former = match (silence.id.as_str(), self.get(&silence.id)) {
            ("", _) => None,
            (_, Some(former)) => Some(former.clone()),
            (_, None) => return Err(SilenceError::NotFound),
        };
        silence.updated_at = now;
        if former.as_ref().is_some_and(|former| former.may_become(&silence, now)) {
            self.check_size(&silence)?;
            let id = silence.id.clone();
            self.store(silence);
            return Ok(id);
        }
        let (count, limit) = (self.kept.len(), self.limits.silences_max);
        if limit > 0 && count >= limit {
            return Err(SilenceError::TooMany { count, limit });
        }
        silence.id = new_id();
        silence.starts_at = silence.starts_at.max(now);
        self.check_size(&silence)?;
        if let Some(former) = former {
            self.expire(&former.id, now)?;
        }
        let id = silence.id.clone();
        self.store(silence);
        Ok(id)
    }

    /// Ends a silence now. One that is over stays as it is.
    ///
    /// # Errors
    /// [`SilenceError::NotFound`].
    pub fn expire(&mut self, id: &str, now: Timestamp) -> Result<(), SilenceError> {
        let mut silence = self.get(id).ok_or(SilenceError::NotFound)?.clone();
        match silence.state(now) {
            State::Expired => return Ok(()),
            State::Active => silence.ends_at = now,
            State::Pending => (silence.starts_at, silence.ends_at) = (now, now),
        }
        silence.updated_at = now;
        self.store(silence);
        Ok(())
    }

    /// Forgets silences whose retention is over. Returns how many.
    pub fn collect(&mut self, now: Timestamp) -> usize {
        let gone: Vec<String> =
            self.kept.iter().filter(|(_, kept)| kept.expires_at <= now).map(|(id, _)| id.clone()).collect();
        for id in &gone {
            if let Some(kept) = self.kept.remove(id) {
                self.index.remove(&kept.silence);
                self.terms.remove(id);
            }
        }
        self.version += u64::from(!gone.is_empty());
        gone.len()
    }

    /// Returns all silences as a snapshot file or a peer's full state.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.kept.values().for_each(|kept| message::encode(kept, &mut out));
        out
    }

    /// Reads a snapshot or a peer's state and keeps what is newer. Returns what could not be used, with the reason.
    ///
    /// # Errors
    /// Bytes that are no messages; what stood before them is kept.
    pub fn merge(&mut self, bytes: &[u8], now: Timestamp) -> Result<Vec<(String, String)>, StateError> {
        let mut refused = Vec::new();
        let result = pb::decode_all(bytes, |m: pb::MeshSilence| match message::decode(m) {
            Ok(kept) => self.merge_one(kept, now),
            Err(reason) => refused.push(reason),
        });
        result.map(|()| refused)
    }

    /// Returns the number of silences, ended ones included.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Returns the number of entries by which silences are found.
    pub fn index_len(&self) -> usize {
        self.index.len()
    }

    /// Returns how often somebody asked what silences an alert.
    pub fn looks(&self) -> Looks {
        let Looked { count, scanned, skipped } = &self.looked;
        let [count, scanned, skipped] = [count, scanned, skipped].map(|n| n.load(Ordering::Relaxed));
        Looks { count, scanned, skipped }
    }

    /// Returns how much nobody fetched yet.
    pub fn news_len(&self) -> usize {
        self.news.len()
    }

    /// Tells whether there is something that nobody fetched.
    pub fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Returns what peers should be told since the last call, each a message with its length.
    pub fn take_news(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.news)
    }

    fn merge_one(&mut self, kept: Kept, now: Timestamp) {
        let known = self.kept.get(&kept.silence.id);
        if kept.expires_at >= now && known.is_none_or(|k| k.silence.updated_at < kept.silence.updated_at) {
            self.keep(kept);
        }
    }

    fn store(&mut self, mut silence: Silence) {
        // After a clock that went back: peers keep what looks newer.
        if let Some(former) = self.get(&silence.id) {
            silence.updated_at = silence.updated_at.max(just_after(former.updated_at));
        }
        let expires_at = later(silence.ends_at, self.retention);
        self.keep(Kept { silence, expires_at });
    }

    /// Puts a silence in the place of its former self, and tells peers.
    fn keep(&mut self, kept: Kept) {
        if let Some(former) = self.kept.remove(&kept.silence.id) {
            self.index.remove(&former.silence);
        }
        let mut news = Vec::new();
        message::encode(&kept, &mut news);
        self.news.push(news);
        self.index.add(&kept.silence);
        // What cannot be understood was refused where it came in.
        match Terms::read(&kept.silence.annotations) {
            Ok(terms) if !terms.is_plain() => self.terms.insert(kept.silence.id.clone(), terms),
            Ok(_) | Err(_) => self.terms.remove(&kept.silence.id),
        };
        self.version += 1;
        self.kept.insert(kept.silence.id.clone(), kept);
    }

    fn check_size(&self, silence: &Silence) -> Result<(), SilenceError> {
        let limit = self.limits.silence_bytes_max;
        let expires_at = later(silence.ends_at, self.retention);
        let bytes = message::size(&Kept { silence: silence.clone(), expires_at });
        if limit > 0 && bytes > limit { Err(SilenceError::TooLarge { bytes, limit }) } else { Ok(()) }
    }
}
