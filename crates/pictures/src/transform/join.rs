//! Several frames become one.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{remade, shown};
use crate::field::reduce::reduce;
use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{text, texts};

/// `merge`: rows that agree in the columns that all frames have become one row.
pub fn merge(frames: &[Frame]) -> Vec<Frame> {
    let data: Vec<&Frame> = frames.iter().filter(|frame| !frame.fields.is_empty()).collect();
    let Some((first, rest)) = data.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return frames.to_vec();
    };
    let has = |frame: &Frame, name: &str| frame.fields.iter().any(|field| field.name == name);
    let keys: Vec<&str> = first
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .filter(|name| rest.iter().all(|frame| has(frame, name)))
        .collect();
    if keys.is_empty() {
        return frames.to_vec();
    }
    let mut columns: Vec<Field> = Vec::new();
    for field in data.iter().flat_map(|frame| &frame.fields) {
        if !columns.iter().any(|known| known.name == field.name) {
            let mut shell = Field { values: Vec::new(), labels: Default::default(), ..field.clone() };
            shell.config.remove("displayName");
            columns.push(shell);
        }
    }
    let place: HashMap<String, usize> =
        columns.iter().enumerate().map(|(at, f)| (f.name.clone(), at)).collect();
    let mut rows: Vec<Vec<Option<Cell>>> = Vec::new();
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for frame in &data {
        for row in 0..frame.rows() {
            let mut values: Vec<Option<Cell>> = vec![None; columns.len()];
            for field in &frame.fields {
                values[place[&field.name]] = Some(field.values.get(row).cloned().unwrap_or(Cell::Null));
            }
            let key =
                keys.iter().map(|key| values[place[*key]].as_ref().map(Cell::plain).unwrap_or_default());
            let key = key.collect::<Vec<_>>().join("\u{0}");
            let same = by_key.entry(key).or_default();
            let fits = |existing: &[Option<Cell>]| {
                existing.iter().zip(&values).all(|(old, new)| match (old, new) {
                    (None | Some(Cell::Null), _) | (_, None) => true,
                    (Some(old), Some(new)) => old == new,
                })
            };
            match same.iter().copied().find(|at| fits(&rows[*at])) {
                Some(at) => {
                    let filled = rows[at].iter_mut().zip(values).filter(|(_, new)| new.is_some());
                    filled.for_each(|(old, new)| *old = new);
                }
                None => {
                    same.push(rows.len());
                    rows.push(values);
                }
            }
        }
    }
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.values.push(cell.unwrap_or(Cell::Null));
        }
    }
    vec![Frame { ref_id: first.ref_id.clone(), fields: columns, ..Frame::default() }]
}

/// `joinByField`: columns of all frames beside the one that they share; rows of any frame, or with `inner` of all.
pub fn by_field(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let name = text(options, "byField");
    let key_of = |frame: &Frame| {
        frame.fields.iter().position(|field| match name {
            "" => field.kind == Kind::Time,
            name => field.name == name || shown(field, frame, frames) == name,
        })
    };
    let joined: Vec<(&Frame, usize)> =
        frames.iter().filter_map(|frame| key_of(frame).map(|at| (frame, at))).collect();
    let Some((first, first_key)) = joined.first() else { return frames.to_vec() };
    let is_inner = text(options, "mode") == "inner";
    let key_field = &first.fields[*first_key];
    // Numbers and instants ascend, texts stay in the order in which they appear.
    let mut keys: Vec<Cell> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (frame, at) in &joined {
        for cell in &frame.fields[*at].values {
            seen.entry(cell.plain()).or_insert_with(|| {
                keys.push(cell.clone());
                0
            });
        }
    }
    if key_field.kind != Kind::Text {
        let number = |cell: &Cell| cell.number().unwrap_or(f64::NEG_INFINITY);
        keys.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    let row_of = |frame: &Frame, at: usize| -> HashMap<String, usize> {
        frame.fields[at].values.iter().enumerate().map(|(row, cell)| (cell.plain(), row)).collect()
    };
    let indexes: Vec<HashMap<String, usize>> = joined.iter().map(|(frame, at)| row_of(frame, *at)).collect();
    if is_inner {
        keys.retain(|key| indexes.iter().all(|index| index.contains_key(&key.plain())));
    }
    let mut fields = vec![Field { values: keys.clone(), ..key_field.clone() }];
    for ((frame, at), index) in joined.iter().zip(&indexes) {
        for (_, field) in frame.fields.iter().enumerate().filter(|(place, _)| place != at) {
            let cell = |key: &Cell| {
                index.get(&key.plain()).and_then(|row| field.values.get(*row)).cloned().unwrap_or(Cell::Null)
            };
            let mut made = Field { values: keys.iter().map(cell).collect(), ..field.clone() };
            if made.name == "Value" && !frame.name.is_empty() {
                made.name = frame.name.clone();
            }
            fields.push(made);
        }
    }
    vec![remade(&Frame { name: String::new(), ..(*first).clone() }, fields)]
}

/// `joinByLabels`: a row per combination of labels, a column per value of one label.
pub fn by_labels(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let by = text(options, "value");
    let cells: Vec<&Field> =
        frames.iter().flat_map(|frame| &frame.fields).filter(|field| field.labels.contains_key(by)).collect();
    if cells.is_empty() {
        return frames.to_vec();
    }
    let mut joined = texts(options, "join");
    if joined.is_empty() {
        let names: BTreeSet<&String> = cells.iter().flat_map(|field| field.labels.keys()).collect();
        joined = names.into_iter().filter(|name| *name != by && *name != "__name__").cloned().collect();
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut values: HashMap<(usize, usize), Cell> = HashMap::new();
    let place = |all: &mut Vec<String>, wanted: &String| match all.iter().position(|known| known == wanted) {
        Some(at) => at,
        None => {
            all.push(wanted.clone());
            all.len() - 1
        }
    };
    for field in cells {
        let labels: Vec<String> =
            joined.iter().map(|name| field.labels.get(name).cloned().unwrap_or_default()).collect();
        let row = rows.iter().position(|known| *known == labels).unwrap_or_else(|| {
            rows.push(labels);
            rows.len() - 1
        });
        let column = place(&mut columns, &field.labels[by]);
        values.insert((row, column), reduce(field, "lastNotNull"));
    }
    let text_fields = joined.iter().enumerate().map(|(at, name)| {
        Field::new(name, Kind::Text, rows.iter().map(|row| Cell::Text(row[at].clone())).collect())
    });
    let number_fields = columns.iter().enumerate().map(|(column, name)| {
        let cells = (0..rows.len()).map(|row| values.get(&(row, column)).cloned().unwrap_or(Cell::Null));
        Field::new(name, Kind::Number, cells.collect())
    });
    let ref_id = frames.first().map(|frame| frame.ref_id.clone()).unwrap_or_default();
    vec![Frame { ref_id, fields: text_fields.chain(number_fields).collect(), ..Frame::default() }]
}
