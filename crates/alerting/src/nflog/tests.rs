use model::Labels;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn told(firing: &[u64], resolved: &[u64]) -> Told {
    Told {
        firing: firing.iter().copied().collect(),
        resolved: resolved.iter().copied().collect(),
        ..Told::default()
    }
}

fn webhook() -> IntegrationKey {
    IntegrationKey { receiver: "ops".to_owned(), integration: "webhook".to_owned(), index: 0 }
}

/// The cases of Alertmanager's own test of its deduplication, and those between.
#[test]
fn who_is_told_and_why() {
    let day = SignedDuration::from_hours(24);
    for (what, known, state, send_resolved, now, expected) in [
        ("a new group", None, told(&[1], &[]), true, 0, Some(Reason::First)),
        ("a new group that is over", None, told(&[], &[1]), true, 0, None),
        (
            "another alert",
            Some(told(&[1, 2, 3], &[])),
            told(&[2, 3, 4], &[]),
            true,
            0,
            Some(Reason::NewAlerts),
        ),
        ("nothing new", Some(told(&[1, 2, 3], &[])), told(&[1, 2, 3], &[]), true, 0, None),
        ("nothing new, some gone", Some(told(&[1, 2, 3], &[])), told(&[1, 2], &[]), true, 0, None),
        ("nothing new, as long as the interval", Some(told(&[1], &[])), told(&[1], &[]), true, 86_400, None),
        ("it is time to repeat", Some(told(&[1], &[])), told(&[1], &[]), true, 86_401, Some(Reason::Repeat)),
        ("one is resolved", Some(told(&[1, 2], &[])), told(&[1], &[2]), true, 0, Some(Reason::SomeResolved)),
        ("one is resolved, which is not told", Some(told(&[1, 2], &[])), told(&[1], &[2]), false, 0, None),
        ("resolved was told", Some(told(&[1, 2], &[2, 3])), told(&[1], &[2]), true, 0, None),
        (
            "all are resolved",
            Some(told(&[1, 2], &[])),
            told(&[], &[1, 2]),
            true,
            0,
            Some(Reason::AllResolved),
        ),
        (
            "also if not told",
            Some(told(&[1, 2], &[])),
            told(&[], &[1, 2]),
            false,
            0,
            Some(Reason::AllResolved),
        ),
        ("fired and resolved unseen", Some(told(&[], &[1])), told(&[], &[2]), true, 0, None),
        ("fires again", Some(told(&[], &[1])), told(&[1], &[]), true, 0, Some(Reason::First)),
    ] {
        let entry = known.map(|told| Entry { at: at(0), told, told_by: None, expires_at: at(1) });
        assert_eq!(decide(entry.as_ref(), &state, send_resolved, day, at(now)), expected, "{what}");
    }
}

#[test]
fn hashes_name_alerts_by_their_labels() {
    let alert = |pairs: &[(&str, &str)]| Alert {
        labels: Labels::from_pairs(pairs.iter().copied()),
        annotations: Default::default(),
        starts_at: at(0),
        ends_at: at(0),
        updated_at: at(0),
        timeout: false,
        generator_url: "".into(),
    };
    // xxHash64 of the bytes `a ff b ff`, as the original logs it: entries written by it stay good.
    let expected = xxhash_rust::xxh64::xxh64(b"a\xffb\xff", 0);
    assert_eq!(alert_hash(&alert(&[("a", "b")])), expected);
    assert_ne!(alert_hash(&alert(&[("a", "bc")])), alert_hash(&alert(&[("ab", "c")])));
}

