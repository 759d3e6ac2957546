//! `pushover_configs`: messages to phones by Pushover.
//!
//! Source: `notify/pushover` of Alertmanager 0.34.

use std::time::Duration;

use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, json, template};
use crate::config::{Global, GoDuration, secret};
use crate::notify::templates::shorten;

pub(super) const KIND: KindSpec =
    KindSpec { field: "pushover_configs", name: "pushover", send_resolved: true, read };

const API_URL: &str = "https://api.pushover.net/1/messages.json";
/// Pushover's bounds, in characters.
const TITLE_CHARS_MAX: usize = 250;
const MESSAGE_CHARS_MAX: usize = 1024;
const URL_CHARS_MAX: usize = 512;

/// One Pushover user. Texts are templates.
#[derive(Debug)]
struct Config {
    user_key: Source<Secret>,
    token: Source<Secret>,
    title: String,
    message: String,
    url: String,
    url_title: String,
    device: String,
    sound: String,
    priority: String,
    retry: Duration,
    expire: Duration,
    ttl: Duration,
    html: bool,
    monospace: bool,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let user_key = secret(f, "user_key", "user_key_file");
    if user_key.is_none() {
        f.value().problem("one of user_key or user_key_file must be configured");
    }
    let token = secret(f, "token", "token_file");
    if token.is_none() {
        f.value().problem("one of token or token_file must be configured");
    }
    let (html, monospace) = (f.or_default("html"), f.or_default("monospace"));
    if html && monospace {
        f.value().problem("at most one of monospace & html must be configured");
    }
    let text = |name: &'static str, default: &str| template(f, name, default);
    let seconds = |name, default| f.or(name, GoDuration(Duration::from_secs(default))).0;
    let config = Config {
        title: text("title", r#"{{ template "pushover.default.title" . }}"#),
        message: text("message", r#"{{ template "pushover.default.message" . }}"#),
        url: text("url", r#"{{ template "pushover.default.url" . }}"#),
        url_title: text("url_title", ""),
        device: text("device", ""),
        sound: text("sound", ""),
        // An emergency while something fires.
        priority: text("priority", r#"{{ if eq .Status "firing" }}2{{ else }}0{{ end }}"#),
        retry: seconds("retry", 60),
        expire: seconds("expire", 3600),
        ttl: seconds("ttl", 0),
        html,
        monospace,
        user_key: user_key?,
        token: token?,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let message = if self.html { texts.html(&self.message) } else { texts.text(&self.message) };
        let message = shorten(&message, MESSAGE_CHARS_MAX);
        let mut parameters = vec![
            ("token", texts.text(secrets.read(&self.token)?.expose())),
            ("user", texts.text(secrets.read(&self.user_key)?.expose())),
            ("title", texts.short(&self.title, TITLE_CHARS_MAX)),
            // Pushover refuses empty messages.
            ("message", Some(message.trim()).filter(|m| !m.is_empty()).unwrap_or("(no details)").to_owned()),
            ("url", texts.short(&self.url, URL_CHARS_MAX)),
            ("url_title", texts.text(&self.url_title)),
            ("priority", texts.text(&self.priority)),
            ("retry", self.retry.as_secs().to_string()),
            ("expire", self.expire.as_secs().to_string()),
            ("device", texts.text(&self.device)),
            ("sound", texts.text(&self.sound)),
        ];
        for (name, on) in [("html", self.html), ("monospace", self.monospace)] {
            if on {
                parameters.push((name, "1".to_owned()));
            }
        }
        if self.ttl.as_secs() > 0 {
            parameters.push(("ttl", self.ttl.as_secs().to_string()));
        }
        texts.finish()?;
        let query = json::form(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let url = Secret::new(format!("{API_URL}?{query}"));
        Ok(Turn::only(Call::post(url, "text/plain", Vec::new()), &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::{first_call, mistakes};

    #[test]
    fn all_is_in_the_query() {
        let call = first_call(
            &KIND,
            "{user_key: u, token: '{{ .Status }}', message: ' ', retry: 1m30s, ttl: 90.5s}",
        );
        let url = call.url.expose();
        assert_eq!(
            url,
            "https://api.pushover.net/1/messages.json?device=&expire=3600&message=%28no+details%29&priority=2&retry=90\
             &sound=&title=%5BFIRING%3A1%5D+a%3Cb+%28page%29&token=firing&ttl=90\
             &url=http%3A%2F%2Fam%2F%23%2Falerts%3Freceiver%3Dteam%255C.ops&url_title=&user=u"
        );
        assert!(call.body.is_empty());
        let html = first_call(
            &KIND,
            "{user_key: u, token: t, html: true, message: '<b>{{ .CommonLabels.job }}</b>'}",
        );
        assert!(html.url.expose().contains("&html=1&message=%3Cb%3Ea%26lt%3Bb%3C%2Fb%3E&"), "{html:?}");
        let long = format!("{{user_key: u, token: t, monospace: true, message: {}}}", "봉".repeat(2000));
        let url = first_call(&KIND, &long).url.expose().to_owned();
        assert_eq!(
            url.matches("%EB%B4%89").count(),
            MESSAGE_CHARS_MAX - 1,
            "and the sign that something is missing"
        );
        assert!(url.contains("monospace=1"));
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{token: t}", "one of user_key or user_key_file must be configured"),
            ("{user_key: u}", "one of token or token_file must be configured"),
            (
                "{user_key: u, user_key_file: u, token: t}",
                "at most one of user_key & user_key_file must be configured",
            ),
            (
                "{user_key: u, token: t, token_file: t}",
                "at most one of token & token_file must be configured",
            ),
            (
                "{user_key: u, token: t, html: true, monospace: true}",
                "at most one of monospace & html must be configured",
            ),
            ("{user_key: u, token: t, retry: 1d}", "not a duration"),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
