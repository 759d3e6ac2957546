//! Series that ended leave memory early: their samples go to a block of their own, and they to nobody's cost.
//!
//! A series has ended if its last sample is a staleness marker of some minutes ago, or if it missed many of its samples, as
//! senders without markers leave it. Whoever evicts writes a block of the ended first, lets all new readers see it, waits
//! for the old readers, and calls [`Head::evict`]. A note in the log keeps a restart from bringing them back.
//!
//! Invariants: 1. A series that was touched since it was found ended stays.  2. No sample leaves the head before it is in a
//! block that readers see.  3. A series with out-of-order samples in the head stays.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hashbrown::HashMap;
use model::value::is_stale;
use storage::TimeRange;

use super::gc::Collected;
use super::open_chunk::OpenChunk;
use super::pages::{Page, PageInner};
use super::series::Series;
use super::{Head, Needed};
use crate::error::FileError;
use crate::wal::record::encode;

/// How long a staleness marker must be the last sample: a target that comes back at once finds its series.
const MARKED_MS: i64 = 3 * 60 * 1000;
/// How long a series without marker must have been silent: as long as queries look back.
const SILENT_MS: i64 = 5 * 60 * 1000;
/// And how many of its samples it must have missed.
const MISSED: i64 = 10;
/// Pages whose series are evicted while commits wait: some milliseconds.
const PAGES_AT_ONCE: usize = 64;
/// Looks of [`Head::ended`] that must have found nobody interested in the series, beside what its samples say: the time of
/// samples may run faster than ours.
const LOOKS_MARKED: u8 = 1;
const LOOKS_SILENT: u8 = 2;

/// Series that ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Their numbers, each with the time of its last sample.
    pub series: HashMap<u32, i64>,
    /// How many of them end with a marker.
    pub marked: usize,
    /// Series that nobody gave a sample, as where all were refused.
    pub empty: usize,
    /// From the first possible sample to the last.
    pub range: Option<TimeRange>,
}

impl Ended {
    fn add(&mut self, id: u32, first_t: i64, last_t: i64) {
        self.series.insert(id, last_t);
        let range = self.range.get_or_insert(TimeRange { min_ms: first_t, max_ms: last_t });
        range.min_ms = range.min_ms.min(first_t);
        range.max_ms = range.max_ms.max(last_t);
    }
}

impl Series {
    /// Tells whether the last sample is a staleness marker. A series whose chunks are all closed does not tell.
    pub fn is_marked_stale(&self) -> bool {
        match &self.open {
            OpenChunk::Float(a) => a.last().is_some_and(|(_, v)| is_stale(v)),
            OpenChunk::Started(a) => a.last().is_some_and(|(_, v)| is_stale(v)),
            OpenChunk::Histogram(o) => o.appender.last().is_stale(),
            OpenChunk::FloatHistogram(o) => o.appender.last().is_stale(),
            OpenChunk::None => false,
        }
    }

    /// Tells whether the series has ended, seen from the newest time of all series.
    fn has_ended(&self, newest_t: i64, looks: u8) -> bool {
        let silent_ms = newest_t.saturating_sub(self.last_t());
        if self.is_marked_stale() {
            return looks >= LOOKS_MARKED && silent_ms >= MARKED_MS;
        }
        let step_ms = match (&self.open, self.closed.last()) {
            (OpenChunk::Float(a), _) if a.samples() > 1 => a.step_ms(),
            (OpenChunk::Started(a), _) if a.samples() > 1 => a.step_ms(),
            (OpenChunk::None, _) | (_, None) => return false,
            (_, Some(closed)) => {
                self.last_t().saturating_sub(closed.max_t) / i64::from(self.open.samples()).max(1)
            }
        };
        looks >= LOOKS_SILENT && silent_ms >= SILENT_MS.max(step_ms.saturating_mul(MISSED))
    }
}

