use std::net::SocketAddr;
use std::time::Duration;

use foca::{Codec as _, Header, Member, Message, State};
use proptest::prelude::*;

use super::*;

fn settings(label: &str) -> CoreSettings {
    CoreSettings {
        label: label.to_owned(),
        gossip_interval: Duration::from_millis(200),
        exchange_interval: Duration::from_secs(60),
        probe_interval: Duration::from_secs(1),
        probe_timeout: Duration::from_millis(500),
        reconnect_interval: Duration::from_secs(10),
        reconnect_timeout: Duration::from_secs(3600),
    }
}

fn identity(number: u16, generation: u64) -> Identity {
    let address = SocketAddr::from(([10, 0, (number >> 8) as u8, number as u8], 9094));
    Identity { address, name: format!("am-{number}"), generation }
}

fn core(number: u16) -> Core {
    Core::new(identity(number, 1), settings(""), u64::from(number))
}

/// Lets `b` answer an exchange that `a` begins.
fn exchange(a: &mut Core, b: &mut Core, now: Moment) {
    let dialled = b.identity().address;
    b.handle_exchange(&a.exchange(&[]), None, now).unwrap();
    a.handle_exchange(&b.exchange(&[]), Some(dialled), now).unwrap();
}

fn events(core: &mut Core) -> Vec<Event> {
    std::iter::from_fn(|| core.poll_event()).collect()
}

/// A packet as `from` would send it.
fn packet(
    from: &Identity,
    to: &Identity,
    message: Message<Identity>,
    members: &[Member<Identity>],
) -> Vec<u8> {
    let header = Header { src: from.clone(), src_incarnation: 0, dst: to.clone(), message };
    let mut payload = Vec::new();
    Wire.encode_header(&header, &mut payload).unwrap();
    payload.extend((members.len() as u16).to_be_bytes());
    for member in members {
        Wire.encode_member(member, &mut payload).unwrap();
    }
    Frame::packed(&payload, "")
}

#[test]
fn members_know_each_other_after_one_exchange_and_stand_in_the_order_of_their_names() {
    let (mut a, mut b) = (core(1), core(2));
    assert_eq!((a.size(), a.position()), (1, 0));
    exchange(&mut a, &mut b, Moment::ZERO);
    assert_eq!((a.size(), a.position(), b.size(), b.position()), (2, 0, 2, 1));
    assert_eq!(a.members(), b.members());
    assert!(events(&mut a).contains(&Event::Joined(identity(2, 1))));
}

#[test]
fn configured_addresses_are_tried_until_somebody_is_there() {
    let mut a = core(1);
    let (other, own) = (identity(2, 1).address, identity(1, 1).address);
    a.set_configured([other, own], Moment::ZERO);
    let wanted = |purpose| Event::Exchange { with: other, purpose };
    assert_eq!(events(&mut a), [wanted(Purpose::Reconnect)], "not ourselves");
    assert_eq!(a.lost().len(), 1);
    a.handle_timeout(Duration::from_secs(10));
    assert_eq!(events(&mut a), [wanted(Purpose::Reconnect)]);
    a.set_configured([other], Duration::from_secs(11));
    assert_eq!(events(&mut a), [], "an address that is not new has its turn");
    exchange(&mut a, &mut core(2), Duration::from_secs(12));
    assert!(a.lost().is_empty());
}

#[test]
fn an_address_in_front_of_a_member_counts_as_the_member() {
    let (mut a, mut b) = (core(1), core(2));
    let front = SocketAddr::from(([192, 168, 0, 1], 1));
    let mirror = SocketAddr::from(([192, 168, 0, 2], 1));
    a.set_configured([front, mirror], Moment::ZERO);
    b.handle_exchange(&a.exchange(&[]), None, Moment::ZERO).unwrap();
    a.handle_exchange(&b.exchange(&[]), Some(front), Moment::ZERO).unwrap();
    // The other leads to ourselves.
    let own = a.exchange(&[]);
    assert_eq!(a.handle_exchange(&own, Some(mirror), Moment::ZERO), Ok(Vec::new()));
    assert!(a.lost().is_empty() && a.size() == 2);
}

