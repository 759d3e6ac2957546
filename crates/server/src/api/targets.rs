//! `/targets`, `/targets/relabel_steps`, `/scrape_pools`, `/scrape_pools/config`.

use std::sync::Arc;

use axum::extract::State;
use model::{Labels, relabel};
use serde::Serialize;
use serde_json::{Value, json};

use super::{LabelsJson, rfc3339};
use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::options::Options;
use crate::parts::{ActiveTarget, DroppedTarget};
use crate::router::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Active<'a> {
    discovered_labels: LabelsJson<'a>,
    labels: LabelsJson<'a>,
    scrape_pool: &'a str,
    scrape_url: &'a str,
    global_url: String,
    last_error: &'a str,
    last_scrape: String,
    last_scrape_duration: f64,
    health: &'static str,
    scrape_interval: &'a str,
    scrape_timeout: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dropped<'a> {
    discovered_labels: LabelsJson<'a>,
    scrape_pool: &'a str,
}

/// Lists targets.
pub async fn list(State(app): State<Arc<App>>, form: Form) -> Answer {
    let state = form.value("state").to_lowercase();
    let pool = form.value("scrapePool");
    let shows = |kind: &str| matches!(state.as_str(), "" | "any") || state == kind;
    let of_pool = |name: &str| pool.is_empty() || pool == name;
    let targets = &app.parts.targets;
    let mut active: Vec<ActiveTarget> = if shows("active") { targets.active() } else { Vec::new() };
    active.retain(|t| of_pool(&t.pool));
    let mut dropped: Vec<DroppedTarget> = if shows("dropped") { targets.dropped() } else { Vec::new() };
    dropped.retain(|t| of_pool(&t.pool));
    active.sort_by(|a, b| a.pool.cmp(&b.pool));
    dropped.sort_by(|a, b| a.pool.cmp(&b.pool));
    let active: Vec<Active<'_>> = active.iter().map(|t| show_active(&app.options, t)).collect();
    let dropped: Vec<Dropped<'_>> = dropped
        .iter()
        .map(|t| Dropped { discovered_labels: LabelsJson(&t.discovered_labels), scrape_pool: &t.pool })
        .collect();
    let counts = if shows("dropped") { json!(targets.dropped_counts()) } else { Value::Null };
    answer::data(&json!({
        "activeTargets": active, "droppedTargets": dropped, "droppedTargetCounts": counts,
    }))
}

fn show_active<'a>(options: &Options, target: &'a ActiveTarget) -> Active<'a> {
    Active {
        discovered_labels: LabelsJson(&target.discovered_labels),
        labels: LabelsJson(&target.labels),
        scrape_pool: &target.pool,
        scrape_url: &target.url,
        global_url: global_url(&target.url, options),
        last_error: &target.last_error,
        last_scrape: rfc3339(target.last_scrape_ms),
        last_scrape_duration: target.last_scrape_seconds,
        health: target.health.as_str(),
        scrape_interval: &target.interval,
        scrape_timeout: &target.timeout,
    }
}

/// Returns the URL under which users reach a target: `localhost` means another host to them.
fn global_url(url: &str, options: &Options) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = split_host_port(authority);
    if !matches!(host, "127.0.0.1" | "localhost" | "::1") {
        return url.to_owned();
    }
    let external = options.external_url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let external = &external[..external.find('/').unwrap_or(external.len())];
    if port == split_host_port(&options.listen_address).1 {
        // The own process: whoever reads this reached it under the external URL.
        return format!("{}://{external}{path}", options.external_url.scheme());
    }
    let external_host = split_host_port(external).0;
    let colon = if port.is_empty() { "" } else { ":" };
    if external_host.contains(':') && !port.is_empty() {
        return format!("{scheme}://[{external_host}]:{port}{path}");
    }
    format!("{scheme}://{external_host}{colon}{port}{path}")
}

/// Splits off the port, if there is one, and the brackets of an IPv6 address.
fn split_host_port(authority: &str) -> (&str, &str) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && (!host.contains(':') || host.starts_with('[')) => {
            (host, port)
        }
        Some(_) | None => (authority, ""),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

/// Lists jobs.
pub async fn pools(State(app): State<Arc<App>>) -> Answer {
    let mut pools = app.parts.targets.pools();
    pools.sort();
    answer::data(&json!({"scrapePools": pools}))
}

/// Answers with a job's configuration.
pub async fn pool_config(State(app): State<Arc<App>>, form: Form) -> Answer {
    let pool = required(&form, "scrapePool")?;
    match app.parts.targets.pool_config(pool) {
        Some(yaml) => answer::data(&json!({"yaml": yaml})),
        None => Err(unknown_pool(pool)),
    }
}

/// Shows what each relabelling rule of a job makes of a target's labels.
pub async fn relabel_steps(State(app): State<Arc<App>>, form: Form) -> Answer {
    let pool = required(&form, "scrapePool")?;
    let labels: std::collections::BTreeMap<String, String> = serde_json::from_str(required(&form, "labels")?)
        .map_err(|e| ApiError::bad_data(format!("error parsing labels: {e}")))?;
    let rules = app.parts.targets.relabel_rules(pool).ok_or_else(|| unknown_pool(pool))?;
    let mut builder = Labels::from_pairs(labels).builder();
    let mut keep = true;
    let mut steps = Vec::with_capacity(rules.len());
    for rule in &rules {
        keep = keep && rule.apply(&mut builder);
        let output = if keep { builder.labels() } else { Labels::empty() };
        steps.push(json!({"rule": show_rule(rule), "output": LabelsJson(&output), "keep": keep}));
    }
    answer::data(&json!({"steps": steps}))
}

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, ApiError> {
    match form.value(name) {
        "" => Err(ApiError::bad_data(format!("no {name} parameter provided"))),
        value => Ok(value),
    }
}

fn unknown_pool(pool: &str) -> ApiError {
    let pool = model::number::quote(pool);
    ApiError::bad_data(format!("error retrieving scrape config: scrape pool {pool} not found"))
}

/// As Prometheus prints a rule: only the fields that are not empty.
fn show_rule(rule: &relabel::Config) -> Value {
    let mut shown = serde_json::Map::new();
    if !rule.source_labels.is_empty() {
        shown.insert("source_labels".into(), json!(rule.source_labels));
    }
    let mut text = |key: &str, value: &str| {
        if !value.is_empty() {
            shown.insert(key.into(), value.into());
        }
    };
    text("separator", &rule.separator);
    text("regex", rule.regex.as_str());
    text("target_label", &rule.target_label);
    text("replacement", &rule.replacement);
    text("action", rule.action.as_str());
    if rule.modulus > 0 {
        shown.insert("modulus".into(), rule.modulus.into());
    }
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_urls() {
        let mut options = crate::options::for_tests();
        options.listen_address = "0.0.0.0:9090".to_owned();
        options.external_url = "https://prom.example:8443/prom".parse().unwrap();
        for (url, want) in [
            ("http://node1:9100/metrics", "http://node1:9100/metrics"),
            ("http://localhost:9090/metrics?a=b", "https://prom.example:8443/metrics?a=b"),
            ("http://127.0.0.1:9100/metrics", "http://prom.example:9100/metrics"),
            ("http://[::1]:9100/metrics", "http://prom.example:9100/metrics"),
            ("http://localhost/metrics", "http://prom.example/metrics"),
        ] {
            assert_eq!(global_url(url, &options), want, "{url}");
        }
    }
}
