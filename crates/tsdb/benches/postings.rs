//! Lists of series: adding, intersecting, uniting; packed beside plain.

#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tsdb::postings::{Packed, Postings, intersect, union};

const SERIES: u32 = 1_000_000;

/// A job of every third target, of a thousand series each.
fn job() -> Vec<u32> {
    (0..SERIES).filter(|n| n / 1000 % 3 == 0).collect()
}

/// A metric that each target has once.
fn metric() -> Vec<u32> {
    (0..SERIES).filter(|n| n % 1000 == 17).collect()
}

fn packed(numbers: &[u32]) -> Postings<'static> {
    let mut list = Packed::default();
    list.add(numbers);
    Postings::Packed(Arc::new(list))
}

fn postings(c: &mut Criterion) {
    let (job, metric) = (job(), metric());
    let mut group = c.benchmark_group("postings");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Elements(metric.len() as u64));
    group.bench_function("add/metric", |b| b.iter(|| black_box(packed(&metric))));
    let plain = [Postings::Slice(&job), Postings::Slice(&metric)];
    group.bench_function("intersect/plain", |b| b.iter(|| black_box(intersect(plain.to_vec()))));
    let lists = [packed(&job), packed(&metric)];
    group.bench_function("intersect/packed", |b| b.iter(|| black_box(intersect(lists.to_vec()))));
    let pods: Vec<Vec<u32>> = (0..10_000).map(|pod| (pod * 100..pod * 100 + 70).collect()).collect();
    group.throughput(Throughput::Elements(700_000));
    let plain: Vec<Postings<'_>> = pods.iter().map(|p| Postings::Slice(p)).collect();
    group.bench_function("union/plain", |b| b.iter(|| black_box(union(plain.clone()).len())));
    let lists: Vec<Postings<'_>> = pods.iter().map(|p| packed(p)).collect();
    group.bench_function("union/packed", |b| b.iter(|| black_box(union(lists.clone()).len())));
    group.finish();
}

criterion_group!(benches, postings);
criterion_main!(benches);
