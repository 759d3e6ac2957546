//! Dense chunks: every bit comes back, and no bytes do harm.

use model::histogram::{Histogram, HistogramValue};
use model::value::STALE_NAN_BITS;
use proptest::prelude::*;
use storage::{Samples, TimeRange};

use super::*;
use crate::chunkenc::{ChunkError, Encoding, HistogramAppender, ResetHeader, XorAppender, decode};
use crate::encoding::Cursor;

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn round_trip(t: &[i64], v: &[f64], starts: &[i64]) -> usize {
    let chunk = floats::encode(t, v, starts);
    let mut out = Samples::default();
    out.push(i64::MIN, 1.0);
    decode(Encoding::Dense, &chunk, TimeRange::ALL, &mut out).unwrap();
    assert_eq!((out.t[0], &out.t[1..]), (i64::MIN, t));
    assert_eq!(bits(&out.v[1..]), bits(v));
    let read: Vec<i64> = (1..out.t.len()).map(|i| out.start(i)).collect();
    let written: Vec<i64> = (0..t.len()).map(|i| starts.get(i).copied().unwrap_or(0)).collect();
    assert_eq!(read, written);
    assert_eq!(usize::from(Encoding::Dense.samples_in(&chunk).unwrap()), t.len());
    chunk.len()
}

fn times(n: usize) -> Vec<i64> {
    (0..n as i64).map(|i| 1_795_000_000_000 + 15_000 * i).collect()
}

#[test]
fn usual_series_take_few_bytes() {
    let stale = f64::from_bits(STALE_NAN_BITS);
    let n = 4096;
    let of = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
    let with_stale = |i: usize| if i == 700 { stale } else { i as f64 };
    for (name, values, bytes_max) in [
        ("constant", of(&|_| 17.25), 40),
        ("even counter", of(&|i| 1e9 + 60.0 * i as f64), 60),
        ("counter with noise of 4 bits", of(&|i| (i * 100 + (i * 7919) % 16) as f64), 3000),
        ("staleness marker in an even counter", of(&with_stale), 120),
        ("two decimals", of(&|i| ((i * 37) % 100) as f64 / 100.0), 4000),
        ("nanoseconds as seconds", of(&|i| ((i * 37) % 1000) as f64 * 1e-9), 6000),
        ("alternating", of(&|i| (i % 2) as f64), 700),
        ("signs of zero", of(&|i| if i % 2 == 0 { 0.0 } else { -0.0 }), 20_000),
    ] {
        let bytes = round_trip(&times(n), &values, &[]);
        assert!(bytes <= bytes_max, "{name}: {bytes} bytes");
    }
}

#[test]
fn odd_values_come_back_bit_by_bit() {
    let quiet = f64::from_bits(0x7ff8_dead_beef_0001);
    let odd = [
        0.0,
        -0.0,
        f64::NAN,
        quiet,
        -quiet,
        f64::from_bits(STALE_NAN_BITS),
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::MIN,
        9_007_199_254_740_993.0,
        -9_007_199_254_740_992.0,
        0.1,
        0.1 + 0.2,
        1.0 / 3.0,
        1e-18,
        1e300,
    ];
    for n in 1..=odd.len() {
        round_trip(&times(n), &odd[..n], &[]);
        round_trip(&times(n), &odd[odd.len() - n..], &[]);
    }
    let t = [i64::MIN + 1, -1, 0, 1, i64::MAX];
    round_trip(&t, &odd[..5], &[i64::MIN, 0, i64::MAX]);
    round_trip(&[], &[], &[]);
}

#[test]
fn a_range_cuts_times_values_and_starts_alike() {
    let t = times(300);
    let v: Vec<f64> = (0..300).map(f64::from).collect();
    let starts: Vec<i64> = (0..200).collect();
    let chunk = floats::encode(&t, &v, &starts);
    for (from, to) in [(0, 299), (10, 20), (150, 250), (210, 220), (299, 299)] {
        let mut out = Samples::default();
        let range = TimeRange { min_ms: t[from], max_ms: t[to] };
        floats::decode(&chunk, range, &mut out).unwrap();
        assert_eq!((&out.t[..], &out.v[..]), (&t[from..=to], &v[from..=to]));
        let expected: Vec<i64> = (from..=to).map(|i| if i < 200 { i as i64 } else { 0 }).collect();
        assert_eq!((0..out.t.len()).map(|i| out.start(i)).collect::<Vec<_>>(), expected);
    }
    let mut out = Samples::default();
    floats::decode(&chunk, TimeRange { min_ms: 0, max_ms: 5 }, &mut out).unwrap();
    assert!(out.is_empty());
}

