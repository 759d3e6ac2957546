//! Rows, labels and columns become one another.

use std::collections::HashMap;

use serde_json::Value;

use super::rows::order;
use super::{remade, shown};
use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{flag, list, text, text_or, texts};

/// Most parts that one table may be split into.
const PARTS_MAX: usize = 1000;

/// `labelsToFields`: labels become columns beside the values, or rows.
pub fn labels_to_fields(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let keep = texts(options, "keepLabels");
    let kept = |label: &str| keep.is_empty() || keep.iter().any(|name| name == label);
    if text(options, "mode") == "rows" {
        let table = |frame: &Frame, field: &Field| {
            let labels: Vec<(&String, &String)> =
                field.labels.iter().filter(|(label, _)| kept(label)).collect();
            let column = |name: &str, texts: Vec<String>| {
                Field::new(name, Kind::Text, texts.into_iter().map(Cell::Text).collect())
            };
            let names = column("label", labels.iter().map(|(name, _)| (*name).clone()).collect());
            let values = column("value", labels.iter().map(|(_, value)| (*value).clone()).collect());
            Frame { name: shown(field, frame, frames), ..remade(frame, vec![names, values]) }
        };
        let labelled = |frame: &Frame| {
            frame.fields.iter().filter(|f| !f.labels.is_empty()).map(|f| table(frame, f)).collect::<Vec<_>>()
        };
        return frames.iter().flat_map(labelled).collect();
    }
    let value_label = text(options, "valueLabel");
    let mut out = Vec::with_capacity(frames.len());
    for frame in frames {
        let mut fields = Vec::new();
        let mut added: Vec<(String, String)> = Vec::new();
        for field in &frame.fields {
            let mut field = field.clone();
            for (label, value) in std::mem::take(&mut field.labels) {
                if !kept(&label) {
                    continue;
                }
                if label == value_label {
                    field.name = value;
                } else if !added.contains(&(label.clone(), value.clone())) {
                    added.push((label, value));
                }
                field.config.remove("displayName");
                field.config.remove("displayNameFromDS");
            }
            fields.push(field);
        }
        let rows = frame.rows();
        fields.extend(
            added
                .into_iter()
                .map(|(name, value)| Field::new(&name, Kind::Text, vec![Cell::Text(value); rows])),
        );
        out.push(remade(frame, fields));
    }
    out
}

/// `seriesToRows`: one table of instant, series and value, newest first.
pub fn series_to_rows(frames: &[Frame]) -> Vec<Frame> {
    let mut rows: Vec<[Cell; 3]> = Vec::new();
    for frame in frames {
        let value = frame.fields.iter().find(|field| field.kind != Kind::Time);
        let (Some(time), Some(value)) = (frame.time(), value) else { return frames.to_vec() };
        let name = match frame.name.as_str() {
            "" => shown(value, frame, std::slice::from_ref(frame)),
            name => name.to_owned(),
        };
        for (at, cell) in time.values.iter().zip(&value.values) {
            rows.push([at.clone(), Cell::Text(name.clone()), cell.clone()]);
        }
    }
    rows.sort_by(|a, b| order(Some(&a[0]), Some(&b[0]), true));
    let column = |at: usize| rows.iter().map(|row| row[at].clone()).collect();
    let fields = vec![
        Field::new("Time", Kind::Time, column(0)),
        Field::new("Metric", Kind::Text, column(1)),
        Field::new("Value", Kind::Number, column(2)),
    ];
    let ref_id = frames.first().map(|frame| frame.ref_id.clone()).unwrap_or_default();
    vec![Frame { ref_id, fields, ..Frame::default() }]
}