#[test]
fn the_newest_entry_counts_and_expires() {
    let hour = SignedDuration::from_hours(1);
    let mut log = NotificationLog::new(SignedDuration::from_hours(2));
    log.record("group", &webhook(), told(&[1], &[]), hour, at(0));
    log.record("group", &webhook(), told(&[2], &[]), hour, at(10));
    let mut peer = NotificationLog::new(SignedDuration::from_hours(2));
    peer.record("group", &webhook(), told(&[3], &[]), hour, at(5));
    log.merge(&peer.encode(), at(10)).unwrap();
    let entry = log.get("group", &webhook()).unwrap();
    assert_eq!((entry.at, &entry.told), (at(10), &told(&[2], &[])));
    // What we do ourselves counts even if the clock went back, and peers take it for newer too.
    log.record("group", &webhook(), told(&[4], &[]), hour, at(7));
    let entry = log.get("group", &webhook()).unwrap();
    assert!(entry.at > at(10) && entry.at < at(11) && entry.told == told(&[4], &[]));
    let other = IntegrationKey { index: 1, ..webhook() };
    assert!(log.get("group", &other).is_none() && log.get("else", &webhook()).is_none());
    log.record("long", &webhook(), told(&[1], &[]), SignedDuration::from_hours(9), at(10));
    assert_eq!(log.collect(at(3609)), 0);
    assert_eq!(log.collect(at(3611)), 1);
    assert_eq!(log.collect(at(7210)), 1, "nothing is kept longer than the retention");
}

#[test]
fn who_told_is_known_however_far_an_entry_travels() {
    let hour = SignedDuration::from_hours(1);
    let named = |name: &str| {
        let mut log = NotificationLog::new(hour);
        log.set_own_name(name);
        log
    };
    let told_by = |log: &NotificationLog| log.get("group", &webhook()).unwrap().told_by.clone();
    let (mut first, mut second, mut third) = (named("first"), named("second"), named("third"));
    first.record("group", &webhook(), told(&[1], &[]), hour, at(0));
    assert_eq!(told_by(&first), None);
    second.merge_from(&first.take_news().concat(), at(1), "first").unwrap();
    third.merge_from(&second.take_news().concat(), at(1), "second").unwrap();
    assert_eq!((told_by(&second).as_deref(), told_by(&third).as_deref()), (Some("first"), Some("first")));
    // From its own file, and from a peer to the one that lost all.
    let mut restarted = named("third");
    restarted.merge(&third.encode(), at(1)).unwrap();
    assert_eq!(told_by(&restarted).as_deref(), Some("first"));
    let mut emptied = named("first");
    emptied.merge_from(&third.encode(), at(1), "third").unwrap();
    assert_eq!(told_by(&emptied), None, "that was we");
    // What is told again is told by whoever does it.
    second.record("group", &webhook(), told(&[2], &[]), hour, at(2));
    first.merge_from(&second.take_news().concat(), at(3), "second").unwrap();
    assert_eq!(told_by(&first).as_deref(), Some("second"));
    let mut long = named("long");
    let mut relay = named("relay");
    relay.merge_from(&first.encode(), at(3), &"x".repeat(1000)).unwrap();
    relay.entries.values_mut().for_each(|entry| entry.told_by = Some("x".repeat(1000).into()));
    long.merge_from(&relay.encode(), at(3), "relay").unwrap();
    assert_eq!(told_by(&long).as_deref(), Some("relay"), "no member has such a name");
}

#[test]
fn a_snapshot_brings_everything_back() {
    let mut log = NotificationLog::new(SignedDuration::from_hours(2));
    let mut state = told(&[u64::MAX, 1], &[2]);
    state.data.insert("ts".to_owned(), DataValue::Text("1.2".to_owned()));
    state.data.insert("n".to_owned(), DataValue::Integer(-1));
    state.data.insert("f".to_owned(), DataValue::Float(0.5));
    log.record("{}:{a=\"봉\"}", &webhook(), state, SignedDuration::from_hours(1), at(0));
    log.record("other", &webhook(), told(&[1], &[]), SignedDuration::from_hours(1), at(0));
    let mut again = NotificationLog::new(SignedDuration::from_hours(2));
    assert_eq!(again.merge(&log.encode(), at(0)).unwrap(), 0);
    assert_eq!(again.entries, log.entries);
    assert_eq!(again.take_news().len(), 2);
    assert_eq!(again.merge(&log.encode(), at(0)).unwrap(), 0);
    assert!(again.take_news().is_empty(), "what is known is not passed on again");

    let bytes = log.encode();
    let mut torn = NotificationLog::new(SignedDuration::from_hours(2));
    assert!(torn.merge(&bytes[..bytes.len() - 1], at(0)).is_err());
    assert_eq!(torn.len(), 1);
    let mut late = NotificationLog::new(SignedDuration::from_hours(2));
    late.merge(&bytes, at(3601)).unwrap();
    assert!(late.is_empty());
}
