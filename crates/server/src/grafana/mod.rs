//! Grafana's HTTP API: logins, dashboards, folders, search, data sources, annotations, users, teams, service accounts.
//!
//! Paths, shapes, statuses and messages are those that Grafana documents, so that its Terraform provider, dashboard sidecars
//! and command-line tools work; numeric identifiers are accepted where the documentation still has them. There is one
//! organisation, number 1.
//!
//! Invariants:
//! 1. Who asks is found out in one place ([`identify`]); a handler gets it as a [`ctx::Ctx`] or does not run.
//! 2. What changes something, and came with a cookie, must come from our own pages ([`origin`]).
//! 3. Whatever somebody may not see answers as if it were not there.
//! 4. Errors are `{"message": …}`; what went wrong inside is logged, not told.

pub mod access_control;
pub mod alerting;
pub mod annotations;
pub mod audit;
pub mod body;
pub mod clients;
pub mod ctx;
pub mod dashboards;
pub mod datasources;
pub mod directories;
pub mod folders;
pub mod guard;
pub mod headers;
pub mod identify;
pub mod links;
pub mod login;
pub mod org;
pub mod origin;
pub mod outside;
pub mod permissions;
pub mod pictures;
pub mod playlists;
pub mod problem;
pub mod proxy;
pub mod query;
pub mod reach;
pub mod render;
pub mod reports;
pub mod search;
pub mod service_accounts;
pub mod settings;
pub mod snapshots;
pub mod state;
pub mod teams;
pub mod user;
pub mod users;
pub mod versions;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, delete, get, post, put};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

pub use state::{Grafana, Options, SOURCE_TIMEOUT};

/// Largest body: the biggest dashboards known have three megabytes.
const BODY_BYTES_MAX: usize = 16 << 20;

type Routes = &'static [(&'static str, fn() -> MethodRouter<Arc<Grafana>>)];

/// Logging in and out.
const LOGIN: Routes = &[
    ("/login", || post(login::login)),
    ("/login/{name}", || get(outside::flow::begin)),
    ("/login/{name}/callback", || get(outside::flow::callback)),
    ("/api/bongsu/logins", || get(outside::list)),
    ("/logout", || get(login::logout).post(login::logout)),
    ("/api/login/ping", || get(login::ping)),
    ("/api/health", || get(settings::health)),
    ("/api/frontend/settings", || get(settings::frontend)),
    ("/api/frontend/settings/", || get(settings::frontend)),
    ("/api/admin/settings", || get(settings::admin)),
    ("/api/admin/stats", || get(settings::stats)),
    ("/api/admin/ldap/status", || get(directories::status)),
    ("/api/admin/provisioning/{kind}/reload", || post(settings::reload)),
    ("/api/plugins", || get(settings::plugins)),
    ("/api/plugins/{id}/settings", || get(settings::plugin)),
    ("/api/bongsu/audit", || get(audit::list)),
];

/// Oneself, other people, the organisation.
const PEOPLE: Routes = &[
    ("/api/user", || get(user::me).put(user::change_me)),
    ("/api/user/password", || put(user::change_password)),
    ("/api/user/preferences", || {
        get(user::preferences).put(user::set_preferences).patch(user::patch_preferences)
    }),
    ("/api/user/orgs", || get(user::orgs)),
    ("/api/user/teams", || get(user::teams)),
    ("/api/user/using/{org}", || post(user::using)),
    ("/api/user/auth-tokens", || get(user::sessions)),
    ("/api/user/revoke-auth-token", || post(user::revoke)),
    ("/api/user/stars", || get(user::stars)),
    ("/api/user/stars/dashboard/uid/{uid}", || post(user::star).delete(user::unstar)),
    ("/api/user/stars/dashboard/{id}", || post(user::star_by_id).delete(user::unstar_by_id)),
    ("/api/users", || get(users::list)),
    ("/api/users/search", || get(users::search)),
    ("/api/users/lookup", || get(users::lookup)),
    ("/api/users/{id}", || get(users::one).put(users::change)),
    ("/api/users/{id}/orgs", || get(users::orgs)),
    ("/api/users/{id}/teams", || get(users::teams)),
    ("/api/admin/users", || post(users::create)),
    ("/api/admin/users/{id}", || delete(users::remove)),
    ("/api/admin/users/{id}/password", || put(users::set_password)),
    ("/api/admin/users/{id}/permissions", || put(users::set_admin)),
    ("/api/admin/users/{id}/disable", || post(users::disable)),
    ("/api/admin/users/{id}/enable", || post(users::enable)),
    ("/api/admin/users/{id}/logout", || post(users::logout)),
    ("/api/admin/users/{id}/auth-tokens", || get(users::sessions)),
    ("/api/org", || get(org::current)),
    ("/api/orgs", || get(org::all)),
    ("/api/orgs/{id}", || get(org::by_id)),
    ("/api/orgs/name/{name}", || get(org::by_name)),
    ("/api/org/preferences", || {
        get(org::preferences).put(org::set_preferences).patch(org::patch_preferences)
    }),
    ("/api/org/users", || get(org::users).post(org::add_user)),
    ("/api/org/users/lookup", || get(org::lookup)),
    ("/api/org/users/{id}", || axum::routing::patch(org::set_role).delete(org::remove_user)),
    ("/api/orgs/{id}/users", || get(org::users_of)),
];

