//! Which browsers' pages may ask, as Prometheus's `--web.cors.origin` decides.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, HeaderMap, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};

use crate::router::App;

/// Adds the CORS headers to an answer of the API.
pub async fn headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        // A browser asking beforehand: every endpoint answers with the headers alone.
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    set(response.headers_mut(), &app.options.cors_origin, origin.as_ref());
    response
}

fn set(headers: &mut HeaderMap, allowed: &model::Regex, origin: Option<&HeaderValue>) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin.filter(|o| !o.is_empty()) else { return };
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Accept, Authorization, Content-Type, Origin"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Date"));
    if allowed.as_str() == ".*" {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else if origin.to_str().is_ok_and(|o| allowed.is_match(o)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (allowed, origin, want) in [
            (".*", Some("http://a"), Some("*")),
            (r"https?://(a|b)\.example", Some("http://a.example"), Some("http://a.example")),
            (r"https?://(a|b)\.example", Some("http://a.example.evil"), None),
            (".*", None, None),
        ] {
            let mut headers = HeaderMap::new();
            let allowed = model::Regex::anchored(allowed).unwrap();
            set(&mut headers, &allowed, origin.map(HeaderValue::from_static).as_ref());
            let got = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|v| v.to_str().unwrap());
            assert_eq!(got, want, "{allowed:?} {origin:?}");
            assert_eq!(headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS), origin.is_some());
        }
    }
}
