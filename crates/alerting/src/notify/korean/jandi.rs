//! `jandi_configs`: JANDI Connect's incoming webhook.

use serde_json::json;
use yaml::{Fields, Secret};

use super::{Config, color};
use crate::config::Global;
use crate::notify::{Call, Kind, KindSpec, Notice, Notifier, Secrets};

pub(in crate::notify) const KIND: KindSpec =
    KindSpec { field: "jandi_configs", name: "jandi", send_resolved: true, read };

/// The version of its messages that we speak.
const ACCEPT: &str = "application/vnd.tosslab.jandi-v2+json";

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    super::read(f, global, Kind::Jandi)
}

pub(in crate::notify) fn call(
    config: &Config,
    notice: &Notice<'_>,
    secrets: &dyn Secrets,
) -> Result<Call, String> {
    let texts = notice.texts();
    let (title, link) = (texts.text(&config.title), texts.text(&config.link));
    let body = if link.is_empty() { title.clone() } else { format!("[[{title}]]({link})") };
    let document = json!({
        "body": body,
        "connectColor": color(notice.data.status),
        "connectInfo": [{ "title": title, "description": texts.text(&config.text) }],
    });
    texts.finish()?;
    let mut call = Call::json(secrets.read(&config.url)?, &document)?;
    call.headers.push(("accept", Secret::new(ACCEPT)));
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::data::tests::sent;

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
