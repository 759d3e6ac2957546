//! Answers as text and as JSON, byte for byte as promtool prints them.
//!
//! Source: `prometheus/common` `model/value*.go`, `metric.go`, `labelset_string.go`.

use std::io::{self, Write};

use model::number::{format_f, format_g, parse_float, quote};
use serde_json::{Value as Json, json};

use super::answer::{Bucket, Histogram, HistogramPoint, Point, Sample, Series, Stream, Value};

/// Prints a value in promtool's notation.
pub(super) fn value_text(out: &mut dyn Write, value: Value) -> io::Result<()> {
    match value {
        Value::Scalar(Point(time, number)) => {
            writeln!(out, "scalar: {} @[{}]", number_text(&number), time_text(time))
        }
        Value::String(Point(_, text)) => writeln!(out, "{text}"),
        Value::Vector(samples) => lines(out, samples.iter().map(sample_text)),
        Value::Matrix(mut streams) => {
            streams.sort_by(|a, b| (a.metric.len(), &a.metric).cmp(&(b.metric.len(), &b.metric)));
            lines(out, streams.iter().map(stream_text))
        }
    }
}

/// Prints lines; an empty one if there are none.
fn lines(out: &mut dyn Write, texts: impl Iterator<Item = String>) -> io::Result<()> {
    for (i, text) in texts.enumerate() {
        if i > 0 {
            out.write_all(b"\n")?;
        }
        out.write_all(text.as_bytes())?;
    }
    out.write_all(b"\n")
}

fn sample_text(sample: &Sample) -> String {
    let point = match (&sample.histogram, &sample.value) {
        (Some(histogram), _) => histogram_point_text(histogram),
        (None, Some(point)) => point_text(point),
        (None, None) => String::new(),
    };
    format!("{} => {point}", metric_text(&sample.metric))
}

fn stream_text(stream: &Stream) -> String {
    let points: Vec<String> = stream
        .values
        .iter()
        .map(point_text)
        .chain(stream.histograms.iter().map(histogram_point_text))
        .collect();
    format!("{} =>\n{}", metric_text(&stream.metric), points.join("\n"))
}

fn point_text(Point(time, number): &Point) -> String {
    format!("{} @[{}]", number_text(number), time_text(*time))
}

fn histogram_point_text(HistogramPoint(time, histogram): &HistogramPoint) -> String {
    let Histogram { count, sum, buckets } = histogram;
    let buckets: Vec<String> = buckets.iter().map(bucket_text).collect();
    let (count, sum) = (fixed_text(count), fixed_text(sum));
    format!("Count: {count}, Sum: {sum}, Buckets: [{}] @[{}]", buckets.join(" "), time_text(*time))
}

fn bucket_text(Bucket(bounds, lower, upper, count): &Bucket) -> String {
    let open = if matches!(bounds, 1 | 3) { '[' } else { '(' };
    let close = if matches!(bounds, 0 | 3) { ']' } else { ')' };
    let [lower, upper] = [lower, upper].map(|text| parse_float(text).map_or_else(|| text.clone(), format_g));
    format!("{open}{lower},{upper}{close}:{}", number_text(count))
}

/// Prints `name{label="value", …}`; `{}` for a series without labels.
pub(super) fn metric_text(metric: &Series) -> String {
    let name = metric.get(model::labels::METRIC_NAME);
    let labels = metric.iter().filter(|(label, _)| *label != model::labels::METRIC_NAME);
    let mut pairs: Vec<String> = labels.map(|(label, value)| format!("{label}={}", quote(value))).collect();
    pairs.sort();
    match (name, pairs.is_empty()) {
        (Some(name), true) => name.clone(),
        (None, true) => "{}".to_owned(),
        (name, false) => format!("{}{{{}}}", name.map_or("", |name| name), pairs.join(", ")),
    }
}

/// Prints `{label="value", …}`, the name among the labels.
pub(super) fn label_set(labels: &Series) -> String {
    let pairs: Vec<String> =
        labels.iter().map(|(label, value)| format!("{label}={}", quote(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Milliseconds are all that the API's times hold.
fn time_text(seconds: f64) -> String {
    format_f((seconds * 1000.0).round() / 1000.0)
}

/// Prints a number without exponent. What is no number stays as it is.
fn number_text(text: &str) -> String {
    parse_float(text).map_or_else(|| text.to_owned(), format_f)
}

/// Prints a number with six decimals.
fn fixed_text(text: &str) -> String {
    match parse_float(text) {
        Some(v) if v.is_finite() => format!("{v:.6}"),
        Some(v) => format_f(v),
        None => text.to_owned(),
    }
}

/// Returns a value as JSON.
pub(super) fn value_json(value: &Value) -> Json {
    match value {
        Value::Scalar(point) => point_json(point),
        Value::String(Point(time, text)) => json!([time_json(*time), text]),
        Value::Vector(samples) => samples
            .iter()
            .map(|sample| match (&sample.histogram, &sample.value) {
                (Some(histogram), _) => {
                    json!({ "metric": labels_json(&sample.metric), "histogram": histogram_json(histogram) })
                }
                (None, point) => {
                    json!({ "metric": labels_json(&sample.metric), "value": point.as_ref().map(point_json) })
                }
            })
            .collect(),
        Value::Matrix(streams) => streams.iter().map(stream_json).collect(),
    }
}

fn stream_json(stream: &Stream) -> Json {
    let mut object = serde_json::Map::new();
    object.insert("metric".to_owned(), labels_json(&stream.metric));
    if !stream.values.is_empty() || stream.histograms.is_empty() {
        object.insert("values".to_owned(), stream.values.iter().map(point_json).collect());
    }
    if !stream.histograms.is_empty() {
        object.insert("histograms".to_owned(), stream.histograms.iter().map(histogram_json).collect());
    }
    object.into()
}

fn point_json(Point(time, number): &Point) -> Json {
    json!([time_json(*time), number_text(number)])
}

fn histogram_json(HistogramPoint(time, histogram): &HistogramPoint) -> Json {
    let Histogram { count, sum, buckets } = histogram;
    let buckets: Vec<Json> = buckets
        .iter()
        .map(|Bucket(bounds, lower, upper, count)| {
            json!([bounds, number_text(lower), number_text(upper), number_text(count)])
        })
        .collect();
    json!([time_json(*time), { "count": number_text(count), "sum": number_text(sum), "buckets": buckets }])
}

/// Whole seconds are printed without a fraction.
fn time_json(seconds: f64) -> Json {
    let ms = (seconds * 1000.0).round() as i64;
    if ms % 1000 == 0 { json!(ms / 1000) } else { json!(ms as f64 / 1000.0) }
}

/// Returns labels as a JSON object, sorted by name.
pub(super) fn labels_json(labels: &Series) -> Json {
    labels
        .iter()
        .map(|(name, value)| (name.clone(), Json::from(value.as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Prints one line of JSON with Go's escapes.
pub(super) fn json_line(out: &mut dyn Write, value: &Json) -> io::Result<()> {
    write_escaped(out, &value.to_string())?;
    out.write_all(b"\n")
}

/// Prints JSON with Go's escapes.
pub(in crate::tool) fn write_escaped(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            // Go escapes what could end a script element; these stand in strings only.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => escaped.push_str(&format!("\\u{:04x}", c as u32)),
            c => escaped.push(c),
        }
    }
    out.write_all(escaped.as_bytes())
}

#[cfg(test)]
mod tests;
