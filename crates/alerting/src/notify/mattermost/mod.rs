//! `mattermost_configs`: a message with attachments by an incoming webhook of Mattermost.
//!
//! Source: `notify/mattermost` of Alertmanager 0.34.

use transport::config::Source;
use yaml::{Fields, Secret, Value};

use super::json::Object;
use super::templates::{Texts, shorten};
use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, items, template};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "mattermost_configs", name: "mattermost", send_resolved: true, read };

const TEXT_CHARS_MAX: usize = 16_383;

/// One channel. Texts are templates.
#[derive(Debug)]
struct Config {
    url: Source<Secret>,
    channel: String,
    username: String,
    icon_url: String,
    icon_emoji: String,
    kind: String,
    card: String,
    priority: Option<Priority>,
    /// The text beside the attachments, if there are attachments of the user's own.
    text: Option<String>,
    attachments: Vec<Attachment>,
}

#[derive(Debug)]
struct Priority {
    level: String,
    requested_ack: bool,
    persistent: bool,
}

/// A framed part of a message.
#[derive(Debug)]
struct Attachment {
    /// Name and template, in the order in which they are sent, but for the two lists below.
    texts: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    /// What stands behind the fields.
    tail: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Field {
    title: String,
    value: String,
    short: Option<bool>,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let url = secret(f, "webhook_url", "webhook_url_file").or_else(|| global.mattermost_webhook_url.clone());
    if url.is_none() {
        f.value().problem("missing webhook_url or webhook_url_file on mattermost_config");
    }
    let named = |part: &str| format!("{{{{ template \"mattermost.default.{part}\" . }}}}");
    let own = Attachment::read(f, named);
    let attachments: Vec<Attachment> = items(f, "attachments")
        .iter()
        .filter_map(|v| v.fields(|f| Some(Attachment::read(f, |_| String::new()))))
        .collect();
    let text = own.texts.iter().find(|(name, _)| *name == "text").map(|(_, text)| text.clone());
    let (text, attachments) = if attachments.is_empty() { (None, vec![own]) } else { (text, attachments) };
    let plain = |name| template(f, name, "");
    let config = Config {
        channel: plain("channel"),
        username: template(f, "username", &named("username")),
        icon_url: plain("icon_url"),
        icon_emoji: plain("icon_emoji"),
        kind: plain("type"),
        card: f.get("props").and_then(|v| v.fields(|f| Some(template(f, "card", "")))).unwrap_or_default(),
        priority: f.get("priority").and_then(|v| Priority::read(&v)).filter(|p| !p.level.is_empty()),
        text,
        attachments,
        url: url?,
    };
    Some(Notifier::new(f, global, config))
}

impl Priority {
    fn read(value: &Value<'_>) -> Option<Priority> {
        value.fields(|f| {
            Some(Priority {
                level: template(f, "priority", ""),
                requested_ack: f.or_default("requested_ack"),
                persistent: f.or_default("persistent_notifications"),
            })
        })
    }

    /// Mattermost refuses messages that want more than their priority allows.
    fn shown(&self, texts: &Texts<'_>) -> Object {
        let level = texts.text(&self.level).to_lowercase();
        let level =
            if ["urgent", "important"].contains(&level.as_str()) { level } else { "standard".to_owned() };
        let mut shown = Object::default().put("priority", level.as_str());
        for (name, on) in [
            ("requested_ack", self.requested_ack && level != "standard"),
            ("persistent_notifications", self.persistent && level == "urgent"),
        ] {
            if on {
                shown = shown.put(name, true);
            }
        }
        shown
    }
}

impl Attachment {
    /// Reads the fields of an attachment; `default` knows the templates of some.
    fn read(f: &Fields<'_>, default: impl Fn(&str) -> String) -> Attachment {
        let with_default = |name: &'static str, part: &str| (name, template(f, name, &default(part)));
        let plain = |name: &'static str| (name, template(f, name, ""));
        Attachment {
            texts: vec![
                with_default("fallback", "fallback"),
                with_default("color", "color"),
                plain("pretext"),
                with_default("text", "text"),
                plain("author_name"),
                plain("author_link"),
                plain("author_icon"),
                with_default("title", "title"),
                with_default("title_link", "titlelink"),
            ],
            fields: items(f, "fields").iter().filter_map(Field::read).collect(),
            tail: ["thumb_url", "footer", "footer_icon", "image_url"].map(plain).to_vec(),
        }
    }

