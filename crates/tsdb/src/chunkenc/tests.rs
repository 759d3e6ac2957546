//! Round trips, known bytes and damaged bytes of all encodings.

use proptest::prelude::*;
use storage::{Samples, TimeRange};

use super::*;

fn encode_floats(points: &[(i64, f64)]) -> Vec<u8> {
    let mut chunk = Vec::new();
    let mut appender = XorAppender::start(&mut chunk);
    for &(t, v) in points {
        appender.append(&mut chunk, t, v);
    }
    chunk
}

fn floats(encoding: Encoding, chunk: &[u8], range: TimeRange) -> Vec<(i64, u64)> {
    let mut out = Samples::default();
    decode(encoding, chunk, range, &mut out).unwrap();
    out.t.iter().zip(&out.v).map(|(&t, v)| (t, v.to_bits())).collect()
}

fn bits(points: &[(i64, f64)]) -> Vec<(i64, u64)> {
    points.iter().map(|&(t, v)| (t, v.to_bits())).collect()
}

fn increasing(step: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<(i64, f64)>> {
    let value = prop_oneof![
        3 => Just(None),
        2 => (0i64..1000).prop_map(|v| Some(v as f64)),
        1 => any::<u64>().prop_map(|b| Some(f64::from_bits(b))),
    ];
    (any::<i32>(), prop::collection::vec((step, value), 0..200)).prop_map(|(start, steps)| {
        let (mut t, mut v) = (i64::from(start), 0.0);
        steps
            .into_iter()
            .map(|(step, value)| {
                t += step;
                v = value.unwrap_or(v);
                (t, v)
            })
            .collect()
    })
}

fn steps() -> impl Strategy<Value = i64> {
    prop_oneof![8 => Just(15_000i64), 2 => 14_990i64..15_010, 1 => 1i64..200_000, 1 => 1i64..1 << 40]
}

proptest! {
    #[test]
    fn xor_round_trips(points in increasing(steps())) {
        let chunk = encode_floats(&points);
        prop_assert_eq!(floats(Encoding::Xor, &chunk, TimeRange::ALL), bits(&points));
        prop_assert!(chunk.len() <= xor::HEADER_BYTES + points.len() * xor::SAMPLE_BYTES_MAX);
    }

    #[test]
    fn xor_decodes_ranges(points in increasing(steps()), a in 0usize..200, b in 0usize..200, off in -1i64..2) {
        let at = |i: usize| points.get(i).map_or(i64::MAX, |p| p.0).saturating_add(off);
        let range = TimeRange { min_ms: at(a), max_ms: at(b) };
        let expected: Vec<_> = points.iter().copied().filter(|p| range.min_ms <= p.0 && p.0 <= range.max_ms).collect();
        prop_assert_eq!(floats(Encoding::Xor, &encode_floats(&points), range), bits(&expected));
    }

    #[test]
    fn two_xor_chunks_decode_as_one_after_the_other(
        points in increasing(steps()), cut in 0usize..200, a in 0usize..200, b in 0usize..200, flip in prop::option::of((any::<prop::sample::Index>(), 1u8..=255)),
    ) {
        let (first, second) = points.split_at(cut.min(points.len()));
        let (mut first, mut second) = (encode_floats(first), encode_floats(second));
        if let Some((at, flip)) = flip {
            let at = at.index(first.len() + second.len());
            match at.checked_sub(first.len()) {
                None => first[at] ^= flip,
                Some(at) => second[at] ^= flip,
            }
        }
        let at = |i: usize| points.get(i).map_or(i64::MAX, |p| p.0);
        let range = TimeRange { min_ms: at(a), max_ms: at(b) };
        let mut before = Samples::default();
        before.push(i64::MIN, 1.0);
        let mut together = before.clone();
        if xor::decode_two(&first, &second, range, &mut together) {
            decode(Encoding::Xor, &first, range, &mut before).unwrap();
            decode(Encoding::Xor, &second, range, &mut before).unwrap();
        }
        prop_assert_eq!(&together.t, &before.t);
        prop_assert!(together.v.iter().map(|v| v.to_bits()).eq(before.v.iter().map(|v| v.to_bits())));
    }

    #[test]
    fn xor_resumes(points in increasing(steps()), cut in 0usize..200) {
        let cut = cut.min(points.len());
        let mut chunk = encode_floats(&points[..cut]);
        let mut appender = XorAppender::resume(&chunk).unwrap();
        for &(t, v) in &points[cut..] {
            appender.append(&mut chunk, t, v);
        }
        prop_assert_eq!(chunk, encode_floats(&points));
    }

    #[test]
    fn any_bytes_decode_or_fail(encoding in 1u8..=6, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut out = Samples::default();
        let encoding = Encoding::from_u8(encoding).unwrap();
        if decode(encoding, &bytes, TimeRange::ALL, &mut out).is_ok() {
            prop_assert!(out.t.windows(2).all(|w| w[0] < w[1]));
            prop_assert_eq!(out.t.len(), out.v.len());
        } else {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn mutated_xor_chunks_decode_or_fail(points in increasing(steps()), at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let mut chunk = encode_floats(&points);
        let at = at.index(chunk.len());
        chunk[at] ^= flip;
        let mut out = Samples::default();
        if decode(Encoding::Xor, &chunk, TimeRange::ALL, &mut out).is_ok() {
            prop_assert!(out.t.windows(2).all(|w| w[0] < w[1]));
        }
    }
}

#[test]
fn xor_windows_of_64_bits_and_extreme_times() {
    let points = [
        (i64::MIN, 0.0),
        (-1, f64::from_bits(u64::MAX)),
        (0, f64::from_bits(0x8000_0000_0000_0001)),
        (1 << 20, 0.0),
        (1 << 20 | 1, f64::from_bits(1)),
        (i64::MAX, f64::from_bits(3)),
    ];
    let chunk = encode_floats(&points);
    assert_eq!(floats(Encoding::Xor, &chunk, TimeRange::ALL), bits(&points));
}

#[test]
fn xor_chunk_of_all_its_samples() {
    let points: Vec<_> = (0..65_535).map(|i| (i * 10, (i / 7) as f64)).collect();
    let chunk = encode_floats(&points);
    assert_eq!(floats(Encoding::Xor, &chunk, TimeRange::ALL), bits(&points));
    assert!(XorAppender::resume(&chunk).unwrap().is_full());
}

/// Prometheus 2.x added the next byte as soon as one was full, even if nothing followed.
#[test]
fn xor_chunks_with_an_early_byte_are_continued() {
    let points: Vec<_> = (0..50).map(|i| (i * 1000, (i * i) as f64)).collect();
    for cut in 0..50 {
        let mut chunk = encode_floats(&points[..cut]);
        chunk.push(0);
        assert_eq!(floats(Encoding::Xor, &chunk, TimeRange::ALL), bits(&points[..cut]));
        // More than a byte is left where the last byte was not full: that never happened.
        let Ok(mut appender) = XorAppender::resume(&chunk) else { continue };
        for &(t, v) in &points[cut..] {
            appender.append(&mut chunk, t, v);
        }
        assert_eq!(chunk, encode_floats(&points), "cut at {cut}");
    }
}

#[test]
fn two_xor_chunks_are_decoded_at_once_unless_something_is_odd() {
    let chunk = |range: std::ops::Range<i64>| {
        encode_floats(&range.map(|i| (i * 1000, (i * i) as f64)).collect::<Vec<_>>())
    };
    let constant = encode_floats(&(100..200).map(|i| (i * 1000, 1.0)).collect::<Vec<_>>());
    let mut short = chunk(100..200);
    short.truncate(short.len() - 10);
    let cases = [
        ("in order", chunk(0..100), chunk(100..200), true),
        ("of different lengths", chunk(0..7), chunk(100..3000), true),
        ("the same", chunk(0..100), chunk(0..100), false),
        ("overlapping", chunk(0..101), chunk(100..200), false),
        ("empty", chunk(0..100), chunk(0..0), false),
        ("a few samples", chunk(0..3), chunk(100..200), false),
        ("too many samples", chunk(0..60_000), chunk(60_000..70_000), false),
        ("repeating the same sample", chunk(0..100), constant, false),
        ("cut off", chunk(0..100), short, false),
        ("no header", chunk(0..100), vec![0], false),
    ];
    for (what, first, second, expected) in cases {
        let mut out = Samples::default();
        assert_eq!(xor::decode_two(&first, &second, TimeRange::ALL, &mut out), expected, "{what}");
        assert_eq!(out.t.is_empty(), !expected, "{what}");
    }
}

/// Found by fuzzing: the first step is zero, later ones are not.
#[test]
fn a_first_step_of_zero_is_damage() {
    let bytes = [0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 0, 0];
    let result = decode(Encoding::Xor, &bytes, TimeRange::ALL, &mut Samples::default());
    assert_eq!(result, Err(ChunkError::NotIncreasing { encoding: Encoding::Xor, sample: 1 }));
}

/// Found by fuzzing: counts that overflow when a high resolution is merged down.
#[test]
fn counts_beyond_64_bits_are_damage() {
    let bytes = [
        0x24, 0xff, 0xff, 0xd0, 0xd0, 0x42, 0x45, 0x42, 0x42, 0x42, 0x42, 0x51, 0x06, 0x00, 0xff, 0xff, 0xff,
        0x00, 0x24, 0x0e, 0x42, 0xff, 0x02, 0x42, 0x46, 0x97, 0x00, 0x00, 0xff, 0xff, 0xff,
    ];
    assert!(decode(Encoding::Histogram, &bytes, TimeRange::ALL, &mut Samples::default()).is_err());
}
