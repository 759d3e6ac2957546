//! `reduce`: a series becomes a number.

use serde_json::Value;

use super::data::Data;
use crate::error::SourceError;
use crate::kind::Query;

/// What is done with values that are no numbers.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// One of them makes the result one, too.
    Strict,
    /// They are left out.
    Drop,
    /// They are this number.
    Replace(f64),
}

fn mode(query: &Query) -> Result<Mode, SourceError> {
    let settings = query.fields.get("settings").cloned().unwrap_or_default();
    match settings["mode"].as_str().unwrap_or("") {
        "" | "strict" => Ok(Mode::Strict),
        "dropNN" => Ok(Mode::Drop),
        "replaceNN" => Ok(Mode::Replace(settings["replaceWithValue"].as_f64().unwrap_or(0.0))),
        other => Err(SourceError::Query(format!(
            "reduce mode {other:?} is not known: use strict, dropNN or replaceNN"
        ))),
    }
}

/// Reduces all series; numbers stay.
///
/// # Errors
/// A reducer or mode that is not known.
pub fn run(query: &Query, data: Data) -> Result<Data, SourceError> {
    let mode = mode(query)?;
    let name = query.fields.get("reducer").and_then(Value::as_str).unwrap_or("");
    reduced(name, &[Some(1.0)], Mode::Strict)?; // the name is known
    Ok(match data {
        Data::Series(all) => {
            let one = |series: super::data::Series| {
                let values: Vec<Option<f64>> = series.points.iter().map(|(_, value)| *value).collect();
                Ok((series.labels, reduced(name, &values, mode)?))
            };
            Data::Numbers(all.into_iter().map(one).collect::<Result<_, SourceError>>()?)
        }
        Data::Numbers(numbers) => Data::Numbers(numbers),
        Data::Scalar(value) => Data::Scalar(value),
        Data::Nothing => Data::Nothing,
    })
}

/// One number of many.
pub(super) fn of(name: &str, values: &[Option<f64>]) -> Result<Option<f64>, SourceError> {
    reduced(name, values, Mode::Drop)
}

fn reduced(name: &str, values: &[Option<f64>], mode: Mode) -> Result<Option<f64>, SourceError> {
    let is_number = |value: &Option<f64>| value.is_some_and(f64::is_finite);
    let kept: Vec<f64> = match mode {
        Mode::Strict if name != "count" && name != "last" && !values.iter().all(is_number) => {
            check(name)?;
            return Ok(Some(f64::NAN));
        }
        Mode::Strict => values.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        Mode::Drop => values.iter().filter(|value| is_number(value)).filter_map(|value| *value).collect(),
        Mode::Replace(with) => {
            values.iter().map(|value| value.filter(|v| v.is_finite()).unwrap_or(with)).collect()
        }
    };
    check(name)?;
    let count = kept.len() as f64;
    if name == "count" {
        return Ok(Some(count));
    }
    if kept.is_empty() {
        // Nothing left of something is no value; nothing of nothing is no number.
        return Ok(if matches!(mode, Mode::Drop) { None } else { Some(f64::NAN) });
    }
    Ok(Some(match name {
        "sum" => kept.iter().sum(),
        "mean" => kept.iter().sum::<f64>() / count,
        "min" => kept.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => kept.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "median" => {
            let mut sorted = kept;
            sorted.sort_by(f64::total_cmp);
            let middle = sorted.len() / 2;
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
        }
        _last => kept.last().copied().unwrap_or(f64::NAN),
    }))
}

fn check(name: &str) -> Result<(), SourceError> {
    let known = ["sum", "mean", "min", "max", "count", "last", "median"];
    if known.contains(&name) {
        return Ok(());
    }
    Err(SourceError::Query(format!("reducer {name:?} is not known: use one of {}", known.join(", "))))
}
