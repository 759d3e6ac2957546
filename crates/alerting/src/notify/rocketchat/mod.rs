//! `rocketchat_configs`: a message with an attachment by Rocket.Chat's REST API.
//!
//! Source: `notify/rocketchat` of Alertmanager 0.34.

use serde::Deserialize;
use transport::config::Source;
use yaml::{Fields, Link, Secret, Value};

use super::json::Object;
use super::templates::Texts;
use super::{
    Answer, Call, FailureKind, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, at_path, items,
    template,
};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "rocketchat_configs", name: "rocketchat", send_resolved: false, read };

const TITLE_CHARS_MAX: usize = 1024;

/// One channel. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: Link,
    token: Source<Secret>,
    token_id: Source<Secret>,
    channel: String,
    color: String,
    title: String,
    title_link: String,
    text: String,
    fields: Vec<Field>,
    emoji: String,
    icon_url: String,
    image_url: String,
    thumb_url: String,
    actions: Vec<Action>,
}

#[derive(Debug)]
struct Field {
    short: bool,
    title: String,
    value: String,
}

/// A button.
#[derive(Debug)]
struct Action {
    text: String,
    url: String,
    msg: String,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let token_id = secret(f, "token_id", "token_id_file").or_else(|| global.rocketchat_token_id.clone());
    if token_id.is_none() {
        f.value().problem("no global Rocketchat TokenID set either inline or in a file");
    }
    let token = secret(f, "token", "token_file").or_else(|| global.rocketchat_token.clone());
    if token.is_none() {
        f.value().problem("no global Rocketchat Token set either inline or in a file");
    }
    f.or_default::<bool>("link_names"); // the original reads it and does nothing with it
    let short: bool = f.or_default("short_fields");
    let text = |name: &'static str, default: &str| template(f, name, default);
    let named = |part: &str| format!("{{{{ template \"rocketchat.default.{part}\" . }}}}");
    let config = Config {
        api_url: f.or("api_url", global.rocketchat_api_url.clone()),
        channel: text("channel", ""),
        color: text("color", r#"{{ if eq .Status "firing" }}red{{ else }}green{{ end }}"#),
        title: text("title", &named("title")),
        title_link: text("title_link", &named("titlelink")),
        text: text("text", &named("text")),
        fields: items(f, "fields").iter().filter_map(|v| Field::read(v, short)).collect(),
        emoji: text("emoji", &named("emoji")),
        icon_url: text("icon_url", &named("iconurl")),
        image_url: text("image_url", ""),
        thumb_url: text("thumb_url", ""),
        actions: items(f, "actions").iter().filter_map(Action::read).collect(),
        token: token?,
        token_id: token_id?,
    };
    Some(Notifier::new(f, global, config))
}

impl Field {
    fn read(value: &Value<'_>, short: bool) -> Option<Field> {
        value.fields(|f| {
            Some(Field {
                short: f.or("short", short),
                title: template(f, "title", ""),
                value: template(f, "value", ""),
            })
        })
    }
}

impl Action {
    fn read(value: &Value<'_>) -> Option<Action> {
        value.fields(|f| {
            // What the original reads and never sends.
            for name in ["type", "imageurl", "webviewheightratio", "msgprocessingtype"] {
                f.optional::<String>(name);
            }
            for name in ["iswebview", "msginchatwindow"] {
                f.optional::<bool>(name);
            }
            let text = |name| template(f, name, "");
            Some(Action { text: text("text"), url: text("url"), msg: text("msg") })
        })
    }

