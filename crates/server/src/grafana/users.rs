//! Users, for those who run the server.

use accounts::Role;
use accounts::users::NewUser;
use catalog::accounts::Account;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, ok};
use super::user::{self, Names, labels, shown};

/// Users of one answer.
const PAGE_MAX: usize = 1_000;

/// A user as lists show one.
fn listed(account: &Account) -> Value {
    json!({
        "id": account.id, "uid": account.uid, "name": account.name, "login": account.login, "email": account.email,
        "avatarUrl": "", "isAdmin": account.is_admin, "isDisabled": account.is_disabled,
        "lastSeenAt": time(account.seen_ms), "lastSeenAtAge": "", "authLabels": labels(account),
    })
}

async fn page(ctx: &Ctx) -> Result<(Vec<Account>, usize, usize, usize), Problem> {
    ctx.need_server_admin("users:read")?;
    let query = ctx.params.get("query").to_lowercase();
    let per_page = (ctx.params.number("perpage", 1000).max(1) as usize).min(PAGE_MAX);
    let page = ctx.params.number("page", 1).max(1) as usize;
    let all = ctx.read().await?.accounts(false).await?;
    let matching = |a: &Account| {
        query.is_empty() || [&a.login, &a.email, &a.name].iter().any(|t| t.to_lowercase().contains(&query))
    };
    let found: Vec<Account> = all.into_iter().filter(matching).collect();
    let total = found.len();
    let shown = found.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
    Ok((shown, total, page, per_page))
}

/// `GET /api/users`
pub async fn list(ctx: Ctx) -> Answer {
    let (users, ..) = page(&ctx).await?;
    ok(users.iter().map(listed).collect::<Vec<_>>().into())
}

/// `GET /api/users/search`
pub async fn search(ctx: Ctx) -> Answer {
    let (users, total, page, per_page) = page(&ctx).await?;
    let users: Vec<Value> = users.iter().map(listed).collect();
    ok(json!({ "totalCount": total, "users": users, "page": page, "perPage": per_page }))
}

async fn user(ctx: &Ctx, id: i64) -> Result<Account, Problem> {
    let account = ctx.read().await?.account(id).await?.filter(|a| !a.is_service);
    account.ok_or_else(|| Problem::not_found("user not found"))
}

/// `GET /api/users/{id}`
pub async fn one(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:read")?;
    ok(shown(&user(&ctx, id).await?))
}

/// `GET /api/users/lookup?loginOrEmail=`
pub async fn lookup(ctx: Ctx) -> Answer {
    ctx.need_server_admin("users:read")?;
    let name = ctx.params.get("loginOrEmail").trim().to_lowercase();
    let found = ctx.read().await?.account_by_login(&name).await?.filter(|a| !a.is_service);
    ok(shown(&found.ok_or_else(|| Problem::not_found("user not found"))?))
}

/// `PUT /api/users/{id}`
pub async fn change(ctx: Ctx, Path(id): Path<i64>, Body(names): Body<Names>) -> Answer {
    ctx.need_server_admin("users:write")?;
    let account = user(&ctx, id).await?;
    user::change(&ctx, account, names).await
}

/// `GET /api/users/{id}/orgs`
pub async fn orgs(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:read")?;
    let account = user(&ctx, id).await?;
    ok(json!([{ "orgId": 1, "name": super::org::NAME, "role": account.role }]))
}

/// `GET /api/users/{id}/teams`
pub async fn teams(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:read")?;
    let teams = ctx.read().await?.teams_of(id).await?;
    let shown = teams
        .iter()
        .map(|t| json!({ "id": t.id, "uid": t.uid, "orgId": 1, "name": t.name, "email": t.email }));
    ok(shown.collect::<Vec<_>>().into())
}

/// A user to be made. `role` is ours; Grafana makes viewers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Created {
    name: String,
    email: String,
    login: String,
    password: String,
    role: String,
    #[serde(rename = "OrgId", alias = "orgId")]
    org: Option<i64>,
}

