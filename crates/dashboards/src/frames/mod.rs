//! Query results as data frames: the JSON that `/api/ds/query` answers and `@grafana/data` reads.
//!
//! A frame is a list of fields (name, type, labels, configuration) and beside it their values, column by column. JSON has no
//! NaN and no infinities: they are `null` among the values, and `entities` says where each of them is.

pub mod prometheus;

use serde_json::{Map, Value, json};

/// A column of numbers, with what JSON cannot hold kept apart.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    values: Vec<Value>,
    nan: Vec<usize>,
    inf: Vec<usize>,
    neg_inf: Vec<usize>,
}

impl Numbers {
    /// Adds a value; `None` where there is none.
    pub fn push(&mut self, value: Option<f64>) {
        let at = self.values.len();
        match value {
            Some(v) if v.is_nan() => self.nan.push(at),
            Some(f64::INFINITY) => self.inf.push(at),
            Some(f64::NEG_INFINITY) => self.neg_inf.push(at),
            Some(_) | None => {}
        }
        // `from` makes `null` of what is not finite.
        self.values.push(value.map_or(Value::Null, Value::from));
    }

    fn entities(&self) -> Value {
        let mut entities = Map::new();
        for (name, at) in [("NaN", &self.nan), ("Inf", &self.inf), ("NegInf", &self.neg_inf)] {
            if !at.is_empty() {
                entities.insert(name.to_owned(), at.clone().into());
            }
        }
        if entities.is_empty() { Value::Null } else { Value::Object(entities) }
    }
}

/// A field with its column.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its labels, or none.
    pub labels: Map<String, Value>,
    /// Its configuration: display name, interval.
    pub config: Map<String, Value>,
    /// Its values.
    pub column: Column,
}

/// The values of a field.
#[derive(Clone, Debug)]
pub enum Column {
    /// Milliseconds.
    Time(Vec<i64>),
    /// Numbers.
    Number(Numbers),
    /// Texts.
    Text(Vec<String>),
}

impl Field {
    /// A field without labels and configuration.
    pub fn new(name: &str, column: Column) -> Field {
        Field { name: name.to_owned(), labels: Map::new(), config: Map::new(), column }
    }

    fn schema(&self) -> Value {
        let (kind, frame) = match &self.column {
            Column::Time(_) => ("time", "time.Time"),
            Column::Number(_) => ("number", "float64"),
            Column::Text(_) => ("string", "string"),
        };
        let mut schema = Map::new();
        schema.insert("name".to_owned(), self.name.as_str().into());
        schema.insert("type".to_owned(), kind.into());
        schema.insert("typeInfo".to_owned(), json!({ "frame": frame }));
        if !self.labels.is_empty() {
            schema.insert("labels".to_owned(), Value::Object(self.labels.clone()));
        }
        if !self.config.is_empty() {
            schema.insert("config".to_owned(), Value::Object(self.config.clone()));
        }
        Value::Object(schema)
    }
}

/// Writes a frame.
pub fn frame(ref_id: &str, name: &str, meta: Value, fields: Vec<Field>) -> Value {
    let schema: Vec<Value> = fields.iter().map(Field::schema).collect();
    let entities: Vec<Value> = fields
        .iter()
        .map(|field| match &field.column {
            Column::Number(numbers) => numbers.entities(),
            Column::Time(_) | Column::Text(_) => Value::Null,
        })
        .collect();
    let values: Vec<Value> = fields
        .into_iter()
        .map(|field| match field.column {
            Column::Time(values) => values.into(),
            Column::Number(numbers) => numbers.values.into(),
            Column::Text(values) => values.into(),
        })
        .collect();
    let mut data = Map::from_iter([("values".to_owned(), Value::from(values))]);
    if entities.iter().any(|e| !e.is_null()) {
        data.insert("entities".to_owned(), entities.into());
    }
    let mut head = Map::from_iter([("refId".to_owned(), Value::from(ref_id))]);
    if !name.is_empty() {
        head.insert("name".to_owned(), name.into());
    }
    head.insert("meta".to_owned(), meta);
    head.insert("fields".to_owned(), schema.into());
    json!({ "schema": head, "data": data })
}
