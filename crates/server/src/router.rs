//! All routes, and what stands before them.
//!
//! From the outside in: counting, CORS (API only), compression, the door that is shut until the server is ready.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};
use http::StatusCode;
use remote::receive::Receiver;
use tokio::sync::Semaphore;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::api::{
    active_queries, admin, backfill, backtest, exemplars, features, metadata, notifications, openapi, parse,
    query, read, rules, search, self_metrics, series, status, targets, tsdb, write,
};
use crate::http_metrics::{self, HttpMetrics, handler_name};
use crate::options::Options;
use crate::parts::Parts;
use crate::queries::Queries;
use crate::ready::Readiness;
use crate::{cors, error, federate, lifecycle, own_metrics, pages, web};

/// What handlers see.
pub struct App {
    /// What the command line decided.
    pub options: Options,
    /// What the server speaks for.
    pub parts: Parts,
    /// Whether it can answer.
    pub ready: Readiness,
    /// Runs queries.
    pub queries: Arc<Queries>,
    /// Takes remote writes, if switched on.
    pub receiver: Option<Arc<Receiver>>,
    /// What people should know right now.
    pub notifications: notifications::Notifications,
    /// The gate of remote reads.
    pub reads: read::Reads,
    /// Counts requests.
    pub http: HttpMetrics,
    /// Counts what federation could not answer.
    pub federation: federate::Metrics,
    /// Held by the one who fills in the history of rules.
    pub backfill_turn: Arc<Semaphore>,
    /// Rules are tried by so many requests at a time.
    pub backtest_turn: Arc<Semaphore>,
}

/// The HTTP side, ready to be listened for.
pub struct Server {
    /// The service.
    pub router: Router,
    /// To be told when storage is open and when the end has come.
    pub ready: Readiness,
    /// To be told where to note running queries.
    pub queries: Arc<Queries>,
}

impl Server {
    /// Builds the routes. The server starts as not ready.
    pub fn new(options: Options, parts: Parts) -> Server {
        let registry = &parts.registry;
        let ready = Readiness::new(registry);
        let write_options = remote::receive::Options {
            start_zero: options.features.contains("created-timestamp-zero-ingestion"),
            start_storage: options.features.contains("st-storage"),
            metadata: options.features.contains("metadata-wal-records"),
        };
        let receiver = options
            .remote_write_receiver
            .then(|| Arc::new(Receiver::new(parts.appendable.clone(), write_options, registry)));
        let queries = Arc::new(Queries::new(&options, registry));
        let app = Arc::new(App {
            queries: Arc::clone(&queries),
            notifications: notifications::Notifications::new(options.notifications_max, registry),
            reads: read::Reads::new(options.remote_read, registry),
            http: HttpMetrics::new(registry),
            federation: federate::Metrics::new(registry),
            backfill_turn: Arc::new(Semaphore::new(1)),
            backtest_turn: Arc::new(Semaphore::new(2)),
            ready: ready.clone(),
            receiver,
            options,
            parts,
        });
        Server { router: router(app), ready, queries }
    }
}

type Routes = &'static [(&'static str, fn() -> MethodRouter<Arc<App>>)];

