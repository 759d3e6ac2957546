//! A token bucket: how many requests may come.

use std::time::Instant;

use parking_lot::Mutex;

use crate::config::RateLimit;

/// Holds up to `burst` tokens and gains one per interval; starts full.
#[derive(Default)]
pub(super) struct TokenBucket(Mutex<Option<Level>>);

struct Level {
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    /// Takes a token, if there is one.
    pub(super) fn take(&self, limit: RateLimit, now: Instant) -> bool {
        let burst = f64::from(limit.burst);
        let mut slot = self.0.lock();
        let level = slot.get_or_insert(Level { tokens: burst, at: now });
        let gained = now.saturating_duration_since(level.at).as_secs_f64() / limit.interval.as_secs_f64();
        *level = Level { tokens: (level.tokens + gained).min(burst), at: now };
        if level.tokens < 1.0 {
            return false;
        }
        level.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn gives_a_burst_then_one_per_interval() {
        let bucket = TokenBucket::default();
        let limit = RateLimit { burst: 2, interval: Duration::from_secs(1) };
        let start = Instant::now();
        let take = |ms| bucket.take(limit, start + Duration::from_millis(ms));
        assert_eq!([0, 0, 0, 500, 1000, 1000, 9000, 9000, 9000].map(take), {
            [true, true, false, false, true, false, true, true, false]
        });
    }
}
