//! Flux: requests, and annotated CSV as frames.
//!
//! An answer is a list of tables, each with lines `#datatype`, `#group` and `#default` before its header. Columns that a table
//! is grouped by are the labels of its series.

use http::header;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::with_login;
use crate::error::SourceError;
use crate::frame::{Column, Field, Frame, Numbers};
use crate::interval::{Step, text};
use crate::kind::{Ask, Source};
use crate::series::SERIES_MAX;

/// Fills in the variables that Grafana offers in Flux.
pub fn filled(query: &str, source: &Source, step: Step) -> String {
    let time =
        |ms: i64| Timestamp::from_millisecond(ms).map_or_else(|_| "0".to_owned(), |time| time.to_string());
    let quoted = |text: &str| Value::from(text).to_string();
    let variables = [
        ("timeRangeStart", time(step.from_ms)),
        ("timeRangeStop", time(step.to_ms)),
        ("windowPeriod", text(step.ms)),
        ("defaultBucket", quoted(source.option("defaultBucket"))),
        ("bucket", quoted(source.option("defaultBucket"))),
        ("organization", quoted(source.option("organization"))),
    ];
    let mut out = step.fill(query);
    for (name, value) in variables {
        out = out.replace(&format!("v.{name}"), &value);
    }
    out
}

/// The request for a query.
pub fn ask(source: &Source, query: &str) -> Ask {
    let dialect =
        json!({ "annotations": ["datatype", "group", "default"], "delimiter": ",", "header": true });
    let body = json!({ "query": query, "type": "flux", "dialect": dialect }).to_string();
    let organization = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("org", source.option("organization"))
        .finish();
    let ask = Ask::post(&format!("api/v2/query?{organization}"), "application/json", body);
    with_login(source, ask.with(header::ACCEPT, "application/csv"))
}

/// The query that lists buckets, measurements or fields.
pub fn listing(path: &str, measurement: &str, bucket: &str) -> Option<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    let schema = |call: String| format!("import \"influxdata/influxdb/schema\"\n{call}");
    match path {
        "buckets" => Some("buckets()".to_owned()),
        "measurements" => Some(schema(format!("schema.measurements(bucket: {})", quoted(bucket)))),
        "fields" => Some(schema(format!(
            "schema.measurementFieldKeys(bucket: {}, measurement: {})",
            quoted(bucket),
            quoted(measurement)
        ))),
        "tagKeys" => Some(schema(format!(
            "schema.measurementTagKeys(bucket: {}, measurement: {})",
            quoted(bucket),
            quoted(measurement)
        ))),
        _other => None,
    }
}

/// One table of an answer.
#[derive(Debug, Default)]
struct Table {
    names: Vec<String>,
    kinds: Vec<String>,
    is_grouped: Vec<bool>,
    defaults: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    fn cell<'a>(&'a self, row: &'a [String], at: usize) -> &'a str {
        match row.get(at).map_or("", String::as_str) {
            "" => self.defaults.get(at).map_or("", String::as_str),
            text => text,
        }
    }

    fn column(&self, at: usize) -> Column {
        let cells = self.rows.iter().map(|row| Some(self.cell(row, at)).filter(|text| !text.is_empty()));
        match self.kinds.get(at).map_or("", String::as_str) {
            "long" | "unsignedLong" | "double" => {
                Column::Number(Numbers(cells.map(|c| number(c?)).collect()))
            }
            "boolean" => Column::Flag(cells.map(|c| Some(c? == "true")).collect()),
            kind if kind.starts_with("dateTime") => Column::Time(
                cells.map(|c| c?.parse::<Timestamp>().ok().map(|t| t.as_millisecond())).collect(),
            ),
            _text => Column::Text(cells.map(|c| c.map(str::to_owned)).collect()),
        }
    }

    /// Texts that the table is grouped by.
    fn labels(&self) -> Map<String, Value> {
        let Some(row) = self.rows.first() else { return Map::new() };
        let grouped = (0..self.names.len()).filter(|at| self.is_grouped.get(*at).copied().unwrap_or(false));
        let own =
            |at: &usize| !matches!(self.names[*at].as_str(), "_start" | "_stop" | "_measurement" | "_field");
        grouped.filter(own).map(|at| (self.names[at].clone(), self.cell(row, at).into())).collect()
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        digits => digits.parse().ok(),
    }
}

