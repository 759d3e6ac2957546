//! The head: samples of known series, resolving labels, selecting and decoding.

#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use model::{Labels, Matcher};
use storage::{Appendable, Queryable, Samples, SelectRequest, SeriesRef, TimeRange};
use tsdb::{Db, Options, WalCompression};

const SERIES: usize = 10_000;
const LABELS: usize = 12;
/// Series of one target.
const SCRAPE: usize = 1000;

fn open(dir: &std::path::Path, wal_compression: WalCompression) -> Db {
    Db::open(dir, Options { maintenance: false, wal_compression, ..Options::default() }).unwrap()
}

fn labels(i: usize) -> Labels {
    let mut pairs = vec![("__name__".to_owned(), format!("http_requests_total_{}", i % 100))];
    pairs.push(("instance".to_owned(), format!("10.0.0.{}:9100", i / SCRAPE)));
    pairs.push(("path".to_owned(), format!("/api/v1/resource/{}", i % SCRAPE)));
    pairs.extend((3..LABELS).map(|l| (format!("label_{l}"), format!("value_{}", i % (l * 7)))));
    Labels::from_pairs(pairs)
}

fn resolve_all(db: &Db, labels: &[Labels]) -> Vec<SeriesRef> {
    let mut batch = db.appender();
    let refs = labels.iter().map(|l| batch.resolve(l).unwrap()).collect();
    batch.commit().unwrap();
    refs
}

/// One scrape interval of all series, a batch a target.
fn scrape(db: &Db, refs: &[SeriesRef], t: i64) {
    for target in refs.chunks(SCRAPE) {
        let mut batch = db.appender();
        for (k, series) in target.iter().enumerate() {
            batch.sample(*series, t, (t / 1000 + k as i64) as f64).unwrap();
        }
        batch.commit().unwrap();
    }
}

fn head(c: &mut Criterion) {
    let all: Vec<Labels> = (0..SERIES).map(labels).collect();
    let mut group = c.benchmark_group("head");
    group.throughput(Throughput::Elements(SERIES as u64)).sample_size(20);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for compression in [WalCompression::None, WalCompression::Snappy] {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path(), compression);
        let refs = resolve_all(&db, &all);
        let mut t = 0;
        group.bench_function(format!("append/{compression:?}"), |b| {
            b.iter(|| {
                t += 15_000;
                scrape(&db, &refs, t);
            });
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), WalCompression::Snappy);
    group.bench_function("create", |b| {
        let fresh = || {
            let dir = tempfile::tempdir().unwrap();
            (open(dir.path(), WalCompression::Snappy), dir)
        };
        b.iter_batched_ref(fresh, |(db, _)| resolve_all(db, &all).len(), BatchSize::PerIteration);
    });
    let refs = resolve_all(&db, &all);
    group.bench_function("resolve", |b| {
        b.iter(|| {
            let mut batch = db.appender();
            for labels in &all {
                black_box(batch.resolve(labels).unwrap());
            }
        });
    });
    for i in 0..480 {
        scrape(&db, &refs, i * 15_000);
    }
    db.compact().unwrap();
    let matchers = [Matcher::equal("label_3", "value_1")];
    group.bench_function("select_by_label", |b| {
        b.iter(|| {
            let view = db.view(TimeRange::ALL).unwrap();
            black_box(view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap().len())
        });
    });
    group.throughput(Throughput::Elements(SERIES as u64 * 480));
    let matchers = [Matcher::new(model::MatchOp::NotEqual, "instance", "").unwrap()];
    group.bench_function("select_and_decode", |b| {
        let mut out = Samples::default();
        b.iter(|| {
            let view = db.view(TimeRange::ALL).unwrap();
            let found = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
            for i in 0..found.len() {
                out.clear();
                found.read(i, TimeRange::ALL, &mut out).unwrap();
                black_box(&out);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, head);
criterion_main!(benches);