/// `POST /api/admin/users`
pub async fn create(ctx: Ctx, Body(new): Body<Created>) -> Answer {
    ctx.need_server_admin("users:create")?;
    if new.org.is_some_and(|org| org > 1) {
        return Err(Problem::bad_request("organization not found"));
    }
    let role = match new.role.as_str() {
        "" => Role::Viewer,
        word => role(word)?,
    };
    let user = NewUser { login: new.login, email: new.email, name: new.name, password: new.password, role };
    let account = match ctx.grafana.accounts.add_user(&user, ctx.now_ms()).await {
        Err(accounts::AccountError::Exists { .. }) => {
            let name = if user.login.is_empty() { &user.email } else { &user.login };
            let text = format!("User with email '{}' or username '{name}' already exists", user.email);
            return Err(Problem::new(http::StatusCode::PRECONDITION_FAILED, text));
        }
        made => made?,
    };
    ok(json!({ "id": account.id, "uid": account.uid, "message": "User created" }))
}

/// Reads a role.
///
/// # Errors
/// 400 for a word that is none.
pub fn role(word: &str) -> Result<Role, Problem> {
    Role::parse(word).ok_or_else(|| {
        Problem::bad_request(format!("invalid role {word:?}: want None, Viewer, Editor or Admin"))
    })
}

/// `DELETE /api/admin/users/{id}`
pub async fn remove(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:delete")?;
    gone(&ctx, id).await?;
    done("User deleted")
}

/// Removes a user, if somebody is left to run the server.
///
/// # Errors
/// There is no such user, or it is the last who runs the server.
pub async fn gone(ctx: &Ctx, id: i64) -> Result<(), Problem> {
    let account = user(ctx, id).await?;
    let mut tx = ctx.write().await?;
    if account.is_admin {
        keep_one_admin(&tx.accounts(false).await?, id)?;
    }
    tx.remove_account(id).await?;
    Ok(tx.commit().await?)
}

fn keep_one_admin(all: &[Account], but: i64) -> Result<(), Problem> {
    if all.iter().any(|a| a.is_admin && !a.is_disabled && a.id != but) {
        Ok(())
    } else {
        Err(Problem::bad_request("Cannot remove last server admin"))
    }
}

/// A new password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Password {
    password: String,
}

/// `PUT /api/admin/users/{id}/password`
pub async fn set_password(ctx: Ctx, Path(id): Path<i64>, Body(new): Body<Password>) -> Answer {
    ctx.need_server_admin("users.password:write")?;
    ctx.grafana.accounts.set_password(id, &new.password, None, ctx.now_ms()).await?;
    done("User password updated")
}

/// Whether somebody runs the server.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Permissions {
    is_grafana_admin: bool,
}

/// `PUT /api/admin/users/{id}/permissions`
pub async fn set_admin(ctx: Ctx, Path(id): Path<i64>, Body(new): Body<Permissions>) -> Answer {
    ctx.need_server_admin("users.permissions:write")?;
    let account = user(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if !new.is_grafana_admin {
        keep_one_admin(&tx.accounts(false).await?, id)?;
    }
    tx.set_account(&Account { is_admin: new.is_grafana_admin, updated_ms: ctx.now_ms(), ..account }).await?;
    tx.commit().await?;
    done("User permissions updated")
}

/// `POST /api/admin/users/{id}/disable`
pub async fn disable(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:disable")?;
    let account = user(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if account.is_admin {
        keep_one_admin(&tx.accounts(false).await?, id)?;
    }
    tx.set_account(&Account { is_disabled: true, updated_ms: ctx.now_ms(), ..account }).await?;
    tx.end_sessions(id, None).await?;
    tx.commit().await?;
    done("User disabled")
}

/// `POST /api/admin/users/{id}/enable`
pub async fn enable(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:enable")?;
    let account = user(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    tx.set_account(&Account { is_disabled: false, updated_ms: ctx.now_ms(), ..account }).await?;
    tx.commit().await?;
    done("User enabled")
}

/// `POST /api/admin/users/{id}/logout`
pub async fn logout(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users:logout")?;
    if id == ctx.who.id {
        return Err(Problem::bad_request("You cannot logout yourself"));
    }
    user(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    tx.end_sessions(id, None).await?;
    tx.commit().await?;
    done("User logged out")
}

/// `GET /api/admin/users/{id}/auth-tokens`
pub async fn sessions(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need_server_admin("users.authtoken:read")?;
    user(&ctx, id).await?;
    let sessions = ctx.read().await?.sessions(id).await?;
    ok(sessions.iter().map(|s| user::session(s, false)).collect::<Vec<_>>().into())
}
