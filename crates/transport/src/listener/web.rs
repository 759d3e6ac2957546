//! The web configuration in force: what `--web.config.file` says, read again while the program runs.
//!
//! Invariants: 1. The configuration is looked at most once per [`RECHECK_INTERVAL`].  2. One that cannot be used is logged,
//! and the former one stays in force: passwords never fall away by a typing error.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use parking_lot::Mutex;
use tokio_rustls::TlsAcceptor;

use super::auth::Passwords;
use super::rate::TokenBucket;
use super::tls::{self, TlsMaterial};
use crate::config::WebConfig;

/// A changed web configuration or certificate is noticed after at most this time.
pub const RECHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Why a web configuration cannot be used, in words for the log. Never holds a secret.
pub type WebError = Box<dyn std::error::Error + Send + Sync>;

/// Reads and checks the web configuration.
pub type LoadWeb = Arc<dyn Fn() -> Result<WebConfig, WebError> + Send + Sync>;

/// The web configuration in force. Clones share it.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    /// `None` if there is no file to read again.
    load: Option<LoadWeb>,
    checked: Mutex<Instant>,
    in_force: ArcSwap<InForce>,
    passwords: Passwords,
    bucket: TokenBucket,
}

/// A configuration, ready for use.
struct InForce {
    config: WebConfig,
    material: Option<TlsMaterial>,
    acceptor: Option<TlsAcceptor>,
    headers: Arc<HeaderMap>,
}

impl Web {
    /// Returns what holds without a web configuration file: plain HTTP for everybody.
    pub fn plain() -> Web {
        let in_force = InForce {
            config: WebConfig::default(),
            material: None,
            acceptor: None,
            headers: Arc::new(HeaderMap::new()),
        };
        Web::with(None, in_force)
    }

    /// Loads the configuration once, and again whenever it is used later than [`RECHECK_INTERVAL`] after the last time.
    ///
    /// # Errors
    /// What `load` says, or a certificate or key that cannot be used.
    pub fn load(load: LoadWeb) -> Result<Web, WebError> {
        let in_force = InForce::build(load()?, None)?;
        Ok(Web::with(Some(load), in_force))
    }

    fn with(load: Option<LoadWeb>, in_force: InForce) -> Web {
        Web(Arc::new(Inner {
            load,
            checked: Mutex::new(Instant::now()),
            in_force: ArcSwap::from_pointee(in_force),
            passwords: Passwords::default(),
            bucket: TokenBucket::default(),
        }))
    }

    /// Tells whether connections are encrypted; for the address that is printed at start.
    pub fn is_tls(&self) -> bool {
        self.0.in_force.load().acceptor.is_some()
    }

    pub(super) fn tls(&self) -> Option<TlsAcceptor> {
        self.refresh();
        self.0.in_force.load().acceptor.clone()
    }

    pub(super) fn headers(&self) -> Arc<HeaderMap> {
        self.0.in_force.load().headers.clone()
    }

    /// Decides whether a request with this `Authorization` header may pass, or with which status it is refused.
    pub(crate) async fn admit(&self, authorization: Option<&HeaderValue>) -> Result<(), StatusCode> {
        if self.0.load.is_none() {
            return Ok(());
        }
        self.refresh();
        let in_force = self.0.in_force.load_full();
        if let Some(limit) = in_force.config.rate_limit
            && !self.0.bucket.take(limit, Instant::now())
        {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        if in_force.config.users.is_empty() {
            return Ok(());
        }
        match self.0.passwords.check(&in_force.config.users, authorization).await {
            true => Ok(()),
            false => Err(StatusCode::UNAUTHORIZED),
        }
    }

    /// Loads the configuration again if it is time.
    fn refresh(&self) {
        let Some(load) = &self.0.load else { return };
        {
            let mut checked = self.0.checked.lock();
            if checked.elapsed() < RECHECK_INTERVAL {
                return;
            }
            *checked = Instant::now();
        }
        self.reload(load);
    }

    pub(crate) fn reload(&self, load: &LoadWeb) {
        let former = self.0.in_force.load_full();
        match load().and_then(|config| InForce::build(config, Some(&former))) {
            Ok(in_force) => self.0.in_force.store(Arc::new(in_force)),
            Err(error) => {
                tracing::error!(error, "cannot reload the web configuration, the former one stays in force")
            }
        }
    }
}

impl InForce {
    /// Makes a configuration ready; the former one's TLS set-up is used on if nothing about it changed, which keeps
    /// its session tickets.
    fn build(config: WebConfig, former: Option<&InForce>) -> Result<InForce, WebError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        let material = config.tls.as_ref().map(TlsMaterial::read).transpose()?;
        let unchanged = former.filter(|f| f.material == material && f.config.http2 == config.http2);
        let acceptor = match (unchanged, &material) {
            (Some(former), _) => former.acceptor.clone(),
            (None, Some(material)) => Some(tls::acceptor(material, config.http2)?),
            (None, None) => None,
        };
        Ok(InForce { config, material, acceptor, headers: Arc::new(headers) })
    }
}
