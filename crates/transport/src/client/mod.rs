//! The HTTP client: one per HTTP client configuration, with its own connections.
//!
//! Invariants: 1. Everything between `send` and the last byte of the body happens before the deadline.  2. A redirect never
//! takes credentials to another host.  3. No error holds a secret.  4. Files named in the configuration are read again
//! while the program runs.
//!
//! ```no_run
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use transport::{Client, Deadline, config::HttpClientConfig};
//! let client = Client::new(&HttpClientConfig::default(), "bongsu/0.1")?;
//! let request = http::Request::get("http://127.0.0.1:9100/metrics").body(Default::default())?;
//! let mut answer = client.send(request, Deadline::after(std::time::Duration::from_secs(10))).await?;
//! let mut body = Vec::new();
//! answer.read_to(&mut body, 10_000_000).await?;
//! # Ok(()) }
//! ```

mod connect;
mod credentials;
mod dial;
mod limited;
mod oauth2;
mod proxy;
mod reach;
mod redirect;
mod response;
mod sigv4;
mod socks;
mod tls;
mod wire;

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::config::HttpClientConfig;
use crate::error::{ClientError, Failure, hyper_failure};
use connect::{Answered, Connector};
use credentials::Credentials;
use proxy::Proxies;
pub use reach::AddressGuard;
use reach::Reach;
use redirect::Hop;
pub use response::Response;
use tls::TlsMaterial;
pub(crate) use tls::peer_connector;
pub use tls::tls_config;
pub use wire::Wire;

/// Unused connections are closed after this time, as in Prometheus: longer than any usual scrape interval.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// Unused connections kept per host, as in Prometheus.
const IDLE_PER_HOST_MAX: usize = 1000;
/// Changed TLS files are noticed after at most this time.
const RECHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The instant by which a request must be done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline this long from now.
    pub fn after(timeout: Duration) -> Deadline {
        Deadline(Instant::now() + timeout)
    }

    async fn guard<T>(self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::time::timeout_at(self.0, work).await.unwrap_or(Err(Failure::DeadlineExceeded))
    }
}

/// An HTTP client. Clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: HttpClientConfig,
    user_agent: HeaderValue,
    proxies: Proxies,
    credentials: Arc<Credentials>,
    /// Where to connect to.
    reach: Reach,
    pool: ArcSwap<Pool>,
    checked: Mutex<Instant>,
}

/// Connections under one state of the TLS files.
struct Pool {
    material: TlsMaterial,
    http: legacy::Client<Connector, Full<Bytes>>,
}

impl Client {
    /// Builds a client.
    ///
    /// # Errors
    /// TLS files that cannot be read or used, a proxy that cannot be used.
    pub fn new(config: &HttpClientConfig, user_agent: &str) -> Result<Client, Failure> {
        Client::build(config, user_agent, Proxies::new(&config.proxy)?, Reach::Anywhere)
    }

    /// Builds a client that only connects to hosts all of whose addresses `allowed` allows. It uses no proxy.
    ///
    /// # Errors
    /// TLS files that cannot be read or used.
    pub fn guarded(
        config: &HttpClientConfig,
        user_agent: &str,
        allowed: AddressGuard,
    ) -> Result<Client, Failure> {
        Client::build(config, user_agent, Proxies::none(), Reach::Guarded(allowed))
    }

    fn build(
        config: &HttpClientConfig,
        user_agent: &str,
        proxies: Proxies,
        reach: Reach,
    ) -> Result<Client, Failure> {
        let material = TlsMaterial::read(&config.tls)?;
        let pool = Pool::new(config, &proxies, reach.clone(), material)?;
        let user_agent = HeaderValue::from_str(user_agent)
            .map_err(|_| Failure::Connection(format!("not a header value: {user_agent:?}")))?;
        Ok(Client(Arc::new(Inner {
            credentials: Arc::new(Credentials::new(config, &user_agent)?),
            config: config.clone(),
            user_agent,
            proxies,
            reach,
            pool: ArcSwap::from_pointee(pool),
            checked: Mutex::new(Instant::now()),
        })))
    }

    /// Returns a client like this one, login and tokens shared, that reaches every URL's host through a Unix socket. It uses
    /// no proxy.
    ///
    /// # Errors
    /// TLS files that cannot be read or used.
    pub fn over_unix_socket(&self, path: impl Into<PathBuf>) -> Result<Client, Failure> {
        self.apart(Proxies::none(), Reach::Socket(path.into().into()))
    }

    /// Returns a client like this one, login and tokens shared, with connections of its own: for use in another runtime, as
    /// connections belong to the one that opened them.
    ///
    /// # Errors
    /// TLS files that cannot be read or used.
    pub fn with_own_connections(&self) -> Result<Client, Failure> {
        self.apart(self.0.proxies.clone(), self.0.reach.clone())
    }

