//! Elasticsearch: searches, and answers as its documentation shows them.

use serde_json::{Value, json};

use super::{Wanted, answer, documents, index, refused, request};
use crate::Frame;
use crate::interval::Step;
use crate::kind::{Query, Source};

const STEP: Step = Step { from_ms: 1_000, to_ms: 61_000, ms: 10_000 };

fn source(options: Value) -> Source {
    Source { options: options.as_object().unwrap().clone(), ..Source::default() }
}

fn wanted(fields: Value) -> Wanted {
    let query = Query { fields: fields.as_object().unwrap().clone(), ..Query::default() };
    query.read::<Wanted>("Elasticsearch").unwrap().completed(&source(json!({"timeField": "at"})))
}

fn search(fields: Value) -> Value {
    request::search(&wanted(fields), STEP).unwrap()
}

#[test]
fn a_query_that_says_nothing_counts_over_time() {
    let want = json!({
        "size": 0,
        "query": {"bool": {"filter": [{"range": {"at": {"gte": 1000, "lte": 61000, "format": "epoch_millis"}}}]}},
        "aggs": {"2": {"date_histogram": {
            "fixed_interval": "10s", "field": "at", "min_doc_count": 0, "extended_bounds": {"min": 1000, "max": 61000},
            "format": "epoch_millis",
        }}},
    });
    assert_eq!(search(json!({})), want);
}

#[test]
fn groupings_hold_metrics() {
    let body = search(json!({
        "query": "status:500 AND took:>$__interval_ms",
        "bucketAggs": [
            {"id": "3", "type": "terms", "field": "host.keyword", "settings": {"size": "5", "order": "asc", "orderBy": "1", "missing": "none"}},
            {"id": "4", "type": "filters", "settings": {"filters": [{"query": "a:b", "label": "ab"}, {"query": "c:d"}]}},
            {"id": "2", "type": "date_histogram", "settings": {"interval": "1M", "timeZone": "Asia/Seoul"}},
        ],
        "metrics": [
            {"id": "1", "type": "avg", "field": "took", "settings": {"missing": "0"}},
            {"id": "5", "type": "percentiles", "field": "took", "settings": {"percents": ["50", 99.9]}},
            {"id": "6", "type": "derivative", "field": "1", "settings": {"unit": "1s"}},
            {"id": "7", "type": "bucket_script", "settings": {"script": "params.a / $__interval_ms"},
             "pipelineVariables": [{"name": "a", "pipelineAgg": "8"}]},
            {"id": "8", "type": "count"},
        ],
    }));
    assert_eq!(body["query"]["bool"]["filter"][1]["query_string"]["query"], "status:500 AND took:>10000");
    let terms = &body["aggs"]["3"];
    assert_eq!(
        terms["terms"],
        json!({"field": "host.keyword", "size": 5, "order": {"1": "asc"}, "min_doc_count": 1, "missing": "none"})
    );
    assert_eq!(terms["aggs"]["1"], json!({"avg": {"field": "took"}}), "what orders terms is at their level");
    let filters = &terms["aggs"]["4"];
    assert_eq!(filters["filters"]["filters"]["c:d"]["query_string"]["query"], "c:d");
    let over_time = &filters["aggs"]["2"];
    assert_eq!(over_time["date_histogram"]["calendar_interval"], "1M");
    assert_eq!(over_time["date_histogram"]["time_zone"], "Asia/Seoul");
    let want = json!({
        "1": {"avg": {"field": "took", "missing": "0"}},
        "5": {"percentiles": {"field": "took", "percents": [50.0, 99.9]}},
        "6": {"derivative": {"buckets_path": "1", "unit": "1s"}},
        "7": {"bucket_script": {"buckets_path": {"a": "_count"}, "script": "params.a / 10000"}},
    });
    assert_eq!(over_time["aggs"], want);
}

#[test]
fn what_is_not_known_is_an_error() {
    let cases = [
        (
            json!({"metrics": [{"id": "1", "type": "magic"}]}),
            "Elasticsearch metric \"magic\" is not known here",
        ),
        (
            json!({"bucketAggs": [{"id": "2", "type": "magic"}]}),
            "Elasticsearch grouping \"magic\" is not known here",
        ),
        (
            json!({"bucketAggs": [{"id": "2", "type": "date_histogram", "settings": {"interval": "soon"}}]}),
            "\"soon\" is no interval of a date histogram",
        ),
    ];
    for (fields, want) in cases {
        assert_eq!(request::search(&wanted(fields), STEP).unwrap_err().to_string(), want);
    }
    let failed = json!({"error": {"root_cause": [{"reason": "Failed to parse query [("}], "reason": "all shards failed"}});
    assert_eq!(refused(&failed).unwrap_err().to_string(), "Elasticsearch: Failed to parse query [(");
}

