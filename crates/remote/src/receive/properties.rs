//! What is written in either version is stored as it was, and no bytes make the readers fall.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Labels, MatchOp, Matcher};
use proptest::prelude::*;
use storage::memory::MemoryStorage;
use storage::{Queryable, Samples, SelectRequest, TimeRange};
use telemetry::Registry;

use super::{Message, Options, Outcome, Receiver, WriteError};
use crate::put;

type Series = BTreeMap<Vec<(String, String)>, BTreeMap<i64, f64>>;

/// A receiver over a storage of its own.
fn fixture() -> (Receiver, MemoryStorage) {
    let storage = MemoryStorage::default();
    (Receiver::new(Arc::new(storage.clone()), Options::default(), &Registry::new()), storage)
}

fn write(receiver: &Receiver, message: Message, body: &[u8]) -> Result<Outcome, WriteError> {
    let compressed = snap::raw::Encoder::new().compress_vec(body).unwrap();
    receiver.write(message, &compressed, 1_700_000_000_000)
}

fn stored(storage: &MemoryStorage) -> Series {
    let all = [Matcher::new(MatchOp::Regex, "__name__", ".+").unwrap()];
    let view = storage.view(TimeRange::ALL).unwrap();
    let set = view.select(&SelectRequest::new(&all, TimeRange::ALL)).unwrap();
    let mut found = Series::new();
    for i in 0..set.len() {
        let mut samples = Samples::default();
        set.read(i, TimeRange::ALL, &mut samples).unwrap();
        let labels = set.labels(i).iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        found.insert(labels, samples.t.iter().copied().zip(samples.v.iter().copied()).collect());
    }
    found
}

fn sample(out: &mut Vec<u8>, t: i64, v: f64) {
    put::message(out, 2, |out| {
        put::double(out, 1, v);
        put::int(out, 2, t);
    });
}

fn v1(series: &Series) -> Vec<u8> {
    let mut out = Vec::new();
    for (labels, samples) in series {
        put::message(&mut out, 1, |out| {
            put::labels(out, 1, &Labels::from_pairs(labels.iter().cloned()));
            samples.iter().for_each(|(t, v)| sample(out, *t, *v));
        });
    }
    out
}

fn v2(series: &Series) -> Vec<u8> {
    let mut symbols = vec![String::new()];
    let mut reference = |text: &String| match symbols.iter().position(|s| s == text) {
        Some(at) => at as u64,
        None => {
            symbols.push(text.clone());
            symbols.len() as u64 - 1
        }
    };
    let mut body = Vec::new();
    for (labels, samples) in series {
        let references: Vec<u64> = labels.iter().flat_map(|(n, v)| [reference(n), reference(v)]).collect();
        put::message(&mut body, 5, |out| {
            put::message(out, 1, |out| references.iter().for_each(|r| put::uvarint(out, *r)));
            samples.iter().for_each(|(t, v)| sample(out, *t, *v));
        });
    }
    let mut out = Vec::new();
    symbols.iter().for_each(|symbol| put::bytes(&mut out, 4, symbol.as_bytes()));
    out.extend(body);
    out
}

fn series() -> impl Strategy<Value = Series> {
    let pairs = prop::collection::btree_map("[a-c]{1,2}", "[x-z]{1,3}", 0..4);
    let labels = ("m[0-9]", pairs).prop_map(|(name, pairs)| {
        std::iter::once(("__name__".to_owned(), name)).chain(pairs).collect::<Vec<_>>()
    });
    let samples = prop::collection::btree_map(1i64..1_000_000, -1e6f64..1e6, 1..8);
    prop::collection::btree_map(labels, samples, 0..8)
}

proptest! {
    #[test]
    fn both_versions_store_what_was_written(series in series()) {
        for (message, body) in [(Message::V1, v1(&series)), (Message::V2, v2(&series))] {
            let (receiver, storage) = fixture();
            let outcome = write(&receiver, message, &body).unwrap();
            prop_assert_eq!(&outcome.refused, &Vec::<String>::new());
            prop_assert_eq!(outcome.written.samples as usize, series.values().map(BTreeMap::len).sum::<usize>());
            prop_assert_eq!(&stored(&storage), &series, "{}", message.as_str());
        }
    }

    #[test]
    fn any_bytes_are_a_request_or_an_error(bytes: Vec<u8>) {
        let (receiver, _storage) = fixture();
        for message in Message::ALL {
            receiver.write(message, &bytes, 0).ok();
            write(&receiver, message, &bytes).ok();
        }
    }

    #[test]
    fn a_damaged_message_stores_its_series_or_nothing(series in series(), at: prop::sample::Index, bit in 0u8..8) {
        for (message, mut body) in [(Message::V1, v1(&series)), (Message::V2, v2(&series))] {
            if body.is_empty() {
                continue;
            }
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
            let (receiver, storage) = fixture();
            let samples = |all: &Series| all.values().map(BTreeMap::len).sum::<usize>();
            match write(&receiver, message, &body) {
                Err(_) => prop_assert_eq!(stored(&storage).len(), 0),
                Ok(outcome) => {
                    prop_assert!(samples(&stored(&storage)) <= samples(&series).max(1) * 2);
                    prop_assert!(outcome.refused.len() <= 100);
                }
            }
        }
    }
}
