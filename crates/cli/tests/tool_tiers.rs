//! `tsdb convert` and `tsdb retention-preview`: what becomes of old data, by hand.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use std::path::Path;

use peer::{both_print, make_blocks, ours};

fn print(dir: &Path, args: &[&str]) -> String {
    let ended = ours(dir, args, "");
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.err);
    ended.out
}

#[test]
fn blocks_become_dense_and_plain_again() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    let dump = both_print(dir.path(), &["tsdb", "dump", "db"]);
    let told = print(dir.path(), &["tsdb", "convert", "--to=dense", "db"]);
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(told.starts_with("[1/2] 0") && told.contains(" %), compared\n[2/2] "), "{told}");
    assert_eq!(print(dir.path(), &["tsdb", "dump", "db"]), dump);
    assert_eq!(print(dir.path(), &["tsdb", "list", "db"]).lines().count(), 3);
    let again = print(dir.path(), &["tsdb", "convert", "--to=dense", "db"]);
    assert!(again.contains("is in this format already") && again.ends_with("0 -> 0 bytes\n"), "{again}");
    print(dir.path(), &["tsdb", "convert", "--to=prometheus", "db"]);
    assert_eq!(both_print(dir.path(), &["tsdb", "dump", "db"]), dump);
}

#[test]
fn a_format_that_is_not_there_and_a_directory_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["tsdb", "convert", "db"][..],
        &["tsdb", "convert", "--to=parquet", "db"],
        &["tsdb", "convert", "--to=dense", "nowhere"],
        &["tsdb", "retention-preview", "--config.file=none.yml", "nowhere"],
    ] {
        let ended = ours(dir.path(), args, "");
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(!ended.err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_preview_names_each_rule_with_what_it_frees() {
    let dir = tempfile::tempdir().unwrap();
    make_blocks(dir.path());
    let config = "storage:\n  tsdb:\n    retention: {time: 100y}\n  bongsu:\n    retention:\n    - {match: 'a{i=\"1\"}', keep: 1h}\n    - {match: 'a{i=\"2\"}', resolution: 10m, after: 1h}\n";
    std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
    let before = print(dir.path(), &["tsdb", "dump", "db"]);
    let told = print(dir.path(), &["tsdb", "retention-preview", "db"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 7, "{told}");
    assert_eq!(lines[0], "a{i=\"1\"}: 2 series (each counted in each block)");
    assert!(lines[1].starts_with("  removed: 1 series, "), "{told}");
    assert_eq!(lines[2], "a{i=\"2\"}: 2 series (each counted in each block)");
    assert!(lines[3].starts_with("  downsampled: 1 series, ") && lines[3].contains(" -> "), "{told}");
    assert_eq!(&lines[4..6], ["all other series: 0 series (each counted in each block)", "  nothing to do"]);
    assert!(lines[6].starts_with("bytes freed: "), "{told}");
    assert_eq!(print(dir.path(), &["tsdb", "dump", "db"]), before, "nothing is changed");
}
