//! Any bytes as delimited MetricFamily messages: entries or an error, whatever the options.
#![no_main]

use exposition::{BodyFormat, Entry, Options, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for bits in 0..8u8 {
        let options = Options {
            ignore_native: bits & 1 != 0,
            convert_classic: bits & 2 != 0,
            keep_classic: bits & 4 != 0,
            start_times: true,
        };
        let mut reader = Reader::new(bytes, BodyFormat::Protobuf, options);
        while let Ok(Some(entry)) = reader.next() {
            match entry {
                Entry::Sample { series, .. } => drop(series.labels()),
                Entry::Histogram { series, value, .. } => {
                    let _ = series.labels();
                    // Contradictions are the storage's to refuse, not to die of.
                    let _ = value.validate();
                    let _ = value.to_float();
                }
                Entry::Type { .. } | Entry::Help { .. } | Entry::Unit { .. } => {}
            }
        }
    }
});
