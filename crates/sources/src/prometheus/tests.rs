//! Prometheus: parameters, frames.

use serde_json::{Map, Value, json};

use super::frames::{frames, legend};
use super::request::{Kind, Query};
use crate::frame::Frame;

fn written(frames: Vec<Frame>) -> Value {
    frames.into_iter().map(Frame::into_json).collect::<Vec<_>>().into()
}

fn query(value: Value) -> Query {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_range_becomes_a_frame_a_series() {
    let q = query(json!({"refId": "A", "expr": "up", "legendFormat": "{{ job }} is {{nothing}}{{"}));
    let answer = json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {"__name__": "up", "job": "node"}, "values": [[1.5, "1"], [2, "NaN"], [3, "+Inf"], [4, "-Inf"]]},
    ]}});
    let frames = frames(&q, Kind::Range, 1000, "up", &answer).unwrap();
    let want = json!([{
        "schema": {
            "refId": "A", "name": "node is {{",
            "meta": {"type": "timeseries-multi", "typeVersion": [0, 1], "custom": {"resultType": "matrix"},
                     "executedQueryString": "Expr: up\nStep: 1s"},
            "fields": [
                {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}, "config": {"interval": 1000}},
                {"name": "up", "type": "number", "typeInfo": {"frame": "float64"},
                 "labels": {"__name__": "up", "job": "node"}, "config": {"displayNameFromDS": "node is {{"}},
            ],
        },
        "data": {"values": [[1500, 2000, 3000, 4000], [1.0, null, null, null]],
                 "entities": [null, {"NaN": [1], "Inf": [2], "NegInf": [3]}]},
    }]);
    assert_eq!(written(frames), want);
}

#[test]
fn a_table_has_a_column_a_label() {
    let q = query(json!({"refId": "B", "format": "table", "instant": true}));
    assert_eq!(q.kinds(), [Kind::Instant]);
    let answer = json!({"status": "success", "warnings": ["w"], "data": {"resultType": "vector", "result": [
        {"metric": {"a": "1"}, "value": [5, "7"]}, {"metric": {"b": "2"}, "value": [5, "8"]},
    ]}});
    let frames = written(frames(&q, Kind::Instant, 0, "x", &answer).unwrap());
    assert_eq!(frames[0]["data"]["values"], json!([[5000, 5000], ["1", ""], ["", "2"], [7.0, 8.0]]));
    assert_eq!(frames[0]["schema"]["meta"]["notices"], json!([{"severity": "warning", "text": "w"}]));
}

#[test]
fn exemplars_and_scalars_are_frames_too() {
    let answer = json!({"status": "success", "data": [
        {"seriesLabels": {"job": "a"}, "exemplars": [{"labels": {"traceID": "t"}, "value": "2", "timestamp": 1}]},
    ]});
    let frame = frames(&Query::default(), Kind::Exemplars, 0, "", &answer).unwrap().remove(0).into_json();
    assert_eq!(frame["data"]["values"], json!([[1000], [2.0], ["a"], ["t"]]));
    let answer = json!({"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}});
    let frame = frames(&Query::default(), Kind::Instant, 0, "", &answer).unwrap().remove(0).into_json();
    assert_eq!(frame["data"]["values"], json!([[1000], [3.0]]));
}

#[test]
fn errors_are_the_data_sources() {
    let answer = json!({"status": "error", "errorType": "bad_data", "error": "parse error"});
    let error = frames(&Query::default(), Kind::Range, 1, "", &answer).unwrap_err().to_string();
    assert_eq!(error, "bad_data: parse error");
    assert!(frames(&Query::default(), Kind::Range, 1, "", &json!([])).is_err());
}

#[test]
fn steps_and_variables_follow_the_panel() {
    let hour = 3_600_000;
    let cases = [
        (json!({"intervalMs": 30000}), hour, "", 30_000),
        (json!({"intervalMs": 1000}), hour, "", 15_000),
        (json!({"intervalMs": 1000}), hour, "5s", 5_000),
        (json!({"intervalMs": 1000, "interval": "1m"}), hour, "5s", 60_000),
        (json!({"intervalMs": 1000, "interval": "10s", "intervalFactor": 2}), hour, "", 20_000),
        (json!({"maxDataPoints": 60}), hour, "", 60_000),
        (json!({"intervalMs": 1000, "interval": "1s"}), 24 * hour, "", 8_000),
    ];
    for (value, range, source, want) in cases {
        assert_eq!(query(value.clone()).step_ms(0, range, source), want, "{value}");
    }
    let q = query(
        json!({"expr": "rate(x[$__rate_interval]) + $__interval_ms + $__range_s + x[${__range}] $__interval $__to"}),
    );
    let text = q.expanded((0, hour), 30_000, "15s");
    assert_eq!(text, "rate(x[60s]) + 30000 + 3600 + x[3600s] 30s 3600000");
    let p = q.parameters(Kind::Range, (1_234, 65_000), 10_000, "");
    assert_eq!(&p[1..], [("start", "0".into()), ("end", "60".into()), ("step", "10".into())]);
}

mod any_input {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn steps_of_any_size_end_somewhere(
            from in -8_000_000_000_000i64..8_000_000_000_000, to in -8_000_000_000_000i64..8_000_000_000_000, ms in any::<f64>(),
            points in any::<f64>(), factor in any::<i64>(), interval in "[0-9]{0,18}(ms|s|m|h|d|w|y)?",
        ) {
            let query = Query {
                expr: "$__rate_interval ${__range_s} $__interval".into(),
                interval_ms: Some(ms),
                max_data_points: Some(points),
                interval_factor: factor,
                interval: interval.clone(),
                ..Query::default()
            };
            let step = query.step_ms(from, to, &interval);
            prop_assert!(step >= 1);
            prop_assert!((to - from) / step <= 11_000);
            for kind in [Kind::Range, Kind::Instant, Kind::Exemplars] {
                query.parameters(kind, (from, to), step, &interval);
            }
        }

        #[test]
        fn answers_of_any_kind_end_somewhere(text in "\\PC{0,40}") {
            legend(&format!("{{{{{text}}}}}{text}"), &Map::new());
            let answer = json!({"status": "success", "data": {"resultType": text, "result": [{"values": [[text]], "value": text}]}});
            for kind in [Kind::Range, Kind::Instant, Kind::Exemplars] {
                frames(&Query::default(), kind, 1, &text, &answer).ok();
            }
        }
    }
}
