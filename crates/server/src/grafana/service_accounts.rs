//! Service accounts and their tokens.

use accounts::Role;
use axum::response::Response;
use catalog::accounts::Account;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, json as document, ok};
use super::users::role;

/// Accounts of one answer.
const PAGE_MAX: usize = 1_000;

fn shown(account: &Account, tokens: i64) -> Value {
    json!({
        "id": account.id, "uid": account.uid, "name": account.name, "login": account.login, "orgId": 1,
        "isDisabled": account.is_disabled, "isExternal": false, "createdAt": time(account.created_ms),
        "updatedAt": time(account.updated_ms), "avatarUrl": "", "role": account.role, "teams": [], "tokens": tokens,
    })
}

/// `GET /api/serviceaccounts/search`
pub async fn search(ctx: Ctx) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:read")?;
    let query = ctx.params.get("query").to_lowercase();
    let per_page = (ctx.params.number("perpage", 1000).max(1) as usize).min(PAGE_MAX);
    let page = ctx.params.number("page", 1).max(1) as usize;
    let mut tx = ctx.read().await?;
    let mut found = tx.accounts(true).await?;
    let counts = tx.token_counts().await?;
    found.retain(|a| {
        query.is_empty() || a.name.to_lowercase().contains(&query) || a.login.to_lowercase().contains(&query)
    });
    let count = |id: i64| counts.iter().find(|(account, _)| *account == id).map_or(0, |(_, n)| *n);
    let listed = found.iter().skip((page - 1).saturating_mul(per_page)).take(per_page);
    let listed: Vec<Value> = listed.map(|a| shown(a, count(a.id))).collect();
    ok(json!({ "totalCount": found.len(), "serviceAccounts": listed, "page": page, "perPage": per_page }))
}

/// A service account as it is sent.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sent {
    name: Option<String>,
    role: Option<String>,
    is_disabled: Option<bool>,
}

/// `POST /api/serviceaccounts`
pub async fn create(ctx: Ctx, Body(sent): Body<Sent>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:create")?;
    let role = match sent.role.as_deref() {
        None | Some("") => Role::Viewer,
        Some(word) => role(word)?,
    };
    let accounts = &ctx.grafana.accounts;
    let name = sent.name.unwrap_or_default();
    let made =
        accounts.add_service_account(&name, role, sent.is_disabled.unwrap_or(false), ctx.now_ms()).await;
    let account = match made {
        Err(accounts::AccountError::Exists { .. }) => {
            return Err(Problem::bad_request("service account already exists")
                .with("messageId", "serviceaccounts.ErrAlreadyExists"));
        }
        made => made?,
    };
    Ok(document(StatusCode::CREATED, &shown(&account, 0)))
}

async fn find(ctx: &Ctx, id: i64) -> Result<Account, Problem> {
    let account = ctx.read().await?.account(id).await?.filter(|a| a.is_service);
    account.ok_or_else(|| {
        Problem::not_found("service account not found").with("messageId", "serviceaccounts.ErrNotFound")
    })
}

/// `GET /api/serviceaccounts/{id}`
pub async fn get(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:read")?;
    let account = find(&ctx, id).await?;
    let tokens = ctx.read().await?.tokens(id).await?.len();
    ok(shown(&account, tokens as i64))
}

/// `PATCH /api/serviceaccounts/{id}`
pub async fn change(ctx: Ctx, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:write")?;
    let old = find(&ctx, id).await?;
    let role = match sent.role.as_deref() {
        None | Some("") => old.role.clone(),
        Some(word) => role(word)?.as_str().to_owned(),
    };
    let name = sent.name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| old.name.clone());
    let is_disabled = sent.is_disabled.unwrap_or(old.is_disabled);
    let account = Account { name, role, is_disabled, updated_ms: ctx.now_ms(), ..old };
    let mut tx = ctx.write().await?;
    tx.set_account(&account).await?;
    let tokens = tx.tokens(id).await?.len();
    tx.commit().await?;
    let shown = shown(&account, tokens as i64);
    ok(
        json!({ "id": id, "message": "Service account updated", "name": account.name, "serviceaccount": shown }),
    )
}

/// `DELETE /api/serviceaccounts/{id}`
pub async fn remove(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:delete")?;
    find(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    tx.remove_account(id).await?;
    tx.commit().await?;
    done("Service account deleted")
}

/// `GET /api/serviceaccounts/{id}/tokens`
pub async fn tokens(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:read")?;
    find(&ctx, id).await?;
    let now_ms = ctx.now_ms();
    let tokens = ctx.read().await?.tokens(id).await?;
    let listed = tokens.iter().map(|t| {
        let left_ms = t.expires_ms.map(|expires| expires - now_ms);
        json!({
            "id": t.id, "name": t.name, "created": time(t.created_ms), "lastUsedAt": t.used_ms.map(time),
            "expiration": t.expires_ms.map(time), "secondsUntilExpiration": left_ms.map_or(0, |ms| ms.max(0) / 1000),
            "hasExpired": left_ms.is_some_and(|ms| ms <= 0), "isRevoked": false,
        })
    });
    ok(listed.collect::<Vec<_>>().into())
}

/// A token to be made.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NewToken {
    name: String,
    seconds_to_live: i64,
}

/// `POST /api/serviceaccounts/{id}/tokens`
pub async fn add_token(
    ctx: Ctx,
    Path(id): Path<i64>,
    Body(new): Body<NewToken>,
) -> Result<Response, Problem> {
    ctx.need(Role::Admin, "serviceaccounts:write")?;
    find(&ctx, id).await?;
    let accounts = &ctx.grafana.accounts;
    let (token, key) = match accounts.add_token(id, &new.name, new.seconds_to_live, ctx.now_ms()).await {
        Err(accounts::AccountError::Exists { .. }) => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "service account token with given name already exists",
            ));
        }
        made => made?,
    };
    ok(json!({ "id": token.id, "name": token.name, "key": key }))
}

/// `DELETE /api/serviceaccounts/{id}/tokens/{token}`
pub async fn remove_token(ctx: Ctx, Path((id, token)): Path<(i64, i64)>) -> Answer {
    ctx.need(Role::Admin, "serviceaccounts:write")?;
    find(&ctx, id).await?;
    let mut tx = ctx.write().await?;
    if !tx.remove_token(id, token).await? {
        return Err(Problem::not_found("service account token not found"));
    }
    tx.commit().await?;
    done("Service account token deleted")
}
