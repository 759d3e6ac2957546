//! Answers of a Prometheus-compatible server become frames, as the web UI makes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{at, list, plain, text};

/// Most buckets kept of native histograms: more rows than pixels help nobody.
const NATIVE_BUCKETS_MAX: usize = 400;

/// The form that a query's answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A frame a series.
    Series,
    /// One table with a column a label.
    Table,
    /// One frame with a column a bucket.
    Heatmap,
}

/// What of a query decides the frames' shape.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The query's letter.
    pub ref_id: &'a str,
    /// Its expression.
    pub expr: &'a str,
    /// How series are called.
    pub legend: &'a str,
    /// The form.
    pub format: Format,
    /// Whether the panel has several queries: value columns of tables are then named after theirs.
    pub several: bool,
    /// The step, 0 for an instant.
    pub step_ms: f64,
}

#[derive(Debug, Default)]
struct Series {
    labels: BTreeMap<String, String>,
    samples: Vec<(f64, f64)>,
    histograms: Vec<(f64, Vec<(f64, f64)>)>,
}

/// Frames of one answer (its `data`).
pub fn frames(data: &Value, reading: &Reading<'_>) -> Vec<Frame> {
    let series = read(data);
    match reading.format {
        Format::Table => vec![table(&series, reading)],
        Format::Heatmap => heatmap(&series, reading),
        Format::Series => series.into_iter().map(|one| series_frame(one, reading)).collect(),
    }
}

fn read(data: &Value) -> Vec<Series> {
    let kind = text(data, "resultType");
    if matches!(kind, "scalar" | "string") {
        return vec![Series { samples: vec![sample(at(data, "result"))], ..Series::default() }];
    }
    let one_or_many = |item: &Value, many: &str, one: &str| -> Vec<Value> {
        match item.get(many) {
            Some(Value::Array(pairs)) => pairs.clone(),
            Some(_) | None => item.get(one).cloned().into_iter().collect(),
        }
    };
    let series = list(data, "result").iter().map(|item| Series {
        labels: at(item, "metric")
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), plain(v)))
            .collect(),
        samples: one_or_many(item, "values", "value").iter().map(sample).collect(),
        histograms: one_or_many(item, "histograms", "histogram").iter().map(histogram).collect(),
    });
    series.collect()
}

fn sample(pair: &Value) -> (f64, f64) {
    (millis(&pair[0]), value(&plain(&pair[1])))
}

fn millis(time: &Value) -> f64 {
    (time.as_f64().unwrap_or(0.0) * 1000.0).round()
}

/// A number as Prometheus writes it.
pub fn value(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        digits => digits.parse().unwrap_or(f64::NAN),
    }
}

fn histogram(pair: &Value) -> (f64, Vec<(f64, f64)>) {
    // A bucket is [boundary rule, lower, upper, count].
    let buckets = list(&pair[1], "buckets").iter().map(|b| (value(&plain(&b[2])), value(&plain(&b[3]))));
    (millis(&pair[0]), buckets.collect())
}

fn time_field(times: impl Iterator<Item = f64>, step_ms: f64) -> Field {
    let mut field = Field::new("Time", Kind::Time, times.map(Cell::Number).collect());
    if step_ms > 0.0 {
        field.config.insert("interval".to_owned(), step_ms.into());
    }
    field
}

fn series_frame(series: Series, reading: &Reading<'_>) -> Frame {
    let legend = legend(&series.labels, reading.legend, reading.expr);
    // A native histogram in a plain graph: its count is all that one line can show.
    let samples = if series.samples.is_empty() {
        let count = |buckets: &[(f64, f64)]| buckets.iter().map(|(_, count)| count).sum();
        series.histograms.iter().map(|(time, buckets)| (*time, count(buckets))).collect()
    } else {
        series.samples
    };
    let time = time_field(samples.iter().map(|(time, _)| *time), reading.step_ms);
    let mut values =
        Field::new("Value", Kind::Number, samples.iter().map(|(_, v)| Cell::Number(*v)).collect());
    values.labels = series.labels;
    if let Some(legend) = &legend {
        values.config.insert("displayNameFromDS".to_owned(), legend.as_str().into());
    }
    Frame {
        ref_id: reading.ref_id.to_owned(),
        name: legend.unwrap_or_default(),
        fields: vec![time, values],
        heatmap: false,
    }
}

