//! `POST /api/ds/query`: queries of panels, answered with frames.

use accounts::Role;
use axum::Extension;
use bytes::Bytes;
use catalog::data_sources::DataSource;
use dashboards::data_source;
use dashboards::frames::prometheus::{Query, frames};
use dashboards::time_range;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Body, Path};
use super::clients::Ask;
use super::ctx::Ctx;
use super::datasources::{By, find};
use super::identify::Asker;
use super::problem::{Answer, Problem, json as document, ok};
use super::proxy::whole;

/// Most queries of one request.
const QUERIES_MAX: usize = 100;
/// Largest answer of a data source to one query.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Queries with their time range.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Request {
    from: Option<Value>,
    to: Option<Value>,
    queries: Vec<Map<String, Value>>,
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
    let zone = TimeZone::UTC;
    let now = Timestamp::from_millisecond(ctx.now_ms()).unwrap_or_default().to_zoned(zone);
    let text = |value: &Option<Value>, default: &str| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => default.to_owned(),
    };
    let from =
        time_range::parse(&text(&request.from, "now-1h"), &now, false).map_err(Problem::bad_request)?;
    let to = time_range::parse(&text(&request.to, "now"), &now, true).map_err(Problem::bad_request)?;
    let asker = asker.map(|Extension(asker)| asker);
    let mut results = Map::new();
    let mut failed = false;
    for query in request.queries {
        let ref_id = query.get("refId").and_then(Value::as_str).unwrap_or("A").to_owned();
        if query.get("hide").and_then(Value::as_bool).unwrap_or(false) {
            continue;
        }
        let result = match answer(&ctx, query, (from, to), asker.clone()).await {
            Ok(frames) => json!({ "status": 200, "frames": frames }),
            Err(problem) => {
                failed = true;
                let message = problem.body.get("message").cloned().unwrap_or_default();
                json!({
                    "error": message, "errorSource": "downstream", "status": problem.status.as_u16(), "frames": [],
                })
            }
        };
        results.insert(ref_id, result);
    }
    let body = json!({ "results": results });
    if failed { Ok(document(StatusCode::BAD_REQUEST, &body)) } else { ok(body) }
}

pub(super) async fn answer(
    ctx: &Ctx,
    query: Map<String, Value>,
    range: (i64, i64),
    asker: Option<Asker>,
) -> Result<Vec<Value>, Problem> {
    let source = {
        let mut tx = ctx.read().await?;
        match query.get("datasource") {
            Some(Value::String(name)) => match find(ctx, &mut tx, By::Uid(name)).await {
                Ok(source) => source,
                Err(_) => find(ctx, &mut tx, By::Name(name)).await?,
            },
            Some(Value::Object(named)) => {
                let uid = named.get("uid").and_then(Value::as_str).unwrap_or("");
                find(ctx, &mut tx, By::Uid(uid)).await?
            }
            Some(_) | None => match query.get("datasourceId").and_then(Value::as_i64) {
                Some(id) => find(ctx, &mut tx, By::Id(id)).await?,
                None => find(ctx, &mut tx, By::Uid("")).await?,
            },
        }
    };
    match source.kind.as_str() {
        "prometheus" => prometheus(ctx, &source, query, range, asker).await,
        other => Err(Problem::bad_request(format!(
            "queries of data source type {other:?} are not available here; ask it through /api/datasources/proxy"
        ))),
    }
}

async fn prometheus(
    ctx: &Ctx,
    source: &DataSource,
    query: Map<String, Value>,
    range: (i64, i64),
    asker: Option<Asker>,
) -> Result<Vec<Value>, Problem> {
    let query: Query = serde_json::from_value(Value::Object(query))
        .map_err(|e| Problem::bad_request(format!("not a Prometheus query: {e}")))?;
    let options = data_source::options(source);
    let interval = options.get("timeInterval").and_then(Value::as_str).unwrap_or("");
    let step_ms = query.step_ms(range.0, range.1, interval);
    let mut all = Vec::new();
    for kind in query.kinds() {
        let parameters = query.parameters(kind, range, step_ms, interval);
        let asked = form(&format!("api/v1/{}", kind.endpoint()), &parameters);
        let (_, body) = whole(&ctx.grafana, source, asked, asker.clone(), ANSWER_BYTES_MAX).await?;
        let answer: Value = serde_json::from_slice(&body).map_err(|e| {
            Problem::new(
                StatusCode::BAD_GATEWAY,
                format!("data source {:?} does not answer with JSON: {e}", source.name),
            )
        })?;
        let executed = query.expanded(range, step_ms, interval);
        all.extend(frames(&query, kind, step_ms, &executed, &answer).map_err(Problem::bad_request)?);
    }
    Ok(all)
}

/// A POST of a form.
pub(super) fn form(path: &str, parameters: &[(&str, String)]) -> Ask {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    Ask {
        method: Method::POST,
        path_and_query: path.to_owned(),
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
        body: Bytes::from(body),
    }
}

/// `GET /api/datasources/uid/{uid}/health`: asks the data source something simple.
pub async fn health(ctx: Ctx, Path(uid): Path<String>) -> Answer {
    ctx.need(Role::Viewer, "datasources:query")?;
    let source = find(&ctx, &mut ctx.read().await?, By::Uid(&uid)).await?;
    let get = |path: &str| Ask {
        method: Method::GET,
        path_and_query: path.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let (asked, works) = match source.kind.as_str() {
        "prometheus" => {
            let now = (ctx.now_ms() / 1000).to_string();
            let parameters = [("query", "1+1".to_owned()), ("time", now)];
            (form("api/v1/query", &parameters), "Successfully queried the Prometheus API.")
        }
        "alertmanager" => (get("api/v2/status"), "Health check passed."),
        "loki" => (get("ready"), "Data source successfully connected."),
        _other => (get(""), "Data source successfully connected."),
    };
    let (status, text) = match whole(&ctx.grafana, &source, asked, None, 1 << 20).await {
        Ok((status, _)) if status.is_success() => return ok(json!({ "status": "OK", "message": works })),
        Ok((status, body)) => (status, String::from_utf8_lossy(&body).chars().take(300).collect::<String>()),
        Err(problem) => {
            let message = problem.body.get("message").and_then(Value::as_str).unwrap_or("").to_owned();
            (problem.status, message)
        }
    };
    let message = format!("the data source answers {}: {text}", status.as_u16());
    Ok(document(StatusCode::BAD_REQUEST, &json!({ "status": "ERROR", "message": message })))
}
