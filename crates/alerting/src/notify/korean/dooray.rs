//! `dooray_configs`: Dooray!'s incoming hook.

use serde_json::{Value, json};

use super::{Config, Message, Service, by_status};
use crate::notify::json::Object;
use crate::notify::{Answer, FailureKind, KindSpec, Verdict};

pub(in crate::notify) const KIND: KindSpec = KindSpec {
    field: "dooray_configs",
    name: "dooray",
    send_resolved: true,
    read: |f, global| super::read(f, global, Service { document, headers: &[], judge }),
};

fn document(config: &Config, message: &Message) -> Value {
    let attachment = json!({
        "title": message.title,
        "titleLink": message.link,
        "text": message.text,
        "color": message.color,
    });
    Object::default()
        .put("botName", config.username.as_str())
        .put_if_set("botIconImage", config.icon_url.clone())
        .put("text", message.title.as_str())
        .put("attachments", vec![attachment])
        .into()
}

/// Its gateway answers 200 to messages that it refuses, and says so in the body.
fn judge(answer: Answer<'_>) -> Verdict {
    let refused = serde_json::from_str::<Value>(answer.body)
        .is_ok_and(|body| body["header"]["isSuccessful"] == false || body["success"] == false);
    match by_status(answer) {
        Verdict::Sent if refused => {
            Verdict::GiveUp(FailureKind::Client, format!("Dooray! refused the message: {}", answer.excerpt()))
        }
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

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
