//! Annotations.

use std::collections::HashMap;

use accounts::{Access, Level, Role};
use catalog::Tx;
use catalog::annotations::{Annotation, Filter};
use dashboards::document::{self, Document};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::Ctx;
use super::dashboards::{find, node};
use super::problem::{Answer, Problem, done, ok};

/// Annotations of one answer.
const PAGE_MAX: i64 = 10_000;
/// Longest text, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Most tags.
const TAGS_MAX: usize = 100;

/// Whether the asker may do something with an annotation: as much as with its dashboard, or as their role says.
async fn level(ctx: &Ctx, tx: &mut Tx, access: &Access, dashboard_uid: &str) -> Result<Level, Problem> {
    if dashboard_uid.is_empty() {
        return Ok(match ctx.who.role {
            Role::None => Level::None,
            Role::Viewer => Level::View,
            Role::Editor | Role::Admin => Level::Edit,
        });
    }
    let dashboard = tx.dashboard(dashboard_uid).await?;
    Ok(dashboard.map_or(Level::None, |d| access.level(&ctx.who, node(&d))))
}

async fn shown(tx: &mut Tx, annotation: &Annotation) -> Result<Value, Problem> {
    let dashboard = match annotation.dashboard_uid.as_str() {
        "" => None,
        uid => tx.dashboard(uid).await?,
    };
    let author = tx.account(annotation.account_id).await?.unwrap_or_default();
    Ok(json!({
        "id": annotation.id,
        "alertId": 0,
        "alertName": "",
        "dashboardId": dashboard.map_or(0, |d| d.id),
        "dashboardUID": annotation.dashboard_uid,
        "panelId": annotation.panel_id,
        "userId": annotation.account_id,
        "newState": "",
        "prevState": "",
        "created": annotation.created_ms,
        "updated": annotation.updated_ms,
        "time": annotation.time_ms,
        "timeEnd": annotation.end_ms,
        "text": annotation.text,
        "tags": annotation.tags,
        "login": author.login,
        "email": author.email,
        "avatarUrl": "",
        "data": {},
    }))
}

/// `GET /api/annotations`
pub async fn list(ctx: Ctx) -> Answer {
    let params = &ctx.params;
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    if params.get("type") == "alert" {
        return ok(json!([]));
    }
    let mut dashboard_uid = Some(params.get("dashboardUID").to_owned()).filter(|uid| !uid.is_empty());
    let id = params.number("dashboardId", 0);
    if dashboard_uid.is_none() && id > 0 {
        dashboard_uid = tx.dashboard_by_id(id).await?.map(|d| d.uid).or_else(|| Some("-".to_owned()));
    }
    let (from, to) = (params.number("from", 0), params.number("to", 0));
    let range_ms = (from != 0 || to != 0).then_some((from, if to == 0 { i64::MAX } else { to }));
    let limit = params.number("limit", 100).clamp(1, PAGE_MAX);
    let tags = params.all("tags");
    let panel = params.number("panelId", 0);
    let user = params.number("userId", 0);
    let any = params.is_on("matchAny");
    let has = |a: &Annotation, tag: &String| a.tags.contains(tag);
    let matching = |a: &Annotation| {
        (tags.is_empty() || if any { tags.iter().any(|t| has(a, t)) } else { tags.iter().all(|t| has(a, t)) })
            && (panel == 0 || a.panel_id == panel)
            && (user == 0 || a.account_id == user)
    };
    // What is filtered here may leave fewer than the limit of those read; the bound holds for both.
    let narrowed = !tags.is_empty() || panel != 0 || user != 0;
    let filter = Filter { range_ms, dashboard_uid, limit: if narrowed { PAGE_MAX } else { limit } };
    let mut levels: HashMap<String, Level> = HashMap::new();
    let mut listed = Vec::new();
    for annotation in tx.annotations(&filter).await?.iter().filter(|a| matching(a)) {
        let uid = &annotation.dashboard_uid;
        let level = match levels.get(uid) {
            Some(level) => *level,
            None => {
                let level = level(&ctx, &mut tx, &access, uid).await?;
                levels.insert(uid.clone(), level);
                level
            }
        };
        if level >= Level::View && (listed.len() as i64) < limit {
            listed.push(shown(&mut tx, annotation).await?);
        }
    }
    ok(listed.into())
}

