//! A dashboard's document: what of it the server reads.

use serde_json::{Map, Value};

use crate::error::{DashboardError, Result};

/// A dashboard's JSON object.
pub type Document = Map<String, Value>;

/// Longest title, in characters, and most tags.
const TITLE_CHARS_MAX: usize = 5_000;
const TAGS_MAX: usize = 1_000;

/// What of a document the server knows its dashboard by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its title, trimmed.
    pub title: String,
    /// Its tags, each once.
    pub tags: Vec<String>,
    /// Its schema.
    pub schema_version: i64,
}

/// Reads what the server knows a dashboard by.
///
/// # Errors
/// No title, or more than anybody means.
pub fn summary(document: &Document) -> Result<Summary> {
    let title = text(document, "title").trim();
    if title.is_empty() {
        return Err(DashboardError::Invalid("Dashboard title cannot be empty".to_owned()));
    }
    if title.chars().count() > TITLE_CHARS_MAX {
        let reason = format!("Dashboard title cannot contain more than {TITLE_CHARS_MAX} characters");
        return Err(DashboardError::Invalid(reason));
    }
    let mut tags: Vec<String> = Vec::new();
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        if let Some(tag) = tag.as_str().filter(|t| !t.is_empty())
            && !tags.iter().any(|known| known == tag)
        {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > TAGS_MAX {
        return Err(DashboardError::Invalid(format!("Dashboard has more than {TAGS_MAX} tags")));
    }
    Ok(Summary { title: title.to_owned(), tags, schema_version: number(document, "schemaVersion") })
}

/// Returns a field as text; empty if it is missing or something else.
pub fn text<'a>(document: &'a Document, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_str).unwrap_or("")
}

/// Returns a field as a number; 0 if it is missing or something else.
pub fn number(document: &Document, name: &str) -> i64 {
    document.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// Writes the fields that are the server's.
pub fn stamp(document: &mut Document, id: i64, uid: &str, version: i64) {
    document.insert("id".to_owned(), id.into());
    document.insert("uid".to_owned(), uid.into());
    document.insert("version".to_owned(), version.into());
}
