//! Dense blocks: made in the background or by hand, read as before, turned back, and never left half.

use ulid::Ulid;

use super::*;
use crate::block::{Block, BlockMeta, TIERS_DIR, block_dirs};
use crate::tiers::Policy;

/// Floats of all sorts, staleness markers, and a histogram series.
fn odd(dir: &Path, options: Options) -> Db {
    let db = Db::open(dir, options).unwrap();
    let odd = [0.0, -0.0, f64::NAN, f64::INFINITY, 0.1, 1e300, f64::from_bits(model::value::STALE_NAN_BITS)];
    for (k, t) in (0..10 * BLOCK).step_by(50).enumerate() {
        let mut batch = db.appender();
        for i in 0..6 {
            let id = batch.resolve(&series(i)).unwrap();
            match i {
                0 => batch.sample(id, t, odd[k % odd.len()]).unwrap(),
                1 => {
                    let h = Histogram {
                        count: 3 + k as u64,
                        sum: if k % 9 == 0 { f64::NAN } else { k as f64 },
                        positive_spans: vec![Span { offset: 1, length: 1 }],
                        positive_deltas: vec![3 + k as i64],
                        ..Histogram::default()
                    };
                    batch.histogram(id, t, HistogramValue::Integer(h)).unwrap();
                }
                _a_counter => batch.sample(id, t, (k * i) as f64 / 10.0).unwrap(),
            }
        }
        batch.commit().unwrap();
    }
    db
}

fn dense_after(dense_after_ms: i64) -> Arc<Policy> {
    Arc::new(Policy { dense_after_ms, ..Policy::default() })
}

fn formats(db: &Db) -> Vec<(i64, bool)> {
    db.inner.blocks.metas().iter().map(|m| (m.min_time_ms, m.own.is_some())).collect()
}

fn no_leftovers(dir: &Path) {
    for at in [dir.to_owned(), dir.join(TIERS_DIR)] {
        for entry in std::fs::read_dir(at).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains(".tmp"), "{name} was left");
        }
    }
}

#[test]
fn old_blocks_become_dense_and_answer_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    let before = all_of(&db);
    db.set_tiers(dense_after(3 * BLOCK));
    db.compact().unwrap();
    let newest = db.blocks().last().unwrap().max_time_ms;
    for meta in db.inner.blocks.metas() {
        assert_eq!(meta.own.is_some(), newest - meta.max_time_ms >= 3 * BLOCK, "{meta:?}");
        assert_eq!(dir.path().join(TIERS_DIR).join(meta.ulid.to_string()).exists(), meta.own.is_some());
    }
    assert_eq!(all_of(&db), before);
    no_leftovers(dir.path());
    // Deleting, merging, restarting and copying treat them as any block.
    db.delete(TimeRange { min_ms: 100, max_ms: 1200 }, &[vec![Matcher::equal("i", "3")]]).unwrap();
    let deleted = all_of(&db);
    assert_ne!(deleted, before);
    let copy = dir.path().join("copy");
    db.snapshot(&copy, true).unwrap();
    assert_eq!(all_of(&Db::open(&copy, options()).unwrap()), deleted);
    db.clean_tombstones().unwrap();
    assert_eq!(formats(&db)[0], (0, true));
    drop(db);
    let db = Db::open(dir.path(), Options { tiers: dense_after(3 * BLOCK), ..options() }).unwrap();
    assert_eq!(all_of(&db), deleted);
    (200..280).for_each(|k| put(&db, &[(0, 50 * k, 1.0)]));
    db.compact().unwrap();
    assert!(db.blocks()[0].max_time_ms - db.blocks()[0].min_time_ms >= 3 * BLOCK, "dense blocks are merged");
    assert!(formats(&db)[0].1);
    let after = contents(&db, &[Matcher::equal("job", "test")], TimeRange { min_ms: 0, max_ms: 9999 });
    assert_eq!(after, deleted);
}

#[test]
fn a_directory_is_converted_there_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    let before = all_of(&db);
    drop(db);
    let mut number = 0u64;
    let mut to = |format| {
        let mut done = Vec::new();
        let new_ulid = || {
            number += 1;
            Ulid::from_parts(1, u128::from(number))
        };
        convert(dir.path(), format, new_ulid, |at, of, converted| done.push((at, of, converted.clone())))
            .unwrap();
        done
    };
    let done = to(BlockFormat::Dense);
    assert!(done.iter().all(|(_, _, c)| matches!(c, Converted::Done { new: Some(_), .. })));
    assert_eq!(done.last().map(|(at, of, _)| (*at, *of)), Some((done.len(), done.len())));
    assert!(to(BlockFormat::Dense).iter().all(|(_, _, c)| matches!(c, Converted::AsIs(_))));
    let open = || Db::open(dir.path(), options()).unwrap();
    assert!(formats(&open()).iter().all(|(_, own)| *own));
    assert_eq!(all_of(&open()), before);
    to(BlockFormat::Prometheus);
    assert!(formats(&open()).iter().all(|(_, own)| !*own));
    assert_eq!(all_of(&open()), before);
    assert!(std::fs::read_dir(dir.path().join(TIERS_DIR)).unwrap().next().is_none());
    no_leftovers(dir.path());
}

