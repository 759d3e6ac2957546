//! `/features`: what this server can do, by category.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;

use crate::answer::{self, Answer};
use crate::router::App;

type Features = BTreeMap<&'static str, BTreeMap<String, bool>>;

/// Lists features with whether they are on.
pub async fn features(State(app): State<Arc<App>>) -> Answer {
    answer::data(&collect(&app))
}

fn collect(app: &App) -> Features {
    let (options, promql) = (&app.options, &app.parts.parse_options);
    let flag = |name: &str| options.features.contains(name);
    let mut features = Features::new();
    let mut set = |category, entries: &[(&str, bool)]| {
        let category: &mut BTreeMap<String, bool> = features.entry(category).or_default();
        category.extend(entries.iter().map(|(name, on)| ((*name).to_owned(), *on)));
    };
    set(
        "api",
        &[
            ("admin", options.admin_api),
            ("exclude_alerts", true),
            ("label_values_match", true),
            ("lifecycle", options.lifecycle),
            ("openapi_3.1", false),
            ("openapi_3.2", false),
            ("otlp_write_receiver", false),
            ("query_stats", true),
            ("query_warnings", true),
            ("remote_write_receiver", options.remote_write_receiver),
            ("search", flag("search-api")),
            ("time_range_labels", true),
            ("time_range_series", true),
        ],
    );
    set(
        "prometheus",
        &[("agent_mode", false), ("server_mode", true), ("auto_reload_config", options.auto_reload)],
    );
    set(
        "promql",
        &[
            ("anchored", promql.extended_range_selectors),
            ("at_modifier", true),
            ("delayed_name_removal", flag("promql-delayed-name-removal")),
            ("duration_expr", promql.duration_expr),
            ("fill", promql.binop_fill_modifiers),
            ("fill_left", promql.binop_fill_modifiers),
            ("fill_right", promql.binop_fill_modifiers),
            ("negative_offset", true),
            ("per_query_lookback_delta", true),
            ("per_step_stats", flag("promql-per-step-stats")),
            ("smoothed", promql.extended_range_selectors),
            ("subqueries", true),
            ("type_and_unit_labels", flag("type-and-unit-labels")),
        ],
    );
    set(
        "bongsu",
        &[
            ("active_queries", true),
            ("explain", true),
            ("promql_keep_metric_names", promql.extensions.keep_metric_names),
            ("promql_missing_from", promql.extensions.missing_from),
            ("promql_time_zones", promql.extensions.time_zones),
            ("promql_with_templates", promql.extensions.with_templates),
            ("range_cache", app.parts.range_cache.is_some()),
        ],
    );
    let experimental = promql.experimental_functions;
    let functions: Vec<(&str, bool)> =
        promql::functions::ALL.iter().map(|f| (f.name, !f.experimental || experimental)).collect();
    set("promql_functions", &functions);
    set("scrape", &[("extra_scrape_metrics", true), ("type_and_unit_labels", flag("type-and-unit-labels"))]);
    set("service_discovery_providers", &["dns", "file", "http", "static"].map(|name| (name, true)));
    set(
        "tsdb",
        &[
            ("exemplar_storage", flag("exemplar-storage")),
            ("isolation", true),
            ("metadata_wal_records", flag("metadata-wal-records")),
            ("native_histograms", true),
        ],
    );
    features
}
