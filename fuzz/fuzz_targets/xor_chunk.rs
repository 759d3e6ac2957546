//! Any bytes as a float chunk: an error or increasing samples that come back after encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use storage::{Samples, TimeRange};
use tsdb::chunkenc::{Encoding, XorAppender, decode};

fuzz_target!(|bytes: &[u8]| {
    let mut samples = Samples::default();
    if decode(Encoding::Xor, bytes, TimeRange::ALL, &mut samples).is_err() {
        assert!(samples.is_empty());
        return;
    }
    assert!(samples.t.windows(2).all(|w| w[0] < w[1]));
    let mut chunk = Vec::new();
    let mut appender = XorAppender::start(&mut chunk);
    samples.t.iter().zip(&samples.v).for_each(|(t, v)| appender.append(&mut chunk, *t, *v));
    let mut again = Samples::default();
    decode(Encoding::Xor, &chunk, TimeRange::ALL, &mut again).expect("encoded here");
    assert_eq!(samples.t, again.t);
    assert!(samples.v.iter().zip(&again.v).all(|(a, b)| a.to_bits() == b.to_bits()));
    let _ = XorAppender::resume(bytes).map(|mut a| {
        if !a.is_full() && samples.t.last().is_none_or(|t| *t < i64::MAX) {
            a.append(&mut bytes.to_vec(), i64::MAX, 1.0);
        }
    });
});
