//! A clock that goes back, by a summer's hour or a wrong day: what waits for a moment that is far away now goes along.
//!
//! A clock that goes forward needs nothing: what is due is done at once, as after a sleep.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Manager;
use crate::alert::{Alert, later};

/// Steps back that are not followed: clocks are corrected a little all the time.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(10);

impl Manager {
    /// Looks at the clock.
    pub(super) fn follow_clock(&mut self, now: Timestamp) {
        let back = self.seen.duration_since(now);
        if back <= TOLERANCE {
            self.seen = self.seen.max(now);
            return;
        }
        self.seen = now;
        let moved = |t: Timestamp| later(t, -back);
        self.starts_at = moved(self.starts_at);
        self.look_at_silences = moved(self.look_at_silences);
        self.timers =
            self.timers.iter().map(|(at, name)| (moved(*at), name.clone())).collect::<BTreeSet<_>>();
        self.waiting = self.waiting.iter().map(|(at, id)| (moved(*at), *id)).collect::<BTreeSet<_>>();
        for group in self.groups.values_mut() {
            group.next_tick = moved(group.next_tick);
            group.unanswered_since = group.unanswered_since.map(moved);
        }
    }
}

/// Returns what is known after a report: a former one from the future of this clock has nothing to say but since when it fires.
pub(super) fn updated(known: &Alert, report: Alert, now: Timestamp) -> Alert {
    if later(now, TOLERANCE) < known.updated_at {
        return Alert { starts_at: report.starts_at.min(known.starts_at), ..report };
    }
    known.updated_by(report)
}
