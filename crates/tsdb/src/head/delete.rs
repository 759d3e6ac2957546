//! Deleting from the head: what is deleted is noted, in the log too, and left out by readers and by the next block.

use std::sync::Arc;

use model::Matcher;
use storage::{Cancel, SelectError, TimeRange};

use super::Head;
use super::late::LateSeries;
use crate::error::FileError;
use crate::select;
use crate::wal::record::encode;

impl Head {
    /// Deletes the samples in `range` of series that pass one of the matcher sets. Samples that come later are not
    /// touched.
    ///
    /// # Errors
    /// [`SelectError::Storage`] if the log cannot be written; then nothing is deleted.
    pub fn delete(&self, range: TimeRange, matcher_sets: &[Vec<Matcher>]) -> Result<(), SelectError> {
        let mut ids = Vec::new();
        for matchers in matcher_sets {
            let index = self.index();
            ids.extend(select::series_matching(&index, matchers, &Cancel::default())?);
        }
        ids.sort_unstable();
        ids.dedup();
        let (mut log, _no_commit) = self.no_commit();
        let min_ms = range.min_ms.max(self.min_t().min(self.late.min_t()));
        let stones: Vec<(u64, TimeRange)> = ids
            .into_iter()
            .filter_map(|id| {
                let last_late = |late: &LateSeries| late.times().map_or(i64::MIN, |(_, max_t)| max_t);
                let last_t = self
                    .pages
                    .with(id, |s, _| s.last_t().max(s.late.as_deref().map_or(i64::MIN, last_late)))?;
                let max_ms = range.max_ms.min(last_t);
                (min_ms <= max_ms).then_some((u64::from(id), TimeRange { min_ms, max_ms }))
            })
            .collect();
        if stones.is_empty() {
            return Ok(());
        }
        if let Some(log) = log.as_mut() {
            let mut record = Vec::new();
            encode::tombstones(&mut record, &stones);
            log.push(&record).and_then(|()| log.flush()).map_err(|e: FileError| SelectError::from(e))?;
        }
        let mut all = (**self.stones.read()).clone();
        for (series, range) in stones {
            all.add(series, range);
        }
        *self.stones.write() = Arc::new(all);
        Ok(())
    }
}
