//! Text to a type-checked tree and back: what a rule group pays at load and a dashboard at every refresh.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use promql::{ParseOptions, parse};

/// Queries of the kinds that rules and dashboards hold.
const QUERIES: [(&str, &str); 4] = [
    ("selector", r#"node_cpu_seconds_total{job="node",mode!="idle",instance=~"web-.*"}"#),
    ("rate", r#"sum by (job, code) (rate(http_requests_total{job="api",code=~"5.."}[5m]))"#),
    (
        "quantile",
        r#"histogram_quantile(0.99, sum by (le, route) (rate(request_duration_seconds_bucket{job="api"}[5m] offset 1h)))"#,
    ),
    (
        "ratio",
        r#"(1 - sum without (mode) (rate(node_cpu_seconds_total{mode="idle"}[5m])) / on (instance) group_left (role) node_info) * 100 > bool 90 and on (instance) up == 1 or vector(0)"#,
    ),
];

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, query) in QUERIES {
        group.throughput(Throughput::Bytes(query.len() as u64));
        group.bench_function(name, |b| b.iter(|| parse(black_box(query), &ParseOptions::default())));
    }
    group.finish();
}

fn print(c: &mut Criterion) {
    let mut group = c.benchmark_group("print");
    for (name, query) in QUERIES {
        let Ok(expr) = parse(query, &ParseOptions::default()) else { continue };
        group.bench_function(name, |b| b.iter(|| black_box(&expr).to_string()));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(800));
    targets = read, print
}
criterion_main!(benches);
