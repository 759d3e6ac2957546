//! `jandi_configs`: JANDI Connect's incoming webhook.

use serde_json::{Value, json};

use super::{Config, Message, Service, by_status};
use crate::notify::KindSpec;

pub(in crate::notify) const KIND: KindSpec = KindSpec {
    field: "jandi_configs",
    name: "jandi",
    send_resolved: true,
    read: |f, global| super::read(f, global, Service { document, headers: HEADERS, judge: by_status }),
};

/// The version of its messages that we speak.
const HEADERS: &[(&str, &str)] = &[("accept", "application/vnd.tosslab.jandi-v2+json")];

fn document(_: &Config, Message { title, text, link, color }: &Message) -> Value {
    let body = if link.is_empty() { title.clone() } else { format!("[[{title}]]({link})") };
    json!({ "body": body, "connectColor": color, "connectInfo": [{ "title": title, "description": text }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

    #[test]
    fn the_message() {
        let (url, document) = sent(&KIND, "{webhook_url: 'http://j/', link: 'http://g/'}");
        assert_eq!(url, "http://j/");
        assert_eq!(document["body"], "[[🔥 장애 발생 (1건) a<b]](http://g/)");
        assert_eq!(document["connectColor"], "#D9342B");
        assert!(
            document["connectInfo"][0]["description"].as_str().unwrap().starts_with("[발생] down is 봉수\n")
        );
    }
}
