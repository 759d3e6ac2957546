//! `/metrics`: what the process tells of itself.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exposition::format::{self, Encoding};
use http::{HeaderMap, HeaderValue, header};

use crate::router::App;

/// Prints all own metrics in the format that the client asks for.
pub async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let families = app.parts.registry.gather();
    let format = negotiate(&headers, Encoding::ALL);
    let body = exposition::write(&families, format);
    ([(header::CONTENT_TYPE, content_type(format))], body).into_response()
}

/// Picks the format of an answer.
pub(crate) fn negotiate(headers: &HeaderMap, offered: &[Encoding]) -> format::Format {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    format::negotiate(accept, offered)
}

/// The content type of a format as a header.
pub(crate) fn content_type(format: format::Format) -> HeaderValue {
    HeaderValue::from_str(&format.to_string()).unwrap_or_else(|_| HeaderValue::from_static("text/plain"))
}