#[test]
fn a_database_in_use_is_not_converted() {
    let dir = tempfile::tempdir().unwrap();
    let _db = Db::open(dir.path(), Options { no_lockfile: false, ..options() }).unwrap();
    let converted = convert(dir.path(), BlockFormat::Dense, || Ulid::from(1u128), |_, _, _| ());
    assert!(matches!(converted, Err(DbError::Locked { .. })));
}

#[test]
fn whatever_interrupts_leaves_one_whole_block() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    let (before, count) = (all_of(&db), db.blocks().len());
    let first = db.inner.blocks.get()[0].clone();
    // After writing, before removing.
    crate::db::convert::write(&db.inner.dir, &first, BlockFormat::Dense, Ulid::from_parts(9, 9)).unwrap();
    drop((first, db));
    assert_eq!(block_dirs(dir.path()).unwrap().len(), count + 1);
    // While writing.
    std::fs::create_dir_all(dir.path().join(TIERS_DIR).join("01ARZ3NDEKTSV4RRFFQ69G5FAV.tmp-for-creation"))
        .unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!((db.blocks().len(), formats(&db)[0]), (count, (0, true)));
    assert_eq!(all_of(&db), before);
    no_leftovers(dir.path());
}

#[test]
fn our_descriptions_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), Options { tiers: dense_after(1), ..options() });
    db.compact().unwrap();
    let block = db.inner.blocks.get()[0].clone();
    let text = std::fs::read_to_string(block.dir().path().join("meta.json")).unwrap();
    assert!(text.contains("\"version\": 1000") && text.contains("\"bongsu\": {}"), "{text}");
    std::fs::write(block.dir().path().join("meta.json"), text.replace("1000", "1")).unwrap();
    assert!(BlockMeta::read(block.dir()).unwrap_err().is_corruption(), "either both marks or none");
}

#[test]
fn a_block_with_other_samples_does_not_get_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    let blocks = db.inner.blocks.get();
    let (a, b) = (&blocks[0], &blocks[1]);
    assert!(matches!(compare::same_samples(a, b), Err(DbError::Differs { .. })));
    compare::same_samples(a, a).unwrap();
    let meta = compact::cleaned_meta(Ulid::from_parts(3, 3), &a.meta());
    let checked = compact::write_where(&db.inner.dir, meta, std::slice::from_ref(a), None, |new| {
        compare::same_samples(b, &Block::open(new)?)
    });
    assert!(matches!(checked, Err(DbError::Differs { .. })));
    no_leftovers(dir.path());
    assert_eq!(block_dirs(dir.path()).unwrap().len(), blocks.len());
}

#[test]
fn a_broken_block_is_left_alone_and_retention_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    let first = db.inner.blocks.get()[0].clone();
    let chunks = first.dir().path().join("chunks").join("000001");
    drop((first, db));
    let mut bytes = std::fs::read(&chunks).unwrap();
    bytes[60] ^= 1;
    std::fs::write(&chunks, bytes).unwrap();
    let db = Db::open(dir.path(), Options { tiers: dense_after(BLOCK), ..options() }).unwrap();
    assert!(db.compact().is_err());
    assert!(db.inner.blocks.get()[0].meta().compaction.failed);
    db.compact().unwrap();
    assert!(!formats(&db)[0].1 && formats(&db)[1].1, "the others were written densely");
    db.set_retention(Retention { time_ms: 5 * BLOCK, ..Retention::default() });
    db.compact().unwrap();
    assert!(db.blocks()[0].min_time_ms > 0);
}

#[test]
fn a_percentage_of_the_file_system_bounds_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let db = odd(dir.path(), options());
    db.compact().unwrap();
    db.set_retention(Retention { percentage: 100.0, ..Retention::default() });
    db.compact().unwrap();
    assert!(!db.blocks().is_empty());
    db.set_retention(Retention { percentage: 1e-7, ..Retention::default() });
    db.compact().unwrap();
    assert!(db.blocks().is_empty());
    assert_eq!((db.stats().size_retentions_total, db.stats().retention_limit_percentage), (1, 1e-7));
    assert!(db.view(TimeRange::ALL).unwrap().label_names(&LabelQuery::new(&[], TimeRange::ALL)).is_ok());
}