impl Head {
    /// Looks for series that ended. Must be called now and then: it counts how often nobody was interested in a series.
    /// Cost: a visit to each series, page by page.
    pub fn ended(&self) -> Ended {
        let newest_t = self.max_t();
        let range_ms = self.options.policy.range_ms;
        let mut ended = Ended::default();
        let mut stale = 0;
        for (number, page) in self.pages.table().iter() {
            for (id, series) in page.read().iter(number) {
                let looks = series.idle_looks.load(Relaxed);
                series.idle_looks.store(looks.saturating_add(1), Relaxed);
                stale += usize::from(series.is_marked_stale());
                ended.empty += usize::from(series.is_empty() && looks >= LOOKS_SILENT);
                if !series.logged || !series.may_be_evicted() || !series.has_ended(newest_t, looks) {
                    continue;
                }
                // Chunks do not cross ranges, so a chunk's end tells how early it can begin.
                let first_t = match series.closed.first() {
                    Some(chunk) => super::range_end(chunk.max_t, range_ms) - range_ms,
                    None => series.open_min_t().unwrap_or(i64::MAX),
                };
                ended.marked += usize::from(series.is_marked_stale());
                ended.add(id, first_t, series.last_t());
            }
        }
        self.counters.stale_series.store(stale, Relaxed);
        ended
    }

    /// Removes series that ended, whose samples are in a block that all readers see, unless somebody was interested in them
    /// meanwhile. Returns how many went. Commits wait for some pages at a time.
    ///
    /// # Errors
    /// [`FileError::Io`]: the log could not be written. Series that went before stay away.
    pub fn evict(&self, ended: &Ended) -> Result<usize, FileError> {
        let mut gone = Collected::default();
        let table = self.pages.table();
        let pages: Vec<(usize, &Arc<Page>)> = table.iter().collect();
        let evicted =
            pages.chunks(PAGES_AT_ONCE).try_for_each(|some| self.evict_from(some, ended, &mut gone));
        gone.dead.sort_unstable();
        self.forget(&gone);
        evicted.map(|()| gone.dead.len())
    }

    /// The note in the log comes before a series with the same labels can be made, and behind all samples that were taken:
    /// what stands before it is in the block, what stands behind it is of a series that came back.
    fn evict_from(
        &self,
        pages: &[(usize, &Arc<Page>)],
        ended: &Ended,
        gone: &mut Collected,
    ) -> Result<(), FileError> {
        let (mut log, _no_commit) = self.no_commit();
        let still_ended = |page: &PageInner, id: u32| {
            page.get(id).is_some_and(|series| {
                ended.series.get(&id) == Some(&series.last_t())
                    && series.idle_looks.load(Relaxed) > 0
                    && series.may_be_evicted()
            })
        };
        let mut chosen: Vec<(&Arc<Page>, u32)> = Vec::new();
        for (number, page) in pages {
            let locked = page.read();
            let ids = locked.iter(*number).map(|(id, _)| id).filter(|id| still_ended(&locked, *id));
            chosen.extend(ids.map(|id| (*page, id)));
        }
        if chosen.is_empty() {
            return Ok(());
        }
        let mut segment = 0;
        if let Some(log) = log.as_mut() {
            let stones: Vec<(u64, TimeRange)> =
                chosen.iter().map(|(_, id)| (u64::from(*id), TimeRange::ALL)).collect();
            let mut record = Vec::new();
            encode::tombstones(&mut record, &stones);
            log.push(&record)?;
            log.flush()?;
            segment = log.segment();
        }
        let mut departed = self.departed.lock();
        for (page, id) in chosen {
            let mut page = page.write();
            // A batch may be about to write to it: then it stays, and only its past is in the block.
            if still_ended(&page, id) {
                self.take_out(&mut page, id, gone);
                departed.insert(u64::from(id), Needed { segment, newest_t: i64::MIN });
            }
        }
        Ok(())
    }
}
