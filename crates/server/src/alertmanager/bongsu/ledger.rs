//! `/api/v2/bongsu/ledger` and `/api/v2/bongsu/why`.

use std::collections::BTreeMap;

use alerting::ledger::entry::{Entry, Event};
use alerting::ledger::sentence::Style;
use alerting::ledger::why::{Answer, Told};
use alerting::ledger::{Named, Query};
use alerting::manager::What;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use model::Regex;
use serde::Serialize;

use super::super::documents::{labels, time as shown};
use super::super::params::Params;
use super::super::{Parts, Refusal, blocking, document};
use super::{fingerprint, style, time};

/// Entries if nobody says how many, and most.
const LIMIT_DEFAULT: usize = 200;
const LIMIT_MAX: usize = 10_000;
/// Alerts that are shown of one entry.
const ALERTS_SHOWN: usize = 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownEntry {
    at: String,
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_key: Option<String>,
    #[serde(flatten)]
    details: Details,
    alert_count: usize,
    alerts: Vec<ShownAlert>,
}

#[derive(Serialize)]
struct ShownAlert {
    fingerprint: String,
    labels: BTreeMap<String, String>,
}

/// What only some kinds have.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl Details {
    fn of(event: &Event) -> Details {
        let integration = |key: &alerting::nflog::IntegrationKey| Details {
            receiver: Some(key.receiver.clone()),
            integration: Some(format!("{}[{}]", key.integration, key.index)),
            ..Details::default()
        };
        let by = |by: &[String]| Details { by: by.to_vec(), ..Details::default() };
        let what = match event {
            Event::Decided(what) => what,
            Event::Rule { rule, state, value } => {
                return Details {
                    note: Some(rule.clone()),
                    by: vec![state.clone()],
                    value: Some(model::number::format_g(*value)),
                    ..Details::default()
                };
            }
        };
        match what {
            What::Received | What::Resolved | What::TimedOut => Details::default(),
            What::Refused { limit } => Details { value: Some(limit.to_string()), ..Details::default() },
            What::Grouped { receiver, due } => {
                Details { receiver: Some(receiver.clone()), until: Some(shown(*due)), ..Details::default() }
            }
            What::Inhibited { by, rule } => {
                Details { by: vec![by.to_string()], note: Some(rule.clone()), ..Details::default() }
            }
            What::Silenced { by: ids } | What::Muted { by: ids } => by(ids),
            What::Known { integration: key, told_by } => {
                Details { by: told_by.iter().map(ToString::to_string).collect(), ..integration(key) }
            }
            What::Held { integration: key, by } => Details { by: by.clone(), ..integration(key) },
            What::Escalated { receiver, after } => Details {
                receiver: Some(receiver.clone()),
                value: Some(format!("{}s", after.as_secs())),
                ..Details::default()
            },
            What::Begun { integration: key, reason } => {
                Details { reason: Some(reason.as_str()), ..integration(key) }
            }
            What::Retried { integration: key, attempt, error } => {
                Details { attempt: Some(*attempt), note: Some(error.clone()), ..integration(key) }
            }
            What::Sent { integration: key, reason, receipt } => Details {
                reason: Some(reason.as_str()),
                attempt: Some(receipt.attempts).filter(|attempts| *attempts > 0),
                note: Some(receipt.answer.clone()).filter(|answer| !answer.is_empty()),
                ..integration(key)
            },
            What::Failed { integration: key, reason, error } => {
                Details { reason: Some(reason.as_str()), note: Some(error.clone()), ..integration(key) }
            }
            What::Acknowledged { id, owner, note } => Details {
                by: vec![id.clone(), owner.clone()],
                note: Some(note.clone()),
                ..Details::default()
            },
            What::SilenceEnded { id } => by(std::slice::from_ref(id)),
        }
    }
}

fn shown_alert(alert: &Named) -> ShownAlert {
    ShownAlert { fingerprint: alert.fingerprint.to_string(), labels: labels(&alert.labels) }
}

fn shown_entry(entry: &Entry, style: &Style) -> ShownEntry {
    ShownEntry {
        at: shown(entry.at),
        kind: entry.event.kind(),
        text: style.sentence(entry),
        group_key: entry.group_key.as_deref().map(str::to_owned),
        details: Details::of(&entry.event),
        alert_count: entry.alerts.len(),
        alerts: entry.alerts.iter().take(ALERTS_SHOWN).map(shown_alert).collect(),
    }
}

