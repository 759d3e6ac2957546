//! Blocks of native histograms made here are read by Debian's Prometheus.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::Prometheus;
use model::Labels;
use model::histogram::{FloatHistogram, Histogram, HistogramValue, ResetHint, Span};
use model::value::STALE_NAN;
use tsdb::block::{BlockMeta, BlockWriter};
use tsdb::chunkenc::native::{Native, NativeAppender};
use tsdb::chunkenc::{Appended, Encoding};
use tsdb::chunks::NewChunk;
use ulid::Ulid;

const START_MS: i64 = 1_700_000_000_000;
const STEP_MS: i64 = 15_000;

/// A counter whose buckets appear over time, with a reset and a staleness marker.
fn counter(k: i64) -> Histogram {
    let n = if k < 150 { k } else { k - 149 };
    if k == 200 {
        return Histogram { sum: STALE_NAN, ..Histogram::default() };
    }
    let buckets = (1 + n / 20) as u32;
    let counts: Vec<i64> = (0..i64::from(buckets)).map(|b| (n - 20 * b) * (b + 1)).collect();
    let mut former = 0;
    Histogram {
        schema: 2,
        zero_threshold: 1e-3,
        zero_count: n as u64 / 3,
        count: counts.iter().sum::<i64>() as u64 * 2 + n as u64 / 3,
        sum: n as f64 * 1.1,
        positive_spans: vec![Span { offset: -2, length: 1 }, Span { offset: 1, length: buckets - 1 }],
        positive_deltas: counts.iter().map(|c| c - std::mem::replace(&mut former, *c)).collect(),
        negative_spans: vec![Span { offset: 3, length: buckets }],
        negative_deltas: {
            let mut former = 0;
            counts.iter().map(|c| c - std::mem::replace(&mut former, *c)).collect()
        },
        ..Histogram::default()
    }
}

/// A gauge whose buckets come and go.
fn gauge(k: i64) -> FloatHistogram {
    let buckets: Vec<f64> = (0..1 + k % 4).map(|b| (k * 7 % 11 + b) as f64 / 4.0 + 0.25).collect();
    FloatHistogram {
        reset_hint: ResetHint::Gauge,
        schema: 0,
        zero_threshold: 2f64.powi(-128),
        zero_count: 0.5,
        count: buckets.iter().sum::<f64>() + 0.5,
        sum: (k as f64).sin(),
        positive_spans: vec![Span { offset: (k % 3) as i32, length: buckets.len() as u32 }],
        positive_buckets: buckets,
        ..FloatHistogram::default()
    }
}

/// Chunks of samples 0..n, cut as asked for and after 120 samples.
fn chunks<H: Native>(n: i64, value: impl Fn(i64) -> H) -> Vec<(Vec<u8>, i64, i64)> {
    let mut chunks: Vec<(Vec<u8>, i64, i64)> = Vec::new();
    let mut appender: Option<NativeAppender<H>> = None;
    for k in 0..n {
        let (t, h) = (START_MS + k * STEP_MS, value(k));
        if let (Some(a), Some((chunk, _, max_ms))) = (&mut appender, chunks.last_mut())
            && a.samples() < 120
            && !matches!(a.append(chunk, t, &h), Appended::Cut(_))
        {
            *max_ms = t;
            continue;
        }
        let mut chunk = Vec::new();
        let header = NativeAppender::header_after(appender.as_ref(), &h);
        let mut next = NativeAppender::start(&mut chunk, header);
        next.append(&mut chunk, t, &h);
        appender = Some(next);
        chunks.push((chunk, t, t));
    }
    chunks
}

fn write_block(db: &Path, n: i64) {
    let meta = BlockMeta::new(Ulid::from(1u128 << 80), START_MS, START_MS + n * STEP_MS);
    let mut writer = BlockWriter::create(db, meta, ["__name__", "c", "g"]).unwrap();
    let (counters, gauges) = (chunks(n, counter), chunks(n, gauge));
    assert!(counters.len() > 3 && gauges.len() > 1);
    for (name, encoding, chunks) in
        [("c", Encoding::Histogram, &counters), ("g", Encoding::FloatHistogram, &gauges)]
    {
        let new: Vec<NewChunk<'_>> = chunks
            .iter()
            .map(|(data, min_ms, max_ms)| NewChunk { encoding, data, min_ms: *min_ms, max_ms: *max_ms })
            .collect();
        writer.add_series(&Labels::from_pairs([("__name__", name)]), &new).unwrap();
    }
    writer.finish().unwrap().unwrap();
}

/// Bounds and counts of the buckets in use, as the HTTP API gives them.
fn buckets(h: &FloatHistogram) -> Vec<[f64; 3]> {
    let side = |spans: &[Span], counts: &[f64]| -> Vec<[f64; 3]> {
        let mut next = 0;
        let indexes = spans.iter().flat_map(|s| {
            let first = next + s.offset;
            next = first + s.length as i32;
            first..next
        });
        indexes
            .zip(counts)
            .map(|(i, c)| {
                [model::histogram::bound(i - 1, h.schema, &[]), model::histogram::bound(i, h.schema, &[]), *c]
            })
            .collect()
    };
    let mut all = side(&h.negative_spans, &h.negative_buckets);
    all.iter_mut().for_each(|b| *b = [-b[1], -b[0], b[2]]);
    all.reverse();
    all.push([-h.zero_threshold, h.zero_threshold, h.zero_count]);
    all.extend(side(&h.positive_spans, &h.positive_buckets));
    all.retain(|b| b[2] != 0.0);
    all
}

#[test]
fn prometheus_reads_our_histogram_chunks() {
    let n = 260;
    let dir = tempfile::tempdir().unwrap();
    write_block(dir.path(), n);
    let prometheus = Prometheus::start(dir.path(), "scrape_configs: []\n");
    let end = (START_MS + n * STEP_MS) / 1000;
    for name in ["c", "g"] {
        let answer = prometheus.get(&format!("/api/v1/query?query={name}%5B3h%5D&time={end}"));
        let found = answer["data"]["result"][0]["histograms"].as_array().expect("histograms").clone();
        let mut found = found.iter();
        for k in 0..n {
            let value = if name == "c" {
                HistogramValue::Integer(counter(k))
            } else {
                HistogramValue::Float(gauge(k))
            };
            if value.is_stale() {
                continue;
            }
            let (h, pair) = (value.to_float(), found.next().expect("a sample"));
            assert_eq!(pair[0].as_f64().unwrap(), ((START_MS + k * STEP_MS) as f64) / 1000.0);
            let number = |v: &serde_json::Value| v.as_str().unwrap().parse::<f64>().unwrap();
            assert_eq!((number(&pair[1]["count"]), number(&pair[1]["sum"])), (h.count, h.sum), "{name} {k}");
            let theirs: Vec<[f64; 3]> = pair[1]["buckets"]
                .as_array()
                .map(|b| b.iter().map(|b| [number(&b[1]), number(&b[2]), number(&b[3])]).collect())
                .unwrap_or_default();
            assert_eq!(theirs, buckets(&h), "{name} {k}");
        }
        assert!(found.next().is_none(), "{name} has more samples");
    }
}
