//! What came late goes to blocks.
//!
//! First all lists become chunks ([`Head::settle_late`]), so that what is to be written is what stands in files up to a
//! place. Then each range of time gets a block. Once new readers find the blocks and no older reader is left, the
//! chunks and the log up to there are dropped ([`Head::drop_late`]).

use std::sync::atomic::Ordering::Relaxed;

use storage::TimeRange;

use super::read::LateParts;
use crate::block::BlockMeta;
use crate::chunks::NewChunk;
use crate::db::encode_samples;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::Head;
use crate::head::chunk_files::Place;
use crate::head::pages::page_of;

/// Late samples that stand in files and stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The last of their chunks.
    through: Place,
    /// The last segment of the log that is not needed beside them, if there is one.
    segment: Option<u64>,
    /// Time of the oldest sample.
    pub min_t: i64,
    /// Time of the newest.
    pub max_t: i64,
}

impl Head {
    /// Makes chunks of all late samples. `None` if there are none, or if an open view must not see some of them yet.
    ///
    /// # Errors
    /// [`FileError`]; what was not written stays in memory.
    pub fn settle_late(&self) -> Result<Option<Settled>, FileError> {
        self.write_late_lists()?; // most of the work, without holding the log all the while
        let mut log = self.late.log.hold();
        if self.write_all_lists(&mut log)? {
            return Ok(None);
        }
        let mut settled: Option<Settled> = None;
        for (_, page) in self.pages.table().iter() {
            for chunk in page.read().series().filter_map(|s| s.late.as_deref()).flat_map(|l| &l.chunks) {
                let s = settled.get_or_insert(Settled {
                    through: chunk.place,
                    segment: None,
                    min_t: chunk.min_t,
                    max_t: chunk.max_t,
                });
                s.through = s.through.max(chunk.place);
                s.min_t = s.min_t.min(chunk.min_t);
                s.max_t = s.max_t.max(chunk.max_t);
            }
        }
        if let Some(settled) = &mut settled {
            settled.segment = log.end_segment()?;
        }
        Ok(settled)
    }

    /// Writes the settled samples of a block's range below `parent`. Returns `None` if there are none.
    ///
    /// # Errors
    /// [`FileError`]; no directory is left then.
    pub fn write_late_block(
        &self,
        parent: &DiskPath,
        meta: BlockMeta,
        settled: Settled,
    ) -> Result<Option<BlockMeta>, FileError> {
        let Some(range) = meta.range() else { return Ok(None) };
        let candidates = self.candidates(|_, s| s.late.as_ref().is_some_and(|late| late.overlaps(range)));
        let stones = self.stones.read().clone();
        let table = self.pages.table();
        self.write_candidates(parent, meta, candidates, |writer, id, labels| {
            let parts = page_of(&table, id).and_then(|page| {
                let page = page.read();
                let late = page.get(id)?.late.as_deref()?;
                let mut parts = LateParts::copy_all(late, range);
                parts.retain_chunks(|c| c.place <= settled.through);
                Some(parts)
            });
            let Some(parts) = parts else { return Ok(()) };
            let mut samples = parts.samples(&self.files.mapped(), range)?;
            if let Some(deleted) = stones.get(u64::from(id)) {
                deleted.remove_from(&mut samples, 0, 0);
            }
            let chunks = encode_samples(&samples);
            let chunks: Vec<NewChunk<'_>> = chunks.iter().map(|c| c.as_new()).collect();
            writer.add_series(labels, &chunks)
        })
    }

    /// Drops settled samples, which readers find in blocks by now.
    ///
    /// # Errors
    /// [`FileError::Io`] if segments of the log cannot be deleted; the samples are gone from memory all the same.
    pub fn drop_late(&self, settled: Settled) -> Result<(), FileError> {
        let log = self.late.log.hold();
        let mut times = (i64::MAX, i64::MIN);
        for (_, page) in self.pages.table().iter() {
            for series in page.write().series_mut() {
                let Some(late) = series.late.as_mut() else { continue };
                late.drop_chunks(settled.through);
                match late.times() {
                    Some((min_t, max_t)) => times = (times.0.min(min_t), times.1.max(max_t)),
                    None => series.late = None,
                }
            }
        }
        self.late.min_t.store(times.0, Relaxed);
        self.late.max_t.store(times.1, Relaxed);
        drop(log);
        let Some(segment) = settled.segment else { return Ok(()) };
        self.late.counters.truncations.fetch_add(1, Relaxed);
        self.late.log.truncate(segment).inspect_err(|_| {
            self.late.counters.truncations_failed.fetch_add(1, Relaxed);
        })
    }

    /// Returns the ranges of `width` that hold settled samples, oldest first.
    pub fn late_ranges(settled: Settled, width: i64) -> impl Iterator<Item = TimeRange> {
        let first = settled.min_t.div_euclid(width);
        let last = settled.max_t.div_euclid(width);
        (first..=last).map(move |n| TimeRange { min_ms: n * width, max_ms: (n + 1) * width })
    }
}
