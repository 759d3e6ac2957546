//! Playlists: dashboards shown one after another.

use accounts::Role;
use catalog::playlists::Playlist;
use dashboards::uid;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::Ctx;
use super::problem::{Answer, Problem, ok};

/// Most entries of a playlist.
const ITEMS_MAX: usize = 500;

fn items(playlist: &Playlist) -> Value {
    serde_json::from_str(&playlist.items).unwrap_or_else(|_| json!([]))
}

fn shown(playlist: &Playlist) -> Value {
    json!({
        "id": playlist.id, "uid": playlist.uid, "name": playlist.name, "interval": playlist.pause, "items": items(playlist),
    })
}

async fn find(ctx: &Ctx, uid: &str) -> Result<Playlist, Problem> {
    let all = ctx.read().await?.playlists().await?;
    all.into_iter().find(|p| p.uid == uid).ok_or_else(|| Problem::not_found("Playlist not found"))
}

/// `GET /api/playlists`
pub async fn list(ctx: Ctx) -> Answer {
    let query = ctx.params.get("query").to_lowercase();
    let all = ctx.read().await?.playlists().await?;
    let found = all.iter().filter(|p| query.is_empty() || p.name.to_lowercase().contains(&query));
    ok(found
        .map(|p| json!({ "id": p.id, "uid": p.uid, "name": p.name, "interval": p.pause }))
        .collect::<Vec<_>>()
        .into())
}

/// `GET /api/playlists/{uid}`
pub async fn get(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ok(shown(&find(&ctx, &uid).await?))
}

/// `GET /api/playlists/{uid}/items`
pub async fn items_of(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ok(items(&find(&ctx, &uid).await?))
}

/// A playlist as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    name: String,
    interval: String,
    items: Vec<Value>,
}

/// `POST /api/playlists`
pub async fn create(ctx: Ctx, Body(sent): Body<Sent>) -> Answer {
    let uid = uid::generate()?;
    keep(&ctx, uid, sent).await
}

/// `PUT /api/playlists/{uid}`
pub async fn change(ctx: Ctx, Path(uid): Path<String>, Body(sent): Body<Sent>) -> Answer {
    find(&ctx, &uid).await?;
    keep(&ctx, uid, sent).await
}

async fn keep(ctx: &Ctx, uid: String, sent: Sent) -> Answer {
    ctx.need(Role::Editor, "playlists:write")?;
    if sent.name.trim().is_empty() {
        return Err(Problem::bad_request("playlist name is required"));
    }
    if sent.items.len() > ITEMS_MAX {
        return Err(Problem::bad_request(format!("a playlist has at most {ITEMS_MAX} items")));
    }
    let now_ms = ctx.now_ms();
    let mut playlist = Playlist {
        id: 0,
        uid,
        name: sent.name.trim().to_owned(),
        pause: if sent.interval.is_empty() { "5m".to_owned() } else { sent.interval },
        items: Value::from(sent.items).to_string(),
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    let mut tx = ctx.write().await?;
    playlist.id = tx.put_playlist(&playlist).await?;
    tx.commit().await?;
    ok(shown(&playlist))
}

/// `DELETE /api/playlists/{uid}`
pub async fn remove(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ctx.need(Role::Editor, "playlists:write")?;
    find(&ctx, &uid).await?;
    let mut tx = ctx.write().await?;
    tx.remove_playlist(&uid).await?;
    tx.commit().await?;
    ok(json!({}))
}