/// Reads what is asked for, up to `end`.
fn query(parts: &Parts, params: &Params, end: Option<Timestamp>) -> Result<Query, Refusal> {
    let syntax = parts.alertmanager.with_config(|config| config.syntax);
    let limit = match params.last("limit") {
        None | Some("") => LIMIT_DEFAULT,
        Some(text) => text.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n)).ok_or_else(|| {
            Refusal::bad_request(format!("limit: {text:?} is no number from 1 to {LIMIT_MAX}"))
        })?,
    };
    let receiver = match params.last("receiver").filter(|text| !text.is_empty()) {
        None => None,
        Some(pattern) => Some(
            Regex::anchored(pattern)
                .map_err(|e| Refusal::bad_request(format!("failed to parse receiver param: {e}")))?,
        ),
    };
    let fingerprint =
        params.last("fingerprint").filter(|text| !text.is_empty()).map(fingerprint).transpose()?;
    Ok(Query {
        start: time(params, "start")?.unwrap_or(Timestamp::MIN),
        end: end.unwrap_or(Timestamp::MAX),
        fingerprint,
        matchers: params.matchers("filter", "", syntax)?,
        receiver,
        limit,
    })
}

/// `GET /api/v2/bongsu/ledger`
pub(super) async fn list(State(parts): State<Parts>, RawQuery(raw): RawQuery) -> Result<Response, Refusal> {
    let params = Params::of(raw.as_deref());
    let query = query(&parts, &params, time(&params, "end")?)?;
    let style = style(&params)?;
    blocking(move || {
        let ledger = parts.alertmanager.ledger().ok_or_else(|| {
            Refusal::not_found("no ledger is kept: it needs a data directory and --alerts.ledger-retention")
        })?;
        let found = ledger.search(&query).map_err(|e| Refusal::internal(e.to_string()))?;
        let entries: Vec<ShownEntry> = found.entries.iter().map(|e| shown_entry(e, &style)).collect();
        Ok(document(&serde_json::json!({ "entries": entries, "truncated": found.truncated })))
    })
    .await?
}

#[derive(Serialize)]
struct ShownAnswer {
    fingerprint: String,
    labels: BTreeMap<String, String>,
    verdict: &'static str,
    text: String,
    next: Option<String>,
    receivers: Vec<ShownTold>,
}

#[derive(Serialize)]
struct ShownTold {
    receiver: String,
    integration: String,
    verdict: &'static str,
    at: String,
    text: String,
}

fn shown_answer((named, answer): &(Named, Answer)) -> ShownAnswer {
    let told = |told: &Told| ShownTold {
        receiver: told.receiver.clone(),
        integration: told.integration.clone(),
        verdict: told.verdict.as_str(),
        at: shown(told.at),
        text: told.text.clone(),
    };
    ShownAnswer {
        fingerprint: named.fingerprint.to_string(),
        labels: labels(&named.labels),
        verdict: answer.verdict.as_str(),
        text: answer.text.clone(),
        next: answer.next.map(shown),
        receivers: answer.receivers.iter().map(told).collect(),
    }
}

/// `GET /api/v2/bongsu/why`
pub(super) async fn why(State(parts): State<Parts>, RawQuery(raw): RawQuery) -> Result<Response, Refusal> {
    let params = Params::of(raw.as_deref());
    let query = query(&parts, &params, time(&params, "at")?)?;
    let style = style(&params)?;
    if query.matchers.0.is_empty() && query.fingerprint.is_none() {
        return Err(Refusal::bad_request("which alert? give filter=name=\"value\" or fingerprint="));
    }
    blocking(move || {
        let answers = parts.alertmanager.why(&query, &style).map_err(|e| Refusal::internal(e.to_string()))?;
        let text = match answers.as_slice() {
            [] => style.pick(
                "No such alert is known at this time.".to_owned(),
                "이 시각에 해당하는 경보를 알지 못합니다.".to_owned(),
            ),
            answers => {
                let each = answers.iter().map(|(named, answer)| format!("{}: {}", named.labels, answer.text));
                each.collect::<Vec<_>>().join("\n")
            }
        };
        let alerts: Vec<ShownAnswer> = answers.iter().map(shown_answer).collect();
        Ok(document(&serde_json::json!({ "text": text, "alerts": alerts })))
    })
    .await?
}
