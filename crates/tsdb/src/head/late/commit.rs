//! Late samples of a batch: gathered, written to their log, made visible.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::series::{LateSample, LateSeries, LateValue};
use crate::head::Head;
use crate::head::isolation::Applying;
use crate::head::pages::{Table, page_of};
use crate::wal::record::{HistogramSample, Sample};

/// The late samples of a batch, in the order they came.
#[derive(Debug, Default)]
pub struct LateBatch {
    /// Floats.
    pub floats: Vec<Sample>,
    /// Histograms.
    pub histograms: Vec<HistogramSample>,
}

impl LateBatch {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.floats.is_empty() && self.histograms.is_empty()
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.floats.clear();
        self.histograms.clear();
    }
}

/// What storing late samples came to.
#[derive(Debug)]
pub struct LateApplied {
    /// Floats stored.
    pub floats: u64,
    /// Histograms stored.
    pub histograms: u64,
    /// Samples of series that are gone.
    pub unknown: u64,
    /// Oldest stored; `i64::MAX` for none.
    pub min_t: i64,
    /// Newest stored; `i64::MIN` for none.
    pub max_t: i64,
}

impl Default for LateApplied {
    fn default() -> LateApplied {
        LateApplied { floats: 0, histograms: 0, unknown: 0, min_t: i64::MAX, max_t: i64::MIN }
    }
}

/// Which samples are late, as a batch saw it when it began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lateness {
    /// The newest sample of all series.
    pub newest_t: i64,
    /// How much older a late sample may be; 0 refuses them.
    pub window_ms: i64,
}

impl Lateness {
    /// Tells whether late samples are taken at all.
    #[inline]
    pub fn is_open(self) -> bool {
        self.window_ms > 0
    }

    /// Tells whether a sample that is not in order lies within the window.
    #[inline]
    pub fn takes(self, t: i64) -> bool {
        self.is_open() && t >= self.newest_t.saturating_sub(self.window_ms)
    }
}

impl Head {
    /// Makes late samples visible to views that are taken from now on. The log has them, or will have them before the
    /// commit returns.
    pub(in crate::head) fn apply_late(
        &self,
        table: &Table,
        batch: &LateBatch,
        applying: &Applying<'_>,
        done: &mut LateApplied,
    ) {
        let epoch = applying.epoch();
        for s in &batch.floats {
            let sample = LateSample { t: s.t, start_ms: s.start_ms, value: LateValue::Float(s.v), epoch };
            match self.insert_late(table, s.series as u32, sample) {
                Some(new) => done.note(s.t, &mut |d| d.floats += u64::from(new), new),
                None => done.unknown += 1,
            }
        }
        for s in &batch.histograms {
            let value = LateValue::Histogram(Arc::new(s.h.clone()));
            let sample = LateSample { t: s.t, start_ms: s.start_ms, value, epoch };
            match self.insert_late(table, s.series as u32, sample) {
                Some(new) => done.note(s.t, &mut |d| d.histograms += u64::from(new), new),
                None => done.unknown += 1,
            }
        }
        if done.min_t <= done.max_t {
            self.late.widen(done.min_t, done.max_t);
            self.changes.note(done.min_t);
        }
    }

    /// Returns whether the sample is new; `None` if there is no such series.
    fn insert_late(&self, table: &Table, id: u32, sample: LateSample) -> Option<bool> {
        let mut page = page_of(table, id)?.write();
        let (series, _) = page.get_mut(id)?;
        Some(series.late.get_or_insert_with(Box::<LateSeries>::default).insert(sample))
    }

    pub(in crate::head) fn count_late(&self, applied: &LateApplied) {
        self.late.counters.floats.fetch_add(applied.floats, Relaxed);
        self.late.counters.histograms.fetch_add(applied.histograms, Relaxed);
        self.counters.series_not_found.fetch_add(applied.unknown, Relaxed);
    }

    /// Counts a sample that is not in order, and judges it: whether it is late, and if not, whether a window was open.
    pub(in crate::head) fn judge_late(&self, lateness: Lateness, t: i64, histogram: bool) -> bool {
        self.late.count_delta(lateness.newest_t.saturating_sub(t));
        if lateness.takes(t) {
            return true;
        }
        if lateness.is_open() {
            let counters = &self.late.counters;
            let too_old = if histogram { &counters.too_old_histograms } else { &counters.too_old_floats };
            too_old.fetch_add(1, Relaxed);
        }
        false
    }
}

impl LateApplied {
    fn note(&mut self, t: i64, count: &mut dyn FnMut(&mut LateApplied), new: bool) {
        if new {
            count(self);
            self.min_t = self.min_t.min(t);
            self.max_t = self.max_t.max(t);
        }
    }
}
