//! `tsdb list`, `analyze` and `dump` print what promtool prints.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use std::path::Path;

use peer::{both_print, make_blocks, ours, theirs};

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

/// Returns the directories of the blocks below `dir`, oldest first.
fn blocks(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.join("meta.json").is_file());
    // By time, not by name: names are random within a millisecond.
    found.sort_by_key(|path| {
        let meta: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.join("meta.json")).unwrap()).unwrap();
        meta["minTime"].as_i64().unwrap()
    });
    found
}

/// Leaves out the first column, a block's random name, and the last, its size: 2.42 writes tables into an index that
/// later versions left out.
fn comparable(text: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.lines().map(words).map(|words| words[1..words.len() - 1].to_vec()).collect()
}

#[test]
fn blocks_from_openmetrics_are_the_same_bytes() {
    let text = peer::openmetrics();
    let scattered = "# TYPE go info\ngo_info{version=\"go1.15.3\"} 1 1565392913.989\n\
                     # TYPE http_requests counter\nhttp_requests_total{code=\"200\"} 1021 1565133713.989\n\
                     http_requests_total{code=\"200\"} 1022 1565392913.989\n# EOF\n";
    let hours = "# TYPE a gauge\n".to_owned()
        + &(0..4000)
            .map(|i| format!("a {} {}\n", (i * 7919) % 1000, 1_600_000_000 + i * 37))
            .collect::<String>()
        + "# EOF\n";
    for (name, text) in
        [("dense", text.as_str()), ("scattered", scattered), ("long", &hours), ("empty", "# EOF\n")]
    {
        for more in [&[][..], &["--max-block-duration=24h"], &["-r"], &["--quiet"]] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("in.om"), text).unwrap();
            let make =
                |into| [&["tsdb", "create-blocks-from"], more, &["openmetrics", "in.om", into]].concat();
            let (our, their) = (ours(dir.path(), &make("a"), ""), theirs(dir.path(), &make("b"), ""));
            assert_eq!(
                (our.code, their.code),
                (Some(0), Some(0)),
                "{name} {more:?}: {} {}",
                our.err,
                their.err
            );
            assert_eq!(comparable(&our.out), comparable(&their.out), "{name} {more:?}");
            for into in ["a", "b"] {
                std::fs::create_dir_all(dir.path().join(into).join("wal")).unwrap(); // else promtool dumps nothing
            }
            let dump = |into| theirs(dir.path(), &["tsdb", "dump", into], "").out;
            assert_eq!(dump("a"), dump("b"), "{name} {more:?}");
            let (a, b) = (blocks(&dir.path().join("a")), blocks(&dir.path().join("b")));
            assert_eq!(a.len(), b.len(), "{name}");
            // 2.42 ends a chunk of a single sample with an empty byte, later versions do not.
            for (a, b) in a.iter().zip(&b).filter(|_| name != "scattered") {
                for file in ["chunks/000001", "tombstones"] {
                    let bytes = |block: &Path| std::fs::read(block.join(file)).unwrap();
                    assert!(bytes(a) == bytes(b), "{name} {more:?}: {file} differs");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_imported_makes_no_block() {
    let dir = tempfile::tempdir().unwrap();
    for (text, want) in [
        ("# TYPE a gauge\na 1 1\n", "# EOF"),
        ("# TYPE a gauge\na 1\n# EOF\n", "expected timestamp for series got none"),
        ("# TYPE a gauge\na 1 1\na b\n# EOF\n", "3"),
    ] {
        std::fs::write(dir.path().join("in.om"), text).unwrap();
        let ended = ours(dir.path(), &["tsdb", "create-blocks-from", "openmetrics", "in.om", "db"], "");
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains(want), "{}", ended.err);
        assert_eq!(blocks(&dir.path().join("db")).len(), 0);
    }
    let args = ["tsdb", "create-blocks-from", "openmetrics", "nowhere.om", "db"];
    assert_eq!(ours(dir.path(), &args, "").code, Some(1));
}

#[test]
fn imported_samples_get_labels_and_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let text = "# TYPE a gauge\na{i=\"1\"} 3 30\na{i=\"1\"} 1 10\na{i=\"1\"} 9 30\na{i=\"1\"} 2 20\n# EOF\n";
    std::fs::write(dir.path().join("in.om"), text).unwrap();
    let args = ["tsdb", "create-blocks-from", "openmetrics", "--label=z=1", "--label=i:x", "in.om", "db"];
    let made = ours(dir.path(), &args, "");
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert!(made.err.contains("1 samples left out"), "{}", made.err);
    let dump = ours(dir.path(), &["tsdb", "dump", "db"], "").out;
    let line = |v: u32| format!("{{__name__=\"a\", i=\"x\", z=\"1\"}} {v} {v}0000\n");
    assert_eq!(dump, [line(1), line(2), line(3)].concat());
}
