//! `POST /write`: receiving remote write, behind `--web.enable-remote-write-receiver`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use remote::receive::message::MessageError;
use remote::receive::{Message, Outcome, WriteError, Written};

use crate::error::plain;
use crate::form::read_limited;
use crate::router::App;

/// Largest compressed body. Senders' batches are far below.
const BODY_BYTES_MAX: usize = 32 << 20;
const NOT_ENABLED: &str = "remote write receiver needs to be enabled with --web.enable-remote-write-receiver";

/// Stores what a sender sends. 204 if all was stored, 400 if something was refused, 5xx if the sender shall try again.
pub async fn write(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let Some(receiver) = app.receiver.clone() else { return plain(StatusCode::NOT_FOUND, NOT_ENABLED) };
    let message = match negotiate(&app, request.headers()) {
        Ok(message) => message,
        Err(error) => return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, &error.to_string()),
    };
    let body = match read_limited(request.into_body(), BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &error.text),
    };
    let now_ms = app.parts.runtime.now_ms();
    let result = tokio::task::spawn_blocking(move || receiver.write(message, &body, now_ms)).await;
    match result {
        Ok(Ok(outcome)) => answer(message, &outcome),
        Ok(Err(error @ (WriteError::Malformed(_) | WriteError::TooLarge { .. }))) => {
            tracing::error!(protobuf_message = message.as_str(), %error, "cannot decode remote write request");
            with_written(message, Written::default(), plain(StatusCode::BAD_REQUEST, &error.to_string()))
        }
        Ok(Err(error @ WriteError::Storage(_))) => {
            tracing::error!(%error, "cannot store remote write request");
            let answer = plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string());
            with_written(message, Written::default(), answer)
        }
        Err(_) => {
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the request ended without an answer; see the log")
        }
    }
}

fn negotiate(app: &App, headers: &HeaderMap) -> Result<Message, MessageError> {
    let header = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let accepted = &app.options.remote_write_messages;
    Message::negotiate(header(header::CONTENT_TYPE), header(header::CONTENT_ENCODING), accepted)
}

fn answer(message: Message, outcome: &Outcome) -> Response {
    let response = match outcome.refused.first() {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(first) => {
            tracing::warn!(refused = outcome.refused_count, %first, "remote write request was not stored whole");
            let text = match message {
                Message::V1 => first.clone(),
                Message::V2 => outcome.refused.join("\n"),
            };
            plain(StatusCode::BAD_REQUEST, &text)
        }
    };
    with_written(message, outcome.written, response)
}

/// Remote write 2.0 wants to know what was stored, also when something was not.
fn with_written(message: Message, written: Written, mut response: Response) -> Response {
    if message == Message::V2 {
        for (name, count) in [
            ("x-prometheus-remote-write-samples-written", written.samples),
            ("x-prometheus-remote-write-histograms-written", written.histograms),
            ("x-prometheus-remote-write-exemplars-written", written.exemplars),
        ] {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(count));
        }
    }
    response
}
