//! A batch of writes: checks each sample as it comes, gathers it, and hands all to [`super::commit`].
//!
//! A sample of a known series costs two array lookups, a lock that nobody holds, and three comparisons.
//! What is refused here follows Prometheus 3.14 `headAppender`.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hashbrown::HashSet;
use model::histogram::{FloatHistogram, Histogram, HistogramValue};
use model::value::{STALE_NAN, is_stale};
use model::{Exemplar, Labels, Metadata};
use storage::{Append, AppendError, CommitSummary, SeriesRef};

use super::Head;
use super::late::{LateBatch, Lateness};
use super::numbers::Lease;
use super::open_chunk::{OpenChunk, zero_like};
use super::pages::{Table, page_of};
use super::series::Series;
use crate::wal::Packed;
use crate::wal::record::{HistogramSample, Sample};

/// Buffers that grew beyond this many samples are not kept for later batches.
const KEPT_SAMPLES_MAX: usize = 64 << 10;

/// Ends of a stretch in which no series has both floats and histograms, so that all floats may go first.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Floats up to here.
    pub floats: usize,
    /// Histograms up to here.
    pub histograms: usize,
}

/// What a batch gathers.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Series that the log may not know yet.
    pub new_series: Vec<u32>,
    /// Float samples in the order they came.
    pub floats: Vec<Sample>,
    /// Histogram samples in the order they came.
    pub histograms: Vec<HistogramSample>,
    /// Ends of all stretches but the last.
    pub stretches: Vec<Stretch>,
    /// Series that have histograms in the present stretch.
    pub with_histograms: HashSet<u32>,
    /// Samples that come late.
    pub late: LateBatch,
    /// Which samples are late, should commits of others make more of them so.
    pub lateness: Lateness,
    /// Exemplars.
    pub exemplars: Vec<(u32, Exemplar)>,
    /// Metadata.
    pub metadata: Vec<(u32, Metadata)>,
    /// Scratch for a record.
    pub record: Vec<u8>,
    /// The records of all samples, as the log wants them; made by the first commit.
    pub packed: Option<Packed>,
}

impl Gathered {
    /// Tells whether the buffers are small enough to be kept.
    pub fn is_modest(&self) -> bool {
        self.floats.capacity() <= KEPT_SAMPLES_MAX && self.histograms.capacity() <= KEPT_SAMPLES_MAX / 16
    }

    fn clear(&mut self) {
        self.new_series.clear();
        self.floats.clear();
        self.histograms.clear();
        self.stretches.clear();
        self.with_histograms.clear();
        self.late.clear();
        self.lateness = Lateness::default();
        self.exemplars.clear();
        self.metadata.clear();
        self.record.clear();
        self.packed.iter_mut().for_each(Packed::clear);
    }
}

/// A batch.
pub struct Batch<'a> {
    head: &'a Head,
    table: Arc<Table>,
    pub(super) gathered: Gathered,
    /// Numbers for series that this batch creates.
    lease: Lease,
    /// Oldest time accepted in order; unknown while the head is empty and nothing came.
    min_t: Option<i64>,
    /// How much older than the newest sample a late one may be; 0 refuses them.
    window_ms: i64,
    /// Whether late samples are refused although a window is open.
    refuse_late: bool,
}

/// What the series says about a sample.
enum Verdict {
    /// Store it.
    Store,
    /// It is there already.
    Repeat,
    /// Store it as a histogram of the series' kind: staleness markers come as floats.
    StaleHistogram(HistogramValue),
}

