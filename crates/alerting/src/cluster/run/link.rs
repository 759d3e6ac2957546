//! How packets and streams travel: by UDP and TCP, or, with TLS, all by TCP.
//!
//! With TLS each peer has one connection for our packets, dialled with the first and closed when there are none for a while. Packets
//! that come faster than they go are dropped, as UDP would.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use transport::peer::{PeerTls, Stream};

use super::tls_metrics::TlsMetrics;
use super::{Cluster, stream};

/// Packets that wait for a connection.
const WAITING_MAX: usize = 64;
/// A connection without packets is closed.
pub(super) const IDLE: Duration = Duration::from_secs(60);
/// A peer that cannot be reached is left in peace for this time; the protocol sends again anyway.
const PAUSE: Duration = Duration::from_secs(1);

/// The way to others.
pub(super) enum Link {
    /// In the clear.
    Plain(UdpSocket),
    /// Encrypted.
    Tls {
        tls: PeerTls,
        /// What carries packets to each peer.
        carriers: Mutex<HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>>,
        /// What is counted of it.
        metrics: TlsMetrics,
    },
}

impl Link {
    /// Returns what is counted, where there is TLS.
    pub(super) fn tls_metrics(&self) -> Option<&TlsMetrics> {
        match self {
            Link::Plain(_) => None,
            Link::Tls { metrics, .. } => Some(metrics),
        }
    }

    /// Receives packets by UDP. With TLS none come, ever: they come by streams.
    pub(super) async fn receive(&self, packet: &mut [u8]) -> std::io::Result<(usize, SocketAddr)> {
        match self {
            Link::Plain(udp) => udp.recv_from(packet).await,
            Link::Tls { .. } => std::future::pending().await,
        }
    }

    /// Receives a packet that is there already.
    pub(super) fn try_receive(&self, packet: &mut [u8]) -> std::io::Result<(usize, SocketAddr)> {
        match self {
            Link::Plain(udp) => udp.try_recv_from(packet),
            Link::Tls { .. } => Err(std::io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Sends a packet; it may get lost.
    pub(super) async fn send(&self, cluster: &Arc<Cluster>, to: SocketAddr, bytes: Vec<u8>) {
        match self {
            Link::Plain(udp) => {
                udp.send_to(&bytes, reachable(udp, to)).await.ok();
            }
            Link::Tls { carriers, .. } => {
                let mut carriers = carriers.lock();
                carriers.retain(|_, carrier| !carrier.is_closed());
                let carrier = carriers.entry(to).or_insert_with(|| {
                    let (carrier, packets) = mpsc::channel(WAITING_MAX);
                    tokio::spawn(carry(Arc::downgrade(cluster), to, packets));
                    carrier
                });
                carrier.try_send(bytes).ok();
            }
        }
    }

    /// Begins what was dialled.
    pub(super) async fn dialled(
        &self,
        connection: TcpStream,
        to: SocketAddr,
    ) -> std::io::Result<Box<dyn Stream>> {
        match self {
            Link::Plain(_) => Ok(Box::new(connection)),
            Link::Tls { tls, .. } => tls.connect(connection, to.ip()).await,
        }
    }

    /// Begins what was accepted.
    pub(super) async fn accepted(&self, connection: TcpStream) -> std::io::Result<Box<dyn Stream>> {
        match self {
            Link::Plain(_) => Ok(Box::new(connection)),
            Link::Tls { tls, .. } => tls.accept(connection).await,
        }
    }
}

/// An IPv6 socket reaches IPv4 addresses in their IPv6 form only.
fn reachable(udp: &UdpSocket, to: SocketAddr) -> SocketAddr {
    match (udp.local_addr(), to) {
        (Ok(SocketAddr::V6(_)), SocketAddr::V4(v4)) => {
            SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
        }
        _same_family => to,
    }
}

/// Carries packets to a peer, over one connection after another.
async fn carry(cluster: Weak<Cluster>, to: SocketAddr, mut packets: mpsc::Receiver<Vec<u8>>) {
    let mut connection: Option<Box<dyn Stream>> = None;
    while let Ok(Some(packet)) = tokio::time::timeout(IDLE, packets.recv()).await {
        let Some(cluster) = cluster.upgrade() else { return };
        let sent = match &mut connection {
            Some(connection) => stream::send_packet(&cluster, connection, &packet).await,
            None => match stream::connect(&cluster, to).await {
                Ok(new) => stream::send_packet(&cluster, connection.insert(new), &packet).await,
                Err(error) => Err(error),
            },
        };
        if let Some(metrics) = cluster.link.tls_metrics() {
            metrics.packet(packet.len(), sent.is_ok());
        }
        drop(cluster);
        if let Err(error) = sent {
            tracing::debug!(peer = %to, %error, "cluster: packet not sent");
            connection = None;
            tokio::time::sleep(PAUSE).await;
        }
    }
}
