//! The network and the replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::Labels;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::Manager;
use crate::alert::{Report, later};
use crate::cluster::core::{Core, CoreSettings, Event, Identity, Messages, Moment, Part, Settle, read_news};
use crate::config::Config;
use crate::manager::{Bounds, Message, MessageId, Outcome};
use crate::matchers::{Syntax, parse};
use crate::nflog::NotificationLog;
use crate::silences::{Limits, Silence, Silences};

const PEER_TIMEOUT: SignedDuration = SignedDuration::from_secs(15);
const RETENTION: SignedDuration = SignedDuration::from_hours(120);
/// How long a receiver takes to answer.
const RECEIVER_TAKES: Duration = Duration::from_millis(80);
/// How often a Prometheus sends its alerts again.
const RESEND: Duration = Duration::from_secs(60);

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What is on its way.
enum Delivery {
    Packet { to: usize, bytes: Vec<u8> },
    Ask { from: usize, to: usize, life: u32, body: Vec<u8> },
    Answer { to: usize, life: u32, dialled: SocketAddr, body: Vec<u8> },
    News { to: usize, body: Vec<u8> },
    Notified { by: usize, life: u32, id: MessageId },
}

/// A replica; `running` is `None` while it is down.
struct Node {
    address: SocketAddr,
    name: String,
    life: u32,
    running: Option<(Core, Settle, Manager)>,
    began: Moment,
    /// What its disk holds.
    silences: Vec<u8>,
    log: Vec<u8>,
}

/// A notification that arrived at its receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notified {
    pub(super) at: Moment,
    pub(super) by: usize,
    pub(super) alert: String,
}

/// All of it.
pub(super) struct World {
    nodes: Vec<Node>,
    now: Moment,
    queue: BTreeMap<(Moment, u64), Delivery>,
    queued: u64,
    rng: SmallRng,
    /// How many packets of a hundred get lost.
    pub(super) loss: u32,
    /// Nodes with the same number reach one another.
    side: Vec<usize>,
    alerts: BTreeSet<String>,
    next_resend: Moment,
    settings: Arc<crate::manager::Settings>,
    pub(super) notified: Vec<Notified>,
    silences_made: u32,
}

impl World {
    /// Builds replicas that all name all others on their command lines.
    pub(super) fn new(size: usize, seed: u64, loss: u32) -> World {
        let config = "route: {receiver: ops, group_by: [alertname], group_wait: 1s, group_interval: 2m, repeat_interval: 12h}\n\
                      receivers: [{name: ops, webhook_configs: [{url: 'http://x/'}]}]\n";
        let (config, _) = Config::read(config, "am.yml", Path::new("/"), Syntax::Fallback).unwrap();
        let node = |number: usize| Node {
            address: SocketAddr::from(([10, 0, 0, number as u8 + 1], 9094)),
            name: format!("am-{number}"),
            life: 0,
            running: None,
            began: Moment::ZERO,
            silences: Vec::new(),
            log: Vec::new(),
        };
        let mut world = World {
            nodes: (0..size).map(node).collect(),
            now: Moment::ZERO,
            queue: BTreeMap::new(),
            queued: 0,
            rng: SmallRng::seed_from_u64(seed),
            loss,
            side: vec![0; size],
            alerts: BTreeSet::new(),
            next_resend: RESEND,
            settings: Arc::new(config.settings()),
            notified: Vec::new(),
            silences_made: 0,
        };
        (0..size).for_each(|node| world.start(node));
        world
    }

