//! `/rules`, `/alerts`, `/alertmanagers`: there are none yet, and that is what they answer.

use model::number::quote;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;

/// Lists rule groups.
pub async fn rules(form: Form) -> Answer {
    match form.value("type").to_lowercase().as_str() {
        "" | "alert" | "record" => answer::data(&json!({"groups": []})),
        other => Err(ApiError::parameter("type", format_args!("not supported value {}", quote(other)))),
    }
}

/// Lists active alerts.
pub async fn alerts() -> Answer {
    answer::data(&json!({"alerts": []}))
}

/// Lists Alertmanagers.
pub async fn alertmanagers() -> Answer {
    answer::data(&json!({"activeAlertmanagers": [], "droppedAlertmanagers": []}))
}
