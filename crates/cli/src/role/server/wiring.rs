//! The parts of a server, in the order in which they start, and how they end.
//!
//! Start: listener and API (answering "not ready"), the log for new samples, discovery, scraping, configuration; the old log
//! is read; then ready. The end goes backwards: not ready any more, scrapes under way are stored, the database is closed, requests under way are answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use arc_swap::ArcSwap;
use config::BuiltIn;
use promql::{Engine, EngineOptions};
use server::parts::{Control, Parts};
use server::{BuildInfo, Server, State};
use storage::Budget;
use telemetry::Registry;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use transport::listener::{self, Web};

use super::alerting_service;
use super::query_service::QueryService;
use super::reload::{self, Reloader};
use super::rule_service::{self, RuleService};
use super::runtime::Facts;
use super::settings::{self, Settings};
use super::store::Store;
use super::targets::ScrapedTargets;
use super::{dashboards, database_metrics, host, memory, runtime, start};
use crate::program::{PROMETHEUS_VERSION, VERSION};
use crate::role::shutdown;

/// How long scrapes, then requests under way may take once the server is told to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves until a signal or a request asks for the end.
pub async fn serve(settings: Settings, flags: BTreeMap<String, String>) -> anyhow::Result<()> {
    let listeners = bind(&settings.web.listen).await?;
    let own_address = listeners.first().map_or_else(String::new, |l| l.shown.clone());
    let built_in = built_in(&own_address, &settings);
    let fingerprint = settings.config_file.as_deref().and_then(|file| config::fingerprint(file).ok());
    // Mistakes in the configuration end a start before anything is opened.
    let loaded = reload::load(&settings, &built_in).map_err(reload::Mistakes)?;

    let registry = Registry::new();
    register_process(&registry);
    let facts = Arc::new(Facts::new(&registry));
    let store = Store::default();
    database_metrics::register(&registry, store.clone());
    let quit = CancellationToken::new();
    let budget = Budget::new(memory::limit(settings.storage.memory_limit_bytes));
    memory::register(&registry, budget.clone());
    tokio::spawn(memory::watch(budget.clone(), quit.clone()));
    let (reload_asked, reloads) = mpsc::channel(1);

    let scrape = scrape::Manager::new(scrape_options(&settings), Arc::new(store.clone()), &registry);
    let metrics = discovery::Metrics::new(&registry);
    let mut options = discovery::Options::new("scrape", &user_agent(), metrics.clone());
    options.update_interval = settings.discovery_interval;
    let (discovery, found, discovery_task) = discovery::Manager::start(options, quit.clone());

    let view = Arc::new(ArcSwap::default());
    let query_service = QueryService::new(&settings.query, &budget, &registry);
    let engine = Arc::new(Engine::new(engine_options(&settings, &loaded.config, budget.clone())));
    let server_options = server_options(&settings, flags, &own_address)?;
    let alertmanager =
        alerting_service::start_if_wanted(&settings, server_options.external_url.as_str(), &registry).await?;
    let dashboards =
        dashboards::start_if_wanted(&settings, &server_options, alertmanager.is_some(), &quit).await?;
    let rules = RuleService::start(rule_service::Needs {
        alertmanager: alertmanager.clone(),
        pictures: dashboards.as_ref().map(|dashboards| dashboards.picture_links()),
        settings: &settings,
        store: &store,
        engine: &engine,
        promql: parse_options(&settings),
        external_url: server_options.external_url.as_str(),
        query_log: &query_service.log,
        discovery: metrics,
        user_agent: &user_agent(),
        registry: &registry,
        quit: &quit,
    });
    let reloader = Arc::new(Reloader {
        rules: rules.clone(),
        alertmanager: alertmanager.clone(),
        built_in,
        view: view.clone(),
        facts: facts.clone(),
        store: store.clone(),
        query_service: query_service.clone(),
        scrape: scrape.clone(),
        discovery,
        settings: settings.clone(),
    });
    let parts = Parts {
        queryable: Arc::new(store.clone()),
        appendable: Arc::new(store.clone()),
        engine,
        range_cache: query_service.cache.clone(),
        query_log: query_service.log.clone(),
        parse_options: parse_options(&settings),
        targets: Arc::new(ScrapedTargets(scrape.clone())),
        rules: Some(rules.parts()),
        database: Arc::new(store.clone()),
        config: view,
        runtime: facts.clone(),
        control: Control { reload: reload_asked, quit: quit.clone() },
        registry: registry.clone(),
    };
    let prefix = server_options.route_prefix.trim_end_matches('/').to_owned();
    let Server { mut router, ready, queries } = Server::new(server_options, parts);
    if settings.with_host {
        router = router.merge(host::routes(Arc::new(exporters::node::Host::default())));
    }
    if let Some(alertmanager) = &alertmanager {
        let routes = alertmanager.routes(&registry, settings.web.admin_api);
        router = if prefix.is_empty() { router.merge(routes) } else { router.nest(&prefix, routes) };
    }
    if let Some(dashboards) = &dashboards {
        router = dashboards.add_routes(router);
    }
    let serving = listen(listeners, &settings, router)?;

    let (dir, options) = (settings.storage.dir.clone(), database_options(&settings, &loaded.config, budget));
    let opening = start::begin(dir, options, &store).await?;
    queries.open_active_file(&settings.storage.dir);
    // Scraping begins now, however long the log is that must be read before queries are answered.
    let hand_on = tokio::spawn(hand_targets_on(found, scrape.clone()));
    let applied = reloader.apply(&loaded);
    let ruled = rules.apply(&loaded.config);
    facts.reloaded(applied.is_ok() && ruled.is_ok());
    applied.map_err(|e| anyhow!("{e}"))?;
    if settings.rules.strict {
        ruled.map_err(reload::Mistakes)?;
    }
    let ended = tokio::select! {
        opened = start::finish(opening, store.clone()) => opened.map(|()| false)?,
        () = shutdown::asked_to_end() => true,
        () = quit.cancelled() => true,
    };
    if ended {
        tracing::info!(
            "ending while the log is read: what was scraped is stored, the rest is read at the next start"
        );
        scrape.shut_down().await;
        return Ok(());
    }
    rules.begin();
    ready.set(State::Ready);
    announce(&settings, &own_address);
    if let Some(dashboards) = &dashboards {
        dashboards.show_first_password();
    }

    let watching = settings
        .auto_reload
        .map(|every| tokio::spawn(reloader.clone().watch(every, fingerprint, quit.clone())));
    reload_until_the_end(&reloader, reloads, &quit).await;

    tracing::info!("ending: no new requests, scrapes under way are stored");
    ready.set(State::Stopping);
    if tokio::time::timeout(DRAIN_TIMEOUT, rules.shut_down()).await.is_err() {
        tracing::warn!("rules or alerts were still under way after {DRAIN_TIMEOUT:?} and are cut off");
    }
    if let Some(alertmanager) = &alertmanager
        && tokio::time::timeout(DRAIN_TIMEOUT, alertmanager.shut_down()).await.is_err()
    {
        tracing::warn!("the Alertmanager was still at work after {DRAIN_TIMEOUT:?} and is cut off");
    }
    quit.cancel();
    if tokio::time::timeout(DRAIN_TIMEOUT, scrape.shut_down()).await.is_err() {
        tracing::warn!("scrapes were still under way after {DRAIN_TIMEOUT:?} and are cut off");
    }
    for task in [Some(hand_on), Some(discovery_task), watching].into_iter().flatten() {
        task.abort();
    }
    serving.end().await;
    close_database(store).await
}

