//! Dashboards: read, saved, imported, removed.

use std::collections::HashMap;

use accounts::{Access, Level, Node, Role};
use catalog::Tx;
use catalog::dashboards::Dashboard;
use catalog::folders::Folder;
use dashboards::document::{self, Document};
use dashboards::import::{self, Input};
use dashboards::save::{self, Save};
use dashboards::slug;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, ok};

/// The URL of a dashboard's page.
pub fn url_of(ctx: &Ctx, dashboard: &Dashboard) -> String {
    ctx.grafana.path(&format!("/d/{}/{}", dashboard.uid, slug::of(&dashboard.title)))
}

/// The URL of a folder's page.
pub fn folder_url(ctx: &Ctx, folder: &Folder) -> String {
    ctx.grafana.path(&format!("/dashboards/f/{}/{}", folder.uid, slug::of(&folder.title)))
}

/// The node that grants stand on.
pub fn node(dashboard: &Dashboard) -> Node<'_> {
    Node::Dashboard { uid: &dashboard.uid, folder: &dashboard.folder_uid }
}

pub(super) fn missing() -> Problem {
    Problem::not_found("Dashboard not found").with("status", "not-found")
}

/// Finds a dashboard that the asker may do something with. One that they may not even see is not there for them.
///
/// # Errors
/// 404, or 403 if they may see it but not do that.
pub async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    access: &Access,
    uid: &str,
    needed: Level,
) -> Result<Dashboard, Problem> {
    let dashboard = tx.dashboard(uid).await?.ok_or_else(missing)?;
    let level = access.level(&ctx.who, node(&dashboard));
    if level == Level::None {
        return Err(missing());
    }
    if level < needed {
        let what = if needed == Level::Admin { "dashboards.permissions:write" } else { "dashboards:write" };
        return Err(Problem::forbidden(what));
    }
    Ok(dashboard)
}

/// Finds a dashboard that the asker may see.
///
/// # Errors
/// 404.
pub async fn visible(ctx: &Ctx, uid: &str) -> Result<Dashboard, Problem> {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    find(ctx, &mut tx, &access, uid, Level::View).await
}

/// Returns the identifier of a dashboard that the asker may see.
///
/// # Errors
/// 404.
pub async fn uid_of(ctx: &Ctx, id: i64) -> Result<String, Problem> {
    let dashboard = ctx.read().await?.dashboard_by_id(id).await?.ok_or_else(missing)?;
    visible(ctx, &dashboard.uid).await.map(|d| d.uid)
}

/// `GET /api/dashboards/uid/{uid}`
pub async fn get(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(&ctx, &mut tx, &access, &uid, Level::View).await?;
    let document = save::document(&mut tx, &dashboard).await?;
    let meta = meta(&ctx, &mut tx, &access, &dashboard).await?;
    ok(json!({ "dashboard": document, "meta": meta }))
}

/// What the server knows about a dashboard, beside the document.
async fn meta(ctx: &Ctx, tx: &mut Tx, access: &Access, dashboard: &Dashboard) -> Result<Value, Problem> {
    let level = access.level(&ctx.who, node(dashboard));
    let folder = match dashboard.folder_uid.as_str() {
        "" => None,
        uid => tx.folder(uid).await?,
    };
    let names = logins(tx, &[dashboard.created_by, dashboard.updated_by]).await?;
    let provisioned = !dashboard.provider.is_empty();
    let may_change = level >= Level::Edit && (!provisioned || dashboard.is_editable);
    let starred = ctx.who.is_somebody() && tx.stars(ctx.who.id).await?.contains(&dashboard.uid);
    let grants = json!({ "canAdd": level >= Level::Edit, "canEdit": level >= Level::Edit, "canDelete": level >= Level::Edit });
    Ok(json!({
        "type": "db",
        "canSave": may_change,
        "canEdit": level >= Level::Edit,
        "canAdmin": level >= Level::Admin,
        "canStar": ctx.who.is_somebody(),
        "canDelete": level >= Level::Edit && !provisioned,
        "slug": slug::of(&dashboard.title),
        "url": url_of(ctx, dashboard),
        "expires": "0001-01-01T00:00:00Z",
        "created": time(dashboard.created_ms),
        "updated": time(dashboard.updated_ms),
        "updatedBy": name(&names, dashboard.updated_by),
        "createdBy": name(&names, dashboard.created_by),
        "version": dashboard.version,
        "hasAcl": access.is_explicit(node(dashboard)),
        "isFolder": false,
        "isStarred": starred,
        "folderId": folder.as_ref().map_or(0, |f| f.id),
        "folderUid": dashboard.folder_uid,
        "folderTitle": folder.as_ref().map_or("Dashboards", |f| f.title.as_str()),
        "folderUrl": folder.as_ref().map_or_else(String::new, |f| folder_url(ctx, f)),
        "provisioned": provisioned,
        "provisionedExternalId": dashboard.source_path,
        "annotationsPermissions": { "dashboard": grants, "organization": grants },
    }))
}

