//! Who may do what with a folder or a dashboard.

use std::collections::HashMap;

use accounts::{Access, Level, Node, Role};
use catalog::Tx;
use catalog::folders::Folder;
use catalog::permissions::Permission;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::dashboards::{find, node};
use super::problem::{Answer, Problem, done, ok};

/// Most grants on one thing.
const GRANTS_MAX: usize = 500;

/// New grants.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Items {
    items: Vec<Item>,
}

/// One of them.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Item {
    role: Option<String>,
    user_id: Option<Number>,
    team_id: Option<Number>,
    permission: i64,
}

impl Item {
    /// A grant to a role, a user or a team: two of the three are empty.
    pub fn new(role: &str, user_id: i64, team_id: i64, permission: i64) -> Item {
        Item {
            role: Some(role.to_owned()),
            user_id: Some(Number::Number(user_id)),
            team_id: Some(Number::Number(team_id)),
            permission,
        }
    }

    /// Tells whether another grant is for the same role, user or team.
    pub fn is_for_the_same(&self, other: &Item) -> bool {
        let whom = |item: &Item| {
            let number = |n: &Option<Number>| n.as_ref().map_or(0, Number::value);
            (item.role.clone().unwrap_or_default(), number(&item.user_id), number(&item.team_id))
        };
        whom(self) == whom(other)
    }
}

/// A number that some tools send as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Text(String),
}

impl Number {
    fn value(&self) -> i64 {
        match self {
            Number::Number(value) => *value,
            Number::Text(text) => text.parse().unwrap_or(0),
        }
    }
}

/// `GET /api/dashboards/uid/{uid}/permissions`
pub async fn of_dashboard(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ok(listed_of_dashboard(&ctx, &uid).await?.into())
}

/// The grants on a dashboard, and those that it inherits, for who may change them.
///
/// # Errors
/// There is none for the asker, or they may not.
pub async fn listed_of_dashboard(ctx: &Ctx, uid: &str) -> Result<Vec<Value>, Problem> {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let dashboard = find(ctx, &mut tx, &access, uid, Level::Admin).await?;
    let in_root = dashboard.folder_uid.is_empty();
    let mut shown = list(&mut tx, &access, "dashboard", uid, node(&dashboard), in_root).await?;
    for folder in dashboards::folders::path(&mut tx, &dashboard.folder_uid).await? {
        let outermost = folder.parent_uid.is_empty();
        let mut inherited =
            list(&mut tx, &access, "folder", &folder.uid, Node::Folder(&folder.uid), outermost).await?;
        for grant in &mut inherited {
            grant["inherited"] = true.into();
        }
        shown.append(&mut inherited);
    }
    Ok(shown)
}

/// `GET /api/folders/{uid}/permissions`
pub async fn of_folder(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ok(listed_of_folder(&ctx, &uid).await?.into())
}

/// The grants on a folder, for who may change them.
///
/// # Errors
/// There is none for the asker, or they may not.
pub async fn listed_of_folder(ctx: &Ctx, uid: &str) -> Result<Vec<Value>, Problem> {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let folder = super::folders::find(ctx, &mut tx, &access, uid, Level::Admin).await?;
    list(&mut tx, &access, "folder", uid, Node::Folder(uid), folder.parent_uid.is_empty()).await
}

async fn list(
    tx: &mut Tx,
    access: &Access,
    kind: &str,
    uid: &str,
    node: Node<'_>,
    is_outermost: bool,
) -> Result<Vec<Value>, Problem> {
    let mut grants = tx.permissions(kind, uid).await?;
    if !access.is_explicit(node) && is_outermost {
        let by_role = |role: Role, level: Level| Permission {
            role: role.as_str().to_owned(),
            level: level.number(),
            ..Permission::default()
        };
        grants = vec![by_role(Role::Editor, Level::Edit), by_role(Role::Viewer, Level::View)];
    }
    let teams: HashMap<i64, (String, String)> =
        tx.teams().await?.into_iter().map(|t| (t.id, (t.name, t.uid))).collect();
    let mut shown = Vec::new();
    for grant in grants.iter().filter(|g| g.level > 0) {
        let account = match grant.account_id {
            Some(id) => tx.account(id).await?.unwrap_or_default(),
            None => catalog::accounts::Account::default(),
        };
        let team = grant.team_id.and_then(|id| teams.get(&id)).cloned().unwrap_or_default();
        shown.push(json!({
            "uid": uid, "folderUid": if kind == "folder" { uid } else { "" }, "isFolder": kind == "folder",
            "created": time(0), "updated": time(0),
            "userId": grant.account_id.unwrap_or(0), "userLogin": account.login, "userEmail": account.email,
            "userUid": account.uid,
            "teamId": grant.team_id.unwrap_or(0), "team": team.0, "teamUid": team.1, "teamEmail": "",
            "role": grant.role, "permission": grant.level,
            "permissionName": Level::from_number(grant.level).map_or("", Level::name),
            "inherited": false,
        }));
    }
    Ok(shown)
}

