//! Writing query results as JSON: a matrix of 1,000 series × 240 steps, and a vector of 10,000 series.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::Labels;
use promql::column::{Column, Grid};
use promql::{Point, Points, Sample, Series, Value};
use server::json::out::{Out, Piece, Started};
use server::json::result::write_result;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

fn labels(i: usize) -> Labels {
    Labels::from_pairs([
        ("__name__", "http_requests_total".to_owned()),
        ("instance", format!("10.0.{}.{}:9100", i / 250, i % 250)),
        ("job", "api".to_owned()),
        ("path", format!("/v1/items/{i}")),
    ])
}

fn matrix(series: usize, steps: usize) -> Value {
    let grid = Grid { start_ms: 1_795_132_800_000, step_ms: 15_000, steps };
    let series = (0..series).map(|i| {
        let mut column = Column::absent(steps);
        for step in 0..steps {
            column.set(step, (i * 31 + step) as f64 / 7.0);
        }
        Series { labels: labels(i), points: Points::Stepped { grid, column } }
    });
    Value::Matrix(series.collect())
}

fn vector(series: usize) -> Value {
    let sample = |i| Sample { labels: labels(i), t: 1_795_132_800_123, value: Point::Float(i as f64 / 3.0) };
    Value::Vector((0..series).map(sample).collect())
}

/// Writes an answer to a reader that takes it as fast as it comes. Returns the bytes.
fn write(runtime: &tokio::runtime::Runtime, value: &Value) -> usize {
    let (start, started) = oneshot::channel::<Result<Started, _>>();
    let reader = runtime.spawn(async move {
        match started.await.unwrap().unwrap_or_else(|_| panic!("the answer fails")) {
            Started::Whole(text) => text.len(),
            Started::Stream(mut pieces) => {
                let mut bytes = 0;
                while let Some(Piece::Chunk(chunk)) = pieces.recv().await {
                    bytes += chunk.len();
                }
                bytes
            }
        }
    });
    let mut out = Out::new(start, CancellationToken::new());
    write_result(&mut out, value).unwrap_or_else(|_| panic!("the reader is gone"));
    out.finish().unwrap_or_else(|_| panic!("the reader is gone"));
    runtime.block_on(reader).unwrap()
}

fn json(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut group = c.benchmark_group("json");
    group.sample_size(20);
    for (name, value) in [("matrix", matrix(1000, 240)), ("vector", vector(10_000))] {
        group.throughput(Throughput::Bytes(write(&runtime, &value) as u64));
        group.bench_function(name, |b| b.iter(|| write(&runtime, &value)));
    }
    group.finish();
}

criterion_group!(benches, json);
criterion_main!(benches);
