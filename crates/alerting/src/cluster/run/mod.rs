//! The shell of the protocol: sockets, names, time, and the stores of an [`Alertmanager`].

mod address;
mod link;
mod metrics;
mod options;
mod stream;
#[cfg(test)]
mod tests;
mod tls_metrics;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use telemetry::Registry;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use transport::peer::PeerTls;

use super::core::{
    Core, Event, Identity, MEMBERS_MAX, Messages, Moment, PACKET_BYTES_MAX, Part, Purpose, Settle,
};
use crate::run::Alertmanager;
use link::Link;
use metrics::Metrics;
use tls_metrics::TlsMetrics;

pub use options::{ClusterError, Options};

/// How often the names of peers are asked for again, as in the original.
const REFRESH: Duration = Duration::from_secs(15);
/// How soon they are asked for again while some have no address.
const REFRESH_SOON: Duration = Duration::from_secs(1);
/// Streams that are served at once; more wait in the system's queue.
const STREAMS_SERVED_MAX: usize = 16;
/// Streams that are sent at once; more news are dropped and counted.
const STREAMS_SENT_MAX: usize = 64;
/// News from packets that wait for the stores.
const NEWS_WAITING_MAX: usize = 1024;
/// Packets read before time is looked at.
const PACKETS_AT_ONCE: usize = 64;

/// A replica's place among the others.
pub struct Cluster {
    options: Options,
    core: Mutex<Core>,
    settle: Mutex<Settle>,
    /// Not owned: it owns us.
    alertmanager: Weak<Alertmanager>,
    link: Link,
    /// Taken by [`Cluster::run`].
    listener: Mutex<Option<TcpListener>>,
    served: Arc<Semaphore>,
    /// Connections that bring packets.
    carried: Semaphore,
    sent: Arc<Semaphore>,
    /// Peers with which an exchange goes on.
    busy: Mutex<BTreeSet<SocketAddr>>,
    news: mpsc::Sender<Messages>,
    arrived: Mutex<Option<mpsc::Receiver<Messages>>>,
    wake: Notify,
    begun: Instant,
    metrics: Metrics,
}

/// What the API shows of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Our name.
    pub name: String,
    /// Whether we know enough to send.
    pub settled: bool,
    /// Names and addresses of the members, ourselves among them, by name.
    pub peers: Vec<(String, String)>,
}

