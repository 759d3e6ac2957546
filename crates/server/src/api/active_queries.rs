//! `/status/active_queries`: which queries there are, and the end of one.
//!
//! Listing is open to whoever may query. Ending another's query changes the course of the server and needs `--web.enable-lifecycle` or
//! `--web.enable-admin-api`.

use std::sync::Arc;

use axum::extract::{Path, State};

use crate::answer::{self, Answer};
use crate::error::{ApiError, ErrorType};
use crate::router::App;

/// Lists the queries that wait, run or are being answered, oldest first.
pub async fn list(State(app): State<Arc<App>>) -> Answer {
    answer::data(&app.queries.active().list())
}

/// Ends a query: `POST …/{id}/cancel` or `DELETE …/{id}`.
pub async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    if !(app.options.lifecycle || app.options.admin_api) {
        return Err(ApiError::new(
            ErrorType::Unavailable,
            "cancelling queries is disabled; start with --web.enable-lifecycle or --web.enable-admin-api",
        ));
    }
    let number: u64 =
        id.parse().map_err(|_| ApiError::parameter("id", format_args!("{id:?} is not a query's number")))?;
    if !app.queries.active().cancel(number) {
        return Err(ApiError::new(
            ErrorType::NotFound,
            format!("no active query {number}; it may have ended"),
        ));
    }
    Ok(answer::no_content())
}
