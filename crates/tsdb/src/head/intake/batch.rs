//! A batch of an intake: gathered, then written to the log as the records of one commit.

use std::sync::Arc;

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Metadata};
use storage::{Append, AppendError, CommitSummary, SeriesRef};

use super::{Intake, State};
use crate::error::FileError;
use crate::head::Head;
use crate::head::open_chunk::zero_like;
use crate::wal::Log;
use crate::wal::record::{HistogramSample, Sample, encode};

/// A run of samples of one kind, in the order they came.
enum Run {
    Floats(Vec<Sample>),
    Histograms(Vec<HistogramSample>),
}

/// A batch.
pub(super) struct IntakeBatch<'a> {
    intake: &'a Intake,
    runs: Vec<Run>,
    exemplars: Vec<(u64, Exemplar)>,
    metadata: Vec<(u64, Metadata)>,
    /// Series the log may not know.
    new: Vec<u64>,
    /// How much older than the newest sample one may be that is older than its series' last.
    late_window_ms: i64,
}

/// Where a series stood before a commit, should the log refuse.
type Before = (usize, i64, Option<u64>);

impl<'a> IntakeBatch<'a> {
    pub(super) fn new(intake: &'a Intake) -> IntakeBatch<'a> {
        IntakeBatch {
            intake,
            runs: Vec::new(),
            exemplars: Vec::new(),
            metadata: Vec::new(),
            new: Vec::new(),
            late_window_ms: intake.late_window_ms,
        }
    }

    /// Judges a sample against what came before: `false` for an exact repeat.
    fn judge(&mut self, number: u64, t: i64, value: Option<u64>) -> Result<bool, AppendError> {
        let state = self.intake.state.lock();
        let series = &state.series[state.place(number)?];
        if !series.logged {
            self.new.push(number);
        }
        match t.cmp(&series.last_t) {
            std::cmp::Ordering::Greater => Ok(true),
            std::cmp::Ordering::Less if state.takes_late(t, self.late_window_ms) => Ok(true),
            std::cmp::Ordering::Less if self.late_window_ms > 0 => Err(AppendError::TooOld),
            std::cmp::Ordering::Less => Err(AppendError::OutOfOrder),
            std::cmp::Ordering::Equal if value.is_none() || series.last == value => Ok(false),
            std::cmp::Ordering::Equal => Err(AppendError::DuplicateTimestamp),
        }
    }

    fn add_float(&mut self, sample: Sample) {
        match self.runs.last_mut() {
            Some(Run::Floats(floats)) => floats.push(sample),
            Some(Run::Histograms(_)) | None => self.runs.push(Run::Floats(vec![sample])),
        }
    }

    fn add_histogram(&mut self, sample: HistogramSample) {
        match self.runs.last_mut() {
            Some(Run::Histograms(histograms)) => histograms.push(sample),
            Some(Run::Floats(_)) | None => self.runs.push(Run::Histograms(vec![sample])),
        }
    }

    /// Drops samples that are not later than their series' last by now, nor late. Returns what became of them, and where the
    /// series stood.
    fn settle(&mut self, state: &mut State) -> (CommitSummary, Vec<Before>) {
        let mut summary = CommitSummary::default();
        let mut before = Vec::new();
        let window_ms = self.late_window_ms;
        let mut later = |number: u64, t: i64, value: Option<u64>| {
            let Ok(place) = state.place(number) else { return false };
            let late = state.takes_late(t, window_ms);
            let series = &mut state.series[place];
            if t == series.last_t || t < series.last_t && !late {
                summary.dropped += 1;
                return false;
            }
            summary.samples += 1;
            if t > series.last_t {
                before.push((place, series.last_t, series.last));
                (series.last_t, series.last) = (t, value);
                state.newest_t = state.newest_t.max(t);
            }
            true
        };
        for run in &mut self.runs {
            match run {
                Run::Floats(floats) => floats.retain(|s| later(s.series, s.t, Some(s.v.to_bits()))),
                Run::Histograms(histograms) => histograms.retain(|s| later(s.series, s.t, None)),
            }
        }
        (summary, before)
    }

    fn write(&mut self, state: &mut State) -> Result<(), FileError> {
        let State { log: Some(log), series, first, .. } = state else { return Ok(()) };
        self.new.sort_unstable();
        self.new.dedup();
        let place = |number: &u64| (*number - u64::from(*first)) as usize;
        self.new.retain(|number| !series[place(number)].logged);
        let mut record = Vec::new();
        for number in &self.new {
            let labels = &series[place(number)].labels;
            if record.is_empty() {
                encode::series_head(&mut record);
            }
            encode::series_entry(&mut record, *number, labels.len(), labels.iter());
        }
        log.push(&record)?;
        record.clear();
        encode::metadata(&mut record, self.metadata.iter().map(|(series, m)| (*series, m)));
        log.push(&record)?;
        self.runs.iter().try_for_each(|run| push_run(log, run))?;
        record.clear();
        encode::exemplars(&mut record, self.exemplars.iter().map(|(series, e)| (*series, e)));
        log.push(&record)?;
        log.flush()?;
        for number in &self.new {
            series[place(number)].logged = true;
        }
        Ok(())
    }

    /// The log was read while the batch was gathered: it goes to the head as any other.
    fn pass_on(&mut self, head: &Head) -> Result<CommitSummary, AppendError> {
        let mut batch: Box<dyn Append + '_> = Box::new(head.batch());
        if self.late_window_ms == 0 {
            batch.refuse_out_of_order();
        }
        let mut refused = 0;
        let number_there = |batch: &mut dyn Append, number: u64| {
            let labels = {
                let state = self.intake.state.lock();
                state.series[state.place(number)?].labels.clone()
            };
            batch.resolve(&labels)
        };
        let mut refuse = |result: Result<(), AppendError>| match result {
            Ok(()) => Ok(()),
            Err(error) if error.is_about_the_sample() => {
                refused += 1;
                Ok(())
            }
            Err(error) => Err(error),
        };
        for run in std::mem::take(&mut self.runs) {
            match run {
                Run::Floats(floats) => {
                    for s in floats {
                        let series = number_there(&mut *batch, s.series);
                        refuse(series.and_then(|series| batch.sample_started(series, s.start_ms, s.t, s.v)))?;
                    }
                }
                Run::Histograms(histograms) => {
                    for s in histograms {
                        let series = number_there(&mut *batch, s.series);
                        refuse(
                            series.and_then(|series| batch.histogram_started(series, s.start_ms, s.t, s.h)),
                        )?;
                    }
                }
            }
        }
        // Additions to samples: a refusal of one is no reason to fail.
        for (number, exemplar) in &self.exemplars {
            number_there(&mut *batch, *number).and_then(|series| batch.exemplar(series, exemplar)).ok();
        }
        for (number, metadata) in &self.metadata {
            number_there(&mut *batch, *number).and_then(|series| batch.metadata(series, metadata)).ok();
        }
        let summary = batch.commit()?;
        Ok(CommitSummary { dropped: summary.dropped + refused, ..summary })
    }
}

fn push_run(log: &mut Log, run: &Run) -> Result<(), FileError> {
    let mut record = Vec::new();
    match run {
        Run::Floats(floats) => {
            encode::samples(&mut record, floats);
            log.push(&record)
        }
        Run::Histograms(histograms) => encode::HISTOGRAM_KINDS.into_iter().try_for_each(|kind| {
            record.clear();
            encode::histograms(&mut record, kind, histograms);
            log.push(&record)
        }),
    }
}

impl Append for IntakeBatch<'_> {
    fn resolve(&mut self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        if labels.is_empty() {
            return Err(AppendError::InvalidLabels { reason: "empty labelset".to_owned() });
        }
        let number = self.intake.state.lock().find_or_create(labels, &self.intake.budget)?;
        let number = std::num::NonZeroU64::new(u64::from(number)).ok_or(AppendError::UnknownSeries)?;
        Ok(SeriesRef(number))
    }