    fn shown(&self, texts: &Texts<'_>) -> Object {
        let put =
            |object: Object, (name, text): &(&'static str, String)| object.put_if_set(name, texts.text(text));
        let head = self.texts.iter().fold(Object::default(), put);
        let fields = self.fields.iter().map(|field| {
            let shown = Object::default()
                .put_if_set("title", texts.text(&field.title))
                .put_if_set("value", texts.text(&field.value));
            match field.short {
                Some(short) => shown.put("short", short),
                None => shown,
            }
        });
        self.tail.iter().fold(head.put_list("fields", fields), put)
    }
}

impl Field {
    fn read(value: &Value<'_>) -> Option<Field> {
        value.fields(|f| {
            let field = Field {
                title: template(f, "title", ""),
                value: template(f, "value", ""),
                short: f.optional("short"),
            };
            for (name, text) in [("title", &field.title), ("value", &field.value)] {
                if text.is_empty() {
                    f.value().problem(format!("missing {name} in Mattermost field configuration"));
                }
            }
            Some(field)
        })
    }
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let text = |template: &str| texts.text(template);
        let beside = self.text.as_deref().map(|t| shorten(&text(t), TEXT_CHARS_MAX)).unwrap_or_default();
        let (channel, card) = (text(&self.channel), text(&self.card));
        let mut document = Object::default()
            .put_if_set("text", beside)
            .put_if_set("channel", channel.clone())
            .put_if_set("username", text(&self.username))
            .put_if_set("icon_url", text(&self.icon_url))
            .put_if_set("icon_emoji", text(&self.icon_emoji))
            .put_list("attachments", self.attachments.iter().map(|a| a.shown(&texts)))
            .put_if_set("type", text(&self.kind));
        if !self.card.is_empty() {
            document = document.put("props", Object::default().put_if_set("card", card));
        }
        if let Some(priority) = &self.priority {
            document = document.put("priority", priority.shown(&texts));
        }
        texts.finish()?;
        let url = secrets.read(&self.url)?;
        if url.is_empty() {
            return Err("webhook url missing".to_owned());
        }
        let call = Call::json(url, &document)?;
        Ok(Turn::ask(call, move |answer| Turn::End(Verdict::of_answer(answer, &[]).in_channel(&channel))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notify::tests::{mistakes, sent};

    #[test]
    fn the_default_message() {
        let (url, document) = sent(&KIND, "{webhook_url: 'http://m/', channel: c, text: x, footer: f}");
        assert_eq!(url, "http://m/");
        let link = "http://am/#/alerts?receiver=team%5C.ops";
        let expected = json!({
            "channel": "c",
            "username": "Alertmanager",
            "attachments": [{
                "fallback": format!("[FIRING:1] a<b (page) | {link}"), "color": "danger", "text": "x",
                "title": "[FIRING:1] a<b (page)", "title_link": link, "footer": "f",
            }],
        });
        assert_eq!(document.to_string(), expected.to_string());
    }

    #[test]
    fn attachments_of_ones_own_and_what_stands_beside_them() {
        let text = r#"
webhook_url: http://m/
text: '{{ .Status }}'
attachments: [{pretext: p, fields: [{title: t, value: v, short: false}, {title: t, value: v}], image_url: i}]
props: {card: '{{ len .Alerts }}'}
priority: {priority: Urgent, requested_ack: true, persistent_notifications: true}
type: custom
icon_emoji: ':x:'
"#;
        let (_, document) = sent(&KIND, text);
        let expected = json!({
            "text": "firing", "username": "Alertmanager", "icon_emoji": ":x:",
            "attachments": [{
                "pretext": "p",
                "fields": [{"title": "t", "value": "v", "short": false}, {"title": "t", "value": "v"}],
                "image_url": "i",
            }],
            "type": "custom", "props": {"card": "2"},
            "priority": {"priority": "urgent", "requested_ack": true, "persistent_notifications": true},
        });
        assert_eq!(document.to_string(), expected.to_string());
        let beside =
            format!("{{webhook_url: 'http://m/', attachments: [{{}}], text: {}}}", "봉".repeat(20_000));
        assert_eq!(sent(&KIND, &beside).1["text"].as_str().unwrap().chars().count(), TEXT_CHARS_MAX);
    }

    #[test]
    fn priorities_ask_for_no_more_than_they_may() {
        for (level, expected) in [
            (
                "urgent",
                json!({"priority": "urgent", "requested_ack": true, "persistent_notifications": true}),
            ),
            ("IMPORTANT", json!({"priority": "important", "requested_ack": true})),
            ("whatever", json!({"priority": "standard"})),
        ] {
            let text = format!(
                "{{webhook_url: 'http://m/', priority: {{priority: {level}, requested_ack: true, persistent_notifications: true}}}}"
            );
            assert_eq!(sent(&KIND, &text).1["priority"], expected);
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{channel: c}", "missing webhook_url or webhook_url_file on mattermost_config"),
            (
                "{webhook_url: 'http://a', webhook_url_file: b}",
                "at most one of webhook_url & webhook_url_file must be configured",
            ),
            (
                "{webhook_url: 'http://a', fields: [{title: a}]}",
                "missing value in Mattermost field configuration",
            ),
            (
                "{webhook_url: 'http://a', attachments: [{fields: [{value: a}]}]}",
                "missing title in Mattermost field configuration",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