#[test]
fn an_exchange_brings_the_stores_and_skips_what_is_not_known() {
    let (a, mut b) = (core(1), core(2));
    let mut body = a.exchange(&[(Part::Silences, b"sil"), (Part::Log, b"")]);
    body.extend_from_slice(&[77, 0, 0, 0, 2, 1, 2]);
    let stores = b.handle_exchange(&body, None, Moment::ZERO).unwrap();
    let told = |part, bytes: &[u8]| Messages { part, from: "am-1".to_owned(), bytes: bytes.to_vec() };
    assert_eq!(stores, [told(Part::Silences, b"sil"), told(Part::Log, b"")]);
    assert_eq!(read_news(&a.news(Part::Log, b"abc")), Ok(Some(told(Part::Log, b"abc"))));
    assert_eq!(read_news(&[77, 0, 1]), Ok(None));
    assert_eq!(read_news(&[1, 9, 1]), Err(FrameError::Short));
    body.push(1);
    assert_eq!(b.handle_exchange(&body, None, Moment::ZERO), Err(FrameError::Short));
}

#[test]
fn a_member_that_was_declared_dead_comes_back_with_one_exchange() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    let dead = packet(&identity(3, 1), a.identity(), Message::Gossip, &[Member::down(identity(2, 1))]);
    a.handle_packet(&dead, Moment::ZERO);
    assert!(a.lost().contains(&identity(2, 1).address));
    exchange(&mut a, &mut b, Duration::from_secs(1));
    assert_eq!(b.identity().generation, 2, "it took a new identity");
    assert!(a.members().contains(&identity(2, 2)) && b.members().contains(&identity(1, 1)));
}

#[test]
fn a_restart_with_a_clock_that_went_back_is_believed() {
    let (mut a, mut b) = (core(1), Core::new(identity(2, 900), settings(""), 2));
    exchange(&mut a, &mut b, Moment::ZERO);
    let mut again = Core::new(identity(2, 5), settings(""), 3);
    exchange(&mut again, &mut a, Moment::ZERO);
    assert_eq!(again.identity().generation, 901);
    let once_more = Event::Exchange { with: a.identity().address, purpose: Purpose::Reconnect };
    assert!(events(&mut again).contains(&once_more), "the other has to learn of it");
    exchange(&mut again, &mut a, Moment::ZERO);
    assert!(a.members().contains(&identity(2, 901)));
}

#[test]
fn whoever_speaks_in_our_name_is_outdone() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    let impostor = Identity { name: "zz".to_owned(), ..identity(2, 1) };
    a.handle_packet(
        &packet(&identity(3, 1), a.identity(), Message::Gossip, &[Member::alive(impostor)]),
        Moment::ZERO,
    );
    assert!(!a.members().contains(&identity(2, 1)));
    exchange(&mut b, &mut a, Moment::ZERO);
    exchange(&mut b, &mut a, Moment::ZERO);
    assert!(a.members().contains(b.identity()) && b.identity().generation > 1);
}

