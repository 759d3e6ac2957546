//! Expressions over frames.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Known, math, run};
use crate::SourceError;
use crate::frame::{Field, Frame};
use crate::kind::Query;

fn labels(host: &str) -> serde_json::Map<String, Value> {
    json!({"host": host}).as_object().unwrap().clone()
}

fn series(ref_id: &str, host: &str, values: &[Option<f64>]) -> Frame {
    let times = (0..values.len() as i64).map(|i| i * 10_000).collect();
    let value = Field::numbers("Value", values.to_vec()).with_labels(labels(host));
    Frame::new(ref_id, "timeseries-multi", "", vec![Field::times("Time", times), value])
}

fn known() -> Known {
    let a = vec![
        series("A", "x", &[Some(1.0), Some(2.0), None]),
        series("A", "y", &[Some(4.0), Some(6.0), Some(8.0)]),
    ];
    let b = vec![series("B", "y", &[Some(2.0), Some(3.0)])];
    let number = Frame::new(
        "N",
        "table",
        "",
        vec![
            Field::texts("host", vec!["x".to_owned(), "y".to_owned()]),
            Field::numbers("v", vec![Some(10.0), Some(20.0)]),
        ],
    );
    let failed = Err(SourceError::Refused("no such table".to_owned()));
    Known::from([
        ("A".to_owned(), Ok(a)),
        ("B".to_owned(), Ok(b)),
        ("N".to_owned(), Ok(vec![number])),
        ("E".to_owned(), Ok(vec![])),
        ("F".to_owned(), failed),
    ])
}

fn ask(fields: Value) -> Result<Value, String> {
    let query = Query {
        ref_id: "Z".to_owned(),
        fields: fields.as_object().unwrap().clone(),
        from_ms: 0,
        to_ms: 30_000,
    };
    let mut known = known();
    run(&[&query], &mut known);
    let frames = known.remove("Z").unwrap().map_err(|e| e.to_string())?;
    let told = frames.into_iter().map(|frame| {
        let frame = frame.into_json();
        let field = frame["schema"]["fields"].as_array().unwrap().last().unwrap().clone();
        let host = field["labels"]["host"].as_str().unwrap_or("").to_owned();
        json!([host, frame["data"]["values"].as_array().unwrap().last().unwrap()])
    });
    Ok(told.collect())
}

#[test]
fn math_is_computed_over_numbers_and_series() {
    let cases = [
        ("1 + 2 * 3 ** 2 - 4 / 2 % 3", json!([["", [17.0]]])),
        ("-(2 - 3) * 1.5e1", json!([["", [15.0]]])),
        ("2 ** 3 ** 0", json!([["", [2.0]]])),
        ("1 < 2 && 2 >= 2 || 0", json!([["", [1.0]]])),
        ("!1 == 0", json!([["", [1.0]]])),
        ("$A * 2", json!([["x", [2.0, 4.0, null]], ["y", [8.0, 12.0, 16.0]]])),
        ("$A / $B", json!([["y", [2.0, 2.0]]])),
        ("${A} + $N", json!([["x", [11.0, 12.0, null]], ["y", [24.0, 26.0, 28.0]]])),
        ("$N - $N", json!([["x", [0.0]], ["y", [0.0]]])),
        ("abs(-$N) + floor(1.9) + ceil(0.1) + round(0.5)", json!([["x", [13.0]], ["y", [23.0]]])),
        ("is_null($A)", json!([["x", [0.0, 0.0, 1.0]], ["y", [0.0, 0.0, 0.0]]])),
        ("is_nan(nan()) + is_inf(infn()) + is_number(1) + is_null(null())", json!([["", [4.0]]])),
        ("$E * 2", json!([])),
    ];
    for (text, want) in cases {
        assert_eq!(ask(json!({"type": "math", "expression": text})), Ok(want), "{text}");
    }
}

