//! Transformations between queries and drawing: the ones that dashboards use most.
//!
//! Behaviour is that of `@grafana/data`. One that is not known here leaves the data as it is and is named in the result, so that a
//! picture says what it does not show.

mod calculate;
mod columns;
mod group;
mod join;
mod reshape;
mod rows;

use serde_json::Value;

pub use rows::order;

use crate::field::name;
use crate::frame::{Field, Frame};
use crate::json::{at, flag, text};

/// Most cells that a transformation may make.
pub const CELLS_MAX: usize = 4_000_000;

/// Applies transformations in order; the second part names those that could not be.
pub fn apply(
    frames: Vec<Frame>,
    steps: &[Value],
    fill: &dyn Fn(&str) -> String,
) -> (Vec<Frame>, Vec<String>) {
    let mut problems = Vec::new();
    let mut frames = frames;
    for step in steps.iter().filter(|step| !flag(step, "disabled")) {
        let options = filled(at(step, "options"), fill);
        let id = text(step, "id");
        match one(id, &frames, &options) {
            Some(made) if made.iter().map(|f| f.rows() * f.fields.len()).sum::<usize>() <= CELLS_MAX => {
                frames = made
            }
            Some(_) => problems.push(format!("{id}: too many values")),
            None => problems.push(id.to_owned()),
        }
    }
    (frames, problems)
}

fn one(id: &str, frames: &[Frame], options: &Value) -> Option<Vec<Frame>> {
    Some(match id {
        "organize" => columns::organize(frames, options),
        "filterFieldsByName" => columns::filter_by_name(frames, options),
        "renameByRegex" => columns::rename_by_regex(frames, options),
        "convertFieldType" => columns::convert(frames, options),
        "merge" => join::merge(frames),
        "joinByField" | "seriesToColumns" => join::by_field(frames, options),
        "joinByLabels" => join::by_labels(frames, options),
        "groupBy" => group::group_by(frames, options),
        "groupingToMatrix" => group::matrix(frames, options),
        "reduce" => group::reduce(frames, options),
        "calculateField" => calculate::calculate(frames, options)?,
        "filterByRefId" => rows::by_query(frames, options),
        "filterByValue" => rows::by_value(frames, options),
        "sortBy" => rows::sort_by(frames, options),
        "limit" => rows::limit(frames, options),
        "labelsToFields" => reshape::labels_to_fields(frames, options),
        "seriesToRows" => reshape::series_to_rows(frames),
        "rowsToFields" => reshape::rows_to_fields(frames, options),
        "partitionByValues" => reshape::partition(frames, options),
        "extractFields" => reshape::extract(frames, options)?,
        "prepareTimeSeries" if text(options, "format") != "long" => frames.to_vec(),
        _unknown => return None,
    })
}

fn filled(value: &Value, fill: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) if text.contains('$') || text.contains("[[") => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect()
        }
        other => other.clone(),
    }
}

/// The shown name of a field, which options go by.
fn shown(field: &Field, frame: &Frame, all: &[Frame]) -> String {
    name::plain(field, frame, all)
}

/// A frame of the same origin with other fields.
fn remade(frame: &Frame, fields: Vec<Field>) -> Frame {
    Frame { fields, ..frame.clone_shell() }
}

impl Frame {
    fn clone_shell(&self) -> Frame {
        Frame {
            ref_id: self.ref_id.clone(),
            name: self.name.clone(),
            fields: Vec::new(),
            heatmap: self.heatmap,
        }
    }
}

#[cfg(test)]
mod tests;
