//! InfluxDB in its three languages, with the answers that its documentation shows.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{flux, influxql, sql, with_login};
use crate::interval::Step;
use crate::kind::{Ask, Query, Source};
use crate::sql::macros::expand;

const STEP: Step = Step { from_ms: 1_000, to_ms: 61_000, ms: 10_000 };

fn wanted(fields: Value) -> influxql::Wanted {
    Query { fields: fields.as_object().unwrap().clone(), ..Query::default() }.read("InfluxDB").unwrap()
}

fn source(options: Value) -> Source {
    Source { options: options.as_object().unwrap().clone(), ..Source::default() }
}

#[test]
fn text_and_parts_become_influxql() {
    let range = "time >= 1000ms and time <= 61000ms";
    let cases = [
        (
            json!({"rawQuery": true, "query": "SELECT x FROM y WHERE $timeFilter GROUP BY time($__interval), time($interval) [$__interval_ms]"}),
            format!("SELECT x FROM y WHERE {range} GROUP BY time(10s), time(10s) [10000]"),
        ),
        (
            json!({"measurement": "cpu", "policy": "default", "resultFormat": "time_series", "orderByTime": "ASC",
                   "groupBy": [{"type": "time", "params": ["$__interval"]}, {"type": "tag", "params": ["host::tag"]}, {"type": "fill", "params": ["null"]}],
                   "select": [[{"type": "field", "params": ["value"]}, {"type": "mean", "params": []}, {"type": "math", "params": [" * 100"]}, {"type": "alias", "params": ["x"]}],
                              [{"type": "field", "params": ["v2"]}, {"type": "percentile", "params": [95]}]],
                   "tags": [{"key": "host", "operator": "=", "value": "a'b"}, {"key": "dc", "condition": "OR", "value": "/^eu/"}]}),
            format!(
                "SELECT mean(\"value\") * 100 AS \"x\", percentile(\"v2\", 95) FROM \"cpu\" WHERE (\"host\" = 'a\\'b' OR \"dc\" =~ /^eu/) AND {range} GROUP BY time(10s), \"host\" fill(null)"
            ),
        ),
        (
            json!({"measurement": "/cpu.*/", "policy": "weekly", "orderByTime": "DESC", "limit": "5", "slimit": 2, "tz": "Asia/Seoul",
                   "select": [[{"type": "field", "params": ["*"]}]]}),
            format!(
                "SELECT * FROM \"weekly\"./cpu.*/ WHERE {range} ORDER BY time DESC limit 5 slimit 2 tz('Asia/Seoul')"
            ),
        ),
    ];
    for (fields, want) in cases {
        assert_eq!(wanted(fields.clone()).text(STEP).unwrap(), want, "{fields}");
    }
    let odd = json!({"measurement": "m", "select": [[{"type": "x(); DROP", "params": []}]]});
    assert!(wanted(odd).text(STEP).unwrap_err().to_string().contains("x(); DROP"));
}

#[test]
fn influxql_answers_become_series() {
    let answer = json!({"results": [{"statement_id": 0, "series": [
        {"name": "cpu.load", "tags": {"host": "server1"}, "columns": ["time", "mean", "ok"], "values": [[1000, 0.5, true], [2000, null, false]]},
    ]}]});
    let name = |alias: &str| {
        let frames = influxql::frames("A", &wanted(json!({"alias": alias})), "q", &answer).unwrap();
        frames[0].name.clone()
    };
    let cases = [
        ("", "cpu.load.mean { host: server1 }"),
        ("$tag_host $m $col", "server1 cpu.load mean"),
        ("[[tag_host]]-[[measurement]]", "server1-cpu.load"),
        ("$0 of $1, $9 $ [[x", "cpu of load, $9 $ [[x"),
    ];
    for (alias, want) in cases {
        assert_eq!(name(alias), want, "{alias}");
    }
    let frames = influxql::frames("A", &wanted(json!({})), "q", &answer).unwrap();
    assert_eq!(frames.len(), 2);
    let first = frames[0].clone().into_json();
    assert_eq!(first["data"]["values"], json!([[1000, 2000], [0.5, null]]));
    assert_eq!(first["schema"]["fields"][1]["labels"], json!({"host": "server1"}));
    let table = influxql::frames("A", &wanted(json!({"resultFormat": "table"})), "q", &answer).unwrap();
    let table = table[0].clone().into_json();
    let want = json!([[1000, 2000], ["server1", "server1"], [0.5, null], [true, false]]);
    assert_eq!(table["data"]["values"], want);
}

#[test]
fn influxql_says_what_is_wrong() {
    let refused = json!({"results": [{"error": "database not found: x"}]});
    let error = influxql::frames("A", &wanted(json!({})), "q", &refused).unwrap_err();
    assert_eq!(error.to_string(), "InfluxDB returned error: database not found: x");
    assert!(influxql::frames("A", &wanted(json!({})), "q", &json!({})).is_err());
}

#[test]
fn listings_are_texts() {
    let answer = json!({"results": [{"series": [{"name": "measurements", "columns": ["name"], "values": [["cpu"], ["mem"]]}]}]});
    assert_eq!(influxql::strings(&answer), ["cpu", "mem"]);
    let answer = json!({"results": [{"series": [{"name": "cpu", "columns": ["key", "value"], "values": [["host", "b"], ["host", "a"]]}]}]});
    assert_eq!(influxql::strings(&answer), ["a", "b"]);
    assert_eq!(influxql::listing("fields", "a\"b", ""), Some("SHOW FIELD KEYS FROM \"a\\\"b\"".to_owned()));
    assert_eq!(influxql::listing("write", "", ""), None);
}

