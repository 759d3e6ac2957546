//! How far reading the log at start has come.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Progress of reading the log, readable from another thread while [`crate::Db::open_with`] runs.
#[derive(Debug)]
pub struct ReplayProgress {
    min: AtomicI64,
    max: AtomicI64,
    current: AtomicI64,
    samples: AtomicU64,
    done: std::sync::atomic::AtomicBool,
}

/// A moment of [`ReplayProgress`]. Numbers are those of segments; −1 while unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayState {
    /// First segment to be read.
    pub min: i64,
    /// Last segment to be read.
    pub max: i64,
    /// Segment being read.
    pub current: i64,
    /// Samples read so far.
    pub samples: u64,
    /// Whether the database is open.
    pub done: bool,
}

impl Default for ReplayProgress {
    fn default() -> ReplayProgress {
        ReplayProgress {
            min: AtomicI64::new(-1),
            max: AtomicI64::new(-1),
            current: AtomicI64::new(-1),
            samples: AtomicU64::new(0),
            done: false.into(),
        }
    }
}

impl ReplayProgress {
    /// Returns where reading stands.
    pub fn state(&self) -> ReplayState {
        ReplayState {
            min: self.min.load(Ordering::Relaxed),
            max: self.max.load(Ordering::Relaxed),
            current: self.current.load(Ordering::Relaxed),
            samples: self.samples.load(Ordering::Relaxed),
            done: self.done.load(Ordering::Acquire),
        }
    }

    pub(crate) fn start(&self, min: i64, max: i64) {
        self.min.store(min, Ordering::Relaxed);
        self.max.store(max, Ordering::Relaxed);
        self.current.store(min, Ordering::Relaxed);
    }

    pub(crate) fn at(&self, segment: i64) {
        self.current.store(segment, Ordering::Relaxed);
    }

    pub(crate) fn add_samples(&self, n: u64) {
        self.samples.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn finish(&self) {
        self.done.store(true, Ordering::Release);
    }
}
