//! As much of S3 as a backup asks for, in memory: objects, lists of few keys a page, parts, ranges. Requests can be counted
//! and broken.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Keys a page of a list has.
const PAGE: usize = 3;

#[derive(Default)]
pub struct Bucket {
    pub objects: Mutex<BTreeMap<String, Vec<u8>>>,
    parts: Mutex<BTreeMap<(String, u32), Vec<u8>>>,
    pub puts: AtomicU64,
    pub aborted: AtomicU64,
    /// Requests that are still answered; below zero, all are.
    pub answers_left: AtomicI64,
}

/// A bucket behind a port, for as long as this lives.
pub struct FakeS3 {
    pub bucket: Arc<Bucket>,
    pub endpoint: String,
    _runtime: tokio::runtime::Runtime,
}

impl FakeS3 {
    pub fn start() -> FakeS3 {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let bucket = Arc::new(Bucket { answers_left: AtomicI64::new(-1), ..Bucket::default() });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/{bucket}", axum::routing::any(bucket_request))
            .route("/{bucket}/{*key}", axum::routing::any(object_request))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(bucket.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        FakeS3 { bucket, endpoint, _runtime: runtime }
    }
}

type Params = Query<BTreeMap<String, String>>;

/// Refuses what is not signed, and everything once the answers are used up.
fn refusal(bucket: &Bucket, headers: &HeaderMap) -> Option<Response> {
    let signed = headers.get("authorization").is_some_and(|v| {
        v.to_str().unwrap().starts_with("AWS4-HMAC-SHA256 Credential=id/")
            && headers.contains_key("x-amz-content-sha256")
    });
    if !signed {
        return Some((StatusCode::FORBIDDEN, "<Error><Code>AccessDenied</Code></Error>").into_response());
    }
    let left = bucket.answers_left.load(SeqCst);
    if left == 0 {
        return Some((StatusCode::FORBIDDEN, "<Error><Code>Killed</Code></Error>").into_response());
    }
    if left > 0 {
        bucket.answers_left.fetch_sub(1, SeqCst);
    }
    None
}

async fn bucket_request(State(bucket): State<Arc<Bucket>>, headers: HeaderMap, params: Params) -> Response {
    if let Some(refused) = refusal(&bucket, &headers) {
        return refused;
    }
    let prefix = params.get("prefix").cloned().unwrap_or_default();
    let after = params.get("continuation-token").cloned().unwrap_or_default();
    let objects = bucket.objects.lock().unwrap();
    let mut found = objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after);
    let page: Vec<_> = found.by_ref().take(PAGE).collect();
    let more = found.next().is_some();
    let entry = |(key, bytes): &(&String, &Vec<u8>)| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>{}</Size></Contents>",
            bytes.len()
        )
    };
    let token = page
        .last()
        .filter(|_| more)
        .map(|(key, _)| format!("<NextContinuationToken>{key}</NextContinuationToken>"));
    let body = format!(
        "<ListBucketResult><IsTruncated>{more}</IsTruncated>{}{}</ListBucketResult>",
        page.iter().map(entry).collect::<String>(),
        token.unwrap_or_default()
    );
    ([(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

async fn object_request(
    State(bucket): State<Arc<Bucket>>,
    method: Method,
    Path((_, key)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refused) = refusal(&bucket, &headers) {
        return refused;
    }
    let mut objects = bucket.objects.lock().unwrap();
    let mut parts = bucket.parts.lock().unwrap();
    let etag = || [(header::ETAG, "\"e\"")];
    match (method.as_str(), params.get("partNumber"), params.contains_key("uploadId")) {
        ("POST", None, false) => {
            let id = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
            id.into_response()
        }
        ("PUT", Some(number), true) => {
            parts.insert((key, number.parse().unwrap()), body.to_vec());
            etag().into_response()
        }
        ("POST", None, true) => {
            let whole: Vec<u8> =
                parts.iter().filter(|((of, _), _)| *of == key).flat_map(|(_, p)| p.clone()).collect();
            parts.retain(|(of, _), _| *of != key);
            objects.insert(key, whole);
            bucket.puts.fetch_add(1, SeqCst);
            "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        ("DELETE", None, true) => {
            parts.retain(|(of, _), _| *of != key);
            bucket.aborted.fetch_add(1, SeqCst);
            StatusCode::NO_CONTENT.into_response()
        }
        ("PUT", ..) => {
            objects.insert(key, body.to_vec());
            bucket.puts.fetch_add(1, SeqCst);
            etag().into_response()
        }
        ("DELETE", ..) => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _get => match objects.get(&key) {
            None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
            Some(bytes) => answer_get(bytes, &headers),
        },
    }
}

fn answer_get(bytes: &[u8], headers: &HeaderMap) -> Response {
    let common = [
        (header::ETAG, "\"e\"".to_owned()),
        (header::LAST_MODIFIED, "Sat, 21 Nov 2026 00:00:00 GMT".to_owned()),
    ];
    let range =
        headers.get(header::RANGE).and_then(|v| v.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let Some((start, end)) = range else { return (common, bytes.to_vec()).into_response() };
    let start: usize = start.parse().unwrap();
    let end = (end.parse::<usize>().unwrap() + 1).min(bytes.len());
    let shown = format!("bytes {start}-{}/{}", end - 1, bytes.len());
    let part = bytes[start..end].to_vec();
    (StatusCode::PARTIAL_CONTENT, common, [(header::CONTENT_RANGE, shown)], part).into_response()
}
