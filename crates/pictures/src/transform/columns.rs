//! Which columns there are, in which order, under which names and of which type.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{remade, shown};
use crate::field::pattern::Pattern;
use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{at, list, members, text, texts};

/// `organize`: leaves out, orders, renames.
pub fn organize(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let switched = |key: &str| -> Vec<String> {
        members(options, key)
            .filter(|(_, on)| on.as_bool() == Some(true))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    let (without, only) = (switched("excludeByName"), switched("includeByName"));
    let order: BTreeMap<&str, f64> =
        members(options, "indexByName").filter_map(|(name, at)| at.as_f64().map(|at| (name, at))).collect();
    let mut out = Vec::with_capacity(frames.len());
    for frame in frames {
        let mut fields: Vec<(String, Field)> =
            frame.fields.iter().map(|field| (shown(field, frame, frames), field.clone())).collect();
        let named = |names: &[String], title: &str, field: &Field| {
            names.iter().any(|n| n == title || *n == field.name)
        };
        fields.retain(|(title, field)| {
            !named(&without, title, field) && (only.is_empty() || named(&only, title, field))
        });
        let place = |title: &str| order.get(title).copied().unwrap_or(f64::MAX);
        fields.sort_by(|a, b| place(&a.0).total_cmp(&place(&b.0)));
        for (title, field) in &mut fields {
            let renamed =
                at(options, "renameByName").get(title.as_str()).and_then(Value::as_str).unwrap_or("");
            if !renamed.is_empty() {
                field.config.insert("displayName".to_owned(), renamed.into());
            }
        }
        out.push(remade(frame, fields.into_iter().map(|(_, field)| field).collect()));
    }
    out
}

/// `filterFieldsByName`: keeps and leaves out by names and patterns.
pub fn filter_by_name(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let chosen = |part: &Value, title: &str, field: &Field| -> Option<bool> {
        let (names, pattern) = (texts(part, "names"), text(part, "pattern"));
        if names.is_empty() && pattern.is_empty() {
            return None;
        }
        let by_name = names.iter().any(|name| name == title || *name == field.name);
        Some(by_name || !pattern.is_empty() && Pattern::new(pattern).is_some_and(|p| p.is_match(title)))
    };
    let kept = |frame: &Frame| {
        let fields = frame.fields.iter().filter(|field| {
            let title = shown(field, frame, frames);
            chosen(at(options, "include"), &title, field) != Some(false)
                && chosen(at(options, "exclude"), &title, field) != Some(true)
        });
        remade(frame, fields.cloned().collect())
    };
    frames.iter().map(kept).filter(|frame| !frame.fields.is_empty()).collect()
}

/// `renameByRegex`.
pub fn rename_by_regex(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let written = text(options, "regex");
    let Some(pattern) = Pattern::new(written) else { return frames.to_vec() };
    let all = written.starts_with('/') && written.rsplit('/').next().is_some_and(|flags| flags.contains('g'));
    let renamed = |frame: &Frame| {
        let fields = frame.fields.iter().map(|field| {
            let mut field = field.clone();
            let title = shown(&field, frame, frames);
            let title = pattern.replace(&title, text(options, "renamePattern"), all);
            field.config.insert("displayName".to_owned(), title.into());
            field
        });
        remade(frame, fields.collect())
    };
    frames.iter().map(renamed).collect()
}

/// `convertFieldType`: values of named fields become numbers, texts, instants.
pub fn convert(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let wanted: BTreeMap<&str, &str> = list(options, "conversions")
        .iter()
        .map(|c| (text(c, "targetField"), text(c, "destinationType")))
        .collect();
    let converted = |frame: &Frame| {
        let fields = frame.fields.iter().map(|field| {
            let title = shown(field, frame, frames);
            let kind = wanted.get(title.as_str()).or_else(|| wanted.get(field.name.as_str()));
            let (kind, cell): (Kind, fn(&Cell) -> Cell) = match kind.copied().unwrap_or("") {
                "number" => (Kind::Number, number),
                "string" => (Kind::Text, |cell| Cell::Text(cell.plain())),
                "time" => (Kind::Time, instant),
                "boolean" => {
                    (Kind::Bool, |cell| Cell::Bool(!matches!(cell.plain().as_str(), "" | "0" | "false")))
                }
                _keep => return field.clone(),
            };
            Field { kind, values: field.values.iter().map(cell).collect(), ..field.clone() }
        });
        remade(frame, fields.collect())
    };
    frames.iter().map(converted).collect()
}

fn number(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) => text.trim().parse().map_or(Cell::Null, Cell::Number),
        other => other.number().map_or(Cell::Null, Cell::Number),
    }
}

fn instant(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) => match text.trim().parse::<jiff::Timestamp>() {
            Ok(at) => Cell::Number(at.as_millisecond() as f64),
            Err(_) => number(cell),
        },
        other => other.clone(),
    }
}
