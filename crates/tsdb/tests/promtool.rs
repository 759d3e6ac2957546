//! Blocks made by Prometheus are read, blocks made here are read by Prometheus: Debian's promtool is the referee.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use storage::{Samples, TimeRange};
use tsdb::block::{Block, BlockMeta, BlockWriter};
use tsdb::chunkenc::{self, Encoding, XorAppender};
use tsdb::chunks::NewChunk;
use tsdb::db::DbView;
use tsdb::tools::{self, AnalyzeOptions, DumpFormat};

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

/// Two hours and a half of counters, gauges, constants, gaps, special values, odd labels.
fn openmetrics() -> String {
    let mut text = String::new();
    let start = 1_700_000_000.0;
    for s in 0..60 {
        for k in 0..600 {
            let t = start + f64::from(k) * 15.0 + f64::from((k * 7 + s) % 50) / 1000.0;
            let line = match s % 6 {
                0 => format!("requests_total{{code=\"200\",path=\"/{s}\"}} {}", k * (s + 3)),
                1 => format!("temperature{{room=\"室 {s}\"}} {}", (f64::from(k) / 10.0).sin() * f64::from(s)),
                2 => format!("constant{{n=\"{s}\"}} 1"),
                3 if k % 40 < 20 => format!("gaps{{n=\"{s}\",q=\"a\\\"b\\\\c\\nd\"}} {k}"),
                3 => continue,
                4 => format!(
                    "special{{n=\"{s}\"}} {}",
                    ["NaN", "+Inf", "-Inf", "0", "-0", "1e-300"][k as usize % 6]
                ),
                _ => format!("tiny{{n=\"{s}\"}} {:e}", 1.0 / (1.0 + f64::from(k * s))),
            };
            writeln!(text, "{line} {t:.3}").unwrap();
        }
    }
    text + "# EOF\n"
}

/// A database directory with blocks by promtool.
fn blocks_by_promtool() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (input, blocks) = (dir.path().join("input"), dir.path().join("blocks"));
    std::fs::write(&input, openmetrics()).unwrap();
    promtool(&[
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        input.to_str().unwrap(),
        blocks.to_str().unwrap(),
    ]);
    std::fs::create_dir(blocks.join("wal")).unwrap(); // or else promtool does not dump
    dir
}

fn block_dirs(db: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(db).unwrap().map(|e| e.unwrap().path());
    let mut dirs: Vec<PathBuf> = entries.filter(|p| p.join("meta.json").exists()).collect();
    dirs.sort();
    assert!(!dirs.is_empty(), "no blocks in {}", db.display());
    dirs
}

/// Prints as `promtool tsdb dump`, sorted.
fn dump(db: &Path) -> Vec<String> {
    let view = DbView::new(None, tools::open_blocks(db).unwrap());
    let text = tool(|out| tools::dump(out, &view, TimeRange::ALL, &[vec![]], DumpFormat::Prometheus));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn dump_by_promtool(db: &Path) -> Vec<String> {
    let text = promtool(&["tsdb", "dump", db.to_str().unwrap()]);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Copies blocks through our reader and our writer; every chunk is decoded and encoded anew.
fn rewrite(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("wal")).unwrap();
    for dir in block_dirs(from) {
        let block = Block::open(&dir).unwrap();
        let symbols: Vec<&str> = block.index().symbols().collect();
        let mut writer = BlockWriter::create(to, block.meta(), symbols).unwrap();
        for series in block.series() {
            let (_, labels, metas) = series.unwrap();
            let mut chunks = Vec::new();
            for meta in &metas {
                let (encoding, data) = block.chunks().chunk(meta.chunk).unwrap();
                let mut samples = Samples::default();
                chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples).unwrap();
                let mut chunk = Vec::new();
                let mut appender = XorAppender::start(&mut chunk);
                samples.t.iter().zip(&samples.v).for_each(|(t, v)| appender.append(&mut chunk, *t, *v));
                // Prometheus 2.x added the next byte as soon as one was full, even if nothing followed.
                let early = data.len() == chunk.len() + 1 && data.last() == Some(&0);
                assert_eq!(
                    chunk,
                    &data[..data.len() - usize::from(early)],
                    "our encoding of {labels} differs"
                );
                chunk.extend(early.then_some(0));
                chunks.push((chunk, meta.min_ms, meta.max_ms));
            }
            let new: Vec<NewChunk<'_>> = chunks
                .iter()
                .map(|(data, min_ms, max_ms)| NewChunk {
                    encoding: Encoding::Xor,
                    data,
                    min_ms: *min_ms,
                    max_ms: *max_ms,
                })
                .collect();
            writer.add_series(&labels, &new).unwrap();
        }
        writer.finish().unwrap().unwrap();
    }
}

