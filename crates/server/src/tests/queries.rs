//! The service around the engine: the queue, the list of queries, their end, the logs, the cache.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use model::Exemplar;
use storage::{Cancel, LabelQuery, Select, SelectError, SelectRequest, SeriesSet};
use tokio::sync::Notify;

use super::*;

/// A storage whose selections last until they are cancelled.
#[derive(Clone, Default)]
struct Endless {
    began: Arc<Notify>,
    ended: Arc<AtomicUsize>,
}

impl Queryable for Endless {
    fn view(&self, _range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Select for Endless {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        self.began.notify_one();
        let cancel: &Cancel = &request.cancel;
        while !cancel.is_cancelled() {
            std::thread::yield_now();
        }
        self.ended.fetch_add(1, SeqCst);
        Err(SelectError::Cancelled)
    }
    fn label_names(&self, _query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn label_values(&self, _name: &str, _query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn exemplars(
        &self,
        _matcher_sets: &[Vec<Matcher>],
        _range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new())
    }
}

fn endless(places: usize) -> (Arc<Server>, Endless) {
    let storage = Endless::default();
    let options = Options { queries_max: places, ..for_tests() };
    let (server, _) = server_over(options, Arc::new(storage.clone()), Arc::new(MemoryStorage::default()));
    (Arc::new(server), storage)
}

fn ask(server: &Arc<Server>, path: &'static str) -> tokio::task::JoinHandle<(StatusCode, String)> {
    let server = Arc::clone(server);
    tokio::spawn(async move { get(&server, path).await })
}

async fn active(server: &Server) -> Vec<Value> {
    let (status, body) = get(server, "/api/v1/status/active_queries").await;
    assert_eq!(status, StatusCode::OK);
    let answer: Value = serde_json::from_str(&body).unwrap();
    answer["data"].as_array().unwrap().clone()
}

async fn cancel(server: &Server, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let (status, _, body) = send(server, request).await;
    (status, body)
}

/// Looks until something is so; the test's own bound ends what never comes.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn running_and_waiting_queries_are_listed_and_ended() {
    let (server, storage) = endless(1);
    let first = ask(&server, "/api/v1/query_range?query=up&start=0&end=60&step=15");
    storage.began.notified().await;
    let second = ask(&server, "/api/v1/query?query=down&time=7");
    until("two queries", async || active(&server).await.len() == 2).await;
    let list = active(&server).await;
    let shown = |i: usize| (list[i]["query"].as_str().unwrap(), list[i]["state"].as_str().unwrap());
    assert_eq!((shown(0), shown(1)), (("up", "running"), ("down", "queued")));
    assert_eq!(
        (&list[0]["start"], &list[0]["end"], &list[0]["step"]),
        (&0.into(), &60_000.into(), &15_000.into())
    );

    for (method, path, status, text) in [
        ("DELETE", "/api/v1/status/active_queries/77", StatusCode::NOT_FOUND, "no active query 77"),
        ("DELETE", "/api/v1/status/active_queries/x", StatusCode::BAD_REQUEST, "is not a query's number"),
        ("POST", "/api/v1/status/active_queries/2/cancel", StatusCode::NO_CONTENT, ""),
        ("DELETE", "/api/v1/status/active_queries/1", StatusCode::NO_CONTENT, ""),
    ] {
        let (got, body) = cancel(&server, method, path).await;
        assert_eq!(got, status, "{method} {path}: {body}");
        assert!(body.contains(text), "{body}");
    }
    for query in [first, second] {
        let (status, body) = query.await.unwrap();
        assert_eq!(status.as_u16(), 499, "{body}");
        assert!(body.contains(r#""errorType":"canceled""#), "{body}");
    }
    until("nothing left", async || active(&server).await.is_empty()).await;
    assert_eq!(storage.ended.load(SeqCst), 1, "the one in the queue never began");
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_queries_needs_a_flag() {
    let storage = Arc::new(MemoryStorage::default());
    let options = Options { lifecycle: false, admin_api: false, ..for_tests() };
    let (server, _) = server_over(options, storage.clone(), storage);
    let (status, body) = cancel(&server, "DELETE", "/api/v1/status/active_queries/1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("--web.enable-lifecycle"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_its_query_and_frees_its_place() {
    let (server, storage) = endless(1);
    for n in 1..=3 {
        let query = ask(&server, "/api/v1/query?query=up&time=7");
        storage.began.notified().await;
        query.abort();
        until("the end of the query", async || storage.ended.load(SeqCst) == n).await;
    }
    // One that leaves the queue is forgotten as well.
    let running = ask(&server, "/api/v1/query?query=up&time=7");
    storage.began.notified().await;
    let waiting = ask(&server, "/api/v1/query?query=up&time=8");
    until("two queries", async || active(&server).await.len() == 2).await;
    waiting.abort();
    until("one query", async || active(&server).await.len() == 1).await;
    running.abort();
    until("nothing left", async || active(&server).await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshed_ranges_are_the_same_with_and_without_the_cache() {
    let (server, _) = server(for_tests());
    let path = |start: i64, extra: &str| {
        format!(
            "/api/v1/query_range?query=sum(requests_total)&start={start}&end={}&step=15{extra}",
            start + 300
        )
    };
    for start in [0, 0, 15, 60, 30, 240] {
        let (_, cached) = get(&server, &path(start, "")).await;
        let (_, plain) = get(&server, &path(start, "&stats=all")).await;
        let result = |body: &str| serde_json::from_str::<Value>(body).unwrap()["data"]["result"].clone();
        assert_eq!(result(&cached), result(&plain), "{start}");
        assert!(!result(&cached).as_array().unwrap().is_empty());
    }
    // What was kept stands above what was evaluated; without the cache everything is evaluated.
    for (start, extra, kind, hits, below) in [
        (240, "", "cached", 21, 0),
        (255, "", "cached", 20, 1),
        (240, "&nocache=true", "aggregate", 0, 1),
        (240, "&nocache=1&stats=all", "aggregate", 0, 1),
    ] {
        let (_, explained) = get(&server, &path(start, &format!("&explain=true{extra}"))).await;
        let answer: Value = serde_json::from_str(&explained).unwrap();
        let root = &answer["data"]["explain"];
        assert_eq!((&root["kind"], &root["cacheHits"]), (&kind.into(), &hits.into()), "{explained}");
        assert_eq!(root["children"].as_array().unwrap().len(), below, "{explained}");
        assert_ne!(answer["data"]["cache"]["reusableSteps"], 0, "{explained}");
    }
    let (_, refused) = get(&server, &path(0, "&nocache=maybe")).await;
    assert!(refused.contains("must be true or false, got \\\"maybe\\\""), "{refused}");
}

#[tokio::test]
async fn searches_answer_in_lines() {
    let features = ["search-api".to_owned()].into();
    let (server, _) = server(Options { features, ..for_tests() });
    for (path, want) in [
        (
            "metric_names?search[]=up&include_score=true&include_metadata=true",
            "{\"results\":[{\"name\":\"up\",\"score\":1,\"type\":\"gauge\",\"help\":\"Up.\"}]}\n{\"status\":\"success\",\"has_more\":false}\n",
        ),
        (
            "metric_names?batch_size=1",
            "{\"results\":[{\"name\":\"requests_total\"}]}\n{\"results\":[{\"name\":\"up\"}]}\n{\"status\":\"success\",\"has_more\":false}\n",
        ),
        (
            "label_names?limit=1",
            "{\"results\":[{\"name\":\"__name__\"}]}\n{\"status\":\"success\",\"has_more\":true}\n",
        ),
        (
            "label_values?label=job&sort_by=alpha&sort_dir=dsc&match[]=up",
            "{\"results\":[{\"value\":\"b\"},{\"value\":\"a\"}]}\n{\"status\":\"success\",\"has_more\":false}\n",
        ),
        ("label_values?label=nosuch", "{\"results\":[]}\n{\"status\":\"success\",\"has_more\":false}\n"),
        (
            "label_values",
            r#"{"status":"error","errorType":"bad_data","error":"missing required parameter \"label\""}"#,
        ),
    ] {
        let (_, body) = get(&server, &format!("/api/v1/search/{path}")).await;
        assert_eq!(body, want, "{path}");
    }
    let (server, _) = super::server(for_tests());
    let (_, body) = get(&server, "/api/v1/search/label_names").await;
    assert!(body.contains("search API disabled"), "{body}");
}
