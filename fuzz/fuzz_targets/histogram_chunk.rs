//! Any bytes as a chunk of native histograms, or of an encoding that is only read: an error or increasing samples, without a panic or much memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use storage::{Samples, TimeRange};
use tsdb::chunkenc::{Encoding, FloatHistogramAppender, HistogramAppender, decode};

fuzz_target!(|bytes: &[u8]| {
    for number in 2..=6 {
        let encoding = Encoding::from_u8(number).expect("known");
        let mut samples = Samples::default();
        match decode(encoding, bytes, TimeRange::ALL, &mut samples) {
            Ok(()) => {
                assert!(samples.histograms.windows(2).all(|w| w[0].0 < w[1].0));
                assert!(samples.t.windows(2).all(|w| w[0] < w[1]));
            }
            Err(_) => assert!(samples.is_empty()),
        }
    }
    let _ = HistogramAppender::resume(bytes);
    let _ = FloatHistogramAppender::resume(bytes);
});
