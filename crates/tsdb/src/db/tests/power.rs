//! Losing power, or the process, at every sync of a random workload, and opening what is left.
//!
//! After each reopen: what was committed before the last orderly end is there, nothing is there that was not written, and
//! what was deleted before it is gone. A killed process loses nothing at all.

use std::collections::BTreeSet;

use super::*;
use crate::disk::crashing::{CrashingDisk, Keep, Random};

const DIR: &str = "/data";
/// Seeds of what survives, beside all and nothing.
const SEEDS: u64 = 2;
/// Images of one step that are looked at.
const IMAGES_MAX: usize = 6;

/// Every other workload writes images of the head whenever it can.
fn on(disk: &CrashingDisk, seed: u64) -> Options {
    let image_log_bytes = if seed.is_multiple_of(2) { 1 } else { u64::MAX };
    Options { disk: Arc::new(disk.clone()), no_lockfile: false, image_log_bytes, ..options() }
}

/// A sample: series, time, value.
type Point = (usize, i64, u64);

/// All that was done, and what of it is certain.
#[derive(Default)]
struct History {
    /// Samples of each commit, in order. The last may be under way.
    commits: Vec<Vec<Point>>,
    /// Deletions, with the number of commits before each.
    deletions: Vec<(usize, TimeRange)>,
    /// Commits and deletions that were done when the database was last closed.
    certain: (usize, usize),
}

impl History {
    fn deleted(&self, commit: usize, point: &Point, deletions: usize) -> bool {
        let by = |(before, range): &(usize, TimeRange)| {
            commit < *before && (range.min_ms..=range.max_ms).contains(&point.1)
        };
        self.deletions[..deletions].iter().any(by)
    }

    /// Returns what must be there, and what may be, once the first `done` commits were acknowledged.
    fn bounds(&self, done: usize, keep: Keep) -> (BTreeSet<Point>, BTreeSet<Point>) {
        let (mut must, mut may) = (BTreeSet::new(), BTreeSet::new());
        let (certain, deletions) = self.certain;
        let kept = if keep == Keep::All { done } else { certain };
        for (n, points) in self.commits.iter().enumerate() {
            for point in points {
                if n < kept && !self.deleted(n, point, self.deletions.len()) {
                    must.insert(*point);
                }
                if !self.deleted(n, point, deletions) {
                    may.insert(*point);
                }
            }
        }
        (must, may)
    }
}

fn points(db: &Db) -> BTreeSet<Point> {
    let mut all = BTreeSet::new();
    for i in 0..8 {
        let matchers = [Matcher::equal("i", i.to_string())];
        for (t, v) in contents(db, &matchers, TimeRange::ALL).into_values().flatten() {
            all.insert((i, t, f64::from_bits(u64::from_str_radix(&v, 16).unwrap()) as u64));
        }
    }
    all
}

fn check(disk: &CrashingDisk, seed: u64, history: &History, keep: Keep, done: usize, context: &str) {
    let before = disk.files();
    let db = Db::open(Path::new(DIR), on(disk, seed)).unwrap_or_else(|e| panic!("{context}: {e}"));
    let found = points(&db);
    let (must, may) = history.bounds(done, keep);
    let lost: Vec<_> = must.difference(&found).collect();
    let invented: Vec<_> = found.difference(&may).collect();
    let blocks: Vec<(i64, i64)> = db.blocks().iter().map(|b| (b.min_time_ms, b.max_time_ms)).collect();
    let files = disk.files();
    assert!(
        lost.is_empty() && invented.is_empty(),
        "{context}: lost {lost:?}, invented {invented:?}; blocks {blocks:?}, {} damages, files {before:?} now {files:?}",
        db.stats().corruptions_total
    );
    if keep != Keep::All {
        return;
    }
    assert_eq!(db.stats().corruptions_total, 0, "{context}: a killed process leaves nothing damaged");
}

fn check_images(disk: &CrashingDisk, seed: u64, history: &History, random: &mut Random, context: &str) {
    let mut images = disk.take_images();
    while images.len() > IMAGES_MAX {
        images.swap_remove(random.below(images.len() as u64) as usize);
    }
    for (done, image) in images {
        let seeds = (0..SEEDS).map(|_| Keep::Some(random.below(1 << 30)));
        for keep in [Keep::All, Keep::Nothing].into_iter().chain(seeds) {
            let context = format!("{context}, {done} commits done, keeping {keep:?}");
            check(&image.restart(keep), seed, history, keep, done as usize, &context);
        }
    }
}

fn workload(seed: u64, steps: usize) {
    let disk = CrashingDisk::default();
    let mut random = Random(seed);
    let mut history = History::default();
    let mut db = Db::open(Path::new(DIR), on(&disk, seed)).unwrap();
    let mut t = 0;
    disk.mark(0);
    for step in 0..steps {
        let what = random.below(20);
        match what {
            0 => {
                db.close().unwrap();
                check_images(
                    &disk,
                    seed,
                    &history,
                    &mut random,
                    &format!("seed {seed}, step {step}, closing"),
                );
                history.certain = (history.commits.len(), history.deletions.len());
                for keep in [Keep::All, Keep::Nothing, Keep::Some(random.below(1 << 30))] {
                    let context = format!("seed {seed}, step {step}, closed, keeping {keep:?}");
                    check(&disk.image().restart(keep), seed, &history, keep, history.certain.0, &context);
                }
                db = Db::open(Path::new(DIR), on(&disk, seed)).unwrap();
            }
            1 | 2 => db.compact().unwrap(),
            3 => {
                let min_ms = t - random.below(3000) as i64;
                let range = TimeRange { min_ms, max_ms: min_ms + random.below(500) as i64 };
                history.deletions.push((history.commits.len(), range));
                db.delete(range, &[vec![Matcher::equal("job", "test")]]).unwrap();
            }
            4 => db.clean_tombstones().unwrap(),
            _commit => {
                t += 20 + random.below(120) as i64;
                let first = random.below(4) as usize;
                let samples: Vec<Point> =
                    (first..first + 4).map(|i| (i, t, history.commits.len() as u64)).collect();
                history.commits.push(samples.clone());
                put(&db, &samples.iter().map(|(i, t, v)| (*i, *t, *v as f64)).collect::<Vec<_>>());
                disk.mark(history.commits.len() as u64);
            }
        }
        check_images(&disk, seed, &history, &mut random, &format!("seed {seed}, step {step}, action {what}"));
    }
}

#[test]
fn at_any_sync_what_is_certain_survives_and_nothing_is_invented() {
    let seeds: u64 = std::env::var("TSDB_POWER_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(6);
    (0..seeds).for_each(|seed| workload(seed, 150));
}
