//! `telegram_configs`: a message by a bot.
//!
//! Source: `notify/telegram` of Alertmanager 0.34, and the bot API.

use serde_json::{Map, Value};
use transport::config::Source;
use yaml::{Fields, Secret};

use super::{
    Answer, Call, FailureKind, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, template,
};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "telegram_configs", name: "telegram", send_resolved: true, read };

/// Telegram's bound, in characters.
const TEXT_CHARS_MAX: usize = 4096;
/// Half an HTML text is none, so a text that is too long is replaced as a whole.
const TOO_LONG: &str = "Alertmanager notification could not be sent: message length exceeds Telegram limits.\n\
                        \t\t\tPlease check the template used for producing the message content.";

/// How the text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParseMode {
    Plain,
    Markdown,
    MarkdownV2,
    Html,
}

/// One chat.
#[derive(Debug)]
struct Config {
    api_url: yaml::Link,
    token: Source<Secret>,
    chat: Source<Secret>,
    thread: i64,
    message: String,
    silent: bool,
    parse_mode: ParseMode,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let token = secret(f, "bot_token", "bot_token_file").or_else(|| global.telegram_bot_token.clone());
    if token.is_none() {
        f.value().problem("missing bot_token or bot_token_file on telegram_config");
    }
    let chat = secret(f, "chat_id", "chat_id_file")
        .filter(|c| !matches!(c, Source::Inline(id) if id.expose() == "0"));
    match &chat {
        None => f.value().problem("missing chat_id or chat_id_file on telegram_config"),
        Some(Source::Inline(id)) if id.expose().parse::<i64>().is_err() => {
            f.problem("chat_id", "expected a whole number");
        }
        Some(Source::Inline(_) | Source::File(_)) => {}
    }
    let modes = [
        ("", ParseMode::Plain),
        ("Markdown", ParseMode::Markdown),
        ("MarkdownV2", ParseMode::MarkdownV2),
        ("HTML", ParseMode::Html),
    ];
    let config = Config {
        api_url: f.or("api_url", global.telegram_api_url.clone()),
        thread: f.or_default("message_thread_id"),
        message: template(f, "message", r#"{{ template "telegram.default.message" . }}"#),
        silent: f.or_default("disable_notifications"),
        parse_mode: f.one_of("parse_mode", &modes, ParseMode::Html),
        token: token?,
        chat: chat?,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let (text, mode) = match self.parse_mode {
            ParseMode::Html => (texts.html(&self.message), "HTML"),
            ParseMode::Plain => (texts.short(&self.message, TEXT_CHARS_MAX), ""),
            ParseMode::Markdown => (texts.short(&self.message, TEXT_CHARS_MAX), "Markdown"),
            ParseMode::MarkdownV2 => (texts.short(&self.message, TEXT_CHARS_MAX), "MarkdownV2"),
        };
        texts.finish()?;
        let text = if text.chars().count() > TEXT_CHARS_MAX { TOO_LONG.to_owned() } else { text };
        let mut document = Map::new();
        let mut put = |name: &str, value: String| document.insert(name.to_owned(), Value::from(value));
        put("chat_id", secrets.read(&self.chat)?.expose().to_owned());
        put("text", text);
        put("disable_web_page_preview", "true".to_owned());
        if self.silent {
            put("disable_notification", "true".to_owned());
        }
        if !mode.is_empty() {
            put("parse_mode", mode.to_owned());
        }
        if self.thread != 0 {
            put("message_thread_id", self.thread.to_string());
        }
        let token = secrets.read(&self.token)?;
        let base = self.api_url.as_str().trim_end_matches('/');
        let url = Secret::new(format!("{base}/bot{}/sendMessage", token.expose()));
        Ok(Turn::ask(Call::json(url, &document)?, |answer| Turn::End(judge(answer))))
    }
}

/// Every failure is tried again, as in the original.
fn judge(answer: Answer<'_>) -> Verdict {
    let accepted = serde_json::from_str::<Value>(answer.body).is_ok_and(|body| body["ok"] == true);
    match Verdict::of_status(answer.status, answer.body, &[]) {
        Verdict::Sent if accepted => Verdict::Sent,
        Verdict::Sent => Verdict::Retry(FailureKind::Client, format!("telegram: {}", answer.body)),
        Verdict::Retry(kind, reason) | Verdict::GiveUp(kind, reason) => Verdict::Retry(kind, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

    #[test]
    fn the_message() {
        let (url, document) = sent(
            &KIND,
            "{bot_token: '1:a', chat_id: -100, message: '<b>{{ .CommonLabels.job }}</b>', disable_notifications: true}",
        );
        assert_eq!(url, "https://api.telegram.org/bot1:a/sendMessage");
        assert_eq!(document["text"], "<b>a&lt;b</b>");
        assert_eq!(
            (&document["chat_id"], &document["parse_mode"]),
            (&Value::from("-100"), &Value::from("HTML"))
        );
        assert_eq!(document["disable_notification"], "true");
        let long = "y".repeat(5000);
        let (_, plain) = sent(
            &KIND,
            &format!("{{bot_token: a, chat_id: 1, parse_mode: '', message: {long}, message_thread_id: 7}}"),
        );
        assert_eq!(plain["text"].as_str().unwrap().chars().count(), TEXT_CHARS_MAX);
        assert_eq!((plain.get("parse_mode"), &plain["message_thread_id"]), (None, &Value::from("7")));
        let (_, html) = sent(&KIND, &format!("{{bot_token: a, chat_id: 1, message: {long}}}"));
        assert_eq!(html["text"], TOO_LONG);
    }

    #[test]
    fn answers() {
        let judged = |status, body| judge(Answer { status, content_type: "application/json", body });
        assert_eq!(judged(200, r#"{"ok":true,"result":{}}"#), Verdict::Sent);
        for (status, body) in
            [(200, r#"{"ok":false}"#), (400, r#"{"ok":false,"description":"chat not found"}"#), (502, "")]
        {
            assert!(matches!(judged(status, body), Verdict::Retry(..)), "{status} {body}");
        }
    }
}
