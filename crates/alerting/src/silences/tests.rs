use super::*;
use crate::matchers::parse;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn silence(matchers: &str, starts: i64, ends: i64) -> Silence {
    Silence {
        id: String::new(),
        matcher_sets: vec![parse(matchers, Syntax::Utf8).unwrap().value],
        receiver_matcher_sets: Vec::new(),
        starts_at: at(starts),
        ends_at: at(ends),
        updated_at: at(0),
        created_by: "봉수".to_owned(),
        comment: "works on it".to_owned(),
        annotations: [("ticket".to_owned(), "1".to_owned())].into(),
    }
}

fn store() -> Silences {
    Silences::new(SignedDuration::from_secs(1000), Limits::default(), Syntax::Fallback)
}

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

fn set(store: &mut Silences, silence: Silence, now: i64, id: &str) -> Result<String, SilenceError> {
    store.set(silence, at(now), || id.to_owned())
}

#[test]
fn states_by_time() {
    let s = silence("a=b", 10, 20);
    for (now, expected) in
        [(9, State::Pending), (10, State::Active), (20, State::Active), (21, State::Expired)]
    {
        assert_eq!(s.state(at(now)), expected, "{now}");
    }
}

#[test]
fn alerts_are_silenced_while_a_silence_is_active() {
    let mut store = store();
    set(&mut store, silence("a=b", 0, 20), 0, "one").unwrap();
    set(&mut store, silence("a=~b|c,x!=1", 0, 20), 0, "two").unwrap();
    set(&mut store, silence("a=b", 10, 20), 0, "later").unwrap();
    for (alert, now, expected) in [
        ("a=b", 0, vec!["one", "two"]),
        ("a=b,x=1", 0, vec!["one"]),
        ("a=c", 0, vec!["two"]),
        ("a=d", 0, vec![]),
        ("a=b", 15, vec!["later", "one", "two"]),
        ("a=b", 21, vec![]),
    ] {
        assert_eq!(store.silencing(&labels(alert), at(now)), expected, "{alert} at {now}");
    }
}

#[test]
fn changes_keep_history_true() {
    // (what, change, at, whether the silence keeps its name, state of the former)
    for (what, change, now, same, former) in [
        ("a longer active one", silence("a=b", 10, 90), 15, true, State::Active),
        ("an active one that began elsewhen", silence("a=b", 11, 20), 15, false, State::Expired),
        ("an active one for other alerts", silence("a=c", 10, 20), 15, false, State::Expired),
        ("a pending one, moved", silence("a=b", 12, 22), 5, true, State::Pending),
        ("a pending one into the past", silence("a=b", 4, 22), 5, false, State::Expired),
        ("an ended one", silence("a=b", 40, 50), 30, false, State::Expired),
    ] {
        let mut store = store();
        set(&mut store, silence("a=b", 10, 20), 0, "old").unwrap();
        let change = Silence { id: "old".to_owned(), ..change };
        let id = set(&mut store, change, now, "new").unwrap();
        assert_eq!(id == "old", same, "{what}");
        let after = at(now).checked_add(SignedDuration::from_millis(1)).unwrap();
        assert_eq!(store.get("old").unwrap().state(after), former, "{what}");
        if !same {
            assert!(
                store.get("new").unwrap().starts_at >= at(now),
                "{what}: it cannot begin before it was asked for"
            );
        }
    }
}

