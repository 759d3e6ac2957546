//! Dropping what is in blocks, and series that are gone.
//!
//! Pages are visited one by one, so samples keep coming; only new series wait while strings are swept.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use hashbrown::HashSet;

use super::pages::PageInner;
use super::postings::List;
use super::series::range_end;
use super::symbols::Pair;
use super::{Head, Needed};
use crate::error::FileError;
use crate::wal::{checkpoint, last_checkpoint, segments};

/// Strings are swept once this part of all series was removed.
const SWEEP_PART: u64 = 16;
/// A series not written for this many epochs is brought up to date, so that epochs can wrap.
const EPOCHS_BEHIND_MAX: u32 = 1 << 30;
/// Lists that are put in place under one lock.
const LISTS_AT_ONCE: usize = 256;
/// How much of the log is kept as it is when a checkpoint is made: one third.
const CHECKPOINT_PART: (u64, u64) = (2, 3);

/// What a collection found.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// Series that went; sorted once all are found.
    pub(super) dead: Vec<u32>,
    touched: HashSet<Pair>,
    /// Labels of the dead, where bounds by label need them.
    labels: Vec<Box<[Pair]>>,
    chunks: usize,
    /// A time that no remaining sample is before.
    min_t: i64,
    /// The oldest file that is still needed.
    file: u32,
}

impl Head {
    /// From now on takes no samples before `t`: they are about to be in a block. Waits for the commit that runs.
    pub fn close_before(&self, t: i64) {
        let _no_commit = self.no_commit();
        self.min_valid_t.fetch_max(t, Relaxed);
    }

    /// Waits until no reader that is there now needs samples before `t`.
    pub fn wait_for_readers_before(&self, t: i64, patience: Duration) -> bool {
        self.views.wait_for_readers_before(t, patience)
    }

    /// Drops samples before `t`, which readers find in blocks by now, and series without samples.
    ///
    /// # Errors
    /// [`FileError::Io`] if files that are not needed any more cannot be deleted.
    pub fn truncate(&self, t: i64) -> Result<(), FileError> {
        let started = Instant::now();
        self.truncated_t.fetch_max(t, Relaxed);
        self.min_valid_t.fetch_max(t, Relaxed);
        let segment = self.with_log(|log| log.segment()).unwrap_or(0);
        self.recent_min_t.store(i64::MAX, Relaxed);
        let collected = self.collect(t, segment);
        self.forget(&collected);
        {
            let _no_commit = self.no_commit();
            // What was committed to pages that were visited already must not be forgotten.
            let min_t = collected.min_t.min(self.recent_min_t.load(Relaxed));
            self.min_t.store(min_t.max(t), Relaxed);
        }
        let stones = {
            let mut stones = (**self.stones.read()).clone();
            stones.truncate_before(t.min(self.late.min_t()));
            stones.retain_series(|id| collected.dead.binary_search(&(id as u32)).is_err());
            stones
        };
        *self.stones.write() = Arc::new(stones);
        let counters = &self.counters;
        counters.collections.fetch_add(1, Relaxed);
        counters.truncations.fetch_add(1, Relaxed);
        counters.collection_ns.fetch_add(started.elapsed().as_nanos() as u64, Relaxed);
        let file = if collected.file == u32::MAX { self.files.next_number() } else { collected.file };
        self.files.delete_before(file).inspect_err(|_| {
            counters.truncations_failed.fetch_add(1, Relaxed);
        })
    }

    /// Removes series without samples that no batch looked at.
    pub fn collect_empty(&self, segment: u64) {
        let collected = self.collect(i64::MIN, segment);
        self.forget(&collected);
    }

    fn collect(&self, t: i64, segment: u64) -> Collected {
        let mut found = Collected { min_t: i64::MAX, file: u32::MAX, ..Collected::default() };
        for (number, page) in self.pages.table().iter() {
            self.collect_page(number, &mut page.write(), t, &mut found);
        }
        found.dead.sort_unstable();
        let mut departed = self.departed.lock();
        departed.extend(found.dead.iter().map(|id| (u64::from(*id), Needed { segment, newest_t: i64::MIN })));
        found
    }

