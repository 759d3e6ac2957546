//! `kakaowork_configs`: Kakao Work's incoming webhook. It takes one plain text.

use serde_json::json;
use yaml::Fields;

use super::Config;
use crate::config::Global;
use crate::notify::{Call, Kind, KindSpec, Notice, Notifier, Secrets};

pub(in crate::notify) const KIND: KindSpec =
    KindSpec { field: "kakaowork_configs", name: "kakaowork", send_resolved: true, read };

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    super::read(f, global, Kind::KakaoWork)
}

pub(in crate::notify) fn call(
    config: &Config,
    notice: &Notice<'_>,
    secrets: &dyn Secrets,
) -> Result<Call, String> {
    let texts = notice.texts();
    let parts = [texts.text(&config.title), texts.text(&config.text), texts.text(&config.link)];
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let document = json!({ "text": parts.join("\n\n") });
    texts.finish()?;
    Call::json(secrets.read(&config.url)?, &document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::data::tests::sent;

    #[test]
    fn the_message() {
        let (_, document) =
            sent(&KIND, "{webhook_url: 'http://k/', title: 제목, text: '{{ .Status }}', link: ''}");
        assert_eq!(document, json!({"text": "제목\n\nfiring"}));
    }
}
