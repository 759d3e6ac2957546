//! Requests that go on to a data source.

use std::sync::Arc;

use accounts::Role;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use catalog::data_sources::DataSource;
use dashboards::data_source::{OWN_ALERTMANAGER_UID, OWN_UID};
use futures_util::stream;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use transport::listener::Peer;

use super::body::Path;
use super::clients::{Ask, ask};
use super::ctx::Ctx;
use super::datasources::{By, find};
use super::identify::Asker;
use super::problem::{Answer, Problem, ok};
use super::reach::Way;
use super::state::Grafana;

/// Headers of a request that go on. Cookies and logins are ours, not the data source's.
const TO_SOURCE: [HeaderName; 4] =
    [header::ACCEPT, header::CONTENT_TYPE, header::ACCEPT_LANGUAGE, header::RANGE];
/// Headers of an answer that come back. Cookies of a data source would be set for us.
const FROM_SOURCE: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CACHE_CONTROL,
    header::ETAG,
    header::LAST_MODIFIED,
    header::CONTENT_RANGE,
];
/// Endpoints of Prometheus that are asked by POST and change nothing.
const QUESTIONS: [&str; 8] = [
    "api/v1/query",
    "api/v1/query_range",
    "api/v1/query_exemplars",
    "api/v1/series",
    "api/v1/labels",
    "api/v1/format_query",
    "api/v1/parse_query",
    "api/v1/read",
];
/// Longest body of an answer of our own API, which streams.
const PATH_BYTES_MAX: usize = 8 << 10;

/// `/api/datasources/proxy/uid/{uid}/{*path}`
pub async fn by_uid(ctx: Ctx, Path((uid, path)): Path<(String, String)>, request: Request) -> Answer {
    forward(&ctx, By::Uid(&uid), &path, request).await
}

/// `/api/datasources/uid/{uid}/resources/{*path}`: what a data source's editor asks of it. What its kind has no answer for is
/// the data source's own.
pub async fn resources(ctx: Ctx, Path((uid, path)): Path<(String, String)>, request: Request) -> Answer {
    ctx.need(Role::Viewer, "datasources:query")?;
    let record = find(&ctx, &mut ctx.read().await?, By::Uid(&uid)).await?;
    if let Some(kind) = sources::kind(&record.kind).filter(|_| request.method() == Method::GET) {
        let asker = request.extensions().get::<Asker>().cloned();
        let way = Way::new(ctx.grafana.clone(), record, asker);
        let parameters = ctx.params.pairs();
        if let Some(answer) = kind.resource(&way.source()?, &path, parameters, &way).await? {
            return ok(answer);
        }
    }
    forward(&ctx, By::Uid(&uid), &path, request).await
}

/// `/api/datasources/proxy/{id}/{*path}`
pub async fn by_id(ctx: Ctx, Path((id, path)): Path<(i64, String)>, request: Request) -> Answer {
    forward(&ctx, By::Id(id), &path, request).await
}

/// Sends a request on to a data source, if its asker may.
///
/// # Errors
/// 400 for a path that leads elsewhere, 403, 404, and those of [`ask`].
pub(super) async fn forward(ctx: &Ctx, by: By<'_>, path: &str, request: Request) -> Answer {
    let source = find(ctx, &mut ctx.read().await?, by).await?;
    let path = checked(path)?;
    may_ask(ctx, &source, request.method(), &path)?;
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| too_large())?.to_bytes();
    let headers = kept(&parts.headers, &TO_SOURCE);
    let asked = Ask { method: parts.method, path_and_query: format!("{path}{query}"), headers, body };
    let peer = parts.extensions.get::<Peer>().copied();
    if matches!(source.uid.as_str(), OWN_UID | OWN_ALERTMANAGER_UID) {
        let asker = parts.extensions.get::<Asker>().cloned();
        return own(&ctx.grafana, asked, peer, asker).await;
    }
    let response = ask(&ctx.grafana, &source, asked).await?;
    let (status, headers) = (response.status(), kept(response.headers(), &FROM_SOURCE));
    let chunks = stream::unfold(Some(response), |response| async {
        let mut response = response?;
        match response.chunk().await {
            Ok(None) => None,
            Ok(Some(chunk)) => Some((Ok(chunk), Some(response))),
            // The answer breaks off, so nobody takes it for whole.
            Err(failure) => Some((Err(std::io::Error::other(failure.to_string())), None)),
        }
    });
    let mut answer = Response::new(Body::from_stream(chunks));
    // A data source that does not let us in says nothing about the user's own login.
    let refused = status == StatusCode::UNAUTHORIZED;
    *answer.status_mut() = if refused { StatusCode::BAD_GATEWAY } else { status };
    *answer.headers_mut() = headers;
    // What a data source sends is data: it must not run as a page of ours.
    let sandbox = http::HeaderValue::from_static("sandbox; default-src 'none'");
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    Ok(answer)
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is too large")
}

fn kept(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let pairs =
        names.iter().flat_map(|name| headers.get_all(name).iter().map(move |v| (name.clone(), v.clone())));
    pairs.collect()
}

