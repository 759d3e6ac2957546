//! Any bytes as a body in the Prometheus text format: entries or an error, and the same samples for a caller that knows
//! all keys.
#![no_main]

use std::collections::HashSet;

use exposition::{BodyFormat, Entry, Options, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes, BodyFormat::Text, Options::default());
    let (mut keys, mut values) = (HashSet::new(), Vec::new());
    while let Ok(Some(entry)) = reader.next() {
        if let Entry::Sample { series, value, timestamp_ms, .. } = entry {
            let _ = series.labels();
            keys.insert(series.key().to_vec());
            values.push((value.to_bits(), timestamp_ms));
        }
    }
    let mut reader = Reader::new(bytes, BodyFormat::Text, Options::default());
    let mut again = Vec::new();
    loop {
        if let Some(sample) = reader.take_known(|key| keys.contains(key)) {
            again.push((sample.value.to_bits(), sample.timestamp_ms));
            continue;
        }
        match reader.next() {
            Ok(Some(Entry::Sample { value, timestamp_ms, .. })) => again.push((value.to_bits(), timestamp_ms)),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    assert_eq!(again, values);
    let convert = Options { convert_classic: true, keep_classic: bytes.len() % 2 == 0, ..Options::default() };
    let mut reader = Reader::new(bytes, BodyFormat::Text, convert);
    while let Ok(Some(entry)) = reader.next() {
        if let Entry::Histogram { value, .. } = entry {
            value.validate().expect("converted histograms are valid");
        }
    }
    let _ = exposition::lint::lint(bytes);
});
