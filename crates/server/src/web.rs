//! Serves the web UI: its files, and its one page at every address that the UI knows.
//!
//! Invariants: 1. The page asks no other host for anything, and its policy says so.  2. Addresses of the API are never answered with the
//! page: only the paths in [`PATHS`] and below [`BELOW`] are the UI's.  3. What has a hash in its name may be kept forever, the page
//! itself must be asked for again each time.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use webui::{Asset, Facts};

use crate::error;

/// Addresses of the UI: those of Prometheus and Alertmanager, and ours.
const PATHS: &[&str] = &[
    "/",
    "/query",
    "/alerts",
    "/rules",
    "/targets",
    "/service-discovery",
    "/tsdb-status",
    "/status",
    "/config",
    "/flags",
    "/alertmanager-discovery",
    "/queries",
    "/groups",
    "/acks",
    "/silences",
    "/routing",
    "/receivers",
    "/templates",
    "/why",
    "/backtest",
    "/dashboards",
    "/playlists",
    "/login",
    "/profile",
    "/admin",
];

/// Everything below these is the UI's too.
const BELOW: &[&str] = &["/silences", "/dashboards", "/d", "/dashboard", "/playlists", "/admin"];

/// Scripts and data from here only; styles may be inline, because components compute them; pictures may be drawn in the page.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

/// The page, made once.
struct Page {
    html: String,
    etag: String,
}

/// Returns the routes of the UI's paths below a prefix, for announcing them.
pub fn paths() -> impl Iterator<Item = String> {
    let below = BELOW.iter().map(|path| format!("{path}/{{*rest}}"));
    PATHS.iter().map(|path| (*path).to_owned()).chain(below)
}

/// Builds the routes. `prefix` stands before all routes here, `base` is the path under which browsers reach them.
pub fn routes<S: Clone + Send + Sync + 'static>(prefix: &str, base: &str, facts: &Facts) -> Router<S> {
    let prefix = prefix.trim_end_matches('/');
    let html = webui::page(base, facts);
    let page = Arc::new(Page { etag: format!("\"{:x}\"", rapid(&html)), html });
    let show = move |page: Arc<Page>| move |headers: HeaderMap| async move { page.answer(&headers) };
    let mut router = Router::new();
    for path in paths() {
        let full =
            if path == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{path}") };
        router = router.route(&full, get(show(Arc::clone(&page))));
    }
    if !prefix.is_empty() {
        router = router.route(&format!("{prefix}/"), get(show(page)));
    }
    let file = |Path(name): Path<String>, headers: HeaderMap| async move {
        serve(webui::asset(&format!("assets/{name}")), &headers)
    };
    let beside = ["favicon.svg", "licenses.md"].into_iter().fold(router, |router, name| {
        let answer = move |headers: HeaderMap| async move { serve(webui::asset(name), &headers) };
        router.route(&format!("{prefix}/{name}"), get(answer))
    });
    beside.route(&format!("{prefix}/assets/{{*name}}"), get(file))
}

/// A tag that changes with the text; the text is the same for a process's whole life.
fn rapid(text: &str) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

impl Page {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = if unchanged(headers, &self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, "text/html; charset=utf-8")], self.html.clone()).into_response()
        };
        let out = response.headers_mut();
        out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        out.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        out.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            out.insert(ETAG, etag);
        }
        response
    }
}

/// Answers with a file: as stored if gzip is taken, else unpacked.
fn serve(asset: Option<&'static Asset>, headers: &HeaderMap) -> Response {
    let Some(asset) = asset else { return error::plain(StatusCode::NOT_FOUND, "404 page not found") };
    let mut response = if unchanged(headers, asset.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_gzip(headers) {
        let mut response = Body::from(asset.gzip).into_response();
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        Body::from(asset.plain()).into_response()
    };
    let out = response.headers_mut();
    let keep = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    out.insert(ETAG, HeaderValue::from_static(asset.etag));
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the client has this version: `If-None-Match` names it, weakly or not.
fn unchanged(headers: &HeaderMap, etag: &str) -> bool {
    let given = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag
    })
}

/// Whether `Accept-Encoding` takes gzip: named, or by `*`, and not with a quality of zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let quality = |wanted: &str, text: &str| {
        let mut parts = text.split(';').map(str::trim);
        (parts.next()?.eq_ignore_ascii_case(wanted))
            .then(|| parts.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0_f32))
    };
    let all: Vec<&str> = given.flat_map(|value| value.split(',')).collect();
    let named = all.iter().find_map(|text| quality("gzip", text));
    named.or_else(|| all.iter().find_map(|text| quality("*", text))).is_some_and(|q| q > 0.0)
}

#[cfg(test)]
mod tests;