/// `POST /api/dashboards/uid/{uid}/permissions`
pub async fn set_of_dashboard(ctx: Ctx, Path(uid): Path<String>, Body(items): Body<Items>) -> Answer {
    put_of_dashboard(&ctx, &uid, &items.items).await?;
    done("Dashboard permissions updated")
}

/// Sets the grants on a dashboard.
///
/// # Errors
/// The asker may not, or a grant is none.
pub async fn put_of_dashboard(ctx: &Ctx, uid: &str, items: &[Item]) -> Result<(), Problem> {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    find(ctx, &mut tx, &access, uid, Level::Admin).await?;
    set(&mut tx, "dashboard", uid, items).await?;
    Ok(tx.commit().await?)
}

/// `POST /api/folders/{uid}/permissions`
pub async fn set_of_folder(ctx: Ctx, Path(uid): Path<String>, Body(items): Body<Items>) -> Answer {
    let folder = put_of_folder(&ctx, &uid, &items.items).await?;
    ok(json!({ "message": "Folder permissions updated", "id": folder.id, "title": folder.title }))
}

/// Sets the grants on a folder, and returns it.
///
/// # Errors
/// The asker may not, or a grant is none.
pub async fn put_of_folder(ctx: &Ctx, uid: &str, items: &[Item]) -> Result<Folder, Problem> {
    let mut tx = ctx.write().await?;
    let access = ctx.access(&mut tx).await?;
    let folder = super::folders::find(ctx, &mut tx, &access, uid, Level::Admin).await?;
    set(&mut tx, "folder", uid, items).await?;
    tx.commit().await?;
    Ok(folder)
}

/// Puts grants in the place of those there are.
async fn set(tx: &mut Tx, kind: &str, uid: &str, items: &[Item]) -> Result<(), Problem> {
    if items.len() > GRANTS_MAX {
        return Err(Problem::bad_request(format!("more than {GRANTS_MAX} permissions on one {kind}")));
    }
    tx.remove_permissions(kind, uid).await?;
    // This row grants nothing; it says that the usual grants of roles do not hold here.
    let mark = Permission { kind: kind.to_owned(), uid: uid.to_owned(), ..Permission::default() };
    tx.add_permission(&mark).await?;
    for item in items {
        let grant = checked(tx, &mark, item).await?;
        tx.add_permission(&grant).await?;
    }
    Ok(())
}

async fn checked(tx: &mut Tx, mark: &Permission, item: &Item) -> Result<Permission, Problem> {
    let level = Level::from_number(item.permission).filter(|level| *level != Level::None);
    let level =
        level.ok_or_else(|| Problem::bad_request("permission must be 1 (View), 2 (Edit) or 4 (Admin)"))?;
    let role = item.role.as_deref().unwrap_or("");
    let account_id = item.user_id.as_ref().map(Number::value).filter(|id| *id > 0);
    let team_id = item.team_id.as_ref().map(Number::value).filter(|id| *id > 0);
    match (role.is_empty(), account_id, team_id) {
        (false, None, None) => match Role::parse(role) {
            Some(Role::Viewer | Role::Editor) => {}
            Some(Role::Admin | Role::None) | None => {
                return Err(Problem::bad_request(
                    "role must be Viewer or Editor: administrators may do everything",
                ));
            }
        },
        (true, Some(id), None) if tx.account(id).await?.is_some() => {}
        (true, None, Some(id)) if tx.team(id).await?.is_some() => {}
        (true, Some(_), None) | (true, None, Some(_)) => {
            return Err(Problem::bad_request("there is no such user or team"));
        }
        _none_or_several => {
            return Err(Problem::bad_request("each permission takes one of role, userId and teamId"));
        }
    }
    Ok(Permission { role: role.to_owned(), account_id, team_id, level: level.number(), ..mark.clone() })
}