    fn collect_page(&self, number: usize, page: &mut PageInner, t: i64, found: &mut Collected) {
        let range_ms = self.options.policy.range_ms;
        let now = self.views.before_now();
        let ids: Vec<u32> = page.iter(number).map(|(id, _)| id).collect();
        for id in ids {
            let mut waited = Vec::new();
            let Some((series, waiting)) = page.get_mut(id) else { continue };
            found.chunks += series.truncate_before(t, |place| waited.extend(place.key()));
            waited.into_iter().for_each(|key| waiting.remove(key));
            let bring_up_to_date = |epoch: &mut u32| {
                if now.wrapping_sub(*epoch) > EPOCHS_BEHIND_MAX {
                    *epoch = now.wrapping_sub(EPOCHS_BEHIND_MAX / 2);
                }
            };
            bring_up_to_date(&mut series.epoch);
            if let Some(late) = &mut series.late {
                late.for_each_epoch(bring_up_to_date);
                found.file = late.chunks.iter().map(|c| c.place.file_number()).fold(found.file, u32::min);
            }
            let looks = series.idle_looks.load(Relaxed);
            series.idle_looks.store(looks.saturating_add(1), Relaxed);
            if series.is_empty() {
                if looks > 0 {
                    self.take_out(page, id, found);
                }
                continue;
            }
            // Chunks do not cross ranges, so a chunk's end tells how early it can begin.
            let first = match series.closed.first() {
                Some(chunk) => range_end(chunk.max_t, range_ms) - range_ms,
                None => series.open_min_t().unwrap_or(i64::MAX), // only late samples
            };
            found.min_t = found.min_t.min(first);
            let files = series.closed.iter().filter(|c| c.place.key().is_none());
            found.file = files.map(|c| c.place.file_number()).fold(found.file, u32::min);
        }
    }

    /// Removes a series from its page.
    pub(super) fn take_out(&self, page: &mut PageInner, id: u32, gone: &mut Collected) {
        let Some(labels) = page.get(id).map(|s| page.labels(s).collect::<Box<[Pair]>>()) else { return };
        let Some(series) = page.remove(id) else { return };
        for key in series.closed.iter().filter_map(|chunk| chunk.place.key()) {
            page.waiting.remove(key);
        }
        gone.dead.push(id);
        gone.chunks += series.closed.len() + usize::from(series.open.samples() > 0);
        gone.touched.extend(labels.iter().copied());
        self.admission.removed(labels.len());
        if self.admission.counts_labels() {
            gone.labels.push(labels);
        }
    }

    /// Removes dead series from all tables.
    pub(super) fn forget(&self, collected: &Collected) {
        self.counters.chunks_removed.fetch_add(collected.chunks as u64, Relaxed);
        let dead = &collected.dead;
        if dead.is_empty() {
            return;
        }
        self.by_labels.remove(dead);
        collected.labels.iter().for_each(|pairs| self.admission.uncount(&self.strings(pairs)));
        self.unlist(collected);
        self.metadata.lock().retain(|id, _| dead.binary_search(id).is_err());
        self.counters.series_removed.fetch_add(dead.len() as u64, Relaxed);
        let numbers = self.creating.lock();
        self.pages.drop_empty(&numbers);
        let removed = self.removed_unswept.fetch_add(dead.len(), Relaxed) + dead.len();
        if removed as u64 >= self.series() / SWEEP_PART {
            self.removed_unswept.store(0, Relaxed);
            self.sweep_symbols();
        }
        drop(numbers);
    }

