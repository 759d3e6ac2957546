//! `email_configs`: mail by SMTP.
//!
//! Rendered here, spoken in [`smtp`], delivered by [`crate::run`].
//!
//! Source: `notify/email` of Alertmanager 0.34.

mod address;
mod cram;
mod encode;
mod letter;
pub mod post;
pub mod smtp;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use transport::config::{HttpClientConfig, Source, TlsClientConfig};
use yaml::{Fields, Secret};

use super::{KindSpec, Messenger, Notice, Notifier, Secrets, Turn, template, text_map};
use crate::config::{Global, HostPort, secret};
use letter::{Content, Login};

pub use letter::{Letter, Server};

pub(super) const KIND: KindSpec =
    KindSpec { field: "email_configs", name: "email", send_resolved: false, read };

/// Characters of the group's name in the name of its thread.
const THREAD_HASH_CHARS: usize = 16;

/// One recipient, or several. Texts are templates.
#[derive(Debug)]
struct Config {
    smarthost: HostPort,
    implicit_tls: bool,
    require_tls: bool,
    tls: TlsClientConfig,
    hello: String,
    username: String,
    identity: String,
    password: Option<Source<Secret>>,
    secret: Option<Source<Secret>>,
    to: String,
    from: String,
    headers: BTreeMap<String, String>,
    html: String,
    text: String,
    threading: Threading,
    hostname: String,
}

/// How mails of one group hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threading {
    /// Not at all.
    Off,
    /// For ever.
    Whole,
    /// Each day on its own.
    Daily,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let smtp = &global.smtp;
    let text = |name: &'static str, default: &str| template(f, name, default);
    let or_global = |name: &'static str, global: &str| match f.optional::<String>(name) {
        Some(own) if !own.is_empty() => own,
        Some(_) | None => global.to_owned(),
    };
    let to = text("to", "");
    if to.is_empty() {
        f.value().problem("missing to address in email config");
    }
    let own_host =
        f.get("smarthost").filter(|v| !v.is_empty_text()).map(|v| <HostPort as yaml::Read>::read(&v));
    let smarthost = match own_host {
        Some(own) => own,
        None => {
            if smtp.smarthost.is_none() {
                f.value().problem("no global SMTP smarthost set");
            }
            smtp.smarthost.clone()
        }
    };
    let from =
        Some(text("from", "")).filter(|t| !t.is_empty()).or_else(|| smtp.from.clone()).unwrap_or_default();
    if from.is_empty() {
        f.value().problem("no global SMTP from set");
    }
    let (headers, threading) = (headers(f, &to, &from), threading(f));
    let implicit_tls: Option<bool> = f.optional("force_implicit_tls").or(smtp.implicit_tls);
    let (password, secret) =
        (secret(f, "auth_password", "auth_password_file"), secret(f, "auth_secret", "auth_secret_file"));
    let config = Config {
        hello: or_global("hello", &smtp.hello),
        username: or_global("auth_username", &smtp.username),
        identity: or_global("auth_identity", &smtp.identity),
        password: password.or_else(|| smtp.password.clone()),
        secret: secret.or_else(|| smtp.secret.clone()),
        require_tls: f.or("require_tls", smtp.require_tls),
        tls: f.or("tls_config", smtp.tls.clone()),
        html: text("html", r#"{{ template "email.default.html" . }}"#),
        text: text("text", ""),
        threading,
        headers,
        to,
        from,
        hostname: hostname(),
        implicit_tls: implicit_tls.unwrap_or(smarthost.as_ref().is_some_and(|h| h.port == "465")),
        smarthost: smarthost?,
    };
    Some(Notifier::of(HttpClientConfig::default(), config))
}

/// Reads `headers` by their canonical names; three of them are always there.
fn headers(f: &Fields<'_>, to: &str, from: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, text) in text_map(f, "headers") {
        let name = canonical(&name);
        if !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') || name.is_empty() {
            f.problem("headers", format!("{name:?} is not the name of a header"));
        }
        if headers.insert(name.clone(), text).is_some() {
            f.problem("headers", format!("duplicate header {name:?} in email config"));
        }
    }
    let defaults = [("Subject", r#"{{ template "email.default.subject" . }}"#), ("To", to), ("From", from)];
    for (name, default) in defaults {
        headers.entry(name.to_owned()).or_insert_with(|| default.to_owned());
    }
    headers
}

/// Writes a header's name with capitals where words begin, as Go does.
fn canonical(name: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let shown = if begins { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        begins = c == '-';
        shown
    };
    name.chars().map(letter).collect()
}

fn threading(f: &Fields<'_>) -> Threading {
    let own = f.get("headers").and_then(|v| v.entries()).unwrap_or_default();
    let Some(value) = f.get("threading") else { return Threading::Off };
    let read = value.fields(|t| {
        let (enabled, by_date): (bool, String) = (t.or_default("enabled"), t.or_default("thread_by_date"));
        if !enabled {
            return Some(Threading::Off);
        }
        for name in ["References", "In-Reply-To"] {
            if own.iter().any(|(header, _)| canonical(header) == name) {
                t.value().problem(format!(
                    "conflicting configuration: threading.enabled conflicts with custom {name} header"
                ));
            }
        }
        match by_date.as_str() {
            "none" => Some(Threading::Whole),
            "daily" => Some(Threading::Daily),
            _others => {
                t.value().problem("threading.thread_by_date must be either 'none' or 'daily'");
                None
            }
        }
    });
    read.unwrap_or(Threading::Off)
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost.localdomain".to_owned() } else { name.to_owned() }
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let (from, to) = (texts.text(&self.from), texts.text(&self.to));
        let headers = self.headers.iter().map(|(name, text)| (name.clone(), texts.text(text))).collect();
        let plain = (!self.text.is_empty()).then(|| texts.text(&self.text));
        let html = (!self.html.is_empty()).then(|| texts.html(&self.html));
        texts.finish()?;
        let senders = address::list(&from).map_err(|e| format!("parse 'from' addresses: mail: {e}"))?;
        let [from] = &senders[..] else {
            return Err(format!("must be exactly one 'from' address (got: {})", senders.len()));
        };
        let content = Content {
            headers: &headers,
            plain,
            html,
            thread: self.thread(notice),
            now: notice.now,
            unique: RandomState::new().hash_one(notice.now),
            hostname: &self.hostname,
        };
        let read = |source: &Option<Source<Secret>>| {
            source.as_ref().map_or_else(|| Ok(Secret::new("")), |source| secrets.read(source))
        };
        Ok(Turn::Mail(Box::new(Letter {
            to: address::list(&to).map_err(|e| format!("parse 'to' addresses: mail: {e}"))?,
            from: from.clone(),
            text: content.write(),
            server: Server {
                host: self.smarthost.host.clone(),
                port: self.smarthost.port.clone(),
                hello: self.hello.clone(),
                implicit_tls: self.implicit_tls,
                require_tls: self.require_tls,
                tls: self.tls.clone(),
                username: self.username.clone(),
                identity: self.identity.clone(),
                login: Login { password: read(&self.password), secret: read(&self.secret) },
            },
        })))
    }
}

impl Config {
    /// Names a mail that never was, so that programs hang all mails of the group below it.
    fn thread(&self, notice: &Notice<'_>) -> Option<String> {
        let day = match self.threading {
            Threading::Off => return None,
            Threading::Whole => String::new(),
            Threading::Daily => {
                notice.now.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()
            }
        };
        let hash = notice.group_hash();
        Some(format!("<alert-{}-{day}@alertmanager>", &hash[..THREAD_HASH_CHARS]))
    }
}