/// Splits an answer into its tables.
fn tables(body: &str) -> Result<Vec<Table>, SourceError> {
    let mut tables: Vec<Table> = Vec::new();
    let mut head = Table::default();
    let mut number = String::new();
    for record in Records(body) {
        let (first, rest) = match record.split_first() {
            Some((first, rest)) => (first.as_str(), rest.to_vec()),
            None => continue,
        };
        match first {
            "#datatype" => head = Table { kinds: rest, ..Table::default() },
            "#group" => head.is_grouped = rest.iter().map(|word| word == "true").collect(),
            "#default" => head.defaults = rest,
            _ if record.len() == 1 && first.is_empty() => {}
            _ if head.names.is_empty() => {
                head.names = rest;
                number.clear();
                // A failure is a table of its own.
                if head.names.first().is_some_and(|name| name == "error") {
                    number = "error".to_owned();
                }
            }
            _ if number == "error" => {
                return Err(SourceError::Refused(rest.first().cloned().unwrap_or_default()));
            }
            _ => {
                let at = head.at("table");
                let of_row = at.map_or("", |at| head.cell(&rest, at)).to_owned();
                let begins = tables.is_empty() || number != of_row;
                if begins {
                    if tables.len() >= SERIES_MAX {
                        return Err(SourceError::TooLarge { limit: SERIES_MAX as u64, unit: "series" });
                    }
                    number = of_row;
                    tables.push(Table {
                        names: head.names.clone(),
                        kinds: head.kinds.clone(),
                        is_grouped: head.is_grouped.clone(),
                        defaults: head.defaults.clone(),
                        rows: Vec::new(),
                    });
                }
                if let Some(table) = tables.last_mut() {
                    table.rows.push(rest);
                }
            }
        }
    }
    Ok(tables)
}

/// Records of CSV (RFC 4180); an empty line is one with an empty cell.
struct Records<'a>(&'a str);

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.0.is_empty() {
            return None;
        }
        let (mut cells, mut cell, mut in_quotes) = (Vec::new(), String::new(), false);
        let mut chars = self.0.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (c, in_quotes) {
                ('"', true) if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    chars.next();
                    cell.push('"');
                }
                ('"', _) => in_quotes = !in_quotes,
                (',', false) => cells.push(std::mem::take(&mut cell)),
                ('\r', false) => {}
                ('\n', false) => {
                    self.0 = &self.0[at + 1..];
                    cells.push(cell);
                    return Some(cells);
                }
                (c, _) => cell.push(c),
            }
        }
        self.0 = "";
        cells.push(cell);
        Some(cells)
    }
}

/// Makes frames of an answer: one a table.
///
/// # Errors
/// What InfluxDB said in place of a table.
pub fn frames(ref_id: &str, executed: &str, body: &str) -> Result<Vec<Frame>, SourceError> {
    let one = |table: Table| {
        let labels = table.labels();
        let text = |name: &str| -> String {
            let cell = table.at(name).zip(table.rows.first());
            cell.map_or_else(String::new, |(at, row)| table.cell(row, at).to_owned())
        };
        let (measurement, field) = (text("_measurement"), text("_field"));
        // With one time a row it is a series: what it is grouped by says whose.
        let is_series = table.at("_time").is_some() && table.at("_value").is_some();
        let kept = |name: &str| match name {
            "result" | "table" | "" => false,
            "_start" | "_stop" | "_measurement" | "_field" => !is_series,
            other => !is_series || !labels.contains_key(other),
        };
        let fields = (0..table.names.len()).filter(|at| kept(&table.names[*at])).map(|at| {
            let name = match table.names[at].as_str() {
                "_time" if is_series => "Time",
                "_value" if is_series && !field.is_empty() => &field,
                name => name,
            };
            let field = Field::new(name, table.column(at));
            if is_series && table.names[at] == "_value" { field.with_labels(labels.clone()) } else { field }
        });
        let mut fields: Vec<Field> = fields.collect();
        if let Some(at) = fields.iter().position(|field| field.name == "Time").filter(|_| is_series) {
            let time = fields.remove(at);
            fields.insert(0, time);
        }
        let kind = if is_series { "timeseries-multi" } else { "table" };
        Frame::new(ref_id, kind, executed, fields).named(&measurement)
    };
    Ok(tables(body)?.into_iter().map(one).collect())
}

/// The texts of a listing: the column `_value`, or `name`.
///
/// # Errors
/// As [`frames`].
pub fn strings(body: &str) -> Result<Vec<String>, SourceError> {
    let tables = tables(body)?;
    let texts = tables.iter().flat_map(|table| {
        let at = table.at("_value").or_else(|| table.at("name"));
        table.rows.iter().filter_map(move |row| Some(table.cell(row, at?).to_owned()))
    });
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    Ok(texts)
}