    pub(super) fn size(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn is_up(&self, node: usize) -> bool {
        self.nodes[node].running.is_some()
    }

    fn time(&self) -> Timestamp {
        later(Timestamp::from_second(1_700_000_000).unwrap(), SignedDuration::try_from(self.now).unwrap())
    }

    /// Starts a replica with what its disk holds.
    pub(super) fn start(&mut self, number: usize) {
        let now = self.time();
        let mut silences = Silences::new(RETENTION, Limits::default(), Syntax::Fallback);
        let mut log = NotificationLog::new(RETENTION);
        silences.merge(&self.nodes[number].silences, now).unwrap();
        log.merge(&self.nodes[number].log, now).unwrap();
        silences.take_news();
        log.take_news();
        let mut manager = Manager::new(Arc::clone(&self.settings), Bounds::default(), silences, log, now);
        manager.hold();
        let identity = Identity {
            address: self.nodes[number].address,
            name: self.nodes[number].name.clone(),
            generation: u64::try_from(now.as_millisecond()).unwrap(),
        };
        let settings = CoreSettings {
            label: String::new(),
            gossip_interval: Duration::from_millis(200),
            exchange_interval: seconds(60),
            probe_interval: seconds(1),
            probe_timeout: Duration::from_millis(500),
            reconnect_interval: seconds(10),
            reconnect_timeout: seconds(6 * 3600),
        };
        let mut core = Core::new(identity, settings, self.rng.random());
        core.set_configured(self.nodes.iter().map(|node| node.address), Moment::ZERO);
        let node = &mut self.nodes[number];
        node.life += 1;
        node.began = self.now;
        node.running = Some((core, Settle::new(seconds(2), seconds(60)), manager));
        // The Prometheus servers send to whoever is there.
        self.send_alerts(number);
    }

    /// Ends a replica as a power cut does. What it was sending may arrive or not.
    pub(super) fn kill(&mut self, number: usize) {
        self.nodes[number].running = None;
    }

    /// Cuts the network: nodes with the same number reach one another.
    pub(super) fn divide(&mut self, side: Vec<usize>) {
        self.side = side;
    }

    pub(super) fn heal(&mut self) {
        self.side.fill(0);
    }

    /// Fires an alert, for ever: every Prometheus tells every replica, now and each minute.
    pub(super) fn fire(&mut self, names: impl IntoIterator<Item = String>) {
        self.alerts.extend(names);
        (0..self.nodes.len()).for_each(|node| self.send_alerts(node));
    }

    fn send_alerts(&mut self, number: usize) {
        let now = self.time();
        let report = |name: &String| Report {
            labels: Labels::from_pairs([("alertname", name.as_str())]),
            ends_at: Some(later(now, SignedDuration::from_secs(240))),
            starts_at: Some(later(now, SignedDuration::from_secs(-1))),
            ..Report::default()
        };
        let reports: Vec<Report> = self.alerts.iter().map(report).collect();
        if let Some((_, _, manager)) = &mut self.nodes[number].running {
            assert!(manager.handle_alerts(reports, now).is_empty());
        }
    }

    /// Asks a replica for a silence.
    pub(super) fn silence(&mut self, number: usize, bytes: usize) {
        let now = self.time();
        self.silences_made += 1;
        let id = format!("silence-{}", self.silences_made);
        let silence = Silence {
            id: String::new(),
            matcher_sets: vec![parse("other=thing", Syntax::Utf8).unwrap().value],
            receiver_matcher_sets: Vec::new(),
            starts_at: now,
            ends_at: later(now, SignedDuration::from_hours(4)),
            updated_at: now,
            created_by: "me".to_owned(),
            comment: "x".repeat(bytes),
            annotations: BTreeMap::new(),
        };
        if let Some((_, _, manager)) = &mut self.nodes[number].running {
            manager.silences_mut().set(silence, now, || id).unwrap();
        }
        self.spread(number);
    }

    /// The names of the silences that a replica knows.
    pub(super) fn silences(&self, number: usize) -> BTreeSet<String> {
        let running = self.nodes[number].running.as_ref();
        running.map_or_else(BTreeSet::new, |(_, _, m)| m.silences().iter().map(|s| s.id.clone()).collect())
    }

    pub(super) fn silences_made(&self) -> u32 {
        self.silences_made
    }

    /// The names of the members that a replica believes to be alive.
    pub(super) fn members(&self, number: usize) -> Vec<String> {
        let running = self.nodes[number].running.as_ref();
        running.map_or_else(Vec::new, |(core, ..)| core.members().into_iter().map(|m| m.name).collect())
    }

    /// How many notifications there were of an alert.
    pub(super) fn count(&self, alert: &str) -> usize {
        self.notified.iter().filter(|n| n.alert == alert).count()
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let next = self.next_event();
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            self.step();
        }
    }

    fn next_event(&self) -> Moment {
        let mut next = self.next_resend;
        next = self.queue.first_key_value().map_or(next, |((at, _), _)| next.min(*at));
        for node in &self.nodes {
            let Some((core, settle, manager)) = &node.running else { continue };
            let own = core.next_deadline().min(settle.next_deadline());
            next = next.min(own.saturating_add(node.began));
            if let Some(deadline) = manager.next_deadline() {
                let wait = deadline.duration_since(self.time());
                next = next.min(self.now + Duration::try_from(wait).unwrap_or(Duration::ZERO));
            }
        }
        next
    }

    fn step(&mut self) {
        while let Some(((at, _), _)) = self.queue.first_key_value()
            && *at <= self.now
        {
            let (_, delivery) = self.queue.pop_first().unwrap();
            self.deliver(delivery);
        }
        if self.next_resend <= self.now {
            self.next_resend += RESEND;
            (0..self.nodes.len()).for_each(|node| self.send_alerts(node));
        }
        for number in 0..self.nodes.len() {
            let time = self.time();
            let node = &mut self.nodes[number];
            let own = self.now - node.began;
            let Some((core, settle, manager)) = &mut node.running else { continue };
            core.handle_timeout(own);
            if settle.look(core.size(), own) {
                manager.release();
            }
            manager.set_peer_wait(PEER_TIMEOUT * i32::try_from(core.position()).unwrap());
            let messages = manager.poll(time);
            for message in messages {
                self.begin_notification(number, &message);
            }
            self.act(number);
            self.spread(number);
        }
    }

