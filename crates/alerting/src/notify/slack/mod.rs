//! `slack_configs`: a message with an attachment, by incoming webhook or as a Slack app.
//!
//! Source: `notify/slack` of Alertmanager 0.34.

use serde::{Deserialize, Serialize};
use transport::config::{Authentication, Authorization, Source};
use yaml::{Fields, Secret, Value};

use super::templates::Texts;
use super::{
    Answer, Call, FailureKind, KeptData, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict,
    items, template,
};
use crate::config::{Global, secret};
use crate::nflog::DataValue;

pub(super) const KIND: KindSpec =
    KindSpec { field: "slack_configs", name: "slack", send_resolved: false, read };

/// Slack cuts longer titles.
const TITLE_CHARS_MAX: usize = 1024;
/// Where a message of an app is changed.
const UPDATE_URL: &str = "https://slack.com/api/chat.update";
const POST_URL: &str = "https://slack.com/api/chat.postMessage";

/// One Slack channel. Texts are templates.
#[derive(Debug)]
struct Config {
    url: Source<Secret>,
    channel: String,
    username: String,
    icon_emoji: String,
    icon_url: String,
    link_names: bool,
    message_text: String,
    title: String,
    title_link: String,
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    image_url: String,
    thumb_url: String,
    footer: String,
    color: String,
    markdown_in: Vec<String>,
    fields: Vec<Field>,
    actions: Vec<Action>,
    /// Whether a later message of the group takes the place of the first.
    update_message: bool,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let own_url = secret(f, "api_url", "api_url_file");
    let own_token = secret(f, "app_token", "app_token_file");
    let app_url: yaml::Link = f.or("app_url", global.slack_app_url.clone());
    if own_url.is_some() && own_token.is_some() {
        f.value()
            .problem("at most one of api_url/api_url_file & app_token/app_token_file must be configured");
    }
    let update_message: bool = f.or_default("update_message");
    let inline_url = match &own_url {
        Some(Source::Inline(url)) => Some(url.expose().to_owned()),
        Some(Source::File(_)) | None => None,
    };
    if update_message && inline_url.as_deref() != Some(POST_URL) {
        f.problem(
            "update_message",
            format!("update_message can only be used with bot tokens. api_url must be set to {POST_URL}"),
        );
    }
    let short_fields: bool = f.or_default("short_fields");
    let text = |name: &'static str, default: &str| template(f, name, default);
    let named = |name: &str| format!("{{{{ template \"slack.default.{name}\" . }}}}");
    let markdown_in: Vec<String> = f.or_default("mrkdwn_in");
    let mut http = f.or("http_config", global.http.clone());
    let own_login = f.get("http_config").is_some_and(|_| http.authentication.is_some());
    let token = match (own_token, &own_url) {
        (None, None) if !own_login => global.slack_app_token.clone(),
        (own, _) => own,
    };
    let url = match (&token, own_url.or_else(|| global.slack_api_url.clone())) {
        (Some(_), _) => Some(Source::Inline(Secret::new(app_url.as_str()))),
        (None, Some(url)) => Some(url),
        (None, None) => {
            f.value().problem("no Slack API URL nor App token set either inline or in a file");
            None
        }
    };
    let config = Config {
        channel: text("channel", ""),
        username: text("username", &named("username")),
        icon_emoji: text("icon_emoji", &named("iconemoji")),
        icon_url: text("icon_url", &named("iconurl")),
        link_names: f.or_default("link_names"),
        message_text: text("message_text", ""),
        title: text("title", &named("title")),
        title_link: text("title_link", &named("titlelink")),
        pretext: text("pretext", &named("pretext")),
        text: text("text", &named("text")),
        fallback: text("fallback", &named("fallback")),
        callback_id: text("callback_id", &named("callbackid")),
        image_url: text("image_url", ""),
        thumb_url: text("thumb_url", ""),
        footer: text("footer", &named("footer")),
        color: text("color", &named("color")),
        markdown_in: if markdown_in.is_empty() {
            ["fallback", "pretext", "text"].map(str::to_owned).to_vec()
        } else {
            markdown_in
        },
        fields: items(f, "fields").iter().filter_map(|v| Field::read(v, short_fields)).collect(),
        actions: items(f, "actions").iter().filter_map(Action::read).collect(),
        update_message,
        url: url?,
    };
    if let Some(token) = token {
        if own_login {
            f.problem("http_config", "http authorization can't be set when using Slack App tokens");
        }
        http.authentication = Some(Authentication::Authorization(Authorization {
            kind: "Bearer".to_owned(),
            credentials: Some(token),
        }));
    }
    Some(Notifier { http, ..Notifier::new(f, global, config).with_timeout(f) })
}