#[test]
fn buckets_over_time_become_series() {
    let fields = |alias: &str| {
        json!({
            "alias": alias,
            "bucketAggs": [{"id": "3", "type": "terms", "field": "host"}, {"id": "2", "type": "date_histogram"}],
            "metrics": [{"id": "1", "type": "avg", "field": "took"}, {"id": "4", "type": "count"},
                        {"id": "5", "type": "percentiles", "field": "took"},
                        {"id": "6", "type": "extended_stats", "field": "took", "meta": {"std_deviation_bounds_upper": true}},
                        {"id": "7", "type": "max", "field": "hidden", "hide": true}],
        })
    };
    let bucket = |key: i64, value: Value, count: u64| {
        json!({"key": key, "doc_count": count, "1": {"value": value}, "5": {"values": {"95.0": 3.5}},
               "6": {"std_deviation_bounds": {"upper": "7.5"}}})
    };
    let found = json!({"aggregations": {"3": {"buckets": [
        {"key": "web", "doc_count": 3, "2": {"buckets": [bucket(1000, json!(10.5), 2), bucket(2000, json!(null), 1)]}},
        {"key": 7, "doc_count": 1, "2": {"buckets": [bucket(1000, json!(1), 1)]}},
    ]}}});
    let frames = |alias: &str| answer::frames("A", &wanted(fields(alias)), "", &found).unwrap();
    let names: Vec<String> = frames("").into_iter().map(|frame| frame.name).collect();
    let want = ["web Average took", "web Count", "web p95 took", "web Std Dev Upper took"];
    assert_eq!(names[..4], want);
    assert_eq!(names[4], "7 Average took");
    assert_eq!(
        frames("{{metric}} of {{field}} at {{term host}} {{x}} {{")[0].name,
        "Average of took at web {{x}} {{"
    );
    let first = frames("").remove(0).into_json();
    assert_eq!(first["data"]["values"], json!([[1000, 2000], [10.5, null]]));
    assert_eq!(first["schema"]["fields"][1]["labels"], json!({"host": "web"}));
}

#[test]
fn other_buckets_become_a_table() {
    let fields = json!({
        "bucketAggs": [{"id": "3", "type": "terms", "field": "host"}, {"id": "4", "type": "filters"}],
        "metrics": [{"id": "1", "type": "count"}, {"id": "2", "type": "sum", "field": "bytes"}],
    });
    let found = json!({"aggregations": {"3": {"buckets": [
        {"key": "web", "4": {"buckets": {"good": {"doc_count": 2, "2": {"value": 5}}, "bad": {"doc_count": 0, "2": {"value": null}}}}},
    ]}}});
    let frame = answer::frames("A", &wanted(fields), "", &found).unwrap().remove(0).into_json();
    let names: Vec<_> =
        frame["schema"]["fields"].as_array().unwrap().iter().map(|f| f["name"].clone()).collect();
    assert_eq!(names, ["host", "filter", "Count", "Sum bytes"]);
    let want = json!([["web", "web"], ["good", "bad"], [2.0, 0.0], [5.0, null]]);
    assert_eq!(frame["data"]["values"], want);
}

#[test]
fn documents_are_rows_or_lines() {
    let raw = wanted(
        json!({"metrics": [{"id": "1", "type": "raw_data", "settings": {"size": "20"}}], "bucketAggs": []}),
    );
    let body = request::search(&raw, STEP).unwrap();
    assert_eq!(body["size"], 20);
    assert_eq!(body["sort"], json!([{"at": {"order": "desc", "unmapped_type": "boolean"}}]));
    let found = json!({"hits": {"hits": [
        {"_id": "1", "_index": "i", "_source": {"at": "1970-01-01T00:00:01Z", "http": {"status": 200}, "message": "hello", "tags": ["a"]}},
        {"_id": "2", "_index": "i", "_source": {"at": 2000, "level": "warn"}},
    ]}});
    let table = documents::table("A", &raw, "", &found).into_json();
    let names: Vec<_> =
        table["schema"]["fields"].as_array().unwrap().iter().map(|f| f["name"].clone()).collect();
    assert_eq!(names, ["at", "_id", "_index", "http.status", "level", "message", "tags"]);
    assert_eq!(table["data"]["values"][0], json!([1000, 2000]));
    assert_eq!(table["data"]["values"][3], json!([200.0, null]));
    let logs = wanted(json!({"metrics": [{"id": "1", "type": "logs", "settings": {"limit": 7}}]}));
    assert_eq!(request::search(&logs, STEP).unwrap()["size"], 7);
    let frame: Frame = documents::logs("A", &logs, &source(json!({})), "", &found);
    let lines = frame.into_json();
    assert_eq!(lines["data"]["values"][1][0], "hello");
    assert!(
        lines["data"]["values"][1][1].as_str().unwrap().contains("\"level\":\"warn\""),
        "no message: all of it"
    );
    assert_eq!(lines["data"]["values"][2], json!([null, "warn"]));
}

#[test]
fn indices_are_named_by_date() {
    let day = 24 * 3_600_000;
    let cases = [
        (json!({"index": "logs-*"}), 0, day, vec!["logs-*"]),
        (
            json!({"index": "[logstash-]YYYY.MM.DD", "interval": "Daily"}),
            0,
            day,
            vec!["logstash-1970.01.01", "logstash-1970.01.02"],
        ),
        (json!({"index": "[a-]YYYY.MM", "interval": "Monthly"}), 0, 3 * day, vec!["a-1970.01"]),
        (json!({"index": "[DD-]YY[.x]", "interval": "Daily"}), 0, 0, vec!["DD-70.x"]),
        (json!({"index": "[l-]YYYY.MM.DD", "interval": "Daily"}), 0, 1000 * day, vec!["l-*"]),
    ];
    for (options, from_ms, to_ms, want) in cases {
        let step = Step { from_ms, to_ms, ms: 1 };
        assert_eq!(index::names(&source(options.clone()), step).unwrap(), want, "{options}");
    }
    assert!(index::names(&source(json!({})), STEP).is_err());
    let old = Source { database: "old".to_owned(), ..Source::default() };
    assert_eq!(index::names(&old, STEP).unwrap(), ["old"]);
}
