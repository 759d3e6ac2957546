//! What the server says about itself: health, settings, kinds of panels and data sources.

use std::sync::Arc;

use accounts::Role;
use axum::extract::State;
use catalog::Tx;
use catalog::data_sources::DataSource;
use dashboards::data_source;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::body::Path;
use super::ctx::Ctx;
use super::problem::{Answer, Problem, ok};
use super::state::Grafana;

/// Panels that our UI draws, with their names.
const PANELS: [(&str, &str); 16] = [
    ("timeseries", "Time series"),
    ("stat", "Stat"),
    ("gauge", "Gauge"),
    ("bargauge", "Bar gauge"),
    ("table", "Table"),
    ("piechart", "Pie chart"),
    ("heatmap", "Heatmap"),
    ("state-timeline", "State timeline"),
    ("status-history", "Status history"),
    ("barchart", "Bar chart"),
    ("histogram", "Histogram"),
    ("text", "Text"),
    ("logs", "Logs"),
    ("alertlist", "Alert list"),
    ("dashlist", "Dashboard list"),
    ("row", "Row"),
];

/// `GET /api/health`: no login needed.
pub async fn health(State(grafana): State<Arc<Grafana>>) -> Answer {
    let database = match grafana.accounts.catalog().read().await {
        Ok(_) => "ok",
        Err(error) => {
            tracing::error!(%error, "the catalog does not answer");
            "failing"
        }
    };
    let body = json!({
        "commit": grafana.options.commit, "database": database, "version": grafana.options.grafana_version,
    });
    let status = if database == "ok" { http::StatusCode::OK } else { http::StatusCode::SERVICE_UNAVAILABLE };
    Ok(super::problem::json(status, &body))
}

/// `GET /api/frontend/settings`: what a UI needs to begin with.
pub async fn frontend(ctx: Ctx) -> Answer {
    let options = &ctx.grafana.options;
    let all = sources(&ctx, &mut ctx.read().await?).await?;
    let mut sources = Map::new();
    let mut default = String::new();
    for source in &all {
        if source.is_default {
            default.clone_from(&source.name);
        }
        let entry = json!({
            "id": source.id, "uid": source.uid, "name": source.name, "type": source.kind, "access": source.access,
            "url": ctx.grafana.path(&format!("/api/datasources/proxy/uid/{}", source.uid)),
            "isDefault": source.is_default, "readOnly": source.read_only, "jsonData": data_source::options(source),
            "meta": { "id": source.kind, "name": data_source::type_name(&source.kind), "type": "datasource" },
        });
        sources.insert(source.name.clone(), entry);
    }
    let panels: Map<String, Value> = PANELS
        .iter()
        .map(|(id, name)| ((*id).to_owned(), json!({ "id": id, "name": name, "type": "panel" })))
        .collect();
    ok(json!({
        "appUrl": options.external_url.as_str(),
        "appSubUrl": options.external_url.path().trim_end_matches('/'),
        "defaultDatasource": default,
        "minRefreshInterval": options.refresh_min,
        "disableLoginForm": !options.password_form,
        "datasources": sources,
        "panels": panels,
        "buildInfo": {
            "version": options.grafana_version, "commit": options.commit, "edition": "Open Source",
            "env": "production", "bongsu": options.version,
        },
        "featureToggles": {},
        "anonymousEnabled": ctx.grafana.accounts.options().anonymous.is_some(),
        "dateFormats": { "defaultTimezone": "browser", "fullDate": "YYYY-MM-DD HH:mm:ss" },
    }))
}

/// `GET /api/admin/settings`: what of the settings is worth knowing, no secrets.
pub async fn admin(ctx: Ctx) -> Answer {
    ctx.need_server_admin("settings:read")?;
    let options = &ctx.grafana.options;
    ok(json!({
        "DEFAULT": { "app_mode": "production" },
        "database": { "type": ctx.grafana.accounts.catalog().kind() },
        "server": { "root_url": options.external_url.as_str() },
        "auth.anonymous": { "enabled": ctx.grafana.accounts.options().anonymous.is_some().to_string() },
        "security": { "cookie_secure": options.secure_cookies.to_string() },
    }))
}

