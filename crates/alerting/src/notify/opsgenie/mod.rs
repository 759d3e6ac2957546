//! `opsgenie_configs`: an alert that is created, brought up to date and closed under the group's name.
//!
//! Source: `notify/opsgenie` of Alertmanager 0.34.

use std::collections::{BTreeMap, VecDeque};

use http::Method;
use serde_json::Value as Json;
use transport::config::Source;
use yaml::{Fields, Link, Secret, Value};

use super::json::Object;
use super::templates::Texts;
use super::{Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, at_path, items, template, text_map};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "opsgenie_configs", name: "opsgenie", send_resolved: true, read };

const MESSAGE_CHARS_MAX: usize = 130;
/// Rate limits pass.
const RETRIED: &[u16] = &[429];
const RESPONDER_TYPES: &str = "^(team|teams|user|escalation|schedule)$";

/// One Opsgenie account. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: Link,
    api_key: Source<Secret>,
    message: String,
    description: String,
    source: String,
    details: BTreeMap<String, String>,
    entity: String,
    responders: Vec<Responder>,
    actions: String,
    tags: String,
    note: String,
    priority: String,
    update_alerts: bool,
}

/// Somebody who is told.
#[derive(Debug)]
struct Responder {
    id: String,
    name: String,
    username: String,
    kind: String,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let api_key = secret(f, "api_key", "api_key_file").or_else(|| global.opsgenie_api_key.clone());
    if api_key.is_none() {
        f.value().problem("no global OpsGenie API Key set either inline or in a file");
    }
    let text = |name: &'static str, default: &str| template(f, name, default);
    let config = Config {
        api_url: f.or("api_url", global.opsgenie_api_url.clone()),
        message: text("message", r#"{{ template "opsgenie.default.message" . }}"#),
        description: text("description", r#"{{ template "opsgenie.default.description" . }}"#),
        source: text("source", r#"{{ template "opsgenie.default.source" . }}"#),
        details: text_map(f, "details"),
        entity: text("entity", ""),
        responders: items(f, "responders").iter().filter_map(Responder::read).collect(),
        actions: text("actions", ""),
        tags: text("tags", ""),
        note: text("note", ""),
        priority: text("priority", ""),
        update_alerts: f.or_default("update_alerts"),
        api_key: api_key?,
    };
    Some(Notifier::new(f, global, config))
}

impl Responder {
    fn read(value: &Value<'_>) -> Option<Responder> {
        value.fields(|f| {
            let text = |name| template(f, name, "");
            let responder =
                Responder { id: text("id"), name: text("name"), username: text("username"), kind: text("type") };
            let shown = format!("{{{} {} {} {}}}", responder.id, responder.name, responder.username, responder.kind);
            if responder.id.is_empty() && responder.name.is_empty() && responder.username.is_empty() {
                f.value().problem(format!(
                    "opsGenieConfig responder {shown} has to have at least one of id, username or name specified"
                ));
            }
            let known = ["team", "teams", "user", "escalation", "schedule"];
            if !responder.kind.contains("{{") && !known.contains(&responder.kind.to_lowercase().as_str()) {
                f.value().problem(format!(
                    "opsGenieConfig responder {shown} type does not match valid options {RESPONDER_TYPES}"
                ));
            }
            Some(responder)
        })
    }

    /// Returns those it stands for; none if its templates came to nothing.
    fn shown(&self, texts: &Texts<'_>) -> Vec<Object> {
        let text = |template: &str| texts.text(template);
        let (id, name, username, kind) =
            (text(&self.id), text(&self.name), text(&self.username), text(&self.kind));
        if [&id, &name, &username, &kind].into_iter().all(String::is_empty) {
            return Vec::new();
        }
        if kind == "teams" {
            let team = |team: String| Object::default().put_if_set("name", text(&team)).put("type", "team");
            return split(&name).into_iter().map(team).collect();
        }
        let responder = Object::default().put_if_set("id", id).put_if_set("name", name);
        vec![responder.put_if_set("username", username).put("type", kind)]
    }
}

/// Splits at commas; empty parts are left out.
fn split(text: &str) -> Vec<String> {
    text.trim().split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let alias = notice.group_hash();
        let key = texts.text(secrets.read(&self.api_key)?.expose());
        let authorization = format!("GenieKey {}", key.trim());
        let call = |method: Method, path: String, query: Option<&str>, document: &Object| {
            let call = Call::json(at_path(&self.api_url, &path, query), document)?;
            Ok::<_, String>(Call { method, ..call }.with_header("authorization", authorization.clone()))
        };
        let by_alias = Some("identifierType=alias");
        let mut calls = VecDeque::new();
        if notice.data.status == "firing" {
            let (message, description) =
                (texts.short(&self.message, MESSAGE_CHARS_MAX), texts.text(&self.description));
            let create = self.create(notice, &texts, &alias, &message, &description);
            calls.push_back(call(Method::POST, "v2/alerts".to_owned(), None, &create)?);
            if self.update_alerts {
                for (name, text) in [("message", message), ("description", description)] {
                    let document = Object::default().put_if_set(name, text);
                    let path = format!("v2/alerts/{alias}/{name}");
                    calls.push_back(call(Method::PUT, path, by_alias, &document)?);
                }
            }
        } else {
            let close = Object::default().put("source", texts.text(&self.source));
            calls.push_back(call(Method::POST, format!("v2/alerts/{alias}/close"), by_alias, &close)?);
        }
        texts.finish().map_err(|e| format!("templating error: {e}"))?;
        Ok(Turn::all(calls, RETRIED))
    }
}

impl Config {
    fn create(
        &self,
        notice: &Notice<'_>,
        texts: &Texts<'_>,
        alias: &str,
        message: &str,
        description: &str,
    ) -> Object {
        let mut details = notice.data.common_labels.clone();
        details.extend(self.details.iter().map(|(name, text)| (name.clone(), texts.text(text))));
        let details: serde_json::Map<String, Json> =
            details.into_iter().map(|(name, text)| (name, text.into())).collect();
        Object::default()
            .put("alias", alias)
            .put("message", message)
            .put_if_set("description", description.to_owned())
            .put("details", details)
            .put("source", texts.text(&self.source))
            .put_list("responders", self.responders.iter().flat_map(|r| r.shown(texts)))
            .put_list("tags", split(&texts.text(&self.tags)))
            .put_if_set("note", texts.text(&self.note))
            .put_if_set("priority", texts.text(&self.priority))
            .put_if_set("entity", texts.text(&self.entity))
            .put_list("actions", split(&texts.text(&self.actions)))
    }
}

#[cfg(test)]
mod tests;
