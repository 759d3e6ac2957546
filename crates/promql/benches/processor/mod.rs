//! Processor time of this thread, so that figures hold on a machine that does other things as well.

use std::time::{Duration, Instant};

/// Time that `iterations` of some work take of a processor; by the clock on the wall where the system does not tell.
pub fn time_of(iterations: u64, mut work: impl FnMut()) -> Duration {
    let (begun, used) = (Instant::now(), used());
    (0..iterations).for_each(|_| work());
    match (used, self::used()) {
        (Some(before), Some(after)) if after > before => after - before,
        _ => begun.elapsed(),
    }
}

/// What this thread used so far, as Linux tells it.
fn used() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}
