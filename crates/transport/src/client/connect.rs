//! From a URL to a connection: directly or through a proxy, with or without TLS.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Extensions, Uri};
use hyper::rt::ReadBufCursor;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::proxy::{Proxies, Proxy, bare_host};
use super::reach::Reach;
use super::tls::TlsMaterial;
use super::{dial, tls};
use crate::config::HttpClientConfig;
use crate::error::{Failure, io_reason, tls_failure};

/// How long a TLS handshake may take, as in Prometheus.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a proxy's answer to `CONNECT` that are read before giving up.
const CONNECT_ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Opens connections.
#[derive(Clone)]
pub(super) struct Connector(Arc<Settings>);

struct Settings {
    tls: Arc<ClientConfig>,
    /// For an `https` proxy: same trust, but never HTTP/2 and never the target's name.
    proxy_tls: Arc<ClientConfig>,
    server_name: Option<ServerName<'static>>,
    proxies: Proxies,
    /// Where to connect to.
    reach: Reach,
}

impl Connector {
    pub(super) fn new(
        material: &TlsMaterial,
        config: &HttpClientConfig,
        proxies: Proxies,
        reach: Reach,
    ) -> Result<Connector, Failure> {
        let name = &config.tls.server_name;
        let server_name = (!name.is_empty()).then(|| server_name(name)).transpose()?;
        Ok(Connector(Arc::new(Settings {
            tls: tls::client_config(material, config.enable_http2)?,
            proxy_tls: tls::client_config(material, false)?,
            server_name,
            proxies,
            reach,
        })))
    }

    async fn connect(self, uri: Uri) -> Result<Stream, Failure> {
        let https = uri.scheme_str() == Some("https");
        let host = bare_host(uri.host().unwrap_or_default());
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let proxy = self.0.proxies.proxy_for(&uri);
        let io = match (proxy, &self.0.reach) {
            (_, Reach::Socket(path)) => unix(path).await?,
            (None, Reach::Anywhere) => Box::new(dial::tcp(host, port, None).await?),
            // A guarded client has no proxy: who knows where that would go.
            (_, Reach::Guarded(guard)) => Box::new(dial::tcp(host, port, Some(guard)).await?),
            (Some(proxy), Reach::Anywhere) => {
                self.through(proxy, uri.host().unwrap_or_default(), port, https).await?
            }
        };
        if !https {
            let plain_proxy = proxy.is_some_and(|p| p.url.scheme().starts_with("http"));
            return Ok(Stream {
                io: TokioIo::new(io),
                plain_proxy,
                http2: false,
                answered: Answered::default(),
            });
        }
        let name = match &self.0.server_name {
            Some(name) => name.clone(),
            None => server_name(host)?,
        };
        let stream = handshake(self.0.tls.clone(), name, io).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Stream {
            io: TokioIo::new(Box::new(stream)),
            plain_proxy: false,
            http2,
            answered: Answered::default(),
        })
    }

    async fn through(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        https: bool,
    ) -> Result<Box<dyn Io>, Failure> {
        let (proxy_host, proxy_port) = proxy.address();
        let as_proxy = |failure: Failure| Failure::Proxy(failure.to_string());
        let mut io: Box<dyn Io> = Box::new(dial::tcp(&proxy_host, proxy_port, None).await.map_err(as_proxy)?);
        if proxy.url.scheme().starts_with("socks5") {
            super::socks::connect(&mut io, bare_host(host), port, proxy.login()).await?;
            return Ok(io);
        }
        if proxy.url.scheme() == "https" {
            let name = server_name(&proxy_host)?;
            io = Box::new(handshake(self.0.proxy_tls.clone(), name, io).await.map_err(as_proxy)?);
        }
        if https {
            tunnel(&mut io, proxy, &format!("{host}:{port}")).await?;
        }
        Ok(io)
    }
}

async fn unix(path: &Path) -> Result<Box<dyn Io>, Failure> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(Failure::Dial {
            network: "unix",
            address: path.display().to_string(),
            reason: io_reason(&error),
        }),
    }
}

pub(super) fn server_name(name: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(name.to_owned())
        .map_err(|_| Failure::Tls(format!("tls: not a server name: {name:?}")))
}

pub(super) async fn handshake<I: Io>(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    io: I,
) -> Result<tokio_rustls::client::TlsStream<I>, Failure> {
    let connecting = TlsConnector::from(config).connect(name, io);
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, connecting).await {
        Ok(done) => done.map_err(|e| tls_failure(&e)),
        Err(_) => Err(Failure::Tls("net/http: TLS handshake timeout".to_owned())),
    }
}

/// Asks an HTTP proxy for a tunnel to `authority`.
async fn tunnel(io: &mut Box<dyn Io>, proxy: &Proxy, authority: &str) -> Result<(), Failure> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    let mut header = |name: &str, value: &http::HeaderValue| {
        for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    };
    proxy.connect_headers.iter().for_each(|(name, value)| header(name.as_str(), value));
    if let Some(login) = proxy.authorization() {
        header("Proxy-Authorization", &login);
    }
    request.extend_from_slice(b"\r\n");
    let broken = |e: io::Error| Failure::Proxy(io_reason(&e));
    io.write_all(&request).await.map_err(broken)?;
    io.flush().await.map_err(broken)?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the empty line belongs to the tunnel. It is once per connection, and short.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= CONNECT_ANSWER_BYTES_MAX {
            return Err(Failure::Proxy("the proxy's answer to CONNECT is too long".to_owned()));
        }
        answer.push(io.read_u8().await.map_err(broken)?);
    }
    let status_line = String::from_utf8_lossy(&answer);
    let status_line = status_line.lines().next().unwrap_or_default();
    match status_line.split_once(' ') {
        Some((version, status)) if version.starts_with("HTTP/1.") => {
            if status.starts_with('2') {
                Ok(())
            } else {
                Err(Failure::Proxy(status.trim().to_owned()))
            }
        }
        Some(_) | None => Err(Failure::Proxy(format!("malformed answer to CONNECT: {status_line:?}"))),
    }
}

/// What HTTP can be spoken over.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection.
pub(super) struct Stream {
    io: TokioIo<Box<dyn Io>>,
    /// Whether a proxy reads our requests, so that they must carry the whole URL.
    plain_proxy: bool,
    http2: bool,
    answered: Answered,
}

/// Whether a connection has brought an answer already. Travels with each answer and each failure of the connection.
#[derive(Clone, Default)]
pub(super) struct Answered(Arc<AtomicBool>);

impl Answered {
    /// An answer has come: from now on the connection is one that was used before.
    pub(super) fn note(extensions: &Extensions) {
        if let Some(Answered(flag)) = extensions.get() {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Tells whether the connection had brought an answer before.
    pub(super) fn before(connection: &Connected) -> bool {
        let mut extensions = Extensions::new();
        connection.get_extras(&mut extensions);
        extensions.get::<Answered>().is_some_and(|Answered(flag)| flag.load(Ordering::Relaxed))
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        let connected = Connected::new().proxy(self.plain_proxy).extra(self.answered.clone());
        if self.http2 { connected.negotiated_h2() } else { connected }
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}