/// The API's endpoints, below `/api/v1`.
const API: Routes = &[
    ("/query", || get(query::instant).post(query::instant)),
    ("/query_range", || get(query::range).post(query::range)),
    ("/query_exemplars", || get(exemplars::query).post(exemplars::query)),
    ("/format_query", || get(parse::format).post(parse::format)),
    ("/parse_query", || get(parse::tree).post(parse::tree)),
    ("/series", || get(series::series).post(series::series)),
    ("/labels", || get(series::label_names).post(series::label_names)),
    ("/label/{name}/values", || get(series::label_values)),
    ("/search/metric_names", || get(search::metric_names).post(search::metric_names)),
    ("/search/label_names", || get(search::label_names).post(search::label_names)),
    ("/search/label_values", || get(search::label_values).post(search::label_values)),
    ("/metadata", || get(metadata::by_metric)),
    ("/targets", || get(targets::list)),
    ("/targets/metadata", || get(metadata::by_target)),
    ("/targets/relabel_steps", || get(targets::relabel_steps)),
    ("/scrape_pools", || get(targets::pools)),
    ("/scrape_pools/config", || get(targets::pool_config)),
    ("/rules", || get(rules::rules)),
    ("/alerts", || get(rules::alerts)),
    ("/alertmanagers", || get(rules::alertmanagers)),
    ("/status/config", || get(status::config)),
    ("/status/flags", || get(status::flags)),
    ("/status/runtimeinfo", || get(status::runtime_info)),
    ("/status/buildinfo", || get(status::build_info)),
    ("/status/active_queries", || get(active_queries::list)),
    ("/status/active_queries/{id}", || delete(active_queries::cancel)),
    ("/status/active_queries/{id}/cancel", || post(active_queries::cancel)),
    ("/status/self_metrics", || get(self_metrics::list)),
    ("/status/tsdb", || get(tsdb::status)),
    ("/status/tsdb/blocks", || get(tsdb::blocks)),
    ("/features", || get(features::features)),
    ("/openapi.yaml", || get(openapi::describe)),
    ("/write", || post(write::write)),
    ("/read", || post(read::read)),
    ("/admin/tsdb/delete_series", || post(admin::delete_series).put(admin::delete_series)),
    ("/admin/tsdb/clean_tombstones", || post(admin::clean_tombstones).put(admin::clean_tombstones)),
    ("/bongsu/backtest", || post(backtest::try_rules)),
    ("/bongsu/rules/backfill", || post(backfill::backfill)),
    ("/admin/tsdb/snapshot", || post(admin::snapshot).put(admin::snapshot)),
];

/// Endpoints of the API that answer before the server is ready.
const API_ALWAYS: Routes = &[
    ("/status/walreplay", || get(tsdb::replay)),
    ("/notifications", || get(notifications::list)),
    ("/notifications/live", || get(notifications::live)),
];

/// Other endpoints.
const ALWAYS: Routes = &[
    ("/graph", || get(pages::graph)),
    ("/metrics", || get(own_metrics::metrics)),
    ("/version", || get(lifecycle::version)),
    ("/-/healthy", || get(lifecycle::healthy)),
    ("/-/reload", || get(lifecycle::only_post).post(lifecycle::reload).put(lifecycle::reload)),
    ("/-/quit", || get(lifecycle::only_post).post(lifecycle::quit).put(lifecycle::quit)),
];

/// Other endpoints that need a server that is ready.
const WHEN_READY: Routes =
    &[("/-/ready", || get(lifecycle::ready)), ("/federate", || get(federate::federate))];

/// The paths of the API's endpoints, for the test of their description.
#[cfg(test)]
pub(crate) fn api_paths() -> impl Iterator<Item = &'static str> {
    API.iter().chain(API_ALWAYS).map(|(path, _)| *path)
}

fn router(app: Arc<App>) -> Router {
    let prefix = app.options.route_prefix.trim_end_matches('/').to_owned();
    let api_prefix = format!("{prefix}/api/v1");
    let add = |prefix: &str, routes: Routes| {
        let full = |path: &str| {
            if path == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{path}") }
        };
        routes.iter().fold(Router::new(), |router, (path, make)| {
            let handler =
                if prefix.ends_with("/api/v1") { format!("/api/v1{path}") } else { (*path).to_owned() };
            app.http.announce(&handler);
            router.route(&full(path), make())
        })
    };
    let gate = || from_fn_with_state(app.clone(), lifecycle::when_ready);
    let compression = || {
        // The chunks of a streamed remote read are compressed already.
        let worth = DefaultPredicate::new().and(NotForContentType::const_new(read::STREAM_TYPE));
        CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth)
    };
    let api = add(&api_prefix, API)
        .layer(gate())
        .merge(add(&api_prefix, API_ALWAYS))
        .layer(from_fn_with_state(app.clone(), cors::headers));
    let mut other = add(&prefix, ALWAYS).merge(add(&prefix, WHEN_READY).layer(gate()));
    if !prefix.is_empty() {
        other = other.route("/", get(pages::to_prefix));
    }
    let site = web::routes(&prefix, pages::base(&app.options), &pages::facts(&app.options));
    web::paths().for_each(|path| app.http.announce(&handler_name(&path)));
    other = other.merge(site);
    api.merge(other)
        .layer(compression())
        .layer(from_fn_with_state(app.clone(), http_metrics::count))
        .fallback(|| async { error::plain(StatusCode::NOT_FOUND, "404 page not found") })
        .with_state(app)
}
