//! `naverworks_configs`: NAVER WORKS (LINE WORKS) by its Incoming Webhook app, or by a bot of the API 2.0.
//!
//! A webhook needs `webhook_url` or `webhook_url_file`. A bot needs `bot_id`, `channel_id` or `user_id`, and its service account:
//! `client_id`, `client_secret(_file)`, `service_account`, `private_key(_file)`. The account signs a token of its own for one that
//! the API takes for a day.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use transport::config::Source;
use yaml::{Fields, Link, Secret};

use crate::config::{Global, secret};
use crate::notify::json::{Object, form};
use crate::notify::templates::{Texts, shorten};
use crate::notify::token::TokenCache;
use crate::notify::{
    Answer, Call, FailureKind, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, at_path,
    template,
};

pub(in crate::notify) const KIND: KindSpec =
    KindSpec { field: "naverworks_configs", name: "naverworks", send_resolved: true, read };

/// The service refuses longer texts.
const TEXT_CHARS_MAX: usize = 2000;
const LINK_LABEL: &str = "자세히 보기";
const API_URL: &str = "https://www.worksapis.com/v1.0";
const TOKEN_URL: &str = "https://auth.worksmobile.com/oauth2/v2.0/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that the service accepts.
const ASSERTION_LIFETIME: SignedDuration = SignedDuration::from_mins(60);
/// A token is renewed this long before it ends.
const TOKEN_MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// Rate limits pass.
const RETRIED: &[u16] = &[429];

/// One room or person. Texts are templates.
#[derive(Debug)]
struct Config {
    title: String,
    text: String,
    link: String,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Webhook(Source<Secret>),
    Bot(Box<Bot>),
}

