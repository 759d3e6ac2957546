//! The page at `/`: until there is a web UI, where to find what.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Uri;

use crate::router::App;

/// Addresses worth knowing, with what is there.
const LINKS: &[(&str, &str)] = &[
    ("/api/v1/query?query=up", "instant query (<code>query</code>, <code>time</code>)"),
    ("/api/v1/targets", "scrape targets"),
    ("/api/v1/label/__name__/values", "metric names"),
    ("/api/v1/status/config", "configuration in force"),
    ("/api/v1/status/flags", "flags"),
    ("/api/v1/status/runtimeinfo", "the process"),
    ("/api/v1/status/buildinfo", "the build"),
    ("/api/v1/status/tsdb", "the database"),
    ("/api/v1/rules", "rules"),
    ("/api/v1/alerts", "alerts"),
    ("/federate?match[]=up", "federation"),
    ("/metrics", "own metrics"),
    ("/-/healthy", "health"),
    ("/-/ready", "readiness"),
];

/// Lists addresses.
pub async fn home(State(app): State<Arc<App>>) -> Html<String> {
    let title = escape(&app.options.page_title);
    let base = escape(app.options.external_url.path().trim_end_matches('/'));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>body{{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}}</style>\
         </head><body>\n<h1>{title}</h1>\n<p>The server is running. It has no pages to look at data yet: point Grafana, \
         promtool or curl at this address, with the Prometheus HTTP API.</p>\n<ul>\n"
    );
    for (path, what) in LINKS {
        page.push_str(&format!("<li><a href=\"{base}{path}\">{path}</a>: {what}</li>\n"));
    }
    page.push_str("</ul>\n</body></html>\n");
    Html(page)
}

/// `/graph`: where links of alerts lead. They are kept, with their query, for the page to come.
pub async fn graph(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let base = app.options.external_url.path().trim_end_matches('/');
    let query = uri.query().map_or(String::new(), |q| format!("?{q}"));
    Redirect::to(&format!("{base}/query{query}")).into_response()
}

/// `/` where all routes have a prefix.
pub async fn to_prefix(State(app): State<Arc<App>>) -> Redirect {
    Redirect::to(&app.options.route_prefix)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
