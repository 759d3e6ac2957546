//! What is noted for those who keep results.

use super::*;

#[test]
fn commits_deletions_and_retention_are_noted() {
    let dir = tempfile::tempdir().unwrap();
    let (db, _) = filled(dir.path());
    let changes = Queryable::changes(&db).unwrap();
    let filled_at = changes.version();
    assert_eq!(changes.oldest_since(0), Some(0));

    put(&db, &[(0, 10 * BLOCK, 1.0), (1, 10 * BLOCK - 7, 1.0)]);
    assert_eq!(changes.oldest_since(filled_at), Some(10 * BLOCK - 7));
    drop(db.appender()); // nothing of a batch that was not committed
    let appended_at = changes.version();

    let matchers = vec![Matcher::equal("job", "test")];
    db.delete(TimeRange { min_ms: 2345, max_ms: 2400 }, std::slice::from_ref(&matchers)).unwrap();
    assert_eq!(changes.oldest_since(appended_at), Some(2345));
    let deleted_at = changes.version();

    // Compaction moves samples and changes no answer.
    db.compact().unwrap();
    assert!(db.blocks().len() > 1);
    assert_eq!(changes.oldest_since(deleted_at), None);

    db.set_retention(Retention { time_ms: 3000, ..Retention::default() });
    db.compact().unwrap();
    assert_eq!(changes.oldest_since(deleted_at), Some(i64::MIN));
}
