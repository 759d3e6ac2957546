//! `/status/config`, `/status/flags`, `/status/runtimeinfo`, `/status/buildinfo`.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use super::rfc3339;
use crate::answer::{self, Answer};
use crate::router::App;

/// The configuration in force, secrets masked.
pub async fn config(State(app): State<Arc<App>>) -> Answer {
    answer::data(&json!({"yaml": app.parts.config.load().yaml}))
}

/// Every flag with its value.
pub async fn flags(State(app): State<Arc<App>>) -> Answer {
    answer::data(&app.options.flags)
}

/// Version and build.
pub async fn build_info(State(app): State<Arc<App>>) -> Answer {
    answer::data(&app.options.build)
}

/// The process. Fields that speak of Go's runtime tell of ours what comes closest.
pub async fn runtime_info(State(app): State<Arc<App>>) -> Answer {
    let runtime = &app.parts.runtime;
    let (reload_worked, loaded_ms) = runtime.reload();
    let cwd = std::env::current_dir().map_or_else(
        |_| "<error retrieving current working directory>".to_owned(),
        |d| d.display().to_string(),
    );
    answer::data(&json!({
        "startTime": rfc3339(Some(runtime.started_ms())),
        "CWD": cwd,
        "hostname": runtime.hostname(),
        "serverTime": rfc3339(Some(runtime.now_ms())),
        "reloadConfigSuccess": reload_worked,
        "lastConfigTime": rfc3339(Some(loaded_ms / 1000 * 1000)),
        "corruptionCount": app.parts.database.corruptions(),
        "goroutineCount": tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        "GOMAXPROCS": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "GOMEMLIMIT": i64::MAX,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": app.parts.database.retention(),
    }))
}
