//! From the bytes of XOR chunks to the steps of a rate, on one core: decoding, windows, extrapolation and the fold.
//!
//! A day of samples every 15 s in chunks of 120, as a block holds it; `sum(rate(m[5m]))` at 60 s. The throughput is stored samples
//! by processor time.

mod fixed;
mod processor;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixed::Fixed;
use model::Labels;
use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, parse};
use storage::{Samples, SelectError, SeriesSet, TimeRange};
use tsdb::chunkenc::{Encoding, XorAppender, decode, xor};

const SERIES: usize = 200;
const SAMPLES: usize = 5_760;
const CHUNK_SAMPLES: usize = 120;
const STEP_MS: i64 = 15_000;

/// Series as chunks.
#[derive(Clone)]
struct Chunks(Arc<Vec<Vec<Vec<u8>>>>);

impl SeriesSet for Chunks {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn labels(&self, _: usize) -> Labels {
        Labels::from_pairs([("__name__", "requests_total")])
    }
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        // Two at a time, as blocks are read.
        for pair in self.0[i].chunks(2) {
            if let [first, second] = pair
                && xor::decode_two(first, second, range, out)
            {
                continue;
            }
            for chunk in pair {
                decode(Encoding::Xor, chunk, range, out).expect("encoded here");
            }
        }
        Ok(())
    }
}

impl Fixed for Chunks {}

/// Counters; `late` samples in a hundred come some milliseconds late.
fn chunks(late: u64, mut increase: impl FnMut(u64) -> f64) -> Chunks {
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random >> 8
    };
    let series = (0..SERIES).map(|_| {
        let (mut v, mut chunks) = (0.0, Vec::new());
        for from in (0..SAMPLES).step_by(CHUNK_SAMPLES) {
            let mut chunk = Vec::new();
            let mut appender = XorAppender::start(&mut chunk);
            for i in from..from + CHUNK_SAMPLES {
                v += increase(next());
                let delay = if next() % 100 < late { 1 + next() % 5 } else { 0 };
                appender.append(&mut chunk, i as i64 * STEP_MS + delay as i64, v);
            }
            chunks.push(chunk);
        }
        chunks
    });
    Chunks(Arc::new(series.collect()))
}

fn rates(c: &mut Criterion) {
    let kinds = [
        ("busy counter", chunks(0, |r| (r % 1000) as f64)),
        ("busy counter, one in ten late", chunks(10, |r| (r % 1000) as f64)),
        ("slow counter", chunks(0, |r| f64::from(r % 4 == 0))),
        ("seconds", chunks(0, |r| (r % 15_000) as f64 / 1000.0)),
    ];
    let engine = Engine::new(EngineOptions { threads: 1, ..EngineOptions::default() });
    let expr = parse("sum(rate(requests_total[5m]))", &ParseOptions::default()).expect("it is valid");
    let mut group = c.benchmark_group("chunks to rate");
    group.throughput(Throughput::Elements((SERIES * SAMPLES) as u64));
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for (kind, chunks) in kinds {
        let data = fixed::storage(chunks.clone());
        group.bench_function(format!("{kind}: decode and rate"), |b| {
            let end_ms = SAMPLES as i64 * STEP_MS;
            let options = QueryOptions::default();
            let work = || {
                let result = engine.range(data.clone(), &expr, 300_000, end_ms, 60_000, &options);
                black_box(result.expect("it runs"));
            };
            b.iter_custom(|iterations| processor::time_of(iterations, work));
        });
        group.bench_function(format!("{kind}: decode"), |b| {
            let mut out = Samples::default();
            let mut work = || {
                for i in 0..SERIES {
                    out.clear();
                    chunks.read(i, TimeRange::ALL, &mut out).expect("it reads");
                    black_box(&out);
                }
            };
            b.iter_custom(|iterations| processor::time_of(iterations, &mut work));
        });
    }
    group.finish();
}

criterion_group!(benches, rates);
criterion_main!(benches);
