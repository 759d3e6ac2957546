//! Permissions of folders and dashboards under the paths that newer tools use: `/api/access-control/{resource}/{uid}`.

use accounts::{Level, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::Ctx;
use super::permissions::{self, Item};
use super::problem::{Answer, Problem, done, ok};

/// What can be given on either resource, with what it is worth.
const WORDS: [(&str, Level); 3] = [("View", Level::View), ("Edit", Level::Edit), ("Admin", Level::Admin)];

/// The resources: the word in the path, and ours.
fn kind(resource: &str) -> Result<&'static str, Problem> {
    match resource {
        "folders" => Ok("folder"),
        "dashboards" => Ok("dashboard"),
        _other => Err(Problem::not_found("Not found")),
    }
}

/// `GET /api/access-control/{resource}/description`
pub async fn describe(_ctx: Ctx, Path(resource): Path<String>) -> Answer {
    kind(&resource)?;
    let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    let assignments = json!({ "users": true, "serviceAccounts": true, "teams": true, "builtInRoles": true });
    ok(json!({ "assignments": assignments, "permissions": words }))
}

/// `GET /api/access-control/{resource}/{uid}`
pub async fn get(ctx: Ctx, Path((resource, uid)): Path<(String, String)>) -> Answer {
    let listed = match kind(&resource)? {
        "folder" => permissions::listed_of_folder(&ctx, &uid).await?,
        _dashboard => permissions::listed_of_dashboard(&ctx, &uid).await?,
    };
    let shown = listed.iter().enumerate().map(|(i, grant)| {
        json!({
            "id": i + 1, "roleName": "", "isManaged": true, "isInherited": grant["inherited"],
            "isServiceAccount": false, "userId": grant["userId"], "userLogin": grant["userLogin"],
            "userUid": grant["userUid"], "team": grant["team"], "teamId": grant["teamId"], "teamUid": grant["teamUid"],
            "builtInRole": grant["role"], "actions": [], "permission": grant["permissionName"],
        })
    });
    ok(shown.collect::<Vec<_>>().into())
}

/// Grants to be set.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Grants {
    permissions: Vec<Grant>,
}

/// One of them; an empty permission takes what there is away.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Grant {
    user_id: i64,
    team_id: i64,
    built_in_role: String,
    permission: String,
}

/// `POST /api/access-control/{resource}/{uid}`: what is not named stays as it is.
pub async fn set(
    ctx: Ctx,
    Path((resource, uid)): Path<(String, String)>,
    Body(grants): Body<Grants>,
) -> Answer {
    change(&ctx, &resource, &uid, grants.permissions).await?;
    done("Permissions updated")
}

/// A permission for somebody in the path.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Word {
    permission: String,
}

/// `POST /api/access-control/{resource}/{uid}/{whom}/{id}`, with `users`, `teams` or `builtInRoles`.
pub async fn set_one(
    ctx: Ctx,
    Path((resource, uid, whom, id)): Path<(String, String, String, String)>,
    Body(word): Body<Word>,
) -> Answer {
    let number = || id.parse().map_err(|_| Problem::bad_request(format!("{id:?} is no number")));
    let mut grant = Grant { permission: word.permission, ..Grant::default() };
    match whom.as_str() {
        "users" => grant.user_id = number()?,
        "teams" => grant.team_id = number()?,
        "builtInRoles" => grant.built_in_role.clone_from(&id),
        _other => return Err(Problem::not_found("Not found")),
    }
    let removed = grant.permission.is_empty();
    change(&ctx, &resource, &uid, vec![grant]).await?;
    done(if removed { "Permission removed" } else { "Permission updated" })
}

async fn change(ctx: &Ctx, resource: &str, uid: &str, grants: Vec<Grant>) -> Result<(), Problem> {
    let kind = kind(resource)?;
    let listed = match kind {
        "folder" => permissions::listed_of_folder(ctx, uid).await?,
        _dashboard => permissions::listed_of_dashboard(ctx, uid).await?,
    };
    let mut items: Vec<Item> = listed
        .iter()
        .filter(|grant| grant["inherited"] != json!(true))
        .map(|grant| {
            let number = |name: &str| grant[name].as_i64().unwrap_or(0);
            let role = grant["role"].as_str().unwrap_or("");
            Item::new(role, number("userId"), number("teamId"), number("permission"))
        })
        .collect();
    for grant in grants {
        // Administrators may do everything as it is.
        if Role::parse(&grant.built_in_role) == Some(Role::Admin) {
            continue;
        }
        let level = match WORDS.iter().find(|(word, _)| *word == grant.permission) {
            Some((_, level)) => level.number(),
            None if grant.permission.is_empty() => 0,
            None => return Err(Problem::bad_request(format!("unknown permission {:?}", grant.permission))),
        };
        let item = Item::new(&grant.built_in_role, grant.user_id, grant.team_id, level);
        items.retain(|other| !other.is_for_the_same(&item));
        if level > 0 {
            items.push(item);
        }
    }
    match kind {
        "folder" => permissions::put_of_folder(ctx, uid, &items).await.map(|_| ()),
        _dashboard => permissions::put_of_dashboard(ctx, uid, &items).await,
    }
}

/// `GET /api/access-control/user/permissions`: what one may do in general, for clients that ask.
pub async fn own(ctx: Ctx) -> Answer {
    let mut all = serde_json::Map::new();
    for (action, needed) in [
        ("dashboards:read", Role::Viewer),
        ("folders:read", Role::Viewer),
        ("datasources:query", Role::Viewer),
        ("dashboards:create", Role::Editor),
        ("folders:create", Role::Editor),
        ("annotations:create", Role::Editor),
        ("datasources:write", Role::Admin),
        ("org.users:write", Role::Admin),
        ("teams:write", Role::Admin),
        ("serviceaccounts:write", Role::Admin),
    ] {
        if ctx.who.role >= needed {
            all.insert(action.to_owned(), json!(["*"]));
        }
    }
    ok(Value::Object(all))
}