#[test]
fn small_news_go_in_packets_and_large_or_many_in_streams() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    events(&mut a);
    events(&mut b);
    a.spread(Part::Silences, vec![b"small".to_vec(), vec![7; 3_000]], Moment::ZERO);
    a.handle_timeout(Moment::ZERO);
    let to = b.identity().address;
    assert_eq!(events(&mut a), [Event::Stream { to, part: Part::Silences, bytes: vec![7; 3_000] }]);
    // The small ones ride on the next packet, whatever it is about.
    a.handle_timeout(Duration::from_secs(1));
    for event in events(&mut a) {
        if let Event::Packet { bytes, .. } = event {
            assert!(bytes.len() <= PACKET_BYTES_MAX);
            b.handle_packet(&bytes, Duration::from_secs(1));
        }
    }
    let small = Messages { part: Part::Silences, from: "am-1".to_owned(), bytes: b"small".to_vec() };
    assert!(events(&mut b).contains(&Event::News(small)));

    a.spread(Part::Log, (0..500u16).map(|n| n.to_be_bytes().to_vec()).collect(), Duration::from_secs(2));
    a.handle_timeout(Duration::from_secs(2));
    let streams: Vec<usize> = events(&mut a)
        .into_iter()
        .filter_map(|event| if let Event::Stream { bytes, .. } = event { Some(bytes.len()) } else { None })
        .collect();
    assert_eq!(streams, [1_000], "one stream for all");
}

#[test]
fn news_that_come_faster_than_they_are_sent_are_collected() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    events(&mut a);
    let mut streams = 0;
    for milli in 0..1_000 {
        let now = Duration::from_millis(milli);
        a.spread(Part::Log, vec![vec![1; 1_000]], now);
        a.handle_timeout(now);
        streams += events(&mut a).iter().filter(|event| matches!(event, Event::Stream { .. })).count();
    }
    assert!(streams <= 6, "{streams} streams in a second");
}

#[test]
fn news_that_nobody_takes_are_dropped_and_counted() {
    let mut news = News::default();
    let dropped = news.add(Part::Log, vec![vec![0; 1 << 20]; 40]);
    assert_eq!((dropped, news.waiting()), (8, 32));
    assert_eq!(core(1).queued(), 0);
}

#[test]
fn other_clusters_and_garbage_are_counted_and_dropped() {
    let mut a = core(1);
    let foreign = Frame::packed(b"x", "other");
    for bytes in [&foreign[..], b"", b"BgG1", b"BgG1\x05ab", b"hello, world", &Frame::packed(b"", "")] {
        a.handle_packet(bytes, Moment::ZERO);
    }
    let counters = a.counters();
    assert_eq!((counters.foreign, counters.malformed), (1, 5));
    assert_eq!(a.size(), 1);
}

#[test]
fn members_are_bounded() {
    let mut a = core(1);
    for first in 0..200u16 {
        let members: Vec<Member<Identity>> =
            (0..20).map(|n| Member::alive(identity(2 + first * 20 + n, 1))).collect();
        a.handle_packet(&packet(&identity(2, 1), a.identity(), Message::Gossip, &members), Moment::ZERO);
    }
    assert!(a.size() > 900 && a.size() <= MEMBERS_MAX + 1, "{}", a.size());
    assert!(a.counters().refused > 100);
}

#[test]
fn nobody_makes_us_send_to_strangers() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    events(&mut a);
    let ask = |target: u16| Message::PingReq { target: identity(target, 1), probe_number: 1 };
    a.handle_packet(&packet(&identity(2, 1), a.identity(), ask(77), &[]), Moment::ZERO);
    assert_eq!((events(&mut a), a.counters().refused), (Vec::new(), 1));
}

#[test]
fn whoever_leaves_is_missed_at_once() {
    let (mut a, mut b) = (core(1), core(2));
    exchange(&mut a, &mut b, Moment::ZERO);
    events(&mut a);
    a.leave(Moment::ZERO);
    for event in events(&mut a) {
        if let Event::Packet { bytes, .. } = event {
            b.handle_packet(&bytes, Moment::ZERO);
        }
    }
    assert_eq!((b.size(), b.counters().left), (1, 1));
}

