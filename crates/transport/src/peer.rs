//! TLS between equals: each side listens with a certificate and dials with another, or the same, so that both know the other.

use std::io;
use std::net::IpAddr;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use yaml::{Read, Value};

use crate::TlsError;
use crate::config::{ServerTls, TlsClientConfig};
use crate::{client, listener};

/// What a file says of both sides: `tls_server_config` as in a web configuration, `tls_client_config` as in a scrape job.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerTlsConfig {
    /// How we listen.
    pub server: ServerTls,
    /// How we dial.
    pub client: TlsClientConfig,
}

impl Read for PeerTlsConfig {
    fn read(value: &Value<'_>) -> Option<PeerTlsConfig> {
        value.fields(|f| {
            let server =
                f.get("tls_server_config").and_then(|v| crate::config::read_server_tls(&v)).flatten();
            if server.is_none() {
                f.value().problem("missing 'tls_server_config' entry in the TLS configuration");
            }
            let client = f.or_default("tls_client_config");
            Some(PeerTlsConfig { server: server?, client })
        })
    }
}

/// A connection, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Both sides, ready for handshakes.
pub struct PeerTls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    /// What the other's certificate is for, if not its address.
    name: Option<ServerName<'static>>,
}

impl PeerTls {
    /// Reads the files that a configuration names.
    ///
    /// # Errors
    /// Files that cannot be read, or do not fit together.
    pub fn new(config: &PeerTlsConfig) -> Result<PeerTls, TlsError> {
        let name = &config.client.server_name;
        let refused = |e: rustls_pki_types::InvalidDnsNameError| TlsError::Refused {
            what: "server_name",
            reason: e.to_string(),
        };
        Ok(PeerTls {
            acceptor: listener::peer_acceptor(&config.server)?,
            connector: client::peer_connector(&config.client)?,
            name: if name.is_empty() {
                None
            } else {
                Some(ServerName::try_from(name.clone()).map_err(refused)?)
            },
        })
    }

    /// Answers a handshake.
    ///
    /// # Errors
    /// The other side is not who it has to be, or the connection broke.
    pub async fn accept(&self, connection: TcpStream) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.acceptor.accept(connection).await?))
    }

    /// Begins a handshake with whoever was dialled at an address.
    ///
    /// # Errors
    /// As [`PeerTls::accept`].
    pub async fn connect(&self, connection: TcpStream, to: IpAddr) -> io::Result<Box<dyn Stream>> {
        let name = self.name.clone().unwrap_or_else(|| ServerName::from(to));
        Ok(Box::new(self.connector.connect(name, connection).await?))
    }
}
