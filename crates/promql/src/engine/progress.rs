//! What a running query holds, for those who watch it from outside.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Figures of a running query; all zero before it starts and after it ends.
#[derive(Debug, Default)]
pub struct Progress {
    samples: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Samples held in memory now, as [`crate::EngineOptions::max_samples`] counts them.
    pub fn samples(&self) -> u64 {
        self.samples.load(Relaxed)
    }

    /// Bytes held in memory now.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(crate) fn set(&self, samples: u64, bytes: u64) {
        self.samples.store(samples, Relaxed);
        self.bytes.store(bytes, Relaxed);
    }
}
