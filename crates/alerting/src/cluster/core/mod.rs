//! The protocol as a state machine: packets and time in, packets and news out.
//!
//! The shell calls [`Core::handle_packet`] for what UDP brings, [`Core::handle_exchange`] for what TCP brings,
//! [`Core::handle_timeout`] when [`Core::next_deadline`] has come, and then takes [`Core::poll_event`] until it is empty.
//! Time is counted from the start, so that a wall clock that jumps does not matter; randomness comes from a seed.

mod exchange;
mod frame;
mod identity;
mod inspect;
mod interface;
mod news;
mod observed;
mod settle;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::time::Duration;

use foca::{AccumulatingRuntime, Foca, OwnedNotification, PeriodicParams, Timer};
use rand::SeedableRng;
use rand::rngs::SmallRng;

pub use exchange::{Purpose, read_news};
pub use frame::FrameError;
pub(super) use frame::{Frame, Kind};
pub use identity::{Identity, NAME_BYTES_MAX};
pub use interface::{CoreSettings, Counters, Event};
pub use news::{Messages, Part};
pub use settle::Settle;

use inspect::Inspection;
use news::{Inbox, News};
use observed::Observed;
use wire::Wire;

/// Time since the start.
pub type Moment = Duration;

/// Largest UDP packet, header included: fits into the frames of all usual networks.
pub const PACKET_BYTES_MAX: usize = 1400;
/// Members, dead ones included. A packet that would bring more is dropped.
pub const MEMBERS_MAX: usize = 1024;
/// Timers. Beyond, members that are gone are not forgotten in time.
const TIMERS_MAX: usize = 64 * 1024;
/// How often each piece of news is sent: often enough that all hear of it where packets get lost.
const TRANSMISSIONS: NonZeroU8 = NonZeroU8::new(20).expect("above zero");
/// To how many members news go at once, and how many are asked to probe for us.
const FANOUT: NonZeroUsize = NonZeroUsize::new(3).expect("above zero");

/// The state of the protocol.
pub struct Core {
    settings: CoreSettings,
    foca: Foca<Identity, Wire, SmallRng, Inbox>,
    runtime: AccumulatingRuntime<Identity>,
    /// What packets brought; the membership protocol owns the other end.
    inbox: Inbox,
    timers: BTreeMap<(Moment, u64), Timer<Identity>>,
    timers_made: u64,
    news: News,
    events: VecDeque<Event>,
    /// Addresses that the command line names, as last resolved.
    configured: BTreeSet<SocketAddr>,
    /// Which advertised address answered at a configured one, where they differ. Ours is among them.
    aliases: BTreeMap<SocketAddr, SocketAddr>,
    next_spread: Moment,
    /// News are collected until then: a storm shall travel in few streams.
    may_spread: Moment,
    next_exchange: Moment,
    next_reconnect: Moment,
    /// Members take turns.
    exchanged_last: Option<SocketAddr>,
    counters: Counters,
    observed: Observed,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("identity", self.foca.identity())
            .field("members", &self.foca.num_members())
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Builds a core that knows nobody.
    pub fn new(identity: Identity, settings: CoreSettings, seed: u64) -> Core {
        let periodic = |frequency: Duration| {
            (!frequency.is_zero()).then_some(PeriodicParams { frequency, num_members: FANOUT })
        };
        let payload = PACKET_BYTES_MAX - frame::overhead(&settings.label);
        let config = foca::Config {
            probe_period: settings.probe_interval,
            // A probe has two stages; the second needs time too.
            probe_rtt: settings.probe_timeout.min(settings.probe_interval * 2 / 3),
            num_indirect_probes: FANOUT,
            max_transmissions: TRANSMISSIONS,
            suspect_to_down_after: settings.probe_interval * 4,
            remove_down_after: (!settings.reconnect_timeout.is_zero()).then_some(settings.reconnect_timeout),
            max_packet_size: NonZeroUsize::new(payload).unwrap_or(NonZeroUsize::MIN),
            notify_down_members: true,
            periodic_announce: periodic(settings.probe_interval * 10),
            periodic_announce_to_down_members: periodic(settings.reconnect_interval),
            periodic_gossip: periodic(settings.gossip_interval),
        };
        let rng = SmallRng::seed_from_u64(seed);
        let first = |interval: Duration| if interval.is_zero() { Moment::MAX } else { interval };
        let inbox = Inbox::default();
        Core {
            foca: Foca::with_custom_broadcast(identity, config, rng, Wire, inbox.clone()),
            runtime: AccumulatingRuntime::new(),
            inbox,
            timers: BTreeMap::new(),
            timers_made: 0,
            news: News::default(),
            events: VecDeque::new(),
            configured: BTreeSet::new(),
            aliases: BTreeMap::new(),
            next_spread: Moment::MAX,
            may_spread: Moment::ZERO,
            next_exchange: first(settings.exchange_interval),
            next_reconnect: first(settings.reconnect_interval),
            exchanged_last: None,
            counters: Counters::default(),
            observed: Observed::default(),
            settings,
        }
    }

