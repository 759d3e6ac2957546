//! What a handler gets: the state, and who asks.

use std::sync::Arc;

use accounts::{Access, Identity, Role};
use axum::extract::FromRequestParts;
use catalog::Tx;
use http::request::Parts;
use transport::listener::Peer;

use super::body::Params;
use super::identify::Asker;
use super::problem::Problem;
use super::state::Grafana;

/// A request of somebody.
pub struct Ctx {
    /// The state.
    pub grafana: Arc<Grafana>,
    /// Who asks.
    pub who: Identity,
    /// From which address.
    pub client: String,
    /// The parameters of the URL.
    pub params: Params,
}

impl FromRequestParts<Arc<Grafana>> for Ctx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, grafana: &Arc<Grafana>) -> Result<Ctx, Problem> {
        let asker =
            parts.extensions.get::<Asker>().cloned().unwrap_or_else(|| Asker(Err(Problem::unauthorized())));
        Ok(Ctx {
            grafana: grafana.clone(),
            who: asker.0?,
            client: client_of(&parts.extensions),
            params: Params::parse(parts.uri.query()),
        })
    }
}

/// The address of the client.
pub fn client_of(extensions: &http::Extensions) -> String {
    extensions.get::<Peer>().map_or_else(String::new, |peer| peer.0.ip().to_string())
}

impl Ctx {
    /// Now, in milliseconds.
    pub fn now_ms(&self) -> i64 {
        (self.grafana.now_ms)()
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn read(&self) -> Result<Tx, Problem> {
        Ok(self.grafana.accounts.catalog().read().await?)
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn write(&self) -> Result<Tx, Problem> {
        Ok(self.grafana.accounts.catalog().write().await?)
    }

    /// Reads all grants.
    ///
    /// # Errors
    /// The catalog fails.
    pub async fn access(&self, tx: &mut Tx) -> Result<Access, Problem> {
        Ok(Access::load(tx).await?)
    }

    /// Refuses who has less than a role.
    ///
    /// # Errors
    /// 403, naming what is needed.
    pub fn need(&self, role: Role, what: &str) -> Result<(), Problem> {
        if self.who.role >= role { Ok(()) } else { Err(Problem::forbidden(what)) }
    }

    /// Refuses who does not run the server.
    ///
    /// # Errors
    /// 403, naming what is needed.
    pub fn need_server_admin(&self, what: &str) -> Result<(), Problem> {
        if self.who.is_admin { Ok(()) } else { Err(Problem::forbidden(what)) }
    }

    /// Refuses who has no account: nothing can be kept for them.
    ///
    /// # Errors
    /// 401.
    pub fn need_somebody(&self) -> Result<(), Problem> {
        if self.who.is_somebody() { Ok(()) } else { Err(Problem::unauthorized()) }
    }
}

/// A time as Grafana writes it.
pub fn time(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1000)).map_or_else(|_| String::new(), |t| t.to_string())
}
