//! What expressions compute with: a number, numbers with labels, or series with labels.

use serde_json::{Map, Value};

use crate::error::SourceError;
use crate::frame::{Column, Field, Frame};

/// Labels of a number or a series.
pub type Labels = Map<String, Value>;

/// A series: values by time, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Labels,
    /// Times and values.
    pub points: Vec<(i64, Option<f64>)>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// One number.
    Scalar(Option<f64>),
    /// Numbers with labels.
    Numbers(Vec<(Labels, Option<f64>)>),
    /// Series.
    Series(Vec<Series>),
    /// A query that found nothing.
    Nothing,
}

impl Data {
    /// Reads frames: with times they are series, unless they say that they are numbers; without, their texts are labels.
    ///
    /// # Errors
    /// A frame without numbers.
    pub fn of(frames: &[Frame]) -> Result<Data, SourceError> {
        let (mut series, mut numbers) = (Vec::new(), Vec::new());
        for frame in frames.iter().filter(|frame| !frame.fields.is_empty()) {
            let is_number =
                frame.meta.get("type").and_then(Value::as_str).is_some_and(|t| t.starts_with("numeric"));
            let times = frame.fields.iter().find_map(|field| match &field.column {
                Column::Time(times) if !is_number => Some(times),
                Column::Time(_) | Column::Number(_) | Column::Text(_) | Column::Flag(_) | Column::Json(_) => {
                    None
                }
            });
            let mut found = false;
            for field in &frame.fields {
                let Column::Number(values) = &field.column else { continue };
                found = true;
                if let Some(times) = times {
                    let points =
                        times.iter().zip(&values.0).filter_map(|(time, value)| Some(((*time)?, *value)));
                    let mut points: Vec<_> = points.collect();
                    points.sort_by_key(|(time, _)| *time);
                    series.push(Series { labels: field.labels.clone(), points });
                } else {
                    let row = |(row, value): (usize, &Option<f64>)| (labels(frame, field, row), *value);
                    numbers.extend(values.0.iter().enumerate().map(row));
                }
            }
            if !found {
                let text = format!("query {} has no column of numbers to compute with", frame.ref_id);
                return Err(SourceError::Query(text));
            }
        }
        Ok(match (series.is_empty(), numbers.is_empty()) {
            (false, _) => Data::Series(series),
            (true, false) => Data::Numbers(numbers),
            (true, true) => Data::Nothing,
        })
    }

    /// Writes frames, one a value.
    pub fn into_frames(self, ref_id: &str) -> Vec<Frame> {
        let number = |labels: Labels, value| {
            let field = Field::numbers(ref_id, vec![value]).with_labels(labels);
            Frame::new(ref_id, "numeric-multi", "", vec![field])
        };
        match self {
            Data::Scalar(value) => vec![number(Labels::new(), value)],
            Data::Numbers(numbers) => {
                numbers.into_iter().map(|(labels, value)| number(labels, value)).collect()
            }
            Data::Series(series) => series
                .into_iter()
                .map(|series| {
                    let (times, values) = series.points.into_iter().unzip();
                    let value = Field::numbers(ref_id, values).with_labels(series.labels);
                    Frame::new(ref_id, "timeseries-multi", "", vec![Field::times("Time", times), value])
                })
                .collect(),
            Data::Nothing => Vec::new(),
        }
    }

    /// Changes every value.
    pub fn map(self, change: impl Fn(Option<f64>) -> Option<f64>) -> Data {
        match self {
            Data::Scalar(value) => Data::Scalar(change(value)),
            Data::Numbers(numbers) => {
                Data::Numbers(numbers.into_iter().map(|(labels, value)| (labels, change(value))).collect())
            }
            Data::Series(mut all) => {
                for point in all.iter_mut().flat_map(|series| &mut series.points) {
                    point.1 = change(point.1);
                }
                Data::Series(all)
            }
            Data::Nothing => Data::Nothing,
        }
    }
}

/// The labels of a row: the field's, and the texts beside it.
fn labels(frame: &Frame, field: &Field, row: usize) -> Labels {
    let mut labels = field.labels.clone();
    for other in &frame.fields {
        if let Column::Text(texts) = &other.column {
            let text = texts.get(row).cloned().flatten().unwrap_or_default();
            labels.insert(other.name.clone(), text.into());
        }
    }
    labels
}
