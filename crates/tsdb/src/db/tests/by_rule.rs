//! Rules by selector: what stays, what is brought together, what goes, and when.

use model::MatchOp;
use storage::{Between, Figure, Needs, SampleHint, SeriesSet};
use ulid::Ulid;

use super::*;
use crate::block::{BlockMeta, TIERS_DIR, block_dirs};
use crate::db::by_rule::Split;
use crate::tiers::{Downsample, Policy, Rule};

/// Buckets of a tenth of a block.
const RESOLUTION: i64 = BLOCK / 10;

fn rule(i: &str, keep: Option<i64>, after: Option<i64>) -> Rule {
    Rule {
        selector: format!("{{i=~\"{i}\"}}"),
        matchers: vec![Matcher::new(MatchOp::Regex, "i", i).unwrap()],
        keep_ms: keep,
        downsample: after
            .into_iter()
            .map(|after_ms| Downsample { resolution_ms: RESOLUTION, after_ms })
            .collect(),
        beside: Vec::new(),
    }
}

fn policy(rules: Vec<Rule>) -> Arc<Policy> {
    Arc::new(Policy { rules, ..Policy::default() })
}

/// Ten blocks' worth of three counters with a sample every 10, compacted.
fn dense_samples(dir: &Path, options: Options) -> Db {
    let db = Db::open(dir, options).unwrap();
    for t in (0..10 * BLOCK).step_by(10) {
        let reset = t % 1730;
        put(&db, &[(0, t, reset as f64), (1, t, 2.0 * t as f64), (2, t, (t % 70) as f64)]);
    }
    db.compact().unwrap();
    db
}

/// What each block is: begin, end, resolution, series.
fn blocks(db: &Db) -> Vec<(i64, i64, i64, u64)> {
    let metas = db.inner.blocks.metas();
    metas.iter().map(|m| (m.min_time_ms, m.max_time_ms, m.resolution_ms(), m.stats.num_series)).collect()
}

fn one(
    db: &Db,
    i: &str,
    hint: Option<SampleHint>,
    read: impl Fn(&dyn SeriesSet, &mut Samples),
) -> (Samples, Option<i64>) {
    let matchers = [Matcher::equal("i", i)];
    let view = db.view(TimeRange::ALL).unwrap();
    let found =
        view.select(&SelectRequest { hint, ..SelectRequest::new(&matchers, TimeRange::ALL) }).unwrap();
    let mut out = Samples::default();
    read(&*found, &mut out);
    (out, found.resolution_ms())
}

#[test]
fn series_live_as_long_as_their_rule_says() {
    let dir = tempfile::tempdir().unwrap();
    let db = dense_samples(dir.path(), options());
    let before = all_of(&db);
    let newest = db.blocks().last().unwrap().max_time_ms;
    db.set_tiers(policy(vec![
        rule("1", Some(2 * BLOCK), None),
        rule("2", Some(0), None),
        rule(".*", Some(1), None),
    ]));
    db.set_retention(Retention { time_ms: 4 * BLOCK, ..Retention::default() });
    db.compact().unwrap();
    let after = all_of(&db);
    let ends: Vec<i64> = db.inner.blocks.metas().iter().map(|m| m.max_time_ms).collect();
    let first = |i: usize| after.get(&series(i).to_string()).map(|s| s[0].0);
    assert_eq!(after[&series(2).to_string()], before[&series(2).to_string()], "kept for ever");
    // Blocks whose end is older go; the newest has everything.
    assert_eq!(first(1), ends.iter().copied().filter(|e| newest - e >= 2 * BLOCK).max());
    assert_eq!(first(0), ends.iter().copied().filter(|e| newest - e >= 1).max());
    // Nothing more happens by itself, and Prometheus can read all of it.
    let identifiers = || db.inner.blocks.metas().iter().map(|m| m.ulid).collect::<Vec<_>>();
    let settled = identifiers();
    db.compact().unwrap();
    assert_eq!(identifiers(), settled);
    assert!(!dir.path().join(TIERS_DIR).exists());
    // Without rules the global retention takes the rest.
    db.set_tiers(Arc::default());
    db.compact().unwrap();
    assert!(db.blocks().iter().all(|b| newest - b.max_time_ms < 4 * BLOCK));
}

