//! What a field is called when nothing is written.

use std::collections::BTreeMap;

use crate::frame::{Field, Frame, Kind};
use crate::json::text;

/// The shown name of a field among all frames: the written one, the data source's, or one made of frame, field and labels.
pub fn of(field: &Field, frame: &Frame, all: &[Frame], written: &str) -> String {
    if !written.is_empty() {
        return written.to_owned();
    }
    let from_source = field.config.get("displayNameFromDS").and_then(|name| name.as_str()).unwrap_or("");
    if !from_source.is_empty() {
        return from_source.to_owned();
    }
    if field.kind == Kind::Time && field.labels.is_empty() {
        return if field.name.is_empty() { "Time".to_owned() } else { field.name.clone() };
    }
    let mut parts: Vec<String> = Vec::new();
    let names_differ = all.windows(2).any(|pair| pair[0].name != pair[1].name);
    let mut said = false;
    if names_differ && !frame.name.is_empty() {
        parts.push(frame.name.clone());
        said = true;
    }
    if !field.name.is_empty() && field.name != "Value" {
        parts.push(field.name.clone());
    }
    if !field.labels.is_empty() {
        let label = match single_label(all) {
            Some(label) => field.labels.get(label).cloned().unwrap_or_default(),
            None => label_text(&field.labels),
        };
        if !label.is_empty() {
            parts.push(label);
            said = true;
        }
    }
    if !said && field.name == "Value" && !frame.name.is_empty() {
        parts.push(frame.name.clone());
    }
    let name = match parts.is_empty() {
        false => parts.join(" "),
        true if field.name.is_empty() => "Value".to_owned(),
        true => field.name.clone(),
    };
    if name == field.name { numbered(field, frame) } else { name }
}

/// The one label that all fields have, if they have no other.
fn single_label(all: &[Frame]) -> Option<&str> {
    let mut labels = all.iter().flat_map(|frame| &frame.fields).flat_map(|field| field.labels.keys());
    let first = labels.next()?;
    labels.all(|label| label == first).then_some(first.as_str())
}

fn label_text(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .map(|(label, value)| format!("{label}=\"{value}\""))
        .collect();
    let name = labels.get("__name__").map(String::as_str).unwrap_or_default();
    if pairs.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", pairs.join(", ")) }
}

/// Fields of one name are numbered from 1.
fn numbered(field: &Field, frame: &Frame) -> String {
    let same: Vec<&Field> = frame.fields.iter().filter(|other| other.name == field.name).collect();
    match same.iter().position(|other| std::ptr::eq(*other, field)) {
        Some(place) if same.len() > 1 => format!("{} {}", field.name, place + 1),
        Some(_) | None => field.name.clone(),
    }
}

/// The name that a frame's field shows through its settings alone; for matchers, which see the data before field options.
pub fn plain(field: &Field, frame: &Frame, all: &[Frame]) -> String {
    let config = serde_json::Value::Object(field.config.clone());
    of(field, frame, all, text(&config, "displayName"))
}
