//! Storing what a rule found, and marking as ended what it finds no more.

use std::collections::HashMap;

use model::Labels;
use model::histogram::HistogramValue;
use model::value::STALE_NAN;
use promql::Point;
use storage::{Append, AppendError, Appendable, SeriesRef};

use crate::rule::Results;

/// What came of storing one rule's results.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Series that are stored now.
    pub(crate) series: HashMap<Labels, SeriesRef>,
    /// Why the last sample that was refused was.
    pub(crate) refused: Option<AppendError>,
    /// How many were.
    pub(crate) refused_count: usize,
}

/// Stores results at `t_ms` as one batch, with a staleness marker for each series of `before` that is not among them.
///
/// # Errors
/// The batch could not be stored; nothing of it is visible.
pub(crate) fn write(
    out: &dyn Appendable,
    results: Results,
    before: &HashMap<Labels, SeriesRef>,
    t_ms: i64,
) -> Result<Written, AppendError> {
    let mut batch = out.appender();
    batch.refuse_out_of_order();
    let mut written = Written { series: HashMap::with_capacity(results.len()), ..Written::default() };
    for (labels, value) in results {
        match add(&mut *batch, &labels, before.get(&labels).copied(), t_ms, &value) {
            Ok(series) => {
                written.series.insert(labels, series);
            }
            Err(error) if error.is_about_the_sample() => {
                tracing::debug!(series = %labels, %error, "result of a rule was refused");
                written.refused = Some(error);
                written.refused_count += 1;
            }
            Err(error) => return Err(error),
        }
    }
    let ended = before.iter().filter(|(labels, _)| !written.series.contains_key(*labels));
    mark_ended(&mut *batch, ended.map(|(labels, series)| (labels, Some(*series))), t_ms)?;
    batch.commit()?;
    Ok(written)
}

/// Stores staleness markers for series whose rule is gone.
///
/// # Errors
/// The batch could not be stored.
pub(crate) fn write_ended(out: &dyn Appendable, ended: &[Labels], t_ms: i64) -> Result<(), AppendError> {
    let mut batch = out.appender();
    batch.refuse_out_of_order();
    mark_ended(&mut *batch, ended.iter().map(|labels| (labels, None)), t_ms)?;
    batch.commit().map(|_| ())
}

fn add(
    batch: &mut dyn Append,
    labels: &Labels,
    known: Option<SeriesRef>,
    t_ms: i64,
    value: &Point,
) -> Result<SeriesRef, AppendError> {
    let put = |batch: &mut dyn Append, series: SeriesRef| match value {
        Point::Float(v) => batch.sample(series, t_ms, *v),
        Point::Histogram(h) => batch.histogram(series, t_ms, HistogramValue::Float((**h).clone())),
    };
    if let Some(series) = known {
        match put(batch, series) {
            Err(AppendError::UnknownSeries) => {}
            result => return result.map(|()| series),
        }
    }
    let series = batch.resolve(labels)?;
    put(batch, series).map(|()| series)
}

/// Another rule may have written the series meanwhile, or the storage may have forgotten it: neither is worth a word.
fn mark_ended<'l>(
    batch: &mut dyn Append,
    ended: impl Iterator<Item = (&'l Labels, Option<SeriesRef>)>,
    t_ms: i64,
) -> Result<(), AppendError> {
    for (labels, series) in ended {
        let marked = match series {
            Some(series) => batch.sample(series, t_ms, STALE_NAN),
            None => add(batch, labels, None, t_ms, &Point::Float(STALE_NAN)).map(|_| ()),
        };
        match marked {
            Ok(()) => {}
            Err(
                AppendError::OutOfOrder
                | AppendError::TooOld
                | AppendError::OutOfBounds
                | AppendError::DuplicateTimestamp
                | AppendError::UnknownSeries,
            ) => {}
            Err(error) if error.is_about_the_sample() => {
                tracing::warn!(series = %labels, %error, "staleness marker of a rule was refused");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