/// `GET /api/admin/stats`
pub async fn stats(ctx: Ctx) -> Answer {
    ctx.need_server_admin("server.stats:read")?;
    let mut tx = ctx.read().await?;
    let users = tx.accounts(false).await?;
    let dashboards = tx.dashboards().await?;
    let by_role = |role: Role| users.iter().filter(|u| u.role == role.as_str()).count();
    let day_ago = ctx.now_ms() - 24 * 3_600_000;
    ok(json!({
        "orgs": 1,
        "dashboards": dashboards.len(),
        "folders": tx.folders().await?.len(),
        "users": users.len(),
        "admins": by_role(Role::Admin),
        "editors": by_role(Role::Editor),
        "viewers": by_role(Role::Viewer),
        "dailyActiveUsers": users.iter().filter(|u| u.seen_ms > day_ago).count(),
        "datasources": tx.data_sources().await?.len(),
        "tags": dashboards::search::tags(&dashboards).len(),
        "serviceAccounts": tx.accounts(true).await?.len(),
    }))
}

/// `GET /api/plugins`: all that there is is built in.
pub async fn plugins(ctx: Ctx) -> Answer {
    let wanted = ctx.params.get("type").to_owned();
    let all = PANELS.iter().map(|(id, name)| ("panel", *id, *name));
    let all = all.chain(data_source::KINDS.iter().map(|(id, name)| ("datasource", *id, *name)));
    let listed = all.filter(|(kind, _, _)| wanted.is_empty() || wanted == *kind);
    ok(listed.map(|(kind, id, name)| described(kind, id, name)).collect::<Vec<_>>().into())
}

/// `GET /api/plugins/{id}/settings`
pub async fn plugin(_ctx: Ctx, Path(id): Path<String>) -> Answer {
    let panels = PANELS.iter().map(|(id, name)| ("panel", *id, *name));
    let mut all = panels.chain(data_source::KINDS.iter().map(|(id, name)| ("datasource", *id, *name)));
    match all.find(|(_, known, _)| *known == id) {
        Some((kind, id, name)) => ok(described(kind, id, name)),
        None => Err(Problem::not_found("Plugin not found, no installed plugin with that id")),
    }
}

fn described(kind: &str, id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "type": kind, "enabled": true, "pinned": false, "hasUpdate": false,
        "signature": "internal", "state": "", "info": { "version": "", "description": "" },
    })
}

/// All data sources: this server itself, then those of the catalog.
///
/// # Errors
/// The catalog fails.
pub async fn sources(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<DataSource>, Problem> {
    let stored = tx.data_sources().await?;
    let options = &ctx.grafana.options;
    let is_default = !stored.iter().any(|source| source.is_default);
    let mut all = data_source::own(options.external_url.as_str(), options.with_alertmanager, is_default);
    all.extend(stored);
    Ok(all)
}

/// `POST /api/admin/provisioning/{kind}/reload`: sidecars ask for this when they have written files.
pub async fn reload(ctx: Ctx, Path(kind): Path<String>) -> Answer {
    ctx.need_server_admin("provisioning:reload")?;
    let name = match kind.as_str() {
        "dashboards" => "Dashboards",
        "datasources" => "Datasources",
        "plugins" => "Plugins",
        "alerting" => "Alerting",
        "access-control" => "Accesscontrol",
        _other => return Err(Problem::not_found("Not found")),
    };
    let Some(provision) = ctx.grafana.provision.get() else {
        return Err(Problem::new(http::StatusCode::SERVICE_UNAVAILABLE, "the server is starting"));
    };
    let (answer, outcome) = oneshot::channel();
    let stopping = || Problem::new(http::StatusCode::SERVICE_UNAVAILABLE, "the server is stopping");
    provision.send(answer).await.map_err(|_| stopping())?;
    match outcome.await.map_err(|_| stopping())? {
        Ok(()) => super::problem::done(&format!("{name} config reloaded")),
        Err(error) => Err(Problem::internal(&error)),
    }
}
