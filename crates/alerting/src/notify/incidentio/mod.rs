//! `incidentio_configs`: the group as JSON to an alert source of incident.io.
//!
//! Source: `notify/incidentio` of Alertmanager 0.34.

use serde::Deserialize;
use transport::config::{Authentication, Authorization, Source};
use yaml::{Fields, Link, Secret};

use super::webhook::Document;
use super::{Answer, Call, Data, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, json};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "incidentio_configs", name: "incidentio", send_resolved: true, read };

/// incident.io refuses more.
const PAYLOAD_BYTES_MAX: usize = 512 * 1024;
const RETRIED: &[u16] = &[429];

/// One alert source.
#[derive(Debug)]
struct Config {
    url: Source<Secret>,
    max_alerts: u64,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let url = secret(f, "url", "url_file");
    if url.is_none() {
        f.value().problem("one of url or url_file must be configured");
    }
    if matches!(url, Some(Source::Inline(_))) {
        f.optional::<Link>("url"); // reports what is no URL
    }
    let token = secret(f, "alert_source_token", "alert_source_token_file");
    let config = Config { url: url?, max_alerts: f.or_default("max_alerts") };
    let mut notifier = Notifier::new(f, global, config).with_timeout(f);
    let login = matches!(notifier.http.authentication, Some(Authentication::Authorization(_)));
    match (token, f.get("http_config")) {
        (Some(_), Some(_)) if login => f.value().problem(
            "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization",
        ),
        (None, Some(_)) if !login => f.value().problem(
            "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured",
        ),
        (Some(token), _) => {
            notifier.http.authentication = Some(Authentication::Authorization(Authorization {
                kind: "Bearer".to_owned(),
                credentials: Some(token),
            }));
        }
        (None, _) => {}
    }
    Some(notifier)
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let (data, truncated) = notice.data_of_first(self.max_alerts);
        let document = |data: &Data| {
            json::encode(&Document {
                data,
                version: "1",
                group_key: &notice.message.group_key,
                truncated_alerts: truncated,
            })
        };
        let mut body = document(&data)?;
        if body.len() > PAYLOAD_BYTES_MAX {
            tracing::warn!(group = %notice.message.group_key, bytes = body.len(), "too much for incident.io: only the first alert is sent");
            let first = data.alerts.first().cloned().into_iter().collect();
            body = document(&Data { alerts: first, ..data.into_owned() })?;
        }
        let call = Call::post(secrets.read(&self.url)?, "application/json", body);
        Ok(Turn::ask(call, |answer| {
            Turn::End(Verdict::of_status(answer.status, &explanation(answer), RETRIED))
        }))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
    errors: Vec<String>,
    error: String,
}

fn explanation(answer: Answer<'_>) -> String {
    let Ok(Refusal { message, errors, error }) = serde_json::from_str(answer.body) else {
        return String::new();
    };
    let parts = [message, error, errors.join(", ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::{message, mistakes, notifier, sent};
    use crate::notify::{FailureKind, tests};

    const LOGIN: &str = "alert_source_token: t";

    #[test]
    fn the_document() {
        let (url, document) = sent(&KIND, &format!("{{url: 'http://i/', {LOGIN}, max_alerts: 1}}"));
        assert_eq!(url, "http://i/");
        assert_eq!((&document["version"], &document["truncatedAlerts"]), (&"1".into(), &1.into()));
        assert_eq!(document["alerts"].as_array().unwrap().len(), 1);
        let notifier = notifier(&KIND, &format!("{{url: 'http://i/', {LOGIN}}}"));
        assert!(
            matches!(notifier.http.authentication, Some(Authentication::Authorization(a)) if a.kind == "Bearer")
        );
    }

    #[test]
    fn of_too_much_only_the_first_alert_is_sent() {
        let notifier = notifier(&KIND, &format!("{{url: 'http://i/', {LOGIN}}}"));
        let mut message = message();
        let mut alert = (*message.alerts[0]).clone();
        alert.annotations = alert.annotations.with([("text", "x".repeat(300 << 10).as_str())]);
        message.alerts = vec![alert.clone().into(), alert.into()];
        let call = tests::first_call_of(&notifier, &message);
        let document: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
        assert_eq!(document["alerts"].as_array().unwrap().len(), 1);
        assert_eq!(document["truncatedAlerts"], 0, "as upstream");
    }

    #[test]
    fn answers() {
        let (kind, text) = (FailureKind::Client, "unexpected status code 400: bad: why: a, b");
        let body = r#"{"message":"bad","error":"why","errors":["a","b"]}"#;
        let play =
            |status, body| tests::play(&KIND, &format!("{{url: 'http://i/', {LOGIN}}}"), &[(status, body)]).1;
        assert_eq!(play(400, body), Verdict::GiveUp(kind, text.to_owned()));
        assert_eq!(
            play(429, ""),
            Verdict::Retry(FailureKind::RateLimited, "unexpected status code 429".to_owned())
        );
        assert_eq!(play(202, ""), Verdict::Sent);
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{alert_source_token: t}", "one of url or url_file must be configured"),
            (
                "{url: 'http://i', url_file: u, alert_source_token: t}",
                "at most one of url & url_file must be configured",
            ),
            (
                "{url: 'http://i', alert_source_token: t, alert_source_token_file: f}",
                "at most one of alert_source_token & alert_source_token_file must be configured",
            ),
            (
                "{url: 'http://i', alert_source_token: t, http_config: {authorization: {credentials: x}}}",
                "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization",
            ),
            (
                "{url: 'http://i', http_config: {follow_redirects: true}}",
                "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
