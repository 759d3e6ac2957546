//! When a replica that starts knows enough to begin.
//!
//! Source: `Settle` in `cluster/cluster.go` of Alertmanager 0.34.

use super::Moment;
use std::time::Duration;

/// So often in a row the number of members must be the same.
const LOOKS: u32 = 3;

/// Looks at the number of members from time to time, until it stays the same.
#[derive(Clone, Debug)]
pub struct Settle {
    interval: Duration,
    next: Moment,
    deadline: Moment,
    size: usize,
    same: u32,
    settled: bool,
}

impl Settle {
    /// Begins at time zero. Looks every `interval`, and settles at `timeout` in any case.
    pub fn new(interval: Duration, timeout: Duration) -> Settle {
        Settle { interval, next: interval, deadline: timeout, size: 0, same: 0, settled: false }
    }

    /// Begins as settled: there is nobody to wait for.
    pub fn alone() -> Settle {
        Settle { settled: true, ..Settle::new(Duration::ZERO, Duration::ZERO) }
    }

    /// Tells whether it is settled.
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Returns when to look again.
    pub fn next_deadline(&self) -> Moment {
        if self.settled { Moment::MAX } else { self.next.min(self.deadline) }
    }

    /// Looks at the number of members. Returns whether it settled with this look.
    pub fn look(&mut self, size: usize, now: Moment) -> bool {
        if self.settled || now < self.next_deadline() {
            return false;
        }
        if now >= self.deadline || self.same >= LOOKS {
            self.settled = true;
            return true;
        }
        self.same = if size == self.size { self.same + 1 } else { 0 };
        self.size = size;
        self.next = now + self.interval;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settles_at(interval: u64, timeout: u64, size_at: impl Fn(u64) -> usize) -> u64 {
        let mut settle = Settle::new(Duration::from_secs(interval), Duration::from_secs(timeout));
        loop {
            let now = settle.next_deadline();
            if settle.look(size_at(now.as_secs()), now) {
                assert!(settle.is_settled() && settle.next_deadline() == Moment::MAX);
                assert!(!settle.look(9, now), "only once");
                return now.as_secs();
            }
        }
    }

    #[test]
    fn settles_when_the_number_stays_the_same() {
        // As the original's: the first look compares with nobody, three must agree, the next look ends it.
        assert_eq!(settles_at(2, 60, |_| 1), 10);
        assert_eq!(settles_at(2, 60, |second| if second < 5 { 1 } else { 3 }), 14);
        assert_eq!(settles_at(2, 60, |second| second as usize), 60, "never the same: the deadline");
        assert_eq!(settles_at(2, 1, |_| 1), 1);
        assert!(Settle::alone().is_settled());
    }
}
