//! Buckets beside samples: who reads what, and what becomes of either.

use model::MatchOp;
use storage::{Between, Figure, Needs, SampleHint};

use super::*;
use crate::block::BesideSamples;
use crate::tiers::{Beside, Policy, Rule};

const FINE: i64 = BLOCK / 10;
const COARSE: i64 = BLOCK / 2;

fn rule(i: &str, keep: Option<i64>, beside: &[(i64, i64)]) -> Rule {
    let beside = beside
        .iter()
        .map(|(resolution_ms, keep_ms)| Beside { resolution_ms: *resolution_ms, keep_ms: *keep_ms });
    Rule {
        selector: format!("{{i=~\"{i}\"}}"),
        matchers: vec![Matcher::new(MatchOp::Regex, "i", i).unwrap()],
        keep_ms: keep,
        downsample: Vec::new(),
        beside: beside.collect(),
    }
}

fn set(db: &Db, rules: Vec<Rule>) {
    db.set_tiers(Arc::new(Policy { rules, ..Policy::default() }));
    db.compact().unwrap();
    db.compact().unwrap();
}

/// Some blocks' worth of three series with a sample every 10.
fn sampled(db: &Db, from: i64, to: i64) {
    for t in (from..to).step_by(10) {
        put(db, &[(0, t, (t % 1730) as f64), (1, t, 2.0 * t as f64), (2, t, (t % 70) as f64)]);
    }
    db.compact().unwrap();
}

/// Windows of two blocks every so often.
fn hint(step_ms: i64) -> SampleHint {
    SampleHint { between: Between::Held, start_ms: 0, step_ms, window_ms: 2 * BLOCK, needs: Needs::Outline }
}

/// What a reader gets of a series: samples with the resolution that they are told to have.
fn read(db: &Db, i: usize, hint: Option<SampleHint>) -> (Samples, Option<i64>) {
    let matchers = [Matcher::equal("i", i.to_string())];
    let view = db.view(TimeRange::ALL).unwrap();
    let request = SelectRequest { hint, ..SelectRequest::new(&matchers, TimeRange::ALL) };
    let found = view.select(&request).unwrap();
    let mut out = Samples::default();
    (0..found.len()).for_each(|i| found.read(i, TimeRange::ALL, &mut out).unwrap());
    assert!(found.len() <= 1 && out.t.windows(2).all(|w| w[0] < w[1]), "{:?}", out.t);
    (out, found.resolution_ms())
}

/// Counts the samples behind what a reader gets of a series.
fn counted(db: &Db, i: usize, hint: SampleHint) -> f64 {
    let matchers = [Matcher::equal("i", i.to_string())];
    let view = db.view(TimeRange::ALL).unwrap();
    let request = SelectRequest { hint: Some(hint), ..SelectRequest::new(&matchers, TimeRange::ALL) };
    let found = view.select(&request).unwrap();
    let mut out = Samples::default();
    found.read_figure(0, TimeRange::ALL, Figure::Count, &mut out).unwrap();
    out.v.iter().sum()
}

/// The buckets that there are: begin, end, resolution, whether their samples are gone.
fn copies(db: &Db) -> Vec<(i64, i64, i64, bool)> {
    let metas = db.inner.blocks.metas();
    let one = |m: &BlockMeta| {
        m.beside().map(|b: BesideSamples| (m.min_time_ms, m.max_time_ms, m.resolution_ms(), b.alone))
    };
    metas.iter().filter_map(one).collect()
}

#[test]
fn readers_get_the_coarsest_buckets_that_answer_them() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    sampled(&db, 0, 10 * BLOCK);
    let before = all_of(&db);
    set(&db, vec![rule("[01]", None, &[(FINE, 0), (COARSE, 0)])]);
    assert_eq!(all_of(&db), before, "who asks for samples gets them");
    let in_blocks =
        db.inner.blocks.metas().iter().filter(|m| m.beside().is_none()).map(|m| m.max_time_ms).max();
    assert_eq!(copies(&db).iter().map(|c| c.1).max(), in_blocks, "from the start");
    for (step, resolution) in
        [(10, None), (FINE, Some(FINE)), (3 * FINE, Some(FINE)), (COARSE, Some(COARSE)), (0, Some(COARSE))]
    {
        let (got, told) = read(&db, 0, Some(hint(step)));
        assert_eq!(told, resolution, "step {step}");
        assert_eq!(counted(&db, 0, hint(step)), 1000.0, "step {step}");
        assert_eq!(read(&db, 2, Some(hint(step))).1, None, "no rule names it");
        // Windows give the same extremes, first and last samples.
        let raw = read(&db, 0, None).0;
        for end in (0..10 * BLOCK).step_by(COARSE as usize) {
            let window = |s: &Samples| {
                let inside = s.t.iter().zip(&s.v).filter(|(t, _)| end - 2 * BLOCK < **t && **t <= end);
                let inside: Vec<(i64, f64)> = inside.map(|(t, v)| (*t, *v)).collect();
                let most = inside.iter().map(|(_, v)| *v).fold(f64::NEG_INFINITY, f64::max);
                let least = inside.iter().map(|(_, v)| *v).fold(f64::INFINITY, f64::min);
                (inside.first().copied(), inside.last().copied(), most, least)
            };
            assert_eq!(window(&got), window(&raw), "step {step}, to {end}");
        }
    }
    // The same after a restart, and when a rule changes its mind.
    let state = copies(&db);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(copies(&db), state);
    set(&db, vec![rule("[01]", None, &[(FINE, 0), (COARSE, 0)])]);
    assert_eq!(copies(&db), state);
    set(&db, vec![rule("0", None, &[(COARSE, 0)])]);
    assert!(copies(&db).iter().all(|c| c.2 == COARSE));
    assert_eq!(read(&db, 1, Some(hint(COARSE))).1, None);
    set(&db, Vec::new());
    assert_eq!((copies(&db), all_of(&db)), (vec![], before));
}

