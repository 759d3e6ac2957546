//! Storing what `load` names.

use std::sync::Arc;

use model::Labels;
use model::histogram::{FloatHistogram, HistogramValue, ResetHint, indexes};
use storage::Appendable;

use super::nhcb;
use super::script::{Load, LoadedSeries};
use crate::parser::SequenceValue;

/// Samples of one series, in the order of time.
pub(super) type LoadedSamples = Vec<LoadedSample>;

/// A sample to store.
#[derive(Clone, Debug)]
pub(super) struct LoadedSample {
    pub(super) t: i64,
    pub(super) value: LoadedValue,
    /// When its series began to count; 0 if the script does not tell.
    pub(super) start_ms: i64,
}

/// A value to store.
#[derive(Clone, Debug)]
pub(super) enum LoadedValue {
    Float(f64),
    Histogram(Arc<FloatHistogram>),
}

/// Stores the series of a `load` command in one commit.
pub(super) fn store(load: &Load, storage: &dyn Appendable) -> Result<(), String> {
    let mut all: Vec<(Labels, LoadedSamples)> =
        load.series.iter().map(|series| (series.labels.clone(), samples(series, load.step_ms))).collect();
    if load.with_nhcb {
        all.extend(nhcb::convert(&all)?);
    }
    let mut batch = storage.appender();
    for (labels, samples) in &all {
        let fault = |e: storage::AppendError| format!("cannot store {labels}: {e}");
        let series = batch.resolve(labels).map_err(fault)?;
        let mut previous: Option<Arc<FloatHistogram>> = None;
        for LoadedSample { t, value, start_ms } in samples {
            match value {
                LoadedValue::Float(v) => batch.sample_started(series, *start_ms, *t, *v).map_err(fault)?,
                LoadedValue::Histogram(h) => {
                    let stored = HistogramValue::Float(with_hint(h, previous.as_deref()));
                    batch.histogram_started(series, *start_ms, *t, stored).map_err(fault)?;
                    previous = Some(h.clone());
                }
            }
        }
    }
    batch.commit().map(|_| ()).map_err(|e| e.to_string())
}

fn samples(series: &LoadedSeries, step_ms: i64) -> LoadedSamples {
    let values = series.values.iter().enumerate();
    values
        .filter_map(|(i, value)| {
            let t = i as i64 * step_ms;
            let start_ms = series.starts.get(i).copied().flatten().map_or(0, |offset| t + offset);
            let value = match value {
                SequenceValue::Omitted => return None,
                SequenceValue::Float(v) => LoadedValue::Float(*v),
                SequenceValue::Histogram { histogram, .. } => LoadedValue::Histogram(histogram.clone()),
            };
            Some(LoadedSample { t, value, start_ms })
        })
        .collect()
}

/// A time series database remembers counter resets as it finds them between two samples of a chunk, not as they were told.
fn with_hint(h: &FloatHistogram, previous: Option<&FloatHistogram>) -> FloatHistogram {
    let reset_hint = match (h.reset_hint, previous) {
        (hint @ (ResetHint::Gauge | ResetHint::Reset), _) => hint,
        (_, None) => ResetHint::Unknown,
        (_, Some(previous)) if previous.is_stale() => ResetHint::Unknown,
        (_, Some(previous)) if is_reset(previous, h) => ResetHint::Unknown,
        (_, Some(_)) => ResetHint::NotReset,
    };
    FloatHistogram { reset_hint, ..h.clone() }
}

fn is_reset(before: &FloatHistogram, after: &FloatHistogram) -> bool {
    let shrinks = |a: (&[model::histogram::Span], &[f64]), b: (&[model::histogram::Span], &[f64])| {
        let counts: std::collections::HashMap<i32, f64> = indexes(b.0).zip(b.1.iter().copied()).collect();
        indexes(a.0).zip(a.1).any(|(i, count)| counts.get(&i).copied().unwrap_or(0.0) < *count)
    };
    before.schema != after.schema
        || before.custom_values != after.custom_values
        || before.zero_threshold != after.zero_threshold
        || after.count < before.count
        || after.zero_count < before.zero_count
        || shrinks(
            (&before.positive_spans, &before.positive_buckets),
            (&after.positive_spans, &after.positive_buckets),
        )
        || shrinks(
            (&before.negative_spans, &before.negative_buckets),
            (&after.negative_spans, &after.negative_buckets),
        )
}
