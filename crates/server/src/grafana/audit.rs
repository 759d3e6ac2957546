//! The audit log: who changed what through this API, and who tried.

use std::sync::Arc;

use accounts::Role;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use catalog::audit::{Entry, Wanted};
use http::StatusCode;
use serde_json::{Value, json};

use super::ctx::{Ctx, client_of, time};
use super::identify::Asker;
use super::origin::changes;
use super::problem::{Answer, ok};
use super::state::Grafana;

/// How long entries are kept.
const KEPT_MS: i64 = 180 * 24 * 3_600_000;
/// Paths that are asked by POST and change nothing.
const QUESTIONS: [&str; 3] = ["/api/ds/query", "/api/datasources/proxy/", "/resources/"];
/// Who asks, where nobody is logged in.
const NOBODY: &str = "-";
/// Longest path that is kept, in characters.
const TARGET_CHARS_MAX: usize = 300;
/// Entries of one answer.
const PAGE_MAX: i64 = 1_000;

/// Who acted, as an extension of the answer: a login knows it better than what came with the request.
#[derive(Clone, Debug)]
pub struct Actor(String);

/// Longest name that is kept, in characters.
const ACTOR_CHARS_MAX: usize = 190;

impl Actor {
    /// Whoever gave this name; nobody if it is empty.
    pub fn tried(name: &str) -> Actor {
        let name: String = name.trim().chars().take(ACTOR_CHARS_MAX).collect();
        Actor(if name.is_empty() { NOBODY.to_owned() } else { name.to_lowercase() })
    }
}

/// Notes a change once it is answered.
pub async fn note(State(grafana): State<Arc<Grafana>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !changes(request.method()) || QUESTIONS.iter().any(|question| path.contains(question)) {
        return next.run(request).await;
    }
    let actor = match request.extensions().get::<Asker>() {
        Some(Asker(Ok(identity))) if identity.is_somebody() => identity.login.clone(),
        Some(_) | None => NOBODY.to_owned(),
    };
    let mut entry = Entry {
        id: 0,
        time_ms: (grafana.now_ms)(),
        actor,
        client: client_of(request.extensions()),
        action: request.method().to_string(),
        target: path.chars().take(TARGET_CHARS_MAX).collect(),
        outcome: String::new(),
    };
    let response = next.run(request).await;
    // Who is not let in at all must not fill the log: of strangers only logins are noted, which are bounded.
    let is_refusal = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let is_login = entry.target.ends_with("/login");
    let is_stranger = entry.actor == NOBODY
        && (response.status() == StatusCode::TOO_MANY_REQUESTS || (is_refusal && !is_login));
    if is_stranger {
        return response;
    }
    if let Some(Actor(name)) = response.extensions().get::<Actor>() {
        entry.actor.clone_from(name);
    }
    entry.outcome = response.status().as_u16().to_string();
    if let Err(error) = keep(&grafana, &entry).await {
        tracing::error!(%error, actor = entry.actor, target = entry.target, "cannot write the audit log");
    }
    response
}

async fn keep(grafana: &Grafana, entry: &Entry) -> Result<(), catalog::CatalogError> {
    let mut tx = grafana.accounts.catalog().write().await?;
    tx.sweep_audit(entry.time_ms - KEPT_MS).await?;
    tx.add_audit(entry).await?;
    tx.commit().await
}

/// `GET /api/bongsu/audit?before=&limit=&actor=&action=&target=&status=&from=&to=`: the newest entries, for administrators. Times
/// are milliseconds.
pub async fn list(ctx: Ctx) -> Answer {
    ctx.need(Role::Admin, "audit:read")?;
    let text = |name: &str| ctx.params.get(name).chars().take(TARGET_CHARS_MAX).collect::<String>();
    let wanted = Wanted {
        before: ctx.params.number("before", 0),
        limit: ctx.params.number("limit", 100).clamp(1, PAGE_MAX),
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        outcome: text("status"),
        from_ms: ctx.params.number("from", 0),
        to_ms: ctx.params.number("to", 0),
    };
    let entries = ctx.read().await?.audit(&wanted).await?;
    let shown: Vec<Value> = entries
        .into_iter()
        .map(|e| {
            json!({
                "id": e.id, "time": time(e.time_ms), "actor": e.actor, "client": e.client,
                "action": e.action, "target": e.target, "status": e.outcome,
            })
        })
        .collect();
    ok(Value::from(shown))
}
