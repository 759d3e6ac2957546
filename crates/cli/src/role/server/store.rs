//! The database as the other parts see it, from before it is open until after it is closed.
//!
//! The HTTP side starts first, so that a probe sees progress while the log is read. Until the database is open, reads are
//! refused, and writes (those of scrapes: the API's gate sends clients away) go to its intake.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Matcher, Metadata};
use server::parts::{
    Count, Database, DatabaseStats, HeadStats, LabelGrowth, Memory, PartError, Protection, Replay,
};
use storage::budget::Part;
use storage::{
    Append, AppendError, Appendable, Changes, CommitSummary, Queryable, Select, SelectError, SeriesRef,
    TimeRange,
};
use tsdb::{Db, Intake, ReplayProgress};

use super::history::BlockHistory;

/// The database, once it is open.
#[derive(Clone, Default)]
pub struct Store {
    intake: Arc<OnceLock<Arc<Intake>>>,
    db: Arc<OnceLock<Arc<Db>>>,
    pub progress: Arc<ReplayProgress>,
}

/// The database is not open yet.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("TSDB not ready")]
pub struct NotReady;

impl Store {
    /// Hands over what takes samples until the database is open.
    pub fn begin(&self, intake: Arc<Intake>) {
        // Once, as below.
        let _ = self.intake.set(intake);
    }

    /// Hands the open database over.
    pub fn open(&self, db: Arc<Db>) {
        // A server opens one database in its life; a second would be a programmer's mistake and is not used.
        let _ = self.db.set(db);
    }

    /// Returns the database if it is open.
    pub fn db(&self) -> Result<&Arc<Db>, NotReady> {
        self.db.get().ok_or(NotReady)
    }
}

impl Store {
    /// What the memory limit and the bounds on series came to.
    fn protection(&self, limit: usize) -> Result<Protection, NotReady> {
        let db = self.db()?;
        let (budget, refusals) = (db.budget(), db.refusals(limit));
        let count = |n: tsdb::db::NamedCount| Count { name: n.name, value: n.value };
        Ok(Protection {
            memory: Memory {
                limit_bytes: budget.limit(),
                held_bytes: budget.observed(),
                used_bytes: Part::ALL
                    .map(|part| Count { name: part.name().to_owned(), value: budget.used_by(part) })
                    .to_vec(),
            },
            refused_series: refusals
                .by_reason
                .into_iter()
                .map(|(reason, value)| Count { name: reason.to_owned(), value })
                .collect(),
            refused_series_origins: refusals.origins.into_iter().map(count).collect(),
            refused_series_labels: refusals
                .labels
                .into_iter()
                .map(|l| LabelGrowth { name: l.name, values: l.values, example: l.example })
                .collect(),
        })
    }
}

impl Queryable for Store {
    fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        self.db().map_err(|e| SelectError::Storage(Arc::new(e)))?.view(range)
    }

    fn changes(&self) -> Option<Arc<Changes>> {
        self.db().ok()?.changes()
    }
}

impl Appendable for Store {
    fn appender(&self) -> Box<dyn Append + '_> {
        match (self.db(), self.intake.get()) {
            (Ok(db), _) => db.appender(),
            (Err(NotReady), Some(intake)) => intake.appender(),
            (Err(NotReady), None) => Box::new(Refuse),
        }
    }
}

/// A batch that refuses everything.
struct Refuse;

fn refused<T>() -> Result<T, AppendError> {
    Err(AppendError::Storage(Arc::new(NotReady)))
}