/// `GET /api/annotations/{id}`
pub async fn one(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let annotation = found(&ctx, &mut tx, &access, id, Level::View).await?;
    ok(shown(&mut tx, &annotation).await?)
}

async fn found(
    ctx: &Ctx,
    tx: &mut Tx,
    access: &Access,
    id: i64,
    needed: Level,
) -> Result<Annotation, Problem> {
    let missing = || Problem::not_found("Annotation not found");
    let annotation = tx.annotation(id).await?.ok_or_else(missing)?;
    match level(ctx, tx, access, &annotation.dashboard_uid).await? {
        Level::None => Err(missing()),
        level if level < needed => Err(Problem::forbidden("annotations:write")),
        _enough => Ok(annotation),
    }
}

/// An annotation as it is sent.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sent {
    #[serde(rename = "dashboardUID", alias = "dashboardUid")]
    dashboard_uid: Option<String>,
    dashboard_id: Option<i64>,
    panel_id: Option<i64>,
    time: Option<i64>,
    time_end: Option<i64>,
    tags: Option<Vec<String>>,
    text: Option<String>,
}

/// `POST /api/annotations`
pub async fn create(ctx: Ctx, Body(sent): Body<Sent>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let uid = match (sent.dashboard_uid.as_deref(), sent.dashboard_id) {
        (Some(uid), _) if !uid.is_empty() => uid.to_owned(),
        (_, Some(id)) if id > 0 => {
            tx.dashboard_by_id(id).await?.map(|d| d.uid).ok_or_else(super::dashboards::missing)?
        }
        _none => String::new(),
    };
    if uid.is_empty() {
        ctx.need(Role::Editor, "annotations:create")?;
    } else {
        find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    }
    let now_ms = ctx.now_ms();
    let blank = Annotation {
        dashboard_uid: uid,
        panel_id: sent.panel_id.unwrap_or(0),
        time_ms: now_ms,
        account_id: ctx.who.id,
        created_ms: now_ms,
        ..Annotation::default()
    };
    let annotation = checked(blank, &sent, now_ms)?;
    if annotation.text.is_empty() {
        return Err(Problem::bad_request("Failed to save annotation: text field should not be empty"));
    }
    let id = tx.add_annotation(&annotation).await?;
    tx.commit().await?;
    ok(json!({ "message": "Annotation added", "id": id }))
}

/// Writes what was sent over an annotation.
fn checked(old: Annotation, sent: &Sent, now_ms: i64) -> Result<Annotation, Problem> {
    let tags = sent.tags.clone().unwrap_or_else(|| old.tags.clone());
    let text = sent.text.clone().unwrap_or_else(|| old.text.clone());
    if text.len() > TEXT_BYTES_MAX || tags.len() > TAGS_MAX {
        let reason = format!("an annotation has at most {TEXT_BYTES_MAX} bytes of text and {TAGS_MAX} tags");
        return Err(Problem::bad_request(reason));
    }
    let time_ms = sent.time.filter(|t| *t != 0).unwrap_or(old.time_ms);
    let end_ms = sent.time_end.filter(|t| *t != 0).unwrap_or(old.end_ms.max(time_ms));
    let (time_ms, end_ms) = (time_ms.min(end_ms), time_ms.max(end_ms));
    Ok(Annotation { time_ms, end_ms, text, tags, updated_ms: now_ms, ..old })
}

/// `PUT /api/annotations/{id}`: what is left out is emptied, but for the time.
pub async fn replace(ctx: Ctx, Path(id): Path<i64>, Body(mut sent): Body<Sent>) -> Answer {
    sent.text.get_or_insert_default();
    sent.tags.get_or_insert_default();
    keep(&ctx, id, &sent).await?;
    done("Annotation updated")
}