    fn apart(&self, proxies: Proxies, reach: Reach) -> Result<Client, Failure> {
        let material = TlsMaterial::read(&self.0.config.tls)?;
        let pool = Pool::new(&self.0.config, &proxies, reach.clone(), material)?;
        Ok(Client(Arc::new(Inner {
            config: self.0.config.clone(),
            user_agent: self.0.user_agent.clone(),
            proxies,
            credentials: self.0.credentials.clone(),
            reach,
            pool: ArcSwap::from_pointee(pool),
            checked: Mutex::new(Instant::now()),
        })))
    }

    /// Returns the configuration it was built from.
    pub fn config(&self) -> &HttpClientConfig {
        &self.0.config
    }

    /// Sends a request, follows redirects if the configuration says so, and returns the answer once its headers are there.
    /// The deadline holds for the body too. Statuses are not judged.
    ///
    /// # Errors
    /// No answer; see [`Failure`].
    pub async fn send(&self, request: Request<Bytes>, deadline: Deadline) -> Result<Response, ClientError> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        self.follow(request, deadline).await.map_err(|(at, failure)| ClientError {
            method,
            url: redirect::masked(at.as_ref().unwrap_or(&uri)),
            failure,
        })
    }

    async fn follow(
        &self,
        request: Request<Bytes>,
        deadline: Deadline,
    ) -> Result<Response, (Option<Uri>, Failure)> {
        let mut hop = Hop::first(request);
        loop {
            let uri = hop.uri().clone();
            let answer =
                deadline.guard(self.once(&hop, deadline)).await.map_err(|f| (Some(uri.clone()), f))?;
            if !self.0.config.follow_redirects {
                return Ok(Response::new(answer, uri, deadline));
            }
            match hop.next(answer.status(), answer.headers()) {
                Ok(None) => return Ok(Response::new(answer, uri, deadline)),
                Ok(Some(next)) => hop = next,
                Err(failure) => return Err((Some(uri), failure)),
            }
        }
    }

    async fn once(&self, hop: &Hop, deadline: Deadline) -> Result<http::Response<Incoming>, Failure> {
        let mut request = hop.request();
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.0.user_agent.clone());
        self.0.credentials.apply(&mut request, hop.is_at_home(), deadline).await?;
        self.0.proxies.authorize(&mut request);
        let pool = self.pool()?;
        let again = is_idempotent(request.method()).then(|| request.clone());
        let answer = match (pool.http.request(request.map(Full::new)).await, again) {
            // The server closed a kept connection in the moment in which we used it again: that is nobody's fault, and
            // servers that keep connections for just a scrape interval make it happen all the time. Go tries again, too.
            (Err(error), Some(again)) if died_in_the_pool(&error) => {
                pool.http.request(again.map(Full::new)).await
            }
            (answer, _) => answer,
        };
        let answer = answer.map_err(|e| failure_of(&e))?;
        Answered::note(answer.extensions());
        Ok(answer)
    }

    /// Returns the connections; new ones if TLS files have changed.
    fn pool(&self) -> Result<Arc<Pool>, Failure> {
        let pool = self.0.pool.load_full();
        if !pool.material.may_change() {
            return Ok(pool);
        }
        let mut checked = self.0.checked.lock();
        if checked.elapsed() < RECHECK_INTERVAL {
            return Ok(pool);
        }
        let material = TlsMaterial::read(&self.0.config.tls)?;
        *checked = Instant::now();
        if material == pool.material {
            return Ok(pool);
        }
        let pool = Arc::new(Pool::new(&self.0.config, &self.0.proxies, self.0.reach.clone(), material)?);
        self.0.pool.store(pool.clone());
        Ok(pool)
    }
}

impl Pool {
    fn new(
        config: &HttpClientConfig,
        proxies: &Proxies,
        reach: Reach,
        material: TlsMaterial,
    ) -> Result<Pool, Failure> {
        let connector = Connector::new(&material, config, proxies.clone(), reach)?;
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Ok(Pool { material, http })
    }
}

fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Tells whether a connection that had worked before broke before a byte of an answer came.
fn died_in_the_pool(error: &legacy::Error) -> bool {
    let mut cause = error.source();
    let mut broke = false;
    while let Some(inner) = cause {
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>() {
            broke |= hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled();
        }
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
            broke |= matches!(io.kind(), BrokenPipe | ConnectionReset);
        }
        cause = inner.source();
    }
    broke && error.connect_info().is_some_and(Answered::before)
}

fn failure_of(error: &legacy::Error) -> Failure {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(failure) = inner.downcast_ref::<Failure>() {
            return failure.clone();
        }
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>() {
            return hyper_failure(hyper);
        }
        cause = inner.source();
    }
    Failure::Connection(error.to_string())
}
