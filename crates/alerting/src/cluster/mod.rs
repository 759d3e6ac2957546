//! Gossip between replicas: who is there, and what each knows of silences and sent notifications.
//!
//! Alerts are not gossiped, as in the original: every Prometheus sends to every replica. Replicas share silences and the
//! notification log, and wait for one another: the one whose name is first sends at once, the next waits one
//! `--cluster.peer-timeout`, and finds in the log that all is said. A replica that hears nothing sends: better twice than never.
//!
//! Main types: [`Core`] (the protocol, without sockets and clocks), [`Cluster`] (its shell: UDP, TCP, names, time).
//!
//! The wire is our own, not memberlist's: replicas of Bongsu and of the original do not understand one another, and refuse each
//! other's packets. What travels inside (silences, log entries) are the original's messages.
//!
//! - Membership is SWIM ([`foca`]): probes by UDP, suspicion, and a new [`Identity`] for whoever was declared dead and is not.
//! - News are packed into the same packets until each was sent often enough; what is large or many goes by TCP at once.
//! - From time to time, and whenever a replica comes back, two exchange all they know by TCP. So nothing lost stays lost.
//!
//! Invariants: 1. Everything a peer can send is bounded: packets, streams, members, timers, news that wait.  2. What cannot be
//! read is counted and dropped; it never ends the program.  3. Whether news are news is judged by the stores alone: only what they
//! took is passed on, so a message dies out once all have it.

mod core;
mod run;

pub use self::core::{
    Core, CoreSettings, Counters, Event, FrameError, Identity, Messages, Moment, NAME_BYTES_MAX, Part,
    Purpose, Settle, read_news,
};
pub use run::{Cluster, ClusterError, Options, Status};
