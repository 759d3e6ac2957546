//! `/bongsu/rules/backfill`: the history of recording rules that are loaded, behind `--web.enable-admin-api`.
//!
//! One run at a time: it writes blocks and uses the engine as fast as it can. A client that goes away ends it; what was
//! recorded until then stays.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::State;
use rules::backfill::Span;
use rules::{Group, Rule};
use serde_json::json;
use storage::Cancel;

use super::admin;
use crate::answer::{self, Answer};
use crate::error::{ApiError, ErrorType};
use crate::form::Form;
use crate::parts::Rules;
use crate::router::App;
use crate::{blocking, params};

/// Evaluations of one rule that one request may ask for: 30 days of every fifteen seconds.
const EVALUATIONS_MAX: i64 = 172_800;

/// Ends the work when the request's future is dropped.
struct EndWithClient(Cancel);

impl Drop for EndWithClient {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Which rules are chosen; a list without entries chooses all.
struct Chosen {
    names: HashSet<String>,
    groups: HashSet<String>,
    files: HashSet<String>,
}

impl Chosen {
    fn read(form: &Form) -> Chosen {
        let all = |name| form.all(name).map(str::to_owned).collect();
        Chosen { names: all("rule_name[]"), groups: all("rule_group[]"), files: all("file[]") }
    }

    fn takes(&self, group: &Group, rule: &Rule) -> bool {
        let chosen = |set: &HashSet<String>, name: &str| set.is_empty() || set.contains(name);
        rule.alerting().is_none()
            && chosen(&self.names, &rule.name)
            && chosen(&self.groups, &group.name)
            && chosen(&self.files, &group.file)
    }
}

/// Writes what recording rules would have recorded.
pub async fn backfill(State(app): State<Arc<App>>, form: Form) -> Answer {
    admin::enabled(&app)?;
    form.well_formed()?;
    let Some(Rules { manager, .. }) = app.parts.rules.clone() else {
        return Err(ApiError::new(ErrorType::Unavailable, "this server evaluates no rules"));
    };
    let span = span(&form, app.parts.runtime.now_ms())?;
    let chosen = Chosen::read(&form);
    let view = manager.view();
    let groups = view.groups.iter().filter(|group| group.rules.iter().any(|rule| chosen.takes(group, rule)));
    let Some(interval_ms) = groups.map(|group| group.interval.as_millis() as i64).min() else {
        return Err(ApiError::new(
            ErrorType::NotFound,
            "no recording rule matches; /api/v1/rules lists them",
        ));
    };
    let evaluations = (span.end_ms - span.start_ms) / interval_ms.max(1);
    if evaluations > EVALUATIONS_MAX {
        return Err(ApiError::bad_data(format!(
            "{evaluations} evaluations of a rule are more than {EVALUATIONS_MAX}: ask for the time in parts, oldest first"
        )));
    }
    let Ok(turn) = app.backfill_turn.clone().try_acquire_owned() else {
        return Err(ApiError::new(
            ErrorType::Unavailable,
            "rules are being backfilled already; try again later",
        ));
    };
    let cancel = Cancel::default();
    let _end = EndWithClient(cancel.clone());
    blocking::run(move || {
        let _turn = turn;
        let mut history = app.parts.database.history().map_err(ApiError::internal)?;
        let wanted = |group: &Group, rule: &Rule| chosen.takes(group, rule);
        let done = manager.backfill(span, &wanted, &cancel, &mut *history).map_err(ApiError::internal)?;
        answer::data(&json!({
            "rules": done.rules,
            "samples": done.samples,
            "failedEvaluations": done.failed_evaluations,
            "firstFailure": done.first_failure,
        }))
    })
    .await
}

/// `start` is needed; without `end` it is now.
fn span(form: &Form, now_ms: i64) -> Result<Span, ApiError> {
    if form.value("start").is_empty() {
        return Err(ApiError::parameter(
            "start",
            "needed: the time from which on rules are to have a history",
        ));
    }
    let start_ms = params::time_or(form, "start", now_ms)?;
    let end_ms = params::time_or(form, "end", now_ms)?.min(now_ms);
    if end_ms < start_ms {
        return Err(ApiError::parameter("end", "end timestamp must not be before start time"));
    }
    Ok(Span { start_ms, end_ms })
}
