//! `pagerduty_configs`: events of PagerDuty's API version 2, and of version 1 for those who still have a service key.
//!
//! Source: `notify/pagerduty` of Alertmanager 0.34.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use transport::config::Source;
use yaml::{Fields, Secret, Value};

use super::json::Object;
use super::templates::Texts;
use super::tree::Tree;
use super::{
    Answer, Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, items, json, template,
};
use crate::config::{Global, secret};

pub(super) const KIND: KindSpec =
    KindSpec { field: "pagerduty_configs", name: "pagerduty", send_resolved: true, read };

/// PagerDuty refuses larger events.
const EVENT_BYTES_MAX: usize = 512_000;
const SUMMARY_CHARS_MAX: usize = 1024;
const TOO_LARGE: &str =
    "Custom details have been removed because the original event exceeds the maximum size of 512KB";
const V1_URL: &str = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";

/// Which API is spoken; the key decides.
#[derive(Debug)]
enum Api {
    V1 { service_key: Source<Secret> },
    V2 { routing_key: Source<Secret>, url: yaml::Link },
}

/// One PagerDuty service. Texts are templates.
#[derive(Debug)]
struct Config {
    api: Api,
    client: String,
    client_url: String,
    description: String,
    source: String,
    severity: String,
    class: String,
    component: String,
    group: String,
    details: BTreeMap<String, Tree>,
    images: Vec<Image>,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Image {
    src: String,
    alt: String,
    href: String,
}

#[derive(Debug)]
struct Link {
    href: String,
    text: String,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let routing_key = secret(f, "routing_key", "routing_key_file");
    let service_key = secret(f, "service_key", "service_key_file");
    let url = f.or("url", global.pagerduty_url.clone());
    let api = match (service_key, routing_key) {
        (Some(service_key), _) => Some(Api::V1 { service_key }),
        (None, Some(routing_key)) => Some(Api::V2 { routing_key, url }),
        (None, None) => {
            f.value().problem("missing service or routing key in PagerDuty config");
            None
        }
    };
    let text = |name: &'static str, default: &str| template(f, name, default);
    let client = text("client", r#"{{ template "pagerduty.default.client" . }}"#);
    let source = Some(text("source", "")).filter(|s| !s.is_empty()).unwrap_or_else(|| client.clone());
    let config = Config {
        client_url: text("client_url", r#"{{ template "pagerduty.default.clientURL" . }}"#),
        description: text("description", r#"{{ template "pagerduty.default.description" .}}"#),
        severity: Some(text("severity", "")).filter(|s| !s.is_empty()).unwrap_or_else(|| "error".to_owned()),
        class: text("class", ""),
        component: text("component", ""),
        group: text("group", ""),
        details: details(f),
        images: items(f, "images").iter().filter_map(Image::read).collect(),
        links: items(f, "links").iter().filter_map(Link::read).collect(),
        client,
        source,
        api: api?,
    };
    Some(Notifier::new(f, global, config).with_timeout(f))
}

/// Reads `details`; four of them are there even if nobody asked for them.
fn details(f: &Fields<'_>) -> BTreeMap<String, Tree> {
    let mut details: BTreeMap<String, Tree> = [
        ("firing", "{{ .Alerts.Firing | toJson }}"),
        ("resolved", "{{ .Alerts.Resolved | toJson }}"),
        ("num_firing", "{{ .Alerts.Firing | len }}"),
        ("num_resolved", "{{ .Alerts.Resolved | len }}"),
    ]
    .map(|(name, text)| (name.to_owned(), Tree::Text(text.to_owned())))
    .into();
    for (name, value) in f.get("details").and_then(|v| v.entries()).unwrap_or_default() {
        if let Some(tree) = yaml::Read::read(&value) {
            details.insert(name.to_owned(), tree);
        }
    }
    details
}

impl Image {
    fn read(value: &Value<'_>) -> Option<Image> {
        value.fields(|f| {
            let text = |name| template(f, name, "");
            Some(Image { src: text("src"), alt: text("alt"), href: text("href") })
        })
    }
}

impl Link {
    fn read(value: &Value<'_>) -> Option<Link> {
        value.fields(|f| Some(Link { href: template(f, "href", ""), text: template(f, "text", "") }))
    }
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let action = if notice.data.status == "firing" { "trigger" } else { "resolve" };
        let details = self.details.iter().map(|(name, value)| (name.clone(), value.render(&texts)));
        let details = serde_json::to_value(Tree::Map(details.collect())).map_err(|e| e.to_string())?;
        let (url, key, retried) = match &self.api {
            Api::V1 { service_key } => (V1_URL, texts.text(secrets.read(service_key)?.expose()), &[403]),
            Api::V2 { routing_key, url } => {
                (url.as_str(), texts.text(secrets.read(routing_key)?.expose()), &[429])
            }
        };
        let event = |details: Json| match &self.api {
            Api::V1 { .. } => self.event_v1(notice, &texts, &key, action, details),
            Api::V2 { .. } => self.event_v2(notice, &texts, &key, action, details),
        };
        let mut body = json::encode(&event(details))?;
        if body.len() > EVENT_BYTES_MAX {
            tracing::warn!(group = %notice.message.group_key, bytes = body.len(), "details were too large for PagerDuty and are left out");
            body = json::encode(&event(serde_json::json!({ "error": TOO_LARGE })))?;
        }
        let version = if matches!(self.api, Api::V1 { .. }) { "v1" } else { "v2" };
        texts.finish().map_err(|e| format!("failed to template PagerDuty {version} message: {e}"))?;
        if key.is_empty() {
            let name = if version == "v1" { "service key" } else { "routing key" };
            return Err(format!("{name} cannot be empty"));
        }
        let call = Call::post(Secret::new(url), "application/json", body);
        Ok(Turn::ask(call, move |answer| {
            Turn::End(Verdict::of_status(answer.status, &explanation(answer), retried))
        }))
    }
}

impl Config {
    fn event_v1(
        &self,
        notice: &Notice<'_>,
        texts: &Texts<'_>,
        key: &str,
        action: &str,
        details: Json,
    ) -> Object {
        let mut event = Object::default()
            .put_if_set("service_key", key.to_owned())
            .put("incident_key", notice.group_hash())
            .put("event_type", action)
            .put_if_set("description", texts.short(&self.description, SUMMARY_CHARS_MAX))
            .put("event_action", "")
            .put("payload", Json::Null);
        if action == "trigger" {
            event = event
                .put_if_set("client", texts.text(&self.client))
                .put_if_set("client_url", texts.text(&self.client_url));
        }
        event.put("details", details)
    }

    fn event_v2(
        &self,
        notice: &Notice<'_>,
        texts: &Texts<'_>,
        key: &str,
        action: &str,
        details: Json,
    ) -> Object {
        let text = |template: &str| texts.text(template);
        let payload = Object::default()
            .put("summary", texts.short(&self.description, SUMMARY_CHARS_MAX))
            .put("source", text(&self.source))
            .put("severity", text(&self.severity))
            .put_if_set("class", text(&self.class))
            .put_if_set("component", text(&self.component))
            .put_if_set("group", text(&self.group))
            .put("custom_details", details);
        let images = self.images.iter().map(|i| (text(&i.src), text(&i.alt), text(&i.href)));
        let images = images.filter(|(src, _, _)| !src.is_empty());
        let links = self.links.iter().map(|l| (text(&l.href), text(&l.text)));
        let links = links.filter(|(href, _)| !href.is_empty());
        Object::default()
            .put_if_set("routing_key", key.to_owned())
            .put("dedup_key", notice.group_hash())
            .put("event_action", action)
            .put("payload", payload)
            .put_if_set("client", text(&self.client))
            .put_if_set("client_url", text(&self.client_url))
            .put_list(
                "images",
                images.map(|(s, a, h)| Object::default().put("src", s).put("alt", a).put("href", h)),
            )
            .put_list("links", links.map(|(h, t)| Object::default().put("href", h).put("text", t)))
    }
}

/// Why PagerDuty refuses an event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
    errors: Vec<String>,
}

fn explanation(answer: Answer<'_>) -> String {
    if answer.status != 400 {
        return String::new();
    }
    serde_json::from_str::<Refusal>(answer.body)
        .map_or_else(|_| String::new(), |r| format!("{}: {}", r.message, r.errors.join(",")))
}

#[cfg(test)]
mod tests;
