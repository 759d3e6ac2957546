//! The organisation: there is one.

use accounts::Role;
use catalog::accounts::Account;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, ok};
use super::user::{full, labels, merged};
use super::users::role;

/// Its name.
pub const NAME: &str = "Main Org.";
/// Where its preferences are kept.
const PREFERENCES: &str = "org.preferences";

fn address() -> Value {
    json!({ "address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": "" })
}

/// `GET /api/org`
pub async fn current(_ctx: Ctx) -> Answer {
    ok(json!({ "id": 1, "name": NAME, "address": address() }))
}

/// `GET /api/orgs`
pub async fn all(ctx: Ctx) -> Answer {
    ctx.need_server_admin("orgs:read")?;
    ok(json!([{ "id": 1, "name": NAME }]))
}

/// `GET /api/orgs/{id}`
pub async fn by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("orgs:read")?;
    if id == 1 { current(ctx).await } else { Err(Problem::not_found("Organization not found")) }
}

/// `GET /api/orgs/name/{name}`
pub async fn by_name(ctx: Ctx, Path(name): Path<String>) -> Answer {
    ctx.need_server_admin("orgs:read")?;
    if name == NAME { current(ctx).await } else { Err(Problem::not_found("Organization not found")) }
}

/// `GET /api/org/preferences`
pub async fn preferences(ctx: Ctx) -> Answer {
    let text = ctx.read().await?.setting(PREFERENCES).await?;
    ok(full(text.as_deref().unwrap_or("{}")))
}

/// `PUT /api/org/preferences`
pub async fn set_preferences(ctx: Ctx, Body(sent): Body<Map<String, Value>>) -> Answer {
    keep_preferences(&ctx, sent, false).await
}

/// `PATCH /api/org/preferences`
pub async fn patch_preferences(ctx: Ctx, Body(sent): Body<Map<String, Value>>) -> Answer {
    keep_preferences(&ctx, sent, true).await
}

async fn keep_preferences(ctx: &Ctx, sent: Map<String, Value>, over: bool) -> Answer {
    ctx.need(Role::Admin, "orgs.preferences:write")?;
    let mut tx = ctx.write().await?;
    let old = if over { tx.setting(PREFERENCES).await? } else { None };
    tx.set_setting(PREFERENCES, &merged(old.as_deref(), sent)?).await?;
    tx.commit().await?;
    done("Preferences updated")
}

fn member(account: &Account) -> Value {
    json!({
        "orgId": 1, "userId": account.id, "uid": account.uid, "email": account.email, "name": account.name,
        "avatarUrl": "", "login": account.login, "role": account.role, "lastSeenAt": time(account.seen_ms),
        "lastSeenAtAge": "", "isDisabled": account.is_disabled, "authLabels": labels(account),
        "isExternallySynced": false,
    })
}

/// `GET /api/org/users`
pub async fn users(ctx: Ctx) -> Answer {
    ctx.need(Role::Admin, "org.users:read")?;
    let all = ctx.read().await?.accounts(false).await?;
    ok(all.iter().map(member).collect::<Vec<_>>().into())
}

/// `GET /api/orgs/{id}/users`
pub async fn users_of(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    if id == 1 { users(ctx).await } else { Err(Problem::not_found("Organization not found")) }
}

/// `GET /api/org/users/lookup`: whom a permission can be given to. Editors who run a folder need it.
pub async fn lookup(ctx: Ctx) -> Answer {
    ctx.need(Role::Editor, "org.users:read")?;
    let query = ctx.params.get("query").to_lowercase();
    let all = ctx.read().await?.accounts(false).await?;
    let found = all.iter().filter(|a| query.is_empty() || a.login.to_lowercase().contains(&query));
    let shown = found.map(|a| json!({ "userId": a.id, "uid": a.uid, "login": a.login, "avatarUrl": "" }));
    ok(shown.collect::<Vec<_>>().into())
}

/// A role for somebody.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Place {
    login_or_email: String,
    role: String,
}

/// `POST /api/org/users`: everybody is in the one organisation, so this sets the role.
pub async fn add_user(ctx: Ctx, Body(place): Body<Place>) -> Answer {
    ctx.need(Role::Admin, "org.users:add")?;
    let role = role(&place.role)?;
    let name = place.login_or_email.trim().to_lowercase();
    let found = ctx.read().await?.account_by_login(&name).await?.filter(|a| !a.is_service);
    let account = found.ok_or_else(|| Problem::not_found("user not found"))?;
    let id = account.id;
    keep_role(&ctx, account, role).await?;
    ok(json!({ "message": "User added to organization", "userId": id }))
}

async fn keep_role(ctx: &Ctx, account: Account, role: Role) -> Result<(), Problem> {
    if account.is_admin && !ctx.who.is_admin {
        return Err(Problem::forbidden("users:write"));
    }
    let mut tx = ctx.write().await?;
    let others = tx.accounts(false).await?;
    let left = others.iter().any(|a| a.role == Role::Admin.as_str() && a.id != account.id && !a.is_disabled);
    if role != Role::Admin && account.role == Role::Admin.as_str() && !left {
        return Err(Problem::bad_request("Cannot change role so that there is no organization admin left"));
    }
    tx.set_account(&Account { role: role.as_str().to_owned(), updated_ms: ctx.now_ms(), ..account }).await?;
    Ok(tx.commit().await?)
}

async fn user(ctx: &Ctx, id: i64) -> Result<Account, Problem> {
    let account = ctx.read().await?.account(id).await?.filter(|a| !a.is_service);
    account.ok_or_else(|| Problem::not_found("user not found"))
}

/// `PATCH /api/org/users/{id}`
pub async fn set_role(ctx: Ctx, Path(id): Path<i64>, Body(place): Body<Place>) -> Answer {
    ctx.need(Role::Admin, "org.users:write")?;
    let account = user(&ctx, id).await?;
    keep_role(&ctx, account, role(&place.role)?).await?;
    done("Organization user updated")
}

/// `DELETE /api/org/users/{id}`: whoever leaves the only organisation is removed.
pub async fn remove_user(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need(Role::Admin, "org.users:remove")?;
    let account = user(&ctx, id).await?;
    if account.is_admin && !ctx.who.is_admin {
        return Err(Problem::forbidden("users:delete"));
    }
    super::users::gone(&ctx, id).await?;
    done("User removed from organization")
}
