//! `tsdb list`, `analyze` and `dump` print what promtool prints.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use peer::{both_print, make_blocks, ours};

#[test]
fn a_directory_looks_as_in_promtool() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    let list = both_print(dir.path(), &["tsdb", "list", "db"]);
    assert_eq!(list.lines().count(), 3, "a header and two blocks: {list}");
    both_print(dir.path(), &["tsdb", "list", "-r", "db"]);
    both_print(dir.path(), &["tsdb", "list", "db", "--human-readable"]);
    let dump = both_print(dir.path(), &["tsdb", "dump", "db"]);
    assert_eq!(dump.lines().count(), 400);
    for args in [
        &["tsdb", "dump", "--match={i=\"2\"}", "db"][..],
        &["tsdb", "dump", "--min-time=1700000060000", "--max-time", "1700000120000", "db"],
        &["tsdb", "dump", "--min-time=-5", "--max-time=5", "db"],
    ] {
        both_print(dir.path(), args);
    }
}

#[test]
fn analyze_and_other_formats() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    // promtool 2.42 words these otherwise or does not have them.
    let print = |args: &[&str]| {
        let ended = ours(dir.path(), args, "");
        assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.err);
        ended.out
    };
    assert!(print(&["tsdb", "analyze", "db"]).contains("\nTotal Series: 2\n"));
    assert!(
        print(&["tsdb", "analyze", "--match={i=\"1\"}", "--limit", "1", "db"])
            .contains("\nMatched series: 1\n")
    );
    let labels = print(&["tsdb", "dump", "--format=seriesjson", "--match={i=\"1\"}", "db"]);
    assert_eq!(labels, "{\"__name__\":\"a\",\"i\":\"1\",\"job\":\"x\"}\n");
    let back = print(&["tsdb", "dump-openmetrics", "--match={i=\"2\"}", "--max-time=1700000000000", "db"]);
    assert_eq!(back, "a{i=\"2\",job=\"x\"} 0 1700000000.000\n# EOF\n");
}

#[test]
fn what_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["tsdb", "list", "nowhere"][..],
        &["tsdb", "dump", "nowhere"],
        &["tsdb", "analyze", ".", "01J00000000000000000000000"],
        &["tsdb", "dump", "--match={", "."],
        &["tsdb", "lists"],
        &["tsdb"],
    ] {
        let ended = ours(dir.path(), args, "");
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(!ended.err.is_empty(), "{args:?}");
    }
}
