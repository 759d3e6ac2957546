//! The figures that tell of failures and refusals.

use std::fs;

use super::*;

#[test]
fn what_a_commit_drops_is_counted_by_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    put(&db, &[(0, 1000, 1.0)]);
    let late = |i: usize, t: i64, between: &dyn Fn()| {
        let mut batch = db.appender();
        let id = batch.resolve(&series(i)).unwrap();
        batch.sample(id, t, 1.0).unwrap();
        between();
        assert_eq!(batch.commit().unwrap().dropped, 1);
        let stats = db.stats();
        (stats.out_of_order_samples_total, stats.out_of_bound_samples_total, stats.too_old_samples_total)
    };
    assert_eq!(late(1, 1010, &|| put(&db, &[(1, 1020, 1.0)])), (1, 0, 0));
    let pass = || {
        (1050..10_000).step_by(50).for_each(|t| put(&db, &[(0, t, 1.0)]));
        db.compact().unwrap();
    };
    assert_eq!(late(0, 1030, &pass), (1, 1, 0));
}

#[test]
fn reloads_and_their_failures_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    assert_eq!((db.stats().reloads_total, db.stats().reloads_failed_total), (1, 0));
    db.compact().unwrap();
    let reloads = db.stats().reloads_total;
    assert!(reloads > db.blocks().len() as u64, "{reloads}");
    fs::remove_dir_all(dir.path().join(&db.blocks()[0].ulid)).unwrap();
    db.set_retention(Retention { bytes: 1, ..Retention::default() });
    assert!(db.compact().is_err());
    assert_eq!((db.stats().reloads_total, db.stats().reloads_failed_total), (reloads + 1, 1));
}

#[test]
fn a_head_truncation_that_fails_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    db.compact().unwrap();
    assert_eq!(db.stats().head_truncations_failed_total, 0);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    fs::remove_file(dir.path().join("chunks_head/000001")).unwrap();
    (10_000..14_000).step_by(50).for_each(|t| put(&db, &[(0, t, 1.0), (1, t, 1.0), (2, t, 1.0)]));
    assert!(db.compact().is_err());
    assert_eq!(db.stats().head_truncations_failed_total, 1);
}
