//! `webhook_configs`: the whole group as JSON to a URL.
//!
//! Source: `notify/webhook` of Alertmanager 0.34; the document is version 4 of its format.

use serde::Serialize;
use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Call, Data, Kind, KindSpec, Notice, Notifier, Secrets, Templates};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "webhook_configs", name: "webhook", send_resolved: true, read };

/// One webhook.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to: a template.
    pub url: Source<Secret>,
    /// Alerts beyond this number are left out and counted; 0 for no bound.
    pub max_alerts: u64,
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
    let config = Config { url: url?, max_alerts: f.or_default("max_alerts") };
    Some(Notifier::new(f, global, Kind::Webhook(config)))
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(flatten)]
    data: &'a Data,
    version: &'static str,
    group_key: &'a str,
    truncated_alerts: u64,
}

impl Config {
    pub(super) fn call(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Call, String> {
        let Notice { message, data, .. } = *notice;
        let kept = match usize::try_from(self.max_alerts) {
            Ok(0) | Err(_) => message.alerts.len(),
            Ok(max) => max.min(message.alerts.len()),
        };
        // What alerts share is what the alerts in the document share.
        let data = Data::new(message, &message.alerts[..kept], data.route_labels.clone(), &data.external_url);
        let truncated = (message.alerts.len() - kept) as u64;
        let document = Document {
            data: &data,
            version: "4",
            group_key: &message.group_key,
            truncated_alerts: truncated,
        };
        let texts = notice.texts();
        let url = Secret::new(texts.text(secrets.read(&self.url)?.expose()));
        texts.finish().map_err(|error| format!("failed to template webhook URL: {error}"))?;
        if url.is_empty() {
            return Err("webhook URL is empty after templating".to_owned());
        }
        Call::json(url, &document)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::notify::data::tests::{Files, message, noticed};

    fn config(max_alerts: u64, url: Source<Secret>) -> Config {
        Config { url, max_alerts }
    }

    /// As a webhook of Debian's Alertmanager gets it, but for what newer versions added.
    #[test]
    fn the_document() {
        let message = message();
        let data = Data::new(&message, &message.alerts, BTreeMap::new(), "http://am:9093");
        let url = Source::Inline(Secret::new("http://hook/x?token={{ len .Alerts }}"));
        let templates = Templates::new([]).unwrap();
        let notice = Notice { message: &message, data: &data, templates: &templates };
        let call = config(1, url).call(&notice, &Files).unwrap();
        assert_eq!(call.url.expose(), "http://hook/x?token=2");
        let expected = concat!(
            r#"{"receiver":"team\\.ops","status":"firing","alerts":[{"status":"firing","#,
            r#""labels":{"alertname":"down","job":"a\u003cb","severity":"page"},"annotations":{"summary":"down is 봉수"},"#,
            r#""startsAt":"2023-11-14T22:12:20Z","endsAt":"0001-01-01T00:00:00Z","#,
            r#""generatorURL":"http://prom/graph?g0.expr=x","fingerprint":"FINGERPRINT"}],"#,
            r#""notification_reason":"first notification","groupLabels":{"job":"a\u003cb"},"#,
            r#""commonLabels":{"alertname":"down","job":"a\u003cb","severity":"page"},"#,
            r#""commonAnnotations":{"summary":"down is 봉수"},"routeLabels":{},"#,
            r#""externalURL":"http://am:9093","version":"4","groupKey":"{}:{job=\"a\u003cb\"}","truncatedAlerts":1}"#,
            "\n",
        );
        let fingerprint = message.alerts[0].fingerprint().to_string();
        assert_eq!(String::from_utf8(call.body).unwrap(), expected.replace("FINGERPRINT", &fingerprint));
    }

    #[test]
    fn a_missing_file_is_named() {
        let config = config(0, Source::File("/run/url".into()));
        let error = noticed(|notice| config.call(notice, &Files)).unwrap_err();
        assert_eq!(error, "/run/url is not there");
    }
}
