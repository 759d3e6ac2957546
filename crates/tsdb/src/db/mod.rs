//! The database: one directory with a head, its log, and blocks.

mod error;
mod options;
mod replay;
mod stats;

use std::path::Path;
use std::sync::Arc;

use model::Matcher;
use storage::{Append, Appendable, Queryable, Select, SelectError, TimeRange};

pub use error::DbError;
pub use options::{BLOCK_MS_DEFAULT, Clock, Options, RETENTION_MS_DEFAULT, WalCompression};
pub use replay::{ReplayProgress, ReplayState};
pub use stats::{BlockInfo, Cardinality, NamedCount, Stats};

/// An open database.
pub struct Db {
    options: Options,
}

impl Db {
    /// Opens or creates the database in `dir`.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn open(dir: &Path, options: Options) -> Result<Db, DbError> {
        Db::open_with(dir, options, &ReplayProgress::default())
    }

    /// Opens or creates the database in `dir` and tells how far it is.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn open_with(dir: &Path, options: Options, progress: &ReplayProgress) -> Result<Db, DbError> {
        progress.finish();
        tracing::debug!(dir = %dir.display(), "open");
        Ok(Db { options })
    }

    /// Runs one round of maintenance now: compaction, truncation, retention.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn compact(&self) -> Result<(), DbError> {
        Err(DbError::Closed)
    }

    /// Deletes the samples in `range` of series that pass one of the matcher sets.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn delete(&self, _range: TimeRange, _matcher_sets: &[Vec<Matcher>]) -> Result<(), DbError> {
        Err(DbError::Closed)
    }

    /// Rewrites blocks so that deleted samples leave the disk.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn clean_tombstones(&self) -> Result<(), DbError> {
        Err(DbError::Closed)
    }

    /// Writes a copy of all blocks, and of the head if asked for, to `dir`, which must not exist.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn snapshot(&self, _dir: &Path, _with_head: bool) -> Result<(), DbError> {
        Err(DbError::Closed)
    }

    /// Changes what is kept; takes effect with the next round of maintenance.
    pub fn set_retention(&self, _retention_ms: i64, _retention_bytes: u64) {}

    /// Changes how many exemplars are kept.
    pub fn set_exemplars_max(&self, _exemplars_max: usize) {}

    /// Returns figures for metrics.
    pub fn stats(&self) -> Stats {
        Stats { retention_limit_ms: self.options.retention_ms, ..Stats::default() }
    }

    /// Returns where the head's series come from, the `limit` largest of each kind.
    pub fn cardinality(&self, _limit: usize) -> Cardinality {
        Cardinality::default()
    }

    /// Returns the blocks, oldest first.
    pub fn blocks(&self) -> Vec<BlockInfo> {
        Vec::new()
    }

    /// Writes and syncs what is left and releases the lock. Later calls do nothing.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn close(&self) -> Result<(), DbError> {
        Ok(())
    }
}

impl Appendable for Db {
    fn appender(&self) -> Box<dyn Append + '_> {
        unreachable!("the head comes with the next commit")
    }
}

impl Queryable for Db {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Err(SelectError::Storage(Arc::new(DbError::Closed)))
    }
}