#[test]
fn each_resolution_is_kept_as_long_as_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    let rules = || vec![rule("[01]", Some(4 * BLOCK), &[(FINE, 12 * BLOCK), (COARSE, 0)])];
    set(&db, rules());
    let beside = tempfile::tempdir().unwrap();
    let samples = Db::open(beside.path(), options()).unwrap();
    for n in 0..30 {
        sampled(&db, n * BLOCK, (n + 1) * BLOCK);
        sampled(&samples, n * BLOCK, (n + 1) * BLOCK);
        for step in [10, FINE, COARSE] {
            assert_eq!(counted(&db, 1, hint(step)), 100.0 * (n + 1) as f64, "{n}, step {step}");
        }
    }
    let first = |step: Option<i64>| read(&db, 1, step.map(hint)).0.t.len();
    let (all, fine, coarse) = (first(None), first(Some(FINE)), first(Some(COARSE)));
    assert!(coarse < fine && fine < all && all < 3000, "{coarse} {fine} {all}");
    let newest = db.inner.newest_ms();
    let oldest =
        |resolution: i64| copies(&db).iter().filter(|c| c.2 == resolution).map(|c| c.0).min().unwrap();
    assert_eq!(oldest(COARSE), 0);
    assert!(
        (newest - 14 * BLOCK..=newest - 11 * BLOCK).contains(&oldest(FINE)),
        "{} of {newest}",
        oldest(FINE)
    );
    assert!(
        copies(&db).iter().any(|c| c.3 && c.1 - c.0 > 3 * BLOCK),
        "those alone are merged: {:?}",
        copies(&db)
    );
    // Series that no rule names have all their samples.
    assert_eq!(read(&db, 2, None), read(&samples, 2, None));
    // Samples that are young are as they came.
    let young = |db: &Db| {
        let (all, _) = read(db, 0, None);
        all.t.into_iter().zip(all.v).filter(|(t, _)| *t > 27 * BLOCK).collect::<Vec<_>>()
    };
    assert_eq!(young(&db), young(&samples));
}

#[test]
fn late_samples_and_deletions_reach_the_buckets() {
    let dir = tempfile::tempdir().unwrap();
    let late = Options { out_of_order_window_ms: 20 * BLOCK, ..options() };
    let db = Db::open(dir.path(), late).unwrap();
    set(&db, vec![rule(".*", None, &[(FINE, 0)])]);
    sampled(&db, 0, 10 * BLOCK);
    assert_eq!(counted(&db, 0, hint(FINE)), 1000.0);
    put(&db, &[(0, 2005, 1.0), (0, 4005, 1.0)]);
    sampled(&db, 10 * BLOCK, 14 * BLOCK);
    db.compact().unwrap();
    assert_eq!(counted(&db, 0, hint(FINE)), 1402.0);
    assert_eq!(read(&db, 0, Some(hint(FINE))).1, Some(FINE));
    let range = TimeRange { min_ms: 1000, max_ms: 1999 };
    db.delete(range, &[vec![Matcher::equal("i", "0")]]).unwrap();
    for compacted in [false, true] {
        assert_eq!(counted(&db, 0, hint(FINE)), 1302.0, "{compacted}");
        assert_eq!(counted(&db, 1, hint(FINE)), 1400.0, "{compacted}");
        db.compact().unwrap();
    }
    db.clean_tombstones().unwrap();
    db.compact().unwrap();
    assert_eq!(counted(&db, 0, hint(FINE)), 1302.0);
    assert_eq!(read(&db, 0, Some(hint(FINE))).1, Some(FINE));
}

#[test]
fn a_crash_while_samples_leave_shows_none_twice() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    sampled(&db, 0, 10 * BLOCK);
    let before = all_of(&db);
    set(&db, vec![rule("[01]", None, &[(FINE, 0)])]);
    for block in db.inner.blocks.get().iter() {
        block.mark_alone().unwrap();
    }
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert!(copies(&db).iter().all(|c| c.3));
    assert_eq!(all_of(&db), before);
    for step in [10, FINE] {
        assert_eq!(counted(&db, 0, hint(step)), 1000.0);
    }
    // The next round ends what was begun.
    set(&db, vec![rule("[01]", Some(3 * BLOCK), &[(FINE, 0)])]);
    assert_eq!(counted(&db, 0, hint(FINE)), 1000.0);
    assert!(read(&db, 0, None).0.t.len() < 1000);
    assert_eq!(all_of(&db)[&series(2).to_string()], before[&series(2).to_string()]);
}

#[test]
fn histograms_stay_as_long_as_the_longest_buckets() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    for t in (0..10 * BLOCK).step_by(10) {
        let mut batch = db.appender();
        let id = batch.resolve(&series(0)).unwrap();
        batch.histogram(id, t, histogram(t as u64 + 1)).unwrap();
        let id = batch.resolve(&series(1)).unwrap();
        batch.sample(id, t, t as f64).unwrap();
        batch.commit().unwrap();
    }
    let before = all_of(&db);
    set(&db, vec![rule(".*", Some(BLOCK), &[(FINE, 5 * BLOCK)])]);
    let kept = |i: usize| all_of(&db).get(&series(i).to_string()).map_or(0, Vec::len);
    let (histograms, floats) = (kept(0), kept(1));
    assert!((500..800).contains(&histograms), "{histograms}");
    assert!(floats < histograms && before[&series(1).to_string()].len() == 1000, "{floats}");
}
