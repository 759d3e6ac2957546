//! Blocks converted to the dense format and back: Debian's promtool is the referee.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use tsdb::db::{BlockFormat, Converted, convert};
use tsdb::tools;
use ulid::Ulid;

/// Runs promtool and returns what it prints. A missing promtool is a failure: `make test` installs it.
fn promtool(args: &[&str]) -> String {
    let output = Command::new("promtool")
        .args(args)
        .output()
        .expect("promtool (package prometheus) must be installed");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {args:?}: {out}{err}");
    out.into_owned()
}

fn dump(db: &Path) -> Vec<String> {
    let text = promtool(&["tsdb", "dump", db.to_str().unwrap()]);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Ten hours of counters, decimals, odd values, and series with gaps.
fn openmetrics() -> String {
    let mut text = String::new();
    for s in 0..40 {
        for k in 0..2400 {
            if s % 5 == 3 && k % 400 > 200 {
                continue;
            }
            let value = match s % 5 {
                0 => (k * (s + 3)).to_string(),
                1 => format!("{:.2}", (f64::from(k) / 100.0).sin() * 100.0),
                2 => ["NaN", "+Inf", "-Inf", "0", "-0", "1e-300"][k as usize % 6].to_owned(),
                3 => "17".to_owned(),
                _ => format!("{:e}", 1.0 / (1.0 + f64::from(k * s))),
            };
            writeln!(text, "m{}{{s=\"{s}\"}} {value} {}", s % 5, 1_700_000_000 + 15 * k).unwrap();
        }
    }
    text + "# EOF\n"
}

#[test]
fn what_was_dense_is_again_what_promtool_reads() {
    let work = tempfile::tempdir().unwrap();
    let (input, db) = (work.path().join("input"), work.path().join("db"));
    std::fs::write(&input, openmetrics()).unwrap();
    promtool(&["tsdb", "create-blocks-from", "openmetrics", input.to_str().unwrap(), db.to_str().unwrap()]);
    std::fs::create_dir(db.join("wal")).unwrap(); // or else promtool does not dump
    let before = dump(&db);
    let mut number = 0;
    let mut to = |format| {
        let new_ulid = || {
            number += 1;
            Ulid::from_parts(1_700_000_000_000 + number, 1)
        };
        let mut bytes = (0, 0);
        convert(&db, format, new_ulid, |_, _, converted| match converted {
            Converted::Done { old, new: Some(new) } => bytes = (bytes.0 + old.1, bytes.1 + new.1),
            other => panic!("{other:?}"),
        })
        .unwrap();
        bytes
    };
    let (plain, dense) = to(BlockFormat::Dense);
    assert!(2 * dense < plain, "{dense} bytes against {plain}, a third of the values being noise");
    // promtool does not fail on the directory, and does not take our blocks for its own.
    assert_eq!(promtool(&["tsdb", "list", db.to_str().unwrap()]).lines().count(), 1);
    assert_eq!(tools::open_blocks(&db).unwrap().len(), 6);
    to(BlockFormat::Prometheus);
    assert_eq!(dump(&db), before);
    for block in tools::open_blocks(&db).unwrap() {
        promtool(&["tsdb", "analyze", db.to_str().unwrap(), &block.meta().ulid.to_string()]);
    }
}
