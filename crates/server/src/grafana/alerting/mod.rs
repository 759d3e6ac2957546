//! Grafana's alerting API, on top of the rules and the Alertmanager of this process: alerts and silences as Grafana's tools ask
//! for them, and what configuration files provide, as resources that are read.
//!
//! Rules, receivers and routes come from files: they are shown with `provenance: file`, and a request that would change one is
//! refused with the words where to change it. Silences are made and ended as in Alertmanager.

mod contact_points;
mod policies;
mod rules;

use axum::Extension;
use axum::extract::Request;
use bytes::Bytes;
use dashboards::data_source::{OWN_ALERTMANAGER_UID, OWN_UID};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};

use super::body::Path;
use super::clients::Ask;
use super::ctx::Ctx;
use super::datasources::By;
use super::identify::Asker;
use super::problem::{Answer, Problem, json as document, ok};
use super::proxy::{forward, own};

/// Largest answer of our own API that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// `grafana` is what runs in this process; anything else is a data source's identifier.
fn named<'a>(source: &'a str, own: &'a str) -> By<'a> {
    By::Uid(if source == "grafana" { own } else { source })
}

/// `GET /api/prometheus/{source}/api/v1/rules`
pub async fn prometheus_rules(ctx: Ctx, Path(source): Path<String>, request: Request) -> Answer {
    forward(&ctx, named(&source, OWN_UID), "api/v1/rules", request).await
}

/// `GET /api/prometheus/{source}/api/v1/alerts`
pub async fn prometheus_alerts(ctx: Ctx, Path(source): Path<String>, request: Request) -> Answer {
    forward(&ctx, named(&source, OWN_UID), "api/v1/alerts", request).await
}

/// `/api/alertmanager/{source}/api/v2/{*path}`
pub async fn alertmanager(
    ctx: Ctx,
    Path((source, path)): Path<(String, String)>,
    request: Request,
) -> Answer {
    forward(&ctx, named(&source, OWN_ALERTMANAGER_UID), &format!("api/v2/{path}"), request).await
}

/// `GET /api/alertmanager/grafana/config/api/v1/alerts`: the configuration, secrets masked.
pub async fn alertmanager_config(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    let config = config(&ctx, asker).await?;
    ok(json!({ "template_files": {}, "alertmanager_config": config }))
}

/// Asks our own API for a document.
async fn fetch(ctx: &Ctx, asker: Option<Extension<Asker>>, path: &str) -> Result<Value, Problem> {
    let asked = Ask {
        method: Method::GET,
        path_and_query: path.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let response = own(&ctx.grafana, asked, None, asker.map(|Extension(asker)| asker)).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body =
        body.map_err(|_| Problem::internal(&format!("{path} answers more than {ANSWER_BYTES_MAX} bytes")))?;
    match status {
        StatusCode::NOT_FOUND => Err(Problem::not_found("no Alertmanager runs in this process")),
        status if status.is_success() => {
            serde_json::from_slice(&body.to_bytes()).map_err(|e| Problem::internal(&format!("{path}: {e}")))
        }
        status => Err(Problem::new(status, String::from_utf8_lossy(&body.to_bytes()))),
    }
}

/// The Alertmanager's configuration as a document, secrets masked.
async fn config(ctx: &Ctx, asker: Option<Extension<Asker>>) -> Result<Value, Problem> {
    ctx.need(accounts::Role::Viewer, "alert.notifications:read")?;
    let status = fetch(ctx, asker, "api/v2/status").await?;
    let text = status["config"]["original"].as_str().unwrap_or("");
    let node = yaml::parse(text, &yaml::Report::new("alertmanager.yml"));
    Ok(node.as_ref().map_or(Value::Null, plain))
}

/// A YAML tree as JSON.
fn plain(node: &yaml::Node) -> Value {
    match &node.kind {
        yaml::Kind::Sequence(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
        yaml::Kind::Mapping(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value)));
            Value::Object(pairs.collect())
        }
        yaml::Kind::Scalar(scalar) => match scalar.resolve() {
            yaml::scalar::Resolved::Null => Value::Null,
            yaml::scalar::Resolved::Bool(flag) => flag.into(),
            yaml::scalar::Resolved::Integer(number) => i64::try_from(number).map_or(Value::Null, Value::from),
            yaml::scalar::Resolved::Float(number) => number.into(),
            yaml::scalar::Resolved::Text => scalar.text.as_str().into(),
        },
    }
}