/// `PATCH /api/annotations/{id}`: what is left out stays.
pub async fn change(ctx: Ctx, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    keep(&ctx, id, &sent).await?;
    done("Annotation patched")
}

async fn keep(ctx: &Ctx, id: i64, sent: &Sent) -> Result<(), Problem> {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let old = found(ctx, &mut tx, &access, id, Level::Edit).await?;
    tx.set_annotation(&checked(old, sent, ctx.now_ms())?).await?;
    Ok(tx.commit().await?)
}

/// `DELETE /api/annotations/{id}`
pub async fn remove(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    found(&ctx, &mut tx, &access, id, Level::Edit).await?;
    tx.remove_annotation(id).await?;
    tx.commit().await?;
    done("Annotation deleted")
}

/// Annotations to be removed.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Removed {
    #[serde(rename = "dashboardUID", alias = "dashboardUid")]
    dashboard_uid: String,
    dashboard_id: i64,
    panel_id: i64,
    annotation_id: i64,
}

/// `POST /api/annotations/mass-delete`
pub async fn remove_many(ctx: Ctx, Body(removed): Body<Removed>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    if removed.annotation_id > 0 {
        found(&ctx, &mut tx, &access, removed.annotation_id, Level::Edit).await?;
        tx.remove_annotation(removed.annotation_id).await?;
    } else {
        let mut uid = removed.dashboard_uid;
        if uid.is_empty() && removed.dashboard_id > 0 {
            uid = tx.dashboard_by_id(removed.dashboard_id).await?.map(|d| d.uid).unwrap_or_default();
        }
        if uid.is_empty() || removed.panel_id <= 0 {
            return Err(Problem::bad_request("annotationId, or dashboardUID and panelId, are required"));
        }
        find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
        tx.remove_annotations(&uid, removed.panel_id).await?;
    }
    tx.commit().await?;
    done("Annotations deleted")
}

/// `POST /api/annotations/graphite`
pub async fn create_graphite(ctx: Ctx, Body(sent): Body<Document>) -> Answer {
    ctx.need(Role::Editor, "annotations:create")?;
    let what = document::text(&sent, "what");
    if what.is_empty() {
        return Err(Problem::bad_request(
            "Failed to save Graphite annotation: what field should not be empty",
        ));
    }
    let tags = match sent.get("tags") {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(_) | None => Vec::new(),
    };
    let data = document::text(&sent, "data");
    let text = if data.is_empty() { what.to_owned() } else { format!("{what}\n{data}") };
    let seconds = document::number(&sent, "when");
    let sent = Sent {
        time: (seconds > 0).then(|| seconds.saturating_mul(1000)),
        tags: Some(tags),
        text: Some(text),
        ..Sent::default()
    };
    let now_ms = ctx.now_ms();
    let blank =
        Annotation { time_ms: now_ms, account_id: ctx.who.id, created_ms: now_ms, ..Annotation::default() };
    let mut tx = ctx.write().await?;
    let id = tx.add_annotation(&checked(blank, &sent, now_ms)?).await?;
    tx.commit().await?;
    ok(json!({ "message": "Graphite annotation added", "id": id }))
}

/// `GET /api/annotations/tags`: tags of the annotations of the whole organisation.
pub async fn tags(ctx: Ctx) -> Answer {
    let wanted = ctx.params.get("tag").to_lowercase();
    let filter = Filter { limit: PAGE_MAX, dashboard_uid: Some(String::new()), ..Filter::default() };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for tag in ctx.read().await?.annotations(&filter).await?.into_iter().flat_map(|a| a.tags) {
        if tag.to_lowercase().contains(&wanted) {
            *counts.entry(tag).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort();
    let limit = ctx.params.number("limit", 100).clamp(1, 1_000) as usize;
    let tags: Vec<Value> =
        counts.into_iter().take(limit).map(|(tag, count)| json!({ "tag": tag, "count": count })).collect();
    ok(json!({ "result": { "tags": tags } }))
}
