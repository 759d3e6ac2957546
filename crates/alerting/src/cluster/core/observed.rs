//! What packets show of members, for figures only: who was said to be alive, and how fast probes are answered.
//!
//! Invariant: names are bounded, whatever packets say; beyond, nothing is counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::identity::Identity;
use super::inspect::Inspection;
use super::{MEMBERS_MAX, Moment};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// How often somebody told that a member is alive, by its name.
    alive: BTreeMap<String, u64>,
    /// The last probe of each member that was not answered, and when it was sent.
    probed: BTreeMap<SocketAddr, (u8, Moment)>,
    /// Answers that nobody fetched.
    answers: Vec<(String, Duration)>,
}

impl Observed {
    /// Takes note of a probe that goes out.
    pub(super) fn probes(&mut self, member: SocketAddr, number: u8, now: Moment) {
        if self.probed.len() < MEMBERS_MAX || self.probed.contains_key(&member) {
            self.probed.insert(member, (number, now));
        }
    }

    /// Takes note of what was told.
    pub(super) fn hears(&mut self, told: Inspection, now: Moment) {
        if let Some((Identity { address, name, .. }, number)) = told.answer
            && let Some((_, sent)) = self.probed.remove(&address).filter(|(probed, _)| *probed == number)
            && self.answers.len() < MEMBERS_MAX
        {
            self.answers.push((name, now.saturating_sub(sent)));
        }
        for name in told.alive {
            if self.alive.len() < MEMBERS_MAX || self.alive.contains_key(&name) {
                *self.alive.entry(name).or_default() += 1;
            }
        }
    }

    /// Forgets what is only of interest while a member lives.
    pub(super) fn forgets(&mut self, member: SocketAddr) {
        self.probed.remove(&member);
    }

    /// Returns how often somebody told that a member is alive, by its name.
    pub(super) fn alive(&self) -> &BTreeMap<String, u64> {
        &self.alive
    }

    /// Returns who answered a probe since the last call, and how long it took.
    pub(super) fn take_answers(&mut self) -> Vec<(String, Duration)> {
        std::mem::take(&mut self.answers)
    }
}