#[derive(Clone, Debug)]
struct Bot {
    api_url: Link,
    token_url: Link,
    /// Below the bot: `channels/ID` or `users/ID`.
    room: String,
    bot_id: String,
    client_id: String,
    client_secret: Source<Secret>,
    service_account: String,
    private_key: Source<Secret>,
    scope: String,
    token: TokenCache,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let webhook = secret(f, "webhook_url", "webhook_url_file");
    let bot = read_bot(f, webhook.is_some());
    let texts = [
        template(f, "title", r#"{{ template "korean.default.title" . }}"#),
        template(f, "text", r#"{{ template "korean.default.text" . }}"#),
        template(f, "link", r#"{{ template "__alertmanagerURL" . }}"#),
    ];
    let way = match (webhook, bot) {
        (Some(url), _) => Way::Webhook(url),
        (None, bot) => Way::Bot(Box::new(bot?)),
    };
    let [title, text, link] = texts;
    Some(Notifier::new(f, global, Config { title, text, link, way }).with_timeout(f))
}

/// Reads what a bot needs; nothing of it may stand beside a webhook.
fn read_bot(f: &Fields<'_>, has_webhook: bool) -> Option<Bot> {
    let text = |name: &'static str| Some(f.or_default::<String>(name)).filter(|t| !t.is_empty());
    let (bot_id, channel, user) = (text("bot_id"), text("channel_id"), text("user_id"));
    let (client_id, service_account) = (text("client_id"), text("service_account"));
    let client_secret = secret(f, "client_secret", "client_secret_file");
    let private_key = secret(f, "private_key", "private_key_file");
    let link = |name: &'static str, default: &str| {
        f.optional(name).unwrap_or_else(|| Link::parse(default).expect("defaults are URLs"))
    };
    let (api_url, token_url) = (link("api_url", API_URL), link("token_url", TOKEN_URL));
    let scope = text("scope").unwrap_or_else(|| "bot".to_owned());
    if has_webhook {
        if bot_id.is_some() {
            f.problem("bot_id", "at most one of webhook_url and bot_id must be configured");
        }
        return None;
    }
    let room = match (channel, user) {
        (Some(id), None) => Some(format!("channels/{id}")),
        (None, Some(id)) => Some(format!("users/{id}")),
        (Some(_), Some(_)) | (None, None) => {
            f.value().problem("a bot needs exactly one of channel_id and user_id");
            None
        }
    };
    for (name, missing) in [
        ("webhook_url or bot_id", bot_id.is_none()),
        ("client_id", client_id.is_none()),
        ("client_secret or client_secret_file", client_secret.is_none()),
        ("service_account", service_account.is_none()),
        ("private_key or private_key_file", private_key.is_none()),
    ] {
        if missing {
            f.value().problem(format!("missing {name} on naverworks_config"));
        }
    }
    Some(Bot {
        api_url,
        token_url,
        scope,
        token: TokenCache::default(),
        room: room?,
        bot_id: bot_id?,
        client_id: client_id?,
        client_secret: client_secret?,
        service_account: service_account?,
        private_key: private_key?,
    })
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let (title, text, link) = (texts.text(&self.title), texts.text(&self.text), texts.text(&self.link));
        match &self.way {
            Way::Webhook(url) => {
                let mut document = Object::default()
                    .put_if_set("title", title)
                    .put("body", json!({ "text": shorten(text.trim(), TEXT_CHARS_MAX) }));
                if !link.is_empty() {
                    document = document.put("button", json!({ "label": LINK_LABEL, "url": link }));
                }
                texts.finish()?;
                let call = Call::json(secrets.read(url)?, &document)?;
                Ok(Turn::ask(call, |answer| Turn::End(judge_webhook(answer))))
            }
            Way::Bot(bot) => bot.begin(notice, texts, secrets, [&title, &text, &link]),
        }
    }
}

/// The webhook's gateway may answer 200 and say no in the body.
fn judge_webhook(answer: Answer<'_>) -> Verdict {
    #[derive(Deserialize)]
    struct Gateway {
        code: u16,
    }
    match (Verdict::of_answer(answer, RETRIED), serde_json::from_str::<Gateway>(answer.body)) {
        (Verdict::Sent, Ok(Gateway { code })) if code >= 400 => {
            Verdict::of_status(code, answer.body, RETRIED)
        }
        (verdict, _) => verdict,
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    /// Seconds, which come as a text.
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl Bot {
    fn begin(
        &self,
        notice: &Notice<'_>,
        texts: Texts<'_>,
        secrets: &dyn Secrets,
        parts: [&str; 3],
    ) -> Result<Turn, String> {
        texts.finish()?;
        let parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
        let text = shorten(&parts.join("\n\n"), TEXT_CHARS_MAX);
        let document = Object::default().put("content", json!({ "type": "text", "text": text }));
        if let Some(token) = self.token.get(notice.now) {
            return self.send(&token, &document);
        }
        let assertion = self.assertion(notice, secrets)?;
        let client_secret = secrets.read(&self.client_secret)?;
        let body = form([
            ("assertion", assertion.as_str()),
            ("grant_type", JWT_BEARER),
            ("client_id", self.client_id.as_str()),
            ("client_secret", client_secret.expose()),
            ("scope", self.scope.as_str()),
        ]);
        let url = Secret::new(self.token_url.as_str());
        let login = Call::post(url, "application/x-www-form-urlencoded", body.into_bytes());
        let (bot, now) = (self.clone(), notice.now);
        Ok(Turn::ask(login, move |answer| {
            match Verdict::of_answer(answer, RETRIED) {
                Verdict::Sent => {}
                failure @ (Verdict::Retry(..) | Verdict::GiveUp(..)) => return Turn::End(failure),
            }
            let give_up = |reason: String| Turn::End(Verdict::GiveUp(FailureKind::Authentication, reason));
            let Ok(TokenAnswer { access_token, expires_in }) = serde_json::from_str(answer.body) else {
                return give_up("the answer to the login holds no token".to_owned());
            };
            let seconds = expires_in.as_i64().or_else(|| expires_in.as_str()?.parse().ok()).unwrap_or(0);
            let token = Secret::new(access_token);
            bot.token.put(token.clone(), now, SignedDuration::from_secs(seconds) - TOKEN_MARGIN);
            bot.send(&token, &document).unwrap_or_else(give_up)
        }))
    }

    /// Signs, in the service account's name, that it is us who ask.
    fn assertion(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<String, String> {
        // The library's error could quote the key: tell only that it failed.
        let failed = |_| "private_key cannot sign: an RSA key in PEM is needed".to_owned();
        let key = secrets.read(&self.private_key)?;
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.expose().as_bytes()).map_err(failed)?;
        let issued = notice.now.as_second();
        let claims = Claims {
            iss: &self.client_id,
            sub: &self.service_account,
            iat: issued,
            exp: issued + ASSERTION_LIFETIME.as_secs(),
        };
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        jsonwebtoken::encode(&header, &claims, &key).map_err(failed)
    }

    fn send(&self, token: &Secret, document: &Object) -> Result<Turn, String> {
        let path = format!("bots/{}/{}/messages", self.bot_id, self.room);
        let call = Call::json(at_path(&self.api_url, &path, None), document)?
            .with_header("authorization", format!("Bearer {}", token.expose()));
        let cache = self.token.clone();
        Ok(Turn::ask(call, move |answer| {
            if answer.status == 401 {
                // Withdrawn before its end: the next try logs in anew.
                cache.clear();
            }
            Turn::End(Verdict::of_answer(answer, &[401, 429]))
        }))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use serde_json::Value;

    use super::*;
    use crate::notify::tests::{message, mistakes, notifier, play, play_with, refusal, sent};

    fn bot(more: &str) -> String {
        use aws_lc_rs::encoding::AsDer as _;
        let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().unwrap();
        let key = BASE64_STANDARD.encode(der.as_ref());
        format!(
            "bot_id: 7\nclient_id: c\nclient_secret: s\nservice_account: sa@x\n\
             private_key: \"-----BEGIN PRIVATE KEY-----\\n{key}\\n-----END PRIVATE KEY-----\\n\"\n{more}\n"
        )
    }

    #[test]
    fn a_webhook() {
        let (url, document) =
            sent(&KIND, "{webhook_url: 'http://w/', text: '{{ .Status }}', link: 'http://g'}");
        assert_eq!(url, "http://w/");
        let expected = json!({
            "title": "🔥 장애 발생 (1건) a<b", "body": {"text": "firing"}, "button": {"label": "자세히 보기", "url": "http://g"},
        });
        assert_eq!(document, expected);
        let end = |status, body| play(&KIND, "{webhook_url: 'http://w/'}", &[(status, body)]).1;
        assert_eq!(end(200, r#"{"code":200,"description":"success"}"#), Verdict::Sent);
        assert!(matches!(
            end(200, r#"{"code":400,"description":"missing"}"#),
            Verdict::GiveUp(FailureKind::Client, _)
        ));
        assert!(matches!(end(200, r#"{"code":500}"#), Verdict::Retry(FailureKind::Server, _)));
        assert!(matches!(end(429, ""), Verdict::Retry(FailureKind::RateLimited, _)));
    }

    #[test]
    fn a_bot_logs_in_for_a_day() {
        let notifier =
            notifier(&KIND, &bot("channel_id: room/1\ntitle: t\ntext: '{{ .Status }}'\nlink: http://g"));
        let token = (200, r#"{"access_token":"tok","token_type":"Bearer","expires_in":"86400"}"#);
        let (calls, verdict) = play_with(&notifier, &message(), &[token, (201, "")]);
        assert_eq!(verdict, Verdict::Sent);
        assert_eq!(calls[0].url.expose(), TOKEN_URL);
        let body = String::from_utf8(calls[0].body.clone()).unwrap();
        let rest = body.strip_prefix("assertion=").unwrap();
        let (assertion, rest) = rest.split_once('&').unwrap();
        assert_eq!(
            rest,
            "client_id=c&client_secret=s&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=bot"
        );
        let claims = BASE64_URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({"iss": "c", "sub": "sa@x", "iat": 1_700_000_000, "exp": 1_700_003_600}));
        assert_eq!(calls[1].url.expose(), "https://www.worksapis.com/v1.0/bots/7/channels/room/1/messages");
        assert_eq!(calls[1].headers[0].1.expose(), "Bearer tok");
        let sent: Value = serde_json::from_slice(&calls[1].body).unwrap();
        assert_eq!(sent, json!({"content": {"type": "text", "text": "t\n\nfiring\n\nhttp://g"}}));
        // The login holds, until the service says otherwise.
        let (calls, verdict) = play_with(&notifier, &message(), &[(401, "no")]);
        assert_eq!(
            (calls.len(), verdict),
            (1, Verdict::Retry(FailureKind::Authentication, "unexpected status code 401: no".to_owned()))
        );
        assert_eq!(play_with(&notifier, &message(), &[token, (201, "")]).0.len(), 2);
    }

    #[test]
    fn refused_logins() {
        let end = |answer| play(&KIND, &bot("user_id: u"), &[answer]).1;
        assert!(matches!(end((400, "invalid_grant")), Verdict::GiveUp(FailureKind::Client, _)));
        assert!(matches!(end((200, "<html>")), Verdict::GiveUp(FailureKind::Authentication, _)));
        assert!(matches!(end((503, "")), Verdict::Retry(FailureKind::Server, _)));
        let no_key = "{bot_id: 7, user_id: u, client_id: c, client_secret: s, service_account: a, private_key: secret}";
        let error = refusal(&KIND, no_key);
        assert!(error.contains("an RSA key in PEM is needed") && !error.contains("secret:"), "{error}");
    }

    #[test]
    fn what_is_refused() {
        for (text, expected) in [
            ("{}", "missing webhook_url or bot_id on naverworks_config"),
            (
                "{webhook_url: 'http://w', bot_id: 1}",
                "at most one of webhook_url and bot_id must be configured",
            ),
            ("{bot_id: 1, user_id: u, channel_id: c}", "a bot needs exactly one of channel_id and user_id"),
            ("{bot_id: 1, user_id: u}", "missing service_account on naverworks_config"),
            (
                "{bot_id: 1, user_id: u, private_key: a, private_key_file: b}",
                "at most one of private_key & private_key_file",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
