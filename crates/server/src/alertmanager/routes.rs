//! `/api/v2/bongsu/routes`: the routing tree, and the way that an alert with given labels would take through it.

use alerting::route::{GroupBy, Route};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::SignedDuration;
use model::Labels;
use serde_json::{Value, json};

use super::params::Params;
use super::{Parts, Refusal, document};

/// `GET /api/v2/bongsu/routes`, with any number of `label=name=value`.
///
/// `routes` are in the order of the file, the root first; `children` are places in it, and `matching` those that the labels take,
/// in the order in which they are told. Without labels `matching` is `null`.
pub(super) async fn tree(State(parts): State<Parts>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref());
    let mut pairs = Vec::new();
    for text in params.all("label") {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Refusal::bad_request(format!("label {text:?} is not of the form name=value")));
        };
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let labels = Labels::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let shown = parts.alertmanager.read(|manager, _| {
        let routes = &manager.settings().routes;
        let matching = (!pairs.is_empty()).then(|| routes.matching(&labels));
        json!({ "routes": routes.nodes().iter().map(show).collect::<Vec<_>>(), "matching": matching })
    });
    Ok(document(&shown))
}

fn show(route: &Route) -> Value {
    let options = &route.options;
    let group_by = match &options.group_by {
        GroupBy::All => vec!["..."],
        GroupBy::Labels(names) => names.iter().map(String::as_str).collect(),
    };
    let escalation = options.escalation.iter();
    json!({
        "receiver": options.receiver,
        "matchers": route.matchers.0.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "continue": route.continues,
        "groupBy": group_by,
        "groupWaitSeconds": seconds(options.group_wait),
        "groupIntervalSeconds": seconds(options.group_interval),
        "repeatIntervalSeconds": seconds(options.repeat_interval),
        "muteTimeIntervals": options.mute_time_intervals,
        "activeTimeIntervals": options.active_time_intervals,
        "escalation": escalation
            .map(|step| json!({ "afterSeconds": seconds(step.after), "receiver": step.receiver }))
            .collect::<Vec<_>>(),
        "children": route.routes,
    })
}

fn seconds(duration: SignedDuration) -> f64 {
    duration.as_secs_f64()
}
