//! `prometheus_http_*`: requests by handler and status, how long they took, how large the answers were.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use telemetry::{Counter, Family, Histogram, Registry};

use crate::router::App;

/// The metrics of all requests.
pub struct HttpMetrics {
    requests: Family<Counter>,
    durations: Family<Histogram>,
    sizes: Family<Histogram>,
}

impl HttpMetrics {
    /// Registers the metrics.
    pub fn new(registry: &Registry) -> HttpMetrics {
        HttpMetrics {
            requests: registry.counter_family(
                "prometheus_http_requests_total",
                "Counter of HTTP requests.",
                &["handler", "code"],
            ),
            durations: registry.histogram_family(
                "prometheus_http_request_duration_seconds",
                "Histogram of latencies for HTTP requests.",
                &["handler"],
                &[0.1, 0.2, 0.4, 1.0, 3.0, 8.0, 20.0, 60.0, 120.0],
            ),
            sizes: registry.histogram_family(
                "prometheus_http_response_size_bytes",
                "Histogram of response size for HTTP requests.",
                &["handler"],
                &[1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9],
            ),
        }
    }

    /// Makes a handler's counter exist before its first request, so that rates start at zero.
    pub fn announce(&self, handler: &str) {
        self.requests.with(&[handler, "200"]);
    }
}

/// Counts a request once its answer is sent, or given up.
pub async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let Some(path) = request.extensions().get::<MatchedPath>() else { return next.run(request).await };
    let handler = without_prefix(path.as_str(), &app.options.route_prefix);
    let response = next.run(request).await;
    let code = response.status();
    response.map(|inner| {
        Body::new(Counted { inner, bytes: 0, done: Some(Done { app, handler, code: code.as_u16(), begun }) })
    })
}

fn without_prefix(path: &str, prefix: &str) -> String {
    handler_name(if prefix == "/" { path } else { path.strip_prefix(prefix).unwrap_or(path) })
}

/// A route as Prometheus names it: parameters as `:name`, the rest of a path as `*name`.
pub fn handler_name(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.replace("{*", "*").replace('{', ":").replace('}', "") }
}

struct Done {
    app: Arc<App>,
    handler: String,
    code: u16,
    begun: Instant,
}

/// A body that counts its bytes.
struct Counted {
    inner: Body,
    bytes: u64,
    done: Option<Done>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(Done { app, handler, code, begun }) = self.done.take() {
            let metrics = &app.http;
            metrics.requests.with(&[&handler, itoa::Buffer::new().format(code)]).inc();
            metrics.durations.with(&[&handler]).observe(begun.elapsed().as_secs_f64());
            metrics.sizes.with(&[&handler]).observe(self.bytes as f64);
        }
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.bytes += data.len() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_named_as_prometheus_does() {
        for (path, prefix, want) in [
            ("/api/v1/query", "/", "/api/v1/query"),
            ("/prom/api/v1/label/{name}/values", "/prom", "/api/v1/label/:name/values"),
            ("/prom", "/prom", "/"),
        ] {
            assert_eq!(without_prefix(path, prefix), want);
        }
    }
}
