//! Histogram chunks: what goes in comes out, whatever the layouts and resets; and when a chunk is cut or rewritten.

use std::collections::BTreeMap;

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Histogram, HistogramValue, ResetHint, Span};
use model::value::STALE_NAN;
use proptest::prelude::*;
use storage::{Samples, TimeRange};

use super::native::Native;
use super::spans::indexes;
use super::*;

/// Appends as the head does: cuts where the chunk asks for it. Returns the chunks.
fn encode<H: Native>(samples: &[(i64, H)]) -> Vec<Vec<u8>> {
    let mut chunks = vec![Vec::new()];
    let mut appender = native::NativeAppender::<H>::start(&mut chunks[0], ResetHeader::Unknown);
    for (t, h) in samples {
        let chunk = chunks.last_mut().unwrap();
        if let Appended::Cut(header) = appender.append(chunk, *t, h) {
            let mut next = Vec::new();
            appender = native::NativeAppender::start(&mut next, header);
            assert_eq!(appender.append(&mut next, *t, h), Appended::InPlace);
            chunks.push(next);
        }
    }
    chunks
}

fn decode_all(encoding: Encoding, chunks: &[Vec<u8>]) -> Vec<(i64, HistogramValue)> {
    let mut out = Samples::default();
    for chunk in chunks {
        decode(encoding, chunk, TimeRange::ALL, &mut out).unwrap();
    }
    out.histograms
}

/// A histogram without its layout: counts of buckets that are not empty, all else as bits.
#[derive(Debug, PartialEq)]
enum Plain {
    Stale,
    Of {
        schema: i32,
        zero_threshold: u64,
        totals: [u64; 3],
        buckets: [BTreeMap<i64, u64>; 2],
        bounds: Vec<u64>,
    },
}

fn plain(h: &HistogramValue) -> Plain {
    if h.is_stale() {
        return Plain::Stale;
    }
    let h = h.to_float();
    let buckets = |spans: &[Span], counts: &[f64]| {
        assert_eq!(spans.iter().map(|s| s.length as usize).sum::<usize>(), counts.len());
        indexes(spans).zip(counts.iter().map(|c| c.to_bits())).filter(|(_, c)| *c != 0).collect()
    };
    Plain::Of {
        schema: h.schema,
        zero_threshold: h.zero_threshold.to_bits(),
        totals: [h.count, h.zero_count, h.sum].map(f64::to_bits),
        buckets: [
            buckets(&h.positive_spans, &h.positive_buckets),
            buckets(&h.negative_spans, &h.negative_buckets),
        ],
        bounds: h.custom_values.iter().map(|b| b.to_bits()).collect(),
    }
}

fn spans_of(indexes: impl Iterator<Item = i64>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut next = 0;
    for i in indexes {
        match spans.last_mut() {
            Some(last) if next == i => last.length += 1,
            _ => spans.push(Span { offset: (i - next) as i32, length: 1 }),
        }
        next = i + 1;
    }
    spans
}

#[derive(Clone, Debug)]
struct Step {
    step: i64,
    adds: Vec<(bool, i64, u64)>,
    event: u8,
    sum: f64,
}

