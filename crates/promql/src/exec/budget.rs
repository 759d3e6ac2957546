//! The bound on samples held in memory.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::QueryError;

/// Counts samples held now and at most.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    current: AtomicU64,
    peak: AtomicU64,
}

impl Budget {
    /// A budget of so many samples.
    pub(crate) fn new(limit: u64) -> Budget {
        Budget { limit, current: AtomicU64::new(0), peak: AtomicU64::new(0) }
    }

    /// Takes samples; give them back with [`Budget::give_back`].
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`]; nothing is taken then.
    pub(crate) fn take(&self, samples: u64) -> Result<(), QueryError> {
        let now = self.current.fetch_add(samples, Ordering::Relaxed) + samples;
        self.peak.fetch_max(now, Ordering::Relaxed);
        if now > self.limit {
            self.give_back(samples);
            return Err(QueryError::TooManySamples { limit: self.limit });
        }
        Ok(())
    }

    /// Fails where so many samples could never be held.
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`].
    pub(crate) fn would_fit(&self, samples: u64) -> Result<(), QueryError> {
        if samples > self.limit { Err(QueryError::TooManySamples { limit: self.limit }) } else { Ok(()) }
    }

    /// Gives samples back.
    pub(crate) fn give_back(&self, samples: u64) {
        self.current.fetch_sub(samples, Ordering::Relaxed);
    }

    /// Most samples held at a time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}
