//! Any bytes as a chunk of our own encodings: samples or an error, in bounded memory, and samples in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use storage::{Between, Figure, Needs, SampleHint, Samples, TimeRange};
use tsdb::chunkenc::{Encoding, decode};
use tsdb::tiers;

fuzz_target!(|bytes: &[u8]| {
    let mut out = Samples::default();
    for encoding in [Encoding::Dense, Encoding::DenseHistograms, Encoding::Downsampled] {
        out.clear();
        if decode(encoding, bytes, TimeRange::ALL, &mut out).is_ok() {
            assert_eq!(out.t.len(), out.v.len());
            assert!(out.t.windows(2).all(|w| w[0] < w[1]), "{encoding:?}");
            assert!(out.histograms.windows(2).all(|w| w[0].0 < w[1].0));
        } else {
            assert!(out.is_empty());
        }
    }
    let Ok(folded) = tiers::chunk::decode(bytes) else { return };
    let (first, last) = (folded.t.first().copied().unwrap_or(0), folded.t.last().copied().unwrap_or(0));
    for (between, window_ms) in [(Between::Even, 1), (Between::Held, 300_000)] {
        let hint = SampleHint { between, start_ms: first, step_ms: 60_000, window_ms, needs: Needs::Outline };
        // A window at either end: what is read is bounded by what may lie in it.
        for range in [TimeRange { min_ms: first, max_ms: first.saturating_add(1000) }, TimeRange { min_ms: last, max_ms: last }] {
            out.clear();
            tiers::read::samples(&folded, Some(&hint), range, &mut out);
            tiers::read::figures(&folded, Figure::Sum, Some(&hint), range, &mut out);
        }
    }
});