#[test]
fn histogram_chunks_come_back_as_they_were() {
    let histogram = |i: u64| {
        let count = 10 + i;
        HistogramValue::Integer(Histogram { count, zero_count: count, sum: i as f64, ..Histogram::default() })
    };
    let mut chunks = Vec::new();
    for k in 0..5u64 {
        let mut bytes = Vec::new();
        let mut appender = HistogramAppender::start(&mut bytes, ResetHeader::Unknown);
        for i in 0..20 {
            let HistogramValue::Integer(h) = histogram(20 * k + i) else { unreachable!("made above") };
            appender.append(&mut bytes, 1000 * (20 * k + i) as i64, &h);
        }
        chunks.push(bytes);
    }
    let parts: Vec<(Encoding, &[u8])> = chunks.iter().map(|c| (Encoding::Histogram, &c[..])).collect();
    let packed = histograms::encode(100, &parts).unwrap();
    assert!(packed.len() < chunks.iter().map(Vec::len).sum());
    let mut back = Vec::new();
    histograms::each(&packed, |encoding, data| {
        back.push((encoding, data.to_vec()));
        Ok(())
    })
    .unwrap();
    assert!(back.iter().map(|(e, d)| (*e, &d[..])).eq(parts.iter().copied()));

    let mut out = Samples::default();
    decode(Encoding::DenseHistograms, &packed, TimeRange { min_ms: 15_000, max_ms: 70_000 }, &mut out)
        .unwrap();
    assert_eq!((out.histograms.len(), out.histograms[0].0), (56, 15_000));
    let mut plain = Samples::default();
    for (encoding, data) in &parts {
        decode(*encoding, data, TimeRange { min_ms: 15_000, max_ms: 70_000 }, &mut plain).unwrap();
    }
    assert_eq!(out, plain);

    // The same chunk twice does not advance in time, and none of ours stands inside another.
    let twice = histograms::encode(40, &[parts[0], parts[0]]).unwrap();
    let before = out.clone();
    assert!(matches!(
        decode(Encoding::DenseHistograms, &twice, TimeRange::ALL, &mut out),
        Err(ChunkError::NotIncreasing { .. })
    ));
    let nested = histograms::encode(1, &[(Encoding::DenseHistograms, &packed)]).unwrap();
    assert!(histograms::decode(&nested, TimeRange::ALL, &mut out).is_err());
    assert_eq!(out, before);
}

#[test]
fn damage_is_an_error_and_leaves_nothing() {
    let t = times(200);
    let v: Vec<f64> = (0..200).map(|i| f64::from(i % 17) / 10.0).collect();
    let chunk = floats::encode(&t, &v, &[5]);
    for cut in 0..chunk.len() {
        let mut out = Samples::default();
        assert!(floats::decode(&chunk[..cut], TimeRange::ALL, &mut out).is_err(), "{cut} bytes");
        assert!(out.is_empty() && out.starts.is_empty());
    }
    let mut longer = chunk.clone();
    longer.push(0);
    assert!(floats::decode(&longer, TimeRange::ALL, &mut Samples::default()).is_err());
}

#[test]
fn times_that_do_not_increase_are_refused() {
    for t in [[1, 1], [2, 1]] {
        let chunk = floats::encode(&t, &[0.0, 1.0], &[]);
        let error = floats::decode(&chunk, TimeRange::ALL, &mut Samples::default()).unwrap_err();
        assert_eq!(error, ChunkError::NotIncreasing { encoding: Encoding::Dense, sample: 1 });
    }
}

