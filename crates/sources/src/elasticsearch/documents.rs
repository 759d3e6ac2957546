//! Documents as a table, a column a field; or as lines of a log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Wanted;
use crate::frame::{Column, Field, Frame, Numbers};
use crate::kind::Source;
use crate::sql::rows::time_ms;

/// Most columns of a table of documents.
const COLUMNS_MAX: usize = 500;
/// Deepest object that gets columns of its own; what is deeper stays one value.
const DEPTH_MAX: usize = 10;

fn hits(answer: &Value) -> &[Value] {
    answer.pointer("/hits/hits").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Fields of a document by their path: `a.b.c`.
fn flat(prefix: &str, object: &Map<String, Value>, depth: usize, out: &mut BTreeMap<String, Value>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(inner) if depth < DEPTH_MAX && !inner.is_empty() => {
                flat(&path, inner, depth + 1, out)
            }
            value => {
                out.insert(path, value.clone());
            }
        }
    }
}

fn documents(answer: &Value) -> Vec<BTreeMap<String, Value>> {
    let one = |hit: &Value| {
        let mut fields = BTreeMap::new();
        if let Some(source) = hit["_source"].as_object() {
            flat("", source, 0, &mut fields);
        }
        for name in ["_id", "_index"] {
            fields.insert(name.to_owned(), hit[name].clone());
        }
        fields
    };
    hits(answer).iter().map(one).collect()
}

fn time(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::String(text) => time_ms(text).or_else(|| text.parse().ok()),
        Value::Number(number) => number.as_i64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Documents as a table: the time first, then all fields by name.
pub fn table(ref_id: &str, wanted: &Wanted, executed: &str, answer: &Value) -> Frame {
    let documents = documents(answer);
    let mut names: Vec<&String> = documents.iter().flat_map(BTreeMap::keys).collect();
    names.sort();
    names.dedup();
    let left_out = names.len().saturating_sub(COLUMNS_MAX);
    names.truncate(COLUMNS_MAX);
    let times = documents.iter().map(|document| time(document.get(&wanted.time_field))).collect();
    let mut fields = vec![Field::new(&wanted.time_field, Column::Time(times))];
    for name in names.into_iter().filter(|name| **name != wanted.time_field) {
        let values: Vec<Option<&Value>> = documents.iter().map(|document| document.get(name)).collect();
        let known = || values.iter().flatten().filter(|value| !value.is_null());
        let column = if known().all(|value| value.is_number()) && known().next().is_some() {
            Column::Number(Numbers(values.iter().map(|value| value.and_then(Value::as_f64)).collect()))
        } else if known().all(|value| value.is_boolean()) && known().next().is_some() {
            Column::Flag(values.iter().map(|value| value.and_then(Value::as_bool)).collect())
        } else {
            Column::Text(values.iter().map(|value| value.and_then(text)).collect())
        };
        fields.push(Field::new(name, column));
    }
    let frame = Frame::new(ref_id, "table", executed, fields);
    if left_out == 0 {
        return frame;
    }
    frame.with_notice("warning", &format!("{left_out} fields more than {COLUMNS_MAX} are not shown"))
}

/// Documents as lines of a log.
pub fn logs(ref_id: &str, wanted: &Wanted, source: &Source, executed: &str, answer: &Value) -> Frame {
    let documents = documents(answer);
    let named = |option: &str, usual: &str| match source.option(option) {
        "" => usual.to_owned(),
        name => name.to_owned(),
    };
    let message = named("logMessageField", "message");
    let level = named("logLevelField", "level");
    let line = |document: &BTreeMap<String, Value>| {
        let said = document.get(&message).and_then(text);
        // What has no message is shown whole.
        said.unwrap_or_else(|| json!(document).to_string())
    };
    let of = |name: &str| documents.iter().map(|document| document.get(name).and_then(text)).collect();
    let labels = documents.iter().map(|document| json!(document)).collect();
    let fields = vec![
        Field::new("Time", Column::Time(documents.iter().map(|d| time(d.get(&wanted.time_field))).collect())),
        Field::texts("Line", documents.iter().map(line).collect()),
        Field::new("level", Column::Text(of(&level))),
        Field::new("id", Column::Text(of("_id"))),
        Field::new("labels", Column::Json(labels)),
    ];
    let mut frame = Frame::new(ref_id, "log-lines", executed, fields);
    frame.meta.insert("preferredVisualisationType".to_owned(), "logs".into());
    frame
}
