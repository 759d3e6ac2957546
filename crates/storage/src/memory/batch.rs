//! A batch of writes: tried on copies of the series, applied to the state at commit.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Metadata};

use super::series::{Bounds, SampleValue, SeriesData, Timed, zero_like};
use super::{Shared, State};
use crate::append::{Append, CommitSummary, SeriesRef};
use crate::error::AppendError;

/// One write.
#[derive(Clone, Debug)]
enum Write {
    Sample(Timed),
    Exemplar(Exemplar),
    Metadata(Metadata),
}

pub(super) struct Batch<'a> {
    shared: &'a Shared,
    /// The state when the batch began.
    base: Arc<State>,
    /// Names given to series that `base` does not have.
    new_refs: HashMap<Labels, u64>,
    new_labels: HashMap<u64, Labels>,
    /// Series as they will be if nobody else writes.
    trial: HashMap<Labels, SeriesData>,
    newest_ms: Option<i64>,
    writes: Vec<(Labels, Write)>,
    refuse_out_of_order: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn new(shared: &'a Shared) -> Batch<'a> {
        let base = shared.lock().clone();
        Batch {
            shared,
            newest_ms: base.newest_ms,
            base,
            new_refs: HashMap::new(),
            new_labels: HashMap::new(),
            trial: HashMap::new(),
            writes: Vec::new(),
            refuse_out_of_order: false,
        }
    }

    fn window_ms(&self) -> i64 {
        if self.refuse_out_of_order { 0 } else { self.shared.out_of_order_window_ms }
    }

    fn labels(&self, series: SeriesRef) -> Result<Labels, AppendError> {
        let id = series.0.get();
        self.new_labels
            .get(&id)
            .or_else(|| self.base.labels_of.get(&id))
            .cloned()
            .ok_or(AppendError::UnknownSeries)
    }

    fn trial(&mut self, labels: &Labels) -> &mut SeriesData {
        let base = &self.base;
        self.trial.entry(labels.clone()).or_insert_with(|| {
            base.by_labels.get(labels).map_or_else(SeriesData::default, |series| SeriesData::clone(series))
        })
    }

    fn add(&mut self, series: SeriesRef, sample: Timed) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        let bounds = Bounds { newest_ms: self.newest_ms, window_ms: self.window_ms() };
        if self.trial(&labels).add(sample.clone(), bounds)? {
            self.newest_ms = self.newest_ms.max(Some(sample.t));
            self.writes.push((labels, Write::Sample(sample)));
        }
        Ok(())
    }
}

impl Append for Batch<'_> {
    fn resolve(&mut self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        if labels.is_empty() {
            return Err(AppendError::InvalidLabels { reason: "empty labelset".to_owned() });
        }
        let known = self.base.ref_of.get(labels).or_else(|| self.new_refs.get(labels)).copied();
        let id = known.unwrap_or_else(|| {
            let id = self.shared.next_ref();
            self.new_refs.insert(labels.clone(), id);
            self.new_labels.insert(id, labels.clone());
            id
        });
        NonZeroU64::new(id).map(SeriesRef).ok_or(AppendError::UnknownSeries)
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
        self.add(series, Timed { start_ms, t, value: SampleValue::Float(v) })
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
        if !h.is_stale() {
            h.validate().map_err(|fault| AppendError::InvalidHistogram { reason: fault.to_string() })?;
        }
        self.add(series, Timed { start_ms, t, value: SampleValue::Histogram(h) })
    }

    fn start_zero(
        &mut self,
        series: SeriesRef,
        t: i64,
        start_ms: i64,
        histogram: Option<&HistogramValue>,
    ) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        let newest = self.trial(&labels).newest_ms();
        if start_ms >= t || newest.is_some_and(|newest| start_ms <= newest) {
            return Err(AppendError::OutOfOrder);
        }
        let zero = match histogram {
            Some(h) => SampleValue::Histogram(zero_like(h)),
            None => SampleValue::Float(0.0),
        };
        self.add(series, Timed { start_ms: 0, t: start_ms, value: zero })
    }

    fn exemplar(&mut self, series: SeriesRef, exemplar: &Exemplar) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        if self.trial(&labels).add_exemplar(exemplar)? {
            self.writes.push((labels, Write::Exemplar(exemplar.clone())));
        }
        Ok(())
    }

    fn metadata(&mut self, series: SeriesRef, metadata: &Metadata) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        self.writes.push((labels, Write::Metadata(metadata.clone())));
        Ok(())
    }

    fn refuse_out_of_order(&mut self) {
        self.refuse_out_of_order = true;
    }

    fn commit(self: Box<Self>) -> Result<CommitSummary, AppendError> {
        let window_ms = self.window_ms();
        let Batch { shared, base, writes, new_labels, .. } = *self;
        // Where nobody else looks at the state any more, it need not be copied.
        drop(base);
        let mut locked = shared.lock();
        let state = Arc::make_mut(&mut locked);
        let mut summary = CommitSummary::default();
        for (labels, write) in &writes {
            let bounds = Bounds { newest_ms: state.newest_ms, window_ms };
            let series = Arc::make_mut(state.by_labels.entry(labels.clone()).or_default());
            match write {
                Write::Sample(sample) => match series.add(sample.clone(), bounds) {
                    Ok(_) => {
                        summary.samples += 1;
                        state.newest_ms = state.newest_ms.max(Some(sample.t));
                    }
                    Err(_) => summary.dropped += 1,
                },
                Write::Exemplar(exemplar) => {
                    // Refused only if another batch stored a later one; exemplars are examples, none must be there.
                    series.add_exemplar(exemplar).unwrap_or(false);
                }
                Write::Metadata(metadata) => series.metadata = Some(metadata.clone()),
            }
        }
        let oldest = writes.iter().filter_map(|(_, write)| match write {
            Write::Sample(timed) => Some(timed.t),
            Write::Exemplar(_) | Write::Metadata(_) => None,
        });
        if let Some(oldest_ms) = oldest.min() {
            shared.changes.note(oldest_ms);
        }
        for (id, labels) in new_labels {
            if state.by_labels.contains_key(&labels) {
                state.ref_of.insert(labels.clone(), id);
                state.labels_of.insert(id, labels);
            }
        }
        Ok(summary)
    }

    fn rollback(self: Box<Self>) {}
}
