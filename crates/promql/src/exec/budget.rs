//! The bounds on what a query holds in memory: samples, as Prometheus counts them, and bytes.
//!
//! Invariants: 1. What is about to be held is asked for first.  2. A [`Hold`] gives back what it took when it is dropped.  3. The process's
//! account ([`storage::Budget`]) is asked in large pieces: it has at most [`PIECE_BYTES`] more than the query holds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use storage::Charge;

use super::source::{Series, column_bytes, column_samples};
use crate::column::Column;
use crate::engine::Progress;
use crate::error::QueryError;

/// How much is asked of the process's account at a time.
const PIECE_BYTES: u64 = 256 * 1024;

/// Bytes of a series beside its labels and column: pointers, the entries in tables.
const SERIES_BYTES: u64 = 96;

/// What something takes in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Samples, as [`crate::EngineOptions::max_samples`] counts them.
    pub samples: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Load {
    /// Bytes that are no samples.
    pub(crate) fn bytes(bytes: u64) -> Load {
        Load { samples: 0, bytes }
    }

    /// A column.
    pub(crate) fn of_column(column: &Column) -> Load {
        Load { samples: column_samples(column), bytes: column_bytes(column) }
    }

    /// A computed series.
    pub(crate) fn of_series(series: &Series) -> Load {
        Load::of_column(&series.column) + Load::of_labels(&series.head.labels)
    }

    /// A series' labels, and what else is kept for each.
    pub(crate) fn of_labels(labels: &model::Labels) -> Load {
        Load::bytes(SERIES_BYTES + labels.heap_bytes() as u64)
    }
}

impl std::ops::Add for Load {
    type Output = Load;

    fn add(self, other: Load) -> Load {
        Load { samples: self.samples + other.samples, bytes: self.bytes + other.bytes }
    }
}

/// What may be held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most samples.
    pub samples: u64,
    /// Most bytes; 0 for no bound but the process's.
    pub bytes: u64,
}

/// Counts what a query holds now and held at most.
pub(crate) struct Budget {
    limits: Limits,
    samples: AtomicU64,
    samples_peak: AtomicU64,
    bytes: AtomicU64,
    bytes_peak: AtomicU64,
    /// The query's part of the process's account, and how much of it is used at most.
    charge: Option<Charge>,
    asking: Mutex<()>,
    progress: Option<std::sync::Arc<Progress>>,
}

impl Budget {
    /// A budget that nothing is taken of yet.
    pub(crate) fn new(
        limits: Limits,
        charge: Option<Charge>,
        progress: Option<std::sync::Arc<Progress>>,
    ) -> Budget {
        let zero = || AtomicU64::new(0);
        Budget {
            limits,
            samples: zero(),
            samples_peak: zero(),
            bytes: zero(),
            bytes_peak: zero(),
            charge,
            asking: Mutex::new(()),
            progress,
        }
    }

    /// Starts to hold something; more can be added to it.
    pub(crate) fn hold(&self) -> Hold<'_> {
        Hold { budget: self, samples: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Fails where so many samples could never be held.
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`].
    pub(crate) fn would_fit(&self, samples: u64) -> Result<(), QueryError> {
        if samples > self.limits.samples { Err(self.too_many(samples)) } else { Ok(()) }
    }

    /// Most samples held at a time.
    pub(crate) fn samples_peak(&self) -> u64 {
        self.samples_peak.load(Relaxed)
    }

    /// Most bytes held at a time.
    pub(crate) fn bytes_peak(&self) -> u64 {
        self.bytes_peak.load(Relaxed)
    }

    fn too_many(&self, samples: u64) -> QueryError {
        QueryError::TooManySamples { limit: self.limits.samples, held: samples, at: None }
    }

    /// Takes something; who does so gives it back with [`Budget::give_back`]. A [`Hold`] does so by itself.
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`], [`QueryError::TooMuchMemory`]; nothing is taken then.
    pub(crate) fn take(&self, load: Load) -> Result<(), QueryError> {
        let samples = self.samples.fetch_add(load.samples, Relaxed) + load.samples;
        let bytes = self.bytes.fetch_add(load.bytes, Relaxed) + load.bytes;
        let fits = if samples > self.limits.samples {
            Err(self.too_many(samples))
        } else if self.limits.bytes > 0 && bytes > self.limits.bytes {
            Err(QueryError::TooMuchMemory { held: bytes, limit: self.limits.bytes, whole: false, at: None })
        } else {
            self.ask(bytes)
        };
        if fits.is_err() {
            self.give_back(load);
            return fits;
        }
        self.samples_peak.fetch_max(samples, Relaxed);
        self.bytes_peak.fetch_max(bytes, Relaxed);
        if let Some(progress) = &self.progress {
            progress.set(samples, bytes);
        }
        Ok(())
    }