    fn shown(&self, texts: &Texts<'_>) -> Object {
        Object::default()
            .put("type", "button")
            .put_if_set("text", texts.text(&self.text))
            .put_if_set("url", texts.text(&self.url))
            .put("is_webview", false)
            .put_if_set("msg", texts.text(&self.msg))
            .put("msg_in_chat_window", false)
    }
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let text = |template: &str| texts.text(template);
        let field = |f: &Field| {
            Object::default()
                .put("short", f.short)
                .put_if_set("title", text(&f.title))
                .put_if_set("value", text(&f.value))
        };
        let attachment = Object::default()
            .put_if_set("title", texts.short(&self.title, TITLE_CHARS_MAX))
            .put_if_set("title_link", text(&self.title_link))
            .put_if_set("text", text(&self.text))
            .put_if_set("image_url", text(&self.image_url))
            .put_if_set("thumb_url", text(&self.thumb_url))
            .put_if_set("color", text(&self.color))
            .put_list("fields", self.fields.iter().map(field))
            .put_list("actions", self.actions.iter().map(|action| action.shown(&texts)));
        let channel = text(&self.channel);
        let document = Object::default()
            .put_if_set("channel", channel.clone())
            .put_if_set("emoji", text(&self.emoji))
            .put_if_set("avatar", text(&self.icon_url))
            .put_list("attachments", [attachment]);
        texts.finish()?;
        let call = Call::json(at_path(&self.api_url, "api/v1/chat.postMessage", None), &document)?
            .with_header("x-auth-token", secrets.read(&self.token)?.expose())
            .with_header("x-user-id", secrets.read(&self.token_id)?.expose());
        Ok(Turn::ask(call, move |answer| Turn::End(judge(answer).in_channel(&channel))))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiAnswer {
    success: bool,
    error: String,
}

/// A status of 200 does not mean that the message was taken.
fn judge(answer: Answer<'_>) -> Verdict {
    match (Verdict::of_answer(answer, &[]), serde_json::from_str::<ApiAnswer>(answer.body)) {
        (Verdict::Sent, Ok(ApiAnswer { success: true, .. })) => Verdict::Sent,
        (Verdict::Sent, Ok(ApiAnswer { error, .. })) => {
            Verdict::GiveUp(FailureKind::Client, format!("error response from Rocketchat: {error}"))
        }
        (Verdict::Sent, Err(error)) => Verdict::Retry(
            FailureKind::Client,
            format!("could not unmarshal JSON response {:?}: {error}", answer.excerpt()),
        ),
        (failure @ (Verdict::Retry(..) | Verdict::GiveUp(..)), _) => failure,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notify::tests::{first_call, mistakes, sent};

    const LOGIN: &str = "token: t, token_id: i";

    #[test]
    fn the_message() {
        let text = format!(
            "{{{LOGIN}, channel: '#{{{{ .Status }}}}', text: x, emoji: ':fire:', short_fields: true, \
             fields: [{{title: a, value: b}}, {{title: c, value: d, short: false}}], actions: [{{text: go, url: 'http://x'}}]}}"
        );
        let (url, document) = sent(&KIND, &text);
        assert_eq!(url, "https://open.rocket.chat/api/v1/chat.postMessage");
        let expected = json!({
            "channel": "#firing",
            "emoji": ":fire:",
            "attachments": [{
                "title": "[FIRING:1] a<b (page)",
                "title_link": "http://am/#/alerts?receiver=team%5C.ops",
                "text": "x",
                "color": "red",
                "fields": [{"short": true, "title": "a", "value": "b"}, {"short": false, "title": "c", "value": "d"}],
                "actions": [{"type": "button", "text": "go", "url": "http://x", "is_webview": false, "msg_in_chat_window": false}],
            }],
        });
        assert_eq!(document.to_string(), expected.to_string());
        let call = first_call(&KIND, &text);
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(n, v)| (*n, v.expose())).collect();
        assert_eq!(headers, [("x-auth-token", "t"), ("x-user-id", "i")]);
    }

    #[test]
    fn answers() {
        let judged = |status, body| judge(Answer { status, content_type: "application/json", body });
        assert_eq!(judged(200, r#"{"success":true}"#), Verdict::Sent);
        for (status, body, again, text) in [
            (
                200,
                r#"{"success":false,"error":"no such room"}"#,
                false,
                "error response from Rocketchat: no such room",
            ),
            (200, "<html>", true, "could not unmarshal JSON response \"<html>\""),
            (500, "down", true, "unexpected status code 500: down"),
            (400, "", false, "unexpected status code 400"),
        ] {
            let (shown, retried) = match judged(status, body) {
                Verdict::Retry(_, reason) => (reason, true),
                Verdict::GiveUp(_, reason) => (reason, false),
                Verdict::Sent => panic!("{body} is no success"),
            };
            assert!(shown.starts_with(text) && retried == again, "{shown}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{token: t}", "no global Rocketchat TokenID set either inline or in a file"),
            ("{token_id: t}", "no global Rocketchat Token set either inline or in a file"),
            (
                "{token_id: t, token: a, token_file: b}",
                "at most one of token & token_file must be configured",
            ),
            ("{token_id: t, token: a, actions: [{image_url: b}]}", "unknown field \"image_url\""),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
