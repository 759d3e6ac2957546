//! Data sources: listed, made, changed, removed.

use accounts::Role;
use catalog::Tx;
use catalog::data_sources::DataSource;
use dashboards::data_source::{self, Written};
use http::StatusCode;
use serde_json::{Value, json};

use super::body::{Body, Path};
use super::ctx::Ctx;
use super::problem::{Answer, Problem, done, ok};
use super::settings::sources;

/// How a request names a data source.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// By its identifier.
    Uid(&'a str),
    /// By its number.
    Id(i64),
    /// By its name.
    Name(&'a str),
}

pub(super) fn missing() -> Problem {
    Problem::not_found("Data source not found")
}

/// Finds a data source: this server itself, or one of the catalog.
///
/// # Errors
/// 404.
pub async fn find(ctx: &Ctx, tx: &mut Tx, by: By<'_>) -> Result<DataSource, Problem> {
    let all = sources(ctx, tx).await?;
    let found = all.into_iter().find(|source| match by {
        By::Uid("default" | "-- default --" | "") | By::Name("default") => source.is_default,
        By::Uid(uid) => source.uid == uid,
        By::Id(id) => source.id == id,
        By::Name(name) => source.name == name,
    });
    found.ok_or_else(missing)
}

/// `GET /api/datasources`. Who is no administrator sees which there are, not where they are.
pub async fn list(ctx: Ctx) -> Answer {
    let all = sources(&ctx, &mut ctx.read().await?).await?;
    let shown = all.iter().map(|source| {
        let mut shown = data_source::listed(source);
        if ctx.who.role < Role::Admin {
            for hidden in ["url", "user", "database"] {
                shown[hidden] = "".into();
            }
        }
        shown
    });
    ok(shown.collect::<Vec<_>>().into())
}

async fn one(ctx: &Ctx, by: By<'_>) -> Answer {
    ctx.need(Role::Admin, "datasources:read")?;
    let source = find(ctx, &mut ctx.read().await?, by).await?;
    ok(shown(ctx, &source)?)
}

fn shown(ctx: &Ctx, source: &DataSource) -> Result<Value, Problem> {
    Ok(data_source::shown(source, &ctx.grafana.vault.open(&source.uid, &source.secrets)?))
}

/// `GET /api/datasources/uid/{uid}`
pub async fn get(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    one(&ctx, By::Uid(&uid)).await
}

/// `GET /api/datasources/{id}`
pub async fn get_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    one(&ctx, By::Id(id)).await
}

/// `GET /api/datasources/name/{name}`
pub async fn get_by_name(ctx: Ctx, Path(name): Path<String>) -> Answer {
    one(&ctx, By::Name(&name)).await
}

/// `GET /api/datasources/id/{name}`: the number of a name.
pub async fn id_of(ctx: Ctx, Path(name): Path<String>) -> Answer {
    let source = find(&ctx, &mut ctx.read().await?, By::Name(&name)).await?;
    ok(json!({ "id": source.id }))
}

/// `POST /api/datasources`
pub async fn create(ctx: Ctx, Body(written): Body<Written>) -> Answer {
    ctx.need(Role::Admin, "datasources:create")?;
    let mut source = written.record(None, &ctx.grafana.vault, ctx.now_ms())?;
    source.read_only = false;
    let mut tx = ctx.write().await?;
    refuse_taken(&ctx, &mut tx, &source).await?;
    source.id = tx.add_data_source(&source).await?;
    tx.commit().await?;
    let shown = shown(&ctx, &source)?;
    ok(json!({ "id": source.id, "name": source.name, "message": "Datasource added", "datasource": shown }))
}

/// Refuses a name or identifier that another one has.
async fn refuse_taken(ctx: &Ctx, tx: &mut Tx, source: &DataSource) -> Result<(), Problem> {
    for other in sources(ctx, tx).await?.iter().filter(|other| other.id != source.id) {
        if other.name == source.name {
            return Err(Problem::new(StatusCode::CONFLICT, "data source with the same name already exists"));
        }
        if other.uid == source.uid {
            return Err(Problem::new(StatusCode::CONFLICT, "data source with the same uid already exists"));
        }
    }
    Ok(())
}

async fn change(ctx: &Ctx, by: By<'_>, written: Written) -> Answer {
    ctx.need(Role::Admin, "datasources:write")?;
    let mut tx = ctx.write().await?;
    let old = find(ctx, &mut tx, by).await?;
    refuse_read_only(&old)?;
    let seen = if written.version > 0 { written.version } else { old.version };
    let mut source = written.record(Some(&old), &ctx.grafana.vault, ctx.now_ms())?;
    source.read_only = false;
    refuse_taken(ctx, &mut tx, &source).await?;
    tx.set_data_source(&source, seen).await?;
    tx.commit().await?;
    ctx.grafana.clients.forget(&old.uid);
    let shown = shown(ctx, &source)?;
    ok(json!({ "id": source.id, "name": source.name, "message": "Datasource updated", "datasource": shown }))
}

fn refuse_read_only(source: &DataSource) -> Result<(), Problem> {
    if source.read_only {
        let text = "Cannot update read-only data source: it is provisioned by a file or built in";
        return Err(Problem::new(StatusCode::FORBIDDEN, text));
    }
    Ok(())
}

/// `PUT /api/datasources/uid/{uid}`
pub async fn put(ctx: Ctx, Path(uid): Path<String>, Body(written): Body<Written>) -> Answer {
    change(&ctx, By::Uid(&uid), written).await
}

/// `PUT /api/datasources/{id}`
pub async fn put_by_id(ctx: Ctx, Path(id): Path<i64>, Body(written): Body<Written>) -> Answer {
    change(&ctx, By::Id(id), written).await
}

async fn remove(ctx: &Ctx, by: By<'_>) -> Result<DataSource, Problem> {
    ctx.need(Role::Admin, "datasources:delete")?;
    let mut tx = ctx.write().await?;
    let source = find(ctx, &mut tx, by).await?;
    refuse_read_only(&source)?;
    tx.remove_data_source(source.id).await?;
    tx.commit().await?;
    ctx.grafana.clients.forget(&source.uid);
    Ok(source)
}

/// `DELETE /api/datasources/uid/{uid}`
pub async fn remove_by_uid(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    let source = remove(&ctx, By::Uid(&uid)).await?;
    ok(json!({ "message": "Data source deleted", "id": source.id }))
}

/// `DELETE /api/datasources/{id}`
pub async fn remove_by_id(ctx: Ctx, Path(id): Path<i64>) -> Answer {
    remove(&ctx, By::Id(id)).await?;
    done("Data source deleted")
}

/// `DELETE /api/datasources/name/{name}`
pub async fn remove_by_name(ctx: Ctx, Path(name): Path<String>) -> Answer {
    let source = remove(&ctx, By::Name(&name)).await?;
    ok(json!({ "message": "Data source deleted", "id": source.id }))
}
