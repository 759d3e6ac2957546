//! `discord_configs`: a message with one embed.
//!
//! Source: `notify/discord` of Alertmanager 0.34.

use serde_json::{Map, Value, json};
use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, template, webhook_url};
use crate::config::Global;

pub(super) const KIND: KindSpec =
    KindSpec { field: "discord_configs", name: "discord", send_resolved: true, read };

/// Discord's bounds, in characters.
const TITLE_CHARS_MAX: usize = 256;
const DESCRIPTION_CHARS_MAX: usize = 4096;
const CONTENT_CHARS_MAX: usize = 2000;
const RED: u32 = 0x99_2D22;
const GREEN: u32 = 0x2E_CC71;

/// One Discord channel. Texts are templates, but for the names.
#[derive(Debug)]
struct Config {
    url: Source<Secret>,
    content: String,
    title: String,
    message: String,
    username: String,
    avatar_url: String,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let url = webhook_url(f);
    let config = Config {
        content: template(f, "content", ""),
        title: template(f, "title", r#"{{ template "discord.default.title" . }}"#),
        message: template(f, "message", r#"{{ template "discord.default.message" . }}"#),
        username: f.or_default("username"),
        avatar_url: f.or_default("avatar_url"),
        url: url?,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let embed = json!({
            "title": texts.short(&self.title, TITLE_CHARS_MAX),
            "description": texts.short(&self.message, DESCRIPTION_CHARS_MAX),
            "color": if notice.data.status == "firing" { RED } else { GREEN },
        });
        let mut document = Map::new();
        document.insert("content".to_owned(), texts.short(&self.content, CONTENT_CHARS_MAX).into());
        document.insert("embeds".to_owned(), Value::Array(vec![embed]));
        for (name, text) in [("username", &self.username), ("avatar_url", &self.avatar_url)] {
            if !text.is_empty() {
                document.insert(name.to_owned(), text.as_str().into());
            }
        }
        texts.finish()?;
        Ok(Turn::only(Call::json(secrets.read(&self.url)?, &document)?, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

    #[test]
    fn the_message() {
        let long = "x".repeat(300);
        let text = format!(
            "{{webhook_url: 'http://d/', title: '{long}', message: '{{{{ .Status }}}}', username: bot}}"
        );
        let (url, document) = sent(&KIND, &text);
        assert_eq!(url, "http://d/");
        let embed = &document["embeds"][0];
        assert_eq!(embed["title"].as_str().unwrap().chars().count(), TITLE_CHARS_MAX);
        assert_eq!((&embed["description"], &embed["color"]), (&json!("firing"), &json!(10_038_562)));
        assert_eq!((&document["content"], &document["username"]), (&json!(""), &json!("bot")));
        assert!(document.get("avatar_url").is_none());
    }
}