#[test]
fn series_are_reduced_resampled_and_compared() {
    let reduce = |reducer: &str, mode: &str| json!({"type": "reduce", "expression": "A", "reducer": reducer, "settings": {"mode": mode, "replaceWithValue": 9}});
    let resample = |up: &str, window: &str| json!({"type": "resample", "expression": "$B", "window": window, "downsampler": "sum", "upsampler": up});
    let threshold = |kind: &str, params: Value| json!({"type": "threshold", "expression": "N", "conditions": [{"evaluator": {"type": kind, "params": params}}]});
    let cases = [
        (reduce("sum", "dropNN"), json!([["x", [3.0]], ["y", [18.0]]])),
        (reduce("mean", ""), json!([["x", [null]], ["y", [6.0]]])),
        (reduce("max", "replaceNN"), json!([["x", [9.0]], ["y", [8.0]]])),
        (reduce("min", "dropNN"), json!([["x", [1.0]], ["y", [4.0]]])),
        (reduce("count", ""), json!([["x", [3.0]], ["y", [3.0]]])),
        (reduce("last", "dropNN"), json!([["x", [2.0]], ["y", [8.0]]])),
        (reduce("median", "dropNN"), json!([["x", [1.5]], ["y", [6.0]]])),
        (resample("pad", "10s"), json!([["y", [2.0, 3.0, 3.0, 3.0]]])),
        (resample("fillna", "5s"), json!([["y", [2.0, null, 3.0, null, null, null, null]]])),
        (resample("backfilling", "5s"), json!([["y", [2.0, 3.0, 3.0, null, null, null, null]]])),
        (resample("fillna", "20s"), json!([["y", [2.0, 3.0]]])),
        (threshold("gt", json!([10])), json!([["x", [0.0]], ["y", [1.0]]])),
        (threshold("within_range", json!([5, 15])), json!([["x", [1.0]], ["y", [0.0]]])),
        (threshold("outside_range", json!([5, 15])), json!([["x", [0.0]], ["y", [1.0]]])),
    ];
    for (fields, want) in cases {
        assert_eq!(ask(fields.clone()), Ok(want), "{fields}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        (
            json!({"type": "math", "expression": "1 +"}),
            "math expression: expected a value at character 4, found \"\"",
        ),
        (
            json!({"type": "math", "expression": "(1"}),
            "math expression: expected ) at character 3, found \"\"",
        ),
        (
            json!({"type": "math", "expression": "1 2"}),
            "math expression: expected an operator at character 3, found \"2\"",
        ),
        (json!({"type": "math", "expression": "$Q"}), "expression Z needs \"Q\", and no query is called so"),
        (json!({"type": "math", "expression": "$F"}), "expression Z needs F, which failed: no such table"),
        (json!({"type": "math", "expression": "$Z"}), "expression Z needs itself, in a circle"),
        (
            json!({"type": "reduce", "expression": "A", "reducer": "avg"}),
            "reducer \"avg\" is not known: use one of sum, mean, min, max, count, last, median",
        ),
        (
            json!({"type": "resample", "expression": "A", "window": "x"}),
            "resample window \"x\" is no interval, such as 30s",
        ),
        (json!({"type": "threshold", "expression": "A"}), "threshold needs conditions[0].evaluator"),
        (
            json!({"type": "sql", "expression": "A"}),
            "expressions of type \"sql\" are not known; known are math, reduce, resample and threshold",
        ),
    ];
    for (fields, want) in cases {
        assert_eq!(ask(fields.clone()), Err(want.to_owned()), "{fields}");
    }
}

#[test]
fn expressions_run_in_the_order_they_need() {
    let query = |ref_id: &str, expression: &str| Query {
        ref_id: ref_id.to_owned(),
        fields: json!({"type": "math", "expression": expression}).as_object().unwrap().clone(),
        ..Query::default()
    };
    let (last, first) = (query("Y", "$Z + 1"), query("Z", "1 + 1"));
    let mut known = Known::new();
    run(&[&last, &first], &mut known);
    let frame = known.remove("Y").unwrap().unwrap().remove(0).into_json();
    assert_eq!(frame["data"]["values"], json!([[3.0]]));
}

proptest! {
    #[test]
    fn expressions_of_any_text_end_somewhere(text in "[-$A(){}!*/+<>=&|0-9.e abs]{0,60}", odd in "\\PC{0,30}", deep in 0usize..3000) {
        for text in [text, odd, "(".repeat(deep), "-".repeat(deep)] {
            math::variables(&text);
            ask(json!({"type": "math", "expression": text})).ok();
        }
    }
}