/// Teams and service accounts.
const GROUPS: Routes = &[
    ("/api/teams", || post(teams::create)),
    ("/api/teams/search", || get(teams::search)),
    ("/api/teams/{id}", || get(teams::get).put(teams::change).delete(teams::remove)),
    ("/api/teams/{id}/members", || get(teams::members).post(teams::add_member).put(teams::set_members)),
    ("/api/teams/{id}/members/{user}", || put(teams::change_member).delete(teams::remove_member)),
    ("/api/teams/{id}/preferences", || get(teams::preferences).put(teams::set_preferences)),
    ("/api/serviceaccounts", || post(service_accounts::create)),
    ("/api/serviceaccounts/", || post(service_accounts::create)),
    ("/api/serviceaccounts/search", || get(service_accounts::search)),
    ("/api/serviceaccounts/{id}", || {
        get(service_accounts::get).patch(service_accounts::change).delete(service_accounts::remove)
    }),
    ("/api/serviceaccounts/{id}/tokens", || get(service_accounts::tokens).post(service_accounts::add_token)),
    ("/api/serviceaccounts/{id}/tokens/{token}", || delete(service_accounts::remove_token)),
];

/// Dashboards, folders, search, annotations.
const DASHBOARDS: Routes = &[
    ("/api/dashboards/db", || post(dashboards::save)),
    ("/api/dashboards/db/", || post(dashboards::save)),
    ("/api/dashboards/import", || post(dashboards::import)),
    ("/api/dashboards/home", || get(dashboards::home)),
    ("/api/dashboards/tags", || get(search::tags)),
    ("/api/dashboards/uid/{uid}", || get(dashboards::get).delete(dashboards::remove)),
    ("/api/dashboards/uid/{uid}/versions", || get(versions::list)),
    ("/api/dashboards/uid/{uid}/versions/{version}", || get(versions::one)),
    ("/api/dashboards/uid/{uid}/restore", || post(versions::restore)),
    ("/api/dashboards/uid/{uid}/permissions", || {
        get(permissions::of_dashboard).post(permissions::set_of_dashboard)
    }),
    ("/api/dashboards/id/{id}/versions", || get(versions::list_by_id)),
    ("/api/bongsu/reports", || get(reports::list)),
    ("/api/bongsu/reports/{name}/send", || post(reports::send_now)),
    ("/render/d/{uid}", || get(render::dashboard_short)),
    ("/render/d/{uid}/{slug}", || get(render::dashboard)),
    ("/render/d-solo/{uid}", || get(render::panel_short)),
    ("/render/d-solo/{uid}/{slug}", || get(render::panel)),
    ("/api/search", || get(search::search)),
    ("/api/search/", || get(search::search)),
    ("/api/search/sorting", || get(search::sorting)),
    ("/api/folders", || get(folders::list).post(folders::create)),
    ("/api/folders/{uid}", || get(folders::get).put(folders::change).delete(folders::remove)),
    ("/api/folders/id/{id}", || get(folders::get_by_id)),
    ("/api/folders/{uid}/move", || post(folders::relocate)),
    ("/api/folders/{uid}/counts", || get(folders::counts)),
    ("/api/folders/{uid}/permissions", || get(permissions::of_folder).post(permissions::set_of_folder)),
    ("/api/annotations", || get(annotations::list).post(annotations::create)),
    ("/api/annotations/graphite", || post(annotations::create_graphite)),
    ("/api/annotations/tags", || get(annotations::tags)),
    ("/api/annotations/mass-delete", || post(annotations::remove_many)),
    ("/api/annotations/{id}", || {
        get(annotations::one).put(annotations::replace).patch(annotations::change).delete(annotations::remove)
    }),
    ("/api/access-control/user/permissions", || get(access_control::own)),
    ("/api/access-control/{resource}/description", || get(access_control::describe)),
    ("/api/access-control/{resource}/{uid}", || get(access_control::get).post(access_control::set)),
    ("/api/access-control/{resource}/{uid}/{whom}/{id}", || post(access_control::set_one)),
    ("/api/playlists", || get(playlists::list).post(playlists::create)),
    ("/api/playlists/{uid}", || get(playlists::get).put(playlists::change).delete(playlists::remove)),
    ("/api/playlists/{uid}/items", || get(playlists::items_of)),
    ("/api/snapshots", || post(snapshots::create)),
    ("/api/snapshots/{key}", || get(snapshots::get).delete(snapshots::remove)),
    ("/api/snapshots-delete/{key}", || get(snapshots::remove_by_key)),
    ("/api/dashboard/snapshots", || get(snapshots::list)),
];

