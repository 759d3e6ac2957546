use storage::{Samples, TimeRange};

use super::*;
use crate::chunkenc;

const POLICY: CutPolicy = CutPolicy { range_ms: 7_200_000, samples: 120, xor2: false };

#[test]
fn a_series_is_small() {
    assert!(size_of::<Option<Series>>() <= 128, "{}", size_of::<Option<Series>>());
    assert_eq!(size_of::<ClosedChunk>(), 16);
}

/// Appends a sample every `step` and returns (first time, samples) of each chunk.
fn chunks(start: i64, step: i64, count: i64) -> Vec<(i64, usize)> {
    let mut series = Series::new(PackedLabels::default());
    let mut waiting = Waiting::default();
    for i in 0..count {
        series.append_float(0, start + i * step, (i % 10) as f64, POLICY, &mut waiting);
    }
    series.close_open(&mut waiting);
    let closed = series.closed.iter().map(|c| {
        let chunk = waiting.get(c.place.key().unwrap()).unwrap();
        let mut out = Samples::default();
        chunkenc::decode(chunk.encoding, &chunk.bytes, TimeRange::ALL, &mut out).unwrap();
        assert_eq!(chunk.min_t, out.t[0]);
        assert_eq!(c.max_t, *out.t.last().unwrap());
        (out.t[0], out.len())
    });
    closed.collect()
}

#[test]
fn chunks_are_spread_evenly_over_the_range() {
    // Two hours at 15 s are 480 samples: four chunks of 120.
    assert_eq!(chunks(0, 15_000, 480), [0, 1, 2, 3].map(|i| (i * 1_800_000, 120)));
    // At a minute there are 120: one chunk.
    assert_eq!(chunks(0, 60_000, 240), [(0, 120), (7_200_000, 120)]);
    // At 20 s there are 360.
    assert_eq!(chunks(0, 20_000, 360), [0, 1, 2].map(|i| (i * 2_400_000, 120)));
}

#[test]
fn no_chunk_crosses_a_range() {
    for (start, len) in chunks(7_000_000, 15_000, 100) {
        let last = start + (len as i64 - 1) * 15_000;
        assert_eq!(start / 7_200_000, last / 7_200_000, "chunk from {start} to {last}");
    }
}

#[test]
fn a_series_that_speeds_up_is_cut_at_twice_the_samples() {
    let mut series = Series::new(PackedLabels::default());
    let mut waiting = Waiting::default();
    for i in 0..30 {
        series.append_float(0, i * 60_000, 1.0, POLICY, &mut waiting);
    }
    for i in 0..1000 {
        series.append_float(0, 1_800_000 + i, 1.0, POLICY, &mut waiting);
    }
    let first = waiting.get(series.closed[0].place.key().unwrap()).unwrap();
    assert_eq!(chunkenc::samples_in(&first.bytes).unwrap(), 240);
}
