//! `/api/v2/bongsu/acks`: who cares for which alerts.

use alerting::manager::{Acknowledgement, Wanted};
use alerting::matchers::{Matcher, Matchers};
use alerting::run::{Acknowledge, AcknowledgeError, Which};
use alerting::silences::{Silence, SilenceError, State as Stage};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::documents::{self, time};
use super::super::{Parts, Refusal, blocking, document};
use super::fingerprint;

/// An acknowledgement as clients post it: one of `fingerprint`, `groupKey` and `matchers`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Posted {
    fingerprint: Option<String>,
    group_key: Option<String>,
    #[serde(default)]
    matchers: Vec<documents::Matcher>,
    owner: String,
    #[serde(default)]
    note: String,
    until: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    owner: String,
    note: String,
    at: String,
    until: String,
    matcher_sets: Vec<Vec<documents::Matcher>>,
}

impl Shown {
    fn new(silence: &Silence) -> Shown {
        let Acknowledgement { id, owner, note, at, until } = Acknowledgement::of(silence);
        let set = |set: &Matchers| set.0.iter().map(documents::Matcher::from).collect();
        let matcher_sets = silence.matcher_sets.iter().map(set).collect();
        Shown { id, owner, note, at: time(at), until: time(until), matcher_sets }
    }
}

fn read(body: &[u8]) -> Result<Acknowledge, Refusal> {
    let posted: Posted = serde_json::from_slice(body)
        .map_err(|e| Refusal::Malformed(format!("acknowledgement in body: {e}")))?;
    let until =
        match posted.until.as_deref() {
            None | Some("") => None,
            Some(text) => Some(text.parse::<Timestamp>().map_err(|_| {
                Refusal::Malformed(format!("until in body must be of type date-time: {text:?}"))
            })?),
        };
    if until.is_some_and(|until| until <= Timestamp::now()) {
        return Err(Refusal::bad_request("until is in the past"));
    }
    let what = match (posted.fingerprint, posted.group_key, posted.matchers.as_slice()) {
        (Some(text), None, []) => Which::Firing(Wanted::Alert(fingerprint(&text)?)),
        (None, Some(key), []) => Which::Firing(Wanted::Group(key)),
        (None, None, [_, ..]) => {
            let matcher = |m: &documents::Matcher| Matcher::new(m.op(), m.name.as_str(), m.value.as_str());
            let matchers: Result<Vec<Matcher>, _> = posted.matchers.iter().map(matcher).collect();
            Which::Matching(Matchers(matchers.map_err(|e| Refusal::bad_request(e.to_string()))?))
        }
        _none_or_several => {
            return Err(Refusal::bad_request("exactly one of fingerprint, groupKey and matchers is needed"));
        }
    };
    Ok(Acknowledge { what, owner: posted.owner, note: posted.note, until })
}

/// `POST /api/v2/bongsu/acks`
pub(super) async fn post(State(parts): State<Parts>, body: Bytes) -> Result<Response, Refusal> {
    let request = read(&body)?;
    blocking(move || match parts.alertmanager.acknowledge(request) {
        Ok(id) => document(&serde_json::json!({ "ackID": id })),
        Err(error @ AcknowledgeError::NothingFires) => Refusal::not_found(error.to_string()).into_response(),
        Err(error) => Refusal::bad_request(error.to_string()).into_response(),
    })
    .await
}

/// `GET /api/v2/bongsu/acks`: those in force, the newest first.
pub(super) async fn list(State(parts): State<Parts>) -> Response {
    let acks = parts.alertmanager.read(|manager, now| {
        let silences = manager.silences();
        let in_force = |s: &&Silence| {
            s.state(now) == Stage::Active && silences.terms(&s.id).is_some_and(|terms| terms.acknowledges)
        };
        let mut acks: Vec<&Silence> = silences.iter().filter(in_force).collect();
        acks.sort_by_key(|s| (std::cmp::Reverse(s.starts_at), &s.id));
        acks.into_iter().map(Shown::new).collect::<Vec<_>>()
    });
    document(&acks)
}

/// `DELETE /api/v2/bongsu/ack/{id}`
pub(super) async fn end(State(parts): State<Parts>, Path(id): Path<String>) -> Result<Response, Refusal> {
    blocking(move || {
        let known = parts
            .alertmanager
            .read(|manager, _| manager.silences().terms(&id).is_some_and(|terms| terms.acknowledges));
        if !known {
            return Refusal::not_found("acknowledgement not found").into_response();
        }
        match parts.alertmanager.expire_silence(&id) {
            Ok(()) => StatusCode::OK.into_response(),
            Err(SilenceError::NotFound) => StatusCode::NOT_FOUND.into_response(),
            Err(error) => Refusal::internal(error.to_string()).into_response(),
        }
    })
    .await
}
