//! The host's metrics, served by this process for its own built-in job.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use exporters::node;
use exposition::format::{Encoding, negotiate};

/// Path of the host's metrics.
pub const PATH: &str = "/node/metrics";

/// Adds the host's metrics to a router.
pub fn routes(host: Arc<node::Host>) -> Router {
    Router::new().route(
        PATH,
        get(move |headers: HeaderMap| {
            let host = host.clone();
            async move { answer(host, &headers).await }
        }),
    )
}

/// Reads the host and prints it in the format that the client asks for.
pub async fn answer(host: Arc<node::Host>, headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let format = negotiate(accept, Encoding::ALL);
    // Reading /proc blocks.
    let families = tokio::task::spawn_blocking(move || node::collect(&host, node::ALL)).await;
    match families {
        Ok(families) => ([(header::CONTENT_TYPE, format.to_string())], exposition::write(&families, format))
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