    /// Has the process's account cover so many bytes. What was granted is kept to the end of the query: it will be wanted again.
    fn ask(&self, bytes: u64) -> Result<(), QueryError> {
        let Some(charge) = &self.charge else { return Ok(()) };
        if charge.bytes() >= bytes {
            return Ok(());
        }
        let _asking = self.asking.lock().expect("asking does not panic");
        let granted = charge.bytes();
        if granted >= bytes {
            return Ok(());
        }
        charge.grow((bytes - granted).max(PIECE_BYTES)).map_err(|exceeded| QueryError::TooMuchMemory {
            held: exceeded.used.saturating_add(exceeded.wanted),
            limit: exceeded.allowed,
            whole: true,
            at: None,
        })
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&self, load: Load) {
        let samples = self.samples.fetch_sub(load.samples, Relaxed) - load.samples;
        let bytes = self.bytes.fetch_sub(load.bytes, Relaxed) - load.bytes;
        if let Some(progress) = &self.progress {
            progress.set(samples, bytes);
        }
    }
}

/// A part of what a query holds, given back when dropped.
pub(crate) struct Hold<'a> {
    budget: &'a Budget,
    samples: AtomicU64,
    bytes: AtomicU64,
}

impl Hold<'_> {
    /// Adds to what is held.
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`], [`QueryError::TooMuchMemory`]; nothing is taken then.
    pub(crate) fn take(&self, load: Load) -> Result<(), QueryError> {
        self.budget.take(load)?;
        self.samples.fetch_add(load.samples, Relaxed);
        self.bytes.fetch_add(load.bytes, Relaxed);
        Ok(())
    }

    /// Holds what is held to the end of the query.
    pub(crate) fn forever(mut self) {
        *self.samples.get_mut() = 0;
        *self.bytes.get_mut() = 0;
    }

    /// Takes over what another holds of the same budget.
    pub(crate) fn absorb(&mut self, other: &mut Hold<'_>) {
        *self.samples.get_mut() += std::mem::take(other.samples.get_mut());
        *self.bytes.get_mut() += std::mem::take(other.bytes.get_mut());
    }

    /// Gives everything back early.
    pub(crate) fn give_back_all(&mut self) {
        let load = Load { samples: *self.samples.get_mut(), bytes: *self.bytes.get_mut() };
        self.give_back(load);
    }

    /// Gives a part back early.
    pub(crate) fn give_back(&self, load: Load) {
        self.samples.fetch_sub(load.samples, Relaxed);
        self.bytes.fetch_sub(load.bytes, Relaxed);
        self.budget.give_back(load);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.give_back_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use storage::budget::Part;

    fn limits(samples: u64, bytes: u64) -> Limits {
        Limits { samples, bytes }
    }

    #[test]
    fn what_is_held_is_given_back() {
        let progress = Arc::new(Progress::default());
        let budget = Budget::new(limits(10, 1_000), None, Some(progress.clone()));
        let hold = budget.hold();
        hold.take(Load { samples: 6, bytes: 600 }).unwrap();
        {
            let other = budget.hold();
            other.take(Load { samples: 4, bytes: 400 }).unwrap();
            assert_eq!((progress.samples(), progress.bytes()), (10, 1_000));
            other.give_back(Load { samples: 1, bytes: 0 });
            assert_eq!(progress.samples(), 9);
        }
        assert_eq!((progress.samples(), progress.bytes()), (6, 600));
        assert_eq!((budget.samples_peak(), budget.bytes_peak()), (10, 1_000));
    }

    #[test]
    fn refusals_name_the_bound_and_take_nothing() {
        let budget = Budget::new(limits(10, 1_000), None, None);
        let hold = budget.hold();
        let refused = |load| hold.take(load).unwrap_err().to_string();
        let many = refused(Load { samples: 11, bytes: 0 });
        assert!(many.contains("too many samples") && many.contains("11") && many.contains("10"), "{many}");
        let much = refused(Load { samples: 1, bytes: 1_001 });
        assert!(much.contains("1001") && much.contains("1000"), "{much}");
        hold.take(Load { samples: 10, bytes: 1_000 }).unwrap();
    }

    #[test]
    fn the_process_is_asked_in_pieces_and_given_back_at_the_end() {
        let process = storage::Budget::new(4 * PIECE_BYTES);
        let budget = Budget::new(limits(u64::MAX, 0), Some(process.charge(Part::Queries)), None);
        let hold = budget.hold();
        hold.take(Load::bytes(1)).unwrap();
        assert_eq!(process.used_by(Part::Queries), PIECE_BYTES);
        hold.take(Load::bytes(3 * PIECE_BYTES)).unwrap();
        assert_eq!(process.used_by(Part::Queries), 3 * PIECE_BYTES + 1);
        match hold.take(Load::bytes(PIECE_BYTES)).unwrap_err() {
            // What would be held is more than what is allowed, and both are told.
            QueryError::TooMuchMemory { held, limit, whole: true, .. } => {
                assert_eq!((held, limit), (4 * PIECE_BYTES + 1, 4 * PIECE_BYTES / 100 * 95));
            }
            other => panic!("{other}"),
        }
        drop(hold);
        drop(budget);
        assert_eq!(process.used_by(Part::Queries), 0);
    }
}
