//! `--web.auth`: the same logins in front of the Prometheus and Alertmanager APIs.
//!
//! Invariants: 1. What is not named here as open needs a login.  2. What changes something needs more than a viewer's role.
//! 3. Somebody whose teams see part of the series gets that part, or is refused: no answer goes out that was not narrowed.

use std::net::IpAddr;
use std::sync::Arc;

use accounts::{Identity, Role};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use transport::listener::Peer;

use super::clients::Ask;
use super::ctx::client_of;
use super::identify::{Asker, who};
use super::problem::Problem;
use super::state::Grafana;
use crate::visibility::{VisibilityError, Visible, answers};

/// Largest silence, and largest answer that is narrowed.
const SILENCE_BYTES_MAX: usize = 1 << 20;
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// The path at which receivers are tested.
const RECEIVER_TEST: &str = "/api/v2/bongsu/receivers/test";

/// What stands before the other routes.
pub struct Guard {
    /// Who asks.
    pub grafana: Arc<Grafana>,
    /// The prefix of all routes, without a slash at its end.
    pub prefix: String,
    /// Paths, without the prefix, at which this process scrapes itself.
    pub own_metrics: Vec<String>,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing: pages, which hold no data, and health.
    Nothing,
    /// Nothing from this machine itself, where the process scrapes itself; else a viewer.
    OwnMetrics,
    /// This role.
    Role(Role),
}

/// Lets a request pass if who asks may, narrowed to what they see.
pub async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix(&guard.prefix).unwrap_or(path).to_owned();
    let needed = match guard.needed(request.method(), &path) {
        Need::Nothing => return next.run(request).await,
        Need::OwnMetrics if is_this_machine(&request) => return next.run(request).await,
        Need::OwnMetrics => Role::Viewer,
        Need::Role(role) => role,
    };
    let asker = match request.extensions().get::<Asker>() {
        Some(Asker(asker)) => asker.clone(),
        None => {
            let client = client_of(request.extensions());
            who(&guard.grafana, request.method(), request.headers(), &client).await
        }
    };
    let identity = match asker {
        Ok(identity) if identity.role >= needed => identity,
        Ok(_) => return refused(&path, Problem::forbidden("a higher role")),
        Err(problem) => return refused(&path, problem),
    };
    let visible = Visible::read(&identity.selectors());
    request.extensions_mut().insert(Asker(Ok(identity.clone())));
    match visible.map(|visible| visible.map(Arc::new)) {
        Ok(None) => next.run(request).await,
        Ok(Some(visible)) => match narrowed(&guard, &visible, &path, &identity, request, next).await {
            Ok(response) => response,
            Err(problem) => refused(&path, problem),
        },
        Err(error) => refused(&path, forbidden(&error)),
    }
}

impl Guard {
    fn needed(&self, method: &Method, path: &str) -> Need {
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if matches!(path, "/-/healthy" | "/-/ready") && reads {
            return Need::Nothing;
        }
        if self.own_metrics.iter().any(|own| own == path) {
            return Need::OwnMetrics;
        }
        // Writing the past is administration, as deleting it is.
        // So is sending in the name of the Alertmanager.
        let is_administration = ["/api/v1/bongsu/rules/backfill", RECEIVER_TEST].contains(&path);
        if path.starts_with("/-/") || path.starts_with("/api/v1/admin/") || is_administration {
            return Need::Role(Role::Admin);
        }
        let is_data = path.starts_with("/api/") || matches!(path, "/federate" | "/metrics" | "/version");
        match (is_data, reads) {
            (false, true) => Need::Nothing,
            (true, true) => Need::Role(Role::Viewer),
            // Questions that are too long for a URL.
            (true, false) if *method == Method::POST && is_question(path) => Need::Role(Role::Viewer),
            (_, false) => Need::Role(Role::Editor),
        }
    }
}

fn is_question(path: &str) -> bool {
    let questions = [
        "/api/v1/query",
        "/api/v1/query_range",
        "/api/v1/query_exemplars",
        "/api/v1/series",
        "/api/v1/labels",
        "/api/v1/format_query",
        "/api/v1/parse_query",
        "/api/v1/read",
        "/api/v2/bongsu/silences/preview",
    ];
    questions.contains(&path) || path.starts_with("/api/v1/search/")
}

/// Tells whether a request comes from this machine, and not through a proxy on it.
fn is_this_machine(request: &Request) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let is_local = |peer: &Peer| match peer.0.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback(),
    };
    request.extensions().get::<Peer>().is_some_and(is_local)
        && !forwarded.iter().any(|name| request.headers().contains_key(*name))
}

/// An error in the shape of the API that was asked.
fn refused(path: &str, problem: Problem) -> Response {
    let message = problem.body.get("message").and_then(Value::as_str).unwrap_or("").to_owned();
    if path.starts_with("/api/v2/") {
        return (
            problem.status,
            [(header::CONTENT_TYPE, "application/json")],
            Value::from(message).to_string(),
        )
            .into_response();
    }
    let kind = match problem.status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::BAD_REQUEST => "bad_data",
        _other => "internal",
    };
    let body =
        serde_json::json!({ "status": "error", "errorType": kind, "error": message, "message": message });
    (problem.status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn forbidden(error: &VisibilityError) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, error.to_string())
}

