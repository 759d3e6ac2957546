//! Rows that belong together become one.

use std::collections::HashMap;

use serde_json::Value;

use super::{remade, shown};
use crate::field::reduce::{canonical, reduce as reduced, title};
use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{at, flag, text, text_or, texts};

fn kind_of(reducer: &str, field: Kind) -> Kind {
    match canonical(reducer) {
        "count" | "countAll" | "distinctCount" | "changeCount" => Kind::Number,
        "allIsZero" | "allIsNull" => Kind::Bool,
        "allValues" | "uniqueValues" => Kind::Text,
        _same => field,
    }
}

/// `groupBy`: a row per combination of the grouping columns, with reductions of the others.
pub fn group_by(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let option = |field: &Field, frame: &Frame| -> Value {
        let fields = at(options, "fields");
        let by_title = fields.get(shown(field, frame, frames));
        by_title.or_else(|| fields.get(&field.name)).cloned().unwrap_or_default()
    };
    let mut out = Vec::new();
    let mut any = false;
    for frame in frames {
        let settings: Vec<Value> = frame.fields.iter().map(|field| option(field, frame)).collect();
        let is_key = |at: &usize| text(&settings[*at], "operation") == "groupby";
        let keys: Vec<usize> = (0..frame.fields.len()).filter(is_key).collect();
        if keys.is_empty() {
            continue;
        }
        any = true;
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for row in 0..frame.rows() {
            let cell = |at: &usize| frame.fields[*at].values.get(row).map(Cell::plain).unwrap_or_default();
            let key = keys.iter().map(cell).collect::<Vec<_>>().join("\u{0}");
            let place = *known.entry(key).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[place].push(row);
        }
        let picked = |field: &Field, rows: &[usize]| Field {
            values: rows.iter().filter_map(|row| field.values.get(*row).cloned()).collect(),
            ..Field::new(&field.name, field.kind, Vec::new())
        };
        let mut fields: Vec<Field> = keys
            .iter()
            .map(|at| {
                let field = &frame.fields[*at];
                let first =
                    groups.iter().map(|rows| field.values.get(rows[0]).cloned().unwrap_or(Cell::Null));
                Field { values: first.collect(), ..field.clone() }
            })
            .collect();
        for (field, setting) in frame.fields.iter().zip(&settings) {
            if text(setting, "operation") != "aggregate" {
                continue;
            }
            for calc in texts(setting, "aggregations") {
                let values = groups.iter().map(|rows| reduced(&picked(field, rows), &calc)).collect();
                let name = format!("{} ({calc})", shown(field, frame, frames));
                fields.push(Field::new(&name, kind_of(&calc, field.kind), values));
            }
        }
        out.push(Frame { ref_id: frame.ref_id.clone(), fields, ..Frame::default() });
    }
    if any { out } else { frames.to_vec() }
}

/// `reduce`: a row per series with its reductions, or with `reduceFields` one row of reduced fields.
pub fn reduce(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let mut calcs = texts(options, "reducers");
    if calcs.is_empty() {
        calcs.push("max".to_owned());
    }
    let by_field = text(options, "mode") == "reduceFields";
    let with_time = flag(options, "includeTimeField") && by_field;
    let chosen = |field: &&Field| with_time || field.kind != Kind::Time;
    if by_field {
        let reduced_frame = |frame: &Frame| {
            let mut fields = Vec::new();
            for field in frame.fields.iter().filter(chosen) {
                for calc in &calcs {
                    let kind = kind_of(calc, field.kind);
                    let mut made = Field { kind, values: vec![reduced(field, calc)], ..field.clone() };
                    if calcs.len() > 1 {
                        made.labels.insert("reducer".to_owned(), title(calc, false));
                    }
                    fields.push(made);
                }
            }
            remade(frame, fields)
        };
        return frames.iter().map(reduced_frame).filter(|frame| !frame.fields.is_empty()).collect();
    }
    let labels_apart = flag(options, "labelsToFields");
    let sources: Vec<(&Frame, &Field)> = frames
        .iter()
        .flat_map(|frame| frame.fields.iter().filter(chosen).map(move |field| (frame, field)))
        .collect();
    if sources.is_empty() {
        return Vec::new();
    }
    let name = |frame: &Frame, field: &Field| {
        if labels_apart { field.name.clone() } else { shown(field, frame, frames) }
    };
    let names = sources.iter().map(|(frame, field)| Cell::Text(name(frame, field)));
    let mut fields = vec![Field::new("Field", Kind::Text, names.collect())];
    if labels_apart {
        let mut labels: Vec<&String> = Vec::new();
        for label in sources.iter().flat_map(|(_, field)| field.labels.keys()) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        for label in labels {
            let cell =
                |field: &Field| field.labels.get(label).map_or(Cell::Null, |value| Cell::Text(value.clone()));
            fields.push(Field::new(
                label,
                Kind::Text,
                sources.iter().map(|(_, field)| cell(field)).collect(),
            ));
        }
    }
    for calc in &calcs {
        let values: Vec<Cell> = sources.iter().map(|(_, field)| reduced(field, calc)).collect();
        let kind = kind_of(calc, sources[0].1.kind);
        fields.push(Field::new(&title(calc, false), kind, values));
    }
    let ref_id = format!("reduce-{}", frames.iter().map(|f| f.ref_id.as_str()).collect::<Vec<_>>().join("-"));
    vec![Frame { ref_id, fields, ..Frame::default() }]
}

/// `groupingToMatrix`: rows by one column, columns by another, cells by a third.
pub fn matrix(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let Some(frame) = frames.first().filter(|_| frames.len() == 1) else { return frames.to_vec() };
    let find = |key: &str, other: &str| {
        let name = text_or(options, key, other);
        frame.fields.iter().find(|field| field.name == name || shown(field, frame, frames) == name)
    };
    let (Some(row), Some(column), Some(value)) =
        (find("rowField", "Time"), find("columnField", "Time"), find("valueField", "Value"))
    else {
        return frames.to_vec();
    };
    let distinct = |field: &Field| {
        let mut out: Vec<Cell> = Vec::new();
        for cell in &field.values {
            if !out.contains(cell) {
                out.push(cell.clone());
            }
        }
        out
    };
    let (rows, columns) = (distinct(row), distinct(column));
    if rows.len().saturating_mul(columns.len()) > super::CELLS_MAX {
        return frames.to_vec();
    }
    let mut cells: HashMap<(String, String), Cell> = HashMap::new();
    for ((r, c), v) in row.values.iter().zip(&column.values).zip(&value.values) {
        cells.insert((r.plain(), c.plain()), v.clone());
    }
    let mut fields = vec![Field::new(&format!("{}\\{}", row.name, column.name), row.kind, rows.clone())];
    for column in &columns {
        let cell = |row: &Cell| cells.get(&(row.plain(), column.plain())).cloned().unwrap_or(Cell::Null);
        fields.push(Field::new(&column.plain(), value.kind, rows.iter().map(cell).collect()));
    }
    vec![Frame { fields, ..frame.clone() }]
}
