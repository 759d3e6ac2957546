//! Whole queries over series in memory: what windows, folds and results cost once samples are decoded.
//!
//! Not measured: finding series and decoding chunks.

mod fixed;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixed::Fixed;
use model::Labels;
use promql::{Engine, EngineOptions, ParseOptions, QueryOptions, parse};
use storage::{Samples, SelectError, SeriesSet, TimeRange};

const SERIES: usize = 10_000;
const SAMPLES: usize = 240;
const STEP_MS: i64 = 15_000;

/// Counters whose samples are already columns.
struct Columns {
    labels: Vec<Labels>,
    samples: Vec<Samples>,
}

#[derive(Clone)]
struct Data(Arc<Columns>);

impl SeriesSet for Data {
    fn len(&self) -> usize {
        self.0.labels.len()
    }
    fn labels(&self, i: usize) -> Labels {
        self.0.labels[i].clone()
    }
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        fixed::read_columns(&self.0.samples[i], range, out);
        Ok(())
    }
}

impl Fixed for Data {}

fn data() -> Data {
    let mut columns = Columns { labels: Vec::new(), samples: Vec::new() };
    for s in 0..SERIES {
        columns.labels.push(fixed::labels("requests_total", s));
        let mut samples = Samples::default();
        for i in 0..SAMPLES {
            samples.push(i as i64 * STEP_MS, (i * (s % 13 + 1)) as f64);
        }
        columns.samples.push(samples);
    }
    Data(Arc::new(columns))
}

fn queries(c: &mut Criterion) {
    let data = fixed::storage(data());
    let mut group = c.benchmark_group("range of 1 h at 15 s over 10k series");
    group.sample_size(10).throughput(Throughput::Elements((SERIES * SAMPLES) as u64));
    for threads in [1, 2] {
        let engine = Engine::new(EngineOptions { threads, ..EngineOptions::default() });
        for text in [
            "sum by (job) (rate(requests_total[5m]))",
            "sum by (job) (requests_total)",
            "max by (job) (max_over_time(requests_total[5m]))",
            "topk(5, rate(requests_total[5m]))",
            "rate(requests_total[5m])",
        ] {
            let expr = parse(text, &ParseOptions::default()).expect("the query is valid");
            group.bench_function(format!("{text}, {threads} threads"), |b| {
                b.iter(|| {
                    let end_ms = (SAMPLES as i64 - 1) * STEP_MS;
                    let options = QueryOptions::default();
                    black_box(
                        engine
                            .range(data.clone(), &expr, 300_000, end_ms, STEP_MS, &options)
                            .expect("it runs"),
                    )
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
