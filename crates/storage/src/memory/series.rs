//! One series and the rules for what may be added to it.

use model::histogram::{FloatHistogram, Histogram, HistogramValue};
use model::value::{STALE_NAN, is_stale};
use model::{Exemplar, Metadata};

use crate::error::AppendError;
use crate::samples::Samples;
use crate::select::TimeRange;

/// The longest exemplar labels, names and values together, in characters (OpenMetrics 1.0).
const EXEMPLAR_CHARS_MAX: usize = 128;

/// A sample's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SampleValue {
    Float(f64),
    Histogram(HistogramValue),
}

impl SampleValue {
    /// Tells whether both are the same sample; NaNs are compared by their bits.
    fn is_same(&self, other: &SampleValue) -> bool {
        match (self, other) {
            (SampleValue::Float(a), SampleValue::Float(b)) => a.to_bits() == b.to_bits(),
            (SampleValue::Histogram(a), SampleValue::Histogram(b)) => {
                a == b || (a.is_stale() && b.is_stale())
            }
            (SampleValue::Float(_), SampleValue::Histogram(_))
            | (SampleValue::Histogram(_), SampleValue::Float(_)) => false,
        }
    }
}

/// A sample to be stored.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    /// When its series began to count; 0 if nobody told.
    pub(super) start_ms: i64,
    pub(super) t: i64,
    pub(super) value: SampleValue,
}

/// Which samples are late.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Newest sample of the whole storage.
    pub(super) newest_ms: Option<i64>,
    /// How far behind that a late sample may be; 0 refuses them.
    pub(super) window_ms: i64,
}

/// All that is stored of one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SeriesData {
    pub(super) samples: Samples,
    pub(super) exemplars: Vec<Exemplar>,
    pub(super) metadata: Option<Metadata>,
}

impl SeriesData {
    /// Adds a sample. Returns whether it is new: a repeat of a stored one is fine and changes nothing.
    pub(super) fn add(&mut self, sample: Timed, bounds: Bounds) -> Result<bool, AppendError> {
        let Timed { start_ms, t, value } = sample;
        let value = self.as_this_series_stores(value);
        let newest = self.newest_ms();
        if newest.is_none_or(|newest| t > newest) && !is_late(t, bounds) {
            self.insert(start_ms, t, value);
            return Ok(true);
        }
        match self.at(t) {
            Some(stored) if stored.is_same(&value) => return Ok(false),
            Some(_) => return Err(AppendError::DuplicateTimestamp),
            None => {}
        }
        if bounds.window_ms <= 0 {
            return Err(AppendError::OutOfOrder);
        }
        if bounds.newest_ms.is_some_and(|newest| t < newest.saturating_sub(bounds.window_ms)) {
            return Err(AppendError::TooOld);
        }
        self.insert(start_ms, t, value);
        Ok(true)
    }

    pub(super) fn add_exemplar(&mut self, exemplar: &Exemplar) -> Result<bool, AppendError> {
        let chars: usize = exemplar.labels.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum();
        if chars > EXEMPLAR_CHARS_MAX {
            return Err(AppendError::ExemplarLabelsTooLong);
        }
        if let Some(last) = self.exemplars.last() {
            if last == exemplar {
                return Ok(false);
            }
            if exemplar.timestamp_ms < last.timestamp_ms {
                return Err(AppendError::ExemplarOutOfOrder);
            }
        }
        self.exemplars.push(exemplar.clone());
        Ok(true)
    }

    /// Appends the samples within a range to `out`.
    pub(super) fn read(&self, range: TimeRange, out: &mut Samples) {
        let inside = |t: i64| (range.min_ms..=range.max_ms).contains(&t);
        for (i, (t, v)) in self.samples.t.iter().zip(&self.samples.v).enumerate() {
            if inside(*t) {
                out.push_started(self.samples.start(i), *t, *v);
            }
        }
        for (i, (t, h)) in self.samples.histograms.iter().enumerate() {
            if inside(*t) {
                out.push_histogram(self.samples.histogram_start(i), *t, h.clone());
            }
        }
    }