/// A line of an attachment.
#[derive(Clone, Debug)]
struct Field {
    title: String,
    value: String,
    short: bool,
}

impl Field {
    fn read(value: &Value<'_>, short: bool) -> Option<Field> {
        value.fields(|f| {
            let field = Field {
                title: template(f, "title", ""),
                value: template(f, "value", ""),
                short: f.or("short", short),
            };
            for (name, text) in [("title", &field.title), ("value", &field.value)] {
                if text.is_empty() {
                    f.value().problem(format!("missing {name} in Slack field configuration"));
                }
            }
            Some(field)
        })
    }
}

/// A button of an attachment.
#[derive(Clone, Debug)]
struct Action {
    kind: String,
    text: String,
    url: String,
    style: String,
    name: String,
    value: String,
    confirm: Option<Confirm>,
}

#[derive(Clone, Debug)]
struct Confirm {
    text: String,
    title: String,
    ok: String,
    dismiss: String,
}

impl Action {
    fn read(value: &Value<'_>) -> Option<Action> {
        value.fields(|f| {
            let text = |name| template(f, name, "");
            let mut action = Action {
                kind: text("type"),
                text: text("text"),
                url: text("url"),
                style: text("style"),
                name: text("name"),
                value: text("value"),
                confirm: f.get("confirm").and_then(|v| Confirm::read(&v)),
            };
            for (name, text) in [("type", &action.kind), ("text", &action.text)] {
                if text.is_empty() {
                    f.value().problem(format!("missing {name} in Slack action configuration"));
                }
            }
            if !action.url.is_empty() {
                // A link is no button of the message.
                (action.name, action.value, action.confirm) = (String::new(), String::new(), None);
            } else if action.name.is_empty() {
                f.value().problem("missing name or url in Slack action configuration");
            }
            Some(action)
        })
    }
}

impl Confirm {
    fn read(value: &Value<'_>) -> Option<Confirm> {
        value.fields(|f| {
            let text = |name| template(f, name, "");
            let confirm = Confirm {
                text: text("text"),
                title: text("title"),
                ok: text("ok_text"),
                dismiss: text("dismiss_text"),
            };
            if confirm.text.is_empty() {
                f.value().problem("missing text in Slack confirmation configuration");
            }
            Some(confirm)
        })
    }
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

#[derive(Serialize)]
struct Document {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(rename = "ts", skip_serializing_if = "String::is_empty")]
    timestamp: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Attachment {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<ShownField>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<ShownAction>,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    footer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    mrkdwn_in: Vec<String>,
}

#[derive(Serialize)]
struct ShownField {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    short: bool,
}

#[derive(Serialize)]
struct ShownAction {
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    style: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<ShownConfirm>,
}

#[derive(Serialize)]
struct ShownConfirm {
    #[serde(skip_serializing_if = "is_empty")]
    text: String,
    #[serde(skip_serializing_if = "is_empty")]
    title: String,
    #[serde(skip_serializing_if = "is_empty")]
    ok_text: String,
    #[serde(skip_serializing_if = "is_empty")]
    dismiss_text: String,
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let mut document = self.document(&texts);
        let mut url = secrets.read(&self.url)?;
        let stored = |key: &str| match notice.message.data.get(key) {
            Some(DataValue::Text(text)) if !text.is_empty() => Some(text.clone()),
            Some(DataValue::Text(_) | DataValue::Integer(_) | DataValue::Float(_)) | None => None,
        };
        if self.update_message
            && let (Some(timestamp), Some(channel)) = (stored("threadTs"), stored("channelId"))
        {
            url = Secret::new(UPDATE_URL);
            (document.timestamp, document.channel) = (timestamp, channel);
        }
        texts.finish()?;
        let before = self.update_message.then(|| notice.message.data.clone());
        let channel = document.channel.clone();
        Ok(Turn::ask(Call::json(url, &document)?, move |answer| {
            match (judge(answer).in_channel(&channel), before) {
                (Verdict::Sent, Some(before)) => Turn::Keep(kept(answer, before)),
                (verdict, _) => Turn::End(verdict),
            }
        }))
    }
}

