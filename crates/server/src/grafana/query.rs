//! `POST /api/ds/query`: queries of panels, answered with frames; and whether a data source works.

use accounts::Role;
use axum::Extension;
use catalog::data_sources::DataSource;
use dashboards::time_range;
use futures_util::future::join_all;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sources::{Frame, Kind, Query, SourceError, expressions};

use super::body::{Body, Path};
use super::ctx::Ctx;
use super::datasources::{By, find};
use super::identify::Asker;
use super::problem::{Answer, Problem, json as document, ok};
use super::reach::Way;

/// Most queries of one request.
const QUERIES_MAX: usize = 100;

/// Queries with their time range.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Request {
    from: Option<Value>,
    to: Option<Value>,
    queries: Vec<Map<String, Value>>,
}

/// A query, and where it goes.
struct Asked {
    query: Query,
    is_hidden: bool,
    to: Result<To, Problem>,
}

enum To {
    Source(Box<DataSource>, &'static dyn Kind),
    Expressions,
}

/// `POST /api/ds/query`
pub async fn query(ctx: Ctx, asker: Option<Extension<Asker>>, Body(request): Body<Request>) -> Answer {
    ctx.need(Role::Viewer, "datasources:query")?;
    if request.queries.is_empty() {
        return Err(Problem::bad_request("no queries found"));
    }
    if request.queries.len() > QUERIES_MAX {
        return Err(Problem::bad_request(format!("more than {QUERIES_MAX} queries in one request")));
    }
    let now = Timestamp::from_millisecond(ctx.now_ms()).unwrap_or_default().to_zoned(TimeZone::UTC);
    let text = |value: &Option<Value>, default: &str| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => default.to_owned(),
    };
    let from =
        time_range::parse(&text(&request.from, "now-1h"), &now, false).map_err(Problem::bad_request)?;
    let to = time_range::parse(&text(&request.to, "now"), &now, true).map_err(Problem::bad_request)?;
    let asker = asker.map(|Extension(asker)| asker);
    let asked = asked(&ctx, request.queries, (from, to)).await?;
    let with_expressions = asked.iter().any(|one| matches!(one.to, Ok(To::Expressions)));
    // What is hidden is asked only if an expression may use it.
    let wanted = asked.iter().filter(|one| with_expressions || !one.is_hidden);
    let answers = join_all(wanted.map(|one| answer(&ctx, one, asker.clone()))).await;
    let mut known = expressions::Known::default();
    for (ref_id, frames) in answers.into_iter().flatten() {
        known.insert(ref_id, frames);
    }
    let computed = asked.iter().filter(|one| matches!(one.to, Ok(To::Expressions))).map(|one| &one.query);
    expressions::run(&computed.collect::<Vec<_>>(), &mut known);
    Ok(written(&asked, known))
}

/// Answers one query of somebody, as frames in JSON: how pictures ask.
///
/// # Errors
/// As the request's own result would say.
pub(super) async fn one(
    ctx: &Ctx,
    query: Map<String, Value>,
    range: (i64, i64),
    asker: Option<Asker>,
) -> Result<Vec<Value>, Problem> {
    let mut asked = asked(ctx, vec![query], range).await?.remove(0);
    asked.to = Ok(asked.to?);
    match answer(ctx, &asked, asker).await {
        Some((_, frames)) => Ok(frames?.into_iter().map(Frame::into_json).collect()),
        None => Err(Problem::bad_request("an expression alone computes with nothing")),
    }
}