fn histories() -> impl Strategy<Value = Vec<(i64, Histogram)>> {
    let adds = prop::collection::vec((any::<bool>(), -6i64..12, 0u64..1000), 0..5);
    let step = (1i64..100_000, adds, 0u8..40, -1e6f64..1e6).prop_map(|(step, adds, event, sum)| Step {
        step,
        adds,
        event,
        sum,
    });
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let mut samples = Vec::new();
        let (mut t, mut schema, mut zero_threshold, mut gauge) = (-5, 3, 1e-128, false);
        let mut counts: [BTreeMap<i64, i64>; 2] = Default::default();
        let mut zero_count = 0;
        for s in steps {
            t += s.step;
            zero_count += s.event as u64 % 3;
            match s.event {
                0 => counts = Default::default(),
                1 => schema = (schema + 1) % 8,
                2 => zero_threshold = f64::from(s.step as u32),
                3 => gauge = !gauge,
                4 => zero_count = 0,
                5 => {
                    counts[0].pop_first();
                }
                6 => {
                    samples.push((t, Histogram { sum: STALE_NAN, ..Histogram::default() }));
                    continue;
                }
                _ => {}
            }
            for (positive, index, n) in s.adds {
                *counts[usize::from(positive)].entry(index).or_default() += n as i64;
            }
            let deltas = |counts: &BTreeMap<i64, i64>| {
                let mut former = 0;
                counts.values().map(|c| c - std::mem::replace(&mut former, *c)).collect::<Vec<_>>()
            };
            let total: i64 = counts.iter().flat_map(|c| c.values()).sum();
            samples.push((
                t,
                Histogram {
                    reset_hint: if gauge { ResetHint::Gauge } else { ResetHint::Unknown },
                    schema,
                    zero_threshold,
                    zero_count,
                    count: total as u64 + zero_count,
                    sum: s.sum,
                    positive_spans: spans_of(counts[1].keys().copied()),
                    positive_deltas: deltas(&counts[1]),
                    negative_spans: spans_of(counts[0].keys().copied()),
                    negative_deltas: deltas(&counts[0]),
                    custom_values: Vec::new(),
                },
            ));
        }
        samples
    })
}

fn check<H: Native>(
    encoding: Encoding,
    samples: &[(i64, H)],
    wrap: fn(H) -> HistogramValue,
) -> Result<(), TestCaseError> {
    let chunks = encode(samples);
    let decoded = decode_all(encoding, &chunks);
    let expected: Vec<_> = samples.iter().map(|(t, h)| (*t, plain(&wrap(h.clone())))).collect();
    prop_assert_eq!(decoded.iter().map(|(t, h)| (*t, plain(h))).collect::<Vec<_>>(), expected);
    for chunk in &chunks {
        // An encoder recovered from the bytes goes on where the first stopped.
        let n = samples_in(chunk).unwrap();
        let resumed = native::NativeAppender::<H>::resume(chunk).unwrap();
        prop_assert_eq!(resumed.samples(), n);
    }
    Ok(())
}

fn to_float(samples: &[(i64, Histogram)]) -> Vec<(i64, FloatHistogram)> {
    samples.iter().map(|(t, h)| (*t, h.to_float())).collect()
}

