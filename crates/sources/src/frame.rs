//! Data frames: the JSON that `/api/ds/query` answers and `@grafana/data` reads.
//!
//! A frame is a list of fields (name, type, labels, configuration) and beside it their values, column by column. JSON has no
//! NaN and no infinities: they are `null` among the values, and `entities` says where each of them is.

use serde_json::{Map, Value, json};

/// A column of numbers; `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers(pub Vec<Option<f64>>);

impl Numbers {
    /// Adds a value; `None` where there is none.
    pub fn push(&mut self, value: Option<f64>) {
        self.0.push(value);
    }

    fn entities(&self) -> Value {
        let mut entities = Map::new();
        let mut mark = |name: &str, is: fn(f64) -> bool| {
            let marked = self.0.iter().enumerate().filter(|(_, value)| value.is_some_and(is));
            let at: Vec<usize> = marked.map(|(at, _)| at).collect();
            if !at.is_empty() {
                entities.insert(name.to_owned(), at.into());
            }
        };
        mark("NaN", f64::is_nan);
        mark("Inf", |v| v == f64::INFINITY);
        mark("NegInf", |v| v == f64::NEG_INFINITY);
        if entities.is_empty() { Value::Null } else { Value::Object(entities) }
    }
}

/// A field with its column.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Milliseconds.
    Time(Vec<Option<i64>>),
    /// Numbers.
    Number(Numbers),
    /// Texts.
    Text(Vec<Option<String>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
    /// Documents, such as the labels of a log line.
    Json(Vec<Value>),
}

impl Column {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Column::Time(values) => values.len(),
            Column::Number(values) => values.0.len(),
            Column::Text(values) => values.len(),
            Column::Flag(values) => values.len(),
            Column::Json(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn into_json(self) -> Value {
        match self {
            Column::Time(values) => values.into(),
            // `from` makes `null` of what is not finite.
            Column::Number(values) => values.0.into_iter().map(Value::from).collect::<Vec<_>>().into(),
            Column::Text(values) => values.into(),
            Column::Flag(values) => values.into(),
            Column::Json(values) => values.into(),
        }
    }
}

impl Field {
    /// A field without labels and configuration.
    pub fn new(name: &str, column: Column) -> Field {
        Field { name: name.to_owned(), labels: Map::new(), config: Map::new(), column }
    }

    /// A field of times.
    pub fn times(name: &str, values: Vec<i64>) -> Field {
        Field::new(name, Column::Time(values.into_iter().map(Some).collect()))
    }

    /// A field of texts.
    pub fn texts(name: &str, values: Vec<String>) -> Field {
        Field::new(name, Column::Text(values.into_iter().map(Some).collect()))
    }

    /// A field of numbers.
    pub fn numbers(name: &str, values: Vec<Option<f64>>) -> Field {
        Field::new(name, Column::Number(Numbers(values)))
    }

    /// With labels.
    pub fn with_labels(mut self, labels: Map<String, Value>) -> Field {
        self.labels = labels;
        self
    }

    /// With a name for people.
    pub fn shown_as(mut self, name: &str) -> Field {
        self.config.insert("displayNameFromDS".to_owned(), name.into());
        self
    }

    fn schema(&self) -> Value {
        let (kind, frame) = match &self.column {
            Column::Time(_) => ("time", "time.Time"),
            Column::Number(_) => ("number", "float64"),
            Column::Text(_) => ("string", "string"),
            Column::Flag(_) => ("boolean", "bool"),
            Column::Json(_) => ("other", "json.RawMessage"),
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

/// A table of equally long columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The letter of its query.
    pub ref_id: String,
    /// Its name, or nothing.
    pub name: String,
    /// What else is known of it: its type, notices, what was asked.
    pub meta: Map<String, Value>,
    /// Its columns.
    pub fields: Vec<Field>,
}

impl Frame {
    /// A frame of a type, such as `timeseries-multi`, that says what was asked.
    pub fn new(ref_id: &str, kind: &str, executed: &str, fields: Vec<Field>) -> Frame {
        let mut meta = Map::new();
        if !kind.is_empty() {
            meta.insert("type".to_owned(), kind.into());
            meta.insert("typeVersion".to_owned(), json!([0, 1]));
        }
        if !executed.is_empty() {
            meta.insert("executedQueryString".to_owned(), executed.into());
        }
        Frame { ref_id: ref_id.to_owned(), name: String::new(), meta, fields }
    }

    /// With a name.
    pub fn named(mut self, name: &str) -> Frame {
        name.clone_into(&mut self.name);
        self
    }

    /// With something that the reader should know.
    pub fn with_notice(mut self, severity: &str, text: &str) -> Frame {
        let notices = self.meta.entry("notices").or_insert_with(|| json!([]));
        if let Some(notices) = notices.as_array_mut() {
            notices.push(json!({ "severity": severity, "text": text }));
        }
        self
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.fields.first().map_or(0, |field| field.column.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the frame.
    pub fn into_json(self) -> Value {
        let schema: Vec<Value> = self.fields.iter().map(Field::schema).collect();
        let entities: Vec<Value> = self
            .fields
            .iter()
            .map(|field| match &field.column {
                Column::Number(numbers) => numbers.entities(),
                Column::Time(_) | Column::Text(_) | Column::Flag(_) | Column::Json(_) => Value::Null,
            })
            .collect();
        let values: Vec<Value> = self.fields.into_iter().map(|field| field.column.into_json()).collect();
        let mut data = Map::from_iter([("values".to_owned(), Value::from(values))]);
        if entities.iter().any(|e| !e.is_null()) {
            data.insert("entities".to_owned(), entities.into());
        }
        let mut head = Map::from_iter([("refId".to_owned(), Value::from(self.ref_id))]);
        if !self.name.is_empty() {
            head.insert("name".to_owned(), self.name.into());
        }
        if !self.meta.is_empty() {
            head.insert("meta".to_owned(), Value::Object(self.meta));
        }
        head.insert("fields".to_owned(), schema.into());
        json!({ "schema": head, "data": data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_written_as_grafana_reads_it() {
        let fields = vec![
            Field::new("Time", Column::Time(vec![Some(1), None])),
            Field::numbers("Value", vec![Some(f64::INFINITY), Some(2.5)]).shown_as("v"),
            Field::new("ok", Column::Flag(vec![Some(true), None])),
            Field::new("labels", Column::Json(vec![json!({"a": "b"}), Value::Null])),
            Field::new("text", Column::Text(vec![None, Some("t".to_owned())])),
        ];
        let frame = Frame::new("A", "table", "SELECT 1", fields).named("n").with_notice("warning", "cut off");
        assert_eq!(frame.len(), 2);
        let want = json!({
            "schema": {
                "refId": "A", "name": "n",
                "meta": {"type": "table", "typeVersion": [0, 1], "executedQueryString": "SELECT 1",
                         "notices": [{"severity": "warning", "text": "cut off"}]},
                "fields": [
                    {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}},
                    {"name": "Value", "type": "number", "typeInfo": {"frame": "float64"}, "config": {"displayNameFromDS": "v"}},
                    {"name": "ok", "type": "boolean", "typeInfo": {"frame": "bool"}},
                    {"name": "labels", "type": "other", "typeInfo": {"frame": "json.RawMessage"}},
                    {"name": "text", "type": "string", "typeInfo": {"frame": "string"}},
                ],
            },
            "data": {
                "values": [[1, null], [null, 2.5], [true, null], [{"a": "b"}, null], [null, "t"]],
                "entities": [null, {"Inf": [0]}, null, null, null],
            },
        });
        assert_eq!(frame.into_json(), want);
    }
}
