//! `resample`: series at other times.

use super::data::{Data, Series};
use super::reduce;
use crate::error::SourceError;
use crate::interval::{STEPS_MAX, parse_ms};
use crate::kind::Query;

/// What stands where a window has no value.
#[derive(Clone, Copy, Debug)]
enum Up {
    Before,
    After,
    Nothing,
}

/// Samples all series every `window`, over the range of the query.
///
/// # Errors
/// A window, sampler or kind of value that does not fit.
pub fn run(query: &Query, data: Data) -> Result<Data, SourceError> {
    let window = query.text("window");
    let every = parse_ms(window).ok_or_else(|| {
        SourceError::Query(format!("resample window {window:?} is no interval, such as 30s"))
    })?;
    let up = match query.text("upsampler") {
        "pad" => Up::Before,
        "backfilling" => Up::After,
        "fillna" => Up::Nothing,
        other => {
            let known = "pad, backfilling or fillna";
            return Err(SourceError::Query(format!("upsampler {other:?} is not known: use {known}")));
        }
    };
    if query.to_ms.saturating_sub(query.from_ms) / every > STEPS_MAX {
        return Err(SourceError::TooLarge { limit: STEPS_MAX as u64, unit: "resampled points" });
    }
    let down = query.text("downsampler");
    match data {
        Data::Series(all) => {
            let one = |series: &Series| sampled(series, (query.from_ms, query.to_ms), every, down, up);
            Ok(Data::Series(all.iter().map(one).collect::<Result<_, _>>()?))
        }
        Data::Nothing => Ok(Data::Nothing),
        Data::Scalar(_) | Data::Numbers(_) => {
            Err(SourceError::Query("resample needs series, and got numbers".to_owned()))
        }
    }
}

fn sampled(
    series: &Series,
    (from, to): (i64, i64),
    every: i64,
    down: &str,
    up: Up,
) -> Result<Series, SourceError> {
    let points = &series.points;
    let (mut at, mut sampled, mut time) = (0, Vec::new(), from);
    while time <= to {
        // What came since the step before, up to this one.
        let begin = at;
        while points.get(at).is_some_and(|(t, _)| *t <= time) {
            at += 1;
        }
        let window: Vec<Option<f64>> = points[begin..at].iter().map(|(_, value)| *value).collect();
        let value = match (window.is_empty(), up) {
            (false, _) => reduce::of(down, &window)?,
            (true, Up::Before) => at.checked_sub(1).and_then(|before| points[before].1),
            (true, Up::After) => points.get(at).and_then(|(_, value)| *value),
            (true, Up::Nothing) => None,
        };
        sampled.push((time, value));
        time = time.saturating_add(every);
    }
    Ok(Series { labels: series.labels.clone(), points: sampled })
}
