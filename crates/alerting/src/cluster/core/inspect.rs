//! A look at a packet before the membership protocol believes it: anybody can send one.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use foca::{Foca, Header, Member, Message, State};
use rand::rngs::SmallRng;

use super::MEMBERS_MAX;
use super::identity::Identity;
use super::news::Inbox;
use super::wire::{self, Wire};

/// What a packet speaks of.
#[derive(Debug)]
pub(super) struct Inspection {
    addresses: BTreeSet<SocketAddr>,
    /// To whom it would make us send.
    relay: Option<SocketAddr>,
    /// Members that it says are alive.
    pub(super) alive: BTreeSet<String>,
    /// Whose answer to which probe of ours it is.
    pub(super) answer: Option<(Identity, u8)>,
}

/// Returns the receiver and number of a probe that we send.
pub(super) fn probe(mut payload: &[u8]) -> Option<(SocketAddr, u8)> {
    let Header { dst, message, .. } = wire::header(&mut payload).ok()?;
    match message {
        Message::Ping(number) => Some((dst.address, number)),
        _no_probe => None,
    }
}

impl Inspection {
    /// Reads a packet's header and members; `None` if it cannot be read.
    pub(super) fn of(mut payload: &[u8]) -> Option<Inspection> {
        let Header { src, message, .. } = wire::header(&mut payload).ok()?;
        let relay = match &message {
            Message::PingReq { target, .. } | Message::IndirectAck { target, .. } => Some(target.address),
            Message::Ping(_)
            | Message::Ack(_)
            | Message::IndirectPing { .. }
            | Message::ForwardedAck { .. }
            | Message::Announce
            | Message::Feed
            | Message::Gossip
            | Message::Broadcast
            | Message::TurnUndead => None,
        };
        let answer = match &message {
            Message::Ack(number) => Some((src.clone(), *number)),
            _no_answer => None,
        };
        let mut alive = BTreeSet::from([src.name.clone()]);
        let mut addresses = BTreeSet::from([src.address]);
        if message != Message::Broadcast
            && let Some((count, mut rest)) = payload.split_first_chunk::<2>()
        {
            for _ in 0..u16::from_be_bytes(*count) {
                let member = wire::member(&mut rest).ok()?;
                addresses.insert(member.id().address);
                if member.state() == State::Alive {
                    alive.insert(member.id().name.clone());
                }
            }
        }
        Some(Inspection { addresses, relay, alive, answer })
    }

    /// Looks at members that came another way.
    pub(super) fn of_members(members: &[Member<Identity>]) -> Inspection {
        let alive = members.iter().filter(|m| m.state() == State::Alive).map(|m| m.id().name.clone());
        Inspection {
            addresses: members.iter().map(|m| m.id().address).collect(),
            relay: None,
            alive: alive.collect(),
            answer: None,
        }
    }

    /// Tells whether there is room for all new members, and whether we are only asked to talk to members.
    pub(super) fn is_welcome(&self, foca: &Foca<Identity, Wire, SmallRng, Inbox>) -> bool {
        let known: BTreeSet<SocketAddr> = foca.iter_membership_state().map(|m| m.id().address).collect();
        let new = self.addresses.difference(&known).count();
        new + known.len() <= MEMBERS_MAX && self.relay.is_none_or(|to| known.contains(&to))
    }
}
