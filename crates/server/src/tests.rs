//! Requests against the whole router, over a storage in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{Labels, Matcher, Metadata, MetricType, relabel};
use promql::{Engine, EngineOptions, ParseOptions};
use serde_json::{Value, json};
use storage::memory::MemoryStorage;
use storage::{Appendable, Queryable, TimeRange};
use telemetry::Registry;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::options::for_tests;
use crate::parts::*;
use crate::{Options, Server, State};

mod queries;

/// The tests' "now".
const NOW: i64 = 600_000;

struct World;

impl Targets for World {
    fn pools(&self) -> Vec<String> {
        vec!["node".into(), "a".into()]
    }
    fn active(&self) -> Vec<ActiveTarget> {
        vec![ActiveTarget {
            discovered_labels: Labels::from_pairs([("__address__", "localhost:9090")]),
            labels: Labels::from_pairs([("job", "node")]),
            pool: "node".into(),
            url: "http://localhost:9090/metrics".into(),
            last_error: String::new(),
            last_scrape_ms: Some(1500),
            last_scrape_seconds: 0.25,
            health: Health::Up,
            interval: "15s".into(),
            timeout: "10s".into(),
        }]
    }
    fn dropped(&self) -> Vec<DroppedTarget> {
        vec![DroppedTarget { discovered_labels: Labels::from_pairs([("x", "y")]), pool: "a".into() }]
    }
    fn dropped_counts(&self) -> BTreeMap<String, usize> {
        [("a".to_owned(), 3)].into()
    }
    fn metadata(&self, visit: &mut dyn FnMut(&Labels, &[TargetMetadata])) {
        let metadata = Metadata { kind: MetricType::Gauge, unit: String::new(), help: "Up.".into() };
        let told = [TargetMetadata { metric: "up".into(), metadata }];
        visit(&Labels::from_pairs([("job", "node")]), &told);
        visit(&Labels::from_pairs([("job", "other")]), &told);
    }
    fn relabel_rules(&self, pool: &str) -> Option<Vec<relabel::Config>> {
        let fields = relabel::Fields {
            action: relabel::Action::Drop,
            source_labels: Some(vec!["a".into()]),
            separator: None,
            regex: Some("b".into()),
            modulus: None,
            target_label: None,
            replacement: None,
        };
        (pool == "a").then(|| vec![relabel::Config::new(fields, relabel::NameScheme::Utf8).unwrap()])
    }
    fn pool_config(&self, pool: &str) -> Option<String> {
        (pool == "a").then(|| "job_name: a\n".into())
    }
}

impl Database for World {
    fn stats(&self, _limit: usize) -> Result<DatabaseStats, PartError> {
        Ok(DatabaseStats::default())
    }
    fn blocks(&self) -> Result<Vec<Value>, PartError> {
        Ok(Vec::new())
    }
    fn replay(&self) -> Replay {
        Replay { min: 1, max: 3, current: 2 }
    }
    fn delete(&self, _range: TimeRange, _matchers: &[Matcher]) -> Result<(), PartError> {
        Ok(())
    }
    fn clean_tombstones(&self) -> Result<(), PartError> {
        Err("no room".into())
    }
    fn snapshot(&self, _dir: &Path, _with_head: bool) -> Result<(), PartError> {
        Ok(())
    }
    fn history(&self) -> Result<Box<dyn rules::backfill::History + '_>, PartError> {
        Err("no room".into())
    }
    fn corruptions(&self) -> u64 {
        0
    }
    fn retention(&self) -> String {
        "15d".into()
    }
}

impl Runtime for World {
    fn started_ms(&self) -> i64 {
        0
    }
    fn now_ms(&self) -> i64 {
        NOW
    }
    fn hostname(&self) -> String {
        "h".into()
    }
    fn reload(&self) -> (bool, i64) {
        (true, 1999)
    }
}

pub(crate) type Reloads = mpsc::Receiver<oneshot::Sender<Result<(), String>>>;

