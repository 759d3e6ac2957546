//! The database as a whole: against a plain map, across restarts, compactions, deletions and damage.

use std::collections::BTreeMap;

use model::Matcher;
use model::histogram::{Histogram, HistogramValue, Span};
use proptest::prelude::*;
use storage::memory::MemoryStorage;
use storage::{AppendError, LabelQuery, Samples, SelectRequest};

use super::*;
use crate::wal::PAGE_BYTES;

mod beside;
mod by_rule;
mod changes;
mod convert;
mod damage;
mod every_file;
mod figures;
mod full;
mod images;
mod import;
mod late;
mod power;
mod stale;
mod starts;

const BLOCK: i64 = 1000;

fn options() -> Options {
    Options {
        min_block_ms: BLOCK,
        max_block_ms: 9 * BLOCK,
        retention_ms: 0,
        wal_segment_bytes: PAGE_BYTES,
        maintenance: false,
        no_lockfile: true,
        samples_per_chunk: 8,
        clock: Arc::new(|| 1_700_000_000_000),
        ..Options::default()
    }
}

fn series(i: usize) -> Labels {
    Labels::from_pairs([("__name__", format!("m{}", i % 3)), ("i", i.to_string()), ("job", "test".into())])
}

type Contents = BTreeMap<String, Vec<(i64, String)>>;

/// Everything a storage shows for a selection, in a form that compares NaN and histograms.
fn contents(storage: &dyn Queryable, matchers: &[Matcher], range: TimeRange) -> Contents {
    let view = storage.view(range).unwrap();
    let found = view.select(&SelectRequest { sorted: true, ..SelectRequest::new(matchers, range) }).unwrap();
    let mut all = Contents::new();
    let mut former: Option<Labels> = None;
    for i in 0..found.len() {
        let labels = found.labels(i);
        assert!(former.is_none_or(|f| f < labels), "series are not sorted");
        let mut out = Samples::default();
        found.read(i, range, &mut out).unwrap();
        let mut samples: Vec<(i64, String)> =
            out.t.iter().zip(&out.v).map(|(t, v)| (*t, format!("{:x}", v.to_bits()))).collect();
        let counts = |h: &HistogramValue| format!("{:?}", h.to_float().positive_buckets);
        samples.extend(out.histograms.iter().map(|(t, h)| (*t, counts(h))));
        samples.sort();
        assert!(samples.iter().all(|(t, _)| range.min_ms <= *t && *t <= range.max_ms));
        assert!(samples.windows(2).all(|w| w[0].0 < w[1].0), "times of {labels} repeat: {samples:?}");
        if !samples.is_empty() {
            all.insert(labels.to_string(), samples);
        }
        former = Some(labels);
    }
    all
}

fn all_of(storage: &dyn Queryable) -> Contents {
    contents(storage, &[Matcher::equal("job", "test")], TimeRange::ALL)
}

fn put(storage: &dyn Appendable, samples: &[(usize, i64, f64)]) {
    let mut batch = storage.appender();
    for (i, t, v) in samples {
        let id = batch.resolve(&series(*i)).unwrap();
        batch.sample(id, *t, *v).unwrap();
    }
    batch.commit().unwrap();
}

/// Ten blocks' worth of three series.
fn filled(dir: &Path) -> (Db, MemoryStorage) {
    let (db, memory) = (Db::open(dir, options()).unwrap(), MemoryStorage::new());
    for t in (0..10 * BLOCK).step_by(50) {
        let samples: Vec<_> = (0..3).map(|i| (i, t, (t + i as i64) as f64)).collect();
        put(&db, &samples);
        put(&memory, &samples);
    }
    (db, memory)
}

#[test]
fn blocks_are_cut_compacted_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = filled(dir.path());
    db.compact().unwrap();
    let ranges: Vec<(i64, i64, u32)> =
        db.blocks().iter().map(|b| (b.min_time_ms, b.max_time_ms, b.level)).collect();
    assert_eq!(
        ranges,
        [(0, 3000, 2), (3000, 6000, 2), (6000, 7000, 1), (7000, 8000, 1), (8000, 9000, 1)][..ranges.len()]
    );
    assert!(ranges.len() >= 4, "{ranges:?}");
    assert_eq!(all_of(&db), all_of(&memory));
    let stats = db.stats();
    assert!(stats.head_min_time_ms >= ranges[ranges.len() - 1].1);
    assert_eq!(stats.blocks_loaded, ranges.len() as u64);
    assert_eq!((stats.compactions_failed_total, stats.wal_corruptions_total), (0, 0));
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(all_of(&db), all_of(&memory));
    for range in [(0, 0), (2990, 3010), (1, 8500), (8900, 20_000), (9950, 9950)] {
        let range = TimeRange { min_ms: range.0, max_ms: range.1 };
        let matchers = [Matcher::equal("__name__", "m1")];
        assert_eq!(contents(&db, &matchers, range), contents(&memory, &matchers, range));
    }
}