const CSV: &str =
    "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r
#group,false,false,true,true,false,false,true,true,true\r
#default,_result,,,,,,,,\r
,result,table,_start,_stop,_time,_value,_field,_measurement,host\r
,,0,2026-11-18T00:00:00Z,2026-11-18T01:00:00Z,2026-11-18T00:00:10Z,15.43,used_percent,mem,\"a, \"\"b\"\"\"\r
,,0,2026-11-18T00:00:00Z,2026-11-18T01:00:00Z,2026-11-18T00:00:20Z,+Inf,used_percent,mem,\"a, \"\"b\"\"\"\r
,,1,2026-11-18T00:00:00Z,2026-11-18T01:00:00Z,2026-11-18T00:00:10Z,,used_percent,mem,c\r
\r
#datatype,string,long,string,long\r
#group,false,false,false,false\r
#default,_result,,,\r
,result,table,name,n\r
,,0,bucket,3\r
";

#[test]
fn flux_tables_become_frames() {
    let frames = flux::frames("A", "from(bucket)", CSV).unwrap();
    let told: Vec<Value> = frames.into_iter().map(crate::Frame::into_json).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["schema"]["name"], "mem");
    assert_eq!(told[0]["schema"]["fields"][1]["name"], "used_percent");
    assert_eq!(told[0]["schema"]["fields"][1]["labels"], json!({"host": "a, \"b\""}));
    assert_eq!(
        told[0]["data"]["values"],
        json!([[1_794_960_010_000i64, 1_794_960_020_000i64], [15.43, null]])
    );
    assert_eq!(told[0]["data"]["entities"], json!([null, {"Inf": [1]}]));
    assert_eq!(told[1]["data"]["values"], json!([[1_794_960_010_000i64], [null]]));
    assert_eq!(told[2]["schema"]["meta"]["type"], "table");
    assert_eq!(told[2]["data"]["values"], json!([["bucket"], [3.0]]));
    let refused =
        "#datatype,string,long\n#group,true,true\n#default,,\n,error,reference\n,failed to parse,897\n";
    assert_eq!(flux::frames("A", "", refused).unwrap_err().to_string(), "failed to parse");
}

#[test]
fn flux_variables_are_filled() {
    let source = source(json!({"defaultBucket": "b", "organization": "o\"x"}));
    let text = "from(bucket: v.defaultBucket) |> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> window(every: v.windowPeriod)";
    let want = "from(bucket: \"b\") |> range(start: 1970-01-01T00:00:01Z, stop: 1970-01-01T00:01:01Z) |> window(every: 10s)";
    assert_eq!(flux::filled(text, &source, STEP), want);
    let ask = flux::ask(&source, text);
    assert_eq!(ask.path_and_query, "api/v2/query?org=o%22x");
    assert_eq!(flux::strings(CSV).unwrap().len(), 4);
}

#[test]
fn sql_answers_are_rows() {
    let answer = json!([
        {"time": "2026-11-18T00:00:10", "host": "a", "v": 1.5},
        {"time": "2026-11-18T00:00:20", "host": "a", "v": null, "late": true},
    ]);
    let asked = expand("SELECT $__dateBin(time) WHERE $__timeFilter(time)", STEP, &sql::Dialect).unwrap();
    let want = "SELECT date_bin(interval '10 second', time, timestamp '1970-01-01T00:00:00Z') \
                WHERE time BETWEEN '1970-01-01T00:00:01Z' AND '1970-01-01T00:01:01Z'";
    assert_eq!(asked.sql, want);
    let frame = crate::sql::frame("A", "table", &asked, sql::rows(&answer).unwrap()).unwrap().into_json();
    let want = json!([[1_794_960_010_000i64, 1_794_960_020_000i64], ["a", "a"], [1.5, null], [null, true]]);
    assert_eq!(frame["data"]["values"], want);
    assert!(sql::rows(&json!({"error": "x"})).is_err());
}

#[test]
fn logins_are_headers_and_nowhere_else() {
    let mut source = Source { user: "me".to_owned(), ..source(json!({"dbName": "d"})) };
    source.secrets.insert("password".to_owned(), "hunter2".to_owned());
    let header = |ask: &Ask| ask.headers["authorization"].to_str().unwrap().to_owned();
    let ask = influxql::ask(&source, "SHOW");
    assert_eq!(
        (ask.path_and_query.as_str(), header(&ask).as_str()),
        ("query?db=d&epoch=ms&q=SHOW", "Basic bWU6aHVudGVyMg==")
    );
    source.secrets.insert("token".to_owned(), "t".to_owned());
    assert_eq!(header(&with_login(&source, Ask::get("x", &[]))), "Token t");
    assert_eq!(header(&sql::ask(&source, "SELECT 1")), "Bearer t");
}

proptest! {
    #[test]
    fn answers_of_any_text_end_somewhere(text in "[#,\"\\na-z0-9]{0,80}", alias in "[$\\[\\]a-z_0-9한]{0,30}") {
        flux::frames("A", "", &text).ok();
        flux::strings(&text).ok();
        let answer = json!({"results": [{"series": [{"name": text, "columns": ["time", text], "values": [[1, 2], [3], []]}]}]});
        influxql::frames("A", &wanted(json!({"alias": alias})), "q", &answer).ok();
    }
}