#[test]
fn old_samples_are_brought_together_and_answer_alike() {
    let dir = tempfile::tempdir().unwrap();
    let db = dense_samples(dir.path(), options());
    let raw = |i: &str| one(&db, i, None, |found, out| found.read(0, TimeRange::ALL, out).unwrap()).0;
    let (zero, one_before, two) = (raw("0"), raw("1"), raw("2"));
    db.set_tiers(policy(vec![rule("[01]", None, Some(3 * BLOCK))]));
    db.compact().unwrap();
    let (raw_blocks, tier): (Vec<_>, Vec<_>) = blocks(&db).into_iter().partition(|b| b.2 == 0);
    assert!(!tier.is_empty() && tier.iter().all(|b| b.3 == 2));
    assert!(
        raw_blocks.iter().all(|b| b.3 == if tier.iter().any(|t| t.0 <= b.0 && b.1 <= t.1) { 1 } else { 3 })
    );
    assert_eq!(raw("2"), two, "no rule names it");
    let boundary = tier.iter().map(|b| b.1).max().unwrap();

    let hint = SampleHint {
        between: Between::Even,
        start_ms: 0,
        step_ms: RESOLUTION,
        window_ms: 10 * RESOLUTION,
        needs: Needs::Outline,
    };
    let read = |i: &str, figure: Option<Figure>| {
        one(&db, i, Some(hint), |found, out| match figure {
            None => found.read(0, TimeRange::ALL, out).unwrap(),
            Some(figure) => found.read_figure(0, TimeRange::ALL, figure, out).unwrap(),
        })
    };
    let (kept, resolution) = read("0", None);
    assert_eq!(resolution, Some(RESOLUTION));
    assert_eq!(read("2", None).1, None);
    assert!(kept.t.len() < zero.t.len());
    let newer = |s: &Samples| s.t.iter().copied().filter(|t| *t >= boundary).collect::<Vec<_>>();
    assert_eq!(newer(&kept), newer(&zero), "what is young is as it came");
    let window = |s: &Samples, from: i64, to: i64| {
        s.t.iter()
            .copied()
            .zip(s.v.iter().copied())
            .filter(|(t, _)| from < *t && *t <= to)
            .collect::<Vec<_>>()
    };
    let increase = |w: &[(i64, f64)]| {
        w.windows(2).map(|w| if w[1].1 < w[0].1 { w[1].1 } else { w[1].1 - w[0].1 }).sum::<f64>()
    };
    let sum = |w: &[(i64, f64)]| w.iter().map(|s| s.1).sum::<f64>();
    for (i, all) in [("0", &zero), ("1", &one_before)] {
        let (kept, sums, counts) =
            (read(i, None).0, read(i, Some(Figure::Sum)).0, read(i, Some(Figure::Count)).0);
        for to in (1..=99).map(|k| k * RESOLUTION) {
            for length in [1, 5, 10, 30] {
                let from = to - length * RESOLUTION;
                let (raw, seen) = (window(all, from, to), window(&kept, from, to));
                assert_eq!((seen.first(), seen.last()), (raw.first(), raw.last()), "{i} {from} {to}");
                assert!((increase(&seen) - increase(&raw)).abs() < 1e-6);
                assert_eq!(sum(&window(&sums, from, to)), sum(&raw));
                assert_eq!(sum(&window(&counts, from, to)), raw.len() as f64);
            }
        }
    }
    // Young data grows old; tiers are merged with each other; a restart changes nothing.
    for t in (10 * BLOCK..14 * BLOCK).step_by(10) {
        put(&db, &[(0, t, t as f64)]);
    }
    db.compact().unwrap();
    db.compact().unwrap();
    let counted = read("1", Some(Figure::Count)).0.v.iter().sum::<f64>();
    assert_eq!(counted, one_before.t.len() as f64);
    let state = blocks(&db);
    assert!(state.iter().any(|b| b.2 > 0 && b.1 - b.0 > BLOCK), "{state:?}");
    let contents = all_of(&db);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!((blocks(&db), all_of(&db)), (state, contents));
}

#[test]
fn histograms_are_not_brought_together() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    for t in (0..10 * BLOCK).step_by(10) {
        let mut batch = db.appender();
        let id = batch.resolve(&series(0)).unwrap();
        let h = Histogram { count: t as u64, zero_count: t as u64, ..Histogram::default() };
        batch.histogram(id, t, HistogramValue::Integer(h)).unwrap();
        let id = batch.resolve(&series(1)).unwrap();
        batch.sample(id, t, t as f64).unwrap();
        batch.commit().unwrap();
    }
    db.compact().unwrap();
    let before = all_of(&db).remove(&series(0).to_string());
    db.set_tiers(policy(vec![rule(".*", None, Some(BLOCK))]));
    db.compact().unwrap();
    assert_eq!(all_of(&db).remove(&series(0).to_string()), before);
    assert!(all_of(&db)[&series(1).to_string()].len() < before.unwrap().len());
}