#[test]
fn the_lock_is_held_and_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let locked = || Options { no_lockfile: false, ..options() };
    let db = Db::open(dir.path(), locked()).unwrap();
    assert_eq!(db.stats().clean_start, 1);
    assert!(matches!(Db::open(dir.path(), locked()), Err(DbError::Locked { .. })));
    db.close().unwrap();
    assert!(!dir.path().join("lock").exists());
    std::fs::write(dir.path().join("lock"), "").unwrap(); // as a killed process leaves it
    assert_eq!(Db::open(dir.path(), locked()).unwrap().stats().clean_start, 0);
}

#[test]
fn a_closed_database_takes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    db.close().unwrap();
    let mut batch = db.appender();
    let id = batch.resolve(&series(0)).unwrap();
    batch.sample(id, 20_000, 1.0).unwrap();
    assert!(matches!(batch.commit(), Err(AppendError::Storage(_))));
    assert!(matches!(db.compact(), Err(DbError::Closed)));
}

#[test]
fn bad_options_are_refused_with_their_value() {
    let dir = tempfile::tempdir().unwrap();
    for (bad, text) in [
        (Options { min_block_ms: 0, ..options() }, "0 ms"),
        (Options { max_block_ms: 999, ..options() }, "999 ms"),
        (Options { wal_segment_bytes: 5, ..options() }, "5 bytes"),
    ] {
        let error = Db::open(dir.path(), bad).err().unwrap();
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn deleted_samples_stay_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = filled(dir.path());
    db.compact().unwrap();
    let range = TimeRange { min_ms: 1500, max_ms: 9500 };
    db.delete(range, &[vec![Matcher::equal("i", "1")], vec![Matcher::equal("i", "none")]]).unwrap();
    let mut expected = all_of(&memory);
    let key = series(1).to_string();
    expected.get_mut(&key).unwrap().retain(|(t, _)| *t < 1500 || *t > 9500);
    assert_eq!(all_of(&db), expected);
    // New samples of the series are not deleted.
    put(&db, &[(1, 9990, 1.0)]);
    expected.get_mut(&key).unwrap().push((9990, format!("{:x}", 1f64.to_bits())));
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(all_of(&db), expected);
    let before: u64 = db.blocks().iter().map(|b| b.samples).sum();
    db.clean_tombstones().unwrap();
    assert!(db.blocks().iter().all(|b| b.tombstones == 0));
    assert!(db.blocks().iter().map(|b| b.samples).sum::<u64>() < before);
    assert_eq!(all_of(&db), expected);
    for t in (10_000..14_000).step_by(50) {
        put(&db, &[(0, t, 0.0)]);
    }
    db.compact().unwrap();
    let kept = all_of(&db).remove(&key);
    assert_eq!(kept, expected.remove(&key), "the cut of a block lost or found deleted samples");
}

#[test]
fn old_and_surplus_blocks_go() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    db.compact().unwrap();
    let all = db.blocks();
    let newest = all.last().unwrap().max_time_ms;
    db.set_retention(Retention { time_ms: newest - 3000, ..Retention::default() });
    db.compact().unwrap();
    assert!(db.blocks().iter().all(|b| b.max_time_ms > 3000));
    assert_eq!((db.blocks().len(), db.stats().time_retentions_total), (all.len() - 1, 1));
    db.set_retention(Retention { bytes: 1, ..Retention::default() });
    db.compact().unwrap();
    assert!(db.blocks().is_empty());
    assert_eq!(db.stats().size_retentions_total, 1);
}

