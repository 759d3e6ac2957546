//! Errors as Grafana answers them: a status and `{"message": …}`, with more keys for some.

use accounts::AccountError;
use axum::response::{IntoResponse, Response};
use catalog::CatalogError;
use dashboards::DashboardError;
use http::{StatusCode, header};
use serde_json::{Map, Value};

/// An error answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Map<String, Value>,
}

/// What handlers return.
pub type Answer = Result<Response, Problem>;

impl Problem {
    /// An error with a message.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Problem {
        Problem { status, body: Map::from_iter([("message".to_owned(), Value::from(message.into()))]) }
    }

    /// Adds a key.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Problem {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    /// The request is wrong.
    pub fn bad_request(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, message)
    }

    /// There is none, or it is not for the asker.
    pub fn not_found(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, message)
    }

    /// Nobody is logged in.
    pub fn unauthorized() -> Problem {
        Problem::login_failed("Unauthorized", "auth.unauthorized")
    }

    /// A login that is not good.
    pub fn login_failed(message: &str, id: &str) -> Problem {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, message);
        problem.with("messageId", id).with("statusCode", 401).with("traceID", "")
    }

    /// The asker may not.
    pub fn forbidden(needed: &str) -> Problem {
        let text = format!(
            "You'll need additional permissions to perform this action. Permissions needed: {needed}"
        );
        Problem::new(StatusCode::FORBIDDEN, text).with("title", "Access denied").with("accessErrorId", "")
    }

    /// Our fault: the reason is logged, the asker hears that it happened.
    pub fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a dashboard request failed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error: see the server's log")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        json(self.status, &Value::Object(self.body))
    }
}

/// Answers with a status and a document.
pub fn json(status: StatusCode, value: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")],
        value.to_string(),
    )
        .into_response()
}

/// Answers with a document.
pub fn ok(value: Value) -> Answer {
    Ok(json(StatusCode::OK, &value))
}

/// Answers that it was done.
pub fn done(message: &str) -> Answer {
    ok(serde_json::json!({ "message": message }))
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Problem {
        match &error {
            CatalogError::Exists(_) => Problem::new(StatusCode::CONFLICT, "already exists"),
            CatalogError::Changed { what, .. } => changed(what),
            CatalogError::Url { .. }
            | CatalogError::TooNew { .. }
            | CatalogError::Damaged { .. }
            | CatalogError::Database(_) => Problem::internal(&error),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Problem {
        match &error {
            AccountError::WrongCredentials => {
                Problem::login_failed("Invalid username or password", "password-auth.failed")
            }
            AccountError::WrongToken => Problem::login_failed("Invalid API key", "api-key.invalid"),
            AccountError::TooManyFailures { .. } => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, error.to_string())
            }
            AccountError::Unreachable(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            AccountError::NotFound { .. } => Problem::not_found(error.to_string()),
            AccountError::Exists { .. } => Problem::new(StatusCode::CONFLICT, error.to_string()),
            AccountError::Invalid(reason) => Problem::bad_request(reason),
            AccountError::Hash(_) | AccountError::Random => Problem::internal(&error),
            AccountError::Catalog(_) => match error {
                AccountError::Catalog(inner) => inner.into(),
                other => Problem::internal(&other),
            },
        }
    }
}

impl From<DashboardError> for Problem {
    fn from(error: DashboardError) -> Problem {
        let message = error.to_string();
        let precondition = |status: &str| {
            Problem::new(StatusCode::PRECONDITION_FAILED, message.clone()).with("status", status)
        };
        match error {
            DashboardError::NotFound { .. } => Problem::not_found(message).with("status", "not-found"),
            DashboardError::Invalid(_) => Problem::bad_request(message),
            DashboardError::SameName => precondition("name-exists"),
            DashboardError::SameUid { what: "dashboard" } => precondition("uid-exists"),
            DashboardError::SameUid { .. } => Problem::new(StatusCode::CONFLICT, message),
            DashboardError::Changed { what } => changed(what),
            DashboardError::Provisioned { path } => Problem::bad_request(message).with("path", path),
            DashboardError::Secret { .. } => Problem::internal(&message),
            DashboardError::Catalog(inner) => inner.into(),
        }
    }
}

fn changed(what: &str) -> Problem {
    let text = format!("The {what} has been changed by someone else");
    match what {
        "data source" => Problem::new(
            StatusCode::CONFLICT,
            "Datasource has already been updated by someone else. Please reload and try again",
        ),
        _folder_or_dashboard => {
            Problem::new(StatusCode::PRECONDITION_FAILED, text).with("status", "version-mismatch")
        }
    }
}
