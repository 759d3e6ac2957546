//! `victorops_configs`: events of VictorOps (Splunk On-Call).
//!
//! Source: `notify/victorops` of Alertmanager 0.34.

use std::collections::BTreeMap;

use transport::config::Source;
use yaml::{Fields, Link, Secret};

use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, at_path, template, text_map};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "victorops_configs", name: "victorops", send_resolved: true, read };

const STATE_CHARS_MAX: usize = 20_480;
/// Fields of the event that nobody may add.
const RESERVED: [&str; 7] = [
    "routing_key",
    "message_type",
    "state_message",
    "entity_display_name",
    "monitoring_tool",
    "entity_id",
    "entity_state",
];

/// One VictorOps account. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: Link,
    api_key: Source<Secret>,
    routing_key: String,
    message_type: String,
    state_message: String,
    entity_display_name: String,
    monitoring_tool: String,
    custom_fields: BTreeMap<String, String>,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let api_key = secret(f, "api_key", "api_key_file").or_else(|| global.victorops_api_key.clone());
    if api_key.is_none() {
        f.value().problem("no global VictorOps API Key set");
    }
    let text = |name: &'static str, default: &str| template(f, name, default);
    let routing_key = text("routing_key", "");
    if routing_key.is_empty() {
        f.value().problem("missing Routing key in VictorOps config");
    }
    let custom_fields = text_map(f, "custom_fields");
    for name in RESERVED.into_iter().filter(|name| custom_fields.contains_key(*name)) {
        f.problem(
            "custom_fields",
            format!(
                "victorOps config contains custom field {name} which cannot be used as it conflicts with the \
                 fixed/static fields"
            ),
        );
    }
    let config = Config {
        api_url: f.or("api_url", global.victorops_api_url.clone()),
        message_type: text("message_type", "CRITICAL"),
        state_message: text("state_message", r#"{{ template "victorops.default.state_message" . }}"#),
        entity_display_name: text(
            "entity_display_name",
            r#"{{ template "victorops.default.entity_display_name" . }}"#,
        ),
        monitoring_tool: text("monitoring_tool", r#"{{ template "victorops.default.monitoring_tool" . }}"#),
        routing_key,
        custom_fields,
        api_key: api_key?,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let written = texts.text(&self.message_type);
        let message_type = if notice.data.status != "firing" {
            "RECOVERY"
        } else if ["INFO", "WARNING", "CRITICAL"].contains(&written.as_str()) {
            &written
        } else {
            "CRITICAL"
        };
        let mut document: BTreeMap<&str, String> = [
            ("message_type", message_type.to_owned()),
            ("entity_id", notice.group_hash()),
            ("entity_display_name", texts.text(&self.entity_display_name)),
            ("state_message", texts.short(&self.state_message, STATE_CHARS_MAX)),
            ("monitoring_tool", texts.text(&self.monitoring_tool)),
        ]
        .into();
        document.extend(self.custom_fields.iter().map(|(name, text)| (name.as_str(), texts.text(text))));
        let path = format!("{}/{}", secrets.read(&self.api_key)?.expose(), texts.text(&self.routing_key));
        texts.finish().map_err(|e| format!("templating error: {e}"))?;
        Ok(Turn::only(Call::json(at_path(&self.api_url, &path, None), &document)?, &[]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notify::tests::{mistakes, sent, sent_resolved};

    #[test]
    fn events() {
        let text = "{api_key: k, routing_key: '{{ .GroupLabels.job }}', api_url: 'http://v/alert', custom_fields: {a: '{{ .Status }}'}}";
        let (url, document) = sent(&KIND, text);
        assert_eq!(url, "http://v/alert/k/a%3Cb");
        assert_eq!(document["message_type"], "CRITICAL");
        assert_eq!(
            (&document["a"], &document["monitoring_tool"]),
            (&json!("firing"), &json!("Alertmanager"))
        );
        assert_eq!(document["entity_id"].as_str().unwrap().len(), 64);
        let names: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert!(names.is_sorted(), "as Go prints a map: {names:?}");
        for (written, shown) in [("INFO", "INFO"), ("WARNING", "WARNING"), ("whatever", "CRITICAL")] {
            let text = format!("{{api_key: k, routing_key: r, message_type: {written}}}");
            assert_eq!(sent(&KIND, &text).1["message_type"], shown);
            assert_eq!(sent_resolved(&KIND, &text).1["message_type"], "RECOVERY");
        }
        let (url, _) = sent(&KIND, "{api_key: k, routing_key: r}");
        assert_eq!(url, "https://alert.victorops.com/integrations/generic/20131114/alert/k/r");
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{routing_key: r}", "no global VictorOps API Key set"),
            ("{api_key: k}", "missing Routing key in VictorOps config"),
            (
                "{api_key: k, api_key_file: k, routing_key: r}",
                "at most one of api_key & api_key_file must be configured",
            ),
            (
                "{api_key: k, routing_key: r, custom_fields: {entity_state: x}}",
                "victorOps config contains custom field entity_state which cannot be used as it conflicts with the fixed/static fields",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