#[test]
fn a_snapshot_is_a_database() {
    let dir = tempfile::tempdir().unwrap();
    let (db, memory) = filled(dir.path());
    db.compact().unwrap();
    for with_head in [true, false] {
        let copy = dir.path().join(format!("snapshots/{with_head}"));
        db.snapshot(&copy, with_head).unwrap();
        let copied = Db::open(&copy, options()).unwrap();
        assert_eq!(all_of(&copied) == all_of(&memory), with_head);
        assert_eq!(copied.blocks().len(), db.blocks().len() + usize::from(with_head));
    }
    assert!(db.snapshot(dir.path(), true).is_err());
}

#[test]
fn a_damaged_block_is_set_aside_and_the_rest_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    db.compact().unwrap();
    let blocks = db.blocks();
    drop(db);
    let spoilt = dir.path().join(&blocks[0].ulid);
    let index = std::fs::read(spoilt.join("index")).unwrap();
    std::fs::write(spoilt.join("index"), &index[..index.len() / 2]).unwrap();
    std::fs::create_dir_all(dir.path().join(format!("{}.tmp-for-creation", Ulid0))).unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(db.blocks()[..], blocks[1..]);
    assert!(dir.path().join("quarantine").join(&blocks[0].ulid).exists());
    assert!(!dir.path().join(format!("{}.tmp-for-creation", Ulid0)).exists());
    assert!(!all_of(&db).is_empty());
}

/// A valid identifier.
struct Ulid0;

impl std::fmt::Display for Ulid0 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("00000000000000000000000000")
    }
}

#[test]
fn overlapping_blocks_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let memory = MemoryStorage::new();
    for (dir, from, value) in [(dir.path(), 0, 1.0), (other.path(), 25, 2.0)] {
        let db = Db::open(dir, options()).unwrap();
        for t in (from..3 * BLOCK).step_by(50) {
            put(&db, &[(0, t, value)]);
        }
        db.compact().unwrap();
    }
    for t in (0..BLOCK).step_by(25) {
        put(&memory, &[(0, t, if t % 50 == 0 { 1.0 } else { 2.0 })]);
    }
    let moved = Db::open(other.path(), options()).unwrap().blocks();
    std::fs::rename(other.path().join(&moved[0].ulid), dir.path().join(&moved[0].ulid)).unwrap();
    let range = TimeRange { min_ms: 0, max_ms: BLOCK - 1 };
    let matchers = [Matcher::equal("i", "0")];
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(contents(&db, &matchers, range), contents(&memory, &matchers, range));
    db.compact().unwrap();
    assert_eq!(contents(&db, &matchers, range), contents(&memory, &matchers, range));
    let joined = db.blocks();
    assert_eq!((joined[0].level, joined[0].min_time_ms, joined[0].sources.len()), (2, 0, 2));
}

#[test]
fn labels_come_from_head_and_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    db.compact().unwrap();
    put(&db, &[(4, 9999, 1.0)]);
    let view = db.view(TimeRange::ALL).unwrap();
    let query = LabelQuery::new(&[], TimeRange::ALL);
    assert_eq!(view.label_names(&query).unwrap(), ["__name__", "i", "job"]);
    assert_eq!(view.label_values("i", &query).unwrap(), ["0", "1", "2", "4"]);
    assert_eq!(view.label_values("i", &LabelQuery { limit: 2, ..query.clone() }).unwrap(), ["0", "1"]);
    let sets = [vec![Matcher::equal("i", "4")], vec![Matcher::equal("i", "0")]];
    let some = LabelQuery { matcher_sets: &sets, ..query };
    assert_eq!(view.label_values("__name__", &some).unwrap(), ["m0", "m1"]);
    let limited = SelectRequest { limit: 2, ..SelectRequest::new(&[], TimeRange::ALL) };
    let found = view.select(&limited).unwrap();
    assert_eq!((found.len(), found.warnings().len()), (2, 1));
}

#[test]
fn cardinality_names_what_is_large() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    put(&db, &(0..10).map(|i| (i, 1, 1.0)).collect::<Vec<_>>());
    let cardinality = db.cardinality(2);
    let row = |name: &str, value| NamedCount { name: name.to_owned(), value };
    assert_eq!(cardinality.series_by_metric, [row("m0", 4), row("m1", 3)]);
    assert_eq!(cardinality.values_by_label, [row("i", 10), row("__name__", 3)]);
    assert_eq!(cardinality.bytes_by_label, [row("job", 40), row("__name__", 20)]);
    assert_eq!(cardinality.series_by_pair, [row("job=test", 10), row("__name__=m0", 4)]);
    assert_eq!((cardinality.series, cardinality.label_pairs, cardinality.chunks), (10, 14, 10));
}

