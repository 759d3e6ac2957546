//! Late samples in both directions between Debian's Prometheus and us: what one took out of order and left by a kill, the
//! other opens whole.
//!
//! Needs the program `prometheus` (Debian: package `prometheus`); without it the tests fail.

#![allow(clippy::unwrap_used)]

mod referee;

use model::Labels;
use referee::{Contents, Prometheus, START, STEP, all_of};
use storage::Appendable;
use tsdb::{Db, Options};

const HOUR: i64 = 120; // steps
const CONFIG: &str = "storage: {tsdb: {out_of_order_time_window: 6h}}\n";

fn options() -> Options {
    Options {
        maintenance: false,
        retention_ms: 0,
        out_of_order_window_ms: 6 * 3600 * 1000,
        ..Options::default()
    }
}

fn labels(i: i64) -> Labels {
    Labels::from_pairs([("__name__", "m".to_owned()), ("job", "test".to_owned()), ("i", i.to_string())])
}

/// Ten series at every second step from `from` to `to`, `shift` steps later.
fn every_second(from: i64, to: i64, shift: i64) -> Contents {
    let samples = |i: i64| {
        let t = (from..to).step_by(2).map(|k| k + shift);
        t.map(|k| (START + k * STEP + i, ((k * (i + 1)) as f64).to_bits())).collect()
    };
    (0..10).map(|i| (labels(i), samples(i))).collect()
}

fn joined(parts: &[Contents]) -> Contents {
    let mut all = Contents::new();
    for (labels, samples) in parts.iter().flatten() {
        all.entry(labels.clone()).or_default().extend(samples);
    }
    all.values_mut().for_each(|samples| samples.sort_unstable());
    all
}

/// Stores in batches of a step for all series.
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
fn we_open_what_prometheus_took_late_and_left_by_kill() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let prometheus = Prometheus::start(dir.path(), &data, CONFIG);
    // Even steps in order, then odd ones late: more than 32 of each series, so that some are in chunks_head.
    let parts = [every_second(0, 2 * HOUR, 0), every_second(0, 2 * HOUR, 1)];
    for part in &parts {
        prometheus.write(part);
    }
    let all = joined(&parts);
    let end = START + 3 * HOUR * STEP;
    assert_eq!(prometheus.contents(end), all);
    prometheus.kill();
    assert!(data.join("wbl").is_dir(), "this prometheus writes no log of late samples");
    let db = Db::open(&data, options()).unwrap();
    assert_eq!((db.stats().wal_corruptions_total, db.stats().late.unknown_series_total), (0, 0));
    assert_eq!(all_of(&db), all);
    // On with late samples of ours, killed too.
    let more = [every_second(2 * HOUR, 3 * HOUR, 0), every_second(2 * HOUR, 3 * HOUR - 2, 1)];
    more.iter().for_each(|part| put(&db, part));
    let all = joined(&[all, joined(&more)]);
    assert_eq!(all_of(&db), all);
    std::mem::forget(db);
    let db = Db::open(&data, Options { no_lockfile: true, ..options() }).unwrap();
    assert_eq!(all_of(&db), all);
    drop(db);
    // And back.
    let prometheus = Prometheus::start(dir.path(), &data, CONFIG);
    assert_eq!(prometheus.contents(end + HOUR * STEP), all);
    prometheus.kill();
    let db = Db::open(&data, Options { no_lockfile: true, ..options() }).unwrap();
    assert_eq!(all_of(&db), all);
}

#[test]
fn prometheus_opens_blocks_logs_and_chunks_of_late_samples() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let db = Db::open(&data, options()).unwrap();
    let parts = [
        every_second(0, 5 * HOUR, 0),
        every_second(0, 5 * HOUR - 2, 1),
        every_second(5 * HOUR, 9 * HOUR, 0),
        every_second(5 * HOUR, 9 * HOUR - 2, 1),
    ];
    for part in &parts {
        put(&db, part);
        db.compact().unwrap();
    }
    let all = joined(&parts);
    assert_eq!(all_of(&db), all);
    assert!(db.blocks().len() >= 3, "{:?}", db.blocks());
    assert!(db.stats().late.floats_total > 4_000);
    db.close().unwrap();
    drop(db);
    let end = START + 10 * HOUR * STEP;
    let prometheus = Prometheus::start(dir.path(), &data, CONFIG);
    assert_eq!(prometheus.contents(end), all);
    // Late samples of its own on top, and a start in order.
    let late = every_second(9 * HOUR - 2, 9 * HOUR - 1, 1);
    prometheus.write(&late);
    let all = joined(&[all, late]);
    prometheus.stop();
    let db = Db::open(&data, options()).unwrap();
    assert_eq!(all_of(&db), all);
    db.compact().unwrap();
    assert_eq!(all_of(&db), all);
}
