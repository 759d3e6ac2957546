//! What a query answered, and whether two answers say the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::Response;

/// Values may differ by this part of the larger one: sums are compensated in other orders and places.
const RELATIVE: f64 = 1e-9;
/// And by this much: what remains where nearly equal numbers were subtracted.
const ABSOLUTE: f64 = 1e-8;

/// An answer without what may differ: the order of series, texts of errors, warnings.
#[derive(Debug)]
pub enum Answer {
    /// `errorType`.
    Error(String, String),
    /// Points by labels. Scalars have no labels.
    Series(BTreeMap<String, Vec<(f64, f64)>>),
}

impl Answer {
    pub fn is_something(&self) -> bool {
        matches!(self, Answer::Series(series) if !series.is_empty())
    }
}

pub fn read(response: &Response) -> Answer {
    let json: Value = serde_json::from_slice(&response.body)
        .unwrap_or_else(|e| panic!("{e} in an answer: {}", String::from_utf8_lossy(&response.body)));
    if json["status"] != "success" {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        return Answer::Error(text("errorType"), text("error"));
    }
    let result = &json["data"]["result"];
    if json["data"]["resultType"] == "scalar" {
        return Answer::Series(BTreeMap::from([(String::new(), vec![point(result)])]));
    }
    let mut all = BTreeMap::new();
    for series in result.as_array().expect("a result is a list") {
        let labels: BTreeMap<_, _> =
            series["metric"].as_object().expect("labels are an object").iter().collect();
        let points = match series["values"].as_array() {
            Some(values) => values.iter().map(point).collect(),
            None => vec![point(&series["value"])],
        };
        let twice = all.insert(format!("{labels:?}"), points);
        assert!(twice.is_none(), "{labels:?} stands twice in an answer");
    }
    Answer::Series(all)
}

fn point(json: &Value) -> (f64, f64) {
    let value = match json[1].as_str().expect("a value is a string") {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text.parse().expect("a value is a number"),
    };
    (json[0].as_f64().expect("a time is a number"), value)
}

pub fn compare(theirs: &Answer, ours: &Answer) -> Result<(), String> {
    match (theirs, ours) {
        (Answer::Error(a, _), Answer::Error(b, _)) if a == b => Ok(()),
        (Answer::Series(a), Answer::Series(b)) => {
            let only = |x: &BTreeMap<String, _>, y: &BTreeMap<String, _>| {
                x.keys().find(|k| !y.contains_key(*k)).cloned()
            };
            if let Some(labels) = only(a, b) {
                return Err(format!("{} and {} series; only theirs: {labels}", a.len(), b.len()));
            }
            if let Some(labels) = only(b, a) {
                return Err(format!("{} and {} series; only ours: {labels}", a.len(), b.len()));
            }
            a.iter().zip(b.values()).try_for_each(|((labels, a), b)| {
                same_points(a, b).map_err(|difference| format!("{labels}: {difference}"))
            })
        }
        _ => Err(format!("{} and {}", brief(theirs), brief(ours))),
    }
}

fn brief(answer: &Answer) -> String {
    match answer {
        Answer::Error(kind, text) => format!("{kind}: {text}"),
        Answer::Series(series) => format!("{} series", series.len()),
    }
}

fn same_points(a: &[(f64, f64)], b: &[(f64, f64)]) -> Result<(), String> {
    if let Some((a, b)) = a.iter().zip(b).find(|(a, b)| a.0 != b.0 || !same(a.1, b.1)) {
        return Err(format!("{a:?} and {b:?}"));
    }
    if a.len() == b.len() { Ok(()) } else { Err(format!("{} and {} points", a.len(), b.len())) }
}

/// Tells whether two values are equal but for their last digits.
pub fn same(a: f64, b: f64) -> bool {
    a == b
        || (a.is_nan() && b.is_nan())
        || (a - b).abs() <= ABSOLUTE.max(RELATIVE * a.abs().max(b.abs())) && a.is_finite() && b.is_finite()
}
