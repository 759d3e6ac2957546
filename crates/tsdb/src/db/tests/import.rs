//! History that comes as blocks while the database is in use.

use super::*;
use crate::tools::NewBlocks;

fn gathered(points: &[(usize, i64, f64)]) -> NewBlocks {
    let mut blocks = NewBlocks::beside_the_head();
    for (i, t, v) in points {
        let number = blocks.series(&series(*i));
        blocks.float(number, *t, *v);
    }
    blocks
}

#[test]
fn history_is_seen_at_once_and_the_log_keeps_counting() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    put(&db, &[(1, 700, 1.0), (1, 900, 2.0)]);
    let before = db.view(TimeRange::ALL).unwrap();
    // Reaches into the head's time, and behind all of it.
    let shown = db.import(&mut gathered(&[(2, 100, 5.0), (2, 800, 6.0), (1, 950, 3.0)])).unwrap();
    assert_eq!((shown.len(), shown[0].is_beside_the_head()), (1, true));
    let expected = all_of(&db);
    assert_eq!(expected.values().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
    let request = [Matcher::equal("i", "2")];
    assert!(before.select(&SelectRequest::new(&request, TimeRange::ALL)).unwrap().is_empty());

    // What stands only in the log is not taken for older than the block.
    drop(before);
    drop(db);
    let db = Db::open(dir.path(), options()).unwrap();
    assert_eq!(all_of(&db), expected);
    put(&db, &[(1, 5 * BLOCK, 4.0)]);
    db.compact().unwrap();
    db.compact().unwrap();
    let mut expected = expected;
    let last = expected.values_mut().find(|points| points.len() == 3).unwrap();
    last.push((5 * BLOCK, format!("{:x}", 4.0_f64.to_bits())));
    assert_eq!(all_of(&db), expected, "merged");
}

#[test]
fn blocks_that_would_hide_the_log_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    let mut blocks = NewBlocks::new(BLOCK);
    let number = blocks.series(&series(1));
    blocks.float(number, 1, 1.0);
    assert!(matches!(db.import(&mut blocks), Err(DbError::Invalid { .. })));
    assert!(db.import(&mut NewBlocks::beside_the_head()).unwrap().is_empty());
}

#[test]
fn results_that_were_kept_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    let changes = db.changes().unwrap();
    let mark = changes.version();
    db.import(&mut gathered(&[(2, 100, 5.0)])).unwrap();
    assert_eq!(changes.oldest_since(mark), Some(100));
}
