//! SQL of InfluxDB 3, asked by its HTTP API.

use http::header;
use serde_json::{Value, json};

use crate::error::SourceError;
use crate::interval::Step;
use crate::kind::{Ask, Source};
use crate::sql::macros::{self, iso};
use crate::sql::rows::{Cell, Rows, time_ms};

/// Lists tables.
pub const TABLES: &str =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'iox' ORDER BY table_name";

/// How InfluxDB writes times.
pub struct Dialect;

impl macros::Dialect for Dialect {
    fn time(&self, ms: i64) -> String {
        iso(ms)
    }

    fn as_time(&self, column: &str) -> String {
        format!("{column} AS \"time\"")
    }

    fn as_epoch(&self, column: &str) -> String {
        format!("extract(epoch from {column}) AS \"time\"")
    }

    fn group(&self, column: &str, seconds: f64) -> String {
        format!("date_bin(interval '{seconds} second', {column}, timestamp '1970-01-01T00:00:00Z')")
    }

    fn group_epoch(&self, column: &str, seconds: f64) -> String {
        format!("floor(({column})/{seconds})*{seconds}")
    }

    fn time_name(&self) -> &'static str {
        "\"time\""
    }

    fn own(&self, name: &str, arguments: &[&str], step: Step) -> Option<String> {
        let column = arguments.first().copied().unwrap_or("time");
        let grouped = macros::Dialect::group(self, column, step.ms as f64 / 1000.0);
        match name {
            "dateBin" => Some(grouped),
            "dateBinAlias" => Some(format!("{grouped} AS {column}_binned")),
            _other => None,
        }
    }
}

/// The request for a query.
pub fn ask(source: &Source, sql: &str) -> Ask {
    let body = json!({ "db": source.database(), "q": sql, "format": "json" }).to_string();
    let ask = Ask::post("api/v3/query_sql", "application/json", body);
    match source.secret("token") {
        "" => ask,
        token => ask.with(header::AUTHORIZATION, &format!("Bearer {token}")),
    }
}

/// The query that lists tables or columns.
pub fn listing(path: &str, table: &str) -> Option<String> {
    match path {
        "measurements" | "tables" => Some(TABLES.to_owned()),
        "fields" | "columns" => Some(format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'iox' AND table_name = '{}' ORDER BY 1",
            table.replace('\'', "''")
        )),
        _other => None,
    }
}

/// The texts of the first column.
pub fn strings(answer: &Value) -> Vec<String> {
    let rows = answer.as_array().into_iter().flatten().filter_map(Value::as_object);
    rows.filter_map(|row| row.values().next()?.as_str().map(str::to_owned)).collect()
}

/// Rows of an answer: a list of objects.
///
/// # Errors
/// An answer that is no list.
pub fn rows(answer: &Value) -> Result<Rows, SourceError> {
    let list = answer.as_array().ok_or_else(|| SourceError::answer("it is no list of rows"))?;
    let objects: Vec<_> = list.iter().filter_map(Value::as_object).collect();
    // A row leaves out what it has not, so the columns are those of all rows.
    let mut columns: Vec<(String, Cell)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (name, value) in objects.iter().flat_map(|row| row.iter()) {
        if value.is_null() || !known.insert(name.as_str()) {
            continue;
        }
        let kind = match value {
            Value::Number(_) => Cell::Number,
            Value::Bool(_) => Cell::Flag,
            Value::String(text) if text.len() >= 19 && time_ms(text).is_some() => Cell::Time,
            _text => Cell::Text,
        };
        columns.push((name.clone(), kind));
    }
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let mut rows = Rows::new(columns);
    for object in objects {
        let cells: Vec<Option<String>> = names
            .iter()
            .map(|name| match object.get(name)? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            })
            .collect();
        let cells: Vec<Option<&[u8]>> = cells.iter().map(|cell| cell.as_deref().map(str::as_bytes)).collect();
        if !rows.push(&cells) {
            break;
        }
    }
    Ok(rows)
}