    /// Returns who we are now; a member that was declared dead takes a new identity.
    pub fn identity(&self) -> &Identity {
        self.foca.identity()
    }

    /// Returns what was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Returns the members that are alive, ourselves among them, sorted by name.
    pub fn members(&self) -> Vec<Identity> {
        let mut members: Vec<Identity> = self.foca.iter_members().map(|m| m.id().clone()).collect();
        members.push(self.foca.identity().clone());
        members.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.address.cmp(&b.address)));
        members
    }

    /// Returns how many members come before us: so often we wait for the others.
    pub fn position(&self) -> usize {
        let me = self.foca.identity();
        let before = |other: &Identity| (&other.name, other.address) < (&me.name, me.address);
        self.foca.iter_members().filter(|m| before(m.id())).count()
    }

    /// Returns how many members are alive, ourselves among them.
    pub fn size(&self) -> usize {
        self.foca.num_members() + 1
    }

    /// Returns how many members did not answer a probe and have not been heard of since.
    pub fn suspected(&self) -> usize {
        self.foca.iter_members().filter(|m| m.state() == foca::State::Suspect).count()
    }

    /// Returns the addresses of members that are gone, and configured ones where nobody answered yet.
    pub fn lost(&self) -> BTreeSet<SocketAddr> {
        let down = self.foca.iter_membership_state().filter(|m| m.state() == foca::State::Down);
        let mut lost: BTreeSet<SocketAddr> = down.map(|m| m.id().address).collect();
        lost.extend(self.configured.iter().copied().filter(|address| !self.is_there(*address)));
        lost.remove(&self.foca.identity().address);
        lost
    }

    /// Returns how often somebody told that a member is alive, by its name.
    pub fn alive(&self) -> &BTreeMap<String, u64> {
        self.observed.alive()
    }

    /// Returns who answered a probe since the last call, and how long it took.
    pub fn take_answers(&mut self) -> Vec<(String, Duration)> {
        self.observed.take_answers()
    }

    /// Returns how much news wait to be sent.
    pub fn queued(&self) -> usize {
        self.foca.custom_broadcast_backlog() + self.news.waiting()
    }

    /// Takes the addresses at which peers are to be found. Those where nobody is known are tried at once.
    pub fn set_configured(&mut self, addresses: impl IntoIterator<Item = SocketAddr>, now: Moment) {
        let fresh: BTreeSet<SocketAddr> = addresses.into_iter().take(MEMBERS_MAX).collect();
        let unknown: Vec<SocketAddr> =
            fresh.difference(&self.configured).copied().filter(|address| !self.is_there(*address)).collect();
        self.configured = fresh;
        self.aliases.retain(|address, _| self.configured.contains(address));
        let purpose = if now.is_zero() { Purpose::Reconnect } else { Purpose::Refresh };
        self.events.extend(unknown.into_iter().map(|with| Event::Exchange { with, purpose }));
    }

    /// Tells the others what is new in a store: messages, each with its length.
    pub fn spread(&mut self, part: Part, messages: Vec<Vec<u8>>, now: Moment) {
        if messages.is_empty() || self.foca.num_members() == 0 {
            // Whoever comes later is told everything.
            return;
        }
        self.counters.news_dropped += self.news.add(part, messages);
        self.next_spread = self.next_spread.min(self.may_spread.max(now));
    }

    /// Takes a packet.
    pub fn handle_packet(&mut self, packet: &[u8], now: Moment) {
        let payload = match Frame::packet(packet, &self.settings.label) {
            Ok(payload) => payload,
            Err(FrameError::Label) => {
                self.counters.foreign += 1;
                return;
            }
            Err(_unreadable) => {
                self.counters.malformed += 1;
                return;
            }
        };
        match Inspection::of(payload) {
            Some(inspection) if inspection.is_welcome(&self.foca) => self.observed.hears(inspection, now),
            Some(_refused) => {
                self.counters.refused += 1;
                return;
            }
            None => {
                self.counters.malformed += 1;
                return;
            }
        }
        if self.foca.handle_data(payload, &mut self.runtime).is_err() {
            self.counters.malformed += 1;
        }
        self.after(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Moment) {
        // Timers set by these are left for the next call, however late this one is.
        let later = self.timers.split_off(&(now + Duration::from_nanos(1), 0));
        let due = std::mem::replace(&mut self.timers, later);
        for timer in due.into_values() {
            // A timer that does not fit the state any more is of no interest.
            self.foca.handle_timer(timer, &mut self.runtime).ok();
            self.after(now);
        }
        if self.next_spread <= now {
            self.send_news();
            self.next_spread = Moment::MAX;
            self.may_spread = now + self.settings.gossip_interval;
            self.after(now);
        }
        if self.next_exchange <= now {
            self.next_exchange = now + self.settings.exchange_interval;
            if let Some(with) = self.next_to_exchange() {
                self.events.push_back(Event::Exchange { with, purpose: Purpose::Periodic });
            }
        }
        if self.next_reconnect <= now {
            let interval = self.settings.reconnect_interval;
            self.next_reconnect = if interval.is_zero() { Moment::MAX } else { now + interval };
            let lost = self.lost();
            let again = lost.into_iter().map(|with| Event::Exchange { with, purpose: Purpose::Reconnect });
            self.events.extend(again);
        }
    }

    /// Returns when [`Core::handle_timeout`] has something to do.
    pub fn next_deadline(&self) -> Moment {
        let timer = self.timers.first_key_value().map_or(Moment::MAX, |((at, _), _)| *at);
        timer.min(self.next_spread).min(self.next_exchange).min(self.next_reconnect)
    }

    /// Returns what the shell has to do next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says goodbye, so that the others need not find out.
    pub fn leave(&mut self, now: Moment) {
        self.foca.leave_cluster(&mut self.runtime).ok();
        self.after(now);
        self.timers.clear();
        (self.next_exchange, self.next_reconnect) = (Moment::MAX, Moment::MAX);
    }

    fn is_there(&self, address: SocketAddr) -> bool {
        let address = self.aliases.get(&address).copied().unwrap_or(address);
        address == self.foca.identity().address || self.foca.iter_members().any(|m| m.id().address == address)
    }

    /// Members take turns by their addresses.
    fn next_to_exchange(&mut self) -> Option<SocketAddr> {
        let mut addresses: Vec<SocketAddr> = self.foca.iter_members().map(|m| m.id().address).collect();
        addresses.sort_unstable();
        let after = addresses.iter().find(|address| self.exchanged_last.is_none_or(|last| **address > last));
        let next = after.or(addresses.first()).copied();
        self.exchanged_last = next;
        next
    }

    /// Puts a little news into packets, much or large ones into streams.
    fn send_news(&mut self) {
        let room = self.foca.custom_broadcast_backlog();
        for batch in self.news.take(room) {
            if batch.streamed {
                let peers = self.foca.iter_members().map(|m| m.id().address);
                let (part, bytes) = (batch.part, &batch.bytes);
                self.events.extend(peers.map(|to| Event::Stream { to, part, bytes: bytes.clone() }));
            } else {
                // Fails only for what does not fit into a packet; such is streamed.
                self.foca.add_broadcast(&batch.packed()).ok();
            }
            self.counters.news_sent += 1;
            self.counters.news_sent_bytes += batch.bytes.len() as u64;
        }
    }

    /// Takes over what a step of the membership protocol wants.
    fn after(&mut self, now: Moment) {
        while let Some((to, payload)) = self.runtime.to_send() {
            if let Some((address, number)) = inspect::probe(&payload) {
                self.observed.probes(address, number, now);
            }
            let bytes = Frame::packed(&payload, &self.settings.label);
            self.events.push_back(Event::Packet { to: to.address, bytes });
        }
        while let Some((after, timer)) = self.runtime.to_schedule() {
            if self.timers.len() < TIMERS_MAX {
                self.timers_made += 1;
                self.timers.insert((now + after, self.timers_made), timer);
            }
        }
        while let Some(notification) = self.runtime.to_notify() {
            self.notice(notification);
        }
        for messages in self.inbox.take() {
            self.counters.news_received += 1;
            self.counters.news_received_bytes += messages.bytes.len() as u64;
            self.events.push_back(Event::News(messages));
        }
    }

    fn notice(&mut self, notification: OwnedNotification<Identity>) {
        match notification {
            OwnedNotification::MemberUp(who) => {
                self.counters.joined += 1;
                let same_name = |other: &Identity| other.name == who.name && other.address != who.address;
                let conflict = same_name(self.foca.identity())
                    || self.foca.iter_members().any(|member| same_name(member.id()));
                self.counters.conflicts += u64::from(conflict);
                self.events.push_back(Event::Joined(who));
            }
            OwnedNotification::MemberDown(who) => {
                self.counters.left += 1;
                self.observed.forgets(who.address);
                self.events.push_back(Event::Left(who));
            }
            OwnedNotification::Rename(_former, who) => {
                self.counters.renamed += 1;
                self.events.push_back(Event::Renamed(who));
            }
            OwnedNotification::Active
            | OwnedNotification::Idle
            | OwnedNotification::Defunct
            | OwnedNotification::Rejoin(_) => {}
        }
    }
}
