//! `msteams_configs` and `msteamsv2_configs`: Microsoft Teams by its old connectors and by workflows.
//!
//! Source: `notify/msteams` and `notify/msteamsv2` of Alertmanager 0.34.

use serde_json::json;
use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, template, webhook_url};
use crate::config::Global;

pub(super) const CONNECTOR: KindSpec =
    KindSpec { field: "msteams_configs", name: "msteams", send_resolved: true, read: read_connector };
pub(super) const WORKFLOW: KindSpec =
    KindSpec { field: "msteamsv2_configs", name: "msteamsv2", send_resolved: true, read: read_workflow };

/// What Teams takes.
#[derive(Debug)]
enum Form {
    /// A message card with a summary.
    Connector { summary: String },
    /// An adaptive card.
    Workflow,
}

/// One Teams channel. Texts are templates.
#[derive(Debug)]
struct Config {
    url: Source<Secret>,
    title: String,
    text: String,
    form: Form,
}

fn read_connector(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let summary = template(f, "summary", r#"{{ template "msteams.default.summary" . }}"#);
    read(f, global, "msteams", Form::Connector { summary })
}

fn read_workflow(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let mut notifier = read(f, global, "msteamsv2", Form::Workflow)?;
    // A receiver with settings of its own still goes through the proxy that all go through.
    if notifier.http.proxy == transport::config::ProxyConfig::default() {
        notifier.http.proxy = global.http.proxy.clone();
    }
    Some(notifier)
}

fn read(f: &Fields<'_>, global: &Global, name: &str, form: Form) -> Option<Notifier> {
    let url = webhook_url(f);
    let default = |part: &str| format!("{{{{ template \"{name}.default.{part}\" . }}}}");
    let config = Config {
        title: template(f, "title", &default("title")),
        text: template(f, "text", &default("text")),
        url: url?,
        form,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let (title, text) = (texts.text(&self.title), texts.text(&self.text));
        let firing = notice.data.status == "firing";
        let document = match &self.form {
            Form::Connector { summary } => json!({
                "@context": "http://schema.org/extensions",
                "type": "MessageCard",
                "title": title,
                "summary": texts.text(summary),
                "text": text,
                "themeColor": if firing { "8C1A1A" } else { "2DC72D" },
            }),
            Form::Workflow => json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": null,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.2",
                        "body": [
                            {
                                "type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": true,
                                "style": "heading", "color": if firing { "Attention" } else { "Good" },
                            },
                            { "type": "TextBlock", "text": text, "wrap": true },
                        ],
                        "msteams": { "width": "full" },
                    },
                }],
            }),
        };
        texts.finish()?;
        Ok(Turn::only(Call::json(secrets.read(&self.url)?, &document)?, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

    #[test]
    fn the_two_forms() {
        let (_, card) = sent(&CONNECTOR, "{webhook_url: 'http://t/', text: '{{ .Status }}'}");
        assert_eq!(
            card,
            json!({
                "@context": "http://schema.org/extensions", "type": "MessageCard", "title": "[FIRING:1] a<b (page)",
                "summary": "[FIRING:1] a<b (page)", "text": "firing", "themeColor": "8C1A1A",
            })
        );
        let (_, card) = sent(
            &WORKFLOW,
            "{webhook_url: 'http://t/', title: 서버, http_config: {follow_redirects: false}}",
        );
        let body = &card["attachments"][0]["content"]["body"];
        assert_eq!((&body[0]["text"], &body[0]["color"]), (&json!("서버"), &json!("Attention")));
        assert!(body[1]["text"].as_str().unwrap().contains("# Alerts Firing:"));
        assert_eq!(card["attachments"][0]["contentUrl"], json!(null));
    }
}