impl Append for Refuse {
    fn resolve(&mut self, _labels: &Labels) -> Result<SeriesRef, AppendError> {
        refused()
    }
    fn sample(&mut self, _series: SeriesRef, _t: i64, _v: f64) -> Result<(), AppendError> {
        refused()
    }
    fn histogram(&mut self, _series: SeriesRef, _t: i64, _h: HistogramValue) -> Result<(), AppendError> {
        refused()
    }
    fn start_zero(
        &mut self,
        _series: SeriesRef,
        _t: i64,
        _start_ms: i64,
        _histogram: Option<&HistogramValue>,
    ) -> Result<(), AppendError> {
        refused()
    }
    fn exemplar(&mut self, _series: SeriesRef, _exemplar: &Exemplar) -> Result<(), AppendError> {
        refused()
    }
    fn metadata(&mut self, _series: SeriesRef, _metadata: &Metadata) -> Result<(), AppendError> {
        refused()
    }
    fn refuse_out_of_order(&mut self) {}
    fn commit(self: Box<Self>) -> Result<CommitSummary, AppendError> {
        refused()
    }
    fn rollback(self: Box<Self>) {}
}

impl Database for Store {
    fn stats(&self, limit: usize) -> Result<DatabaseStats, PartError> {
        let c = self.db()?.cardinality(limit);
        let counts = |list: Vec<tsdb::db::NamedCount>| {
            list.into_iter().map(|n| Count { name: n.name, value: n.value }).collect()
        };
        Ok(DatabaseStats {
            head_stats: HeadStats {
                num_series: c.series,
                num_label_pairs: c.label_pairs,
                chunk_count: c.chunks,
                min_time: c.min_time_ms,
                max_time: c.max_time_ms,
            },
            series_count_by_metric_name: counts(c.series_by_metric),
            label_value_count_by_label_name: counts(c.values_by_label),
            memory_in_bytes_by_label_name: counts(c.bytes_by_label),
            series_count_by_label_value_pair: counts(c.series_by_pair),
            bongsu: self.protection(limit)?,
        })
    }

    fn blocks(&self) -> Result<Vec<serde_json::Value>, PartError> {
        let block = |b: tsdb::db::BlockInfo| {
            serde_json::json!({
                "ulid": b.ulid,
                "minTime": b.min_time_ms,
                "maxTime": b.max_time_ms,
                "stats": {
                    "numSamples": b.samples,
                    "numSeries": b.series,
                    "numChunks": b.chunks,
                    "numTombstones": b.tombstones,
                },
                "compaction": { "level": b.level, "sources": b.sources },
                "version": 1,
            })
        };
        Ok(self.db()?.blocks().into_iter().map(block).collect())
    }

    fn replay(&self) -> Replay {
        let state = self.progress.state();
        Replay { min: state.min.max(0), max: state.max.max(0), current: state.current.max(0) }
    }

    fn delete(&self, range: TimeRange, matchers: &[Matcher]) -> Result<(), PartError> {
        Ok(self.db()?.delete(range, &[matchers.to_vec()])?)
    }

    fn clean_tombstones(&self) -> Result<(), PartError> {
        Ok(self.db()?.clean_tombstones()?)
    }

    fn snapshot(&self, dir: &Path, with_head: bool) -> Result<(), PartError> {
        Ok(self.db()?.snapshot(dir, with_head)?)
    }

    fn corruptions(&self) -> u64 {
        self.db().map_or(0, |db| db.stats().wal_corruptions_total)
    }

    fn history(&self) -> Result<Box<dyn rules::backfill::History + '_>, PartError> {
        Ok(Box::new(BlockHistory::new(self.db()?)))
    }

    fn retention(&self) -> String {
        let Ok(db) = self.db() else { return String::new() };
        let stats = db.stats();
        let time =
            (stats.retention_limit_ms > 0).then(|| model::duration::format_ms(stats.retention_limit_ms));
        let bytes = (stats.retention_limit_bytes > 0)
            .then(|| yaml::ByteSize(stats.retention_limit_bytes).to_string());
        // As Prometheus prints it.
        let percentage = (stats.retention_limit_percentage > 0.0)
            .then(|| format!("{}%", model::number::format_g(stats.retention_limit_percentage)));
        [time, bytes, percentage].into_iter().flatten().collect::<Vec<_>>().join(" or ")
    }
}
