//! What two members tell one another by TCP: everything, or much news.
//!
//! ```text
//! all   members u16 │ member … │ part ( tag u8 │ length u32 │ messages ) …
//! news  store u8 │ name length u8 │ the sender's name │ messages
//! ```
//! The first member is the sender. Dead members are named too: one who learns that it was declared dead takes a new identity,
//! and a partition ends with the first exchange. Parts with an unknown tag are left out.

use std::net::SocketAddr;

use bytes::BufMut;
use foca::{Identity as _, Member, State};

use super::inspect::Inspection;
use super::{Core, Event, FrameError, Identity, MEMBERS_MAX, Messages, Moment, Part, wire};

/// Why two members exchange everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// It is time again.
    Periodic,
    /// The other is configured or was a member, and is not there.
    Reconnect,
    /// The other's address is new among the configured names.
    Refresh,
}

impl Core {
    /// Returns what we tell in an exchange; `stores` are all messages of each store.
    pub fn exchange(&self, stores: &[(Part, &[u8])]) -> Vec<u8> {
        let others = self.foca.iter_membership_state().take(MEMBERS_MAX - 1);
        let mut members = 1u16;
        let mut out = vec![0; 2];
        wire::put_member(&Member::alive(self.foca.identity().clone()), &mut out);
        for member in others {
            wire::put_member(member, &mut out);
            members += 1;
        }
        out[..2].copy_from_slice(&members.to_be_bytes());
        for (part, bytes) in stores {
            let Ok(length) = u32::try_from(bytes.len()) else { continue };
            out.put_u8(part.tag());
            out.put_u32(length);
            out.extend_from_slice(bytes);
        }
        out
    }

    /// Returns the body of a stream that brings news.
    pub(in crate::cluster) fn news(&self, part: Part, messages: &[u8]) -> Vec<u8> {
        let name = self.foca.identity().name.as_bytes();
        let mut out = Vec::with_capacity(2 + name.len() + messages.len());
        out.push(part.tag());
        out.push(u8::try_from(name.len()).expect("names are at most 128 bytes"));
        out.extend_from_slice(name);
        out.extend_from_slice(messages);
        out
    }

    /// Takes what the other told; `dialled` is the address under which we found it, if we did. Returns its messages for the stores.
    ///
    /// # Errors
    /// Bytes that are no exchange, or more members than there may be; nothing is changed then.
    pub fn handle_exchange(
        &mut self,
        body: &[u8],
        dialled: Option<SocketAddr>,
        now: Moment,
    ) -> Result<Vec<Messages>, FrameError> {
        let (count, mut rest) = body.split_first_chunk::<2>().ok_or(FrameError::Short)?;
        let count = usize::from(u16::from_be_bytes(*count));
        if count == 0 || count > MEMBERS_MAX {
            return Err(FrameError::Members);
        }
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(wire::member(&mut rest).map_err(|_| FrameError::Members)?);
        }
        let stores = stores(rest, &members[0].id().name)?;
        let inspection = Inspection::of_members(&members);
        if !inspection.is_welcome(&self.foca) {
            self.counters.refused += 1;
            return Err(FrameError::Members);
        }
        self.observed.hears(inspection, now);
        let sender = members[0].id().address;
        let before = self.foca.identity().clone();
        if let Some(dialled) = dialled.filter(|dialled| *dialled != sender) {
            self.aliases.insert(dialled, sender);
        }
        if sender == before.address {
            // We talk to ourselves.
            return Ok(Vec::new());
        }
        // Others believe in another life of ours: the clock went back between two, or somebody speaks in our name. Ours has to win.
        let others = members.iter().map(foca::Member::id);
        let stronger = others.filter(|id| id.address == before.address && id.win_addr_conflict(&before));
        if let Some(generation) = stronger.filter_map(|id| id.generation.checked_add(1)).max() {
            let identity = Identity { generation, ..before.clone() };
            // Fails only for an identity that is the same.
            self.foca.change_identity(identity, &mut self.runtime).ok();
        }
        // Suspicions are left to those who have them.
        members.retain(|member| member.state() != State::Suspect);
        // Errors concern single members, and the next exchange comes.
        self.foca.apply_many(members.into_iter(), true, &mut self.runtime).ok();
        self.after(now);
        if *self.foca.identity() != before
            && let Some(with) = dialled
        {
            // They still believe that we are dead.
            self.events.push_back(Event::Exchange { with, purpose: Purpose::Reconnect });
        }
        Ok(stores)
    }
}

/// Reads the body of a stream that brings news; `None` for a store that only newer versions know.
///
/// # Errors
/// Bytes that end too early.
pub fn read_news(body: &[u8]) -> Result<Option<Messages>, FrameError> {
    let ([tag, length], rest) = body.split_first_chunk::<2>().ok_or(FrameError::Short)?;
    let (name, bytes) = rest.split_at_checked(usize::from(*length)).ok_or(FrameError::Short)?;
    let from = String::from_utf8_lossy(name).into_owned();
    Ok(Part::from_tag(*tag).map(|part| Messages { part, from, bytes: bytes.to_vec() }))
}

fn stores(mut rest: &[u8], from: &str) -> Result<Vec<Messages>, FrameError> {
    let mut stores = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (messages, left) = after.split_at_checked(length).ok_or(FrameError::Short)?;
        let messages = |part| Messages { part, from: from.to_owned(), bytes: messages.to_vec() };
        stores.extend(Part::from_tag(head[0]).map(messages));
        rest = left;
    }
    if rest.is_empty() { Ok(stores) } else { Err(FrameError::Short) }
}
