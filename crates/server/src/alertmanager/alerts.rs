//! `/api/v2/alerts` and `/api/v2/alerts/groups`.

use alerting::manager::AlertView;
use alerting::matchers::Matchers;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;

use super::documents::{self, Alert, Group, Named};
use super::params::Params;
use super::{Parts, Refusal, blocking, document, posted};

/// Which alerts are shown, by what keeps them quiet.
struct Wanted {
    matchers: Matchers,
    active: bool,
    silenced: bool,
    inhibited: bool,
}

impl Wanted {
    fn takes(&self, view: &AlertView) -> bool {
        let status = &view.status;
        let quiet = !(status.silenced_by.is_empty() && status.inhibited_by.is_empty());
        self.matchers.match_labels(&view.alert.labels)
            && (self.active || quiet)
            && (self.silenced || status.silenced_by.is_empty())
            && (self.inhibited || status.inhibited_by.is_empty())
    }
}

/// `GET /api/v2/alerts`
pub(super) async fn list(State(parts): State<Parts>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref());
    let alertmanager = parts.alertmanager;
    let syntax = alertmanager.with_config(|config| config.syntax);
    let wanted = wanted(&params, syntax)?;
    let receivers = params.receivers(syntax)?;
    blocking(move || {
        let alerts: Vec<Alert> = alertmanager.read(|manager, now| {
            let known = &manager.settings().receivers;
            let meant = |view: &AlertView| {
                view.receivers.iter().any(|name| receivers.takes(name, known.get(name).map(|r| &r.labels)))
            };
            manager
                .alerts(now)
                .iter()
                .filter(|view| wanted.takes(view) && meant(view))
                .map(Alert::from)
                .collect()
        });
        document(&alerts)
    })
    .await
}

/// `GET /api/v2/alerts/groups`
pub(super) async fn groups(
    State(parts): State<Parts>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref());
    let alertmanager = parts.alertmanager;
    let syntax = alertmanager.with_config(|config| config.syntax);
    let wanted = wanted(&params, syntax)?;
    let muted = params.switch("muted")?;
    let receivers = params.receivers(syntax)?;
    blocking(move || {
        let groups: Vec<Group> = alertmanager.read(|manager, now| {
            let settings = manager.settings();
            let meant = |route: &alerting::route::Route| {
                let name = &route.options.receiver;
                receivers.takes(name, settings.receivers.get(name).map(|r| &r.labels))
            };
            let shown = manager.alert_groups(meant, now).into_iter().filter_map(|mut group| {
                group.alerts.retain(|view| wanted.takes(view));
                let is_muted = group.alerts.first().is_some_and(|view| !view.status.muted_by.is_empty());
                (!group.alerts.is_empty() && (muted || !is_muted)).then(|| Group {
                    alerts: group.alerts.iter().map(Alert::from).collect(),
                    labels: documents::labels(&group.labels),
                    receiver: Named { name: group.receiver.clone() },
                    route_labels: settings.routes.nodes()[group.route].options.labels.clone(),
                })
            });
            shown.collect()
        });
        document(&groups)
    })
    .await
}

fn wanted(params: &Params, syntax: alerting::matchers::Syntax) -> Result<Wanted, Refusal> {
    params.switch("unprocessed")?; // there are none: an alert is judged as it comes
    Ok(Wanted {
        matchers: params.matchers("filter", "", syntax)?,
        active: params.switch("active")?,
        silenced: params.switch("silenced")?,
        inhibited: params.switch("inhibited")?,
    })
}

/// `POST /api/v2/alerts`
pub(super) async fn post(State(parts): State<Parts>, body: Bytes) -> Result<Response, Refusal> {
    let refused = blocking(move || {
        let reports = posted::read(&body)?;
        Ok(parts.alertmanager.handle_alerts(reports))
    })
    .await??;
    if refused.is_empty() {
        return Ok(StatusCode::OK.into_response());
    }
    let reasons: Vec<String> = refused.iter().map(|(_, error)| error.to_string()).collect();
    tracing::warn!(alerts = refused.len(), first = %reasons[0], "alerts refused");
    Err(Refusal::bad_request(reasons.join("\n")))
}
