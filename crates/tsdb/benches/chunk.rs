//! Encoding and decoding of float chunks, 120 samples each, as scrapes every 15 s make them.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use storage::{Samples, TimeRange};
use tsdb::chunkenc::{Encoding, XorAppender, decode};

const SERIES: usize = 500;
const SAMPLES: usize = 120;

/// A small generator of its own: the same input on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

type Points = Vec<(i64, f64)>;

/// Times with a few milliseconds of jitter in one of `jitter` samples, values by `value` from the former.
fn series(jitter: u64, mut value: impl FnMut(&mut Random, f64) -> f64) -> Vec<Points> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..SERIES)
        .map(|_| {
            let (start, mut v) = (1_795_000_000_000 + random.below(15_000) as i64, 0.0);
            (0..SAMPLES as i64)
                .map(|k| {
                    v = value(&mut random, v);
                    let late = if random.below(jitter) == 0 { random.below(5) as i64 } else { 0 };
                    (start + k * 15_000 + late, v)
                })
                .collect()
        })
        .collect()
}

fn kinds() -> Vec<(&'static str, Vec<Points>)> {
    vec![
        ("constant", series(1 << 40, |_, _| 1.0)),
        ("counter", series(10, |r, v| v + r.below(1000) as f64)),
        ("slow counter", series(10, |r, v| v + f64::from(r.below(4) == 0))),
        ("integer gauge", series(10, |r, v| v + r.below(21) as f64 - 10.0)),
        ("float gauge", series(10, |r, v| v + r.below(1000) as f64 / 997.0)),
    ]
}

fn encode(points: &Points, chunk: &mut Vec<u8>) {
    let mut appender = XorAppender::start(chunk);
    points.iter().for_each(|(t, v)| appender.append(chunk, *t, *v));
}

fn benches(c: &mut Criterion) {
    for (kind, all) in kinds() {
        let chunks: Vec<Vec<u8>> = all
            .iter()
            .map(|points| {
                let mut chunk = Vec::new();
                encode(points, &mut chunk);
                chunk
            })
            .collect();
        let mut group = c.benchmark_group(format!("xor {kind}"));
        group.throughput(Throughput::Elements((SERIES * SAMPLES) as u64));
        group.sample_size(20).warm_up_time(std::time::Duration::from_millis(300));
        group.measurement_time(std::time::Duration::from_secs(1));
        group.bench_function("encode", |b| {
            b.iter_batched_ref(
                || Vec::with_capacity(SAMPLES * 19),
                |chunk| all.iter().for_each(|points| encode(points, chunk)),
                BatchSize::LargeInput,
            );
        });
        group.bench_function("decode", |b| {
            let mut out = Samples::default();
            b.iter(|| {
                out.clear();
                for chunk in &chunks {
                    out.clear();
                    decode(Encoding::Xor, chunk, TimeRange::ALL, &mut out).expect("encoded here");
                }
                out.t.len()
            });
        });
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
