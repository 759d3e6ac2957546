//! `kakaowork_configs`: Kakao Work's incoming webhook. It takes one plain text.

use serde_json::{Value, json};

use super::{Config, Message, Service, by_status};
use crate::notify::KindSpec;

pub(in crate::notify) const KIND: KindSpec = KindSpec {
    field: "kakaowork_configs",
    name: "kakaowork",
    send_resolved: true,
    read: |f, global| super::read(f, global, Service { document, headers: &[], judge: by_status }),
};

fn document(_: &Config, Message { title, text, link, .. }: &Message) -> Value {
    let parts = [title, text, link].map(|part| part.trim());
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    json!({ "text": parts.join("\n\n") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::sent;

    #[test]
    fn the_message() {
        let (_, document) =
            sent(&KIND, "{webhook_url: 'http://k/', title: 제목, text: '{{ .Status }}', link: ''}");
        assert_eq!(document, json!({"text": "제목\n\nfiring"}));
    }
}
