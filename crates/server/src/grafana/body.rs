//! Bodies, paths and parameters of requests.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body, whatever its content type says: many tools send none.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|e| {
            let too_large = e.into_response_status() == StatusCode::PAYLOAD_TOO_LARGE;
            if too_large {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is too large")
            } else {
                Problem::bad_request("the request's body could not be read")
            }
        })?;
        // An empty body stands for an object without fields.
        let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(Body)
            .map_err(|e| Problem::bad_request("bad request data").with("error", e.to_string()))
    }
}

/// What stands in the place of names in a path. What cannot be read there is told as all errors here are.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Path(value)).map_err(|e| Problem::bad_request(e.body_text()))
    }
}

trait Status {
    fn into_response_status(self) -> StatusCode;
}

impl Status for axum::extract::rejection::BytesRejection {
    fn into_response_status(self) -> StatusCode {
        use axum::response::IntoResponse;
        self.into_response().status()
    }
}

/// The parameters of a URL, each any number of times.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query.
    pub fn parse(query: Option<&str>) -> Params {
        let pairs = url::form_urlencoded::parse(query.unwrap_or("").as_bytes());
        Params(pairs.map(|(n, v)| (n.into_owned(), v.into_owned())).collect())
    }

    /// The first value of a parameter, or nothing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// All values of a parameter that are not empty.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }

    /// All parameters, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Whether a parameter is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// A parameter that is a number, or a default.
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.get(name).parse().unwrap_or(default)
    }

    /// A parameter that is a switch.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1" | "TRUE" | "True" | "t")
    }
}