/// Data sources, and what is asked of them.
const SOURCES: Routes = &[
    ("/api/datasources", || get(datasources::list).post(datasources::create)),
    ("/api/datasources/{id}", || {
        get(datasources::get_by_id).put(datasources::put_by_id).delete(datasources::remove_by_id)
    }),
    ("/api/datasources/uid/{uid}", || {
        get(datasources::get).put(datasources::put).delete(datasources::remove_by_uid)
    }),
    ("/api/datasources/name/{name}", || get(datasources::get_by_name).delete(datasources::remove_by_name)),
    ("/api/datasources/id/{name}", || get(datasources::id_of)),
    ("/api/datasources/uid/{uid}/health", || get(query::health)),
    ("/api/datasources/uid/{uid}/resources/{*path}", || any(proxy::resources)),
    ("/api/datasources/proxy/uid/{uid}/{*path}", || any(proxy::by_uid)),
    ("/api/datasources/proxy/{id}/{*path}", || any(proxy::by_id)),
    ("/api/ds/query", || post(query::query)),
];

/// Alerts, silences and what configuration files provide.
const ALERTING: Routes = &[
    ("/api/prometheus/{source}/api/v1/rules", || get(alerting::prometheus_rules)),
    ("/api/prometheus/{source}/api/v1/alerts", || get(alerting::prometheus_alerts)),
    ("/api/alertmanager/grafana/config/api/v1/alerts", || {
        get(alerting::alertmanager_config).post(alerting::refuse).delete(alerting::refuse)
    }),
    ("/api/alertmanager/{source}/api/v2/{*path}", || any(alerting::alertmanager)),
    ("/api/ruler/grafana/api/v1/rules", || get(alerting::ruler)),
    ("/api/ruler/grafana/api/v1/rules/{namespace}", || {
        get(alerting::ruler_of).post(alerting::refuse).delete(alerting::refuse)
    }),
    ("/api/v1/provisioning/contact-points", || get(alerting::list_contact_points).post(alerting::refuse)),
    ("/api/v1/provisioning/contact-points/{uid}", || put(alerting::refuse).delete(alerting::refuse)),
    ("/api/v1/provisioning/policies", || {
        get(alerting::get_policies).put(alerting::refuse).delete(alerting::refuse)
    }),
    ("/api/v1/provisioning/mute-timings", || get(alerting::list_mute_timings).post(alerting::refuse)),
    ("/api/v1/provisioning/mute-timings/{name}", || {
        get(alerting::get_mute_timing).put(alerting::refuse).delete(alerting::refuse)
    }),
    ("/api/v1/provisioning/templates", || get(alerting::list_templates)),
    ("/api/v1/provisioning/templates/{name}", || put(alerting::refuse).delete(alerting::refuse)),
    ("/api/v1/provisioning/alert-rules", || get(alerting::list_rules).post(alerting::refuse)),
    ("/api/v1/provisioning/alert-rules/{uid}", || {
        get(alerting::get_rule).put(alerting::refuse).delete(alerting::refuse)
    }),
    ("/api/v1/provisioning/folder/{folder}/rule-groups/{group}", || {
        get(alerting::get_group).put(alerting::refuse).delete(alerting::refuse)
    }),
];

/// All tables.
const ALL: [Routes; 6] = [LOGIN, PEOPLE, GROUPS, DASHBOARDS, SOURCES, ALERTING];

/// Builds the routes under a prefix, such as `/bongsu` or `/`.
pub fn router(grafana: Arc<Grafana>, prefix: &str) -> Router {
    let prefix = prefix.trim_end_matches('/');
    let mut router = Router::new();
    for (path, make) in ALL.into_iter().flatten() {
        router = router.route(&format!("{prefix}{path}"), make());
    }
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(grafana.clone(), audit::note))
        .layer(from_fn_with_state(grafana.clone(), identify::identify))
        .layer(from_fn(headers::harden))
        .with_state(grafana)
}

/// Puts logins in front of other routes; see [`guard`].
pub fn guarded(others: Router, guard: guard::Guard) -> Router {
    others.layer(from_fn_with_state(Arc::new(guard), guard::guard))
}

#[cfg(test)]
mod tests;
