//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use alerting::matchers::{Matcher, Matchers};
use alerting::silences::{Silence, SilenceError, State as Stage};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;

use super::bongsu::{force, refuse_too_broad, terms};
use super::documents::{PostedSilence, ShownSilence};
use super::params::Params;
use super::{Parts, Refusal, blocking, document};

/// `GET /api/v2/silences`
pub(super) async fn list(State(parts): State<Parts>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref());
    let alertmanager = parts.alertmanager;
    let syntax = alertmanager.with_config(|config| config.syntax);
    let filter = params.matchers("filter", "", syntax)?;
    let states = [
        (Stage::Active, params.switch("active")?),
        (Stage::Pending, params.switch("pending")?),
        (Stage::Expired, params.switch("expired")?),
    ];
    blocking(move || {
        let silences = alertmanager.read(|manager, now| {
            let shown = |s: &&Silence| {
                // Acknowledgements have a list of their own: they silence nothing.
                if manager.silences().terms(&s.id).is_some_and(|terms| terms.acknowledges) {
                    return false;
                }
                let wanted = states.iter().any(|(state, on)| *on && *state == s.state(now));
                wanted && names_all(s, &filter)
            };
            let mut silences: Vec<&Silence> = manager.silences().iter().filter(shown).collect();
            silences.sort_by_key(|s| order(s, now));
            silences.into_iter().map(|s| (s.clone(), now)).collect::<Vec<_>>()
        });
        let shown = |(s, now): (Silence, Timestamp)| ShownSilence::new(&s, now, terms(&alertmanager, &s));
        document(&silences.into_iter().map(shown).collect::<Vec<_>>())
    })
    .await
}

/// Tells whether one matcher set of a silence has all these matchers, as they are written.
fn names_all(silence: &Silence, filter: &Matchers) -> bool {
    silence.matcher_sets.iter().any(|set| filter.0.iter().all(|wanted| set.0.contains(wanted)))
}

/// Active ones first, those that end soonest before; then pending ones by their begin; then ended ones, the latest before.
fn order(silence: &Silence, now: Timestamp) -> (u8, i128, String) {
    let (rank, time) = match silence.state(now) {
        Stage::Active => (1, silence.ends_at.as_nanosecond()),
        Stage::Pending => (2, silence.starts_at.as_nanosecond()),
        Stage::Expired => (3, -silence.ends_at.as_nanosecond()),
    };
    (rank, time, silence.id.clone())
}

/// `GET /api/v2/silence/{id}`
pub(super) async fn get(State(parts): State<Parts>, Path(id): Path<String>) -> Response {
    let found = parts.alertmanager.read(|manager, now| manager.silences().get(&id).map(|s| (s.clone(), now)));
    match found {
        Some((silence, now)) => {
            document(&ShownSilence::new(&silence, now, terms(&parts.alertmanager, &silence)))
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `DELETE /api/v2/silence/{id}`
pub(super) async fn expire(State(parts): State<Parts>, Path(id): Path<String>) -> Result<Response, Refusal> {
    blocking(move || match parts.alertmanager.expire_silence(&id) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(SilenceError::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => Refusal::internal(error.to_string()).into_response(),
    })
    .await
}

/// `POST /api/v2/silences`
pub(super) async fn post(
    State(parts): State<Parts>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Refusal> {
    let silence = read(&body)?;
    if !force(query.as_deref()) {
        let (am, silence) = (parts.alertmanager.clone(), silence.clone());
        blocking(move || refuse_too_broad(&am, &silence)).await??;
    }
    blocking(move || match parts.alertmanager.set_silence(silence) {
        Ok(id) => document(&serde_json::json!({ "silenceID": id })),
        Err(error @ SilenceError::NotFound) => {
            Refusal::Status(StatusCode::NOT_FOUND, error.to_string()).into_response()
        }
        Err(error) => Refusal::bad_request(error.to_string()).into_response(),
    })
    .await
}

/// Reads a silence as clients post it.
pub(super) fn read(body: &[u8]) -> Result<Silence, Refusal> {
    let posted: PostedSilence =
        serde_json::from_slice(body).map_err(|e| Refusal::Malformed(format!("silence in body: {e}")))?;
    let time = |name: &str, text: &str| {
        text.parse::<Timestamp>()
            .map_err(|_| Refusal::Malformed(format!("{name} in body must be of type date-time: {text:?}")))
    };
    let (starts_at, ends_at) = (time("startsAt", &posted.starts_at)?, time("endsAt", &posted.ends_at)?);
    let refused = |reason: &str| Err(Refusal::bad_request(reason));
    if starts_at >= ends_at {
        return refused("Failed to create silence: start time must be before end time");
    }
    if ends_at < Timestamp::now() {
        return refused("Failed to create silence: end time can't be in the past");
    }
    let matcher = |m: &super::documents::Matcher| {
        Matcher::new(m.op(), m.name.as_str(), m.value.as_str()).map_err(|error| {
            let reason = format!("invalid silence: invalid regular expression {:?}: {error}", m.value);
            Refusal::bad_request(reason)
        })
    };
    let matchers: Vec<Matcher> = posted.matchers.iter().map(matcher).collect::<Result<_, _>>()?;
    Ok(Silence {
        id: posted.id,
        matcher_sets: vec![Matchers(matchers)],
        receiver_matcher_sets: Vec::new(),
        starts_at,
        ends_at,
        updated_at: starts_at,
        created_by: posted.created_by,
        comment: posted.comment,
        annotations: posted.annotations,
    })
}
