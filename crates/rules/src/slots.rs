//! When a group is evaluated: at multiples of its interval since the epoch, plus an offset of its own, so that groups are spread and
//! a restart does not move them.
//!
//! Source: Prometheus 3.14 `rules/group.go` (`EvalTimestamp`).

use std::time::Duration;

use xxhash_rust::xxh64::xxh64;

/// The slots of a group. All times are nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    interval_ns: i64,
    offset_ns: i64,
}

impl Slots {
    /// The slots of a group.
    pub fn new(file: &str, name: &str, interval: Duration) -> Slots {
        let interval_ns = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        let offset_ns = (hash(file, name) % interval_ns.unsigned_abs()).cast_signed();
        Slots { interval_ns, offset_ns }
    }

    /// The last slot that is not after `now_ns`.
    pub fn at_or_before(self, now_ns: i64) -> i64 {
        let shifted = now_ns - self.offset_ns;
        now_ns - shifted.rem_euclid(self.interval_ns)
    }

    /// The slot after one.
    pub fn after(self, slot_ns: i64) -> i64 {
        slot_ns.saturating_add(self.interval_ns)
    }

    /// How many slots have passed since `slot_ns` beyond the next one, which is due.
    pub fn missed(self, slot_ns: i64, now_ns: i64) -> i64 {
        (now_ns.saturating_sub(slot_ns) / self.interval_ns - 1).max(0)
    }

    /// Distance of two slots.
    pub fn interval_ns(self) -> i64 {
        self.interval_ns
    }
}

/// The hash of the labels `file` and `name`, as Prometheus encodes label sets: each text behind its length.
fn hash(file: &str, name: &str) -> u64 {
    let mut bytes = Vec::with_capacity(file.len() + name.len() + 12);
    for text in ["file", file, "name", name] {
        match u8::try_from(text.len()) {
            Ok(length) if length < 255 => bytes.push(length),
            Ok(_) | Err(_) => {
                bytes.push(255);
                bytes.extend_from_slice(&text.len().to_le_bytes()[..3]);
            }
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    xxh64(&bytes, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn slots_are_aligned_and_never_in_the_future() {
        for (file, name) in [("a.yml", "g"), ("a.yml", "h"), ("/etc/prometheus/rules/x.yml", "node")] {
            let slots = Slots::new(file, name, Duration::from_secs(60));
            for now in [0, 1, 59 * SECOND, 1_700_000_000 * SECOND + 123, 1_700_000_059 * SECOND] {
                let slot = slots.at_or_before(now);
                assert!(slot <= now && now - slot < 60 * SECOND, "{file} {name} {now}: {slot}");
                assert_eq!(slots.at_or_before(slots.after(slot)), slots.after(slot));
                assert_eq!((slot - slots.offset_ns) % (60 * SECOND), 0);
            }
        }
        let (a, b) =
            (Slots::new("f", "a", Duration::from_secs(60)), Slots::new("f", "b", Duration::from_secs(60)));
        assert_ne!(a.offset_ns, b.offset_ns, "groups are spread");
    }

    #[test]
    fn missed_slots_are_counted() {
        let slots = Slots::new("f", "a", Duration::from_secs(60));
        for (late_seconds, missed) in [(0, 0), (60, 0), (119, 0), (120, 1), (200, 2), (3600, 59)] {
            assert_eq!(slots.missed(1000 * SECOND, (1000 + late_seconds) * SECOND), missed, "{late_seconds}");
        }
    }
}
