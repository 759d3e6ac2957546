//! `webex_configs`: a message to a Webex room.
//!
//! Source: `notify/webex` of Alertmanager 0.34.

use transport::config::Authentication;
use yaml::{Fields, Link, Secret};

use super::json::Object;
use super::templates::shorten_bytes;
use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, template};
use crate::config::Global;

pub(super) const KIND: KindSpec =
    KindSpec { field: "webex_configs", name: "webex", send_resolved: true, read };

/// Webex refuses longer messages.
const MESSAGE_BYTES_MAX: usize = 7439;

/// One room. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: Link,
    message: String,
    room_id: String,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let config = Config {
        api_url: f.or("api_url", global.webex_api_url.clone()),
        message: template(f, "message", r#"{{ template "webex.default.message" . }}"#),
        room_id: template(f, "room_id", ""),
    };
    if config.room_id.is_empty() {
        f.value().problem("missing room_id on webex_config");
    }
    let notifier = Notifier::new(f, global, config);
    let login = matches!(notifier.http.authentication, Some(Authentication::Authorization(_)));
    if !login || f.get("http_config").is_none() {
        f.value().problem("missing webex_configs.http_config.authorization");
    }
    Some(notifier)
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, _: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let document = Object::default()
            .put("markdown", shorten_bytes(&texts.text(&self.message), MESSAGE_BYTES_MAX))
            .put_if_set("roomId", texts.text(&self.room_id));
        texts.finish()?;
        Ok(Turn::only(Call::json(Secret::new(self.api_url.as_str()), &document)?, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::{mistakes, sent};

    #[test]
    fn the_message() {
        let login = "http_config: {authorization: {credentials: x}}";
        let (url, document) = sent(&KIND, &format!("{{room_id: '{{{{ .Status }}}}', {login}}}"));
        assert_eq!(
            (url.as_str(), &document["roomId"]),
            ("https://webexapis.com/v1/messages", &"firing".into())
        );
        let (_, document) =
            sent(&KIND, &format!("{{room_id: r, message: '{}', {login}}}", "봉수".repeat(2000)));
        let markdown = document["markdown"].as_str().unwrap();
        assert!(
            markdown.len() <= MESSAGE_BYTES_MAX && markdown.len() > MESSAGE_BYTES_MAX - 3,
            "{}",
            markdown.len()
        );
        assert!(markdown.ends_with('…'));
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{http_config: {authorization: {credentials: x}}}", "missing room_id on webex_config"),
            ("{room_id: r}", "missing webex_configs.http_config.authorization"),
            (
                "{room_id: r, http_config: {follow_redirects: false}}",
                "missing webex_configs.http_config.authorization",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
