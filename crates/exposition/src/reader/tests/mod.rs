//! Bodies and what is found in them, as text.

mod converting;
mod hostile;
mod openmetrics;
mod protobuf;
mod text;

use model::Exemplar;

use super::{Options, Reader};
use crate::{BodyFormat, Entry};

/// Prints an entry: `type name kind`, `help name text`, `{labels} value @time ^start #exemplar`.
fn print(entry: &Entry<'_>) -> String {
    let times = |timestamp_ms: Option<i64>, start_ms: Option<i64>, exemplars: &[Exemplar]| {
        let mut out = timestamp_ms.map(|t| format!(" @{t}")).unwrap_or_default();
        out.extend(start_ms.map(|t| format!(" ^{t}")));
        for e in exemplars {
            out.push_str(&format!(" #{} {}", e.labels, model::number::format_g(e.value)));
            out.extend(e.timestamp_ms.map(|t| format!(" @{t}")));
        }
        out
    };
    match entry {
        Entry::Type { name, kind } => format!("type {name} {}", kind.as_str()),
        Entry::Help { name, text } => format!("help {name} {text}"),
        Entry::Unit { name, unit } => format!("unit {name} {unit}"),
        Entry::Sample { series, value, timestamp_ms, start_ms, exemplars } => format!(
            "{} {}{}",
            series.labels().unwrap(),
            model::number::format_g(*value),
            times(*timestamp_ms, *start_ms, exemplars)
        ),
        Entry::Histogram { series, value, timestamp_ms, start_ms, exemplars } => format!(
            "{} {}{}",
            series.labels().unwrap(),
            value.to_float(),
            times(*timestamp_ms, *start_ms, exemplars)
        ),
    }
}

/// Reads a body to its end; the last line is the error, if there is one.
fn read(body: &[u8], format: BodyFormat, options: Options) -> Vec<String> {
    let mut reader = Reader::new(body, format, options);
    let mut found = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(entry)) => found.push(print(&entry)),
            Ok(None) => return found,
            Err(error) => {
                found.push(error.to_string());
                return found;
            }
        }
    }
}
