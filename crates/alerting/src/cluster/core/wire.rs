//! How identities, members and headers are written, as the membership protocol asks for them.
//!
//! ```text
//! identity  4 or 6 │ address bytes │ port u16 │ name length u8 │ name │ generation u64
//! member    identity │ incarnation u16 │ state u8
//! header    identity of the sender │ incarnation u16 │ identity of the receiver │ message u8 │ [ identity ] │ [ probe u8 ]
//! ```
//! Numbers are big-endian.

use std::net::{IpAddr, SocketAddr};

use bytes::{Buf, BufMut};
use foca::{Header, Member, Message, State};

use super::identity::{Identity, NAME_BYTES_MAX};

/// Reads and writes the protocol's parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire;

/// Why bytes are not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("the bytes end in the middle of a {0}")]
    Short(&'static str),
    #[error("{value} is no {what}")]
    Unknown { what: &'static str, value: u8 },
    #[error("a name is not UTF-8 or longer than {NAME_BYTES_MAX} bytes")]
    Name,
    #[error("no room is left")]
    Full,
}

fn need(buf: &impl Buf, bytes: usize, what: &'static str) -> Result<(), WireError> {
    if buf.remaining() < bytes { Err(WireError::Short(what)) } else { Ok(()) }
}

fn put_identity(identity: &Identity, out: &mut Vec<u8>) {
    match identity.address.ip() {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
        }
    }
    out.put_u16(identity.address.port());
    let name = identity.name.as_bytes();
    let length = name.len().min(NAME_BYTES_MAX);
    out.put_u8(u8::try_from(length).expect("names are at most 128 bytes"));
    out.extend_from_slice(&name[..length]);
    out.put_u64(identity.generation);
}

fn identity(buf: &mut impl Buf) -> Result<Identity, WireError> {
    const WHAT: &str = "identity";
    need(buf, 1, WHAT)?;
    let ip = match buf.get_u8() {
        4 => {
            need(buf, 4, WHAT)?;
            let mut octets = [0; 4];
            buf.copy_to_slice(&mut octets);
            IpAddr::from(octets)
        }
        6 => {
            need(buf, 16, WHAT)?;
            let mut octets = [0; 16];
            buf.copy_to_slice(&mut octets);
            IpAddr::from(octets)
        }
        value => return Err(WireError::Unknown { what: "kind of address", value }),
    };
    need(buf, 3, WHAT)?;
    let port = buf.get_u16();
    let length = usize::from(buf.get_u8());
    if length > NAME_BYTES_MAX {
        return Err(WireError::Name);
    }
    need(buf, length + 8, WHAT)?;
    let mut name = vec![0; length];
    buf.copy_to_slice(&mut name);
    let name = String::from_utf8(name).map_err(|_| WireError::Name)?;
    Ok(Identity { address: SocketAddr::new(ip, port), name, generation: buf.get_u64() })
}

pub(super) fn put_member(member: &Member<Identity>, out: &mut Vec<u8>) {
    put_identity(member.id(), out);
    out.put_u16(member.incarnation());
    out.put_u8(match member.state() {
        State::Alive => 0,
        State::Suspect => 1,
        State::Down => 2,
    });
}

pub(super) fn member(buf: &mut impl Buf) -> Result<Member<Identity>, WireError> {
    let id = identity(buf)?;
    need(buf, 3, "member")?;
    let incarnation = buf.get_u16();
    let state = match buf.get_u8() {
        0 => State::Alive,
        1 => State::Suspect,
        2 => State::Down,
        value => return Err(WireError::Unknown { what: "state", value }),
    };
    Ok(Member::new(id, incarnation, state))
}

fn put_header(header: &Header<Identity>, out: &mut Vec<u8>) {
    put_identity(&header.src, out);
    out.put_u16(header.src_incarnation);
    put_identity(&header.dst, out);
    let (tag, third, probe) = match &header.message {
        Message::Ping(probe) => (0, None, Some(*probe)),
        Message::Ack(probe) => (1, None, Some(*probe)),
        Message::PingReq { target, probe_number } => (2, Some(target), Some(*probe_number)),
        Message::IndirectPing { origin, probe_number } => (3, Some(origin), Some(*probe_number)),
        Message::IndirectAck { target, probe_number } => (4, Some(target), Some(*probe_number)),
        Message::ForwardedAck { origin, probe_number } => (5, Some(origin), Some(*probe_number)),
        Message::Announce => (6, None, None),
        Message::Feed => (7, None, None),
        Message::Gossip => (8, None, None),
        Message::Broadcast => (9, None, None),
        Message::TurnUndead => (10, None, None),
    };
    out.put_u8(tag);
    if let Some(third) = third {
        put_identity(third, out);
    }
    out.extend(probe);
}

pub(super) fn header(buf: &mut impl Buf) -> Result<Header<Identity>, WireError> {
    const WHAT: &str = "header";
    let src = identity(buf)?;
    need(buf, 2, WHAT)?;
    let src_incarnation = buf.get_u16();
    let dst = identity(buf)?;
    need(buf, 1, WHAT)?;
    let tag = buf.get_u8();
    let third = if (2..=5).contains(&tag) { Some(identity(buf)?) } else { None };
    let probe = if tag <= 5 {
        need(buf, 1, WHAT)?;
        buf.get_u8()
    } else {
        0
    };
    let message = match (tag, third) {
        (0, None) => Message::Ping(probe),
        (1, None) => Message::Ack(probe),
        (2, Some(target)) => Message::PingReq { target, probe_number: probe },
        (3, Some(origin)) => Message::IndirectPing { origin, probe_number: probe },
        (4, Some(target)) => Message::IndirectAck { target, probe_number: probe },
        (5, Some(origin)) => Message::ForwardedAck { origin, probe_number: probe },
        (6, None) => Message::Announce,
        (7, None) => Message::Feed,
        (8, None) => Message::Gossip,
        (9, None) => Message::Broadcast,
        (10, None) => Message::TurnUndead,
        (value, _) => return Err(WireError::Unknown { what: "message", value }),
    };
    Ok(Header { src, src_incarnation, dst, message })
}

fn put(bytes: &[u8], mut buf: impl BufMut) -> Result<(), WireError> {
    if buf.remaining_mut() < bytes.len() {
        return Err(WireError::Full);
    }
    buf.put_slice(bytes);
    Ok(())
}

impl foca::Codec<Identity> for Wire {
    type Error = WireError;

    fn encode_header(&mut self, header: &Header<Identity>, buf: impl BufMut) -> Result<(), WireError> {
        let mut bytes = Vec::with_capacity(128);
        put_header(header, &mut bytes);
        put(&bytes, buf)
    }

    fn decode_header(&mut self, mut buf: impl Buf) -> Result<Header<Identity>, WireError> {
        header(&mut buf)
    }

    fn encode_member(&mut self, member: &Member<Identity>, buf: impl BufMut) -> Result<(), WireError> {
        let mut bytes = Vec::with_capacity(64);
        put_member(member, &mut bytes);
        put(&bytes, buf)
    }

    fn decode_member(&mut self, mut buf: impl Buf) -> Result<Member<Identity>, WireError> {
        member(&mut buf)
    }
}