/// Logins of accounts by number.
pub async fn logins(tx: &mut Tx, ids: &[i64]) -> Result<HashMap<i64, String>, Problem> {
    let mut names = HashMap::new();
    for id in ids.iter().filter(|id| **id > 0) {
        if !names.contains_key(id)
            && let Some(account) = tx.account(*id).await?
        {
            names.insert(*id, account.login);
        }
    }
    Ok(names)
}

/// The login of somebody, or what stands for the program or somebody who is gone.
pub fn name(names: &HashMap<i64, String>, id: i64) -> &str {
    names.get(&id).map_or("Anonymous", String::as_str)
}

/// A request to save.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Saved {
    dashboard: Option<Document>,
    folder_uid: Option<String>,
    folder_id: Option<i64>,
    overwrite: bool,
    message: String,
}

/// `POST /api/dashboards/db`
pub async fn save(ctx: Ctx, Body(saved): Body<Saved>) -> Answer {
    let document = saved.dashboard.ok_or_else(|| Problem::bad_request("dashboard is required"))?;
    let mut tx = ctx.write().await?;
    let folder_uid = folder(&mut tx, saved.folder_uid, saved.folder_id).await?;
    let save = Save {
        document,
        folder_uid,
        overwrite: saved.overwrite,
        message: saved.message,
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
        ..Save::default()
    };
    let dashboard = checked_save(&ctx, &mut tx, save).await?;
    tx.commit().await?;
    saved_answer(&ctx, &dashboard)
}

/// What is answered for a dashboard that was just saved.
pub(super) fn saved_answer(ctx: &Ctx, dashboard: &Dashboard) -> Answer {
    ok(json!({
        "id": dashboard.id,
        "uid": dashboard.uid,
        "url": url_of(ctx, dashboard),
        "status": "success",
        "version": dashboard.version,
        "slug": slug::of(&dashboard.title),
        "folderUid": dashboard.folder_uid,
    }))
}

/// Reads which folder is meant: by identifier, by number, or the root.
async fn folder(tx: &mut Tx, uid: Option<String>, id: Option<i64>) -> Result<String, Problem> {
    match (uid.as_deref().map(str::trim), id) {
        (Some("general"), _) => Ok(String::new()),
        (Some(uid), _) if !uid.is_empty() => Ok(uid.to_owned()),
        (_, Some(id)) if id > 0 => {
            let found = tx.folders().await?.into_iter().find(|f| f.id == id);
            found.map(|f| f.uid).ok_or_else(super::folders::missing)
        }
        _root => Ok(String::new()),
    }
}

/// Saves what the asker may save: they may change what is replaced, and make things where it goes.
pub(super) async fn checked_save(ctx: &Ctx, tx: &mut Tx, save: Save) -> Result<Dashboard, Problem> {
    // Titles come first, as in Grafana: who sends nonsense hears of it whatever they may do.
    document::summary(&save.document)?;
    let access = ctx.access(tx).await?;
    let replaced = save::replaced(tx, &save).await?;
    if let Some(old) = &replaced {
        match access.level(&ctx.who, node(old)) {
            // Its identifier is taken; that is all that may be said.
            Level::None => return Err(Problem::forbidden("dashboards:write")),
            Level::View => return Err(Problem::forbidden("dashboards:write")),
            Level::Edit | Level::Admin => {}
        }
    }
    let moves = replaced.as_ref().is_none_or(|old| old.folder_uid != save.folder_uid);
    if moves && !access.may_create_in(&ctx.who, &save.folder_uid) {
        return Err(Problem::forbidden("dashboards:create"));
    }
    Ok(save::save(tx, save).await?)
}

