//! Prometheus itself is the referee: it opens what we wrote, and we open what it wrote.
//!
//! Needs the program `prometheus` (Debian: package `prometheus`); without it the tests fail.

#![allow(clippy::unwrap_used)]

mod referee;

use model::Labels;
use referee::{Contents, Prometheus, START, STEP, all_of};
use storage::Appendable;
use tsdb::{Db, Options, WalCompression};

fn options(wal_compression: WalCompression) -> Options {
    Options { maintenance: false, retention_ms: 0, wal_compression, ..Options::default() }
}

/// Some series with constants, counters, jumps and infinities between two steps.
fn made(from: i64, to: i64) -> Contents {
    let labels = |i: i64| {
        let pairs = [("__name__", format!("metric_{}", i % 4)), ("job", "test".into()), ("i", i.to_string())];
        Labels::from_pairs(pairs)
    };
    let value = |i: i64, k: i64| match i % 5 {
        0 => i as f64,
        1 => (k * i) as f64,
        2 => (k * k % 1009) as f64 / 7.0,
        3 if k % 100 == 3 => f64::INFINITY,
        _linear => -0.5 * k as f64,
    };
    let samples = |i| (from..to).map(|k| (START + k * STEP + i, value(i, k).to_bits())).collect();
    (0..25).map(|i| (labels(i), samples(i))).collect()
}

fn put(db: &Db, contents: &Contents) {
    let length = contents.values().map(Vec::len).max().unwrap();
    for k in 0..length {
        let mut batch = db.appender();
        for (labels, samples) in contents {
            let series = batch.resolve(labels).unwrap();
            batch.sample(series, samples[k].0, f64::from_bits(samples[k].1)).unwrap();
        }
        batch.commit().unwrap();
    }
}

#[test]
fn prometheus_opens_what_we_wrote_and_gives_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    // Nine hours: blocks, closed chunks in files, open chunks in the log only, a checkpoint.
    let all = made(0, 9 * 120);
    let db = Db::open(&data, options(WalCompression::Snappy)).unwrap();
    put(&db, &made(0, 6 * 120));
    db.compact().unwrap();
    put(&db, &made(6 * 120, 9 * 120));
    db.compact().unwrap();
    assert!(!db.blocks().is_empty());
    db.close().unwrap();
    drop(db);
    let end = START + 10 * 120 * STEP;
    let prometheus = Prometheus::start(dir.path(), &data, "global: {}\n");
    assert_eq!(prometheus.contents(end), all);
    prometheus.stop();
    let db = Db::open(&data, options(WalCompression::Snappy)).unwrap();
    assert_eq!(db.stats().wal_corruptions_total, 0);
    assert_eq!(all_of(&db), all);
    // And on: it left a log, chunks and perhaps blocks of its own.
    put(&db, &made(9 * 120, 9 * 120 + 50));
    drop(db);
    let prometheus = Prometheus::start(dir.path(), &data, "global: {}\n");
    assert_eq!(prometheus.contents(end), made(0, 9 * 120 + 50));
    prometheus.kill();
}

#[test]
fn we_open_what_prometheus_wrote_and_left_by_kill() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let prometheus = Prometheus::start(dir.path(), &data, "global: {}\n");
    for k in (0..400).step_by(50) {
        prometheus.write(&made(k, k + 50));
    }
    prometheus.kill();
    let all = made(0, 400);
    for compression in [WalCompression::None, WalCompression::Snappy] {
        let db = Db::open(&data, options(compression)).unwrap();
        assert_eq!(all_of(&db), all);
        assert_eq!(db.stats().wal_corruptions_total, 0);
    }
    let prometheus = Prometheus::start(dir.path(), &data, "global: {}\n");
    assert_eq!(prometheus.contents(START + 500 * STEP), all);
    prometheus.kill();
}

#[test]
fn prometheus_reads_a_log_of_ours_that_was_torn() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let db = Db::open(&data, options(WalCompression::None)).unwrap();
    put(&db, &made(0, 100));
    std::mem::forget(db); // killed
    let db = Db::open(&data, Options { no_lockfile: true, ..options(WalCompression::Snappy) }).unwrap();
    put(&db, &made(100, 150));
    assert_eq!(all_of(&db), made(0, 150));
    drop(db);
    let log = data.join("wal/00000001");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 3]).unwrap();
    let db = Db::open(&data, Options { no_lockfile: true, ..options(WalCompression::Snappy) }).unwrap();
    assert_eq!(all_of(&db), made(0, 149));
    drop(db);
    std::fs::remove_file(data.join("lock")).unwrap();
    let prometheus = Prometheus::start(dir.path(), &data, "global: {}\n");
    assert_eq!(prometheus.contents(START + 500 * STEP), made(0, 149));
    prometheus.kill();
}
