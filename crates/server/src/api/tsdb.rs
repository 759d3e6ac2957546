//! `/status/tsdb`, `/status/tsdb/blocks`, `/status/walreplay`.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::blocking;
use crate::error::ApiError;
use crate::form::Form;
use crate::router::App;
use crate::visibility::data::Data;
use crate::visibility::statistics;

/// Names listed of each kind unless asked otherwise.
const LIMIT_DEFAULT: usize = 10;
/// Most names listed of each kind.
const LIMIT_MAX: usize = 10_000;

/// Where the head's series come from.
pub async fn status(State(app): State<Arc<App>>, data: Data, form: Form) -> Answer {
    let limit = match form.value("limit") {
        "" => LIMIT_DEFAULT,
        text => text
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| ApiError::bad_data("limit must be a positive number"))?,
    };
    if limit > LIMIT_MAX {
        return Err(ApiError::bad_data(format!("limit must not exceed {LIMIT_MAX}")));
    }
    blocking::run_until_left(move |cancel| {
        let all = app.parts.database.stats(limit).map_err(ApiError::internal)?;
        match data.visible {
            None => answer::data(&all),
            Some(_) => answer::data(&statistics::of_seen(&*data.queryable, &all, limit, &cancel)?),
        }
    })
    .await
}

/// The blocks on disk.
pub async fn blocks(State(app): State<Arc<App>>) -> Answer {
    blocking::run(move || {
        let blocks = app.parts.database.blocks();
        let blocks = blocks.map_err(|e| ApiError::internal(format!("error getting block metadata: {e}")))?;
        answer::data(&json!({"blocks": blocks}))
    })
    .await
}

/// How far the replay of the log is. Answers before the server is ready.
pub async fn replay(State(app): State<Arc<App>>) -> Answer {
    answer::data(&app.parts.database.replay())
}
