//! Streams: one question and one answer on a TCP connection.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use transport::peer::Stream;

use super::Cluster;
use super::link::IDLE;
use crate::cluster::core::{Frame, FrameError, Kind, PACKET_BYTES_MAX, Part, read_news};

/// A body is read in pieces of this size, so that announcing much costs no memory.
const PIECE: usize = 64 << 10;

/// Why a stream failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("nothing moved for {0:?}")]
    Slow(Duration),
    #[error("the answer is of another kind")]
    Answer,
    #[error("too many peers send packets by TCP")]
    Crowded,
}

/// Exchanges everything with a peer.
pub(super) async fn exchange(cluster: &Cluster, with: SocketAddr) -> Result<(), StreamError> {
    let mut connection = connect(cluster, with).await?;
    let body = full_state(cluster).await;
    write(cluster, &mut connection, Kind::Exchange, &body).await?;
    let (kind, answer) = read(cluster, &mut connection).await?;
    if kind != Kind::Exchange {
        return Err(StreamError::Answer);
    }
    take(cluster, answer, Some(with)).await
}

/// Sends news to a peer, and waits until it has them.
pub(super) async fn send_news(
    cluster: &Cluster,
    to: SocketAddr,
    part: Part,
    messages: &[u8],
) -> Result<(), StreamError> {
    let mut connection = connect(cluster, to).await?;
    let body = cluster.core.lock().news(part, messages);
    write(cluster, &mut connection, Kind::News, &body).await?;
    match read(cluster, &mut connection).await? {
        (Kind::Taken, _) => Ok(()),
        (Kind::Exchange | Kind::News | Kind::Packet, _) => Err(StreamError::Answer),
    }
}

/// Answers a peer.
pub(super) async fn serve(
    cluster: &Cluster,
    connection: TcpStream,
    permit: OwnedSemaphorePermit,
) -> Result<(), StreamError> {
    let mut connection = in_time(cluster, cluster.link.accepted(connection)).await?;
    match read(cluster, &mut connection).await? {
        (Kind::Exchange, body) => {
            // First the other's, so that our answer knows of it.
            take(cluster, body, None).await?;
            let answer = full_state(cluster).await;
            write(cluster, &mut connection, Kind::Exchange, &answer).await
        }
        (Kind::News, body) => {
            cluster.metrics.received(false, body.len());
            // A part that we do not know comes from a newer version, and is left to those who know it.
            if let Some(messages) = read_news(&body)? {
                cluster.merge(vec![messages]).await;
            }
            write(cluster, &mut connection, Kind::Taken, &[]).await
        }
        (Kind::Packet, packet) => {
            // Such connections stay, so they are counted apart from those that bring one thing.
            drop(permit);
            let _carried = cluster.carried.try_acquire().map_err(|_| StreamError::Crowded)?;
            receive_packets(cluster, connection, packet).await
        }
        (Kind::Taken, _) => Err(StreamError::Answer),
    }
}

/// Takes packets from a connection until it is closed, or brings none for long.
async fn receive_packets(
    cluster: &Cluster,
    mut connection: Box<dyn Stream>,
    first: Vec<u8>,
) -> Result<(), StreamError> {
    let mut packet = first;
    loop {
        if let Some(metrics) = cluster.link.tls_metrics() {
            metrics.packet_bytes_received.inc_by(packet.len() as u64);
        }
        cluster.core.lock().handle_packet(&packet, cluster.now());
        cluster.wake.notify_one();
        let mut head = vec![0; Frame::stream_head_bytes(&cluster.options.core.label)];
        match tokio::time::timeout(IDLE * 2, connection.read_exact(&mut head)).await {
            Ok(Ok(_)) => {}
            // Its end.
            Ok(Err(_)) | Err(_) => return Ok(()),
        }
        let (kind, length) = Frame::read_stream_head(&head, &cluster.options.core.label)?;
        if kind != Kind::Packet || length > PACKET_BYTES_MAX {
            return Err(StreamError::Answer);
        }
        packet = vec![0; length];
        in_time(cluster, connection.read_exact(&mut packet)).await?;
    }
}

/// Sends a packet over a connection that stays.
pub(super) async fn send_packet(
    cluster: &Cluster,
    connection: &mut Box<dyn Stream>,
    packet: &[u8],
) -> Result<(), StreamError> {
    write(cluster, connection, Kind::Packet, packet).await
}

/// Takes what another knows.
async fn take(cluster: &Cluster, body: Vec<u8>, dialled: Option<SocketAddr>) -> Result<(), StreamError> {
    cluster.metrics.received(true, body.len());
    let stores = cluster.core.lock().handle_exchange(&body, dialled, cluster.now())?;
    cluster.wake.notify_one();
    cluster.merge(stores).await;
    Ok(())
}

async fn full_state(cluster: &Cluster) -> Vec<u8> {
    let encoded = match cluster.alertmanager.upgrade() {
        // It may be large, and the encoding waits for the state machine's lock.
        Some(am) => tokio::task::spawn_blocking(move || am.full_state()).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let stores: Vec<(Part, &[u8])> = encoded.iter().map(|(part, bytes)| (*part, bytes.as_slice())).collect();
    let body = cluster.core.lock().exchange(&stores);
    cluster.metrics.sent(body.len());
    body
}

/// Connects to a peer, with a handshake if there is TLS.
pub(super) async fn connect(cluster: &Cluster, to: SocketAddr) -> Result<Box<dyn Stream>, StreamError> {
    let connected = dial(cluster, to).await;
    if let Some(metrics) = cluster.link.tls_metrics() {
        metrics.stream(connected.is_ok());
    }
    connected
}

async fn dial(cluster: &Cluster, to: SocketAddr) -> Result<Box<dyn Stream>, StreamError> {
    let connection = in_time(cluster, TcpStream::connect(to)).await?;
    connection.set_nodelay(true)?;
    in_time(cluster, cluster.link.dialled(connection, to)).await
}

async fn write(
    cluster: &Cluster,
    connection: &mut (impl AsyncWrite + Unpin),
    kind: Kind,
    body: &[u8],
) -> Result<(), StreamError> {
    let head = Frame::stream_head(kind, body.len(), &cluster.options.core.label)?;
    in_time(cluster, connection.write_all(&head)).await?;
    for piece in body.chunks(PIECE) {
        in_time(cluster, connection.write_all(piece)).await?;
    }
    in_time(cluster, connection.flush()).await
}

async fn read(
    cluster: &Cluster,
    connection: &mut (impl AsyncRead + Unpin),
) -> Result<(Kind, Vec<u8>), StreamError> {
    let label = &cluster.options.core.label;
    let mut head = vec![0; Frame::stream_head_bytes(label)];
    in_time(cluster, connection.read_exact(&mut head)).await?;
    let (kind, length) = Frame::read_stream_head(&head, label)?;
    let mut body = Vec::new();
    while body.len() < length {
        let begin = body.len();
        body.resize(length.min(begin + PIECE), 0);
        in_time(cluster, connection.read_exact(&mut body[begin..])).await?;
    }
    Ok((kind, body))
}

/// Waits for one step of a stream as long as `--cluster.tcp-timeout` allows.
async fn in_time<T>(
    cluster: &Cluster,
    step: impl Future<Output = std::io::Result<T>>,
) -> Result<T, StreamError> {
    let timeout = cluster.options.tcp_timeout;
    match tokio::time::timeout(timeout, step).await {
        Ok(done) => Ok(done?),
        Err(_elapsed) => Err(StreamError::Slow(timeout)),
    }
}