    /// Tells whether there are samples within a range.
    pub(super) fn has_samples(&self, range: TimeRange) -> bool {
        let inside = |t: &i64| (range.min_ms..=range.max_ms).contains(t);
        self.samples.t.iter().any(inside) || self.samples.histograms.iter().any(|(t, _)| inside(t))
    }

    pub(super) fn newest_ms(&self) -> Option<i64> {
        self.samples.t.last().copied().max(self.samples.histograms.last().map(|(t, _)| *t))
    }

    /// A staleness marker of a histogram series is a histogram itself.
    fn as_this_series_stores(&self, value: SampleValue) -> SampleValue {
        let SampleValue::Float(v) = value else { return value };
        let float_last = self.samples.t.last();
        match self.samples.histograms.last() {
            Some((t, last)) if is_stale(v) && float_last.is_none_or(|float| t > float) => {
                SampleValue::Histogram(stale_like(last))
            }
            Some(_) | None => value,
        }
    }

    fn at(&self, t: i64) -> Option<SampleValue> {
        if let Ok(i) = self.samples.t.binary_search(&t) {
            return Some(SampleValue::Float(self.samples.v[i]));
        }
        let i = self.samples.histograms.binary_search_by_key(&t, |(t, _)| *t).ok()?;
        Some(SampleValue::Histogram(self.samples.histograms[i].1.clone()))
    }

    fn insert(&mut self, start_ms: i64, t: i64, value: SampleValue) {
        let samples = &mut self.samples;
        match value {
            SampleValue::Float(v) => {
                let i = samples.t.partition_point(|stored| *stored < t);
                samples.t.insert(i, t);
                samples.v.insert(i, v);
                insert_start(&mut samples.starts, i, start_ms);
            }
            SampleValue::Histogram(h) => {
                let i = samples.histograms.partition_point(|(stored, _)| *stored < t);
                samples.histograms.insert(i, (t, h));
                insert_start(&mut samples.histogram_starts, i, start_ms);
            }
        }
    }
}

/// Keeps a column of start times in step with a sample inserted at `i`.
fn insert_start(starts: &mut Vec<i64>, i: usize, start_ms: i64) {
    if i < starts.len() {
        starts.insert(i, start_ms);
    } else if start_ms != 0 {
        starts.resize(i, 0);
        starts.push(start_ms);
    }
}

/// A new series may start in the past only as far as late samples may be.
fn is_late(t: i64, bounds: Bounds) -> bool {
    bounds.window_ms > 0 && bounds.newest_ms.is_some_and(|newest| t < newest.saturating_sub(bounds.window_ms))
}

fn stale_like(last: &HistogramValue) -> HistogramValue {
    match last {
        HistogramValue::Integer(_) => {
            HistogramValue::Integer(Histogram { sum: STALE_NAN, ..Histogram::default() })
        }
        HistogramValue::Float(_) => {
            HistogramValue::Float(FloatHistogram { sum: STALE_NAN, ..FloatHistogram::default() })
        }
    }
}

/// The histogram without observations that a counter of the same shape starts with.
pub(super) fn zero_like(h: &HistogramValue) -> HistogramValue {
    match h {
        HistogramValue::Integer(h) => HistogramValue::Integer(Histogram {
            reset_hint: model::histogram::ResetHint::Reset,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            custom_values: h.custom_values.clone(),
            ..Histogram::default()
        }),
        HistogramValue::Float(h) => HistogramValue::Float(FloatHistogram {
            reset_hint: model::histogram::ResetHint::Reset,
            schema: h.schema,
            zero_threshold: h.zero_threshold,
            custom_values: h.custom_values.clone(),
            ..FloatHistogram::default()
        }),
    }
}
