//! What the shell tells the core at the start, what the core wants of it, and what is counted.

use std::net::SocketAddr;
use std::time::Duration;

use super::exchange::Purpose;
use super::identity::Identity;
use super::news::{Messages, Part};

/// How often things happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreSettings {
    /// Only packets with the same label are ours.
    pub label: String,
    /// How often news are sent on.
    pub gossip_interval: Duration,
    /// How often everything is exchanged with some member; never if zero.
    pub exchange_interval: Duration,
    /// How often some member is probed.
    pub probe_interval: Duration,
    /// How long a probe may take.
    pub probe_timeout: Duration,
    /// How often lost members are looked for; never if zero.
    pub reconnect_interval: Duration,
    /// How long lost members are looked for; always if zero.
    pub reconnect_timeout: Duration,
}

/// What the shell has to do, or may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Send this by UDP.
    Packet {
        /// Where to.
        to: SocketAddr,
        /// The whole packet.
        bytes: Vec<u8>,
    },
    /// Send this by TCP: too large, or too much, for packets.
    Stream {
        /// Where to.
        to: SocketAddr,
        /// Of which store.
        part: Part,
        /// Messages one after another.
        bytes: Vec<u8>,
    },
    /// Exchange everything with a peer by TCP.
    Exchange {
        /// With whom.
        with: SocketAddr,
        /// Why.
        purpose: Purpose,
    },
    /// A peer sent news: the store shall take them.
    News(Messages),
    /// A member is there.
    Joined(Identity),
    /// A member is gone.
    Left(Identity),
    /// A member has another name than before.
    Renamed(Identity),
}

/// Figures that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Members that came.
    pub joined: u64,
    /// Members that went.
    pub left: u64,
    /// Members that changed.
    pub renamed: u64,
    /// Packets that cannot be read.
    pub malformed: u64,
    /// Packets of another cluster.
    pub foreign: u64,
    /// Packets refused because of a bound or a rule.
    pub refused: u64,
    /// Two members with the same name.
    pub conflicts: u64,
    /// News put into packets.
    pub news_sent: u64,
    /// Bytes of them.
    pub news_sent_bytes: u64,
    /// News received.
    pub news_received: u64,
    /// Bytes of them.
    pub news_received_bytes: u64,
    /// News dropped because too many waited.
    pub news_dropped: u64,
}
