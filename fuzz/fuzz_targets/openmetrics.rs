//! Any bytes as an OpenMetrics body: entries or an error, whatever the options.
#![no_main]

use exposition::{BodyFormat, Entry, Options, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for bits in 0..8u8 {
        let options = Options {
            ignore_native: false,
            convert_classic: bits & 1 != 0,
            keep_classic: bits & 2 != 0,
            start_times: bits & 4 != 0,
        };
        let mut reader = Reader::new(bytes, BodyFormat::OpenMetrics, options);
        while let Ok(Some(entry)) = reader.next() {
            if let Entry::Sample { series, .. } | Entry::Histogram { series, .. } = entry {
                let _ = series.labels();
            }
        }
    }
});
