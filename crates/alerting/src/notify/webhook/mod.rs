//! `webhook_configs`: the whole group as JSON to a URL.
//!
//! Source: `notify/webhook` of Alertmanager 0.34; the document is version 4 of its format.

use serde::Serialize;
use transport::config::Source;
use yaml::{Fields, Secret};

use super::tree::Tree;
use super::{Call, Data, KindSpec, Messenger, Notice, Notifier, Secrets, Templates, Turn, json};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "webhook_configs", name: "webhook", send_resolved: true, read };

/// One webhook.
#[derive(Debug)]
struct Config {
    /// Where to: a template.
    url: Source<Secret>,
    /// Alerts beyond this number are left out and counted; 0 for no bound.
    max_alerts: u64,
    /// What is sent in place of the usual document.
    payload: Option<Tree>,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let url = secret(f, "url", "url_file");
    if url.is_none() {
        f.value().problem("one of url or url_file must be configured");
    }
    if let Some(Source::Inline(url)) = &url
        && let Err(error) = Templates::check(url.expose())
    {
        f.problem("url", error);
    }
    let config = Config { url: url?, max_alerts: f.or_default("max_alerts"), payload: f.optional("payload") };
    Some(Notifier::new(f, global, config).with_timeout(f))
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    pub(super) data: &'a Data,
    pub(super) version: &'static str,
    pub(super) group_key: &'a str,
    pub(super) truncated_alerts: u64,
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let (data, truncated) = notice.data_of_first(self.max_alerts);
        let notice = Notice { data: &data, ..*notice };
        let body = match &self.payload {
            Some(payload) => {
                let texts = notice.texts();
                let rendered = payload.render(&texts);
                texts.finish().map_err(|e| format!("failed to render custom payload: {e}"))?;
                json::encode(&rendered)?
            }
            None => json::encode(&Document {
                data: &data,
                version: "4",
                group_key: &notice.message.group_key,
                truncated_alerts: truncated,
            })?,
        };
        let texts = notice.texts();
        let url = Secret::new(texts.text(secrets.read(&self.url)?.expose()));
        texts.finish().map_err(|error| format!("failed to template webhook URL: {error}"))?;
        if url.is_empty() {
            return Err("webhook URL is empty after templating".to_owned());
        }
        Ok(Turn::only(Call::post(url, "application/json", body), &[]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notify::tests::{first_call, message, mistakes, notifier, refusal};

    /// As a webhook of Debian's Alertmanager gets it, but for what newer versions added.
    #[test]
    fn the_document() {
        let call = first_call(&KIND, "{url: 'http://hook/x?token={{ len .Alerts }}', max_alerts: 1}");
        assert_eq!(call.url.expose(), "http://hook/x?token=1");
        let expected = concat!(
            r#"{"receiver":"team\\.ops","status":"firing","alerts":[{"status":"firing","#,
            r#""labels":{"alertname":"down","job":"a\u003cb","severity":"page"},"annotations":{"summary":"down is 봉수"},"#,
            r#""startsAt":"2023-11-14T22:12:20Z","endsAt":"0001-01-01T00:00:00Z","#,
            r#""generatorURL":"http://prom/graph?g0.expr=x","fingerprint":"FINGERPRINT"}],"#,
            r#""notification_reason":"first notification","groupLabels":{"job":"a\u003cb"},"#,
            r#""commonLabels":{"alertname":"down","job":"a\u003cb","severity":"page"},"#,
            r#""commonAnnotations":{"summary":"down is 봉수"},"routeLabels":{},"#,
            r#""externalURL":"http://am","version":"4","groupKey":"{}:{job=\"a\u003cb\"}","truncatedAlerts":1}"#,
            "\n",
        );
        let fingerprint = message().alerts[0].fingerprint().to_string();
        assert_eq!(String::from_utf8(call.body).unwrap(), expected.replace("FINGERPRINT", &fingerprint));
    }

    #[test]
    fn a_payload_of_ones_own() {
        let text = r#"
url: http://hook
timeout: 1m30s
payload:
  text: '{{ .Status }}: {{ .CommonLabels.job }}'
  '{{ .Status }}': [1, true, '{{ len .Alerts }}', null]
  alerts: '{{ .CommonLabels | toJson }}'
"#;
        let call = first_call(&KIND, text);
        let document: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
        let expected = json!({
            "alerts": {"job": "a<b", "severity": "page"}, "firing": [1, true, 2, null],
            "text": {"firing": "a<b"}, // as upstream: what reads as YAML is taken for it
        });
        assert_eq!(document, expected);
        assert_eq!(notifier(&KIND, text).timeout, Some(std::time::Duration::from_secs(90)));
        assert!(
            mistakes(&KIND, "{url: 'http://a', payload: {a: '{{ if }}'}}").contains("missing value for if")
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(refusal(&KIND, "{url_file: /run/url}"), "/run/url is not there");
    }
}