    /// Removes dead series from the lists. They are made anew without a lock, and put in place some at a time.
    fn unlist(&self, collected: &Collected) {
        let dead = &collected.dead;
        let touched: Vec<Pair> = collected.touched.iter().copied().collect();
        for pairs in touched.chunks(LISTS_AT_ONCE) {
            let before: Vec<(Pair, List)> = {
                let postings = self.postings.read();
                pairs.iter().filter_map(|pair| Some((*pair, postings.list(*pair)?.clone()))).collect()
            };
            let after: Vec<Option<List>> = before.iter().map(|(_, list)| list.without(dead)).collect();
            let mut postings = self.postings.write();
            for ((pair, before), after) in before.iter().zip(after) {
                postings.replace(*pair, before, after, dead);
            }
        }
        self.postings.write().remove_from_all(dead);
        let names: HashSet<u32> = touched.iter().map(|pair| pair.name).collect();
        names.into_iter().for_each(|name| self.postings.write().tidy(name));
    }

    /// Forgets strings that no series uses. The caller holds `creating`, so no new series comes.
    fn sweep_symbols(&self) {
        let mut used = vec![false; self.symbols.read().bound()];
        for (number, page) in self.pages.table().iter() {
            let page = page.read();
            let of_series = page.iter(number).flat_map(|(_, series)| page.labels(series));
            for pair in of_series.chain(page.model().iter().copied()) {
                used[pair.name as usize] = true;
                used[pair.value as usize] = true;
            }
        }
        self.symbols.write().sweep(&used);
    }

    /// Replaces the older part of the log by a checkpoint of what is newer than `t` and of the series that live.
    /// Does nothing while the log is short.
    ///
    /// # Errors
    /// [`FileError`]; the log is then as before.
    pub fn truncate_log(&self, t: i64) -> Result<(), FileError> {
        let Some(started) = self.with_log(|log| {
            log.next_segment()?; // a log that grows slowly is cut too
            Ok::<_, FileError>(log.checkpoint_settings())
        }) else {
            return Ok(());
        };
        let (compression, segment_bytes) = started?;
        let all = segments(&self.wal_dir)?;
        let (Some(first), Some(last)) = (all.first().map(|s| s.number), all.last().map(|s| s.number)) else {
            return Ok(());
        };
        let closed = last.saturating_sub(1); // the last is being written
        let covered = last_checkpoint(&self.wal_dir)?.map_or(0, |(number, _)| number + 1);
        let first = first.max(covered); // segments that could not be deleted are no reason to make a checkpoint again
        let (part, of) = CHECKPOINT_PART;
        let end = first + (closed.saturating_sub(first)) * part / of;
        if end <= first {
            return Ok(());
        }
        let departed = self.departed.lock().clone();
        let alive = |series: u64| {
            u32::try_from(series).is_ok_and(|id| self.pages.with(id, |_, _| ()).is_some())
                || departed.get(&series).is_some_and(|needed| needed.beside(end, t))
        };
        let request = checkpoint::Request {
            dir: &self.wal_dir,
            last: end,
            min_time_ms: t,
            keep: &alive,
            compression,
            segment_bytes,
            living: &|visit| self.visit_logged(visit),
            quarantine: &self.wal_dir.parent().join("quarantine"),
        };
        let damage = checkpoint::write(&request).inspect_err(|_| {
            self.counters.checkpoints_failed.fetch_add(1, Relaxed);
        })?;
        for error in damage {
            self.counters.log_corruptions.fetch_add(1, Relaxed);
            tracing::error!(%error, "part of the log is lost; what is in memory goes to the next block");
        }
        self.counters.checkpoints.fetch_add(1, Relaxed);
        checkpoint::delete_before(&self.wal_dir, end)?;
        self.departed.lock().retain(|_, needed| needed.beside(end, t));
        Ok(())
    }

    /// Hands out all series that the log has under their numbers.
    fn visit_logged(&self, visit: &mut checkpoint::SeriesVisitor<'_>) {
        for (number, page) in self.pages.table().iter() {
            let ids: Vec<u32> =
                page.read().iter(number).filter(|(_, s)| s.logged).map(|(id, _)| id).collect();
            for id in ids {
                let labels = self.labels_of(id);
                if !labels.is_empty() {
                    visit(u64::from(id), &labels);
                }
            }
        }
    }
}