    fn sample(&mut self, series: SeriesRef, t: i64, v: f64) -> Result<(), AppendError> {
        self.sample_started(series, 0, t, v)
    }

    fn sample_started(
        &mut self,
        series: SeriesRef,
        start_ms: i64,
        t: i64,
        v: f64,
    ) -> Result<(), AppendError> {
        let series = series.0.get();
        if self.judge(series, t, Some(v.to_bits()))? {
            self.add_float(Sample { series, t, v, start_ms });
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
        h.validate().map_err(|e| AppendError::InvalidHistogram { reason: e.to_string() })?;
        let series = series.0.get();
        if self.judge(series, t, None)? {
            self.add_histogram(HistogramSample { series, t, h, start_ms });
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
        let series = series.0.get();
        if start_ms >= t || !self.judge(series, start_ms, None)? {
            return Err(AppendError::OutOfOrder);
        }
        match histogram {
            None => self.add_float(Sample { series, t: start_ms, v: 0.0, start_ms: 0 }),
            Some(h) => {
                self.add_histogram(HistogramSample { series, t: start_ms, h: zero_like(h), start_ms: 0 });
            }
        }
        Ok(())
    }

    fn exemplar(&mut self, series: SeriesRef, exemplar: &Exemplar) -> Result<(), AppendError> {
        self.exemplars.push((series.0.get(), exemplar.clone()));
        Ok(())
    }

    fn metadata(&mut self, series: SeriesRef, metadata: &Metadata) -> Result<(), AppendError> {
        self.metadata.push((series.0.get(), metadata.clone()));
        Ok(())
    }

    fn refuse_out_of_order(&mut self) {
        self.late_window_ms = 0;
    }

    fn commit(mut self: Box<Self>) -> Result<CommitSummary, AppendError> {
        let mut state = self.intake.state.lock();
        if let Some(head) = self.intake.head.get() {
            drop(state);
            return self.pass_on(head);
        }
        let (summary, before) = self.settle(&mut state);
        if let Err(error) = self.write(&mut state) {
            for (place, last_t, last) in before.into_iter().rev() {
                (state.series[place].last_t, state.series[place].last) = (last_t, last);
            }
            return Err(AppendError::Storage(Arc::new(error)));
        }
        Ok(summary)
    }

    fn rollback(self: Box<Self>) {}
}

impl Drop for IntakeBatch<'_> {
    fn drop(&mut self) {
        let mut state = self.intake.state.lock();
        state.batches -= 1;
        if state.batches == 0 && self.intake.head.get().is_some() {
            state.forget();
        }
    }
}
