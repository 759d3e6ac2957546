//! Messengers of Korean teams: JANDI, Dooray! and Kakao Work, each by its incoming webhook, with texts in Korean.
//!
//! Fields are the same for all: `webhook_url` or `webhook_url_file`, `title` and `text` (templates; `korean.default.title` and
//! `korean.default.text` if they are not given), `link` (where the title leads), `username` and `icon_url` where the service has them.

pub mod dooray;
pub mod jandi;
pub mod kakaowork;

use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Kind, Notifier, template, webhook_url};
use crate::config::Global;

/// One channel.
#[derive(Clone, Debug)]
pub struct Config {
    url: Source<Secret>,
    title: String,
    text: String,
    link: String,
    username: String,
    icon_url: String,
}

fn read(f: &Fields<'_>, global: &Global, kind: fn(Config) -> Kind) -> Option<Notifier> {
    let url = webhook_url(f);
    let config = Config {
        title: template(f, "title", r#"{{ template "korean.default.title" . }}"#),
        text: template(f, "text", r#"{{ template "korean.default.text" . }}"#),
        link: template(f, "link", r#"{{ template "__alertmanagerURL" . }}"#),
        username: f.or("username", "Bongsu".to_owned()),
        icon_url: f.or_default("icon_url"),
        url: url?,
    };
    Some(Notifier::new(f, global, kind(config)))
}

/// A colour that people know: red while something fires.
fn color(status: &str) -> &'static str {
    if status == "firing" { "#D9342B" } else { "#2EB67D" }
}
