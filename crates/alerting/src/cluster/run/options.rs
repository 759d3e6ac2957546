//! What the command line says of the cluster.

use std::time::Duration;

use jiff::Timestamp;
use transport::TlsError;
use transport::peer::PeerTlsConfig;

use crate::cluster::core::{CoreSettings, NAME_BYTES_MAX};

/// The flags `--cluster.*`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where we listen, for UDP and TCP.
    pub listen_address: String,
    /// Where others reach us; found out if empty.
    pub advertise_address: String,
    /// What we are called; made up if empty.
    pub peer_name: String,
    /// `host:port` of others.
    pub peers: Vec<String>,
    /// How long each waits for the one before it.
    pub peer_timeout: Duration,
    /// How long names are asked for.
    pub resolve_timeout: Duration,
    /// How long a connection or an exchange may take without progress.
    pub tcp_timeout: Duration,
    /// How long we wait at most until the others are found.
    pub settle_timeout: Duration,
    /// Whether we may advertise a public address that nobody named.
    pub allow_public_address: bool,
    /// Certificates of both sides, if the traffic is to be encrypted.
    pub tls: Option<PeerTlsConfig>,
    /// The protocol's times.
    pub core: CoreSettings,
}

/// Why a replica cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// An address is not `host:port`, or has none.
    #[error("{what} {address:?}: {reason}")]
    Address {
        /// Which flag.
        what: &'static str,
        /// Its value.
        address: String,
        /// Why not.
        reason: String,
    },
    /// We cannot listen.
    #[error("cluster: cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        error: std::io::Error,
    },
    /// Certificates or keys cannot be used.
    #[error("--cluster.tls-config: {0}")]
    Tls(TlsError),
    /// Nobody could reach us but over the Internet.
    #[error(
        "cluster: no private address found ({found} is public); name one by --cluster.advertise-address, or allow it by \
         --cluster.allow-insecure-public-advertise-address-discovery"
    )]
    Public {
        /// What was found.
        found: std::net::IpAddr,
    },
}

impl Options {
    /// Returns what we are called. A made-up name begins with the time, so that the oldest replica is the first.
    pub(super) fn name(&self, started: Timestamp) -> String {
        if self.peer_name.is_empty() {
            let millis = u64::try_from(started.as_millisecond()).unwrap_or(0);
            return ulid::Ulid::from_parts(millis, uuid::Uuid::new_v4().as_u128()).to_string();
        }
        let mut name = self.peer_name.clone();
        while name.len() > NAME_BYTES_MAX {
            name.pop();
        }
        name
    }
}
