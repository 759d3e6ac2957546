//! A day of samples decoded from dense chunks and from XOR chunks, series by series as a query does it.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use storage::{Samples, TimeRange};
use tsdb::chunkenc::{Encoding, XorAppender, decode};
use tsdb::dense::{CHUNK_SAMPLES, floats};

/// A day at 15 seconds.
const SAMPLES: usize = 5760;
/// Samples of a chunk of Prometheus.
const XOR_SAMPLES: usize = 120;

/// What scrapes bring: each a function of the sample's number and a random one.
type Kind = (&'static str, fn(usize, u64) -> f64);
const KINDS: [Kind; 5] = [
    ("constant", |_, _| 17.0),
    ("even counter", |i, _| 60.0 * i as f64),
    ("bytes counter", |i, r| 1e9 + (i as u64 * 5000 + r % 1500) as f64),
    ("two decimals", |_, r| (r % 400) as f64 / 100.0),
    ("noise", |_, r| f64::from_bits(0x3ff0_0000_0000_0000 | (r & 0xf_ffff_ffff_ffff))),
];

fn benches(c: &mut Criterion) {
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let t: Vec<i64> = (0..SAMPLES as i64).map(|i| 1_795_000_000_000 + 15_000 * i).collect();
    for (name, value) in KINDS {
        let v: Vec<f64> = (0..SAMPLES).map(|i| value(i, next())).collect();
        let dense: Vec<Vec<u8>> = t
            .chunks(CHUNK_SAMPLES)
            .zip(v.chunks(CHUNK_SAMPLES))
            .map(|(t, v)| floats::encode(t, v, &[]))
            .collect();
        let xor: Vec<Vec<u8>> = t
            .chunks(XOR_SAMPLES)
            .zip(v.chunks(XOR_SAMPLES))
            .map(|(t, v)| {
                let mut chunk = Vec::new();
                let mut appender = XorAppender::start(&mut chunk);
                t.iter().zip(v).for_each(|(t, v)| appender.append(&mut chunk, *t, *v));
                chunk
            })
            .collect();
        let mut group = c.benchmark_group(format!("a day, {name}"));
        group.throughput(Throughput::Elements(SAMPLES as u64));
        group.sample_size(20).warm_up_time(std::time::Duration::from_millis(300));
        group.measurement_time(std::time::Duration::from_secs(1));
        for (encoding, chunks) in [(Encoding::Xor, &xor), (Encoding::Dense, &dense)] {
            let bytes: usize = chunks.iter().map(Vec::len).sum();
            let label = format!("{} {:.2} bytes a sample", encoding.as_str(), bytes as f64 / SAMPLES as f64);
            group.bench_function(label, |b| {
                let mut out = Samples::default();
                b.iter(|| {
                    out.clear();
                    for chunk in chunks {
                        decode(encoding, chunk, TimeRange::ALL, &mut out).expect("encoded here");
                    }
                    out.t.len()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
