//! Importing a document that was "exported for sharing": its inputs are filled in.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{self, Document};
use crate::error::{DashboardError, Result};

/// A value for an input of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The input's name, such as `DS_PROMETHEUS`.
    pub name: String,
    /// What it stands for.
    pub value: String,
}

/// Fills in a document's inputs: `${NAME}` in any text becomes the value, and the list of inputs goes. An input that is
/// not given takes its own value if it is a constant, or the data source that `default_of` knows for its kind.
///
/// # Errors
/// An input with no value.
pub fn fill_in(
    mut document: Document,
    given: &[Input],
    default_of: impl Fn(&str) -> Option<String>,
) -> Result<Document> {
    let mut values: HashMap<String, String> = HashMap::new();
    for declared in document.get("__inputs").and_then(Value::as_array).into_iter().flatten() {
        let Some(declared) = declared.as_object() else { continue };
        let name = document::text(declared, "name");
        let value = match (given.iter().find(|input| input.name == name), document::text(declared, "type")) {
            (Some(input), _) => Some(input.value.clone()),
            (None, "constant") => Some(document::text(declared, "value").to_owned()),
            (None, _) => default_of(document::text(declared, "pluginId")),
        };
        let missing = || {
            let reason = format!("Dashboard input variable: {name} missing from import command");
            DashboardError::Invalid(reason)
        };
        values.insert(format!("${{{name}}}"), value.ok_or_else(missing)?);
    }
    document.remove("__inputs");
    document.remove("__requires");
    document.remove("__elements");
    let mut document = Value::Object(document);
    if !values.is_empty() {
        replace(&mut document, &values);
    }
    match document {
        Value::Object(document) => Ok(document),
        _other => Err(DashboardError::Invalid("not a dashboard".to_owned())),
    }
}

/// Replaces names in every text. Documents are no deeper than their parser allows, so recursion is bounded.
fn replace(value: &mut Value, values: &HashMap<String, String>) {
    match value {
        Value::String(text) => {
            for (name, with) in values {
                if text.contains(name.as_str()) {
                    *text = text.replace(name.as_str(), with);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, values)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