/// `GET /api/v1/provisioning/contact-points`, with `?name=`
pub async fn list_contact_points(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    let config = config(&ctx, asker).await?;
    let name = ctx.params.get("name");
    let mut all = contact_points::of(&config);
    all.retain(|point| name.is_empty() || point["name"] == name);
    ok(all.into())
}

/// `GET /api/v1/provisioning/policies`
pub async fn get_policies(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    ok(policies::tree(&config(&ctx, asker).await?))
}

/// `GET /api/v1/provisioning/mute-timings`
pub async fn list_mute_timings(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    ok(policies::mute_timings(&config(&ctx, asker).await?).into())
}

/// `GET /api/v1/provisioning/mute-timings/{name}`
pub async fn get_mute_timing(ctx: Ctx, asker: Option<Extension<Asker>>, Path(name): Path<String>) -> Answer {
    let all = policies::mute_timings(&config(&ctx, asker).await?);
    let found = all.into_iter().find(|timing| timing["name"] == name.as_str());
    ok(found.ok_or_else(|| Problem::not_found("mute timing not found"))?)
}

/// `GET /api/v1/provisioning/templates`: the files that the configuration names; their text is in the files.
pub async fn list_templates(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    let config = config(&ctx, asker).await?;
    let names = config["templates"].as_array().into_iter().flatten().filter_map(Value::as_str);
    ok(names
        .map(|name| json!({ "name": name, "template": "", "provenance": "file" }))
        .collect::<Vec<_>>()
        .into())
}

async fn groups(ctx: &Ctx, asker: Option<Extension<Asker>>) -> Result<Vec<rules::Group>, Problem> {
    ctx.need(accounts::Role::Viewer, "alert.rules:read")?;
    let answer = fetch(ctx, asker, "api/v1/rules?exclude_alerts=true").await?;
    Ok(rules::groups(&answer["data"]))
}

/// `GET /api/v1/provisioning/alert-rules`
pub async fn list_rules(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    let groups = groups(&ctx, asker).await?;
    ok(groups.iter().flat_map(rules::Group::provisioned).collect::<Vec<_>>().into())
}

/// `GET /api/v1/provisioning/alert-rules/{uid}`
pub async fn get_rule(ctx: Ctx, asker: Option<Extension<Asker>>, Path(uid): Path<String>) -> Answer {
    let groups = groups(&ctx, asker).await?;
    let found = groups.iter().flat_map(rules::Group::provisioned).find(|rule| rule["uid"] == uid.as_str());
    ok(found.ok_or_else(|| Problem::not_found("alert rule not found"))?)
}

/// `GET /api/v1/provisioning/folder/{uid}/rule-groups/{group}`
pub async fn get_group(
    ctx: Ctx,
    asker: Option<Extension<Asker>>,
    Path((folder, name)): Path<(String, String)>,
) -> Answer {
    let groups = groups(&ctx, asker).await?;
    let found = groups.iter().find(|group| group.folder_uid() == folder && group.name == name);
    let group = found.ok_or_else(|| Problem::not_found("rule group not found"))?;
    ok(json!({
        "title": group.name, "folderUid": folder, "interval": group.interval_s, "rules": group.provisioned(),
    }))
}

/// `GET /api/ruler/grafana/api/v1/rules`, and below a namespace
pub async fn ruler(ctx: Ctx, asker: Option<Extension<Asker>>) -> Answer {
    ok(rules::namespaces(&groups(&ctx, asker).await?, None))
}

/// `GET /api/ruler/grafana/api/v1/rules/{namespace}`
pub async fn ruler_of(ctx: Ctx, asker: Option<Extension<Asker>>, Path(namespace): Path<String>) -> Answer {
    ok(rules::namespaces(&groups(&ctx, asker).await?, Some(&namespace)))
}

/// Changes of what files provide: refused, with where to change it.
pub async fn refuse(ctx: Ctx) -> Answer {
    ctx.need(accounts::Role::Editor, "alert.provisioning:write")?;
    let text = "rules, contact points, policies and mute timings are provided by files here: change the rule files and \
                alertmanager.yml, then reload (POST /-/reload)";
    Ok(document(
        StatusCode::FORBIDDEN,
        &json!({ "message": text, "messageId": "alerting.provenanceMismatch" }),
    ))
}

#[cfg(test)]
mod tests;
