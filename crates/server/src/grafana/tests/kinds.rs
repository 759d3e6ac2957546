//! Kinds of data sources through the API: Loki, InfluxDB, Elasticsearch as small fakes, databases' guards, expressions.

use accounts::Role;
use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{ADMIN, World, holds};

/// Answers as each of the systems documents; whatever else it is asked, it says so.
async fn systems() -> String {
    async fn answer(request: Request) -> axum::response::Response {
        use axum::response::IntoResponse;
        let (parts, body) = request.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let query = parts.uri.query().unwrap_or("").to_owned();
        let json = |value: Value| ([("content-type", "application/json")], value.to_string()).into_response();
        match parts.uri.path() {
            "/loki/api/v1/query_range" if query.contains("bad") => {
                (http::StatusCode::BAD_REQUEST, "parse error at line 1, col 1: syntax error").into_response()
            }
            "/loki/api/v1/query_range" => {
                json(json!({"status": "success", "data": {"resultType": "streams", "result": [
                    {"stream": {"job": "a"}, "values": [["1794960000000000000", "a line"]]},
                ]}}))
            }
            "/loki/api/v1/query" => {
                json(json!({"status": "success", "data": {"resultType": "vector", "result": []}}))
            }
            "/loki/api/v1/label/a b/values" | "/loki/api/v1/label/a%20b/values" => {
                json(json!({"status": "success", "data": [query]}))
            }
            "/query" if query.contains("SHOW") => {
                json(json!({"results": [{"series": [{"columns": ["name"], "values": [["cpu"]]}]}]}))
            }
            "/query" => json(json!({"results": [{"series": [
                {"name": "cpu", "columns": ["time", "mean"], "values": [[1000, 0.5]]},
            ]}]})),
            "/_msearch" if body.contains("\"index\":[\"logs\"]") => json(
                json!({"responses": [{"aggregations": {"2": {"buckets": [{"key": 1000, "doc_count": 3}]}}}]}),
            ),
            "/logs/_field_caps" => json(json!({"fields": {"@timestamp": {"date": {}}}})),
            other => (http::StatusCode::NOT_FOUND, format!("{} {other}?{query} {body}", parts.method))
                .into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    url
}

async fn world() -> World {
    let world = World::new().await;
    let url = systems().await;
    let sources = [
        ("loki", json!({})),
        ("influxdb", json!({"dbName": "d"})),
        ("elasticsearch", json!({"index": "logs"})),
        ("tempo", json!({})),
    ];
    for (kind, options) in sources {
        let body = json!({"uid": kind, "name": kind, "type": kind, "url": url, "jsonData": options});
        assert_eq!(world.post(ADMIN, "/api/datasources", body).await.status, 200, "{kind}");
    }
    world
}

async fn query(world: &World, queries: Value) -> (u16, Value) {
    let body = json!({"from": "1794960000000", "to": "1794963600000", "queries": queries});
    let got = world.post(ADMIN, "/api/ds/query", body).await;
    (got.status, got.body["results"].clone())
}

#[tokio::test]
async fn one_request_asks_data_sources_of_several_kinds_and_computes_with_them() {
    let world = world().await;
    let queries = json!([
        {"refId": "L", "datasource": {"uid": "loki"}, "expr": "{job=\"a\"}"},
        {"refId": "I", "datasource": {"uid": "influxdb"}, "query": "SELECT mean(x) FROM cpu WHERE $timeFilter", "rawQuery": true},
        {"refId": "E", "datasource": {"uid": "elasticsearch"}, "hide": true},
        {"refId": "S", "datasource": {"type": "__expr__", "uid": "__expr__"}, "type": "math", "expression": "$R * 10 + $I"},
        {"refId": "R", "datasource": "__expr__", "type": "reduce", "expression": "E", "reducer": "last"},
    ]);
    let (status, results) = query(&world, queries).await;
    assert_eq!(status, 200, "{results}");
    let values = |letter: &str| results[letter]["frames"][0]["data"]["values"].clone();
    assert_eq!(values("L")[2], json!(["a line"]));
    assert_eq!(values("I"), json!([[1000], [0.5]]));
    assert_eq!(values("R"), json!([[3.0]]));
    assert_eq!(values("S"), json!([[1000], [30.5]]));
    assert_eq!(results.get("E"), None, "what is hidden is only computed with");
}

#[tokio::test]
async fn each_query_fails_for_itself_and_says_why() {
    let world = world().await;
    let queries = json!([
        {"refId": "L", "datasource": {"uid": "loki"}, "expr": "bad"},
        {"refId": "M", "datasource": {"uid": "loki"}, "expr": 5},
        {"refId": "T", "datasource": {"uid": "tempo"}},
        {"refId": "N", "datasource": {"uid": "nowhere"}},
        {"refId": "X", "datasource": {"uid": "__expr__"}, "type": "math", "expression": "$L"},
        {"refId": "I", "datasource": {"uid": "influxdb"}, "query": "SELECT 1", "rawQuery": true},
    ]);
    let (status, results) = query(&world, queries).await;
    assert_eq!(status, 400);
    let wants = [
        ("L", 400, "400: parse error at line 1, col 1: syntax error"),
        ("M", 400, "not a Loki query: invalid type: integer `5`, expected a string"),
        (
            "T",
            400,
            "queries of data source type \"tempo\" are not available here; ask it through /api/datasources/proxy",
        ),
        ("N", 404, "Data source not found"),
        ("X", 400, "expression X needs L, which failed: 400: parse error at line 1, col 1: syntax error"),
    ];
    for (letter, status, error) in wants {
        holds(&results[letter], &json!({"status": status, "error": error, "frames": []})).unwrap();
    }
    assert_eq!(results["I"]["status"], 200);
}

#[tokio::test]
async fn every_kind_tells_whether_it_works_and_what_it_has() {
    let world = world().await;
    let wants = [
        ("loki", 200, "Data source successfully connected."),
        ("influxdb", 200, "datasource is working. 1 measurements found"),
        ("elasticsearch", 200, "Elasticsearch data source is healthy."),
        ("tempo", 400, "404: GET /? "),
    ];
    for (uid, status, message) in wants {
        let got = world.get(ADMIN, &format!("/api/datasources/uid/{uid}/health")).await;
        assert_eq!(
            (got.status, got.body["message"].as_str().unwrap().trim()),
            (status, message.trim()),
            "{uid}"
        );
    }
    let resource = async |path: &str| world.get(ADMIN, &format!("/api/datasources/uid/{path}")).await.body;
    let labels = resource("loki/resources/label/a%20b/values?start=1").await;
    assert_eq!(labels, json!({"status": "success", "data": ["start=1"]}));
    assert_eq!(resource("influxdb/resources/measurements").await, json!(["cpu"]));
    assert_eq!(resource("elasticsearch/resources/fields").await, json!(["@timestamp"]));
}

#[tokio::test]
async fn databases_are_asked_at_allowed_addresses_only() {
    let world = World::new().await;
    let cases = [
        ("a", "postgres", "169.254.169.254:5432"),
        ("b", "mysql", "169.254.169.254"),
        ("c", "grafana-postgresql-datasource", "[::ffff:169.254.169.254]:5432"),
        ("d", "mysql", "0.0.0.0:3306"),
    ];
    for (uid, kind, url) in cases {
        let body = json!({"uid": uid, "name": uid, "type": kind, "url": url, "secureJsonData": {"password": "hunter2"}});
        assert_eq!(world.post(ADMIN, "/api/datasources", body).await.status, 200);
        let (status, results) =
            query(&world, json!([{"refId": "A", "datasource": {"uid": uid}, "rawSql": "SELECT 1"}])).await;
        assert_eq!((status, &results["A"]["status"]), (400, &json!(403)), "{url}: {results}");
        let text = results.to_string();
        assert!(text.contains("not allowed") && !text.contains("hunter2"), "{text}");
        let health = world.get(ADMIN, &format!("/api/datasources/uid/{uid}/health")).await;
        assert!(health.status == 400 && health.text.contains("not allowed"), "{health:?}");
    }
}

#[tokio::test]
async fn viewers_ask_other_kinds_and_write_nothing_there() {
    let world = world().await;
    world.user("ann", Role::Viewer).await;
    let ann = world.login("ann").await;
    let cases = [
        ("POST", "elasticsearch/_msearch", 404),
        ("POST", "elasticsearch/logs/_search", 404),
        ("POST", "elasticsearch/_bulk", 403),
        ("POST", "elasticsearch/logs/_delete_by_query", 403),
        ("PUT", "elasticsearch/logs", 403),
        ("POST", "influxdb/write", 403),
        ("POST", "influxdb/api/v2/write", 403),
        ("POST", "influxdb/api/v2/delete", 403),
        ("POST", "loki/loki/api/v1/push", 403),
        ("POST", "loki/loki/api/v1/delete", 403),
        ("POST", "tempo/anything", 403),
    ];
    for (method, path, want) in cases {
        let path = format!("/api/datasources/proxy/uid/{path}");
        let got = world.ask(ann.clone(), method, &path, Value::Null).await;
        assert_eq!(got.status, want, "{method} {path}: {got:?}");
    }
}