/// `rowsToFields`: each row becomes a field, named by one column and holding another's value.
pub fn rows_to_fields(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let handlers: HashMap<&str, &str> =
        list(options, "mappings").iter().map(|m| (text(m, "fieldName"), text(m, "handlerKey"))).collect();
    let turned = |frame: &Frame| {
        let having = |handler: &str, kind: Kind| {
            let mapped =
                frame.fields.iter().find(|field| handlers.get(field.name.as_str()) == Some(&handler));
            mapped.or_else(|| frame.fields.iter().find(|field| field.kind == kind))
        };
        let (Some(name), Some(value)) =
            (having("field.name", Kind::Text), having("field.value", Kind::Number))
        else {
            return frame.clone();
        };
        let fields = name.values.iter().zip(&value.values).take(PARTS_MAX);
        let fields = fields.map(|(name, cell)| Field::new(&name.plain(), value.kind, vec![cell.clone()]));
        remade(frame, fields.collect())
    };
    frames.iter().map(turned).collect()
}

/// `partitionByValues`: a frame per combination of values in the named columns.
pub fn partition(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let names = texts(options, "fields");
    let mut out = Vec::new();
    for frame in frames {
        let keys: Vec<&Field> = frame.fields.iter().filter(|field| names.contains(&field.name)).collect();
        if keys.is_empty() {
            out.push(frame.clone());
            continue;
        }
        let mut parts: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for row in 0..frame.rows() {
            let values: Vec<String> =
                keys.iter().map(|key| key.values.get(row).map(Cell::plain).unwrap_or_default()).collect();
            match parts.iter().position(|(known, _)| *known == values) {
                Some(at) => parts[at].1.push(row),
                None if parts.len() < PARTS_MAX => parts.push((values, vec![row])),
                None => {}
            }
        }
        for (values, rows) in parts {
            let kept = frame
                .fields
                .iter()
                .filter(|field| flag(options, "keepFields") || !names.contains(&field.name));
            let fields = kept.map(|field| {
                let mut made = field.clone();
                made.values = rows.iter().filter_map(|row| field.values.get(*row).cloned()).collect();
                if made.kind != Kind::Time {
                    made.labels.extend(keys.iter().map(|key| key.name.clone()).zip(values.iter().cloned()));
                }
                made
            });
            out.push(Frame { name: values.join(" "), ..remade(frame, fields.collect()) });
        }
    }
    out
}

/// `extractFields` of JSON: members become columns; nothing for other formats.
pub fn extract(frames: &[Frame], options: &Value) -> Option<Vec<Frame>> {
    if !matches!(text_or(options, "format", "auto"), "json" | "auto") {
        return None;
    }
    let source = text(options, "source");
    let extracted = |frame: &Frame| {
        let Some(column) =
            frame.fields.iter().find(|f| shown(f, frame, frames) == source || f.name == source)
        else {
            return frame.clone();
        };
        let read = |cell: &Cell| serde_json::from_str::<Value>(&cell.plain()).unwrap_or_default();
        let parsed: Vec<Value> = column.values.iter().map(read).collect();
        let mut names: Vec<&String> = Vec::new();
        for name in parsed.iter().filter_map(Value::as_object).flat_map(|members| members.keys()) {
            if names.len() < PARTS_MAX && !names.contains(&name) {
                names.push(name);
            }
        }
        let added = names.iter().map(|name| {
            let cell = |value: &Value| match value.get(name.as_str()) {
                None | Some(Value::Null) => Cell::Null,
                Some(Value::Number(number)) => number.as_f64().map_or(Cell::Null, Cell::Number),
                Some(Value::Bool(flag)) => Cell::Bool(*flag),
                Some(Value::String(text)) => Cell::Text(text.clone()),
                Some(other) => Cell::Text(other.to_string()),
            };
            let values: Vec<Cell> = parsed.iter().map(cell).collect();
            let kind = match values.iter().find(|cell| **cell != Cell::Null) {
                Some(Cell::Number(_)) => Kind::Number,
                Some(Cell::Bool(_)) => Kind::Bool,
                Some(Cell::Text(_) | Cell::Null) | None => Kind::Text,
            };
            Field::new(name, kind, values)
        });
        let time = |field: &&Field| flag(options, "keepTime") && field.kind == Kind::Time;
        let kept = frame.fields.iter().filter(|field| !flag(options, "replace") || time(field)).cloned();
        remade(frame, kept.chain(added).collect())
    };
    Some(frames.iter().map(extracted).collect())
}