/// A listener and the address that people and the own job use.
struct Bound {
    listener: TcpListener,
    shown: String,
}

/// Opens all addresses, so that a busy port is told before anything is changed.
async fn bind(addresses: &[String]) -> anyhow::Result<Vec<Bound>> {
    let mut bound = Vec::new();
    for address in addresses {
        // `:9090` means all addresses of the machine, as for Go programs.
        let full = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.clone() };
        let listener =
            TcpListener::bind(&full).await.with_context(|| format!("cannot listen on {address}"))?;
        let local = listener.local_addr().with_context(|| format!("cannot listen on {address}"))?;
        let host = if local.ip().is_unspecified() { "localhost".to_owned() } else { local.ip().to_string() };
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        bound.push(Bound { listener, shown: format!("{host}:{}", local.port()) });
    }
    Ok(bound)
}

/// Running listeners.
struct Serving {
    stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Serving {
    /// Stops accepting and waits for the answers under way.
    async fn end(self) {
        self.stop.cancel();
        let all = async {
            for task in self.tasks {
                // A listener that panicked has ended too.
                task.await.ok();
            }
        };
        if tokio::time::timeout(DRAIN_TIMEOUT, all).await.is_err() {
            tracing::warn!("requests were still under way after {DRAIN_TIMEOUT:?} and are cut off");
        }
    }
}

fn listen(listeners: Vec<Bound>, settings: &Settings, router: axum::Router) -> anyhow::Result<Serving> {
    let web = match &settings.web.config_file {
        None => Web::plain(),
        Some(file) => crate::web_config::watched(file.clone()).context("--web.config.file")?,
    };
    let options = listener::Options {
        connections: Arc::new(Semaphore::new(settings.web.connections_max)),
        read_timeout: settings.web.read_timeout,
        web,
    };
    let stop = CancellationToken::new();
    let tasks = listeners
        .into_iter()
        .map(|bound| {
            tracing::info!(address = %bound.shown, "listening");
            tokio::spawn(listener::serve(bound.listener, options.clone(), router.clone(), stop.clone()))
        })
        .collect();
    Ok(Serving { stop, tasks })
}

fn database_options(settings: &Settings, config: &config::Config, budget: Arc<Budget>) -> tsdb::Options {
    let storage = &settings.storage;
    let retention = settings::retention(storage, &config.storage.retention);
    let defaults = tsdb::Options::default();
    tsdb::Options {
        retention_ms: retention.time_ms,
        retention_bytes: retention.bytes,
        retention_percentage: retention.percentage,
        tiers: Arc::new(config.storage.bongsu.policy()),
        min_block_ms: storage.min_block.as_millis() as i64,
        max_block_ms: settings::max_block(storage, Duration::from_millis(retention.time_ms as u64))
            .as_millis() as i64,
        wal_compression: storage.wal_compression,
        wal_segment_bytes: storage.wal_segment_bytes.unwrap_or(defaults.wal_segment_bytes),
        no_lockfile: storage.no_lockfile,
        exemplars_max: reload::exemplars_max(settings, config),
        xor2: match config.storage.float_chunk_encoding {
            Some(encoding) => encoding == config::FloatEncoding::Xor2,
            None => settings.has("xor2-encoding"),
        },
        out_of_order_window_ms: config.storage.out_of_order_time_window.as_millis() as i64,
        samples_per_chunk: storage.samples_per_chunk,
        overlapping_compaction: storage.overlapping_compaction,
        budget,
        series_limits: reload::series_limits(config),
        stale_series_threshold: config.storage.stale_series_compaction_threshold,
        ..defaults
    }
}

async fn close_database(store: Store) -> anyhow::Result<()> {
    let Ok(db) = store.db().cloned() else { return Ok(()) };
    let closing = tokio::task::spawn_blocking(move || db.close());
    closing.await.context("closing the database ended in a panic")?.context("cannot close the database")
}

/// Hands on what discovery finds.
async fn hand_targets_on(
    mut found: tokio::sync::watch::Receiver<Arc<discovery::Targets>>,
    scrape: scrape::Manager,
) {
    while found.changed().await.is_ok() {
        let targets = found.borrow_and_update().clone();
        scrape.update(&targets);
    }
}

/// Reloads when asked to by signal or request, until the end is asked for.
async fn reload_until_the_end(
    reloader: &Arc<Reloader>,
    mut asked: mpsc::Receiver<oneshot::Sender<Result<(), String>>>,
    quit: &CancellationToken,
) {
    let mut hangups = shutdown::hangups();
    let end = shutdown::asked_to_end();
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return,
            () = quit.cancelled() => return,
            () = shutdown::next(&mut hangups) => {
                // The outcome is in log, metric and API.
                let _ = reloader.reload();
            }
            Some(answer) = asked.recv() => {
                // Nobody may be waiting for the answer any more.
                answer.send(reloader.reload()).ok();
            }
        }
    }
}