fn server(options: Options) -> (Server, Reloads) {
    let storage = Arc::new(MemoryStorage::default());
    let mut batch = storage.appender();
    for (name, job, scale) in [("up", "a", 0.0), ("up", "b", 0.0), ("requests_total", "a", 1.5)] {
        let series = batch.resolve(&Labels::from_pairs([("__name__", name), ("job", job)])).unwrap();
        for i in 0..=10 {
            let v = if name == "up" { 1.0 } else { i as f64 * scale };
            batch.sample(series, i * 60_000, v).unwrap();
        }
    }
    batch.commit().unwrap();
    server_over(options, storage.clone(), storage)
}

pub(crate) fn server_over(
    options: Options,
    queryable: Arc<dyn Queryable>,
    appendable: Arc<dyn Appendable>,
) -> (Server, Reloads) {
    let registry = Registry::new();
    let (reload, reloads) = mpsc::channel(1);
    let world = Arc::new(World);
    let config =
        ConfigView { yaml: "global: {}\n".into(), external_labels: Labels::from_pairs([("dc", "x")]) };
    let parts = Parts {
        queryable,
        appendable,
        engine: Arc::new(Engine::new(EngineOptions::default())),
        range_cache: Some(Arc::new(promql::cache::RangeCache::new(1 << 20, &storage::Budget::new(0)))),
        query_log: Arc::new(crate::queries::log::QueryLog::new(&registry)),
        parse_options: ParseOptions::default(),
        targets: world.clone(),
        rules: None,
        database: world.clone(),
        config: Arc::new(ArcSwap::from_pointee(config)),
        runtime: world,
        control: Control { reload, quit: CancellationToken::new() },
        registry,
    };
    let server = Server::new(options, parts);
    server.ready.set(State::Ready);
    (server, reloads)
}

async fn send(server: &Server, request: Request<Body>) -> (StatusCode, http::HeaderMap, String) {
    let response = server.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

async fn get(server: &Server, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, _, body) = send(server, request).await;
    (status, body)
}

async fn post_form(server: &Server, path: &str, form: &str) -> (StatusCode, String) {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let (status, _, body) = send(server, request).await;
    (status, body)
}

/// Asks for each path and compares status and body; bodies that end in `…` only by their beginning.
async fn check(cases: &[(&str, u16, &str)]) {
    let (server, _reloads) = server(for_tests());
    for (path, status, want) in cases {
        let (got_status, got) = get(&server, path).await;
        match want.strip_suffix('…') {
            Some(start) => assert!(got.starts_with(start), "{path}\n got {got}\nwant {want}"),
            None => assert_eq!(got, *want, "{path}"),
        }
        assert_eq!(got_status, *status, "{path}: {got}");
    }
}

