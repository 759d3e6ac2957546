//! Our tools beside Debian's promtool, which is of version 2.42: same arguments, same directory, same input.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a program printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// Runs `bongsu tool`.
pub fn ours(dir: &Path, args: &[&str], input: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bongsu"));
    command.arg("tool");
    run(command, dir, args, input)
}

/// Runs Debian's promtool; `make test` installs it.
pub fn theirs(dir: &Path, args: &[&str], input: &str) -> Ended {
    run(Command::new("promtool"), dir, args, input)
}

/// Runs both and returns what both printed to standard output.
pub fn both_print(dir: &Path, args: &[&str]) -> String {
    let (ours, theirs) = (ours(dir, args, ""), theirs(dir, args, ""));
    assert_eq!((&ours.out, ours.code), (&theirs.out, theirs.code), "{args:?}: {} / {}", ours.err, theirs.err);
    ours.out
}

fn run(mut command: Command, dir: &Path, args: &[&str], input: &str) -> Ended {
    command.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
    // A program that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ended = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { out: text(ended.stdout), err: text(ended.stderr), code: ended.status.code() }
}

/// Two gauges with a sample a minute from 1,700,000,000 on, as OpenMetrics text.
pub fn openmetrics() -> String {
    let mut text = "# TYPE a gauge\n".to_owned();
    for series in 1..=2 {
        for minute in 0..200 {
            let (value, time) = (f64::from(minute * series) / 2.0, 1_700_000_000 + minute * 60);
            text += &format!("a{{job=\"x\",i=\"{series}\"}} {value} {time}\n");
        }
    }
    text + "# EOF\n"
}

/// Makes a database's directory `db` of [`openmetrics`].
pub fn make_blocks(dir: &Path) {
    std::fs::write(dir.join("in.om"), openmetrics()).unwrap();
    let made = theirs(dir, &["tsdb", "create-blocks-from", "openmetrics", "in.om", "db"], "");
    assert_eq!(made.code, Some(0), "{made:?}");
    // Without a log promtool 2.42 dumps nothing.
    std::fs::create_dir(dir.join("db/wal")).unwrap();
}
