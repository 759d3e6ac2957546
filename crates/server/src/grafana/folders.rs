//! Folders.

use accounts::{Access, Level, Node, Role};
use catalog::Tx;
use catalog::folders::Folder;
use catalog::permissions::Permission;
use dashboards::folders::{self, Change, NewFolder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::dashboards::{folder_url, logins, name};
use super::problem::{Answer, Problem, ok};

pub(super) fn missing() -> Problem {
    Problem::not_found("folder not found").with("status", "not-found")
}

/// Finds a folder that the asker may do something with.
///
/// # Errors
/// 404 if they may not even see it, 403 if they may see it but not do that.
pub async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    access: &Access,
    uid: &str,
    needed: Level,
) -> Result<Folder, Problem> {
    let folder = tx.folder(uid).await?.ok_or_else(missing)?;
    let level = access.level(&ctx.who, Node::Folder(uid));
    if level == Level::None {
        return Err(missing());
    }
    if level < needed {
        let what = if needed == Level::Admin { "folders.permissions:write" } else { "folders:write" };
        return Err(Problem::forbidden(what));
    }
    Ok(folder)
}

async fn shown(ctx: &Ctx, tx: &mut Tx, access: &Access, folder: &Folder) -> Result<Value, Problem> {
    let level = access.level(&ctx.who, Node::Folder(&folder.uid));
    let names = logins(tx, &[folder.created_by, folder.updated_by]).await?;
    let mut shown = json!({
        "id": folder.id,
        "uid": folder.uid,
        "orgId": 1,
        "title": folder.title,
        "description": folder.description,
        "url": folder_url(ctx, folder),
        "hasAcl": access.is_explicit(Node::Folder(&folder.uid)),
        "canSave": level >= Level::Edit,
        "canEdit": level >= Level::Edit,
        "canAdmin": level >= Level::Admin,
        "canDelete": level >= Level::Edit,
        "createdBy": name(&names, folder.created_by),
        "created": time(folder.created_ms),
        "updatedBy": name(&names, folder.updated_by),
        "updated": time(folder.updated_ms),
        "version": folder.version,
    });
    if !folder.parent_uid.is_empty()
        && let Value::Object(fields) = &mut shown
    {
        let above = folders::path(tx, &folder.parent_uid).await?;
        let parents: Vec<Value> = above
            .iter()
            .map(|f| json!({ "id": f.id, "uid": f.uid, "title": f.title, "url": folder_url(ctx, f) }))
            .collect();
        fields.insert("parentUid".to_owned(), folder.parent_uid.as_str().into());
        fields.insert("parents".to_owned(), parents.into());
    }
    Ok(shown)
}

/// `GET /api/folders?parentUid=&limit=&page=`
pub async fn list(ctx: Ctx) -> Answer {
    let parent = ctx.params.get("parentUid");
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    if !parent.is_empty() {
        find(&ctx, &mut tx, &access, parent, Level::View).await?;
    }
    let all = tx.folders().await?;
    let visible = |f: &&Folder| access.level(&ctx.who, Node::Folder(&f.uid)) >= Level::View;
    // Somebody may see a folder and not the one it is in: then it is shown at the root, or they would never find it.
    let hidden_parent = |f: &Folder| {
        !f.parent_uid.is_empty() && access.level(&ctx.who, Node::Folder(&f.parent_uid)) == Level::None
    };
    let here = |f: &&Folder| f.parent_uid == parent || (parent.is_empty() && hidden_parent(f));
    let limit = ctx.params.number("limit", 1000).clamp(1, 10_000) as usize;
    let page = ctx.params.number("page", 1).max(1) as usize;
    let found = all.iter().filter(here).filter(visible).skip((page - 1).saturating_mul(limit)).take(limit);
    let mut listed = Vec::new();
    for folder in found {
        let mut entry = json!({ "id": folder.id, "uid": folder.uid, "title": folder.title });
        if !folder.parent_uid.is_empty() {
            entry["parentUid"] = folder.parent_uid.as_str().into();
        }
        listed.push(entry);
    }
    ok(listed.into())
}

/// `GET /api/folders/{uid}`
pub async fn get(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    if uid == "general" {
        return ok(general(&ctx));
    }
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let folder = find(&ctx, &mut tx, &access, &uid, Level::View).await?;
    ok(shown(&ctx, &mut tx, &access, &folder).await?)
}

