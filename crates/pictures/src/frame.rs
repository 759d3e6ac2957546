//! Tables of values, as data sources answer and transformations hand them on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::json::{at, list, text};

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number; instants are Unix milliseconds.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
}

impl Cell {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Number(number) => Some(*number),
            Cell::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Cell::Null | Cell::Text(_) => None,
        }
    }

    /// The number, if it is one with a place on a scale.
    pub fn finite(&self) -> Option<f64> {
        self.number().filter(|number| number.is_finite())
    }

    /// Whether there is neither a value nor a number.
    pub fn is_missing(&self) -> bool {
        match self {
            Cell::Null => true,
            Cell::Number(number) => number.is_nan(),
            Cell::Text(_) | Cell::Bool(_) => false,
        }
    }

    /// The value as text without a unit.
    pub fn plain(&self) -> String {
        match self {
            Cell::Null => String::new(),
            Cell::Number(number) => crate::field::units::plain_number(*number),
            Cell::Text(text) => text.clone(),
            Cell::Bool(flag) => flag.to_string(),
        }
    }
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Instants.
    Time,
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// True or false.
    Bool,
    /// Anything else.
    Other,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the data.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Its values.
    pub values: Vec<Cell>,
    /// Labels of the series.
    pub labels: BTreeMap<String, String>,
    /// Settings that came with the data; `displayNameFromDS` is a legend.
    pub config: Map<String, Value>,
}

impl Field {
    /// A column without labels and settings.
    pub fn new(name: &str, kind: Kind, values: Vec<Cell>) -> Field {
        Field { name: name.to_owned(), kind, values, labels: BTreeMap::new(), config: Map::new() }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The query that it answers.
    pub ref_id: String,
    /// Its name; may be empty.
    pub name: String,
    /// Columns of equal length.
    pub fields: Vec<Field>,
    /// Whether each column is a bucket of a heatmap.
    pub heatmap: bool,
}

impl Frame {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.fields.iter().map(|field| field.values.len()).max().unwrap_or(0)
    }

    /// The first column of instants.
    pub fn time(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == Kind::Time)
    }

    /// Reads Grafana's JSON form: `schema.fields` and `data.values`.
    pub fn from_json(frame: &Value, ref_id: &str) -> Frame {
        let columns = list(frame, "data.values");
        let entities = list(frame, "data.entities");
        let fields = list(frame, "schema.fields").iter().enumerate().map(|(index, field)| {
            let kind = match text(field, "type") {
                "time" => Kind::Time,
                "number" => Kind::Number,
                "string" => Kind::Text,
                "boolean" => Kind::Bool,
                _other => Kind::Other,
            };
            let column = columns.get(index).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut values: Vec<Cell> = column.iter().map(cell).collect();
            for (name, special) in [("NaN", f64::NAN), ("Inf", f64::INFINITY), ("NegInf", f64::NEG_INFINITY)]
            {
                for row in entities.get(index).map(|e| list(e, name)).unwrap_or_default() {
                    let row = row.as_u64().and_then(|row| usize::try_from(row).ok());
                    if let Some(cell) = row.and_then(|row| values.get_mut(row)) {
                        *cell = Cell::Number(special);
                    }
                }
            }
            let labels = at(field, "labels").as_object().into_iter().flatten();
            Field {
                name: text(field, "name").to_owned(),
                kind,
                values,
                labels: labels.map(|(k, v)| (k.clone(), crate::json::plain(v))).collect(),
                config: at(field, "config").as_object().cloned().unwrap_or_default(),
            }
        });
        let named = text(frame, "schema.refId");
        Frame {
            ref_id: if named.is_empty() { ref_id } else { named }.to_owned(),
            name: text(frame, "schema.name").to_owned(),
            fields: fields.collect(),
            heatmap: text(frame, "schema.meta.type").starts_with("heatmap"),
        }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Number(number) => number.as_f64().map_or(Cell::Null, Cell::Number),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Cell::Text(value.to_string()),
    }
}
