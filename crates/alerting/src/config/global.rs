//! `global`: what receivers fall back on.

use std::time::Duration;

use transport::config::{HttpClientConfig, Source, TlsClientConfig};
use yaml::{Fields, Link, Secret, Value};

/// A mail server: a host, or none for "on this one", and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name or address.
    pub host: String,
    /// A number or the name of a service.
    pub port: String,
}

impl yaml::Read for HostPort {
    fn read(value: &Value<'_>) -> Option<HostPort> {
        let text = value.text()?;
        match text.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() => {
                let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
                Some(HostPort { host: host.to_owned(), port: port.to_owned() })
            }
            Some(_) => {
                value.problem(format!("address {text:?}: port cannot be empty"));
                None
            }
            None => {
                value.problem(format!("address {text}: missing port in address"));
                None
            }
        }
    }
}

/// How mail is sent unless a receiver says otherwise.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// The sender's address.
    pub from: Option<String>,
    /// What we call ourselves.
    pub hello: String,
    /// The server.
    pub smarthost: Option<HostPort>,
    /// For logins.
    pub username: String,
    /// For PLAIN and LOGIN.
    pub password: Option<Source<Secret>>,
    /// For CRAM-MD5.
    pub secret: Option<Source<Secret>>,
    /// For PLAIN.
    pub identity: String,
    /// Whether to refuse servers without STARTTLS.
    pub require_tls: bool,
    /// Whether the connection begins with TLS; decided by the port if not given.
    pub implicit_tls: Option<bool>,
    /// TLS towards the server.
    pub tls: TlsClientConfig,
}

/// What receivers fall back on.
#[derive(Clone, Debug)]
pub struct Global {
    /// How long an alert fires whose sender named no end.
    pub resolve_timeout: Duration,
    /// How to talk to receivers.
    pub http: HttpClientConfig,
    /// Mail.
    pub smtp: Smtp,
    /// Slack's incoming webhook.
    pub slack_api_url: Option<Source<Secret>>,
    /// Slack's app token, in place of a webhook.
    pub slack_app_token: Option<Source<Secret>>,
    /// Where messages of a Slack app go.
    pub slack_app_url: Link,
    /// PagerDuty's events API.
    pub pagerduty_url: Link,
    /// Opsgenie's API.
    pub opsgenie_api_url: Link,
    /// Its key.
    pub opsgenie_api_key: Option<Source<Secret>>,
    /// Telegram's API.
    pub telegram_api_url: Link,
    /// The bot's token.
    pub telegram_bot_token: Option<Source<Secret>>,
    /// VictorOps' API.
    pub victorops_api_url: Link,
    /// Its key.
    pub victorops_api_key: Option<Source<Secret>>,
    /// Webex' API.
    pub webex_api_url: Link,
    /// WeChat's API.
    pub wechat_api_url: Link,
    /// Its secret.
    pub wechat_api_secret: Option<Source<Secret>>,
    /// Its corporation.
    pub wechat_api_corp_id: Option<String>,
    /// Jira.
    pub jira_api_url: Option<Link>,
    /// Rocket.Chat.
    pub rocketchat_api_url: Link,
    /// Its token.
    pub rocketchat_token: Option<Source<Secret>>,
    /// Its user.
    pub rocketchat_token_id: Option<Source<Secret>>,
    /// Mattermost's incoming webhook.
    pub mattermost_webhook_url: Option<Source<Secret>>,
}

impl Default for Global {
    fn default() -> Global {
        let report = yaml::Report::new("");
        let nothing = yaml::parse("", &report).expect("an empty document is a null");
        let context = yaml::Context { report: &report, directory: "".as_ref() };
        Global::read(&Value::root(&nothing, context)).expect("everything has a default")
    }
}

impl Global {
    pub(super) fn read(value: &Value<'_>) -> Option<Global> {
        value.fields(|f| {
            let slack_api_url = secret(f, "slack_api_url", "slack_api_url_file");
            let slack_app_token = secret(f, "slack_app_token", "slack_app_token_file");
            if slack_api_url.is_some() && slack_app_token.is_some() {
                f.problem(
                    "slack_api_url",
                    "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be \
                     configured",
                );
            }
            Some(Global {
                resolve_timeout: f.or("resolve_timeout", Duration::from_secs(300)),
                http: f.or_default("http_config"),
                smtp: smtp(f),
                slack_api_url,
                slack_app_token,
                slack_app_url: link(f, "slack_app_url", "https://slack.com/api/chat.postMessage"),
                pagerduty_url: link(f, "pagerduty_url", "https://events.pagerduty.com/v2/enqueue"),
                opsgenie_api_url: link(f, "opsgenie_api_url", "https://api.opsgenie.com/"),
                opsgenie_api_key: secret(f, "opsgenie_api_key", "opsgenie_api_key_file"),
                telegram_api_url: link(f, "telegram_api_url", "https://api.telegram.org"),
                telegram_bot_token: secret(f, "telegram_bot_token", "telegram_bot_token_file"),
                victorops_api_url: link(
                    f,
                    "victorops_api_url",
                    "https://alert.victorops.com/integrations/generic/20131114/alert/",
                ),
                victorops_api_key: secret(f, "victorops_api_key", "victorops_api_key_file"),
                webex_api_url: link(f, "webex_api_url", "https://webexapis.com/v1/messages"),
                wechat_api_url: link(f, "wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/"),
                wechat_api_secret: secret(f, "wechat_api_secret", "wechat_api_secret_file"),
                wechat_api_corp_id: f.optional("wechat_api_corp_id"),
                jira_api_url: f.optional("jira_api_url"),
                rocketchat_api_url: link(f, "rocketchat_api_url", "https://open.rocket.chat/"),
                rocketchat_token: secret(f, "rocketchat_token", "rocketchat_token_file"),
                rocketchat_token_id: secret(f, "rocketchat_token_id", "rocketchat_token_id_file"),
                mattermost_webhook_url: secret(f, "mattermost_webhook_url", "mattermost_webhook_url_file"),
            })
        })
    }
}

fn smtp(f: &Fields<'_>) -> Smtp {
    Smtp {
        from: f.optional("smtp_from"),
        hello: f.or("smtp_hello", "localhost".to_owned()),
        smarthost: f.get("smtp_smarthost").filter(|v| !v.is_empty_text()).and_then(|v| yaml::Read::read(&v)),
        username: f.or_default("smtp_auth_username"),
        password: secret(f, "smtp_auth_password", "smtp_auth_password_file"),
        secret: secret(f, "smtp_auth_secret", "smtp_auth_secret_file"),
        identity: f.or_default("smtp_auth_identity"),
        require_tls: f.or("smtp_require_tls", true),
        implicit_tls: f.optional("smtp_force_implicit_tls"),
        tls: f.or_default("smtp_tls_config"),
    }
}

/// Reads a secret that is written in one field or stands in a file that another names.
pub(crate) fn secret(f: &Fields<'_>, inline: &'static str, file: &'static str) -> Option<Source<Secret>> {
    Source::read(f, inline, file, None, &format!("at most one of {inline} & {file} must be configured"))
}

fn link(f: &Fields<'_>, field: &'static str, default: &'static str) -> Link {
    f.optional(field).unwrap_or_else(|| Link::parse(default).expect("defaults are URLs"))
}
