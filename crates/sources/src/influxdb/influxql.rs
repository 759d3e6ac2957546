//! InfluxQL: requests, and answers as frames.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::builder::Built;
use super::with_login;
use crate::error::SourceError;
use crate::frame::{Column, Field, Frame, Numbers};
use crate::interval::Step;
use crate::kind::{Ask, Source};
use crate::series::SERIES_MAX;

/// A query as a panel sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Wanted {
    query: String,
    raw_query: bool,
    result_format: String,
    alias: String,
    #[serde(flatten)]
    built: Built,
}

impl Wanted {
    /// The text of the query, with the range and the interval filled in.
    ///
    /// # Errors
    /// A query that was put together by the editor, and does not fit together.
    pub fn text(&self, step: Step) -> Result<String, SourceError> {
        let text =
            if self.raw_query || self.built.is_empty() { self.query.clone() } else { self.built.text()? };
        let range = format!("time >= {}ms and time <= {}ms", step.from_ms, step.to_ms);
        let interval = crate::interval::text(step.ms);
        let filled = text.replace("$timeFilter", &range).replace("${timeFilter}", &range);
        Ok(step.fill(&filled).replace("$interval", &interval))
    }
}

/// The request for a query.
pub fn ask(source: &Source, text: &str) -> Ask {
    let mut parameters = vec![("db", source.database().to_owned()), ("epoch", "ms".to_owned())];
    let text = ("q", text.to_owned());
    let ask = if source.option("httpMode") == "POST" {
        let mut ask = Ask::form("query", &[text]);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        ask.path_and_query = format!("query?{query}");
        ask
    } else {
        parameters.push(text);
        Ask::get("query", &parameters)
    };
    with_login(source, ask)
}

/// The query that lists measurements, fields or tags.
pub fn listing(path: &str, measurement: &str, key: &str) -> Option<String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let of = if measurement.is_empty() { String::new() } else { format!(" FROM {}", quoted(measurement)) };
    match path {
        "measurements" => Some("SHOW MEASUREMENTS LIMIT 1000".to_owned()),
        "fields" => Some(format!("SHOW FIELD KEYS{of}")),
        "tagKeys" => Some(format!("SHOW TAG KEYS{of}")),
        "tagValues" => Some(format!("SHOW TAG VALUES{of} WITH KEY = {}", quoted(key))),
        "retentionPolicies" => Some("SHOW RETENTION POLICIES".to_owned()),
        _other => None,
    }
}

fn all_series(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["results"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|r| r["series"].as_array().into_iter().flatten())
}

