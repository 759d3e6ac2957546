//! `/api/v2/bongsu/receivers/test` and `/api/v2/bongsu/templates/render`: does it arrive, and what would it say?

use std::collections::BTreeMap;

use accounts::Role;
use alerting::notify::sample::Sample;
use alerting::run::Trial;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use model::Labels;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Parts, Refusal, blocking, document};
use crate::grafana::identify::Asker;

/// Labels of the alert for those who bring none.
const USUAL: [(&str, &str); 2] = [("alertname", "BongsuTest"), ("severity", "info")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    receiver: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// `POST /api/v2/bongsu/receivers/test`: tells a receiver about an alert that does not exist. Behind `--web.enable-admin-api`, or for
/// an Admin who logged in.
pub(super) async fn test(
    State(parts): State<Parts>,
    asker: Option<Extension<Asker>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let is_admin =
        asker.is_some_and(|Extension(Asker(asker))| asker.is_ok_and(|who| who.role >= Role::Admin));
    if !parts.admin_api && !is_admin {
        let message = "sending tests needs --web.enable-admin-api, or --web.auth and an Admin";
        return Err(Refusal::Status(StatusCode::FORBIDDEN, message.to_owned()));
    }
    let Test { receiver, mut labels, annotations } = read(&body)?;
    for (name, value) in USUAL {
        labels.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    let trials = parts.alertmanager.try_receiver(&receiver, Labels::from_pairs(labels), annotations).await;
    let Some(trials) = trials else {
        return Err(Refusal::Status(StatusCode::NOT_FOUND, format!("receiver {receiver:?} not found")));
    };
    let integrations: Vec<Value> = trials.iter().map(shown).collect();
    Ok(document(&json!({ "receiver": receiver, "integrations": integrations })))
}

fn shown(trial: &Trial) -> Value {
    let mut shown = json!({
        "integration": trial.integration.integration,
        "index": trial.integration.index,
        "ok": trial.failure.is_none(),
        "seconds": trial.took.as_secs_f64(),
    });
    if let Some((error, retryable)) = &trial.failure {
        shown["error"] = error.as_str().into();
        shown["retryable"] = (*retryable).into();
    }
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Render {
    text: String,
    #[serde(default)]
    html: bool,
    data: Option<Sample>,
}

/// `POST /api/v2/bongsu/templates/render`: executes a text with the templates in force.
pub(super) async fn render(State(parts): State<Parts>, body: Bytes) -> Result<Response, Refusal> {
    let Render { text, html, data } = read(&body)?;
    let rendered = blocking(move || parts.alertmanager.render(&text, data, html)).await?;
    Ok(match rendered {
        Ok(text) => document(&json!({ "text": text })),
        Err(error) => {
            document(&json!({ "error": error, "line": place(&error).0, "column": place(&error).1 }))
        }
    })
}

/// Finds line and column in a message such as `template: NAME:1:3: …`; a mistake of the grammar has only a line.
fn place(error: &str) -> (Option<u64>, Option<u64>) {
    let mut parts = error.strip_prefix("template: ").unwrap_or_default().splitn(4, ':').skip(1);
    let mut number = || parts.next().and_then(|part| part.parse().ok());
    (number(), number())
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|e| Refusal::Malformed(format!("body: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alertmanager::tests::{ask, parts};

    #[tokio::test]
    async fn a_test_tells_what_became_of_each_integration() {
        let mut parts = parts();
        let body = json!({ "receiver": "ops", "labels": { "a": "b" } });
        let (status, answer) = ask(&parts, "POST", "/api/v2/bongsu/receivers/test", body.clone()).await;
        assert_eq!(status, 200, "{answer}");
        let webhook = &answer["integrations"][0];
        assert_eq!(
            (&webhook["integration"], &webhook["ok"], &webhook["retryable"]),
            (&json!("webhook"), &json!(false), &json!(true))
        );
        assert!(webhook["error"].as_str().unwrap().contains("lookup secret"), "{webhook}");
        let (status, answer) =
            ask(&parts, "POST", "/api/v2/bongsu/receivers/test", json!({ "receiver": "none" })).await;
        assert_eq!((status, answer), (404, json!("receiver \"none\" not found")));
        let (status, _) =
            ask(&parts, "POST", "/api/v2/bongsu/receivers/test", json!({ "reciever": "ops" })).await;
        assert_eq!(status, 422);
        parts.admin_api = false;
        let (status, answer) = ask(&parts, "POST", "/api/v2/bongsu/receivers/test", body).await;
        assert_eq!(
            (status, answer),
            (403, json!("sending tests needs --web.enable-admin-api, or --web.auth and an Admin"))
        );
    }

    #[tokio::test]
    async fn texts_are_rendered() {
        let parts = parts();
        for (body, expected) in [
            (json!({ "text": "{{ .Status }} {{ len .Alerts }}" }), json!({ "text": "firing 2" })),
            (
                json!({ "text": "{{ .Receiver }}<", "html": true, "data": { "receiver": "<a>" } }),
                json!({ "text": "&lt;a&gt;<" }),
            ),
            (
                json!({ "text": "a\n{{ template \"none\" . }}" }),
                json!({ "error": "template: :2:12: executing \"\" at <{{template \"none\" .}}>: template \"none\" not defined", "line": 2, "column": 12 }),
            ),
        ] {
            let (status, answer) = ask(&parts, "POST", "/api/v2/bongsu/templates/render", body).await;
            assert_eq!((status, answer), (200, expected));
        }
        let (_, answer) =
            ask(&parts, "POST", "/api/v2/bongsu/templates/render", json!({ "text": "{{ if }}" })).await;
        assert_eq!((&answer["line"], &answer["column"]), (&json!(1), &json!(null)), "{answer}");
    }
}
