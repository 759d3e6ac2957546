//! All routes, and what stands before them.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::StatusCode;

use crate::options::Options;
use crate::parts::Parts;
use crate::ready::Readiness;
use crate::{error, lifecycle};

/// What handlers see.
pub struct App {
    /// What the command line decided.
    pub options: Options,
    /// What the server speaks for.
    pub parts: Parts,
    /// Whether it can answer.
    pub ready: Readiness,
}

/// The HTTP side, ready to be listened for.
pub struct Server {
    /// The service.
    pub router: Router,
    /// To be told when storage is open and when the end has come.
    pub ready: Readiness,
}

impl Server {
    /// Builds the routes. The server starts as not ready.
    pub fn new(options: Options, parts: Parts) -> Server {
        let ready = Readiness::new(&parts.registry);
        let app = Arc::new(App { options, parts, ready: ready.clone() });
        Server { router: router(app), ready }
    }
}

fn router(app: Arc<App>) -> Router {
    let reload = get(lifecycle::only_post).post(lifecycle::reload).put(lifecycle::reload);
    let quit = get(lifecycle::only_post).post(lifecycle::quit).put(lifecycle::quit);
    let gate = || axum::middleware::from_fn_with_state(app.clone(), lifecycle::when_ready);
    Router::new()
        .route("/-/healthy", get(lifecycle::healthy))
        .route("/-/ready", get(lifecycle::ready).layer(gate()))
        .route("/-/reload", reload)
        .route("/-/quit", quit)
        .fallback(|| async { error::plain(StatusCode::NOT_FOUND, "404 page not found") })
        .with_state(app)
}