impl<'a> Batch<'a> {
    pub(super) fn new(head: &'a Head, gathered: Gathered) -> Batch<'a> {
        let min_t = match head.max_t() {
            i64::MIN => None,
            newest => Some(head.append_min_t(newest)),
        };
        let window_ms = head.late.window_ms();
        Batch { head, table: head.pages.table(), gathered, lease: 0..0, min_t, window_ms, refuse_late: false }
    }

    /// Runs `f` with a series.
    #[inline]
    fn with_series<R>(&mut self, id: u32, f: impl Fn(&Series) -> R) -> Result<R, AppendError> {
        let ask = |table: &Table| {
            let page = page_of(table, id)?.read();
            page.get(id).map(|series| {
                if series.idle_looks.load(Relaxed) > 0 {
                    series.idle_looks.store(0, Relaxed);
                }
                (f(series), series.logged)
            })
        };
        let mut answer = ask(&self.table);
        if answer.is_none() {
            // The table that is held may be older than the series.
            self.table = self.head.pages.table();
            answer = ask(&self.table);
        }
        let Some((answer, logged)) = answer else {
            self.head.counters.series_not_found.fetch_add(1, Relaxed);
            return Err(AppendError::UnknownSeries);
        };
        if !logged {
            // Created by this batch, or by one that did not commit (yet): whoever commits first writes it to the log.
            self.gathered.new_series.push(id);
        }
        Ok(answer)
    }

    /// Tells whether a sample's time is one that may be in order, and not one that is late whatever its series has.
    ///
    /// # Errors
    /// [`AppendError::OutOfBounds`] for what is too late without a window.
    #[inline]
    fn check_bounds(&mut self, t: i64) -> Result<bool, AppendError> {
        let head = self.head;
        let min_t = *self.min_t.get_or_insert_with(|| head.append_min_t(t));
        if t >= min_t {
            return Ok(true);
        }
        if self.window_ms > 0 {
            return Ok(false);
        }
        head.counters.out_of_bounds.fetch_add(1, Relaxed);
        Err(AppendError::OutOfBounds)
    }

    /// Judges a sample that is not in order: late, or refused.
    ///
    /// # Errors
    /// [`AppendError::OutOfOrder`] without a window or if this batch refuses late samples, [`AppendError::TooOld`].
    #[cold]
    fn check_late(&mut self, t: i64, histogram: bool) -> Result<(), AppendError> {
        let newest_t = match self.head.max_t() {
            i64::MIN => t,
            newest => newest,
        };
        let lateness = Lateness { newest_t, window_ms: self.window_ms };
        if self.head.judge_late(lateness, t, histogram) {
            return if self.refuse_late { Err(AppendError::OutOfOrder) } else { Ok(()) };
        }
        if lateness.is_open() {
            return Err(AppendError::TooOld);
        }
        self.head.counters.out_of_order.fetch_add(1, Relaxed);
        Err(AppendError::OutOfOrder)
    }

    /// Gathers a late float, as a histogram where it is a staleness marker of a series of histograms.
    fn add_late_float(&mut self, id: u32, start_ms: i64, t: i64, v: f64) -> Result<(), AppendError> {
        if is_stale(v) {
            let marker = self.with_series(id, |series| stale_histogram(&series.open))?;
            if let Some(h) = marker {
                return self.add_late_histogram(id, 0, t, h);
            }
        }
        self.check_late(t, false)?;
        self.gathered.late.floats.push(Sample { series: u64::from(id), t, v, start_ms });
        Ok(())
    }

    fn add_late_histogram(
        &mut self,
        id: u32,
        start_ms: i64,
        t: i64,
        h: HistogramValue,
    ) -> Result<(), AppendError> {
        self.check_late(t, true)?;
        self.gathered.late.histograms.push(HistogramSample { series: u64::from(id), t, h, start_ms });
        Ok(())
    }

    /// Ends the stretch, because a series would have floats and histograms in it.
    fn end_stretch(&mut self) {
        let g = &mut self.gathered;
        g.stretches.push(Stretch { floats: g.floats.len(), histograms: g.histograms.len() });
        g.with_histograms.clear();
    }

    fn add_float(&mut self, id: u32, start_ms: i64, t: i64, v: f64) {
        if !self.gathered.with_histograms.is_empty() && self.gathered.with_histograms.contains(&id) {
            self.end_stretch();
        }
        self.gathered.floats.push(Sample { series: u64::from(id), t, v, start_ms });
    }

    fn add_histogram(&mut self, id: u32, start_ms: i64, t: i64, h: HistogramValue) {
        let start = self.gathered.stretches.last().map_or(0, |s| s.floats);
        if self.gathered.floats[start..].iter().any(|s| s.series == u64::from(id)) {
            self.end_stretch();
        }
        self.gathered.with_histograms.insert(id);
        self.gathered.histograms.push(HistogramSample { series: u64::from(id), t, h, start_ms });
    }
}

/// Returns the number in a reference.
fn id_of(series: SeriesRef) -> Result<u32, AppendError> {
    u32::try_from(series.0.get()).map_err(|_| AppendError::UnknownSeries)
}

/// Judges a float sample.
#[inline]
fn judge_float(series: &Series, t: i64, v: f64) -> Result<Verdict, AppendError> {
    match &series.open {
        OpenChunk::Float(appender) => judge_after(appender.last(), t, v),
        OpenChunk::Started(appender) => judge_after(appender.last(), t, v),
        OpenChunk::None => judge_without_chunk(series, t),
        OpenChunk::Histogram(_) | OpenChunk::FloatHistogram(_) => {
            let last = series.last_t();
            if t < last {
                return Err(AppendError::OutOfOrder);
            }
            if !is_stale(v) {
                return if t == last { Err(AppendError::DuplicateTimestamp) } else { Ok(Verdict::Store) };
            }
            if t > last {
                return Ok(stale_histogram(&series.open).map_or(Verdict::Store, Verdict::StaleHistogram));
            }
            if last_is_stale(series) { Ok(Verdict::Repeat) } else { Err(AppendError::DuplicateTimestamp) }
        }
    }
}

/// Judges a float sample behind the last one of an open chunk of floats.
#[inline]
fn judge_after(last: Option<(i64, f64)>, t: i64, v: f64) -> Result<Verdict, AppendError> {
    match last {
        Some((last, _)) if t > last => Ok(Verdict::Store),
        Some((last, was)) if t == last => {
            let repeat = was.to_bits() == v.to_bits();
            if repeat { Ok(Verdict::Repeat) } else { Err(AppendError::DuplicateTimestamp) }
        }
        Some(_) => Err(AppendError::OutOfOrder),
        None => Ok(Verdict::Store),
    }
}

/// Returns the staleness marker of a series of histograms; `None` for other series.
fn stale_histogram(open: &OpenChunk) -> Option<HistogramValue> {
    match open {
        OpenChunk::FloatHistogram(_) => {
            Some(HistogramValue::Float(FloatHistogram { sum: STALE_NAN, ..FloatHistogram::default() }))
        }
        OpenChunk::Histogram(_) => {
            Some(HistogramValue::Integer(Histogram { sum: STALE_NAN, ..Histogram::default() }))
        }
        OpenChunk::None | OpenChunk::Float(_) | OpenChunk::Started(_) => None,
    }
}

/// All chunks are closed: the last value is not at hand, so a repeat of its time is let go.
fn judge_without_chunk(series: &Series, t: i64) -> Result<Verdict, AppendError> {
    match t.cmp(&series.last_t()) {
        std::cmp::Ordering::Greater => Ok(Verdict::Store),
        std::cmp::Ordering::Equal => Ok(Verdict::Repeat),
        std::cmp::Ordering::Less => Err(AppendError::OutOfOrder),
    }
}

fn last_is_stale(series: &Series) -> bool {
    match &series.open {
        OpenChunk::Histogram(o) => o.appender.last().is_stale(),
        OpenChunk::FloatHistogram(o) => o.appender.last().is_stale(),
        OpenChunk::Float(a) => a.last().is_some_and(|(_, v)| is_stale(v)),
        OpenChunk::Started(a) => a.last().is_some_and(|(_, v)| is_stale(v)),
        OpenChunk::None => false,
    }
}

/// Judges a histogram sample.
fn judge_histogram(series: &Series, t: i64, h: &HistogramValue) -> Result<Verdict, AppendError> {
    if matches!(series.open, OpenChunk::None) {
        return judge_without_chunk(series, t);
    }
    match t.cmp(&series.last_t()) {
        std::cmp::Ordering::Greater => Ok(Verdict::Store),
        std::cmp::Ordering::Less => Err(AppendError::OutOfOrder),
        std::cmp::Ordering::Equal => {
            let repeat = match (&series.open, h) {
                (OpenChunk::Histogram(o), HistogramValue::Integer(h)) => {
                    same_counts(&o.appender.last().to_float(), &h.to_float())
                }
                (OpenChunk::FloatHistogram(o), HistogramValue::Float(h)) => same_counts(o.appender.last(), h),
                _of_another_kind => false,
            };
            if repeat { Ok(Verdict::Repeat) } else { Err(AppendError::DuplicateTimestamp) }
        }
    }
}

/// Tells whether two histograms count the same observations; hints and empty buckets do not matter.
fn same_counts(a: &FloatHistogram, b: &FloatHistogram) -> bool {
    let filled = |buckets: &[f64]| buckets.iter().copied().filter(|c| *c != 0.0).collect::<Vec<_>>();
    a.sum.to_bits() == b.sum.to_bits()
        && (a.is_stale()
            || a.count == b.count
                && a.zero_count == b.zero_count
                && a.schema == b.schema
                && a.custom_values == b.custom_values
                && filled(&a.positive_buckets) == filled(&b.positive_buckets)
                && filled(&a.negative_buckets) == filled(&b.negative_buckets))
}

impl Append for Batch<'_> {
    fn resolve(&mut self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        if labels.is_empty() {
            return Err(AppendError::InvalidLabels { reason: "empty labelset".to_owned() });
        }
        let id = self.head.find_or_create(labels, &mut self.lease)?;
        self.with_series(id, |_| ())?;
        let number = std::num::NonZeroU64::new(u64::from(id)).ok_or(AppendError::UnknownSeries)?;
        Ok(SeriesRef(number))
    }

