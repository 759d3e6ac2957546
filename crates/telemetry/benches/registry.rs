//! What an update costs, and what gathering a thousand families' members costs.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use telemetry::Registry;

fn updates(c: &mut Criterion) {
    let registry = Registry::new();
    let family = registry.counter_family("a_total", "A.", &["job", "code"]);
    for job in 0..100 {
        family.with(&[&job.to_string(), "200"]).inc();
    }
    let counter = family.with(&["50", "200"]);
    let histogram = registry.histogram("h", "H.", &telemetry::histogram::DEFAULT_BUCKETS);
    let summary = registry.summary("s", "S.", &[0.5, 0.9, 0.99]);
    c.bench_function("counter/inc", |b| b.iter(|| counter.inc()));
    c.bench_function("counter/with_labels", |b| b.iter(|| family.with(&[black_box("50"), "200"]).inc()));
    c.bench_function("histogram/observe", |b| b.iter(|| histogram.observe(black_box(0.07))));
    let now = std::time::Instant::now();
    c.bench_function("summary/observe", |b| b.iter(|| summary.observe_at(black_box(0.07), now)));
    c.bench_function("gather/100_members", |b| b.iter(|| black_box(registry.gather())));
}

criterion_group!(benches, updates);
criterion_main!(benches);
