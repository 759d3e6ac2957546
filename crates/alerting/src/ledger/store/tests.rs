use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::ledger::entry::Event;
use crate::ledger::{Novelty, entry};
use crate::manager::{Receipt, What};
use crate::matchers::{Syntax, parse};
use crate::nflog::{IntegrationKey, Reason};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn named(name: &str) -> Named {
    let labels = Labels::from_pairs([("alertname", name), ("job", "봉수")]);
    Named { fingerprint: Fingerprint::of(&labels), labels }
}

fn key(receiver: &str) -> IntegrationKey {
    IntegrationKey { receiver: receiver.to_owned(), integration: "webhook".to_owned(), index: 1 }
}

fn entry(second: i64, names: &[&str], what: What) -> Entry {
    Entry {
        at: at(second),
        group_key: Some(Arc::from("{}:{}")),
        alerts: names.iter().map(|name| named(name)).collect(),
        event: Event::Decided(what),
    }
}

/// One of each kind.
fn all() -> Vec<Entry> {
    let integration = || key("ops");
    let whats = [
        What::Received,
        What::Resolved,
        What::Refused { limit: 3 },
        What::Grouped { receiver: "ops".to_owned(), due: at(30) },
        What::Inhibited { by: Fingerprint(0xfedc_ba98_7654_3210), rule: "node down".to_owned() },
        What::Silenced { by: vec!["one".to_owned(), "two".to_owned()] },
        What::Muted { by: vec!["nights".to_owned()] },
        What::Known { integration: integration(), told_by: None },
        What::Known { integration: integration(), told_by: Some(Arc::from("peer-1")) },
        What::Held { integration: integration(), by: vec!["ack".to_owned()] },
        What::Escalated { receiver: "boss".to_owned(), after: SignedDuration::from_mins(15) },
        What::Begun { integration: integration(), reason: Reason::Repeat },
        What::TimedOut,
        What::Retried { integration: integration(), attempt: 2, error: "503".to_owned() },
        What::Sent {
            integration: integration(),
            reason: Reason::AllResolved,
            receipt: Receipt { attempts: 3, answer: "200 OK: ok".to_owned() },
        },
        What::Failed { integration: integration(), reason: Reason::First, error: "503".to_owned() },
        What::Acknowledged { id: "ack".to_owned(), owner: "김".to_owned(), note: "보는 중".to_owned() },
        What::SilenceEnded { id: "one".to_owned() },
    ];
    let mut entries: Vec<Entry> =
        whats.into_iter().enumerate().map(|(i, what)| entry(i as i64, &["a", "b"], what)).collect();
    let event = Event::Rule { rule: "Slow".to_owned(), state: "firing".to_owned(), value: 1.5 };
    entries.push(Entry { at: at(99), group_key: None, alerts: vec![named("c")], event });
    entries
}

fn query() -> Query {
    Query {
        start: at(-1000),
        end: at(1_000_000),
        fingerprint: None,
        matchers: Matchers::default(),
        receiver: None,
        limit: 1000,
    }
}

fn open(dir: &Path) -> Store {
    Store::open(dir, SignedDuration::from_hours(24 * 30), 1 << 20).unwrap()
}

fn found(store: &Store, query: &Query) -> Vec<Entry> {
    search(&store.segments(), query).unwrap().entries
}

#[test]
fn everything_comes_back_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.append(&all()).unwrap();
    assert_eq!(found(&store, &query()), all());
    drop(store);
    let mut store = open(dir.path());
    assert_eq!(found(&store, &query()), all());
    store.append(&[entry(200, &["a"], What::Resolved)]).unwrap();
    assert_eq!(found(&store, &query()).len(), all().len() + 1);
    assert_eq!(store.segments().len(), 1, "a restart goes on with the last segment");
}

#[test]
fn searches_narrow() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.append(&all()).unwrap();
    let matchers = |text: &str| parse(text, Syntax::Utf8).unwrap().value;
    for (query, expected) in [
        (Query { start: at(1), end: at(3), ..query() }, 3),
        (Query { fingerprint: Some(named("c").fingerprint), ..query() }, 1),
        (Query { fingerprint: Some(Fingerprint(1)), ..query() }, 0),
        (Query { matchers: matchers("alertname=b"), ..query() }, 18),
        (Query { matchers: matchers("alertname=~x|c,job=봉수"), ..query() }, 1),
        (Query { receiver: Some(Regex::anchored("op.").unwrap()), ..query() }, 8),
        (Query { receiver: Some(Regex::anchored("boss").unwrap()), ..query() }, 1),
    ] {
        assert_eq!(found(&store, &query).len(), expected, "{query:?}");
    }
    let one = found(&store, &Query { matchers: matchers("alertname=b"), ..query() });
    assert!(one.iter().all(|e| e.alerts == [named("b")]), "only what was asked for is told");
    let newest = search(&store.segments(), &Query { limit: 2, ..query() }).unwrap();
    assert_eq!((newest.entries.len(), newest.truncated), (2, true));
    assert_eq!(newest.entries[1].at, at(99), "the newest, oldest of them first");
}