    #[inline]
    fn sample(&mut self, series: SeriesRef, t: i64, v: f64) -> Result<(), AppendError> {
        self.sample_started(series, 0, t, v)
    }

    #[inline]
    fn sample_started(
        &mut self,
        series: SeriesRef,
        start_ms: i64,
        t: i64,
        v: f64,
    ) -> Result<(), AppendError> {
        let may_be_in_order = self.check_bounds(t)?;
        let id = id_of(series)?;
        let verdict = self.with_series(id, |series| judge_float(series, t, v))?;
        if !may_be_in_order {
            return self.add_late_float(id, start_ms, t, v);
        }
        match verdict {
            Ok(Verdict::Store) => self.add_float(id, start_ms, t, v),
            Ok(Verdict::Repeat) => {}
            Ok(Verdict::StaleHistogram(stale)) => self.add_histogram(id, 0, t, stale),
            Err(AppendError::OutOfOrder) => return self.add_late_float(id, start_ms, t, v),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn histogram(&mut self, series: SeriesRef, t: i64, h: HistogramValue) -> Result<(), AppendError> {
        self.histogram_started(series, 0, t, h)
    }

    fn histogram_started(
        &mut self,
        series: SeriesRef,
        start_ms: i64,
        t: i64,
        h: HistogramValue,
    ) -> Result<(), AppendError> {
        let may_be_in_order = self.check_bounds(t)?;
        h.validate().map_err(|e| AppendError::InvalidHistogram { reason: e.to_string() })?;
        let id = id_of(series)?;
        let verdict = self.with_series(id, |series| judge_histogram(series, t, &h))?;
        if !may_be_in_order {
            return self.add_late_histogram(id, start_ms, t, h);
        }
        match verdict {
            Ok(Verdict::Store) => self.add_histogram(id, start_ms, t, h),
            Ok(Verdict::Repeat) => {}
            Ok(Verdict::StaleHistogram(stale)) => self.add_histogram(id, 0, t, stale),
            Err(AppendError::OutOfOrder) => return self.add_late_histogram(id, start_ms, t, h),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn start_zero(
        &mut self,
        series: SeriesRef,
        t: i64,
        start_ms: i64,
        histogram: Option<&HistogramValue>,
    ) -> Result<(), AppendError> {
        if start_ms >= t {
            return Err(AppendError::OutOfOrder);
        }
        let id = id_of(series)?;
        // A start that is too old is the usual case of a long-lived counter, and nothing to count.
        let last = self.with_series(id, Series::last_t)?;
        let head = self.head;
        let min_t = *self.min_t.get_or_insert_with(|| head.append_min_t(t));
        if start_ms < min_t {
            return Err(AppendError::OutOfBounds);
        }
        if start_ms <= last {
            return Err(AppendError::OutOfOrder);
        }
        match histogram {
            None => self.add_float(id, 0, start_ms, 0.0),
            Some(h) => self.add_histogram(id, 0, start_ms, zero_like(h)),
        }
        Ok(())
    }

    fn exemplar(&mut self, series: SeriesRef, exemplar: &Exemplar) -> Result<(), AppendError> {
        let id = id_of(series)?;
        self.with_series(id, |_| ())?;
        if self.head.exemplars.lock().check(id, exemplar)? {
            self.gathered.exemplars.push((id, exemplar.clone()));
        }
        Ok(())
    }

    fn metadata(&mut self, series: SeriesRef, metadata: &Metadata) -> Result<(), AppendError> {
        let id = id_of(series)?;
        self.with_series(id, |_| ())?;
        if self.head.metadata.lock().get(&id).is_none_or(|known| **known != *metadata) {
            self.gathered.metadata.push((id, metadata.clone()));
        }
        Ok(())
    }

    fn refuse_out_of_order(&mut self) {
        self.refuse_late = true;
    }

    fn commit(mut self: Box<Self>) -> Result<CommitSummary, AppendError> {
        let mut gathered = std::mem::take(&mut self.gathered);
        self.end_stretch_of(&mut gathered);
        let window_ms = if self.refuse_late { 0 } else { self.window_ms };
        gathered.lateness = Lateness { newest_t: self.head.max_t(), window_ms };
        let summary = self.head.commit(&self.table, &mut gathered);
        self.gathered = gathered;
        summary.map_err(|e| AppendError::Storage(Arc::new(e)))
    }

    fn rollback(self: Box<Self>) {}
}

impl Batch<'_> {
    fn end_stretch_of(&self, gathered: &mut Gathered) {
        let end = Stretch { floats: gathered.floats.len(), histograms: gathered.histograms.len() };
        gathered.stretches.push(end);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if !self.lease.is_empty() {
            self.head.creating.lock().give_back(std::mem::take(&mut self.lease));
        }
        let mut gathered = std::mem::take(&mut self.gathered);
        gathered.clear();
        self.head.give_back(gathered);
    }
}
