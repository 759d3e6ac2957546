//! `threshold`: 1 where a condition holds, else 0.

use serde_json::Value;

use super::data::Data;
use crate::error::SourceError;
use crate::kind::Query;

/// Compares all values.
///
/// # Errors
/// A condition that is missing, not known, or lacks its numbers.
pub fn run(query: &Query, data: Data) -> Result<Data, SourceError> {
    let evaluator = query.fields.get("conditions").and_then(|c| c.pointer("/0/evaluator")).cloned();
    let evaluator =
        evaluator.ok_or_else(|| SourceError::Query("threshold needs conditions[0].evaluator".to_owned()))?;
    let kind = evaluator["type"].as_str().unwrap_or("").to_owned();
    let numbers: Vec<f64> =
        evaluator["params"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let needed = match kind.as_str() {
        "gt" | "lt" | "eq" | "ne" | "gte" | "lte" => 1,
        "within_range" | "outside_range" | "within_range_included" | "outside_range_included" => 2,
        other => return Err(SourceError::Query(format!("threshold {other:?} is not known"))),
    };
    if numbers.len() < needed {
        return Err(SourceError::Query(format!(
            "threshold {kind:?} needs {needed} numbers, and has {}",
            numbers.len()
        )));
    }
    let a = numbers[0];
    let b = numbers.get(1).copied().unwrap_or(a);
    let holds = move |value: f64| match kind.as_str() {
        "gt" => value > a,
        "lt" => value < a,
        "eq" => value == a,
        "ne" => value != a,
        "gte" => value >= a,
        "lte" => value <= a,
        "within_range" => value > a && value < b,
        "within_range_included" => value >= a && value <= b,
        "outside_range" => value < a || value > b,
        _outside_included => value <= a || value >= b,
    };
    Ok(data.map(|value| value.map(|value| if holds(value) { 1.0 } else { 0.0 })))
}
