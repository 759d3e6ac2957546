//! Loki's answers as frames.

use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::Xxh3;

use crate::error::SourceError;
use crate::frame::{Column, Field, Frame};
use crate::prometheus::frames::{legend, number};
use crate::series::SERIES_MAX;

/// Makes frames of an answer: one of log lines, or one a series.
///
/// # Errors
/// It is not Loki's, or holds too many series.
pub fn frames(
    ref_id: &str,
    legend_format: &str,
    executed: &str,
    answer: &Value,
) -> Result<Vec<Frame>, SourceError> {
    let data = &answer["data"];
    let result = data["result"].as_array().map(Vec::as_slice).unwrap_or_default();
    if result.len() > SERIES_MAX {
        return Err(SourceError::TooLarge { limit: SERIES_MAX as u64, unit: "series" });
    }
    let series = |kind: &str, times: Vec<i64>, values: Vec<Option<f64>>, labels: Map<String, Value>| {
        let name = legend(legend_format, &labels);
        let value = Field::numbers("Value", values).with_labels(labels).shown_as(&name);
        Frame::new(ref_id, kind, executed, vec![Field::times("Time", times), value]).named(&name)
    };
    let points = |points: &[Value]| -> (Vec<i64>, Vec<Option<f64>>) {
        points.iter().map(|point| (millis(&point[0]), number(&point[1]))).unzip()
    };
    match data["resultType"].as_str() {
        Some("streams") => Ok(vec![lines(ref_id, executed, data, result)?]),
        Some("matrix") => Ok(result
            .iter()
            .map(|one| {
                let (times, values) = points(one["values"].as_array().map(Vec::as_slice).unwrap_or_default());
                series("timeseries-multi", times, values, labels(&one["metric"]))
            })
            .collect()),
        Some("vector") => Ok(result
            .iter()
            .map(|one| {
                let (times, values) = points(std::slice::from_ref(&one["value"]));
                series("numeric-multi", times, values, labels(&one["metric"]))
            })
            .collect()),
        Some("scalar") => {
            let (times, values) = points(std::slice::from_ref(&data["result"]));
            Ok(vec![series("numeric-multi", times, values, Map::new())])
        }
        Some(other) => Err(SourceError::answer(format!("its result is of the unknown type {other:?}"))),
        None => Err(SourceError::answer("it is not Loki's")),
    }
}

fn labels(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Seconds with a fraction, as in Prometheus.
fn millis(time: &Value) -> i64 {
    (time.as_f64().unwrap_or(0.0) * 1000.0).round() as i64
}

/// Streams as one frame of lines, the newest first.
fn lines(ref_id: &str, executed: &str, data: &Value, streams: &[Value]) -> Result<Frame, SourceError> {
    let (mut label, mut times, mut text, mut nanos, mut ids) = (vec![], vec![], vec![], vec![], vec![]);
    let mut order: Vec<(i128, usize)> = Vec::new();
    for stream in streams {
        let labels = &stream["stream"];
        let of_stream = labels.to_string();
        for entry in stream["values"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let time = entry[0].as_str().unwrap_or("");
            let ns: i128 =
                time.parse().map_err(|_| SourceError::answer(format!("{time:?} is no time of a line")))?;
            let line = entry[1].as_str().unwrap_or("");
            order.push((ns, times.len()));
            times.push(i64::try_from(ns.div_euclid(1_000_000)).unwrap_or(0));
            text.push(line.to_owned());
            nanos.push(time.to_owned());
            // What tells lines of the same nanosecond apart.
            let mut hash = Xxh3::new();
            [of_stream.as_bytes(), &[0], line.as_bytes()].iter().for_each(|part| hash.update(part));
            ids.push(format!("{time}_{:08x}", hash.digest() as u32));
            label.push(labels.clone());
        }
    }
    // Streams come one after the other; a panel wants the newest line of all of them first.
    order.sort_by_key(|(ns, at)| (std::cmp::Reverse(*ns), *at));
    let order: Vec<usize> = order.into_iter().map(|(_, at)| at).collect();
    let fields = vec![
        Field::new("labels", Column::Json(sorted(label, &order))),
        Field::times("Time", sorted(times, &order)),
        Field::texts("Line", sorted(text, &order)),
        Field::texts("tsNs", sorted(nanos, &order)),
        Field::texts("id", sorted(ids, &order)),
    ];
    let mut frame = Frame::new(ref_id, "log-lines", executed, fields);
    frame.meta.insert("preferredVisualisationType".to_owned(), "logs".into());
    frame.meta.insert("custom".to_owned(), json!({ "frameType": "LabeledTimeValues" }));
    if let Some(bytes) = data.pointer("/stats/summary/totalBytesProcessed").filter(|v| v.is_number()) {
        let stat =
            json!([{ "displayName": "Summary: total bytes processed", "unit": "decbytes", "value": bytes }]);
        frame.meta.insert("stats".to_owned(), stat);
    }
    Ok(frame)
}

fn sorted<T: Default>(mut values: Vec<T>, order: &[usize]) -> Vec<T> {
    order.iter().map(|at| std::mem::take(&mut values[*at])).collect()
}
