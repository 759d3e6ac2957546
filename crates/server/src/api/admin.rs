//! `/admin/tsdb/*`, behind `--web.enable-admin-api`.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::error::{ApiError, ErrorType};
use crate::form::Form;
use crate::router::App;
use crate::{blocking, params, selectors};

/// Refuses unless `--web.enable-admin-api` is given.
pub(super) fn enabled(app: &App) -> Result<(), ApiError> {
    if app.options.admin_api {
        Ok(())
    } else {
        Err(ApiError::new(ErrorType::Unavailable, "admin APIs disabled"))
    }
}

/// Deletes samples.
pub async fn delete_series(State(app): State<Arc<App>>, form: Form) -> Answer {
    enabled(&app)?;
    selectors::required(&form)?;
    let range = params::range(&form)?;
    let texts: Vec<&str> = form.all("match[]").collect();
    let sets = promql::parser::parse_selectors(&texts).map_err(|e| ApiError::parameter("match[]", e))?;
    blocking::run(move || {
        for matchers in &sets {
            app.parts.database.delete(range, matchers).map_err(ApiError::internal)?;
        }
        Ok(answer::no_content())
    })
    .await
}

/// Frees what deleted samples take.
pub async fn clean_tombstones(State(app): State<Arc<App>>) -> Answer {
    enabled(&app)?;
    blocking::run(move || {
        app.parts.database.clean_tombstones().map_err(ApiError::internal)?;
        Ok(answer::no_content())
    })
    .await
}

/// Copies the data to `snapshots/<name>` in the data directory and answers with the name.
pub async fn snapshot(State(app): State<Arc<App>>, form: Form) -> Answer {
    enabled(&app)?;
    let skip_head = match form.value("skip_head") {
        "" => false,
        text => go_bool(text).ok_or_else(|| {
            let text = model::number::quote(text);
            let reason =
                format!("unable to parse boolean: strconv.ParseBool: parsing {text}: invalid syntax");
            ApiError::parameter("skip_head", reason)
        })?,
    };
    let now = jiff::Timestamp::from_millisecond(app.parts.runtime.now_ms()).map_err(ApiError::internal)?;
    let random = RandomState::new().hash_one(now.as_nanosecond()) >> 1;
    let name = format!("{}-{random:016x}", now.strftime("%Y%m%dT%H%M%SZ"));
    blocking::run(move || {
        let parent = app.options.data_dir.join("snapshots");
        let failed = |e: &dyn std::fmt::Display| ApiError::internal(format!("create snapshot: {e}"));
        std::fs::create_dir_all(&parent).map_err(|e| failed(&format_args!("{}: {e}", parent.display())))?;
        app.parts.database.snapshot(&parent.join(&name), !skip_head).map_err(|e| failed(&e))?;
        answer::data(&json!({"name": name}))
    })
    .await
}

/// Reads a boolean as Go does.
fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _other => None,
    }
}