/// Refuses a path that leads out of the data source's own, however it is written, and writes it for a URL.
///
/// # Errors
/// 400.
pub fn checked(path: &str) -> Result<String, Problem> {
    let refused = |reason: &str| Err(Problem::bad_request(format!("not a path for a data source: {reason}")));
    if path.len() > PATH_BYTES_MAX {
        return refused("too long");
    }
    // The router has undone one layer of percent signs; a server behind may undo another.
    let mut decoded = path.to_owned();
    for _ in 0..3 {
        if decoded.split(['/', '\\']).any(|part| part == ".." || part == ".") {
            return refused("it leads elsewhere");
        }
        let bytes: Vec<u8> = percent_decode(&decoded);
        decoded = String::from_utf8_lossy(&bytes).into_owned();
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refused("it holds characters that no path has");
    }
    let parts =
        path.split('/').map(|part| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>());
    // Form encoding writes a space as `+`, which is itself in a path.
    Ok(parts.map(|part| part.replace('+', "%20")).collect::<Vec<_>>().join("/"))
}

fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// Refuses what the asker's role does not allow: viewers ask questions, editors silence, administrators do the rest.
fn may_ask(ctx: &Ctx, source: &DataSource, method: &Method, path: &str) -> Result<(), Problem> {
    ctx.need(Role::Viewer, "datasources:query")?;
    let is_question = method == Method::GET || method == Method::HEAD;
    let needed = match (source.kind.as_str(), is_question) {
        // Administration of a server is not for everybody, whatever the method.
        ("prometheus", _) if path.starts_with("api/v1/admin") || path.starts_with("-/") => Role::Admin,
        (_, true) => Role::Viewer,
        ("prometheus", false)
            if method == Method::POST && QUESTIONS.contains(&path.trim_end_matches('/')) =>
        {
            Role::Viewer
        }
        ("prometheus", false) => Role::Admin,
        ("alertmanager", false) => Role::Editor,
        (kind, false) if method == Method::POST && is_question_of(kind, path) => Role::Viewer,
        (_, false) => Role::Admin,
    };
    ctx.need(needed, "datasources:write")
}

/// Endpoints of other kinds that are asked by POST and change nothing. Elsewhere a POST may write or delete.
fn is_question_of(kind: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or("");
    match kind {
        "loki" => path.starts_with("loki/api/v1/") && !matches!(last, "push" | "delete" | "rules"),
        "influxdb" => matches!(path, "query" | "api/v2/query" | "api/v3/query_sql" | "api/v3/query_influxql"),
        "elasticsearch" | "grafana-opensearch-datasource" => {
            matches!(last, "_msearch" | "_search" | "_count" | "_field_caps")
        }
        _other => false,
    }
}

/// Asks our own API, without a network.
///
/// # Errors
/// 503 before all routes are known.
pub async fn own(grafana: &Arc<Grafana>, asked: Ask, peer: Option<Peer>, asker: Option<Asker>) -> Answer {
    let Some(router) = grafana.own.get() else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is starting"));
    };
    let uri = format!("{}/{}", grafana.options.own_prefix, asked.path_and_query);
    let mut request = http::Request::builder()
        .method(asked.method)
        .uri(uri)
        .body(Body::from(asked.body))
        .map_err(|e| Problem::bad_request(format!("not a path for a data source: {e}")))?;
    *request.headers_mut() = asked.headers;
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    if let Some(asker) = asker {
        request.extensions_mut().insert(asker);
    }
    match router.clone().oneshot(request).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}

/// Asks a data source and reads the whole answer.
///
/// # Errors
/// As [`ask`] and [`own`]; 502 if the answer is larger than `limit`.
pub async fn whole(
    grafana: &Arc<Grafana>,
    source: &DataSource,
    asked: Ask,
    asker: Option<Asker>,
    limit: usize,
) -> Result<(StatusCode, Bytes), Problem> {
    let too_large = || {
        let text = format!(
            "the data source's answer is larger than {limit} bytes: ask for fewer series or a larger step"
        );
        Problem::new(StatusCode::BAD_GATEWAY, text)
    };
    if matches!(source.uid.as_str(), OWN_UID | OWN_ALERTMANAGER_UID) {
        let response = own(grafana, asked, None, asker).await?;
        let status = response.status();
        let body = http_body_util::Limited::new(response.into_body(), limit);
        return Ok((status, body.collect().await.map_err(|_| too_large())?.to_bytes()));
    }
    let mut response = ask(grafana, source, asked).await?;
    let mut body = Vec::new();
    response.read_to(&mut body, limit as u64).await.map_err(|failure| match failure {
        transport::Failure::BodyTooLarge { .. } => too_large(),
        other => Problem::new(StatusCode::BAD_GATEWAY, format!("data source {:?}: {other}", source.name)),
    })?;
    Ok((response.status(), body.into()))
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn paths_stay_below_the_data_source() {
        let fine = [
            ("api/v1/query", "api/v1/query"),
            ("", ""),
            ("api/v1/label/a b/values", "api/v1/label/a%20b/values"),
            ("api/v1/label/이름/values", "api/v1/label/%EC%9D%B4%EB%A6%84/values"),
            ("x?y#z", "x%3Fy%23z"),
            ("a..b/c", "a..b/c"),
        ];
        for (path, want) in fine {
            assert_eq!(checked(path).unwrap(), want);
        }
        for bad in
            ["../etc", "a/../../b", "..", "a/./b", "%2e%2e/b", "a/%252e%252e/b", "..%2fb", "a\\..\\b", "a\nb"]
        {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