/// Values as scrapes bring them, and some that they never do.
fn series() -> impl Strategy<Value = Vec<f64>> {
    let n = 1..400usize;
    prop_oneof![
        proptest::collection::vec(any::<u64>().prop_map(f64::from_bits), n.clone()),
        proptest::collection::vec((-1000i64..1000).prop_map(|i| i as f64 / 100.0), n.clone()),
        proptest::collection::vec((0i64..1 << 50).prop_map(|i| i as f64 * 1e-9), n.clone()),
        proptest::collection::vec(prop_oneof![Just(1.0), Just(f64::from_bits(STALE_NAN_BITS))], n.clone()),
        proptest::collection::vec(0u32..1000, n).prop_map(|steps| {
            let mut total = 0.0;
            steps
                .iter()
                .map(|s| {
                    total += f64::from(*s);
                    total
                })
                .collect()
        }),
    ]
}

proptest! {
    #[test]
    fn floats_round_trip(v in series(), first in any::<i32>(), gaps in proptest::collection::vec(1i64..1 << 40, 400),
                         starts in proptest::collection::vec(any::<i64>(), 0..20)) {
        let mut t = i64::from(first);
        let t: Vec<i64> = gaps[..v.len()].iter().map(|g| { t += g; t }).collect();
        round_trip(&t, &v, &starts[..starts.len().min(v.len())]);
    }

    #[test]
    fn integers_round_trip(values in proptest::collection::vec(any::<i64>(), 0..300), shift in 0u32..64) {
        let values: Vec<i64> = values.iter().map(|v| v >> shift).collect();
        let mut bytes = Vec::new();
        ints::put(&mut bytes, &values);
        let (mut cursor, mut back) = (Cursor::new(&bytes), Vec::new());
        prop_assert_eq!(ints::take(&mut cursor, values.len(), &mut back), Some(()));
        prop_assert!(cursor.is_empty());
        prop_assert_eq!(back, values);
    }

    #[test]
    fn blocks_round_trip_and_cost_what_is_said(
        values in proptest::collection::vec(any::<u64>(), 1..=bits::BLOCK), low in 0u32..64, rare in 0usize..20,
    ) {
        // Small distances with some large ones between.
        let distances: Vec<u64> =
            values.iter().enumerate().map(|(i, v)| if rare > 0 && i % (rare + 5) == 0 { *v } else { v >> low }).collect();
        let least = distances.iter().min().copied().unwrap_or(0);
        let values: Vec<i64> = distances.iter().map(|d| (d - least) as i64).collect();
        let mut bytes = Vec::new();
        bits::put_block(&mut bytes, &values);
        let mut back = vec![0; values.len()];
        prop_assert_eq!(bits::take_block(&mut Cursor::new(&bytes), &mut back), Some(()));
        prop_assert_eq!(&back, &values);
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), flips in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4)) {
        let mut out = Samples::default();
        for encoding in [Encoding::Dense, Encoding::DenseHistograms] {
            if decode(encoding, &bytes, TimeRange::ALL, &mut out).is_err() {
                prop_assert!(out.is_empty());
            }
            out.clear();
        }
        let t = times(300);
        let v: Vec<f64> = (0..300).map(|i| f64::from(i * i % 97) / 10.0).collect();
        let mut chunk = floats::encode(&t, &v, &[]);
        for (at, with) in flips {
            let at = usize::from(at) % chunk.len();
            chunk[at] ^= with;
        }
        let _either_is_fine = floats::decode(&chunk, TimeRange::ALL, &mut out);
        prop_assert_eq!(out.t.len(), out.v.len());
    }
}

/// The reason for all this, as a figure that cannot rot: half of what XOR takes on what machines report.
#[test]
fn half_the_bytes_of_xor_on_a_usual_mix() {
    let n = 4096usize;
    let mut random = 12345u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let (mut dense, mut xor) = (0, 0);
    for kind in 0..4 {
        let mut total = 1e6;
        let values: Vec<f64> = (0..n)
            .map(|_| match kind {
                0 => {
                    total += next(50) as f64;
                    total
                }
                1 => next(400) as f64 / 100.0,
                2 => {
                    total += next(1500) as f64;
                    total
                }
                _gauge_of_bytes => (next(1000) * 4096) as f64,
            })
            .collect();
        dense += round_trip(&times(n), &values, &[]);
        for part in values.chunks(120) {
            let mut bytes = Vec::new();
            let mut appender = XorAppender::start(&mut bytes);
            part.iter().zip(times(n)).for_each(|(v, t)| appender.append(&mut bytes, t, *v));
            xor += bytes.len();
        }
    }
    assert!(2 * dense < xor, "{dense} bytes against {xor}");
}
