//! `/-/healthy`, `/-/ready`, `/-/reload`, `/-/quit`, and the door that stays shut until the server is ready.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::oneshot;

use crate::error;
use crate::options::BuildInfo;
use crate::ready::State;
use crate::router::App;

/// `GET /-/healthy`: the process answers.
pub async fn healthy(Extract(app): Extract<Arc<App>>) -> String {
    format!("{} is Healthy.\n", app.options.app_name)
}

/// `GET /-/ready`, behind [`when_ready`].
pub async fn ready(Extract(app): Extract<Arc<App>>) -> String {
    format!("{} is Ready.\n", app.options.app_name)
}

/// Lets requests through only while the server is ready.
pub async fn when_ready(Extract(app): Extract<Arc<App>>, request: Request, next: Next) -> Response {
    let stopping = match app.ready.get() {
        State::Ready => return next.run(request).await,
        State::Starting => "false",
        State::Stopping => "true",
    };
    (StatusCode::SERVICE_UNAVAILABLE, [("x-prometheus-stopping", stopping)], "Service Unavailable")
        .into_response()
}

/// `GET /version`.
pub async fn version(Extract(app): Extract<Arc<App>>) -> Json<BuildInfo> {
    Json(app.options.build.clone())
}

/// `POST /-/reload`: answers when the configuration is in force, or says why it is not.
pub async fn reload(Extract(app): Extract<Arc<App>>) -> Response {
    if !app.options.lifecycle {
        return not_enabled();
    }
    let (answer, outcome) = oneshot::channel();
    let failure = match app.parts.control.reload.send(answer).await {
        Err(_) => "the server is stopping".to_owned(),
        Ok(()) => match outcome.await {
            Ok(Ok(())) => return StatusCode::OK.into_response(),
            Ok(Err(text)) => text,
            Err(_) => "the server is stopping".to_owned(),
        },
    };
    error::plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("failed to reload config: {failure}"))
}

/// `POST /-/quit`.
pub async fn quit(Extract(app): Extract<Arc<App>>) -> Response {
    if !app.options.lifecycle {
        return not_enabled();
    }
    if app.parts.control.quit.is_cancelled() {
        return "Termination already in progress.".into_response();
    }
    app.parts.control.quit.cancel();
    "Requesting termination... Goodbye!".into_response()
}

/// `GET /-/reload` and `GET /-/quit`: a link must not have such an effect.
pub async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, "Only POST or PUT requests allowed").into_response()
}

fn not_enabled() -> Response {
    (StatusCode::FORBIDDEN, "Lifecycle API is not enabled.").into_response()
}
