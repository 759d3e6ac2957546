//! Versions of dashboards.

use accounts::Level;
use catalog::dashboards::{Dashboard, Version};
use dashboards::save::{self, Save};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::dashboards::{checked_save, find, logins, name, saved_answer, uid_of};
use super::problem::{Answer, Problem, ok};

fn shown(dashboard: &Dashboard, version: &Version, by: &str, data: Option<Value>) -> Value {
    let mut shown = json!({
        "id": version.id,
        "dashboardId": dashboard.id,
        "dashboardUID": dashboard.uid,
        "uid": dashboard.uid,
        "parentVersion": version.parent_version,
        "restoredFrom": version.restored_from,
        "version": version.version,
        "created": time(version.created_ms),
        "createdBy": by,
        "message": version.message,
    });
    if let (Value::Object(fields), Some(data)) = (&mut shown, data) {
        fields.insert("data".to_owned(), data);
    }
    shown
}

async fn listed(ctx: &Ctx, uid: &str) -> Result<Vec<Value>, Problem> {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(ctx, &mut tx, &access, uid, Level::View).await?;
    let limit = match ctx.params.number("limit", 0) {
        0 => save::VERSIONS_MAX,
        given => given.clamp(1, save::VERSIONS_MAX),
    };
    let versions = tx.versions(dashboard.id, ctx.params.number("start", 0).max(0), limit).await?;
    let names = logins(&mut tx, &versions.iter().map(|v| v.created_by).collect::<Vec<_>>()).await?;
    Ok(versions.iter().map(|v| shown(&dashboard, v, name(&names, v.created_by), None)).collect())
}

/// `GET /api/dashboards/uid/{uid}/versions`
pub async fn list(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let versions = listed(&ctx, &uid).await?;
    ok(json!({ "continueToken": "", "versions": versions }))
}

/// `GET /api/dashboards/id/{id}/versions`
pub async fn list_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let uid = uid_of(&ctx, id).await?;
    ok(listed(&ctx, &uid).await?.into())
}

/// `GET /api/dashboards/uid/{uid}/versions/{version}`
pub async fn one(ctx: Ctx, Path((uid, number)): Path<(String, i64)>) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(&ctx, &mut tx, &access, &uid, Level::View).await?;
    let version = tx.version(dashboard.id, number).await?;
    let version = version.ok_or_else(|| Problem::not_found("Dashboard version not found"))?;
    let names = logins(&mut tx, &[version.created_by]).await?;
    let data = Value::Object(save::parse(&version.document)?);
    ok(shown(&dashboard, &version, name(&names, version.created_by), Some(data)))
}

/// A version to be restored.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Restored {
    version: i64,
}

/// `POST /api/dashboards/uid/{uid}/restore`
pub async fn restore(ctx: Ctx, Path(uid): Path<String>, Body(restored): Body<Restored>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    if !dashboard.provider.is_empty() && !dashboard.is_editable {
        return Err(Problem::bad_request("Cannot save provisioned dashboard"));
    }
    let old = tx.version(dashboard.id, restored.version).await?;
    let old = old.ok_or_else(|| Problem::not_found("Dashboard version not found"))?;
    let mut document = save::parse(&old.document)?;
    dashboards::document::stamp(&mut document, dashboard.id, &dashboard.uid, dashboard.version);
    let save = Save {
        document,
        folder_uid: dashboard.folder_uid.clone(),
        message: format!("Restored from version {}", old.version),
        restored_from: old.version,
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
        ..Save::default()
    };
    let dashboard = checked_save(&ctx, &mut tx, save).await?;
    tx.commit().await?;
    saved_answer(&ctx, &dashboard)
}
