//! Reading documents whose shape nobody promises: what is missing or of another kind is absent, never an error.

use serde_json::{Map, Value};

/// The value at a dotted path; `Null` if there is none.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, key| value.get(key).unwrap_or(&Value::Null))
}

/// A text; empty if it is none.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or("")
}

/// A text that is not empty, or another.
pub fn text_or<'a>(value: &'a Value, path: &str, other: &'a str) -> &'a str {
    match at(value, path).as_str() {
        None | Some("") => other,
        Some(text) => text,
    }
}

/// A finite number, also one written as text.
pub fn number(value: &Value, path: &str) -> Option<f64> {
    as_number(at(value, path))
}

/// A finite number, also one written as text.
pub fn as_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

/// Whether something is switched on.
pub fn flag(value: &Value, path: &str) -> bool {
    at(value, path).as_bool().unwrap_or(false)
}

/// Whether something is switched on, where absent means `default`.
pub fn flag_or(value: &Value, path: &str, default: bool) -> bool {
    at(value, path).as_bool().unwrap_or(default)
}

/// A list; empty if it is none.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The texts of a list.
pub fn texts(value: &Value, path: &str) -> Vec<String> {
    list(value, path).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The members of an object; empty if it is none.
pub fn members<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    at(value, path).as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// A text, or a number as text: documents write identifiers both ways.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Sets the value at a dotted path, making objects on the way.
pub fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = object.entry(key.to_owned()).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Puts the members of `over` over those of `under`, objects member by member.
pub fn overlay(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            let mut out = under.clone();
            for (key, value) in over {
                let merged = overlay(out.get(key).unwrap_or(&Value::Null), value);
                out.insert(key.clone(), merged);
            }
            Value::Object(out)
        }
        (under, Value::Null) => under.clone(),
        (_, over) => over.clone(),
    }
}