/// One step of the model test.
#[derive(Clone, Debug)]
enum Step {
    /// Samples at the present time: series, later by, value; value 0 is a histogram.
    Put(BTreeMap<usize, (i64, u8)>),
    /// Time passes.
    Wait(i64),
    Compact,
    Reopen,
    /// The process dies: the log keeps what was committed.
    Kill,
    Delete(usize, i64, i64),
    Clean,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => proptest::collection::btree_map(0usize..6, (0i64..40, any::<u8>()), 1..6).prop_map(Step::Put),
        6 => (1i64..600).prop_map(Step::Wait),
        3 => Just(Step::Compact),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
        1 => (0usize..6, 0i64..3000, 0i64..3000).prop_map(|(i, a, b)| Step::Delete(i, a, b)),
        1 => Just(Step::Clean),
    ]
}

fn histogram(count: u64) -> HistogramValue {
    HistogramValue::Integer(Histogram {
        count,
        sum: 1.0,
        positive_spans: vec![Span { offset: 0, length: 1 }],
        positive_deltas: vec![count as i64],
        ..Histogram::default()
    })
}

/// Both storages get the same; what they answer must be the same too, except what the head is too far ahead for.
fn put_both(
    db: &Db,
    memory: &MemoryStorage,
    deleted: &mut Deleted,
    now: i64,
    samples: &BTreeMap<usize, (i64, u8)>,
) {
    let (mut ours, mut plain) = (db.appender(), memory.appender());
    for (i, (later, value)) in samples {
        let t = now + later;
        let (a, b) = (ours.resolve(&series(*i)).unwrap(), plain.resolve(&series(*i)).unwrap());
        let (x, y) = match value {
            0 => (ours.histogram(a, t, histogram(t as u64)), plain.histogram(b, t, histogram(t as u64))),
            v => (ours.sample(a, t, f64::from(*v)), plain.sample(b, t, f64::from(*v))),
        };
        assert_eq!(x.is_ok(), y.is_ok(), "series {i} at {t}: {x:?} and {y:?}");
        deleted.newest[*i] = deleted.newest[*i].max(t);
    }
    ours.commit().unwrap();
    plain.commit().unwrap();
}

/// What was deleted, by series: ranges up to the newest sample of that moment.
#[derive(Default)]
struct Deleted {
    newest: [i64; 6],
    ranges: Vec<(usize, i64, i64)>,
}

impl Deleted {
    fn expected(&self, memory: &MemoryStorage) -> Contents {
        let mut all = all_of(memory);
        for (i, from, to) in &self.ranges {
            if let Some(samples) = all.get_mut(&series(*i).to_string()) {
                samples.retain(|(t, _)| t < from || t > to);
            }
        }
        all.retain(|_, samples| !samples.is_empty());
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn equals_a_plain_map(steps in proptest::collection::vec(step(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let memory = MemoryStorage::new();
        let mut db = Db::open(dir.path(), options()).unwrap();
        let mut deleted = Deleted::default();
        let mut now = 10 * BLOCK;
        // So that the head's bounds never refuse what the plain map takes, every series moves on with time.
        for step in &steps {
            match step {
                Step::Put(samples) => {
                    now += 41;
                    put_both(&db, &memory, &mut deleted, now, samples);
                }
                Step::Wait(ms) => now += ms,
                Step::Compact => db.compact().unwrap(),
                Step::Reopen => {
                    drop(db);
                    db = Db::open(dir.path(), options()).unwrap();
                }
                Step::Kill => {
                    std::mem::forget(db);
                    db = Db::open(dir.path(), options()).unwrap();
                }
                Step::Delete(i, a, b) => {
                    let (from, to) = (now - a.max(b), now - a.min(b));
                    let range = TimeRange { min_ms: from, max_ms: to };
                    db.delete(range, &[vec![Matcher::equal("i", i.to_string())]]).unwrap();
                    deleted.ranges.push((*i, from, to.min(deleted.newest[*i])));
                }
                Step::Clean => db.clean_tombstones().unwrap(),
            }
            prop_assert_eq!(all_of(&db), deleted.expected(&memory), "after {:?}", step);
        }
    }
}
