//! What a silence would match, and the guard against those that match too much.

use alerting::run::Alertmanager;
use alerting::silences::Silence;
use alerting::silences::recurrence::Occurrence;
use alerting::silences::terms::Terms;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::super::documents::{Alert, time};
use super::super::params::Params;
use super::super::{Parts, Refusal, blocking, document, silences};

/// Windows of a recurring silence that are shown.
const WINDOWS_SHOWN: usize = 5;

/// What a silence asks for beyond the original's, for people to see.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ShownTerms {
    silences_now: bool,
    until_resolved: bool,
    windows: Vec<ShownWindow>,
}

#[derive(Serialize)]
struct ShownWindow {
    from: String,
    to: String,
}

impl From<Occurrence> for ShownWindow {
    fn from(occurrence: Occurrence) -> ShownWindow {
        ShownWindow { from: time(occurrence.from), to: time(occurrence.to) }
    }
}

fn windows(am: &Alertmanager, terms: &Terms, silence: &Silence) -> Vec<ShownWindow> {
    if terms.windows.is_empty() {
        return Vec::new();
    }
    let next = am.read(|manager, now| {
        let from = now.max(silence.starts_at);
        manager.silences().occurrences(terms, from, silence.ends_at, WINDOWS_SHOWN)
    });
    next.into_iter().map(ShownWindow::from).collect()
}

/// Returns what a stored silence asks for beyond the original's, if it does.
pub(in super::super) fn terms(am: &Alertmanager, silence: &Silence) -> Option<ShownTerms> {
    let (terms, silences_now) = am.read(|manager, now| {
        let terms = manager.silences().terms(&silence.id)?.clone();
        Some((terms, manager.silences().silences_at(silence, now)))
    })?;
    let windows = windows(am, &terms, silence);
    Some(ShownTerms { silences_now, until_resolved: terms.until_resolved, windows })
}

/// Tells whether a request insists.
pub(in super::super) fn force(query: Option<&str>) -> bool {
    matches!(Params::of(query).last("force"), Some("true" | "1"))
}

/// Refuses a silence that matches too much.
pub(in super::super) fn refuse_too_broad(am: &Alertmanager, silence: &Silence) -> Result<(), Refusal> {
    match am.objection(silence) {
        None => Ok(()),
        Some(reason) => Err(Refusal::Status(
            StatusCode::CONFLICT,
            format!(
                "the silence is too broad: {reason}. Look at what it matches, and force it (?force=true) if that is meant"
            ),
        )),
    }
}

/// `POST /api/v2/bongsu/silences/preview`
pub(super) async fn preview(State(parts): State<Parts>, body: Bytes) -> Result<Response, Refusal> {
    let silence = silences::read(&body)?;
    let terms = Terms::read(&silence.annotations)
        .map_err(|reason| Refusal::bad_request(format!("invalid silence: {reason}")))?;
    blocking(move || {
        let (alerts, total, reason) = parts.alertmanager.preview(&silence);
        let windows = windows(&parts.alertmanager, &terms, &silence);
        let matching = alerts.len();
        let alerts: Vec<Alert> = alerts.iter().take(ALERTS_SHOWN).map(Alert::from).collect();
        document(&json!({
            "alerts": alerts,
            "matching": matching,
            "total": total,
            "tooBroad": reason.is_some(),
            "reason": reason,
            "windows": windows,
            "checkedAt": time(Timestamp::now()),
        }))
    })
    .await
}

/// Alerts that are shown of what a silence would match.
const ALERTS_SHOWN: usize = 1000;
