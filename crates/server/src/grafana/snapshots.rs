//! Snapshots: dashboards with the data they showed.

use accounts::{Role, secret};
use catalog::snapshots::Snapshot;
use dashboards::document::{self, Document};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, ok};

/// Most snapshots; older ones must go before there are more.
const SNAPSHOTS_MAX: usize = 10_000;
/// Length of the keys: 190 bits.
const KEY_LENGTH: usize = 32;

/// A snapshot as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    dashboard: Option<Document>,
    name: String,
    expires: i64,
    external: bool,
}

/// `POST /api/snapshots`
pub async fn create(ctx: Ctx, Body(sent): Body<Sent>) -> Answer {
    ctx.need(Role::Viewer, "snapshots:create")?;
    ctx.need_somebody()?;
    if sent.external {
        return Err(Problem::bad_request("snapshots are kept here only: external must be false"));
    }
    let dashboard = sent.dashboard.ok_or_else(|| Problem::bad_request("dashboard is required"))?;
    let (key, delete_key) = (secret::random_text(KEY_LENGTH)?, secret::random_text(KEY_LENGTH)?);
    let now_ms = ctx.now_ms();
    let title = document::text(&dashboard, "title").to_owned();
    let snapshot = Snapshot {
        id: 0,
        name: if sent.name.is_empty() { title } else { sent.name },
        share_key: key.clone(),
        delete_hash: secret::hash(&delete_key),
        account_id: ctx.who.id,
        created_ms: now_ms,
        expires_ms: (sent.expires > 0).then(|| now_ms.saturating_add(sent.expires.saturating_mul(1000))),
        document: Value::Object(dashboard).to_string(),
    };
    let mut tx = ctx.write().await?;
    if tx.snapshots().await?.len() >= SNAPSHOTS_MAX {
        return Err(Problem::bad_request(format!("there are {SNAPSHOTS_MAX} snapshots: remove some first")));
    }
    let id = tx.add_snapshot(&snapshot).await?;
    tx.commit().await?;
    let base = ctx.grafana.options.external_url.as_str().trim_end_matches('/').to_owned();
    ok(json!({
        "id": id, "key": key, "url": format!("{base}/dashboard/snapshot/{key}"), "deleteKey": delete_key,
        "deleteUrl": format!("{base}/api/snapshots-delete/{delete_key}"),
    }))
}

fn missing() -> Problem {
    Problem::not_found("Dashboard snapshot not found")
}

/// `GET /api/snapshots/{key}`
pub async fn get(ctx: Ctx, Path(key): Path<String>) -> Answer {
    let snapshot = ctx.read().await?.snapshot(&key).await?.ok_or_else(missing)?;
    if snapshot.expires_ms.is_some_and(|expires| expires <= ctx.now_ms()) {
        return Err(missing());
    }
    let document: Value = serde_json::from_str(&snapshot.document).map_err(|e| Problem::internal(&e))?;
    let expires = snapshot.expires_ms.map_or_else(|| "2050-01-01T00:00:00Z".to_owned(), time);
    ok(json!({
        "dashboard": document,
        "meta": {
            "isSnapshot": true, "type": "snapshot", "canSave": false, "canEdit": false, "canAdmin": false,
            "canStar": false, "slug": "", "url": "", "expires": expires, "created": time(snapshot.created_ms),
        },
    }))
}

/// `GET /api/dashboard/snapshots`: one's own; administrators see all.
pub async fn list(ctx: Ctx) -> Answer {
    let query = ctx.params.get("query").to_lowercase();
    let mut all = ctx.read().await?.snapshots().await?;
    all.retain(|s| ctx.who.role == Role::Admin || (ctx.who.is_somebody() && s.account_id == ctx.who.id));
    all.retain(|s| query.is_empty() || s.name.to_lowercase().contains(&query));
    let listed = all.iter().map(|s| {
        json!({
            "id": s.id, "name": s.name, "key": s.share_key, "orgId": 1, "userId": s.account_id, "external": false,
            "externalUrl": "", "expires": s.expires_ms.map(time), "created": time(s.created_ms), "updated": time(s.created_ms),
        })
    });
    ok(listed.collect::<Vec<_>>().into())
}

/// `DELETE /api/snapshots/{key}`: its author and editors may.
pub async fn remove(ctx: Ctx, Path(key): Path<String>) -> Answer {
    let mut tx = ctx.write().await?;
    let snapshot = tx.snapshot(&key).await?.ok_or_else(missing)?;
    let own = ctx.who.is_somebody() && snapshot.account_id == ctx.who.id;
    if !own {
        ctx.need(Role::Editor, "snapshots:delete")?;
    }
    tx.remove_snapshot(&key, "").await?;
    tx.commit().await?;
    done("Snapshot deleted")
}

/// `GET /api/snapshots-delete/{key}`: who has the key that came with the snapshot may, once they are logged in.
pub async fn remove_by_key(ctx: Ctx, Path(key): Path<String>) -> Answer {
    let mut tx = ctx.write().await?;
    if !tx.remove_snapshot("", &secret::hash(&key)).await? {
        return Err(missing());
    }
    tx.commit().await?;
    done("Snapshot deleted")
}