/// Finds the data source of each query.
async fn asked(
    ctx: &Ctx,
    queries: Vec<Map<String, Value>>,
    range: (i64, i64),
) -> Result<Vec<Asked>, Problem> {
    let mut tx = ctx.read().await?;
    let mut all = Vec::with_capacity(queries.len());
    for fields in queries {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let ref_id = text("refId").unwrap_or("A").to_owned();
        let is_hidden = fields.get("hide").and_then(Value::as_bool).unwrap_or(false);
        let found = match fields.get("datasource") {
            Some(Value::String(name)) if expressions::is(name) => None,
            Some(Value::String(name)) => match find(ctx, &mut tx, By::Uid(name)).await {
                Ok(source) => Some(Ok(source)),
                Err(_) => Some(find(ctx, &mut tx, By::Name(name)).await),
            },
            Some(Value::Object(named)) => {
                let text = |name: &str| named.get(name).and_then(Value::as_str).unwrap_or("");
                let is_expression = expressions::is(text("uid")) || expressions::is(text("type"));
                if is_expression { None } else { Some(find(ctx, &mut tx, By::Uid(text("uid"))).await) }
            }
            Some(_) | None => match fields.get("datasourceId").and_then(Value::as_i64) {
                Some(expressions::ID) => None,
                Some(id) => Some(find(ctx, &mut tx, By::Id(id)).await),
                None => Some(find(ctx, &mut tx, By::Uid("")).await),
            },
        };
        let to = match found {
            None => Ok(To::Expressions),
            Some(Ok(source)) => match sources::kind(&source.kind) {
                Some(kind) => Ok(To::Source(Box::new(source), kind)),
                None => Err(Problem::bad_request(format!(
                    "queries of data source type {:?} are not available here; ask it through /api/datasources/proxy",
                    source.kind
                ))),
            },
            Some(Err(problem)) => Err(problem),
        };
        let query = Query { ref_id, fields, from_ms: range.0, to_ms: range.1 };
        all.push(Asked { query, is_hidden, to });
    }
    Ok(all)
}

/// Asks one data source; expressions wait for all of them.
async fn answer(
    ctx: &Ctx,
    asked: &Asked,
    asker: Option<Asker>,
) -> Option<(String, Result<Vec<Frame>, SourceError>)> {
    let frames = match &asked.to {
        Ok(To::Expressions) => return None,
        // Told where it is written.
        Err(problem) => {
            let text = problem.body.get("message").and_then(Value::as_str).unwrap_or("");
            Err(SourceError::Query(text.to_owned()))
        }
        Ok(To::Source(source, kind)) => {
            let way = Way::new(ctx.grafana.clone(), (**source).clone(), asker);
            match way.source() {
                Ok(source) => {
                    // Ourselves we bound elsewhere; others get so many questions at once.
                    let _turn = if way.is_own() { None } else { ctx.grafana.clients.turn().await };
                    kind.query(&source, &asked.query, &way).await
                }
                Err(problem) => {
                    let text = problem.body.get("message").and_then(Value::as_str).unwrap_or("");
                    Err(SourceError::Failed(text.to_owned()))
                }
            }
        }
    };
    Some((asked.query.ref_id.clone(), frames))
}

fn written(asked: &[Asked], mut known: expressions::Known) -> axum::response::Response {
    let mut results = Map::new();
    let mut failed = false;
    for one in asked.iter().filter(|one| !one.is_hidden) {
        let ref_id = &one.query.ref_id;
        let result = match (&one.to, known.remove(ref_id)) {
            (Ok(_), Some(Ok(frames))) => {
                let frames: Vec<Value> = frames.into_iter().map(Frame::into_json).collect();
                json!({ "status": 200, "frames": frames })
            }
            (to, other) => {
                failed = true;
                let problem = match (to, other) {
                    (Err(problem), _) => problem.clone(),
                    (Ok(_), Some(Err(error))) => error.into(),
                    (Ok(_), _) => Problem::bad_request(format!("two queries are called {ref_id:?}")),
                };
                let message = problem.body.get("message").cloned().unwrap_or_default();
                let status = problem.status.as_u16();
                json!({ "error": message, "errorSource": "downstream", "status": status, "frames": [] })
            }
        };
        results.insert(ref_id.clone(), result);
    }
    let status = if failed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    document(status, &json!({ "results": results }))
}

/// `GET /api/datasources/uid/{uid}/health`: asks the data source something simple.
pub async fn health(ctx: Ctx, asker: Option<Extension<Asker>>, Path(uid): Path<String>) -> Answer {
    ctx.need(Role::Viewer, "datasources:query")?;
    let record = find(&ctx, &mut ctx.read().await?, By::Uid(&uid)).await?;
    let kind = sources::kind(&record.kind);
    let way = Way::new(ctx.grafana.clone(), record, asker.map(|Extension(asker)| asker));
    let source = way.source()?;
    let works = match kind {
        Some(kind) => kind.health(&source, ctx.now_ms(), &way).await,
        None => sources::kind::answers(&source, &way).await,
    };
    match works {
        Ok(message) => ok(json!({ "status": "OK", "message": message })),
        Err(error) => {
            let body = json!({ "status": "ERROR", "message": error.to_string() });
            Ok(document(StatusCode::BAD_REQUEST, &body))
        }
    }
}