    fn begin_notification(&mut self, by: usize, message: &Message) {
        let alert = message.group_labels.get("alertname").to_owned();
        self.notified.push(Notified { at: self.now, by, alert });
        let life = self.nodes[by].life;
        self.send(RECEIVER_TAKES, Delivery::Notified { by, life, id: message.id });
    }

    /// What is new in the stores goes to the disk and to the others.
    fn spread(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let own = self.now - node.began;
        let Some((core, _, manager)) = &mut node.running else { return };
        let (silences, log) = (manager.silences_mut().take_news(), manager.log_mut().take_news());
        node.silences.extend(silences.concat());
        node.log.extend(log.concat());
        core.spread(Part::Silences, silences, own);
        core.spread(Part::Log, log, own);
    }

    fn send(&mut self, after: Duration, delivery: Delivery) {
        self.queued += 1;
        self.queue.insert((self.now + after, self.queued), delivery);
    }

    fn delay(&mut self) -> Duration {
        Duration::from_micros(self.rng.random_range(200..100_000))
    }

    fn node_at(&self, address: SocketAddr) -> Option<usize> {
        self.nodes.iter().position(|node| node.address == address)
    }

    fn are_connected(&self, a: usize, b: usize) -> bool {
        self.side[a] == self.side[b] && self.is_up(a) && self.is_up(b)
    }

    /// Does what a replica's core wants.
    fn act(&mut self, number: usize) {
        while let Some((core, ..)) = &mut self.nodes[number].running
            && let Some(event) = core.poll_event()
        {
            match event {
                Event::Packet { to, bytes } => {
                    let lost = self.rng.random_range(0..100) < self.loss;
                    if let Some(to) = self.node_at(to).filter(|to| !lost && self.are_connected(number, *to)) {
                        let delay = self.delay();
                        self.send(delay, Delivery::Packet { to, bytes });
                    }
                }
                Event::Stream { to, part, bytes } => {
                    let body = core.news(part, &bytes);
                    if let Some(to) = self.node_at(to).filter(|to| self.are_connected(number, *to)) {
                        let delay = self.delay();
                        self.send(delay, Delivery::News { to, body });
                    }
                }
                Event::Exchange { with, .. } => {
                    if let Some(to) = self.node_at(with).filter(|to| self.are_connected(number, *to)) {
                        let (body, life) = (self.everything(number), self.nodes[number].life);
                        let delay = self.delay();
                        self.send(delay, Delivery::Ask { from: number, to, life, body });
                    }
                }
                Event::News(messages) => self.merge(number, &messages),
                Event::Joined(_) | Event::Left(_) | Event::Renamed(_) => {}
            }
        }
    }

    fn everything(&self, number: usize) -> Vec<u8> {
        let (core, _, manager) = self.nodes[number].running.as_ref().unwrap();
        let (silences, log) = (manager.silences().encode(), manager.log().encode());
        core.exchange(&[(Part::Silences, &silences), (Part::Log, &log)])
    }

    fn merge(&mut self, number: usize, messages: &Messages) {
        let Messages { part, from, bytes } = messages;
        let now = self.time();
        let Some((_, _, manager)) = &mut self.nodes[number].running else { return };
        match part {
            Part::Silences => assert!(manager.silences_mut().merge(bytes, now).unwrap().is_empty()),
            Part::Log => assert_eq!(manager.log_mut().merge_from(bytes, now, from), Ok(0)),
        }
    }

    fn take_exchange(&mut self, number: usize, body: &[u8], dialled: Option<SocketAddr>) {
        let own = self.now - self.nodes[number].began;
        let Some((core, ..)) = &mut self.nodes[number].running else { return };
        for messages in core.handle_exchange(body, dialled, own).unwrap() {
            self.merge(number, &messages);
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Packet { to, bytes } => {
                let own = self.now - self.nodes[to].began;
                if let Some((core, ..)) = &mut self.nodes[to].running {
                    core.handle_packet(&bytes, own);
                }
                self.act(to);
            }
            Delivery::Ask { from, to, life, body } => {
                if self.are_connected(from, to) {
                    self.take_exchange(to, &body, None);
                    let (body, dialled) = (self.everything(to), self.nodes[to].address);
                    let delay = self.delay();
                    self.send(delay, Delivery::Answer { to: from, life, dialled, body });
                }
            }
            Delivery::Answer { to, life, dialled, body } => {
                if self.nodes[to].life == life {
                    self.take_exchange(to, &body, Some(dialled));
                }
            }
            Delivery::News { to, body } => self.merge(to, &read_news(&body).unwrap().unwrap()),
            Delivery::Notified { by, life, id } => {
                let now = self.time();
                if self.nodes[by].life == life
                    && let Some((_, _, manager)) = &mut self.nodes[by].running
                {
                    manager.finish(id, Outcome::sent(BTreeMap::new()), now);
                }
                self.spread(by);
            }
        }
    }
}
