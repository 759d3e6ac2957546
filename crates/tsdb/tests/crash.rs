//! Killing a process that writes: what it acknowledged is there afterwards, and nothing else.
//!
//! The child is this test's own executable. It tells each commit that returned on its standard output.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use model::{Labels, Matcher};
use storage::{Appendable, Queryable, Samples, SelectRequest, TimeRange};
use tsdb::{Db, Options};

const DIR: &str = "TSDB_CRASH_TEST_DIR";
const FIRST: &str = "TSDB_CRASH_TEST_FIRST";
/// Rounds, unless the environment asks for more: `TSDB_CRASH_ROUNDS=500 cargo test -p tsdb --test crash`.
const ROUNDS: u64 = 20;
const ROUNDS_WANTED: &str = "TSDB_CRASH_ROUNDS";
const SERIES: i64 = 5;
const STEP_MS: i64 = 10;
/// Commits between two rounds of maintenance in the child, so that blocks and checkpoints are interrupted too.
const COMPACT_EVERY: i64 = 60;
const COMMITS_MAX: i64 = 400;

/// Small blocks and segments, so that all that maintenance does comes to pass.
fn options() -> Options {
    Options {
        min_block_ms: 500,
        max_block_ms: 4500,
        retention_ms: 0,
        wal_segment_bytes: 32 << 10,
        samples_per_chunk: 8,
        // Images of the head are written whenever maintenance runs.
        image_log_bytes: 1,
        maintenance: false,
        ..Options::default()
    }
}

fn labels(i: i64) -> Labels {
    Labels::from_pairs([("__name__", "written".to_owned()), ("i", i.to_string())])
}

/// The child's part: does nothing unless the parent asks for it.
#[test]
fn child() {
    let (Ok(dir), Ok(first)) = (std::env::var(DIR), std::env::var(FIRST)) else { return };
    let first: i64 = first.parse().unwrap();
    // Samples are taken from the first moment, while another thread reads the log.
    let opening = Db::begin(Path::new(&dir), options()).unwrap();
    let intake = opening.intake();
    let finishing = std::thread::spawn(move || opening.finish(&Default::default()).unwrap());
    let mut finishing = Some(finishing);
    let mut db = None;
    let mut out = std::io::stdout();
    writeln!(out).unwrap(); // the harness leaves a line open
    for n in first..first + COMMITS_MAX {
        let mut batch = intake.appender();
        for i in 0..SERIES {
            let series = batch.resolve(&labels(i)).unwrap();
            batch.sample(series, n * STEP_MS, n as f64).unwrap();
        }
        batch.commit().unwrap();
        writeln!(out, "ack {n}").unwrap();
        if n % COMPACT_EVERY == 0 {
            let db: &Db = db.get_or_insert_with(|| finishing.take().unwrap().join().unwrap());
            db.compact().unwrap();
        }
    }
}

/// Runs the child, kills it once it has acknowledged some commits, and returns the last one it acknowledged.
fn run_and_kill(dir: &Path, first: i64, acks: u64) -> Option<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = None;
    let mut read = || {
        let acked = lines.find_map(|line| line.ok()?.strip_prefix("ack ")?.parse::<i64>().ok());
        last = acked.or(last);
        acked.is_some()
    };
    for _ in 0..acks {
        assert!(read(), "the child ended by itself");
    }
    child.kill().unwrap(); // SIGKILL
    while read() {} // what it acknowledged before it died
    child.wait().unwrap();
    last
}

/// Asserts that the series have one sample for each commit from 0 on and returns how many.
fn commits(db: &Db) -> i64 {
    let view = db.view(TimeRange::ALL).unwrap();
    let matchers = [Matcher::equal("__name__", "written")];
    let found = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut counts = Vec::new();
    for i in 0..found.len() {
        let mut out = Samples::default();
        found.read(i, TimeRange::ALL, &mut out).unwrap();
        for (n, (t, v)) in out.t.iter().zip(&out.v).enumerate() {
            assert_eq!(
                (*t, *v),
                (n as i64 * STEP_MS, n as f64),
                "{} has a hole or a stranger",
                found.labels(i)
            );
        }
        counts.push(out.t.len() as i64);
    }
    assert!(counts.is_empty() || counts.len() as i64 == SERIES, "{} series", counts.len());
    assert!(counts.windows(2).all(|w| w[0] == w[1]), "a commit is there in part: {counts:?}");
    counts.first().copied().unwrap_or(0)
}

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 20_261_121_u64;
    let mut there = 0;
    let wanted = std::env::var(ROUNDS_WANTED).ok().and_then(|rounds| rounds.parse().ok());
    for round in 0..wanted.unwrap_or(ROUNDS) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acks = (state >> 33) % (COMMITS_MAX as u64 / 2);
        let acked = run_and_kill(dir.path(), there, acks).map_or(there, |n| n + 1);
        let db = Db::open(dir.path(), options()).unwrap();
        there = commits(&db);
        // The child may have died between a commit and its acknowledgement.
        assert!(there == acked || there == acked + 1, "round {round}: {acked} acknowledged, {there} there");
    }
    assert!(there > 0);
}