#[test]
fn blocks_by_promtool_are_read_and_written_alike() {
    let work = blocks_by_promtool();
    let (theirs, ours) = (work.path().join("blocks"), work.path().join("ours"));
    let expected = dump_by_promtool(&theirs);
    assert!(expected.len() > 25_000, "{} samples", expected.len());
    assert_eq!(dump(&theirs), expected);

    rewrite(&theirs, &ours);
    assert_eq!(dump_by_promtool(&ours), expected);
    for (a, b) in block_dirs(&theirs).iter().zip(block_dirs(&ours)) {
        for file in ["chunks/000001", "tombstones"] {
            assert!(
                std::fs::read(a.join(file)).unwrap() == std::fs::read(b.join(file)).unwrap(),
                "{file} differs"
            );
        }
        let (a, b) = (BlockMeta::read(a).unwrap().0, BlockMeta::read(&b).unwrap().0);
        assert_eq!((a.stats.num_samples, a.stats.num_series), (b.stats.num_samples, b.stats.num_series));
        assert_eq!((a.ulid, a.min_time_ms, a.compaction), (b.ulid, b.min_time_ms, b.compaction));

        let list = |db: &Path| {
            let text = promtool(&["tsdb", "list", db.to_str().unwrap()]);
            // All but the size: that promtool still writes parts of the index which nobody reads.
            text.lines().map(|l| l.rsplit_once(' ').unwrap().0.trim_end().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list(&theirs), list(&ours));
        let analyze = |db: &Path| {
            let text = promtool(&[
                "tsdb",
                "analyze",
                "--extended",
                "--limit=1000",
                db.to_str().unwrap(),
                &a.ulid.to_string(),
            ]);
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort(); // equal figures stand in any order
            lines.retain(|l| !l.starts_with("1 ") && !l.starts_with("0 "));
            lines
        };
        assert_eq!(analyze(&theirs), analyze(&ours));
    }
}

/// Runs one of our tools and returns what it prints.
fn tool(run: impl FnOnce(&mut Vec<u8>) -> Result<(), tools::ToolError>) -> String {
    let mut out = Vec::new();
    run(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn our_tools_print_what_promtool_prints() {
    let work = blocks_by_promtool();
    let db = work.path().join("blocks");
    let path = db.to_str().unwrap();
    assert_eq!(tool(|out| tools::list(out, &db, false)), promtool(&["tsdb", "list", path]));
    assert_eq!(tool(|out| tools::list(out, &db, true)), promtool(&["tsdb", "list", "-r", path]));

    for block in block_dirs(&db) {
        let id = block.file_name().unwrap().to_str().unwrap();
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort(); // promtool prints equal figures in any order
            lines
        };
        let options = AnalyzeOptions { block: Some(id.to_owned()), limit: 1000, ..AnalyzeOptions::default() };
        let ours = tool(|out| tools::analyze(out, &db, &options));
        let theirs = promtool(&["tsdb", "analyze", "--limit=1000", path, id]);
        // Named so since 3.0.
        assert_eq!(sorted(ours), sorted(theirs.replace("\nSeries:", "\nTotal Series:")));
    }
}

#[test]
fn promtool_honours_our_tombstones() {
    let work = blocks_by_promtool();
    let db = work.path().join("blocks");
    let before = dump(&db);
    for dir in block_dirs(&db) {
        let block = Block::open(&dir).unwrap();
        let sets = [vec![model::Matcher::equal("__name__", "requests_total")]];
        block.delete(TimeRange { min_ms: 1_700_001_000_000, max_ms: 1_700_002_000_000 }, &sets).unwrap();
    }
    let after = dump(&db);
    assert!(after.len() < before.len());
    assert_eq!(dump_by_promtool(&db), after);
}