impl Config {
    fn document(&self, texts: &Texts<'_>) -> Document {
        let text = |template: &str| texts.text(template);
        let attachment = Attachment {
            title: texts.short(&self.title, TITLE_CHARS_MAX),
            title_link: text(&self.title_link),
            pretext: text(&self.pretext),
            text: text(&self.text),
            fallback: text(&self.fallback),
            callback_id: text(&self.callback_id),
            fields: self
                .fields
                .iter()
                .map(|f| ShownField { title: text(&f.title), value: text(&f.value), short: f.short })
                .collect(),
            actions: self.actions.iter().map(|action| action.shown(texts)).collect(),
            image_url: text(&self.image_url),
            thumb_url: text(&self.thumb_url),
            footer: text(&self.footer),
            color: text(&self.color),
            mrkdwn_in: self.markdown_in.clone(),
        };
        Document {
            channel: text(&self.channel),
            timestamp: String::new(),
            username: text(&self.username),
            icon_emoji: text(&self.icon_emoji),
            icon_url: text(&self.icon_url),
            link_names: self.link_names,
            text: text(&self.message_text),
            attachments: [attachment],
        }
    }
}

impl Action {
    fn shown(&self, texts: &Texts<'_>) -> ShownAction {
        let text = |template: &str| texts.text(template);
        ShownAction {
            kind: text(&self.kind),
            text: text(&self.text),
            url: text(&self.url),
            style: text(&self.style),
            name: text(&self.name),
            value: text(&self.value),
            confirm: self.confirm.as_ref().map(|c| ShownConfirm {
                text: text(&c.text),
                title: text(&c.title),
                ok_text: text(&c.ok),
                dismiss_text: text(&c.dismiss),
            }),
        }
    }
}

/// What Slack's API answers; webhooks answer `ok`.
#[derive(Deserialize)]
struct ApiAnswer {
    ok: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    channel: String,
    #[serde(default, rename = "ts")]
    timestamp: String,
}

/// A status of 200 does not mean that the message was taken.
fn judge(answer: Answer<'_>) -> Verdict {
    let by_status = Verdict::of_status(answer.status, answer.body, &[]);
    if by_status != Verdict::Sent {
        return by_status;
    }
    let refused = |reason: String| Verdict::GiveUp(FailureKind::Client, reason);
    if !answer.content_type.starts_with("application/json") {
        return match answer.body {
            "ok" => Verdict::Sent,
            other => refused(format!("received an error response from Slack: {other}")),
        };
    }
    match serde_json::from_str::<ApiAnswer>(answer.body) {
        Ok(ApiAnswer { ok: true, .. }) => Verdict::Sent,
        Ok(ApiAnswer { error, .. }) => refused(format!("error response from Slack: {error}")),
        Err(error) => Verdict::Retry(
            FailureKind::Client,
            format!("could not unmarshal JSON response {:?}: {error}", answer.excerpt()),
        ),
    }
}

/// Keeps the name of the posted message.
fn kept(answer: Answer<'_>, mut before: KeptData) -> KeptData {
    if let Ok(ApiAnswer { channel, timestamp, .. }) = serde_json::from_str(answer.body)
        && !channel.is_empty()
        && !timestamp.is_empty()
    {
        before.insert("threadTs".to_owned(), DataValue::Text(timestamp));
        before.insert("channelId".to_owned(), DataValue::Text(channel));
    }
    before
}

#[cfg(test)]
mod tests;
