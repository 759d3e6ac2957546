//! The queries of the public PromQL compliance tester: `../shared/promql-compliance` beside the checkout. Each stands there as a template;
//! what its fields stand for is the tester's lists, shortened where every value asks the same.

use std::path::{Path, PathBuf};

/// What a field of a template stands for.
const FIELDS: [(&str, &[&str]); 13] = [
    ("range", &["1s", "15s", "1m", "5m", "15m", "1h"]),
    ("offset", &["1m", "5m", "10m"]),
    ("arithBinOp", &["+", "-", "*", "/", "%", "^"]),
    ("compBinOp", &["==", "!=", "<", ">", "<=", ">="]),
    ("binOp", &["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">="]),
    ("simpleAggrOp", &["sum", "avg", "max", "min", "count", "stddev", "stdvar"]),
    ("topBottomOp", &["topk", "bottomk"]),
    ("quantile", &["-0.5", "0.1", "0.5", "0.75", "0.95", "0.99", "1", "1.5"]),
    ("simpleMathFunc", &["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round"]),
    ("extrapolatedRateFunc", &["delta", "rate", "increase"]),
    ("clampFunc", &["clamp_min", "clamp_max"]),
    ("instantRateFunc", &["idelta", "irate"]),
    ("dateFunc", &["day_of_month", "day_of_week", "days_in_month", "hour", "minute", "month", "year"]),
];
/// As [`FIELDS`]; a list of its own for its length.
const OVER_TIME: (&str, &[&str]) = (
    "simpleTimeAggrOp",
    &["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last", "present"],
);

/// Parts of queries that Prometheus 2.42 answers differently from 3.14 on purpose.
const LEFT_OUT: [(&str, &str); 1] = [("\"~invalid\"", "since 3.0 any text may name a label")];

fn file() -> Option<PathBuf> {
    let shared = match std::env::var_os("CONFORMANCE_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    Some(shared.join("promql-compliance/promql-test-queries.yml")).filter(|path| path.is_file())
}

/// All queries; none where there is no shared folder.
pub fn queries() -> Vec<String> {
    let Some(path) = file() else { return Vec::new() };
    let text = std::fs::read_to_string(path).unwrap();
    let templates = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let value = line.strip_prefix("- ").unwrap_or(line).strip_prefix("query:")?.trim();
        Some(unquoted(value))
    });
    let mut all = Vec::new();
    for template in templates {
        if !LEFT_OUT.iter().any(|(part, _reason)| template.contains(part)) {
            fill(template, &mut all);
        }
    }
    assert!(all.len() > 500, "only {} queries", all.len());
    all
}

fn unquoted(yaml: &str) -> String {
    match (yaml.strip_prefix('\'').and_then(|y| y.strip_suffix('\'')), yaml.strip_prefix('"')) {
        (Some(text), _) => text.replace("''", "'"),
        (None, Some(text)) => text.trim_end_matches('"').to_owned(),
        (None, None) => yaml.to_owned(),
    }
}

/// Adds the template with each value of its first field in turn, and so on.
fn fill(template: String, all: &mut Vec<String>) {
    let Some((before, rest)) = template.split_once("{{.") else { return all.push(template) };
    let (field, _) = rest.split_once("}}").expect("a field ends");
    let whole = format!("{before}{{{{.{field}}}}}");
    let values = FIELDS.iter().chain([&OVER_TIME]).find(|(name, _)| *name == field);
    let (_, values) = values.unwrap_or_else(|| panic!("unknown field {field}"));
    for value in *values {
        fill(template.replacen(&whole, &format!("{before}{value}"), 1), all);
    }
}
