//! What the original's API lacks: the ledger and its conclusions, acknowledgements, what a silence would match.

mod acks;
mod ledger;
mod preview;
#[cfg(test)]
mod tests;

use alerting::fingerprint::Fingerprint;
use alerting::ledger::sentence::{Language, Style};
use axum::Router;
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::params::Params;
use super::{Parts, Refusal};

pub(super) use preview::{ShownTerms, force, refuse_too_broad, terms};

/// The routes, below `/api/v2/bongsu`.
pub(super) fn routes() -> Router<Parts> {
    Router::new()
        .route("/api/v2/bongsu/ledger", get(ledger::list))
        .route("/api/v2/bongsu/why", get(ledger::why))
        .route("/api/v2/bongsu/acks", get(acks::list).post(acks::post))
        .route("/api/v2/bongsu/ack/{id}", delete(acks::end))
        .route("/api/v2/bongsu/silences/preview", post(preview::preview))
}

/// Reads a time: RFC 3339, or seconds since the epoch as in Prometheus's API.
fn time(params: &Params, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = params.last(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let ms = crate::params::time(text).map_err(|e| Refusal::bad_request(format!("{name}: {e}")))?;
    let moment = Timestamp::from_millisecond(ms).map_err(|e| Refusal::bad_request(format!("{name}: {e}")))?;
    Ok(Some(moment))
}

/// Reads how sentences are written: `lang` is `en` or `ko`, `tz` an IANA name.
fn style(params: &Params) -> Result<Style, Refusal> {
    let code = params.last("lang").unwrap_or_default();
    let language = Language::from_code(code)
        .ok_or_else(|| Refusal::bad_request(format!("lang: {code:?} is neither en nor ko")))?;
    let zone = match params.last("tz") {
        None | Some("" | "UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| Refusal::bad_request(format!("tz: {name:?} is no time zone such as Asia/Seoul")))?,
    };
    Ok(Style { language, zone })
}

/// Reads the name of an alert.
fn fingerprint(text: &str) -> Result<Fingerprint, Refusal> {
    match u64::from_str_radix(text, 16) {
        Ok(number) if text.len() == 16 => Ok(Fingerprint(number)),
        Ok(_) | Err(_) => {
            Err(Refusal::bad_request(format!("fingerprint: {text:?} is no 16 hexadecimal digits")))
        }
    }
}
