//! The listener: accepts connections, speaks TLS and HTTP/1.1 and HTTP/2, guards, hands requests to a service.
//!
//! Invariants: 1. No more connections are open than permits exist.  2. A client that sends slowly is cut off after the read
//! timeout.  3. After shutdown no connection is accepted, and every request that was being answered is answered.

mod auth;
mod body;
mod client_cert;
mod guard;
mod plain;
mod rate;
mod san;
mod tls;
pub mod web;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

pub use body::RequestBody;
pub(crate) use tls::peer_acceptor;
pub use web::{LoadWeb, Web, WebError};

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after `accept` failed, usually for want of file descriptors: trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the service finds as an extension of each request: who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// How to listen.
#[derive(Clone)]
pub struct Options {
    /// One permit per open connection; listeners that share a limit share the semaphore.
    pub connections: Arc<Semaphore>,
    /// How long a client may take to send a request, and may stay idle between two.
    pub read_timeout: Duration,
    /// TLS, basic auth, headers.
    pub web: Web,
}

impl Default for Options {
    /// 512 connections, five minutes, no TLS and no passwords: what Prometheus does without flags.
    fn default() -> Options {
        Options {
            connections: Arc::new(Semaphore::new(512)),
            read_timeout: Duration::from_secs(300),
            web: Web::plain(),
        }
    }
}

/// Serves until `shutdown` is cancelled and the requests of that moment are answered. Dropping the future closes all
/// connections at once, so a caller sets a deadline with `tokio::time::timeout`.
///
/// An `axum::Router` is such a service. It finds the client's address as extension [`Peer`].
pub async fn serve<S, B>(listener: TcpListener, options: Options, service: S, shutdown: CancellationToken)
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    let server = server(&options);
    loop {
        let permit = options.connections.clone().acquire_owned();
        let (permit, accepted) = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = open.join_next() => continue,
            pair = async { (permit.await, listener.accept().await) } => pair,
        };
        let (mut stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are written whole; waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let guarded = guard::Guard::new(service.clone(), options.web.clone(), peer, options.read_timeout);
        let (server, watcher, web) = (server.clone(), graceful.watcher(), options.web.clone());
        open.spawn(async move {
            let _permit = permit;
            match web.tls() {
                None => connection(&server, stream, guarded, watcher).await,
                Some(acceptor) => {
                    let handshake = async {
                        plain::refuse(&mut stream).await?;
                        acceptor.accept(stream).await
                    };
                    match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
                        Ok(Ok(stream)) => connection(&server, stream, guarded, watcher).await,
                        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                        Err(_) => tracing::debug!(%peer, "TLS handshake timed out"),
                    }
                }
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
    while open.join_next().await.is_some() {}
}

fn server(options: &Options) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(options.read_timeout);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(options.read_timeout);
    server
}

async fn connection<S, B, I>(
    server: &auto::Builder<TokioExecutor>,
    stream: I,
    service: guard::Guard<S>,
    watcher: hyper_util::server::graceful::Watcher,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let service = TowerToHyperService::new(service);
    let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "connection ended early");
    }
}