/// The texts of a listing: names, or the values of a key.
pub fn strings(answer: &Value) -> Vec<String> {
    let mut found: Vec<String> = all_series(answer)
        .flat_map(|series| {
            let columns = series["columns"].as_array().map(Vec::as_slice).unwrap_or_default();
            let at = columns.iter().position(|column| column == "value").unwrap_or(0);
            let rows = series["values"].as_array().into_iter().flatten();
            rows.filter_map(move |row| row[at].as_str().map(str::to_owned))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Makes frames of an answer.
///
/// # Errors
/// What InfluxDB said, or an answer that is not its own.
pub fn frames(
    ref_id: &str,
    wanted: &Wanted,
    executed: &str,
    answer: &Value,
) -> Result<Vec<Frame>, SourceError> {
    let results = answer["results"].as_array().ok_or_else(|| SourceError::answer("it is not InfluxDB's"))?;
    if let Some(error) = results.iter().find_map(|result| result["error"].as_str()) {
        return Err(SourceError::Refused(format!("InfluxDB returned error: {error}")));
    }
    let series: Vec<&Value> = all_series(answer).collect();
    if series.len() > SERIES_MAX {
        return Err(SourceError::TooLarge { limit: SERIES_MAX as u64, unit: "series" });
    }
    if wanted.result_format == "table" || wanted.result_format == "logs" {
        return Ok(vec![table(ref_id, executed, &series)]);
    }
    let mut frames = Vec::new();
    for one in series {
        let columns = names(one);
        let rows = one["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        let labels = one["tags"].as_object().cloned().unwrap_or_default();
        let Some(time_at) = columns.iter().position(|name| name == "time") else {
            frames.push(table(ref_id, executed, &[one]));
            continue;
        };
        let times: Vec<i64> = rows.iter().map(|row| row[time_at].as_i64().unwrap_or(0)).collect();
        for (at, name) in columns.iter().enumerate().filter(|(at, _)| *at != time_at) {
            let shown = title(wanted, one["name"].as_str().unwrap_or(""), name, &labels);
            let value = Field::new("Value", column(rows, at)).with_labels(labels.clone()).shown_as(&shown);
            let fields = vec![Field::times("Time", times.clone()), value];
            frames.push(Frame::new(ref_id, "timeseries-multi", executed, fields).named(&shown));
        }
    }
    Ok(frames)
}

fn names(series: &Value) -> Vec<String> {
    let columns = series["columns"].as_array().map(Vec::as_slice).unwrap_or_default();
    columns.iter().map(|name| name.as_str().unwrap_or("").to_owned()).collect()
}

/// A column of rows: numbers, flags or texts, as its first value is.
fn column(rows: &[Value], at: usize) -> Column {
    let first = rows.iter().map(|row| &row[at]).find(|value| !value.is_null());
    match first {
        Some(Value::Bool(_)) => Column::Flag(rows.iter().map(|row| row[at].as_bool()).collect()),
        Some(Value::String(_)) => {
            Column::Text(rows.iter().map(|row| row[at].as_str().map(str::to_owned)).collect())
        }
        Some(_) | None => Column::Number(Numbers(rows.iter().map(|row| row[at].as_f64()).collect())),
    }
}

/// Measurement, column and tags as Grafana names series, or the alias filled in.
fn title(wanted: &Wanted, measurement: &str, column: &str, tags: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    if wanted.alias.is_empty() {
        let pairs: Vec<String> =
            tags.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect();
        let tags = if pairs.is_empty() { String::new() } else { format!(" {{ {} }}", pairs.join(", ")) };
        return format!("{measurement}.{column}{tags}");
    }
    let parts: Vec<&str> = measurement.split('.').collect();
    let value = |name: &str| -> Option<String> {
        match name {
            "m" | "measurement" => Some(measurement.to_owned()),
            "col" => Some(column.to_owned()),
            digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                let at = usize::from(digit.as_bytes()[0] - b'0');
                Some((*parts.get(at)?).to_owned())
            }
            tag => tags.get(tag.strip_prefix("tag_")?).map(text),
        }
    };
    filled(&wanted.alias, &value)
}

/// Fills `$name` and `[[name]]`; what is not known stays.
fn filled(alias: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = alias;
    while let Some(at) = rest.find(['$', '[']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, length) = if let Some(inner) = rest.strip_prefix("[[") {
            let end = inner.find("]]").unwrap_or(0);
            (&inner[..end], end + 4)
        } else {
            let inner = &rest[1..];
            let end = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
            (&inner[..end], end + 1)
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(text) => {
                out.push_str(&text);
                rest = &rest[length..];
            }
            None => {
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// All series in one table: time, tags, columns.
fn table(ref_id: &str, executed: &str, series: &[&Value]) -> Frame {
    let mut tags: Vec<String> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for one in series {
        let of_series = one["tags"].as_object().into_iter().flat_map(Map::keys);
        tags.extend(of_series.filter(|name| !tags.contains(name)).cloned().collect::<Vec<_>>());
        columns.extend(names(one).into_iter().filter(|name| !columns.contains(name)).collect::<Vec<_>>());
    }
    let rows: Vec<(&Value, Vec<String>, &Value)> = series
        .iter()
        .flat_map(|one| one["values"].as_array().into_iter().flatten().map(|row| (*one, names(one), row)))
        .collect();
    let mut fields = Vec::new();
    let cells = |name: &str| -> Vec<Value> {
        let cell = |(_, names, row): &(&Value, Vec<String>, &Value)| {
            names.iter().position(|n| n == name).map_or(Value::Null, |at| row[at].clone())
        };
        rows.iter().map(|row| Value::Array(vec![cell(row)])).collect()
    };
    if columns.iter().any(|name| name == "time") {
        let times = cells("time").iter().map(|row| row[0].as_i64()).collect();
        fields.push(Field::new("Time", Column::Time(times)));
    }
    for tag in &tags {
        let text = |(one, _, _): &(&Value, Vec<String>, &Value)| one["tags"][tag].as_str().map(str::to_owned);
        fields.push(Field::new(tag, Column::Text(rows.iter().map(text).collect())));
    }
    for name in columns.iter().filter(|name| *name != "time") {
        fields.push(Field::new(name, column(&cells(name), 0)));
    }
    Frame::new(ref_id, "table", executed, fields)
}
