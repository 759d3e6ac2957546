//! When to hand out an update.
//!
//! Source: Prometheus's discovery manager: the first update goes out at once (100 ms), a steady stream of them ever more
//! rarely, up to one in five seconds; after a quiet time it is prompt again.

use std::time::Duration;

use tokio::time::Instant;

/// Pause before the first update after a quiet time.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// How much longer each pause is than the one before.
const GROWTH: f64 = 1.5;

/// Decides when to send. Does not look at the clock: `now` is an argument.
pub(crate) struct Debounce {
    pause_max: Duration,
    pause: Duration,
    sent: Option<Instant>,
    due: Option<Instant>,
}

impl Debounce {
    /// Builds one whose pauses grow to `pause_max`.
    pub(crate) fn new(pause_max: Duration) -> Debounce {
        Debounce { pause_max, pause: PAUSE_MIN.min(pause_max), sent: None, due: None }
    }

    /// Something has changed.
    pub(crate) fn changed(&mut self, now: Instant) {
        if self.due.is_some() {
            return;
        }
        let quiet = self.sent.is_none_or(|sent| now.saturating_duration_since(sent) > self.pause_max);
        if quiet {
            self.pause = PAUSE_MIN.min(self.pause_max);
        }
        self.due = Some(now + self.pause);
    }

    /// Returns when the update is to be sent, if there is one.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The update has been sent.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.due = None;
        self.sent = Some(now);
        self.pause = self.pause.mul_f64(GROWTH).min(self.pause_max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_promptly_then_rarely_then_promptly_again() {
        let mut debounce = Debounce::new(Duration::from_secs(5));
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..12 {
            debounce.changed(now);
            debounce.changed(now + Duration::from_millis(10)); // does not put it off
            let due = debounce.due().unwrap();
            pauses.push((due - now).as_millis());
            debounce.sent(due);
            now = due;
        }
        assert_eq!((&pauses[..4], pauses[11]), (&[100, 150, 225, 337][..], 5000));
        now += Duration::from_secs(6);
        debounce.changed(now);
        assert_eq!(debounce.due(), Some(now + PAUSE_MIN));
    }
}
