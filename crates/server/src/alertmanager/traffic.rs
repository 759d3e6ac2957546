//! Requests to an Alertmanager on a port of its own: how many at once, how long, and their figures under Alertmanager's names.
//!
//! Source: `api/api.go` and `app/metrics.go` of Alertmanager 0.34. Unlike there a handler is told by its route, never by the path that
//! somebody asked for, so that their number is bounded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use http_body::Body as _;
use telemetry::{Counter, Family, Gauge, Histogram, Registry};
use tokio::sync::Semaphore;

/// What requests may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// GET requests at once; more are refused.
    pub gets: usize,
    /// How long one may take.
    pub timeout: Option<Duration>,
}

impl Default for RequestLimits {
    fn default() -> RequestLimits {
        RequestLimits { gets: 8, timeout: None }
    }
}

struct Traffic {
    limits: RequestLimits,
    places: Semaphore,
    /// Routes begin with it.
    prefix: String,
    in_flight: Gauge,
    refused: Counter,
    durations: Family<Histogram>,
    sizes: Family<Histogram>,
}

/// Watches over all routes. `prefix` is where they begin.
pub(super) fn watched(router: Router, limits: RequestLimits, prefix: &str, registry: &Registry) -> Router {
    let method = ["method"];
    let traffic = Traffic {
        limits,
        places: Semaphore::new(limits.gets),
        prefix: prefix.to_owned(),
        in_flight: registry
            .gauge_family(
                "alertmanager_http_requests_in_flight",
                "Current number of HTTP requests being processed.",
                &method,
            )
            .with(&["get"]),
        refused: registry
            .counter_family(
                "alertmanager_http_concurrency_limit_exceeded_total",
                "Total number of times an HTTP request failed because the concurrency limit was reached.",
                &method,
            )
            .with(&["get"]),
        durations: registry.histogram_family(
            "alertmanager_http_request_duration_seconds",
            "Histogram of latencies for HTTP requests.",
            &["handler", "method", "code"],
            &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
        ),
        sizes: registry.histogram_family(
            "alertmanager_http_response_size_bytes",
            "Histogram of response size for HTTP requests.",
            &["handler", "method"],
            &[1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8],
        ),
    };
    router.layer(from_fn_with_state(Arc::new(traffic), watch))
}

async fn watch(State(traffic): State<Arc<Traffic>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let handler = traffic.handler(request.extensions().get::<MatchedPath>());
    let method = method(request.method());
    let response = traffic.limited(request, next).await;
    let status = response.status();
    traffic.durations.with(&[&handler, method, status.as_str()]).observe(begun.elapsed().as_secs_f64());
    // What is streamed has no size before its end.
    if let Some(bytes) = response.body().size_hint().exact() {
        traffic.sizes.with(&[&handler, method]).observe(bytes as f64);
    }
    response
}

impl Traffic {
    fn handler(&self, route: Option<&MatchedPath>) -> String {
        let Some(route) = route.map(MatchedPath::as_str) else { return "/".to_owned() };
        let route = route.strip_prefix(&self.prefix).unwrap_or(route);
        if route.is_empty() { "/".to_owned() } else { route.replace("/silence/{id}", "/silence/{silenceID}") }
    }

    async fn limited(&self, request: Request, next: Next) -> Response {
        let is_get = request.method() == Method::GET;
        let place = if is_get { self.places.try_acquire().ok() } else { None };
        if is_get && place.is_none() {
            self.refused.inc();
            let limit = self.limits.gets;
            let text = format!("Limit of concurrent GET requests reached ({limit}), try again later.\n\n");
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
        let set = || self.in_flight.set((self.limits.gets - self.places.available_permits()) as f64);
        set();
        let answered = match self.limits.timeout {
            None => Ok(next.run(request).await),
            Some(timeout) => tokio::time::timeout(timeout, next.run(request)).await.map_err(|_| timeout),
        };
        drop(place);
        set();
        answered.unwrap_or_else(|timeout| {
            let text = format!("Exceeded configured timeout of {timeout:?}.\n");
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        })
    }
}

/// Returns the method as the original's figures have it.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "get",
        "POST" => "post",
        "PUT" => "put",
        "DELETE" => "delete",
        "HEAD" => "head",
        "OPTIONS" => "options",
        "PATCH" => "patch",
        _other => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(router: &Router, path: &str) -> (u16, String) {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        )
    }

    fn figures(registry: &Registry) -> String {
        let format = exposition::format::negotiate("", exposition::format::Encoding::ALL);
        String::from_utf8(exposition::write(&registry.gather(), format)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn more_gets_than_allowed_are_refused_and_slow_ones_are_cut_off() {
        let registry = Registry::new();
        let routes = Router::new()
            .route("/am/slow", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
            .route("/am/api/v2/silence/{id}", get(|| async { "here" }));
        let limits = RequestLimits { gets: 1, timeout: Some(Duration::from_secs(30)) };
        let router = watched(routes, limits, "/am", &registry);
        let slow = tokio::spawn({
            let router = router.clone();
            async move { ask(&router, "/am/slow").await }
        });
        tokio::task::yield_now().await;
        let refused = "Limit of concurrent GET requests reached (1), try again later.\n\n";
        assert_eq!(ask(&router, "/am/api/v2/silence/a").await, (503, refused.to_owned()));
        assert!(figures(&registry).contains("alertmanager_http_requests_in_flight{method=\"get\"} 1\n"));
        assert_eq!(slow.await.unwrap(), (503, "Exceeded configured timeout of 30s.\n".to_owned()));
        assert_eq!(ask(&router, "/am/api/v2/silence/b").await, (200, "here".to_owned()));
        let figures = figures(&registry);
        for line in [
            "alertmanager_http_requests_in_flight{method=\"get\"} 0\n",
            "alertmanager_http_concurrency_limit_exceeded_total{method=\"get\"} 1\n",
            "alertmanager_http_request_duration_seconds_count{code=\"200\",handler=\"/api/v2/silence/{silenceID}\",method=\"get\"} 1\n",
            "alertmanager_http_request_duration_seconds_count{code=\"503\",handler=\"/slow\",method=\"get\"} 1\n",
            "alertmanager_http_response_size_bytes_sum{handler=\"/api/v2/silence/{silenceID}\",method=\"get\"} 68\n",
        ] {
            assert!(figures.contains(line), "{line}{figures}");
        }
    }
}
