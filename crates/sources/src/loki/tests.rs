//! Loki: parameters, and the answers that its documentation shows.

use serde_json::{Value, json};

use super::{Wanted, frames::frames};
use crate::interval::Step;
use crate::kind::{Query, Source};

fn wanted(fields: Value) -> Wanted {
    let query = Query { fields: fields.as_object().unwrap().clone(), ..Query::default() };
    query.read("Loki").unwrap()
}

#[test]
fn a_query_becomes_a_request() {
    let step = Step { from_ms: 1_000, to_ms: 3_601_000, ms: 15_000 };
    let source = Source::default();
    let limited =
        Source { options: json!({"maxLines": "50"}).as_object().unwrap().clone(), ..Source::default() };
    let range = "limit=1000 start=1000000000 end=3601000000000";
    let cases = [
        (
            &source,
            json!({"expr": "{a=\"b\"}"}),
            "query_range",
            format!("direction=backward {range} step=15s"),
        ),
        (
            &source,
            json!({"expr": "x", "direction": "scan", "step": "1m"}),
            "query_range",
            format!("direction=forward {range} step=60s"),
        ),
        (
            &source,
            json!({"expr": "x", "resolution": 2}),
            "query_range",
            format!("direction=backward {range} step=30s"),
        ),
        (
            &limited,
            json!({"expr": "x", "queryType": "instant"}),
            "query",
            "direction=backward limit=50 time=3601000000000".into(),
        ),
        (
            &limited,
            json!({"expr": "x", "instant": true, "maxLines": 7}),
            "query",
            "direction=backward limit=7 time=3601000000000".into(),
        ),
        (
            &source,
            json!({"expr": "x", "instant": true, "maxLines": 9e9 as i64}),
            "query",
            "direction=backward limit=50000 time=3601000000000".into(),
        ),
    ];
    for (source, fields, path, want) in cases {
        let wanted = wanted(fields.clone());
        let (asked, parameters) = wanted.ask(source, wanted.step(step));
        let told: Vec<_> = parameters[1..].iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!((asked, told.join(" ")), (format!("loki/api/v1/{path}").as_str(), want), "{fields}");
    }
    let filled = wanted(json!({"expr": "rate({a=\"b\"}[$__auto]) $__range_s $__interval"}));
    assert_eq!(filled.ask(&source, step).1[0].1, "rate({a=\"b\"}[15s]) 3600 15s");
}

#[test]
fn streams_become_lines_newest_first() {
    let answer = json!({"status": "success", "data": {"resultType": "streams", "result": [
        {"stream": {"filename": "/var/log/myproject.log", "job": "varlogs"},
         "values": [["1569266497240578000", "foo"], ["1569266492548155000", "bar"]]},
        {"stream": {"job": "other"}, "values": [["1569266495000000000", "한글"], ["1569266495000000000", "twin"]]},
    ], "stats": {"summary": {"totalBytesProcessed": 5}}}});
    let frame = frames("A", "", "x", &answer).unwrap().remove(0).into_json();
    let values = frame["data"]["values"].as_array().unwrap();
    assert_eq!(values[2], json!(["foo", "한글", "twin", "bar"]));
    assert_eq!(
        values[1],
        json!([1_569_266_497_240i64, 1_569_266_495_000i64, 1_569_266_495_000i64, 1_569_266_492_548i64])
    );
    assert_eq!(values[3][0], "1569266497240578000");
    assert_eq!(values[0][1], json!({"job": "other"}));
    assert_ne!(values[4][1], values[4][2], "lines of one nanosecond are told apart");
    assert_eq!(frame["schema"]["meta"]["type"], "log-lines");
    assert_eq!(frame["schema"]["meta"]["stats"][0]["value"], 5);
}

#[test]
fn metrics_become_series() {
    let answer = json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {"level": "info"}, "values": [[1588889221, "137.95"], [1588889236.5, "NaN"]]},
    ]}});
    let frame = frames("A", "level {{level}}", "x", &answer).unwrap().remove(0).into_json();
    assert_eq!(frame["schema"]["fields"][1]["config"]["displayNameFromDS"], "level info");
    assert_eq!(
        frame["data"]["values"],
        json!([[1_588_889_221_000i64, 1_588_889_236_500i64], [137.95, null]])
    );
    let answer = json!({"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}});
    let frame = frames("A", "", "x", &answer).unwrap().remove(0).into_json();
    assert_eq!(frame["schema"]["meta"]["type"], "numeric-multi");
    assert_eq!(frame["data"]["values"], json!([[1000], [2.0]]));
}

#[test]
fn other_answers_are_errors() {
    for odd in [json!({}), json!([]), json!({"data": {"resultType": "matrices"}})] {
        assert!(frames("A", "", "", &odd).is_err(), "{odd}");
    }
    let no_time =
        json!({"data": {"resultType": "streams", "result": [{"stream": {}, "values": [["soon", "x"]]}]}});
    assert!(frames("A", "", "", &no_time).unwrap_err().to_string().contains("\"soon\""));
}
