//! Any bytes as a segment of the ledger: entries up to the first damage; what is appended after that is found again.
#![no_main]

use std::path::Path;

use alerting::Fingerprint;
use alerting::ledger::store::search;
use alerting::ledger::{Entry, Event, Named, Query, Store};
use alerting::manager::What;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use model::Labels;

const HEADER: &[u8] = b"BGSLEDG\x01";

/// Frames whose lengths and checksums are right, so that what is in them is read.
fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    for message in messages {
        out.extend_from_slice(&(message.len() as u32).to_le_bytes());
        out.extend_from_slice(&xxhash_rust::xxh3::xxh3_64(message).to_le_bytes());
        out.extend_from_slice(message);
    }
    out
}

fn found(dir: &Path, more: Option<Entry>) -> usize {
    let mut store = Store::open(dir, SignedDuration::from_hours(24), 1 << 30).expect("the directory is there");
    store.append(more.as_slice()).expect("room for an entry");
    let query = Query {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
        fingerprint: None,
        matchers: Default::default(),
        receiver: None,
        limit: 100_000,
    };
    search(&store.segments(), &query).expect("the segments are there").entries.len()
}

fuzz_target!(|input: (bool, Vec<Vec<u8>>)| {
    let (raw, messages) = input;
    let bytes = if raw { [HEADER, messages.concat().as_slice()].concat() } else { framed(&messages) };
    let dir = tempfile::tempdir().expect("a directory for the input");
    std::fs::write(dir.path().join("00000001.ledger"), bytes).expect("room for the input");
    let before = found(dir.path(), None);
    let labels = Labels::from_pairs([("alertname", "fuzz")]);
    let alert = Named { fingerprint: Fingerprint::of(&labels), labels };
    let event = Event::Decided(What::Received);
    let entry = Entry { at: Timestamp::UNIX_EPOCH, group_key: None, alerts: vec![alert], event };
    assert_eq!(found(dir.path(), Some(entry)), before + 1);
});