/// The root as if it were a folder.
fn general(ctx: &Ctx) -> Value {
    let may = ctx.who.role >= Role::Editor;
    json!({
        "id": 0, "uid": "general", "orgId": 1, "title": "Dashboards", "url": "", "hasAcl": false, "canSave": may,
        "canEdit": may, "canAdmin": ctx.who.role == Role::Admin, "canDelete": false, "version": 0,
    })
}

/// `GET /api/folders/id/{id}`
pub async fn get_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let found = ctx.read().await?.folders().await?.into_iter().find(|f| f.id == id);
    let uid = found.ok_or_else(missing)?.uid;
    get(ctx, Path(uid)).await
}

/// A folder to be made.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Made {
    uid: Option<String>,
    title: String,
    description: String,
    parent_uid: Option<String>,
}

/// `POST /api/folders`
pub async fn create(ctx: Ctx, Body(made): Body<Made>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let parent_uid = made.parent_uid.unwrap_or_default();
    if !access.may_create_in(&ctx.who, &parent_uid) {
        return Err(Problem::forbidden("folders:create"));
    }
    let new = NewFolder {
        uid: made.uid.unwrap_or_default(),
        parent_uid,
        title: made.title,
        description: made.description,
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
    };
    let folder = folders::create(&mut tx, new).await?;
    // Who made it says who may use it.
    if ctx.who.role != Role::Admin {
        let grant = |role: &str, account_id, level: Level| Permission {
            kind: "folder".to_owned(),
            uid: folder.uid.clone(),
            role: role.to_owned(),
            account_id,
            level: level.number(),
            ..Permission::default()
        };
        tx.add_permission(&grant("", Some(ctx.who.id), Level::Admin)).await?;
        if folder.parent_uid.is_empty() {
            tx.add_permission(&grant("Editor", None, Level::Edit)).await?;
            tx.add_permission(&grant("Viewer", None, Level::View)).await?;
        }
    }
    let access = ctx.access(&mut tx).await?;
    let shown = shown(&ctx, &mut tx, &access, &folder).await?;
    tx.commit().await?;
    ok(shown)
}

/// A change of a folder.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Changed {
    title: Option<String>,
    description: Option<String>,
    version: i64,
    overwrite: bool,
}

/// `PUT /api/folders/{uid}`
pub async fn change(ctx: Ctx, Path(uid): Path<String>, Body(changed): Body<Changed>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    let change = Change {
        title: changed.title,
        description: changed.description,
        seen: (!changed.overwrite).then_some(changed.version),
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
        ..Change::default()
    };
    let folder = folders::update(&mut tx, &uid, change).await?;
    let shown = shown(&ctx, &mut tx, &access, &folder).await?;
    tx.commit().await?;
    ok(shown)
}

/// Where a folder goes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Moved {
    parent_uid: String,
}

/// `POST /api/folders/{uid}/move`
pub async fn relocate(ctx: Ctx, Path(uid): Path<String>, Body(moved): Body<Moved>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    if !access.may_create_in(&ctx.who, &moved.parent_uid) {
        return Err(Problem::forbidden("folders:create"));
    }
    let change = Change {
        parent_uid: Some(moved.parent_uid),
        by: ctx.who.id,
        now_ms: ctx.now_ms(),
        ..Change::default()
    };
    let folder = folders::update(&mut tx, &uid, change).await?;
    let access = ctx.access(&mut tx).await?;
    let shown = shown(&ctx, &mut tx, &access, &folder).await?;
    tx.commit().await?;
    ok(shown)
}

/// `DELETE /api/folders/{uid}`, with all that is in it.
pub async fn remove(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    find(&ctx, &mut tx, &access, &uid, Level::Edit).await?;
    let folder = folders::remove(&mut tx, &uid).await?;
    tx.commit().await?;
    let message = format!("Folder {} deleted", folder.title);
    ok(json!({ "message": message, "id": folder.id, "title": folder.title, "uid": folder.uid }))
}

/// `GET /api/folders/{uid}/counts`
pub async fn counts(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    find(&ctx, &mut tx, &access, &uid, Level::View).await?;
    let content = folders::content(&mut tx, &uid).await?;
    ok(json!({
        "folder": content.folders.len() - 1, "dashboard": content.dashboards.len(), "librarypanel": 0, "alertrule": 0,
    }))
}
