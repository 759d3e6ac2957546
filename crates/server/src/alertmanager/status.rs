//! `/api/v2/status`, `/api/v2/receivers`, and a page for people.

use alerting::cluster::Status;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::json;

use super::documents::{labels, time};
use super::params::Params;
use super::{Parts, Refusal, document};

/// `GET /api/v2/status`
pub(super) async fn status(State(parts): State<Parts>) -> Response {
    let original = parts.alertmanager.with_config(|config| config.masked.clone());
    document(&json!({
        "cluster": cluster(parts.alertmanager.cluster_status()),
        "config": { "original": original },
        "uptime": time(parts.alertmanager.started()),
        "versionInfo": {
            "branch": "",
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
            "revision": "",
            "version": parts.version,
        },
    }))
}

fn cluster(status: Option<Status>) -> serde_json::Value {
    let Some(Status { name, settled, peers }) = status else {
        return json!({ "peers": [], "status": "disabled" });
    };
    let peers: Vec<_> =
        peers.into_iter().map(|(name, address)| json!({ "address": address, "name": name })).collect();
    json!({ "name": name, "peers": peers, "status": if settled { "ready" } else { "settling" } })
}

/// `GET /api/v2/receivers`
pub(super) async fn receivers(
    State(parts): State<Parts>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref());
    let syntax = parts.alertmanager.with_config(|config| config.syntax);
    let what = "failed to parse receiver_matchers param: ";
    let matchers = params.matchers("receiver_matchers", what, syntax)?;
    let names: Vec<String> =
        parts.alertmanager.with_config(|c| c.receivers.iter().map(|r| r.name.clone()).collect());
    let receivers: Vec<_> = parts.alertmanager.read(|manager, _| {
        let known = &manager.settings().receivers;
        let shown = names.iter().filter_map(|name| Some((name, &known.get(name)?.labels)));
        shown
            .filter(|(_, l)| matchers.match_labels(l))
            .map(|(name, l)| json!({ "labels": labels(l), "name": name }))
            .collect()
    });
    Ok(document(&receivers))
}
