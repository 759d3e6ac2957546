//! Moving series that ended from the head to blocks, within minutes of their end.
//!
//! Each two-hour range of theirs becomes a block of the usual format, marked so that nobody takes its end for the end of
//! what the log has been read into blocks. Later blocks of the same range are merged with it. As Prometheus 3.14
//! `CompactStaleHead`, but without waiting for a share of stale series to be configured.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Inner;
use super::error::DbError;
use crate::block::{BlockMeta, FROM_OUT_OF_ORDER, FROM_STALE_SERIES};
use crate::head::{Ended, range_end};

/// Fewer series than this are not worth a block of their own, unless they are a large part of the head.
const SERIES_MIN: usize = 1000;
/// This part of the head's series is always worth it.
const LARGE_PART: usize = 10;
/// Rounds between two blocks: each has to be merged later.
const ROUNDS_BETWEEN: u64 = 2;
/// Memory in use, in hundredths of the limit, that makes it urgent.
const URGENT_PERCENT: u64 = 70;
/// How long it waits for readers from before the block. If they take longer, the series stay for now.
const READERS_PATIENCE: Duration = Duration::from_secs(5);

impl Inner {
    /// Evicts series that ended, if there are enough of them.
    pub(super) fn evict_ended(&self) -> Result<(), DbError> {
        let ended = self.head.ended();
        if ended.empty >= SERIES_MIN {
            self.head.collect_empty(self.head.with_log(|log| log.segment()).unwrap_or(0));
        }
        let round = self.counters.triggered.load(Relaxed);
        if !self.is_worth_it(&ended, round) || self.stopping() {
            return Ok(());
        }
        self.counters.last_eviction.store(round, Relaxed);
        self.counters.stale_compactions.fetch_add(1, Relaxed);
        let evicted = self.write_and_evict(&ended).inspect_err(|_| {
            self.counters.stale_compactions_failed.fetch_add(1, Relaxed);
        })?;
        self.counters.evicted.fetch_add(evicted as u64, Relaxed);
        tracing::info!(
            series = evicted,
            marked = ended.marked,
            "series that ended moved from memory to a block"
        );
        Ok(())
    }

    fn is_worth_it(&self, ended: &Ended, round: u64) -> bool {
        let (count, all) = (ended.series.len(), self.head.series() as usize);
        if count == 0 {
            return false;
        }
        let threshold = *self.stale_threshold.lock();
        if threshold > 0.0 && self.head.stale_series() as f64 >= threshold * all as f64 {
            return true;
        }
        let budget = &self.options.budget;
        let urgent = budget.limit() > 0 && budget.in_use() > budget.limit() / 100 * URGENT_PERCENT;
        let rested = round >= self.counters.last_eviction.load(Relaxed) + ROUNDS_BETWEEN;
        count >= SERIES_MIN && (urgent || rested || count > all / LARGE_PART)
    }

    fn write_and_evict(&self, ended: &Ended) -> Result<usize, DbError> {
        let Some(range) = ended.range else { return Ok(0) };
        let width = self.options.min_block_ms;
        let mut start = range_end(range.min_ms, width) - width;
        while start <= range.max_ms {
            let mut meta = BlockMeta::new(self.new_ulid(), start, start + width);
            // The first is for readers that do not know the second: both say that the log may have samples before its end.
            meta.compaction.hints = vec![FROM_OUT_OF_ORDER.to_owned(), FROM_STALE_SERIES.to_owned()];
            let written = self.head.write_block_of(&self.dir, meta, Some(&ended.series))?;
            if let Some(meta) = written {
                self.blocks.exchange(Some(meta.ulid), &[])?;
            }
            start += width;
        }
        if !self.head.wait_for_readers_before(range.max_ms.saturating_add(1), READERS_PATIENCE) {
            tracing::warn!("long queries keep series that ended in memory");
            return Ok(0);
        }
        Ok(self.head.evict(ended)?)
    }
}