proptest! {
    #[test]
    fn integer_histograms_round_trip(samples in histories()) {
        check(Encoding::Histogram, &samples, HistogramValue::Integer)?;
    }

    #[test]
    fn float_histograms_round_trip(samples in histories()) {
        check(Encoding::FloatHistogram, &to_float(&samples), HistogramValue::Float)?;
    }

    #[test]
    fn ranges_are_cut(samples in histories(), a in 0usize..40, b in 0usize..40) {
        let at = |i: usize| samples.get(i).map_or(i64::MAX, |s| s.0);
        let range = TimeRange { min_ms: at(a), max_ms: at(b) };
        let mut out = Samples::default();
        for chunk in encode(&samples) {
            decode(Encoding::Histogram, &chunk, range, &mut out).unwrap();
        }
        let expected: Vec<_> = samples.iter().map(|s| s.0).filter(|&t| range.min_ms <= t && t <= range.max_ms).collect();
        prop_assert_eq!(out.histograms.iter().map(|h| h.0).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn resumed_chunks_continue_alike(samples in histories(), cut in 0usize..40) {
        let (first, rest) = samples.split_at(cut.min(samples.len()));
        let mut chunks = encode(first);
        let mut chunk = chunks.pop().unwrap();
        let mut a = HistogramAppender::resume(&chunk).unwrap();
        for (t, h) in rest {
            if !matches!(a.append(&mut chunk, *t, h), Appended::InPlace | Appended::Recoded) {
                break;
            }
        }
        let whole = &encode(&samples)[chunks.len()];
        let n = samples_in(&chunk).unwrap();
        prop_assert!(n >= 1 || samples.is_empty());
        if samples_in(whole).unwrap() == n {
            prop_assert_eq!(&chunk, whole);
        }
    }

    #[test]
    fn mutated_chunks_decode_or_fail(samples in histories(), float in any::<bool>(), at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let (encoding, mut chunk) = if float {
            (Encoding::FloatHistogram, encode(&to_float(&samples)).swap_remove(0))
        } else {
            (Encoding::Histogram, encode(&samples).swap_remove(0))
        };
        let at = at.index(chunk.len());
        chunk[at] ^= flip;
        let mut out = Samples::default();
        if decode(encoding, &chunk, TimeRange::ALL, &mut out).is_err() {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn thresholds_and_bounds_round_trip(bits in any::<u64>(), thousandths in 0u32..40_000_000, power in -250i32..20) {
        for threshold in [f64::from_bits(bits), 2f64.powi(power), 0.0] {
            for bound in [f64::from_bits(bits), f64::from(thousandths) / 1000.0, -1.5] {
                let h = FloatHistogram {
                    schema: CUSTOM_BUCKETS_SCHEMA, zero_threshold: threshold, custom_values: vec![bound], ..FloatHistogram::default()
                };
                let decoded = decode_all(Encoding::FloatHistogram, &encode(&[(1, h)]));
                let HistogramValue::Float(h) = &decoded[0].1 else { panic!("float expected") };
                prop_assert_eq!(h.zero_threshold.to_bits(), threshold.to_bits());
                prop_assert_eq!(h.custom_values[0].to_bits(), bound.to_bits());
            }
        }
    }
}

fn of(spans: &[(i32, u32)], counts: &[i64]) -> Histogram {
    let mut former = 0;
    Histogram {
        schema: 1,
        zero_threshold: 1e-4,
        zero_count: 2,
        count: 2 + counts.iter().sum::<i64>() as u64,
        sum: 18.4,
        positive_spans: spans.iter().map(|&(offset, length)| Span { offset, length }).collect(),
        positive_deltas: counts.iter().map(|c| c - std::mem::replace(&mut former, *c)).collect(),
        ..Histogram::default()
    }
}

/// Recreated from the cases of Prometheus 3.14 `tsdb/chunkenc/histogram_test.go`.
#[test]
fn what_a_histogram_does_to_its_chunk() {
    let first = || of(&[(0, 2), (1, 2), (3, 2)], &[6, 3, 3, 2, 4, 5]);
    let with = |change: fn(&mut Histogram)| {
        let mut h = of(&[(0, 2), (1, 2), (3, 2)], &[6, 4, 4, 3, 4, 5]);
        change(&mut h);
        h
    };
    let gauge = |mut h: Histogram| {
        h.reset_hint = ResetHint::Gauge;
        h
    };
    let stale = Histogram { sum: STALE_NAN, ..Histogram::default() };
    use Appended::*;
    let cases = [
        ("same buckets", first(), with(|_| {}), InPlace),
        ("new buckets", first(), of(&[(0, 3), (0, 2), (3, 3)], &[7, 5, 1, 3, 3, 4, 5, 1]), Recoded),
        (
            "a bucket in use vanished",
            first(),
            of(&[(0, 2), (1, 1), (4, 2)], &[7, 5, 9, 9, 9]),
            Cut(ResetHeader::Reset),
        ),
        (
            "a count fell",
            first(),
            of(&[(0, 2), (1, 2), (3, 2)], &[6, 2, 9, 9, 9, 9]),
            Cut(ResetHeader::Reset),
        ),
        ("the total fell", first(), with(|h| h.count = 3), Cut(ResetHeader::Reset)),
        ("the zero bucket fell", first(), with(|h| h.zero_count = 1), Cut(ResetHeader::Reset)),
        ("another schema", first(), with(|h| h.schema = 2), Cut(ResetHeader::Unknown)),
        ("another zero bucket", first(), with(|h| h.zero_threshold = 1e-5), Cut(ResetHeader::Unknown)),
        (
            "the client says reset",
            first(),
            with(|h| h.reset_hint = ResetHint::Reset),
            Cut(ResetHeader::Reset),
        ),
        ("counter to gauge", first(), gauge(with(|_| {})), Cut(ResetHeader::Gauge)),
        ("gauge to counter", gauge(first()), with(|_| {}), Cut(ResetHeader::Unknown)),
        ("gauge falls", gauge(first()), gauge(of(&[(0, 2), (1, 2), (3, 2)], &[1, 1, 1, 1, 1, 1])), InPlace),
        ("gauge loses buckets", gauge(first()), gauge(of(&[(0, 1)], &[1])), InPlace),
        ("gauge moves", gauge(first()), gauge(of(&[(2, 3)], &[1, 2, 3])), Recoded),
        ("stale after counter", first(), stale.clone(), InPlace),
        ("counter after stale", stale.clone(), first(), Cut(ResetHeader::Unknown)),
        ("stale after stale", stale.clone(), stale, InPlace),
    ];
    for (name, a, b, expected) in cases {
        let mut chunk = Vec::new();
        let mut appender = HistogramAppender::start(&mut chunk, ResetHeader::Unknown);
        appender.append(&mut chunk, 1, &a);
        assert_eq!(appender.append(&mut chunk, 2, &b), expected, "{name}");

        let mut chunk = Vec::new();
        let mut appender = FloatHistogramAppender::start(&mut chunk, ResetHeader::Unknown);
        appender.append(&mut chunk, 1, &a.to_float());
        assert_eq!(appender.append(&mut chunk, 2, &b.to_float()), expected, "{name}, float");
    }
}

#[test]
fn an_unused_bucket_may_vanish() {
    let a = of(&[(0, 2), (1, 2)], &[6, 0, 3, 2]);
    let b = of(&[(0, 1), (2, 3)], &[7, 3, 2, 1]);
    let chunks = encode(&[(1, a), (2, b.clone())]);
    assert_eq!(chunks.len(), 1);
    let decoded = decode_all(Encoding::Histogram, &chunks);
    let HistogramValue::Integer(second) = &decoded[1].1 else { panic!("integer expected") };
    assert_eq!(second.positive_spans, [Span { offset: 0, length: 2 }, Span { offset: 1, length: 3 }]);
    assert_eq!(second.reset_hint, ResetHint::NotReset);
    assert_eq!(plain(&decoded[1].1), plain(&HistogramValue::Integer(b)));
}

#[test]
fn headers_after_a_former_chunk() {
    let mut chunk = Vec::new();
    let mut former = HistogramAppender::start(&mut chunk, ResetHeader::Unknown);
    former.append(&mut chunk, 1, &of(&[(0, 2)], &[3, 4]));
    let after = |h: &Histogram| HistogramAppender::header_after(Some(&former), h);
    assert_eq!(after(&of(&[(0, 2)], &[3, 4])), ResetHeader::NotReset);
    assert_eq!(after(&of(&[(0, 2)], &[2, 4])), ResetHeader::Reset);
    assert_eq!(after(&of(&[(0, 3)], &[3, 4, 1])), ResetHeader::NotReset);
    assert_eq!(HistogramAppender::header_after(None, &of(&[(0, 2)], &[3, 4])), ResetHeader::Unknown);
}

#[test]
fn high_resolutions_are_merged_down() {
    for schema in 9..=52 {
        let mut h = of(&[(0, 4)], &[1, 1, 1, 1]);
        h.schema = schema;
        let decoded = decode_all(Encoding::Histogram, &encode(&[(1, h)]));
        let merged = decoded[0].1.to_float();
        assert_eq!((merged.schema, merged.positive_buckets.iter().sum::<f64>()), (8, 4.0));
    }
}

#[test]
fn a_crafted_chunk_cannot_take_much_memory() {
    // A large layout of empty spans, then samples of a few zero bits.
    let mut chunk = vec![0xff, 0xff, 0];
    let mut bits = bits::BitWriter::resume(&mut chunk, 0);
    bits.put(0, 8);
    varbit::put_int(&mut bits, 0);
    varbit::put_uint(&mut bits, 50_000);
    for _ in 0..50_000 {
        bits.put(0, 2);
    }
    bits.put(0, 3);
    varbit::put_int(&mut bits, 1);
    for _ in 0..65_535 {
        varbit::put_int(&mut bits, 1);
        bits.put(0, 8);
    }
    let error = decode(Encoding::Histogram, &chunk, TimeRange::ALL, &mut Samples::default()).unwrap_err();
    assert!(
        matches!(
            error,
            ChunkError::TooLarge { .. } | ChunkError::NotIncreasing { .. } | ChunkError::Truncated { .. }
        ),
        "{error}"
    );
}