#[test]
fn a_torn_end_is_cut_off_at_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.append(&all()[..3]).unwrap();
    let path = store.segments()[0].path.clone();
    let whole = std::fs::read(&path).unwrap();
    drop(store);
    for cut in HEADER.len()..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut store = open(dir.path());
        let before = found(&store, &query()).len();
        assert!(before < 3, "{cut}");
        store.append(&[entry(50, &["z"], What::Received)]).unwrap();
        assert_eq!(found(&store, &query()).len(), before + 1, "cut at {cut}");
        drop(store);
        for file in std::fs::read_dir(dir.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn old_and_too_many_segments_go() {
    let dir = tempfile::tempdir().unwrap();
    let day = 24 * 3600;
    let mut store = Store::open(dir.path(), SignedDuration::from_hours(24 * 3), 1 << 20).unwrap();
    for d in 0..6 {
        store.append(&[entry(d * (day + 1), &["a"], What::Received)]).unwrap();
    }
    assert_eq!(store.segments().len(), 6, "a segment a day");
    store.prune(at(5 * (day + 1))).unwrap();
    assert_eq!(store.segments().len(), 3);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
    let bytes = store.bytes();
    drop(store);
    let mut store = Store::open(dir.path(), SignedDuration::from_hours(24 * 300), bytes - 1).unwrap();
    store.prune(at(5 * (day + 1))).unwrap();
    assert_eq!(store.segments().len(), 2, "the oldest go first");
}

#[test]
fn what_repeats_is_left_out_until_something_changes() {
    let mut novelty = Novelty::default();
    let silenced = |by: &str| What::Silenced { by: vec![by.to_owned()] };
    let known = || What::Known { integration: key("ops"), told_by: None };
    let sent = || What::Sent { integration: key("ops"), reason: Reason::First, receipt: Receipt::default() };
    let begun = || What::Begun { integration: key("ops"), reason: Reason::First };
    let steps: [(What, bool); 14] = [
        (What::Received, true),
        (silenced("one"), true),
        (silenced("one"), false),
        (silenced("two"), true),
        (begun(), true),
        (sent(), true),
        (known(), true),
        (known(), false),
        (silenced("two"), true),
        (known(), false),
        (sent(), true),
        (known(), true),
        (What::Received, true),
        (known(), true),
    ];
    for (i, (what, expected)) in steps.into_iter().enumerate() {
        let kept = novelty.keep_new(&mut entry(i as i64, &["a"], what.clone()));
        assert_eq!(kept, expected, "step {i}: {what:?}");
    }
    let mut both = entry(20, &["a", "b"], known());
    assert!(novelty.keep_new(&mut both));
    assert_eq!(both.alerts, [named("b")], "only those for which it is new");
}

#[test]
fn a_decision_about_very_many_alerts_becomes_several_entries() {
    let alert = |i: usize| {
        Arc::new(crate::Alert {
            labels: Labels::from_pairs([("i", i.to_string())]),
            annotations: Default::default(),
            starts_at: at(0),
            ends_at: at(1),
            updated_at: at(0),
            timeout: false,
            generator_url: "".into(),
        })
    };
    let decision = crate::manager::Decision {
        at: at(0),
        group_key: None,
        alerts: (0..2500).map(alert).collect(),
        what: What::Received,
    };
    let sizes: Vec<usize> = entry::entries(&decision).map(|e| e.alerts.len()).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any bytes open, and damage in one frame loses nothing before it.
    #[test]
    fn damage_loses_nothing_before_it(position in 8usize..600, value: u8) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        store.append(&all()).unwrap();
        let path = store.segments()[0].path.clone();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        let position = position.min(bytes.len() - 1);
        let mut intact = 0;
        let mut ends = Vec::new();
        frames(&bytes, |frame| ends.push(frame.encoded_len() + FRAME_HEAD));
        let mut end = HEADER.len();
        for length in ends {
            end += length;
            intact += usize::from(end <= position);
        }
        let changed = bytes[position] != value;
        bytes[position] = value;
        std::fs::write(&path, &bytes).unwrap();
        let entries = found(&open(dir.path()), &query());
        prop_assert_eq!(&entries[..intact], &all()[..intact]);
        if changed {
            prop_assert!(entries.len() <= all().len());
        }
    }
}