/// The name of a series: the written format, else its labels; nothing (`__auto`) leaves the choice to [`crate::field`].
pub fn legend(labels: &BTreeMap<String, String>, format: &str, expr: &str) -> Option<String> {
    if format == "__auto" {
        return labels.is_empty().then(|| expr.to_owned());
    }
    if !format.is_empty() {
        return Some(filled(format, labels));
    }
    let name = labels.get("__name__").map(String::as_str).unwrap_or_default();
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .map(|(label, value)| format!("{label}=\"{value}\""))
        .collect();
    match (name, pairs.is_empty()) {
        ("", true) => Some(expr.to_owned()),
        (name, true) => Some(name.to_owned()),
        (name, false) => Some(format!("{name}{{{}}}", pairs.join(", "))),
    }
}

fn filled(format: &str, labels: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((label, after)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        out.push_str(labels.get(label.trim()).map(String::as_str).unwrap_or_default());
        rest = after;
    }
    out + rest
}

/// One table: `Time`, a column per label, `Value` (or `Value #A` among several queries).
fn table(series: &[Series], reading: &Reading<'_>) -> Frame {
    let names: BTreeSet<&String> = series.iter().flat_map(|one| one.labels.keys()).collect();
    let rows = || series.iter().flat_map(|one| one.samples.iter().map(move |sample| (one, sample)));
    let mut fields = vec![time_field(rows().map(|(_, sample)| sample.0), 0.0)];
    for name in names {
        let cells = rows().map(|(one, _)| Cell::Text(one.labels.get(name).cloned().unwrap_or_default()));
        fields.push(Field::new(name, Kind::Text, cells.collect()));
    }
    let name = if reading.several { format!("Value #{}", reading.ref_id) } else { "Value".to_owned() };
    fields.push(Field::new(&name, Kind::Number, rows().map(|(_, s)| Cell::Number(s.1)).collect()));
    Frame { ref_id: reading.ref_id.to_owned(), fields, ..Frame::default() }
}

struct Row {
    name: String,
    upper: f64,
    counts: BTreeMap<i64, f64>,
}

/// Cumulative `le` series or native histograms become one frame with a column a bucket, upper bounds ascending.
fn heatmap(series: &[Series], reading: &Reading<'_>) -> Vec<Frame> {
    let native = series.iter().any(|one| !one.histograms.is_empty());
    let rows = if native { native_rows(series) } else { classic_rows(series, reading) };
    if rows.is_empty() {
        return Vec::new();
    }
    let times: BTreeSet<i64> = rows.iter().flat_map(|row| row.counts.keys().copied()).collect();
    let mut fields = vec![time_field(times.iter().map(|time| *time as f64), reading.step_ms)];
    for row in rows {
        let counts = times.iter().map(|t| row.counts.get(t).map_or(Cell::Null, |count| Cell::Number(*count)));
        let mut field = Field::new(&row.name, Kind::Number, counts.collect());
        field.labels.insert("le".to_owned(), row.name.clone());
        field.config.insert("displayNameFromDS".to_owned(), row.name.into());
        fields.push(field);
    }
    vec![Frame { ref_id: reading.ref_id.to_owned(), name: String::new(), fields, heatmap: true }]
}

fn classic_rows(series: &[Series], reading: &Reading<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = series
        .iter()
        .map(|one| {
            let le = one.labels.get("le").cloned();
            let name = le.or_else(|| legend(&one.labels, reading.legend, reading.expr)).unwrap_or_default();
            Row {
                upper: value(&name),
                name,
                counts: one.samples.iter().map(|(time, value)| (*time as i64, *value)).collect(),
            }
        })
        .collect();
    rows.sort_by(|a, b| a.upper.total_cmp(&b.upper));
    if !series.iter().all(|one| one.labels.contains_key("le")) {
        return rows;
    }
    // From the top down each bucket loses what the one below it already counts.
    for index in (1..rows.len()).rev() {
        let (below, here) = rows.split_at_mut(index);
        let (Some(below), Some(here)) = (below.last(), here.first_mut()) else { continue };
        for (time, count) in &mut here.counts {
            *count = (*count - below.counts.get(time).copied().unwrap_or(0.0)).max(0.0);
        }
    }
    rows
}

fn native_rows(series: &[Series]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (time, buckets) in series.iter().flat_map(|one| &one.histograms) {
        for (upper, count) in buckets {
            let place = rows.binary_search_by(|row| row.upper.total_cmp(upper));
            let place = match place {
                Ok(place) => place,
                Err(_) if rows.len() >= NATIVE_BUCKETS_MAX => continue,
                Err(place) => {
                    let name = crate::field::units::significant(*upper, 4);
                    rows.insert(place, Row { name, upper: *upper, counts: BTreeMap::new() });
                    place
                }
            };
            *rows[place].counts.entry(*time as i64).or_insert(0.0) += count;
        }
    }
    rows
}
