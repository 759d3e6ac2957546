//! Addresses that lead to the web UI, and what it is told about this server.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::Uri;
use webui::{Facts, Role};

use crate::options::Options;
use crate::router::App;

/// What `--web.page-title` is if nobody says.
const PROMETHEUS_TITLE: &str = "Prometheus Time Series Collection and Processing Server";

/// What the web UI is told.
pub fn facts(options: &Options) -> Facts {
    Facts {
        role: Role::Server,
        // The flag's default is Prometheus's name for itself.
        title: if options.page_title == PROMETHEUS_TITLE {
            "Bongsu".to_owned()
        } else {
            options.page_title.clone()
        },
        version: options.version.clone(),
        alertmanager: options.alertmanager,
        admin_api: options.admin_api,
        lifecycle: options.lifecycle,
        dashboards: options.dashboards,
        logins: options.dashboards,
    }
}

/// The path under which browsers reach the server, without a slash at its end.
pub fn base(options: &Options) -> &str {
    match options.external_url.path().trim_end_matches('/') {
        // Nobody said; then the prefix of the routes is all there is.
        "" => options.route_prefix.trim_end_matches('/'),
        path => path,
    }
}

/// `/graph`: where links of alerts lead. They are kept, with their query.
pub async fn graph(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let query = uri.query().map_or(String::new(), |q| format!("?{q}"));
    Redirect::to(&format!("{}/query{query}", base(&app.options))).into_response()
}

/// `/` where all routes have a prefix.
pub async fn to_prefix(State(app): State<Arc<App>>) -> Redirect {
    Redirect::to(&app.options.route_prefix)
}
