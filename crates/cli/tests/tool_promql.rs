//! `test promql` and `promql`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use peer::ours;

const GOOD: &str = "load 1m\n  a 1 2 3\n\neval instant at 1m a\n  a 2\n\neval instant at 2m sum(a)\n  {} 3\n";
const BAD: &str = "load 1m\n  a 1\n\neval instant at 0 a\n  a 2\n";

#[test]
fn scripts_are_reported_per_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("good.test"), GOOD).unwrap();
    std::fs::write(dir.path().join("bad.test"), BAD).unwrap();
    let good = ours(dir.path(), &["test", "promql", "good.test"], "");
    let table = "FILE       PASSED  FAILED   TOTAL  FAULTS\ngood.test       2       0       2       0\n";
    assert_eq!((good.out.as_str(), good.code), (table, Some(0)));
    let both = ours(dir.path(), &["test", "promql", "good.test", "bad.test"], "");
    assert_eq!(both.code, Some(1));
    assert!(both.out.starts_with("bad.test:4: a\n    "), "{}", both.out);
    assert!(both.out.ends_with("\ntotal           2       1       3       0\n"), "{}", both.out);
    let markdown = ours(dir.path(), &["test", "promql", "--format=markdown", "good.test"], "");
    let table = "| Script | Passed | Failed | Total | Faults |\n|---|---:|---:|---:|---:|\n| good.test | 2 | 0 | 2 | 0 |\n";
    assert_eq!(markdown.out, table);
    assert_eq!(ours(dir.path(), &["test", "promql", "nowhere.test"], "").code, Some(1));
}

#[test]
fn queries_are_formatted_and_edited() {
    let dir = tempfile::tempdir().unwrap();
    for (args, want) in [
        (&["format", "a  +b"][..], "a + b\n"),
        (
            &["label-matchers", "set", "a + rate(b{x=\"1\"}[5m])", "x", "y"],
            "a{x=\"y\"} + rate(b{x=\"y\"}[5m])\n",
        ),
        (&["label-matchers", "set", "-t", "!~", "sum(a)", "x", "y.*"], "sum(a{x!~\"y.*\"})\n"),
        (&["label-matchers", "delete", "a{x=\"1\",y=\"2\"}[5m:1m]", "x"], "a{y=\"2\"}[5m:1m]\n"),
    ] {
        let ended = ours(dir.path(), &[&["promql"], args].concat(), "");
        assert_eq!((ended.out.as_str(), ended.code), (want, Some(0)), "{args:?}: {}", ended.err);
    }
    let ended = ours(dir.path(), &["promql", "format", "sum("], "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("1:5: parse error: unclosed left parenthesis"), "{}", ended.err);
}

#[test]
fn a_query_over_a_directory_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    peer::make_blocks(dir.path());
    let explain = |args: &[&str]| ours(dir.path(), &[&["promql", "explain", "--db=db"], args].concat(), "");
    let instant = explain(&["--time=1700006000", "sum by (i) (rate(a[5m]))"]);
    assert_eq!(instant.code, Some(0), "{}", instant.err);
    assert!(instant.out.contains("rate(a[5m])") && instant.out.contains("2 series, "), "{}", instant.out);
    let range = explain(&["--start=1700000000", "--end=1700006000", "--step=1m", "a"]);
    assert!(range.out.contains("2 series, 202 samples"), "{}", range.out);
    for args in [&["sum("][..], &["--start=5", "--end=4", "a"], &["--time=soon", "a"]] {
        assert_eq!(explain(args).code, Some(1), "{args:?}");
    }
    assert_eq!(ours(dir.path(), &["promql", "explain", "--db=nowhere", "a"], "").code, Some(1));
}
