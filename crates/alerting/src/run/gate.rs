//! How much of one integration goes on at once, and how fast.
//!
//! Each integration has a gate of its own, so one that hangs holds up nobody else. What waits is bounded by the number of
//! groups: a group has one message at a time. Waiting ends with the message's deadline.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Tries at once unless the receiver says otherwise: many enough for a storm, few enough for any server.
const CONCURRENCY: u32 = 64;
/// Labels of a receiver that set its bounds. The original knows labels, so the file stays one that it loads.
pub(crate) const CONCURRENCY_LABEL: &str = "bongsu_concurrency";
pub(crate) const RATE_LABEL: &str = "bongsu_per_minute";
/// The largest values that make sense.
const BOUND_MAX: u32 = 100_000;

/// Bounds of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Tries at once.
    pub(crate) concurrency: u32,
    /// Tries in a minute; no bound if `None`.
    pub(crate) per_minute: Option<u32>,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { concurrency: CONCURRENCY, per_minute: None }
    }
}

impl Bounds {
    /// Reads the bounds from a receiver's labels.
    ///
    /// # Errors
    /// The label whose value is no bound, and what it must be.
    pub(crate) fn of(labels: &BTreeMap<String, String>) -> Result<Bounds, String> {
        let bound = |name: &str| match labels.get(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(n) if (1..=BOUND_MAX).contains(&n) => Ok(Some(n)),
                Ok(_) | Err(_) => Err(format!(
                    "receiver label {name:?} must be a number from 1 to {BOUND_MAX}, got {text:?}"
                )),
            },
        };
        Ok(Bounds {
            concurrency: bound(CONCURRENCY_LABEL)?.unwrap_or(CONCURRENCY),
            per_minute: bound(RATE_LABEL)?,
        })
    }
}

/// A gate that tries go through.
#[derive(Debug)]
pub(super) struct Gate {
    places: Semaphore,
    /// The time between two tries, and when the next one may begin.
    pace: Option<(Duration, Mutex<Instant>)>,
}

impl Gate {
    pub(super) fn new(bounds: Bounds) -> Gate {
        let apart = |per_minute| Duration::from_secs(60) / per_minute;
        Gate {
            places: Semaphore::new(bounds.concurrency as usize),
            pace: bounds.per_minute.map(|n| (apart(n), Mutex::new(Instant::now()))),
        }
    }

    /// Waits for a turn at most this long; `None` if there was none.
    pub(super) async fn enter(&self, at_most: Duration) -> Option<SemaphorePermit<'_>> {
        let end = Instant::now() + at_most;
        // Nobody closes it.
        let place = tokio::time::timeout_at(end, self.places.acquire()).await.ok()?.ok()?;
        if let Some((apart, next)) = &self.pace {
            let begin = {
                let mut next = next.lock();
                let begin = (*next).max(Instant::now());
                if begin > end {
                    return None;
                }
                *next = begin + *apart;
                begin
            };
            tokio::time::sleep_until(begin).await;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_labels() {
        let read = |pairs: &[(&str, &str)]| {
            Bounds::of(&pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
        };
        assert_eq!(read(&[("team", "x")]), Ok(Bounds { concurrency: CONCURRENCY, per_minute: None }));
        assert_eq!(
            read(&[("bongsu_concurrency", "2"), ("bongsu_per_minute", "30")]),
            Ok(Bounds { concurrency: 2, per_minute: Some(30) })
        );
        for wrong in ["0", "-1", "many", "100001"] {
            assert!(
                read(&[("bongsu_concurrency", wrong)])
                    .unwrap_err()
                    .contains("must be a number from 1 to 100000")
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tries_wait_for_their_turn() {
        let gate = Gate::new(Bounds { concurrency: 1, per_minute: None });
        let first = gate.enter(Duration::ZERO).await.unwrap();
        assert!(gate.enter(Duration::from_secs(1)).await.is_none(), "one at a time");
        drop(first);
        assert!(gate.enter(Duration::ZERO).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn tries_are_spread_over_the_minute() {
        let gate = Gate::new(Bounds { concurrency: 9, per_minute: Some(60) });
        let begun = Instant::now();
        for second in 0..3 {
            drop(gate.enter(Duration::from_secs(5)).await.unwrap());
            assert_eq!(begun.elapsed().as_secs(), second);
        }
        assert!(gate.enter(Duration::from_millis(500)).await.is_none(), "its turn would come too late");
        drop(gate.enter(Duration::from_secs(1)).await.unwrap());
        assert_eq!(begun.elapsed().as_secs(), 3, "who did not wait took no turn");
    }
}