/// `DELETE /api/dashboards/uid/{uid}`
pub async fn remove(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    if !dashboard.provider.is_empty() {
        return Err(Problem::bad_request("provisioned dashboard cannot be deleted"));
    }
    tx.remove_dashboard(&dashboard.uid).await?;
    tx.commit().await?;
    let message = format!("Dashboard {} deleted", dashboard.title);
    ok(json!({ "title": dashboard.title, "message": message, "uid": dashboard.uid, "id": dashboard.id }))
}

/// A request to import.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Imported {
    dashboard: Option<Document>,
    folder_uid: Option<String>,
    folder_id: Option<i64>,
    overwrite: bool,
    inputs: Vec<GivenInput>,
}

/// A value for an input.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct GivenInput {
    name: String,
    value: String,
}

/// `POST /api/dashboards/import`
pub async fn import(ctx: Ctx, Body(imported): Body<Imported>) -> Answer {
    let document = imported.dashboard.ok_or_else(|| Problem::bad_request("Dashboard must be set"))?;
    let inputs: Vec<Input> =
        imported.inputs.into_iter().map(|i| Input { name: i.name, value: i.value }).collect();
    let mut tx = ctx.write().await?;
    let sources = super::settings::sources(&ctx, &mut tx).await?;
    let default_of = |kind: &str| {
        let of_kind = sources.iter().filter(|source| source.kind == kind);
        of_kind.max_by_key(|source| source.is_default).map(|source| source.uid.clone())
    };
    let mut document = import::fill_in(document, &inputs, default_of)?;
    // The number is that of the server it was exported from.
    document.insert("id".to_owned(), Value::Null);
    let folder_uid = folder(&mut tx, imported.folder_uid, imported.folder_id).await?;
    let save = Save {
        document,
        folder_uid,
        overwrite: imported.overwrite,
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
        ..Save::default()
    };
    let dashboard = checked_save(&ctx, &mut tx, save).await?;
    tx.commit().await?;
    let slug = slug::of(&dashboard.title);
    ok(json!({
        "uid": dashboard.uid,
        "pluginId": "",
        "title": dashboard.title,
        "imported": true,
        "importedUri": format!("db/{slug}"),
        "importedUrl": url_of(&ctx, &dashboard),
        "slug": slug,
        "dashboardId": dashboard.id,
        "folderId": 0,
        "folderUid": dashboard.folder_uid,
        "importedRevision": 1,
        "revision": 1,
        "description": "",
        "path": "",
        "removed": false,
    }))
}

/// `GET /api/dashboards/home`: the dashboard that the user, or the organisation, begins with.
pub async fn home(ctx: Ctx) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let own = match tx.account(ctx.who.id).await? {
        Some(account) => preferred(&account.preferences),
        None => None,
    };
    let organisation = tx.setting("org.preferences").await?;
    let wanted = own.or_else(|| organisation.as_deref().and_then(preferred));
    if let Some(uid) = wanted
        && let Ok(dashboard) = find(&ctx, &mut tx, &access, &uid, Level::View).await
    {
        return ok(json!({ "redirectUri": url_of(&ctx, &dashboard) }));
    }
    ok(json!({
        "dashboard": {
            "title": "Home", "schemaVersion": 41, "uid": "", "editable": false, "panels": [
                { "id": 1, "type": "dashlist", "title": "Starred", "gridPos": { "x": 0, "y": 0, "w": 12, "h": 12 },
                  "options": { "showStarred": true, "showSearch": false, "showHeadings": true, "maxItems": 30 } },
                { "id": 2, "type": "dashlist", "title": "Dashboards", "gridPos": { "x": 12, "y": 0, "w": 12, "h": 12 },
                  "options": { "showStarred": false, "showSearch": true, "showHeadings": true, "maxItems": 30 } },
            ],
        },
        "meta": {
            "isHome": true, "canSave": false, "canEdit": false, "canStar": false, "canAdmin": false,
            "canDelete": false, "slug": "", "url": "", "folderTitle": "Dashboards", "folderUid": "", "type": "",
            "isAdmin": ctx.who.role == Role::Admin,
        },
    }))
}

fn preferred(text: &str) -> Option<String> {
    let preferences: Document = serde_json::from_str(text).unwrap_or_default();
    Some(document::text(&preferences, "homeDashboardUID").to_owned()).filter(|uid| !uid.is_empty())
}