fn announce(settings: &Settings, own_address: &str) {
    tracing::info!(version = VERSION, address = %own_address, "server is ready");
    if settings.with_host {
        let scheme = if settings.web.config_file.is_some() { "https" } else { "http" };
        println!("Bongsu {VERSION} is ready: {scheme}://{own_address}/");
    }
}

fn register_process(registry: &Registry) {
    telemetry::process::register(registry);
    let handle = tokio::runtime::Handle::current();
    telemetry::process::register_tasks(registry, move || handle.metrics().num_alive_tasks());
    telemetry::build_info::register(registry, "prometheus", PROMETHEUS_VERSION);
}

fn user_agent() -> String {
    format!("Bongsu/{VERSION}")
}

fn built_in(own_address: &str, settings: &Settings) -> String {
    let prefix = settings.web.route_prefix.trim_end_matches('/');
    let hostname = runtime::hostname();
    BuiltIn {
        own_address,
        own_metrics_path: &format!("{prefix}/metrics"),
        node_address: own_address,
        node_metrics_path: host::PATH,
        node_instance: &hostname,
    }
    .text()
}

fn scrape_options(settings: &Settings) -> scrape::Options {
    scrape::Options {
        user_agent: user_agent(),
        hostname: runtime::hostname(),
        tolerance: settings.scrape_tolerance,
        features: scrape::ingest::Features {
            start_zero: settings.has("created-timestamp-zero-ingestion"),
            start_storage: settings.has("st-storage"),
            metadata_records: settings.has("metadata-wal-records"),
        },
    }
}

