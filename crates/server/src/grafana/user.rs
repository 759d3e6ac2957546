//! Oneself: who one is, what one prefers, which dashboards one likes, where one is logged in.

use catalog::accounts::Account;
use catalog::sessions::Session;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, ok};

/// A user as the API shows one.
pub fn shown(account: &Account) -> Value {
    json!({
        "id": account.id,
        "uid": account.uid,
        "email": account.email,
        "name": account.name,
        "login": account.login,
        "theme": preference(account, "theme"),
        "orgId": 1,
        "isGrafanaAdmin": account.is_admin,
        "isDisabled": account.is_disabled,
        "isExternal": !account.origin.is_empty(),
        "isExternallySynced": !account.origin.is_empty(),
        "authLabels": labels(account),
        "updatedAt": time(account.updated_ms),
        "createdAt": time(account.created_ms),
        "avatarUrl": "",
    })
}

/// Who says who somebody is, for people.
pub fn labels(account: &Account) -> Vec<&str> {
    if account.origin.is_empty() { Vec::new() } else { vec![account.origin.as_str()] }
}

fn preference(account: &Account, name: &str) -> String {
    let preferences: Map<String, Value> = serde_json::from_str(&account.preferences).unwrap_or_default();
    preferences.get(name).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// `GET /api/user`. What is ours: `orgRole` and `teams` with the series that each sees.
pub async fn me(ctx: Ctx) -> Answer {
    if !ctx.who.is_somebody() {
        return ok(json!({
            "id": 0, "uid": "", "login": "", "name": ctx.who.name, "email": "", "orgId": 1, "isGrafanaAdmin": false,
            "isAnonymous": true, "orgRole": ctx.who.role.as_str(),
        }));
    }
    let account = own_account(&ctx).await?;
    let mut shown = shown(&account);
    if let Value::Object(fields) = &mut shown {
        fields.insert("orgRole".to_owned(), ctx.who.role.as_str().into());
        fields.insert("isServiceAccount".to_owned(), ctx.who.is_service.into());
    }
    ok(shown)
}

async fn own_account(ctx: &Ctx) -> Result<Account, Problem> {
    ctx.need_somebody()?;
    let account = ctx.read().await?.account(ctx.who.id).await?;
    account.ok_or_else(|| Problem::not_found("user not found"))
}

/// What of a user can be changed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Names {
    /// A new address.
    pub email: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// A new login.
    pub login: Option<String>,
}

/// `PUT /api/user`
pub async fn change_me(ctx: Ctx, Body(names): Body<Names>) -> Answer {
    let account = own_account(&ctx).await?;
    change(&ctx, account, names).await
}

/// Changes somebody's login, address and name.
///
/// # Errors
/// They are taken, or another party says who it is.
pub async fn change(ctx: &Ctx, account: Account, names: Names) -> Answer {
    if !account.origin.is_empty() {
        return Err(Problem::new(
            http::StatusCode::FORBIDDEN,
            "User info cannot be updated for external Users",
        ));
    }
    let login = names.login.as_deref().unwrap_or(&account.login);
    let email = names.email.as_deref().unwrap_or(&account.email);
    let name = names.name.as_deref().unwrap_or(&account.name);
    ctx.grafana.accounts.set_names(account.id, login, email, name, ctx.now_ms()).await?;
    done("User updated")
}

/// A change of one's own password.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Passwords {
    old_password: String,
    new_password: String,
    #[serde(rename = "confirmNew")]
    confirm: Option<String>,
}

/// `PUT /api/user/password`
pub async fn change_password(ctx: Ctx, Body(words): Body<Passwords>) -> Answer {
    ctx.need_somebody()?;
    if words.confirm.as_ref().is_some_and(|confirm| *confirm != words.new_password) {
        return Err(Problem::bad_request("the new password and its confirmation differ"));
    }
    let accounts = &ctx.grafana.accounts;
    let changed = accounts
        .change_own_password(&ctx.who, &words.old_password, &words.new_password, &ctx.client, ctx.now_ms())
        .await;
    match changed {
        Ok(()) => done("User password changed"),
        // 401 would look to a browser as if its session were over.
        Err(accounts::AccountError::WrongCredentials) => Err(Problem::bad_request("invalid old password")),
        Err(error) => Err(error.into()),
    }
}

/// `GET /api/user/preferences`
pub async fn preferences(ctx: Ctx) -> Answer {
    let account = own_account(&ctx).await?;
    ok(full(&account.preferences))
}

/// Preferences with everything that Grafana's have.
pub fn full(text: &str) -> Value {
    let mut all: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    for name in ["theme", "homeDashboardUID", "timezone", "weekStart", "language"] {
        all.entry(name.to_owned()).or_insert_with(|| "".into());
    }
    all.entry("homeDashboardId".to_owned()).or_insert_with(|| 0.into());
    Value::Object(all)
}

/// Preferences that are kept of a user, a team, or the organisation; what else a client sends is ours to ignore.
const PREFERENCES: [&str; 8] = [
    "theme",
    "homeDashboardUID",
    "homeDashboardId",
    "timezone",
    "weekStart",
    "language",
    "queryHistory",
    "navbar",
];
/// Most bytes of them.
const PREFERENCES_BYTES_MAX: usize = 16 << 10;

