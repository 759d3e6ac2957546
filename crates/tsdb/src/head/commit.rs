//! Commits: first the log, then the series, one batch after another.
//!
//! A batch takes the lock on memory before it gives the log back, so the order of the log is the order of memory, and
//! reading the log back gives what was there; the next batch writes to the log while this one fills its series. Readers are held off only while series are changed, see [`super::isolation`].

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::MutexGuard;
use storage::CommitSummary;
use storage::budget::Part;

use super::Head;
use super::batch::{Gathered, Stretch};
use super::isolation::Applying;
use super::late::{LateApplied, LateBatch, Lateness};
use super::lookup::entries;
use super::pages::{PAGE_SERIES, PageInner, Table, page_of};
use super::symbols::Pair;
use crate::db::WalCompression;
use crate::error::FileError;
use crate::wal::record::{HistogramSample, Sample, encode};
use crate::wal::{Log, Packed};

/// How many samples ahead memory is asked for.
const AHEAD: usize = 4;

/// What applying samples came to.
#[derive(Debug)]
struct Applied {
    floats: u64,
    histograms: u64,
    out_of_order: u64,
    out_of_bounds: u64,
    unknown: u64,
    chunks: u64,
    closed: usize,
    /// Bytes that the buffers of open chunks grew by, less those of chunks that were closed.
    buffer_bytes: i64,
    min_t: i64,
    max_t: i64,
    lateness: Lateness,
    /// Samples that commits of others, or earlier samples of this one, have made late.
    diverted: LateBatch,
    late: LateApplied,
}

impl Applied {
    fn dropped(&self) -> u64 {
        self.out_of_order + self.out_of_bounds + self.unknown + self.late.unknown
    }

    /// Judges a sample once more, as other batches came in between. Counts it if it has to be dropped; if it is late,
    /// `divert` is called instead.
    #[inline]
    fn takes(&mut self, t: i64, last_t: i64, min_valid_t: i64, divert: impl FnOnce(&mut LateBatch)) -> bool {
        if t > last_t && t >= min_valid_t {
            return true;
        }
        if t != last_t && self.lateness.takes(t) {
            divert(&mut self.diverted);
            return false;
        }
        if t < min_valid_t {
            self.out_of_bounds += 1;
        } else {
            self.out_of_order += 1;
        }
        false
    }
}

impl Head {
    /// Writes a batch to the log and makes it visible. The table is at least as new as the batch's series.
    pub(super) fn commit(&self, table: &Table, g: &mut Gathered) -> Result<CommitSummary, FileError> {
        pack_samples(g, self.compression);
        let mut log = self.log.lock();
        let new_series = self.unlogged(&mut g.new_series);
        // Held until late samples can be seen, so that no marker comes between them and their record.
        let mut late_log = (g.lateness.is_open() || !g.late.is_empty()).then(|| self.late.log().hold());
        if let Some(log) = log.as_mut() {
            // Late samples first: those of a series that the other log does not get to know are nobody's.
            if let Some(late_log) = &mut late_log {
                late_log.write_samples(&g.late)?;
            }
            self.write_log(log, &new_series, g)?;
        }
        self.mark_logged(&new_series);
        // Taken before the log is given back, so that memory keeps its order; the next batch writes its records meanwhile.
        let mut applying = self.views.apply();
        drop(log);
        self.list(&new_series);
        let applied = self.apply(table, g, &mut applying);
        self.apply_rest(g);
        // Before anybody can see them.
        let diverted = late_log.as_mut().map_or(Ok(()), |late_log| late_log.write_samples(&applied.diverted));
        drop(late_log);
        drop(applying);
        self.count(&applied);
        diverted?;
        let stored = applied.floats + applied.histograms + applied.late.floats + applied.late.histograms;
        Ok(CommitSummary { samples: stored, dropped: applied.dropped() })
    }

    /// Returns those of the series that the log does not know, with their labels.
    fn unlogged(&self, ids: &mut Vec<u32>) -> Vec<(u32, Box<[Pair]>)> {
        ids.sort_unstable();
        ids.dedup();
        let labels =
            |id: u32| self.pages.with(id, |s, page| (!s.logged).then(|| page.labels(s).collect())).flatten();
        ids.iter().filter_map(|id| Some((*id, labels(*id)?))).collect()
    }

    /// Writes series to the log that it does not know under their number, and makes them known.
    pub(super) fn log_series(&self, ids: &[u32]) -> Result<(), FileError> {
        let mut log = self.log.lock();
        let new = self.unlogged(&mut ids.to_vec());
        if let Some(log) = log.as_mut() {
            self.write_log(log, &new, &Gathered::default())?;
        }
        self.mark_logged(&new);
        let _applying = self.views.apply();
        drop(log);
        self.list(&new);
        Ok(())
    }