#[test]
fn heads_of_streams_are_checked() {
    let head = Frame::stream_head(Kind::News, 7, "prod").unwrap();
    assert_eq!(head.len(), Frame::stream_head_bytes("prod"));
    assert_eq!(Frame::read_stream_head(&head, "prod"), Ok((Kind::News, 7)));
    assert_eq!(Frame::read_stream_head(&head, "test"), Err(FrameError::Label));
    assert_eq!(Frame::read_stream_head(b"GET / HTTP/1.1", "prod"), Err(FrameError::Magic));
    let mut long = head.clone();
    long[10..14].copy_from_slice(&[0xff; 4]);
    assert_eq!(Frame::read_stream_head(&long, "prod"), Err(FrameError::Long(u32::MAX as usize)));
    long[9] = 9;
    assert_eq!(Frame::read_stream_head(&long, "prod"), Err(FrameError::Kind(9)));
}

fn any_identity() -> impl Strategy<Value = Identity> {
    (any::<SocketAddr>(), "\\PC{0,40}", any::<u64>()).prop_map(|(address, mut name, generation)| {
        while name.len() > NAME_BYTES_MAX {
            name.pop();
        }
        // Flow labels and scopes do not travel.
        Identity { address: SocketAddr::new(address.ip(), address.port()), name, generation }
    })
}

fn any_message() -> impl Strategy<Value = Message<Identity>> {
    (0..11u8, any_identity(), any::<u8>()).prop_map(|(kind, who, probe_number)| match kind {
        0 => Message::Ping(probe_number),
        1 => Message::Ack(probe_number),
        2 => Message::PingReq { target: who, probe_number },
        3 => Message::IndirectPing { origin: who, probe_number },
        4 => Message::IndirectAck { target: who, probe_number },
        5 => Message::ForwardedAck { origin: who, probe_number },
        6 => Message::Announce,
        7 => Message::Feed,
        8 => Message::Gossip,
        9 => Message::Broadcast,
        _ => Message::TurnUndead,
    })
}

proptest! {
    #[test]
    fn headers_and_members_come_back_as_they_were(
        src in any_identity(), dst in any_identity(), message in any_message(), incarnation in any::<u16>(), state in 0..3u8,
    ) {
        let header = Header { src: src.clone(), src_incarnation: incarnation, dst, message };
        let mut bytes = Vec::new();
        Wire.encode_header(&header, &mut bytes).unwrap();
        prop_assert_eq!(wire::header(&mut bytes.as_slice()).unwrap(), header);
        for cut in 0..bytes.len() {
            prop_assert!(wire::header(&mut &bytes[..cut]).is_err());
        }
        let state = [State::Alive, State::Suspect, State::Down][usize::from(state)];
        let member = Member::new(src, incarnation, state);
        let mut bytes = Vec::new();
        Wire.encode_member(&member, &mut bytes).unwrap();
        prop_assert_eq!(wire::member(&mut bytes.as_slice()).unwrap(), member);
    }

    /// Anybody can send packets: good ones with flipped bytes, from members that nobody knows, in any order.
    #[test]
    fn hostile_packets_do_no_harm(
        attacks in proptest::collection::vec(
            (any_message(), 0..4u16, 0..4u64, any::<bool>(), proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3), 0..2_000u64),
            1..60,
        ),
    ) {
        let (mut a, mut b) = (core(1), core(2));
        exchange(&mut a, &mut b, Moment::ZERO);
        let mut now = Moment::ZERO;
        for (message, who, generation, down, flips, wait) in attacks {
            let member = if down { Member::down(identity(who, generation)) } else { Member::alive(identity(who, generation)) };
            let mut bytes = packet(&identity(who, generation), a.identity(), message, &[member]);
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            a.handle_packet(&bytes, now);
            a.handle_exchange(&bytes, None, now).ok();
            now += Duration::from_millis(wait);
            a.handle_timeout(now);
            for event in events(&mut a) {
                if let Event::Packet { bytes, .. } = event {
                    prop_assert!(bytes.len() <= PACKET_BYTES_MAX);
                }
            }
        }
        // The real member is believed again.
        for _ in 0..3 {
            exchange(&mut a, &mut b, now);
        }
        prop_assert!(a.members().iter().any(|m| m.address == b.identity().address));
    }
}
