//! What PostgreSQL, MySQL and InfluxDB's SQL share: macros, rows, frames.

pub mod macros;
pub mod rows;

use serde_json::Value;

use crate::error::SourceError;
use crate::frame::{Column, Field, Frame};
use crate::series::wide;

use self::macros::Expanded;
use self::rows::Rows;

/// Columns that hold Unix times when they hold numbers.
const TIME_COLUMNS: [&str; 2] = ["time", "time_sec"];

/// Makes the frame of a query's rows.
///
/// # Errors
/// Rows that are no time series, where one was asked for.
pub fn frame(ref_id: &str, format: &str, asked: &Expanded, rows: Rows) -> Result<Frame, SourceError> {
    let cut_off = rows.cut_off();
    let mut fields: Vec<Field> = rows.into_fields().into_iter().map(unix_times).collect();
    let mut kind = "table";
    if format == "time_series" {
        kind = "timeseries-wide";
        // A column that says it is the time is it, wherever it stands.
        let named =
            |f: &Field| matches!(f.column, Column::Time(_)) && TIME_COLUMNS.contains(&f.name.as_str());
        if let Some(at) = fields.iter().position(named) {
            let time = fields.remove(at);
            fields.insert(0, time);
        }
        fields = if fields.is_empty() { fields } else { wide(fields, asked.filling)? };
    }
    let frame = Frame::new(ref_id, kind, &asked.sql, fields);
    Ok(match cut_off {
        Some(reason) => frame.with_notice("warning", &reason),
        None => frame,
    })
}

/// A column of numbers that is called `time` is one of Unix times: seconds, milli-, micro- or nanoseconds by their size.
fn unix_times(field: Field) -> Field {
    match field.column {
        Column::Number(numbers) if TIME_COLUMNS.contains(&field.name.as_str()) => {
            let ms = |value: f64| {
                let size = value.abs();
                let ms = match size {
                    _seconds if size < 1e11 => value * 1e3,
                    _milliseconds if size < 1e14 => value,
                    _microseconds if size < 1e17 => value / 1e3,
                    _nanoseconds => value / 1e6,
                };
                ms.round() as i64
            };
            let times = numbers.0.into_iter().map(|v| v.filter(|v| v.is_finite()).map(ms)).collect();
            Field { column: Column::Time(times), ..field }
        }
        column => Field { column, ..field },
    }
}

/// A host with a port, as PostgreSQL and MySQL are written.
///
/// # Errors
/// A socket's path, a URL, or a port that is none.
pub fn address(text: &str, port_default: u16) -> Result<(String, u16), SourceError> {
    let text = text.trim();
    let refused = |reason: &str| {
        Err(SourceError::Query(format!("{text:?} is no address of a database: {reason}; write host:port")))
    };
    if text.is_empty() {
        return refused("it is empty");
    }
    if text.contains('/') {
        return refused("it is a path or a URL");
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') && !host.starts_with('[') => (text, ""),
        Some((host, port)) if !port.ends_with(']') => (host, port),
        Some(_) | None => (text, ""),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match port {
        _none if host.is_empty() => refused("the host is missing"),
        "" => Ok((host.to_owned(), port_default)),
        port => match port.parse() {
            Ok(port) => Ok((host.to_owned(), port)),
            Err(_) => refused("the port is no number"),
        },
    }
}

/// The texts of a first column, for an editor's list.
pub fn list(rows: Rows) -> Value {
    match rows.into_fields().into_iter().next().map(|field| field.column) {
        Some(Column::Text(texts)) => texts.into_iter().flatten().collect::<Vec<_>>().into(),
        Some(_) | None => Value::Array(Vec::new()),
    }
}

/// The columns of a table, of rows of name and type.
pub fn columns(rows: Rows) -> Value {
    let mut texts = rows.into_fields().into_iter().map(|field| match field.column {
        Column::Text(texts) => texts,
        Column::Time(_) | Column::Number(_) | Column::Flag(_) | Column::Json(_) => Vec::new(),
    });
    let (names, kinds) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    let one = |(name, kind)| serde_json::json!({ "name": name, "type": kind });
    names.into_iter().zip(kinds).map(one).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests;