    /// Waits for the commits that run and keeps others from running until the guards are dropped.
    pub(super) fn no_commit(&self) -> (MutexGuard<'_, Option<Log>>, Applying<'_>) {
        let log = self.log.lock();
        (log, self.views.apply())
    }

    fn write_log(&self, log: &mut Log, new: &[(u32, Box<[Pair]>)], g: &Gathered) -> Result<(), FileError> {
        if !new.is_empty() {
            let mut record = Vec::with_capacity(new.len() * 256);
            encode::series_head(&mut record);
            let symbols = self.symbols.read();
            for (id, labels) in new {
                let pairs = labels.iter().map(|p| (symbols.get(p.name), symbols.get(p.value)));
                encode::series_entry(&mut record, u64::from(*id), labels.len(), pairs);
            }
            drop(symbols);
            log.push(&record)?;
        }
        let mut record = Vec::new();
        encode::metadata(&mut record, g.metadata.iter().map(|(id, m)| (u64::from(*id), m)));
        log.push(&record)?;
        for (compression, packed) in g.packed.iter().flat_map(Packed::records) {
            log.push_packed(compression, packed)?;
        }
        record.clear();
        encode::exemplars(&mut record, g.exemplars.iter().map(|(id, e)| (u64::from(*id), e)));
        log.push(&record)?;
        log.flush()
    }

    fn mark_logged(&self, new: &[(u32, Box<[Pair]>)]) {
        for (id, _) in new {
            if let Some((series, _)) = self.pages.page_for(*id).write().get_mut(*id) {
                series.logged = true;
            }
        }
    }

    /// Lets readers find series that the log knows now. The caller holds `apply`, so no view comes between them and their
    /// samples.
    pub(super) fn list(&self, new: &[(u32, Box<[Pair]>)]) {
        if new.is_empty() {
            return;
        }
        let (entries, ids) = entries(new);
        self.postings.write().add(&entries, &ids);
    }

    fn apply(&self, table: &Table, g: &Gathered, applying: &mut Applying<'_>) -> Applied {
        let mut done = Applied {
            floats: 0,
            histograms: 0,
            out_of_order: 0,
            out_of_bounds: 0,
            unknown: 0,
            chunks: 0,
            closed: 0,
            buffer_bytes: 0,
            min_t: i64::MAX,
            max_t: i64::MIN,
            lateness: g.lateness,
            diverted: LateBatch::default(),
            late: LateApplied::default(),
        };
        let mut from = Stretch { floats: 0, histograms: 0 };
        for to in &g.stretches {
            self.apply_floats(table, &g.floats[from.floats..to.floats], applying, &mut done);
            self.apply_histograms(table, &g.histograms[from.histograms..to.histograms], applying, &mut done);
            from = *to;
        }
        if done.min_t <= done.max_t {
            self.widen_times(done.min_t, done.max_t);
            // No view can be taken before `applying` is dropped.
            self.changes.note(done.min_t);
        }
        if !g.late.is_empty() || !done.diverted.is_empty() {
            self.apply_late(table, &g.late, applying, &mut done.late);
            self.apply_late(table, &done.diverted, applying, &mut done.late);
        }
        done
    }

    /// Samples of one page are applied under one lock; scrapes come in the order of pages.
    fn apply_floats(
        &self,
        table: &Table,
        samples: &[Sample],
        applying: &mut Applying<'_>,
        done: &mut Applied,
    ) {
        let mut rest = samples;
        while let Some(first) = rest.first() {
            let number = first.series as u32 / PAGE_SERIES;
            let count = rest.iter().take_while(|s| s.series as u32 / PAGE_SERIES == number).count();
            let (here, later) = rest.split_at(count);
            rest = later;
            let Some(page) = page_of(table, first.series as u32) else {
                done.unknown += count as u64;
                continue;
            };
            let mut page = page.write();
            let mut seen = 0;
            for (k, sample) in here.iter().enumerate() {
                // The ends of a chunk's buffer are rarely in the processor's cache: asking for those of a sample to
                // come lets it fetch them while this one is encoded.
                if let Some(buffer) =
                    here.get(k + AHEAD).and_then(|s| page.get(s.series as u32)).map(|s| &s.buffer)
                {
                    seen ^= buffer.first().unwrap_or(&0) ^ buffer.last().unwrap_or(&0);
                }
                self.apply_float(&mut page, sample, applying, done);
            }
            std::hint::black_box(seen);
        }
    }

