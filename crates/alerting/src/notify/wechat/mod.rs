//! `wechat_configs`: a message by an application of WeChat Work, which logs in for two hours at a time.
//!
//! Source: `notify/wechat` of Alertmanager 0.34.

use jiff::SignedDuration;
use serde::Deserialize;
use transport::config::Source;
use yaml::{Fields, Link, Secret};

use super::json::{Object, form};
use super::token::TokenCache;
use super::{
    Answer, Call, FailureKind, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, at_path,
    template,
};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "wechat_configs", name: "wechat", send_resolved: false, read };

const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(2);
/// What WeChat answers to a token that holds no more.
const TOKEN_EXPIRED: i64 = 42001;

/// One application. Texts are templates.
#[derive(Clone, Debug)]
struct Config {
    api_url: Link,
    api_secret: Source<Secret>,
    corp_id: String,
    message: String,
    to_user: String,
    to_party: String,
    to_tag: String,
    agent_id: String,
    /// `text` or `markdown`.
    message_type: String,
    token: TokenCache,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let api_secret = secret(f, "api_secret", "api_secret_file").or_else(|| global.wechat_api_secret.clone());
    if api_secret.is_none() {
        f.value().problem("no global Wechat Api Secret set either inline or in a file");
    }
    let corp_id = Some(template(f, "corp_id", "")).filter(|id| !id.is_empty());
    let corp_id = corp_id.or_else(|| global.wechat_api_corp_id.clone()).unwrap_or_default();
    if corp_id.is_empty() {
        f.value().problem("no global Wechat CorpID set");
    }
    let message_type = f.or("message_type", "text".to_owned());
    if !["text", "markdown"].contains(&message_type.as_str()) {
        f.problem(
            "message_type",
            format!("weChat message type {message_type:?} does not match valid options ^(text|markdown)$"),
        );
    }
    let text = |name: &'static str, part: &str| {
        template(f, name, &format!("{{{{ template \"wechat.default.{part}\" . }}}}"))
    };
    let config = Config {
        api_url: f.or("api_url", global.wechat_api_url.clone()),
        corp_id,
        message: text("message", "message"),
        to_user: text("to_user", "to_user"),
        to_party: text("to_party", "to_party"),
        to_tag: text("to_tag", "to_tag"),
        agent_id: text("agent_id", "agent_id"),
        message_type,
        token: TokenCache::default(),
        api_secret: api_secret?,
    };
    Some(Notifier::new(f, global, config))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let content = || Object::default().put("content", texts.text(&self.message));
        let nothing = || Object::default().put("content", "");
        let markdown = self.message_type == "markdown";
        let document = Object::default()
            .put("text", if markdown { nothing() } else { content() })
            .put_if_set("touser", texts.text(&self.to_user))
            .put_if_set("toparty", texts.text(&self.to_party))
            .put_if_set("totag", texts.text(&self.to_tag))
            .put_if_set("agentid", texts.text(&self.agent_id))
            .put("safe", "0")
            .put("msgtype", self.message_type.as_str())
            .put("markdown", if markdown { content() } else { nothing() });
        let (api_secret, corp_id) =
            (texts.text(secrets.read(&self.api_secret)?.expose()), texts.text(&self.corp_id));
        texts.finish().map_err(|e| format!("templating error: {e}"))?;
        if let Some(token) = self.token.get(notice.now) {
            return self.send(&token, &document);
        }
        let query = form([("corpsecret", api_secret.as_str()), ("corpid", corp_id.as_str())]);
        let login = Call::get(at_path(&self.api_url, "gettoken", Some(&query)));
        let (config, now) = (self.clone(), notice.now);
        Ok(Turn::ask(login, move |answer| {
            let token = match token_of(answer, &corp_id) {
                Ok(token) => token,
                Err(error) => return Turn::End(Verdict::GiveUp(FailureKind::Other, error)),
            };
            config.token.put(token.clone(), now, TOKEN_LIFETIME);
            config
                .send(&token, &document)
                .unwrap_or_else(|error| Turn::End(Verdict::GiveUp(FailureKind::Other, error)))
        }))
    }
}

impl Config {
    fn send(&self, token: &Secret, document: &Object) -> Result<Turn, String> {
        let query = form([("access_token", token.expose())]);
        let call = Call::json(at_path(&self.api_url, "message/send", Some(&query)), document)?;
        let token = self.token.clone();
        Ok(Turn::ask(call, move |answer| Turn::End(judge(answer, &token))))
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    access_token: String,
}

fn token_of(answer: Answer<'_>, corp_id: &str) -> Result<Secret, String> {
    let read: TokenAnswer =
        serde_json::from_str(answer.body).map_err(|e| format!("the answer to the login is no token: {e}"))?;
    if read.access_token.is_empty() {
        return Err(format!("invalid APISecret for CorpID: {corp_id}"));
    }
    Ok(Secret::new(read.access_token))
}

#[derive(Deserialize)]
struct SendAnswer {
    #[serde(default, rename = "errcode")]
    code: i64,
    #[serde(default, rename = "errmsg")]
    error: String,
}

fn judge(answer: Answer<'_>, token: &TokenCache) -> Verdict {
    if answer.status != 200 {
        let kind = FailureKind::of_status(answer.status);
        return Verdict::Retry(kind, format!("unexpected status code {}", answer.status));
    }
    match serde_json::from_str(answer.body) {
        Ok(SendAnswer { code: 0, .. }) => Verdict::Sent,
        Ok(SendAnswer { code: TOKEN_EXPIRED, error }) => {
            token.clear();
            Verdict::Retry(FailureKind::Other, error)
        }
        Ok(SendAnswer { error, .. }) => Verdict::GiveUp(FailureKind::Other, error),
        Err(error) => Verdict::Retry(FailureKind::Other, error.to_string()),
    }
}

#[cfg(test)]
mod tests;