/// Answers somebody who sees part of the series.
async fn narrowed(
    guard: &Guard,
    visible: &Arc<Visible>,
    path: &str,
    identity: &Identity,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    request.extensions_mut().insert(visible.clone());
    let is_label = path.starts_with("/api/v1/label/") && path.ends_with("/values");
    let is_search = path.starts_with("/api/v1/search/");
    match (request.method().as_str(), path) {
        // These read the storage as `visibility::data::Data`, which the visible narrows.
        (
            "GET" | "POST",
            "/api/v1/query"
            | "/api/v1/query_range"
            | "/api/v1/query_exemplars"
            | "/api/v1/series"
            | "/api/v1/labels"
            | "/api/v1/read"
            | "/federate",
        ) => Ok(next.run(request).await),
        ("GET", "/api/v1/metadata" | "/api/v1/targets/metadata" | "/api/v1/status/tsdb") => {
            Ok(next.run(request).await)
        }
        ("GET", _) if is_label => Ok(next.run(request).await),
        ("GET" | "POST", _) if is_search => Ok(next.run(request).await),
        ("GET", "/api/v2/alerts") => {
            change(next.run(request).await, |a| answers::routed_alerts(visible, a)).await
        }
        ("GET", "/api/v2/alerts/groups") => {
            change(next.run(request).await, |a| answers::alert_groups(visible, a)).await
        }
        ("GET", "/api/v1/alerts") => change(next.run(request).await, |a| answers::alerts(visible, a)).await,
        ("GET", "/api/v1/rules") => change(next.run(request).await, |a| answers::rules(visible, a)).await,
        ("GET", "/api/v1/targets") => change(next.run(request).await, |a| answers::targets(visible, a)).await,
        ("GET", "/api/v2/silences") => {
            change(next.run(request).await, |a| answers::silences(visible, a)).await
        }
        ("POST", "/api/v2/silences" | "/api/v2/bongsu/silences/preview") => {
            silence(visible, guard, request, next).await
        }
        ("GET" | "DELETE", _) if path.starts_with("/api/v2/silence/") => {
            one_silence(visible, guard, path, request, next).await
        }
        (
            "GET" | "POST",
            "/api/v1/format_query"
            | "/api/v1/parse_query"
            | "/api/v1/status/buildinfo"
            | "/api/v1/status/runtimeinfo"
            | "/api/v1/features"
            | "/api/v1/openapi.yaml"
            | "/version"
            | "/api/v1/notifications"
            | "/api/v2/receivers",
        ) => Ok(next.run(request).await),
        _unknown => {
            let text =
                format!("{path} is not available to {}: their teams see part of the series", identity.login);
            Err(Problem::new(StatusCode::FORBIDDEN, text))
        }
    }
}

async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let read = Limited::new(body, limit).collect().await;
    Ok(read.map_err(|_| Problem::bad_request(format!("more than {limit} bytes")))?.to_bytes())
}

/// Changes the document of an answer.
async fn change(response: Response, change: impl FnOnce(&mut Value)) -> Result<Response, Problem> {
    let (mut parts, body) = response.into_parts();
    if !parts.status.is_success() {
        return Ok(Response::from_parts(parts, body));
    }
    let bytes = whole(body, ANSWER_BYTES_MAX).await?;
    let mut document: Value = serde_json::from_slice(&bytes).map_err(|e| Problem::internal(&e))?;
    change(&mut document);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(document.to_string())))
}

/// Makes a silence that only touches what its author sees.
async fn silence(
    visible: &Visible,
    guard: &Guard,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = whole(body, SILENCE_BYTES_MAX).await?;
    let silence: Value =
        serde_json::from_slice(&bytes).map_err(|e| Problem::bad_request(format!("not a silence: {e}")))?;
    if !answers::may_silence(visible, &silence) {
        let text =
            "a silence of yours needs a matcher that names your team: your teams see part of the alerts";
        return Err(Problem::new(StatusCode::FORBIDDEN, text));
    }
    // One that has an identifier replaces another: that one must be theirs, too.
    if let Some(id) = silence["id"].as_str().filter(|id| !id.is_empty()) {
        theirs(visible, guard, id).await?;
    }
    Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await)
}

/// Shows or ends a silence that only touches what the asker sees.
async fn one_silence(
    visible: &Visible,
    guard: &Guard,
    path: &str,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    theirs(visible, guard, path.trim_start_matches("/api/v2/silence/")).await?;
    Ok(next.run(request).await)
}

/// Refuses a silence that touches more than the asker sees, as if there were none.
async fn theirs(visible: &Visible, guard: &Guard, id: &str) -> Result<(), Problem> {
    let missing = || Problem::not_found("silence not found");
    let path = super::proxy::checked(&format!("api/v2/silence/{id}"))?;
    let asked =
        Ask { method: Method::GET, path_and_query: path, headers: HeaderMap::new(), body: Bytes::new() };
    // The program itself looks, whatever its asker sees.
    let itself = Asker(Ok(Identity::anonymous(Role::Admin)));
    let response = super::proxy::own(&guard.grafana, asked, None, Some(itself)).await?;
    if !response.status().is_success() {
        return Err(missing());
    }
    let silence = whole(response.into_body(), SILENCE_BYTES_MAX).await?;
    let silence: Value = serde_json::from_slice(&silence).map_err(|e| Problem::internal(&e))?;
    if answers::may_silence(visible, &silence) { Ok(()) } else { Err(missing()) }
}