#[test]
fn refused_silences_change_nothing() {
    let limits = Limits { silences_max: 1, silence_bytes_max: 200 };
    let mut store = Silences::new(SignedDuration::from_secs(10), limits, Syntax::Classic);
    let named = |id: &str, s: Silence| Silence { id: id.to_owned(), ..s };
    let long = Silence { comment: "x".repeat(200), ..silence("a=b", 0, 1) };
    let none = Silence { matcher_sets: vec![], ..silence("a=b", 0, 1) };
    for (silence, expected) in [
        (named("nobody", silence("a=b", 0, 1)), "silence not found"),
        (none, "invalid silence: at least one matcher set required"),
        (silence("{}", 0, 1), "invalid silence: matcher set 0 is empty"),
        (
            silence("a=\"\",b=~\".*\"", 0, 1),
            "invalid silence: matcher set 0: at least one matcher must not match the empty string",
        ),
        (silence("a=b", 2, 1), "invalid silence: end time must not be before start time"),
        (
            silence("a=b,c.d=e", 0, 1),
            "invalid silence: invalid label matcher 1 in set 0: invalid label name \"c.d\"",
        ),
        (long, "silence exceeded maximum size: 298 bytes (limit: 200 bytes)"),
    ] {
        let error = set(&mut store, silence, 0, "x").unwrap_err().to_string();
        if expected.contains("298") {
            assert!(error.starts_with("silence exceeded maximum size: "), "{error}");
        } else {
            assert_eq!(error, expected);
        }
        assert_eq!((store.iter().count(), store.version()), (0, 0));
    }
    set(&mut store, silence("a=b", 0, 1), 0, "first").unwrap();
    let error = set(&mut store, silence("a=b", 0, 1), 0, "second").unwrap_err();
    assert_eq!(error.to_string(), "exceeded maximum number of silences: 1 (limit: 1)");
}

#[test]
fn ends_and_is_forgotten() {
    let mut store = store();
    set(&mut store, silence("a=b", 0, 20), 0, "active").unwrap();
    set(&mut store, silence("a=b", 10, 20), 0, "pending").unwrap();
    for id in ["active", "pending"] {
        store.expire(id, at(5)).unwrap();
        assert_eq!(store.get(id).unwrap().ends_at, at(5));
        store.expire(id, at(6)).unwrap();
        assert_eq!(store.get(id).unwrap().updated_at, at(5), "an ended one stays as it is");
    }
    assert_eq!(store.expire("nobody", at(5)), Err(SilenceError::NotFound));
    assert_eq!(store.collect(at(1004)), 0);
    assert_eq!(store.collect(at(1005)), 2);
    assert_eq!(store.iter().count(), 0);
    assert!(store.silencing(&labels("a=b"), at(3)).is_empty());
}

#[test]
fn a_snapshot_brings_everything_back() {
    let mut store = store();
    let mut both = silence("a=b,c!~d", 0, 20);
    both.matcher_sets.push(parse("e=\"\",f!=g", Syntax::Utf8).unwrap().value);
    both.receiver_matcher_sets.push(parse("name=ops", Syntax::Utf8).unwrap().value);
    set(&mut store, both, 0, "one").unwrap();
    set(&mut store, silence("a=b", 10, 20), 0, "two").unwrap();
    let bytes = store.encode();
    let mut again = self::store();
    assert_eq!(again.merge(&bytes, at(0)).unwrap(), vec![]);
    for id in ["one", "two"] {
        assert_eq!(again.get(id), store.get(id));
    }
    let one = again.get("one").unwrap();
    assert!(one.applies_to(&labels("name=ops")) && !one.applies_to(&labels("name=dev")));
    assert_eq!(again.silencing(&labels("f=x"), at(1)), ["one"]);

    // The good part of a torn file is kept.
    let mut torn = self::store();
    let error = torn.merge(&bytes[..bytes.len() - 1], at(0)).unwrap_err();
    assert!(error.offset > 0, "{error}");
    assert_eq!(torn.iter().count(), 1);
}

#[test]
fn peers_keep_the_newest_and_pass_it_on() {
    let (mut a, mut b) = (store(), store());
    set(&mut a, silence("a=b", 0, 20), 0, "one").unwrap();
    let first = a.take_news().concat();
    a.expire("one", at(5)).unwrap();
    let second = a.take_news().concat();
    assert!(a.take_news().is_empty());
    for message in [&second, &first, &second] {
        b.merge(message, at(6)).unwrap();
        assert_eq!(b.get("one").unwrap().ends_at, at(5), "an older message changes nothing");
    }
    assert_eq!(b.take_news().len(), 1, "what is known is not passed on again");
    let mut late = store();
    late.merge(&second, at(2000)).unwrap();
    assert_eq!(late.iter().count(), 0, "nobody needs what is over for so long");
}
