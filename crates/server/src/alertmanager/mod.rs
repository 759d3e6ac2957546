//! Alertmanager's HTTP side: API v2, health, own metrics.
//!
//! Shapes, statuses and error texts are those of Alertmanager 0.34, so that amtool, Karma and Prometheus work with it.
//! Unlike in Prometheus's API there is no envelope: an answer is the document itself, an error is a JSON string.

mod alerts;
mod bongsu;
mod documents;
mod params;
mod posted;
mod receivers;
mod routes;
mod silences;
mod status;
#[cfg(test)]
mod tests;
mod traffic;

use std::sync::Arc;

use alerting::run::Alertmanager;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use telemetry::Registry;
use tokio::sync::{mpsc, oneshot};

use crate::own_metrics::{content_type, negotiate};
use crate::{answer, web};

pub use traffic::RequestLimits;

/// Largest body: about a hundred thousand alerts.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What the API speaks for.
#[derive(Clone)]
pub struct Parts {
    /// The Alertmanager.
    pub alertmanager: Arc<Alertmanager>,
    /// Own metrics.
    pub registry: Registry,
    /// Asks for a reload; the answer says whether the new configuration is in force.
    pub reload: mpsc::Sender<oneshot::Sender<Result<(), String>>>,
    /// For `/api/v2/status`.
    pub version: &'static str,
    /// Whether what reaches out on somebody's word is allowed.
    pub admin_api: bool,
}

/// Builds the API's routes, below `/api/v2`.
pub fn api(parts: Parts) -> Router {
    Router::new()
        .route("/api/v2/status", get(status::status))
        .route("/api/v2/receivers", get(status::receivers))
        .route("/api/v2/alerts", get(alerts::list).post(alerts::post))
        .route("/api/v2/alerts/groups", get(alerts::groups))
        .route("/api/v2/silences", get(silences::list).post(silences::post))
        .route("/api/v2/bongsu/routes", get(routes::tree))
        .route("/api/v2/silence/{id}", get(silences::get).delete(silences::expire))
        .merge(bongsu::routes())
        .route("/api/v2/bongsu/receivers/test", post(receivers::test))
        .route("/api/v2/bongsu/templates/render", post(receivers::render))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(cors))
        .with_state(parts)
}

/// Builds all routes of an Alertmanager on a port of its own, under a prefix such as `/alerts` or none. `base` is the path under
/// which browsers reach it.
pub fn router(parts: Parts, prefix: &str, base: &str, limits: RequestLimits) -> Router {
    let prefix = prefix.trim_end_matches('/');
    let registry = parts.registry.clone();
    traffic::watched(routes(parts, prefix, base), limits, prefix, &registry)
}

fn routes(parts: Parts, prefix: &str, base: &str) -> Router {
    let facts = webui::Facts {
        role: webui::Role::Alertmanager,
        title: "Bongsu Alertmanager".to_owned(),
        version: parts.version.to_owned(),
        alertmanager: true,
        lifecycle: true,
        ..webui::Facts::default()
    };
    let pages = web::routes(prefix, base, &facts);
    let all = Router::new()
        .route("/metrics", get(metrics))
        .route("/-/healthy", get(|| async { "OK" }))
        .route("/-/ready", get(|| async { "OK" }))
        .route("/-/reload", get(only_post).post(reload))
        .with_state(parts.clone())
        .merge(api(parts));
    let all = if prefix.is_empty() { all } else { Router::new().nest(prefix, all) };
    all.merge(pages)
}

async fn metrics(State(parts): State<Parts>, headers: HeaderMap) -> Response {
    let format = negotiate(&headers, exposition::format::Encoding::ALL);
    let body = exposition::write(&parts.registry.gather(), format);
    ([(header::CONTENT_TYPE, content_type(format))], body).into_response()
}

async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, "Only POST requests allowed\n").into_response()
}

async fn reload(State(parts): State<Parts>) -> Response {
    let (answer, outcome) = oneshot::channel();
    let stopping = || Err("the Alertmanager is stopping".to_owned());
    let result = match parts.reload.send(answer).await {
        Ok(()) => outcome.await.unwrap_or_else(|_| stopping()),
        Err(_) => stopping(),
    };
    match result {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n")).into_response()
        }
    }
}

/// Lets pages of other hosts read, as the original does. What changes state needs a content type that browsers ask about.
async fn cors(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Authorization, Content-Type, Origin"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Date"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Answers with a document.
fn document<T: Serialize>(value: &T) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => answer::json(text + "\n"),
        Err(error) => Refusal::internal(error.to_string()).into_response(),
    }
}

/// An answer that says why not.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// A JSON string under this status.
    Status(StatusCode, String),
    /// A body or parameter that is not what the API takes, as the original's validation says it.
    Malformed(String),
}

impl Refusal {
    fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::Status(StatusCode::BAD_REQUEST, message.into())
    }

    fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::Status(StatusCode::NOT_FOUND, message.into())
    }

    fn internal(message: impl Into<String>) -> Refusal {
        Refusal::Status(StatusCode::INTERNAL_SERVER_ERROR, message.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Refusal::Status(status, message) => (status, serde_json::Value::from(message)),
            Refusal::Malformed(message) => {
                (StatusCode::UNPROCESSABLE_ENTITY, serde_json::json!({ "code": 602, "message": message }))
            }
        };
        (status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
    }
}

/// Runs what may take long, or touches a disk, away from the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let failed = |_| Refusal::internal("the request was given up");
    tokio::task::spawn_blocking(work).await.map_err(failed)
}
