//! `dooray_configs`: Dooray!'s incoming hook.

use serde_json::{Map, Value, json};
use yaml::Fields;

use super::{Config, color};
use crate::config::Global;
use crate::notify::{Answer, Call, FailureKind, Kind, KindSpec, Notice, Notifier, Secrets, Verdict};

pub(in crate::notify) const KIND: KindSpec =
    KindSpec { field: "dooray_configs", name: "dooray", send_resolved: true, read };

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    super::read(f, global, Kind::Dooray)
}

pub(in crate::notify) fn call(
    config: &Config,
    notice: &Notice<'_>,
    secrets: &dyn Secrets,
) -> Result<Call, String> {
    let texts = notice.texts();
    let title = texts.text(&config.title);
    let mut document = Map::new();
    document.insert("botName".to_owned(), config.username.as_str().into());
    if !config.icon_url.is_empty() {
        document.insert("botIconImage".to_owned(), config.icon_url.as_str().into());
    }
    let attachment = json!({
        "title": title,
        "titleLink": texts.text(&config.link),
        "text": texts.text(&config.text),
        "color": color(notice.data.status),
    });
    document.insert("text".to_owned(), title.into());
    document.insert("attachments".to_owned(), Value::Array(vec![attachment]));
    texts.finish()?;
    Call::json(secrets.read(&config.url)?, &document)
}

/// Its gateway answers 200 to messages that it refuses, and says so in the body.
pub(in crate::notify) fn judge(answer: Answer<'_>) -> Verdict {
    let refused = serde_json::from_str::<Value>(answer.body)
        .is_ok_and(|body| body["header"]["isSuccessful"] == false || body["success"] == false);
    match Verdict::of_status(answer.status, answer.body, &[429]) {
        Verdict::Sent if refused => {
            Verdict::GiveUp(FailureKind::Client, format!("Dooray! refused the message: {}", answer.body))
        }
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::data::tests::sent;

    #[test]
    fn the_message() {
        let (_, document) =
            sent(&KIND, "{webhook_url: 'http://d/', title: '{{ .Status }}', text: x, icon_url: 'http://i/'}");
        assert_eq!((&document["botName"], &document["text"]), (&json!("Bongsu"), &json!("firing")));
        assert_eq!(document["botIconImage"], "http://i/");
        assert_eq!(document["attachments"][0]["text"], "x");
    }

    #[test]
    fn answers() {
        let judged = |status, body| judge(Answer { status, content_type: "application/json", body });
        assert_eq!(judged(200, r#"{"header":{"isSuccessful":true}}"#), Verdict::Sent);
        assert!(matches!(judged(200, r#"{"header":{"isSuccessful":false}}"#), Verdict::GiveUp(..)));
        assert!(matches!(judged(429, ""), Verdict::Retry(..)));
    }
}
