//! What goes wrong in a request, and how a client hears of it: `errorType`, status and text are Prometheus's.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use promql::QueryError;
use storage::SelectError;

/// Prometheus's error types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// A query took too long.
    Timeout,
    /// The client went away.
    Canceled,
    /// A query cannot be evaluated.
    Execution,
    /// The request is wrong.
    BadData,
    /// Our fault.
    Internal,
    /// Not available now, or not switched on.
    Unavailable,
    /// There is no such thing.
    NotFound,
}

impl ErrorType {
    /// The word in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorType::Timeout => "timeout",
            ErrorType::Canceled => "canceled",
            ErrorType::Execution => "execution",
            ErrorType::BadData => "bad_data",
            ErrorType::Internal => "internal",
            ErrorType::Unavailable => "unavailable",
            ErrorType::NotFound => "not_found",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            ErrorType::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            ErrorType::Canceled => StatusCode::from_u16(499).expect("499 is a three-digit status"),
            ErrorType::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorType::BadData => StatusCode::BAD_REQUEST,
            // Prometheus has no status of its own for "unavailable"; clients know it as 500.
            ErrorType::Internal | ErrorType::Unavailable => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorType::NotFound => StatusCode::NOT_FOUND,
        }
    }
}

/// An error answer of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {text}", kind.as_str())]
pub struct ApiError {
    /// What kind.
    pub kind: ErrorType,
    /// For people.
    pub text: String,
}

impl ApiError {
    /// An error of this type.
    pub fn new(kind: ErrorType, text: impl Into<String>) -> ApiError {
        ApiError { kind, text: text.into() }
    }

    /// The request is wrong.
    pub fn bad_data(text: impl Into<String>) -> ApiError {
        ApiError::new(ErrorType::BadData, text)
    }

    /// Our fault.
    pub fn internal(text: impl ToString) -> ApiError {
        ApiError::new(ErrorType::Internal, text.to_string())
    }

    /// A parameter is wrong.
    pub fn parameter(name: &str, reason: impl std::fmt::Display) -> ApiError {
        ApiError::bad_data(format!("invalid parameter {}: {reason}", model::number::quote(name)))
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> ApiError {
        let kind = match &error {
            // Found before the query starts: the parameter is at fault.
            QueryError::Invalid(reason) => return ApiError::parameter("query", reason),
            QueryError::Timeout => ErrorType::Timeout,
            QueryError::Canceled => ErrorType::Canceled,
            QueryError::Storage(_) => ErrorType::Internal,
            QueryError::TooManySamples { .. }
            | QueryError::TooMuchMemory { .. }
            | QueryError::Execution(_) => ErrorType::Execution,
        };
        ApiError::new(kind, error.to_string())
    }
}

impl From<SelectError> for ApiError {
    fn from(error: SelectError) -> ApiError {
        let kind = match &error {
            SelectError::Cancelled => ErrorType::Canceled,
            SelectError::Storage(_) | SelectError::Limit { .. } => ErrorType::Execution,
        };
        ApiError::new(kind, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = String::from(r#"{"status":"error","errorType":""#);
        body.push_str(self.kind.as_str());
        body.push_str(r#"","error":"#);
        crate::json::text::write_string(&mut body, &self.text);
        body.push('}');
        (self.kind.status(), [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// A plain-text answer to an error outside the API, as Go's `http.Error` writes it.
pub fn plain(status: StatusCode, text: &str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, format!("{text}\n")).into_response()
}