    #[inline]
    fn apply_float(
        &self,
        page: &mut PageInner,
        sample: &Sample,
        applying: &mut Applying<'_>,
        done: &mut Applied,
    ) {
        let id = sample.series as u32;
        let min_valid_t = self.min_valid_t.load(Relaxed);
        let Some((series, waiting)) = page.get_mut(id) else {
            done.unknown += 1;
            return;
        };
        let last_t = series.last_t();
        if !done.takes(sample.t, last_t, min_valid_t, |late| late.floats.push(*sample)) {
            return;
        }
        series.epoch = applying.write(id, series.epoch, last_t);
        let (closed, buffer) = (series.closed.len(), series.buffer.capacity());
        done.chunks +=
            u64::from(series.append_float(sample.start_ms, sample.t, sample.v, self.options.policy, waiting));
        done.buffer_bytes += series.buffer.capacity() as i64 - buffer as i64;
        done.closed += series.closed.len() - closed;
        done.floats += 1;
        done.min_t = done.min_t.min(sample.t);
        done.max_t = done.max_t.max(sample.t);
    }

    fn apply_histograms(
        &self,
        table: &Table,
        samples: &[HistogramSample],
        applying: &mut Applying<'_>,
        done: &mut Applied,
    ) {
        let min_valid_t = self.min_valid_t.load(Relaxed);
        for sample in samples {
            let id = sample.series as u32;
            let Some(page) = page_of(table, id) else {
                done.unknown += 1;
                continue;
            };
            let mut page = page.write();
            let Some((series, waiting)) = page.get_mut(id) else {
                done.unknown += 1;
                continue;
            };
            let last_t = series.last_t();
            if !done.takes(sample.t, last_t, min_valid_t, |late| late.histograms.push(sample.clone())) {
                continue;
            }
            series.epoch = applying.write(id, series.epoch, last_t);
            let (closed, buffer) = (series.closed.len(), series.buffer.capacity());
            done.chunks += u64::from(series.append_histogram(
                sample.start_ms,
                sample.t,
                &sample.h,
                self.options.policy,
                waiting,
            ));
            done.buffer_bytes += series.buffer.capacity() as i64 - buffer as i64;
            done.closed += series.closed.len() - closed;
            done.histograms += 1;
            done.min_t = done.min_t.min(sample.t);
            done.max_t = done.max_t.max(sample.t);
        }
    }

    fn apply_rest(&self, g: &mut Gathered) {
        if !g.exemplars.is_empty() {
            let mut ring = self.exemplars.lock();
            for (id, exemplar) in g.exemplars.drain(..) {
                ring.add(id, exemplar, || self.labels_of(id));
            }
        }
        if !g.metadata.is_empty() {
            let mut known = self.metadata.lock();
            known.extend(g.metadata.drain(..).map(|(id, m)| (id, Arc::new(m))));
        }
    }

    fn count(&self, applied: &Applied) {
        let budget = self.admission.budget();
        match applied.buffer_bytes {
            grown @ 0.. => budget.add(Part::Chunks, grown as u64),
            shrunk => budget.sub(Part::Chunks, budget.used_by(Part::Chunks).min(shrunk.unsigned_abs())),
        }
        let counters = &self.counters;
        counters.floats.fetch_add(applied.floats, Relaxed);
        counters.histograms.fetch_add(applied.histograms, Relaxed);
        counters.chunks_created.fetch_add(applied.chunks, Relaxed);
        counters.waiting_chunks.fetch_add(applied.closed, Relaxed);
        counters.out_of_order.fetch_add(applied.out_of_order, Relaxed);
        counters.out_of_bounds.fetch_add(applied.out_of_bounds, Relaxed);
        counters.series_not_found.fetch_add(applied.unknown, Relaxed);
        self.count_late(&applied.late);
    }
}

/// Encodes and compresses the samples before any lock is taken.
fn pack_samples(g: &mut Gathered, compression: WalCompression) {
    let Gathered { packed, record, stretches, floats, histograms, .. } = g;
    let packed = packed.get_or_insert_with(|| Packed::new(compression));
    let mut from = Stretch { floats: 0, histograms: 0 };
    for to in stretches.iter() {
        record.clear();
        encode::samples(record, &floats[from.floats..to.floats]);
        packed.add(record);
        for kind in encode::HISTOGRAM_KINDS {
            record.clear();
            encode::histograms(record, kind, &histograms[from.histograms..to.histograms]);
            packed.add(record);
        }
        from = *to;
    }
}