fn engine_options(settings: &Settings, config: &config::Config, budget: Arc<Budget>) -> EngineOptions {
    EngineOptions {
        lookback_ms: settings.query.lookback.as_millis() as i64,
        max_samples: settings.query.samples_max as _,
        max_memory: settings.query.memory_max_bytes as u64,
        memory: Some(budget),
        timeout: settings.query.timeout,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        default_interval_ms: config.global.evaluation_interval.as_millis() as i64,
        features: promql::Features {
            delayed_name_removal: settings.has("promql-delayed-name-removal"),
            type_and_unit_labels: settings.has("type-and-unit-labels"),
            use_start_timestamps: settings.has("use-start-timestamps"),
        },
        ..EngineOptions::default()
    }
}

fn parse_options(settings: &Settings) -> promql::parser::ParseOptions {
    promql::parser::ParseOptions {
        experimental_functions: settings.has("promql-experimental-functions"),
        duration_expr: true,
        extended_range_selectors: settings.has("promql-extended-range-selectors"),
        binop_fill_modifiers: settings.has("promql-binop-fill-modifiers"),
        extensions: promql::functions::extensions::Extensions {
            time_zones: settings.has("promql-time-zones"),
            missing_from: settings.has("promql-missing-from"),
            with_templates: settings.has("promql-with-templates"),
            keep_metric_names: settings.has("promql-keep-metric-names"),
        },
    }
}

fn server_options(
    settings: &Settings,
    flags: BTreeMap<String, String>,
    own_address: &str,
) -> anyhow::Result<server::Options> {
    let web = &settings.web;
    let port = own_address.rsplit(':').next().unwrap_or_default();
    let external = match web.external_url.as_str() {
        "" => format!("http://{}:{port}/", runtime::hostname()),
        given if given.contains("://") => given.to_owned(),
        path => format!("http://{}:{port}/{}", runtime::hostname(), path.trim_start_matches('/')),
    };
    let external_url: url::Url =
        external.parse().with_context(|| format!("--web.external-url: {external:?}"))?;
    let prefix = if web.route_prefix.is_empty() { external_url.path() } else { &web.route_prefix };
    let route_prefix = format!("/{}", prefix.trim_matches('/'));
    Ok(server::Options {
        app_name: "Prometheus Server".to_owned(),
        page_title: web.page_title.clone(),
        version: VERSION.to_owned(),
        alertmanager: settings.with_host || settings.alertmanager_config.is_some(),
        dashboards: settings.dashboards.enabled,
        route_prefix,
        external_url,
        listen_address: own_address.to_owned(),
        cors_origin: web.cors_origin.clone(),
        lifecycle: web.lifecycle,
        admin_api: web.admin_api,
        remote_write_receiver: web.remote_write,
        remote_write_messages: web.remote_write_messages.clone(),
        remote_read: web.remote_read,
        notifications_max: web.notifications_max,
        queries_max: settings.query.concurrency,
        query_timeout: settings.query.timeout,
        slow_query: settings.query.slow,
        search_limit_max: web.search_limit_max,
        data_dir: settings.storage.dir.clone(),
        flags,
        features: settings.features.clone(),
        auto_reload: settings.auto_reload.is_some(),
        lookback_ms: settings.query.lookback.as_millis() as i64,
        build: build_info(),
    })
}

fn build_info() -> BuildInfo {
    let build = telemetry::build_info::BuildInfo::current();
    BuildInfo {
        version: PROMETHEUS_VERSION.to_owned(),
        revision: build.revision.to_owned(),
        branch: build.branch.to_owned(),
        build_user: format!("bongsu {VERSION}"),
        build_date: String::new(),
        go_version: build.compiler.to_owned(),
    }
}