#[tokio::test]
async fn queries() {
    let ok = |data: &str| format!(r#"{{"status":"success","data":{data}}}"#);
    check(&[
        ("/api/v1/query?query=2&time=123.4", 200, &ok(r#"{"resultType":"scalar","result":[123.400,"2"]}"#)),
        ("/api/v1/query?query=2", 200, &ok(r#"{"resultType":"scalar","result":[600,"2"]}"#)),
        (
            "/api/v1/query?query=up%7Bjob%3D%22a%22%7D",
            200,
            &ok(r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[600,"1"]}]}"#),
        ),
        (
            "/api/v1/query_range?query=requests_total&start=0&end=120&step=60",
            200,
            &ok(r#"{"resultType":"matrix","result":[{"metric":{"__name__":"requests_total","job":"a"},"values":[[0,"0"],[60,"1.5"],[120,"3"]]}]}"#),
        ),
        (
            "/api/v1/query?query=sum(up)&stats=true",
            200,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[600,"2"]}],"stats":{"timings":{"evalTotalTime":…"#,
        ),
        (
            "/api/v1/query_range?query=up&start=0&end=0&step=1&limit=1",
            200,
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[0,"1"]]}]},"warnings":["results truncated due to limit"]}"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn refusals_of_queries() {
    let bad =
        |text: &str| format!(r#"{{"status":"error","errorType":"bad_data","error":{}}}"#, Value::from(text));
    check(&[
        ("/api/v1/query?query=", 400, &bad("invalid parameter \"query\": unknown position: parse error: no expression found in input")),
        ("/api/v1/query?query=up&time=x", 400, &bad("invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp")),
        ("/api/v1/query?query=up&limit=-1", 400, &bad("invalid parameter \"limit\": limit must be non-negative")),
        ("/api/v1/query?query=up&timeout=x", 400, &bad("invalid parameter \"timeout\": cannot parse \"x\" to a valid duration")),
        ("/api/v1/query?query=up&lookback_delta=x", 400, &bad("error parsing lookback delta duration: cannot parse \"x\" to a valid duration")),
        ("/api/v1/query_range?query=up&end=1&step=1", 400, &bad("invalid parameter \"start\": cannot parse \"\" to a valid timestamp")),
        ("/api/v1/query_range?query=up&start=2&end=1&step=1", 400, &bad("invalid parameter \"end\": end timestamp must not be before start time")),
        ("/api/v1/query_range?query=up&start=1&end=2&step=0", 400, &bad("invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer")),
        ("/api/v1/query_range?query=up&start=0&end=11001&step=1", 400, &bad("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")),
        ("/api/v1/query_range?query=up[5m]&start=0&end=1&step=1", 400, &bad("invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector")),
        ("/api/v1/query?query=sum(up)%20by%20(job)%20%2B%20on(x)%20up&time=600", 422, r#"{"status":"error","errorType":"execution",…"#),
        ("/api/v1/nothing", 404, "404 page not found\n"),
    ])
    .await;
}

#[tokio::test]
async fn series_and_labels() {
    let bad =
        |text: &str| format!(r#"{{"status":"error","errorType":"bad_data","error":{}}}"#, Value::from(text));
    check(&[
        (
            "/api/v1/series?match[]=up&match[]=%7Bjob=%22a%22%7D",
            200,
            r#"{"status":"success","data":[{"__name__":"requests_total","job":"a"},{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]}"#,
        ),
        ("/api/v1/series?match[]=nothing", 200, r#"{"status":"success","data":[]}"#),
        ("/api/v1/series", 400, &bad("no match[] parameter provided")),
        ("/api/v1/series?match[]=up&x=%zz", 400, &bad("error parsing form values: invalid URL escape \"%zz\"")),
        ("/api/v1/series?match[]=%7B%7D", 400, &bad("invalid parameter \"match[]\": match[] must contain at least one non-empty matcher")),
        ("/api/v1/labels", 200, r#"{"status":"success","data":["__name__","job"]}"#),
        ("/api/v1/labels?limit=1", 200, r#"{"status":"success","data":["__name__"],"warnings":["results truncated due to limit"]}"#),
        ("/api/v1/label/job/values?match[]=requests_total", 200, r#"{"status":"success","data":["a"]}"#),
        ("/api/v1/label/U__job/values", 200, r#"{"status":"success","data":["a","b"]}"#),
        ("/api/v1/label/none/values", 200, r#"{"status":"success","data":[]}"#),
    ])
    .await;
}

#[tokio::test]
async fn targets_metadata_and_status() {
    check(&[
        ("/api/v1/scrape_pools", 200, r#"{"status":"success","data":{"scrapePools":["a","node"]}}"#),
        (
            "/api/v1/targets?state=active",
            200,
            r#"{"status":"success","data":{"activeTargets":[{"discoveredLabels":{"__address__":"localhost:9090"},"labels":{"job":"node"},"scrapePool":"node","scrapeUrl":"http://localhost:9090/metrics","globalUrl":"http://bongsu.example:9090/metrics","lastError":"","lastScrape":"1970-01-01T00:00:01.5Z","lastScrapeDuration":0.25,"health":"up","scrapeInterval":"15s","scrapeTimeout":"10s"}],"droppedTargets":[],"droppedTargetCounts":null}}"#,
        ),
        (
            "/api/v1/targets?state=dropped&scrapePool=a",
            200,
            r#"{"status":"success","data":{"activeTargets":[],"droppedTargets":[{"discoveredLabels":{"x":"y"},"scrapePool":"a"}],"droppedTargetCounts":{"a":3}}}"#,
        ),
        ("/api/v1/metadata", 200, r#"{"status":"success","data":{"up":[{"type":"gauge","unit":"","help":"Up."}]}}"#),
        ("/api/v1/metadata?limit=0", 200, r#"{"status":"success","data":{}}"#),
        (
            "/api/v1/targets/metadata?match_target=%7Bjob=%22node%22%7D&metric=up",
            200,
            r#"{"status":"success","data":[{"target":{"job":"node"},"type":"gauge","help":"Up.","unit":""}]}"#,
        ),
        (
            "/api/v1/targets/relabel_steps?scrapePool=a&labels=%7B%22a%22:%22b%22%7D",
            200,
            r#"{"status":"success","data":{"steps":[{"rule":{"source_labels":["a"],"separator":";","regex":"b","replacement":"$1","action":"drop"},"output":{},"keep":false}]}}"#,
        ),
        (
            "/api/v1/targets/relabel_steps?scrapePool=z&labels=%7B%7D",
            400,
            r#"{"status":"error","errorType":"bad_data","error":"error retrieving scrape config: scrape pool \"z\" not found"}"#,
        ),
        ("/api/v1/status/config", 200, r#"{"status":"success","data":{"yaml":"global: {}\n"}}"#),
        ("/api/v1/status/flags", 200, r#"{"status":"success","data":{"web.listen-address":"127.0.0.1:9090"}}"#),
        ("/api/v1/status/walreplay", 200, r#"{"status":"success","data":{"min":1,"max":3,"current":2}}"#),
        ("/api/v1/status/tsdb?limit=0", 400, r#"{"status":"error","errorType":"bad_data","error":"limit must be a positive number"}"#),
        ("/api/v1/status/tsdb", 200, r#"{"status":"success","data":{"headStats":{"numSeries":0,"numLabelPairs":0,"chunkCount":0,"minTime":0,"maxTime":0},"seriesCountByMetricName":[],"labelValueCountByLabelName":[],"memoryInBytesByLabelName":[],"seriesCountByLabelValuePair":[],"bongsu":{"memory":{"limitBytes":0,"heldBytes":0,"usedBytes":[]},"refusedSeries":[],"refusedSeriesOrigins":[],"refusedSeriesLabels":[]}}}"#),
        ("/api/v1/status/buildinfo", 200, r#"{"status":"success","data":{"version":"","revision":"","branch":"","buildUser":"","buildDate":"","goVersion":""}}"#),
        ("/api/v1/rules?type=x", 400, r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"type\": not supported value \"x\""}"#),
        ("/api/v1/rules", 200, r#"{"status":"success","data":{"groups":[]}}"#),
        ("/api/v1/format_query?query=sum(up)by(job)", 200, r#"{"status":"success","data":"sum by (job) (up)"}"#),
        ("/api/v1/parse_query?query=1", 200, r#"{"status":"success","data":{…"#),
        ("/-/healthy", 200, "Prometheus Server is Healthy.\n"),
        ("/-/ready", 200, "Prometheus Server is Ready.\n"),
        ("/-/reload", 405, "Only POST or PUT requests allowed"),
    ])
    .await;
}

#[tokio::test]
async fn runtime_info_and_features() {
    let (server, _reloads) = server(for_tests());
    let info: Value = serde_json::from_str(&get(&server, "/api/v1/status/runtimeinfo").await.1).unwrap();
    let info = &info["data"];
    assert_eq!(info["reloadConfigSuccess"], true);
    assert_eq!(info["lastConfigTime"], "1970-01-01T00:00:01Z");
    assert_eq!(info["storageRetention"], "15d");
    let features: Value = serde_json::from_str(&get(&server, "/api/v1/features").await.1).unwrap();
    assert_eq!(features["data"]["promql_functions"]["rate"], true);
}

#[tokio::test]
async fn posted_forms_are_read() {
    let (server, _reloads) = server(for_tests());
    let (status, body) = post_form(&server, "/api/v1/query?time=5", "query=time()").await;
    assert_eq!(
        (status.as_u16(), body.as_str()),
        (200, r#"{"status":"success","data":{"resultType":"scalar","result":[5,"5"]}}"#)
    );
}

#[tokio::test]
async fn the_door_is_shut_until_ready() {
    let (server, _reloads) = server(for_tests());
    server.ready.set(State::Starting);
    for (path, want) in [
        ("/-/ready", 503),
        ("/api/v1/query?query=1", 503),
        ("/federate", 503),
        ("/-/healthy", 200),
        ("/metrics", 200),
        ("/api/v1/status/walreplay", 200),
    ] {
        assert_eq!(get(&server, path).await.0.as_u16(), want, "{path}");
    }
    server.ready.set(State::Stopping);
    let (_, headers, body) = send(&server, Request::get("/-/ready").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (headers["x-prometheus-stopping"].to_str().unwrap(), body.as_str()),
        ("true", "Service Unavailable")
    );
}

#[tokio::test]
async fn reload_answers_with_the_outcome() {
    let (server, mut reloads) = server(for_tests());
    tokio::spawn(async move {
        reloads.recv().await.unwrap().send(Ok(())).unwrap();
        reloads.recv().await.unwrap().send(Err("bad file".into())).unwrap();
    });
    assert_eq!(post_form(&server, "/-/reload", "").await.0, 200);
    let (status, body) = post_form(&server, "/-/reload", "").await;
    assert_eq!((status.as_u16(), body.as_str()), (500, "failed to reload config: bad file\n"));
    assert_eq!(post_form(&server, "/-/quit", "").await.1, "Requesting termination... Goodbye!");
    assert_eq!(post_form(&server, "/-/quit", "").await.1, "Termination already in progress.");
}

#[tokio::test]
async fn what_is_not_enabled_says_so() {
    let options = Options { lifecycle: false, admin_api: false, remote_write_receiver: false, ..for_tests() };
    let (server, _reloads) = server(options);
    for (path, status, want) in [
        ("/-/reload", 403, "Lifecycle API is not enabled."),
        ("/-/quit", 403, "Lifecycle API is not enabled."),
        (
            "/api/v1/admin/tsdb/clean_tombstones",
            500,
            r#"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#,
        ),
        (
            "/api/v1/write",
            404,
            "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n",
        ),
    ] {
        let (got_status, got) = post_form(&server, path, "").await;
        assert_eq!((got_status.as_u16(), got.as_str()), (status, want), "{path}");
    }
}

#[tokio::test]
async fn administration() {
    let (server, _reloads) = server(for_tests());
    for (path, status, want) in [
        ("/api/v1/admin/tsdb/delete_series?match[]=up", 204, ""),
        (
            "/api/v1/admin/tsdb/clean_tombstones",
            500,
            r#"{"status":"error","errorType":"internal","error":"no room"}"#,
        ),
        (
            "/api/v1/admin/tsdb/snapshot?skip_head=maybe",
            400,
            r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"skip_head\": unable to parse boolean: strconv.ParseBool: parsing \"maybe\": invalid syntax"}"#,
        ),
    ] {
        let (got_status, got) = post_form(&server, path, "").await;
        assert_eq!((got_status.as_u16(), got.as_str()), (status, want), "{path}");
    }
}

#[tokio::test]
async fn federation() {
    let (server, _reloads) = server(for_tests());
    let (status, headers, body) = send(
        &server,
        Request::get("/federate?match[]=up&match[]=%7Bjob=%22a%22%7D").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(status, 200);
    assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert_eq!(
        body,
        "# TYPE requests_total untyped\nrequests_total{dc=\"x\",job=\"a\",instance=\"\"} 15 600000\n\
         # TYPE up untyped\nup{dc=\"x\",job=\"a\",instance=\"\"} 1 600000\nup{dc=\"x\",job=\"b\",instance=\"\"} 1 600000\n"
    );
    assert_eq!(get(&server, "/federate?match[]=%7B").await.0, 400);
}

#[tokio::test]
async fn requests_are_counted() {
    let (server, _reloads) = server(for_tests());
    get(&server, "/api/v1/query?query=1").await;
    get(&server, "/api/v1/query?query=").await;
    get(&server, "/api/v1/label/job/values").await;
    let metrics = get(&server, "/metrics").await.1;
    for line in [
        r#"prometheus_http_requests_total{code="200",handler="/api/v1/query"} 1"#,
        r#"prometheus_http_requests_total{code="400",handler="/api/v1/query"} 1"#,
        r#"prometheus_http_requests_total{code="200",handler="/api/v1/label/:name/values"} 1"#,
        r#"prometheus_http_requests_total{code="200",handler="/api/v1/series"} 0"#,
        "prometheus_engine_queries 0",
        "prometheus_engine_queries_concurrent_max 4",
        "prometheus_ready 1",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn compression_cors_and_prefix() {
    let options = Options { route_prefix: "/prom".into(), ..for_tests() };
    let (server, _reloads) = server(options);
    let request = Request::get("/prom/api/v1/labels")
        .header(header::ORIGIN, "http://grafana")
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(Body::empty())
        .unwrap();
    let (status, headers, _) = send(&server, request).await;
    assert_eq!(status, 200);
    assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let options =
        Request::options("/prom/api/v1/query").header(header::ORIGIN, "http://g").body(Body::empty());
    let (status, headers, _) = send(&server, options.unwrap()).await;
    assert_eq!(
        (status.as_u16(), headers[header::ACCESS_CONTROL_ALLOW_METHODS].to_str().unwrap()),
        (204, "GET, POST, OPTIONS")
    );
    for (path, want) in
        [("/prom/-/healthy", 200), ("/prom", 200), ("/prom/", 200), ("/", 303), ("/-/healthy", 404)]
    {
        assert_eq!(get(&server, path).await.0.as_u16(), want, "{path}");
    }
}

#[tokio::test]
async fn remote_write_is_stored() {
    let (server, _reloads) = server(for_tests());
    // One series {__name__="rw"} with the sample 7 at 600000.
    let mut sample = vec![0x09];
    sample.extend(7f64.to_le_bytes());
    sample.extend([0x10, 0xc0, 0xcf, 0x24]);
    let mut series = vec![0x0a, 14, 0x0a, 8];
    series.extend(b"__name__\x12\x02rw");
    series.extend([0x12, sample.len() as u8]);
    series.extend(&sample);
    let mut body = vec![0x0a, series.len() as u8];
    body.extend(&series);
    let compressed = snap::raw::Encoder::new().compress_vec(&body).unwrap();
    let request = |content_type: &str, body: &[u8]| {
        Request::post("/api/v1/write")
            .header(header::CONTENT_TYPE, content_type)
            .header(header::CONTENT_ENCODING, "snappy")
            .body(Body::from(body.to_vec()))
            .unwrap()
    };
    assert_eq!(send(&server, request("application/x-protobuf", &compressed)).await.0, 204);
    let (_, body) = get(&server, "/api/v1/query?query=rw").await;
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap()["data"]["result"],
        json!([{"metric": {"__name__": "rw"}, "value": [600, "7"]}])
    );
    assert_eq!(send(&server, request("text/plain", &compressed)).await.0, 415);
    assert_eq!(send(&server, request("application/x-protobuf", b"junk")).await.0, 400);
}

/// Asks over remote read for all series; `accepted` is the kind of answer.
async fn remote_read(server: &Server, min_ms: i64, accepted: u64) -> (StatusCode, http::HeaderMap, Vec<u8>) {
    use remote::put;
    let mut message = Vec::new();
    put::message(&mut message, 1, |out| {
        put::int(out, 1, min_ms);
        put::int(out, 2, NOW);
        put::message(out, 3, |out| {
            put::uint(out, 1, 2);
            put::text(out, 2, "__name__");
            put::text(out, 3, ".+");
        });
    });
    put::required_uint(&mut message, 2, accepted);
    let body = snap::raw::Encoder::new().compress_vec(&message).unwrap();
    let mut request = Request::post("/api/v1/read");
    if accepted == 1 {
        // A stream must not be compressed, whatever the client takes.
        request = request.header(header::ACCEPT_ENCODING, "gzip");
    }
    let response = server.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn remote_reads_are_answered_whole_or_streamed() {
    let (server, _reloads) = server(for_tests());
    let (status, headers, body) = remote_read(&server, 0, 0).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&headers["content-type"], &headers["content-encoding"]),
        (&"application/x-protobuf".parse().unwrap(), &"snappy".parse().unwrap())
    );
    let message = snap::raw::Decoder::new().decompress_vec(&body).unwrap();
    let count = |needle: &[u8]| message.windows(needle.len()).filter(|w| *w == needle).count();
    assert_eq!((count(b"requests_total"), count(b"__name__"), count(b"\x0a\x02dc\x12\x01x")), (1, 3, 3));

    let (status, headers, body) = remote_read(&server, 0, 1).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        headers["content-type"],
        "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"
    );
    assert!(!headers.contains_key("content-encoding"), "{headers:?}");
    let (mut rest, mut frames) = (&body[..], 0);
    while let [length, after @ ..] = rest {
        assert!(*length < 0x80, "frames of the test are short");
        rest = &after[4 + usize::from(*length)..];
        frames += 1;
    }
    assert_eq!(frames, 3, "one a series");
}

#[tokio::test]
async fn remote_reads_are_refused_with_a_reason() {
    let mut options = for_tests();
    options.remote_read.samples_max = 10;
    let (server, _reloads) = server(options);
    let (status, _, body) = remote_read(&server, 0, 0).await;
    assert_eq!((status, &body[..]), (StatusCode::BAD_REQUEST, &b"exceeded sample limit (10)\n"[..]));
    let (status, _, body) = remote_read(&server, 0, 9).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.starts_with(b"server does not support any of the requested response types: [9]"));
    let (status, _, _) = remote_read(&server, 0, 1).await;
    assert_eq!(status, StatusCode::OK, "a stream has no limit");
    let request = Request::post("/api/v1/read").body(Body::from("no snappy")).unwrap();
    let (status, _, body) = send(&server, request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("cannot decompress"), "{body}");
}

#[tokio::test]
async fn own_metrics_and_notifications_are_told() {
    let (server, _reloads) = server(for_tests());
    let (status, body) =
        get(&server, "/api/v1/status/self_metrics?metric_name_pattern=prometheus_ready").await;
    let help = "Whether Prometheus startup was fully completed and the server is ready for normal operation.";
    let want = format!(
        r#"{{"status":"success","data":[{{"name":"prometheus_ready","help":"{help}","type":"GAUGE","metric":[{{"gauge":{{"value":1}}}}]}}]}}"#
    );
    assert_eq!((status, body), (StatusCode::OK, want));
    let (status, body) = get(&server, "/api/v1/status/self_metrics?metric_name_pattern=(").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("invalid metric_name_pattern: "), "{body}");
    let (_, all) = get(&server, "/api/v1/status/self_metrics").await;
    assert!(serde_json::from_str::<Value>(&all).unwrap()["data"].as_array().unwrap().len() > 5);

    assert_eq!(get(&server, "/api/v1/notifications").await.1, r#"{"status":"success","data":[]}"#);
    server.ready.set(State::Stopping);
    let (_, body) = get(&server, "/api/v1/notifications").await;
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        told["data"][0]["text"],
        "Prometheus is shutting down and gracefully stopping all operations."
    );
    assert_eq!((&told["data"][0]["active"], told["data"].as_array().unwrap().len()), (&json!(true), 1));

    let listen = || Request::get("/api/v1/notifications/live").body(Body::empty()).unwrap();
    let first = server.router.clone().oneshot(listen()).await.unwrap();
    assert_eq!(first.headers()[header::CONTENT_TYPE], "text/event-stream");
    let second = server.router.clone().oneshot(listen()).await.unwrap();
    assert_eq!(second.status(), StatusCode::NO_CONTENT, "one listens already, and one is the limit");
    let mut events = first.into_body();
    let event = events.frame().await.unwrap().unwrap().into_data().unwrap();
    let event = String::from_utf8(event.to_vec()).unwrap();
    assert!(
        event.starts_with(r#"data: {"text":"Prometheus is shutting down"#) && event.ends_with("\n\n"),
        "{event}"
    );
    drop(events);
    let third = server.router.clone().oneshot(listen()).await.unwrap();
    assert_eq!(third.status(), StatusCode::OK, "a place is free again");
}