#[test]
fn half_of_a_split_is_undone_and_a_whole_one_stays() {
    let dir = tempfile::tempdir().unwrap();
    let db = dense_samples(dir.path(), options());
    let (before, state) = (all_of(&db), blocks(&db));
    let block = db.inner.blocks.get()[0].clone();
    for (name, rules, whole) in [
        ("some stay", vec![rule("0", None, Some(1)), rule("1", Some(1), None)], 2),
        ("all are moved", vec![rule(".*", None, Some(1))], 1),
    ] {
        let fates = policy(rules.clone()).fates(BLOCK, 0);
        let split = Split::of(&block, &rules, &fates).unwrap();
        let mut number = 0;
        let new_ulid = || {
            number += 1;
            Ulid::from_parts(5, number)
        };
        let written = split.write(&db.inner.dir, &block, new_ulid, |meta| meta).unwrap();
        assert_eq!(written.len(), whole, "{name}");
        let copy = tempfile::tempdir().unwrap();
        let link = |skip: Option<Ulid>| {
            std::fs::remove_dir_all(copy.path()).unwrap();
            for (ulid, from) in block_dirs(dir.path()).unwrap() {
                if Some(ulid) != skip {
                    crate::block::Block::open(&from).unwrap().link_to(&copy.path().into()).unwrap();
                }
            }
            Db::open(copy.path(), options()).unwrap()
        };
        // All is written, and the old block is still there.
        let done = link(None);
        assert!(blocks(&done).iter().any(|b| b.2 == RESOLUTION), "{name}");
        assert!(!done.inner.blocks.metas().iter().any(|m| m.ulid == block.meta().ulid));
        drop(done);
        // The last block was not written.
        let undone = link(written.last().copied());
        assert_eq!(blocks(&undone), state, "{name}");
        drop(undone);
        for ulid in written {
            let home = if dir.path().join(TIERS_DIR).join(ulid.to_string()).exists() {
                dir.path().join(TIERS_DIR)
            } else {
                dir.path().to_owned()
            };
            std::fs::remove_dir_all(home.join(ulid.to_string())).unwrap();
        }
    }
    assert_eq!(all_of(&db), before);
}

#[test]
fn a_coarser_rule_later_brings_buckets_together() {
    let dir = tempfile::tempdir().unwrap();
    let db = dense_samples(dir.path(), options());
    let samples = one(&db, "1", None, |found, out| found.read(0, TimeRange::ALL, out).unwrap()).0.t.len();
    db.set_tiers(policy(vec![rule("1", None, Some(BLOCK))]));
    db.compact().unwrap();
    let fine = Downsample { resolution_ms: RESOLUTION, after_ms: BLOCK };
    let coarse = Downsample { resolution_ms: 5 * RESOLUTION, after_ms: 3 * BLOCK };
    db.set_tiers(policy(vec![Rule { downsample: vec![fine, coarse], ..rule("1", None, None) }]));
    db.compact().unwrap();
    let resolutions: std::collections::BTreeSet<i64> = blocks(&db).iter().map(|b| b.2).collect();
    assert_eq!(resolutions.into_iter().collect::<Vec<_>>(), [0, RESOLUTION, 5 * RESOLUTION]);
    let counts =
        one(&db, "1", None, |found, out| found.read_figure(0, TimeRange::ALL, Figure::Count, out).unwrap()).0;
    assert_eq!(counts.v.iter().sum::<f64>(), samples as f64);
    let metas: Vec<BlockMeta> = db.inner.blocks.metas();
    assert!(metas.iter().all(|m| m.own.as_ref().is_none_or(|own| m.resolution_ms() == own.resolution_ms)));
}

#[test]
fn a_preview_tells_what_rules_would_do() {
    let dir = tempfile::tempdir().unwrap();
    let db = dense_samples(dir.path(), options());
    let rules = vec![rule("0", Some(3 * BLOCK), None), rule("1", None, Some(3 * BLOCK))];
    let (before, policy) = (blocks(&db), policy(rules));
    let newest = db.blocks().last().unwrap().max_time_ms;
    let old: i64 = before.iter().filter(|b| newest - b.1 >= 3 * BLOCK).map(|b| (b.1 - b.0) / 10).sum();
    let told = crate::tools::preview(dir.path(), &policy, 0).unwrap();
    assert_eq!(told.len(), 3);
    assert_eq!((told[0].removed.samples, told[0].downsampled.samples), (old as u64, 0));
    assert_eq!((told[1].removed.samples, told[1].downsampled.samples), (0, old as u64));
    assert_eq!(
        (told[2].series, told[2].removed.series, told[2].downsampled.series),
        (before.len() as u64, 0, 0)
    );
    // It is what then happens.
    db.set_tiers(policy.clone());
    db.compact().unwrap();
    let kept: u64 = db.inner.blocks.metas().iter().filter(|m| !m.is_raw()).map(|m| m.stats.num_samples).sum();
    assert_eq!(told[1].becomes.samples, kept);
    let after = crate::tools::preview(dir.path(), &policy, 0).unwrap();
    assert!(after.iter().all(|p| p.removed.series + p.downsampled.series == 0), "{after:?}");
}