/// Makes new preferences of what a client sent, over old ones or in their place.
///
/// # Errors
/// They are larger than anybody's.
pub fn merged(old: Option<&str>, sent: Map<String, Value>) -> Result<String, Problem> {
    let mut all: Map<String, Value> =
        old.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    all.extend(sent.into_iter().filter(|(name, _)| PREFERENCES.contains(&name.as_str())));
    let text = Value::Object(all).to_string();
    if text.len() > PREFERENCES_BYTES_MAX {
        return Err(Problem::bad_request(format!(
            "preferences are larger than {PREFERENCES_BYTES_MAX} bytes"
        )));
    }
    Ok(text)
}

/// `PUT /api/user/preferences`
pub async fn set_preferences(ctx: Ctx, Body(sent): Body<Map<String, Value>>) -> Answer {
    keep_preferences(&ctx, sent, false).await
}

/// `PATCH /api/user/preferences`
pub async fn patch_preferences(ctx: Ctx, Body(sent): Body<Map<String, Value>>) -> Answer {
    keep_preferences(&ctx, sent, true).await
}

async fn keep_preferences(ctx: &Ctx, sent: Map<String, Value>, over: bool) -> Answer {
    ctx.need_somebody()?;
    let mut tx = ctx.write().await?;
    let account = tx.account(ctx.who.id).await?.ok_or_else(|| Problem::not_found("user not found"))?;
    let preferences = merged(over.then_some(account.preferences.as_str()), sent)?;
    tx.set_account(&Account { preferences, updated_ms: ctx.now_ms(), ..account }).await?;
    tx.commit().await?;
    done("Preferences updated")
}

/// `GET /api/user/orgs`
pub async fn orgs(ctx: Ctx) -> Answer {
    ok(json!([{ "orgId": 1, "name": super::org::NAME, "role": ctx.who.role.as_str() }]))
}

/// `GET /api/user/teams`
pub async fn teams(ctx: Ctx) -> Answer {
    let teams = ctx.read().await?.teams_of(ctx.who.id).await?;
    let shown = teams
        .iter()
        .map(|t| json!({ "id": t.id, "uid": t.uid, "orgId": 1, "name": t.name, "email": t.email }));
    ok(shown.collect::<Vec<_>>().into())
}

/// `POST /api/user/using/{org}`: there is one organisation.
pub async fn using(_ctx: Ctx, Path(org): Path<i64>) -> Answer {
    match org {
        1 => done("Active organization changed"),
        _other => Err(Problem::new(http::StatusCode::UNAUTHORIZED, "Not a valid organization")),
    }
}

/// `GET /api/user/auth-tokens`
pub async fn sessions(ctx: Ctx) -> Answer {
    let sessions = ctx.read().await?.sessions(ctx.who.id).await?;
    let is_this = |s: &Session| ctx.who.via == accounts::Via::Session(s.id);
    ok(sessions.iter().map(|s| session(s, is_this(s))).collect::<Vec<_>>().into())
}

/// A session as the API shows one.
pub fn session(session: &Session, is_active: bool) -> Value {
    json!({
        "id": session.id,
        "isActive": is_active,
        "clientIp": session.client,
        "device": session.user_agent,
        "createdAt": time(session.created_ms),
        "seenAt": time(session.seen_ms),
    })
}

/// A session to be ended.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Revoked {
    auth_token_id: i64,
}

/// `POST /api/user/revoke-auth-token`
pub async fn revoke(ctx: Ctx, Body(revoked): Body<Revoked>) -> Answer {
    if ctx.who.via == accounts::Via::Session(revoked.auth_token_id) {
        return Err(Problem::bad_request("Cannot revoke active user auth token"));
    }
    let mut tx = ctx.write().await?;
    let own = tx.sessions(ctx.who.id).await?;
    if !own.iter().any(|s| s.id == revoked.auth_token_id) {
        return Err(Problem::not_found("User auth token not found"));
    }
    tx.end_session(revoked.auth_token_id).await?;
    tx.commit().await?;
    done("User auth token revoked")
}

/// `GET /api/user/stars`
pub async fn stars(ctx: Ctx) -> Answer {
    ok(ctx.read().await?.stars(ctx.who.id).await?.into())
}

/// `POST /api/user/stars/dashboard/uid/{uid}`
pub async fn star(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ctx.need_somebody()?;
    super::dashboards::visible(&ctx, &uid).await?;
    let mut tx = ctx.write().await?;
    tx.add_star(ctx.who.id, &uid).await?;
    tx.commit().await?;
    done("Dashboard starred!")
}

/// `DELETE /api/user/stars/dashboard/uid/{uid}`
pub async fn unstar(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ctx.need_somebody()?;
    let mut tx = ctx.write().await?;
    tx.remove_star(ctx.who.id, &uid).await?;
    tx.commit().await?;
    done("Dashboard unstarred")
}

/// `POST /api/user/stars/dashboard/{id}`
pub async fn star_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let uid = super::dashboards::uid_of(&ctx, id).await?;
    star(ctx, Path(uid)).await
}

/// `DELETE /api/user/stars/dashboard/{id}`
pub async fn unstar_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    let uid = super::dashboards::uid_of(&ctx, id).await?;
    unstar(ctx, Path(uid)).await
}