impl Cluster {
    /// Opens the sockets and makes the Alertmanager wait until [`Cluster::run`] has found the others.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn open(
        options: Options,
        alertmanager: &Arc<Alertmanager>,
        registry: &Registry,
    ) -> Result<Arc<Cluster>, ClusterError> {
        let (udp, listener, local) = address::bind(&options.listen_address).await?;
        let link = match &options.tls {
            Some(config) => Link::Tls {
                tls: PeerTls::new(config).map_err(ClusterError::Tls)?,
                carriers: Mutex::default(),
                metrics: TlsMetrics::new(registry),
            },
            None => Link::Plain(udp),
        };
        let peers = address::resolve(&options.peers, options.resolve_timeout).await;
        let advertised = address::advertised(&options, local, &peers.found).await?;
        let started = Timestamp::now();
        let identity = Identity {
            address: advertised,
            name: options.name(started),
            generation: u64::try_from(started.as_millisecond()).unwrap_or(0),
        };
        tracing::info!(address = %local, advertised = %advertised, name = %identity.name, "cluster: taking part");
        let settle = if options.peers.is_empty() {
            Settle::alone()
        } else {
            alertmanager.hold();
            Settle::new(options.core.gossip_interval * 10, options.settle_timeout)
        };
        let seed = RandomState::new().hash_one(&identity);
        let mut core = Core::new(identity, options.core.clone(), seed);
        core.set_configured(peers.found, Moment::ZERO);
        let (news, arrived) = mpsc::channel(NEWS_WAITING_MAX);
        let cluster = Arc::new(Cluster {
            metrics: Metrics::new(registry),
            core: Mutex::new(core),
            settle: Mutex::new(settle),
            alertmanager: Arc::downgrade(alertmanager),
            link,
            listener: Mutex::new(Some(listener)),
            served: Arc::new(Semaphore::new(STREAMS_SERVED_MAX)),
            carried: Semaphore::new(MEMBERS_MAX),
            sent: Arc::new(Semaphore::new(STREAMS_SENT_MAX)),
            busy: Mutex::default(),
            news,
            arrived: Mutex::new(Some(arrived)),
            wake: Notify::new(),
            begun: Instant::now(),
            options,
        });
        metrics::register(&cluster, registry);
        alertmanager.join(Arc::clone(&cluster));
        Ok(cluster)
    }

    /// Returns what the API shows.
    pub fn status(&self) -> Status {
        let core = self.core.lock();
        let shown = |member: Identity| (member.name, member.address.to_string());
        Status {
            name: core.identity().name.clone(),
            settled: self.settle.lock().is_settled(),
            peers: core.members().into_iter().map(shown).collect(),
        }
    }

    /// Tells the others what is new in a store.
    pub(crate) fn spread(&self, part: Part, messages: Vec<Vec<u8>>) {
        if !messages.is_empty() {
            self.core.lock().spread(part, messages, self.now());
            self.wake.notify_one();
        }
    }

    /// Takes part until `stop`, then says goodbye.
    ///
    /// # Panics
    /// If it was called before.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let listener = self.listener.lock().take().expect("run is called once");
        let arrived = self.arrived.lock().take().expect("run is called once");
        let tasks = [
            tokio::spawn(Arc::clone(&self).serve(listener)),
            tokio::spawn(Arc::clone(&self).take_news(arrived)),
            tokio::spawn(Arc::clone(&self).refresh()),
        ];
        let mut packet = vec![0; PACKET_BYTES_MAX + 1];
        loop {
            self.act().await;
            let wait = self.until_next_deadline();
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                received = self.link.receive(&mut packet) => self.read_packets(received, &mut packet),
            }
            self.handle_timeout();
        }
        self.core.lock().leave(self.now());
        self.act().await;
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }

    fn now(&self) -> Moment {
        self.begun.elapsed()
    }

    fn until_next_deadline(&self) -> Duration {
        let next = self.core.lock().next_deadline().min(self.settle.lock().next_deadline());
        next.saturating_sub(self.now())
    }

    /// Takes a packet, and those that came with it.
    fn read_packets(&self, received: std::io::Result<(usize, SocketAddr)>, packet: &mut [u8]) {
        let mut received = received;
        for _ in 0..PACKETS_AT_ONCE {
            // A failure tells of a packet that we sent before and nobody took.
            if let Ok((length, _from)) = received {
                self.core.lock().handle_packet(&packet[..length], self.now());
            }
            received = match self.link.try_receive(packet) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                other => other,
            };
        }
    }

    fn handle_timeout(&self) {
        let now = self.now();
        let (size, position) = {
            let mut core = self.core.lock();
            core.handle_timeout(now);
            for (peer, after) in core.take_answers() {
                self.metrics.answered(&peer, after);
            }
            (core.size(), core.position())
        };
        let Some(alertmanager) = self.alertmanager.upgrade() else { return };
        let wait = self.options.peer_timeout.saturating_mul(u32::try_from(position).unwrap_or(u32::MAX));
        alertmanager.set_peer_wait(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX));
        if self.settle.lock().look(size, now) {
            tracing::info!(members = size, after = ?now, "cluster: settled, notifications may go out");
            alertmanager.release();
        }
    }

    /// Does what the core wants.
    async fn act(self: &Arc<Self>) {
        while let Some(event) = { self.core.lock().poll_event() } {
            match event {
                // Lost packets are part of the protocol.
                Event::Packet { to, bytes } => {
                    self.link.send(self, to, bytes).await;
                }
                Event::Stream { to, part, bytes } => self.send_news(to, part, bytes),
                Event::Exchange { with, purpose } => self.begin_exchange(with, purpose),
                Event::News(messages) => {
                    if self.news.try_send(messages).is_err() {
                        self.metrics.overrun.inc();
                    }
                }
                Event::Joined(who) => {
                    tracing::info!(peer = %who.name, address = %who.address, "cluster: peer is there");
                }
                Event::Left(who) => {
                    tracing::warn!(peer = %who.name, address = %who.address, "cluster: peer is gone");
                }
                Event::Renamed(who) => {
                    tracing::debug!(peer = %who.name, address = %who.address, "cluster: peer has a new identity");
                }
            }
        }
    }

    fn send_news(self: &Arc<Self>, to: SocketAddr, part: Part, bytes: Vec<u8>) {
        let Ok(permit) = Arc::clone(&self.sent).try_acquire_owned() else {
            self.metrics.oversized_dropped.with(&[part.key()]).inc();
            return;
        };
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            let begun = Instant::now();
            cluster.metrics.oversized_sent.with(&[part.key()]).inc();
            match stream::send_news(&cluster, to, part, &bytes).await {
                Ok(()) => {
                    let took = begun.elapsed().as_secs_f64();
                    cluster.metrics.oversized_duration.with(&[part.key()]).observe(took);
                }
                Err(error) => {
                    cluster.metrics.oversized_failed.with(&[part.key()]).inc();
                    tracing::debug!(peer = %to, %error, "cluster: news not taken");
                }
            }
            drop(permit);
        });
    }

    fn begin_exchange(self: &Arc<Self>, with: SocketAddr, purpose: Purpose) {
        if !self.busy.lock().insert(with) {
            return;
        }
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            let result = stream::exchange(&cluster, with).await;
            cluster.busy.lock().remove(&with);
            cluster.metrics.exchanged(purpose, result.is_ok());
            if let Err(error) = result {
                tracing::debug!(peer = %with, ?purpose, %error, "cluster: no exchange");
            }
            cluster.wake.notify_one();
        });
    }

    /// Serves streams of peers.
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok(permit) = Arc::clone(&self.served).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((connection, from)) => {
                    let cluster = Arc::clone(&self);
                    tokio::spawn(async move {
                        let tls = cluster.link.tls_metrics();
                        if let Some(metrics) = tls {
                            metrics.streams_received.inc();
                        }
                        if let Err(error) = stream::serve(&cluster, connection, permit).await {
                            cluster.metrics.streams_refused.inc();
                            if let Some(metrics) = tls {
                                metrics.read_errors.inc();
                            }
                            tracing::debug!(%from, %error, "cluster: stream refused");
                        }
                    });
                }
                // Too many open files, as a rule.
                Err(error) => {
                    tracing::warn!(%error, "cluster: cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Gives the stores what packets brought, as much at once as there is.
    async fn take_news(self: Arc<Self>, mut arrived: mpsc::Receiver<Messages>) {
        while let Some(messages) = arrived.recv().await {
            let mut all = vec![messages];
            while let Ok(more) = arrived.try_recv() {
                all.push(more);
            }
            self.merge(all).await;
        }
    }

    /// Gives messages to the stores.
    async fn merge(&self, messages: Vec<Messages>) {
        let Some(alertmanager) = self.alertmanager.upgrade() else { return };
        // A panic in there was reported by the runtime.
        let merged = tokio::task::spawn_blocking(move || alertmanager.merge(&messages)).await;
        for (part, error) in merged.unwrap_or_default() {
            self.metrics.unreadable.inc();
            tracing::warn!(part = part.key(), %error, "cluster: a peer's messages cannot be read");
        }
    }

    /// Asks for the addresses of the configured peers again and again: names move.
    async fn refresh(self: Arc<Self>) {
        let mut wait = REFRESH_SOON;
        loop {
            tokio::time::sleep(wait).await;
            let peers = address::resolve(&self.options.peers, self.options.resolve_timeout).await;
            for (name, error) in &peers.failed {
                tracing::debug!(peer = %name, %error, "cluster: peer's name has no address");
            }
            wait = if peers.failed.is_empty() || self.now() > REFRESH { REFRESH } else { REFRESH_SOON };
            if peers.failed.is_empty() || !peers.found.is_empty() {
                self.core.lock().set_configured(peers.found, self.now());
                self.wake.notify_one();
            }
        }
    }
}
