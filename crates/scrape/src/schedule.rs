//! When a scrape counts as having happened.
//!
//! Timers fire a little late. Timestamps exactly one interval apart compress far better, so a scrape that is late by no
//! more than a small tolerance is dated to the moment when it was due.
//!
//! Source: Prometheus 3.14 `scrape/scrape.go` (`scrapeLoop.run`).

use std::time::Duration;

/// Largest correction, unless `--scrape.timestamp-tolerance` sets another.
pub const TOLERANCE_DEFAULT: Duration = Duration::from_millis(2);

/// Dates scrapes. All times are since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    due: Duration,
    interval: Duration,
    tolerance: Duration,
}

impl Schedule {
    /// Starts a schedule with a scrape that is due now. A `tolerance` of zero dates each scrape as the clock says.
    pub fn starting(now: Duration, interval: Duration, tolerance: Duration) -> Schedule {
        // More than one percent of the interval would move samples noticeably.
        Schedule { due: now, interval, tolerance: tolerance.min(interval / 100) }
    }

    /// Returns the date of a scrape that happens now, in milliseconds.
    pub fn date(&mut self, now: Duration) -> i64 {
        if now + self.tolerance < self.due {
            // The clock was set back: the old dates would lie in the future.
            self.due = now;
        }
        let late = now.saturating_sub(self.due);
        let intervals = late.as_nanos() / self.interval.as_nanos().max(1);
        self.due += self.interval.saturating_mul(u32::try_from(intervals).unwrap_or(u32::MAX));
        let late = now.saturating_sub(self.due);
        let date = if late <= self.tolerance { self.due } else { now };
        i64::try_from(date.as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(tolerance_ms: u64, nows_ms: &[f64]) -> Vec<i64> {
        let at = |ms: f64| Duration::from_secs_f64(1000.0 + ms / 1000.0);
        let mut schedule =
            Schedule::starting(at(0.0), Duration::from_secs(1), Duration::from_millis(tolerance_ms));
        nows_ms.iter().map(|ms| schedule.date(at(*ms)) - 1_000_000).collect()
    }

    #[test]
    fn small_delays_are_taken_back_and_large_ones_stay() {
        assert_eq!(dates(2, &[0.4, 1001.9, 2000.0, 3002.5, 4001.0]), [0, 1000, 2000, 3002, 4000]);
        assert_eq!(dates(0, &[0.4, 1001.9]), [0, 1001]);
        assert_eq!(dates(500, &[15.0]), [15], "the tolerance is at most one percent of the interval");
    }

    #[test]
    fn missed_scrapes_and_clock_jumps_do_not_confuse_it() {
        assert_eq!(dates(2, &[0.0, 5001.0, 6001.0]), [0, 5000, 6000]);
        assert_eq!(dates(2, &[0.0, -60_000.0, -58_999.0]), [0, -60_000, -59_000]);
        assert_eq!(dates(2, &[0.0, 86_400_001_000.0]), [0, 86_400_001_000]);
    }
}
