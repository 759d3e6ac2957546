//! Round trips of whole indexes, and damage.

use model::{Labels, MatchOp, Matcher};
use proptest::prelude::*;
use storage::{Cancel, Projection};

use super::*;
use crate::chunks::{ChunkMeta, ChunkRef};
use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;
use crate::select::{IndexRead, label_names, label_values, series_matching};

/// Series with their chunks.
type Content = Vec<(Labels, Vec<ChunkMeta>)>;

fn symbols(content: &Content) -> Vec<String> {
    let mut all: Vec<String> =
        content.iter().flat_map(|(l, _)| l.iter().flat_map(|(n, v)| [n.to_owned(), v.to_owned()])).collect();
    all.sort();
    all.dedup();
    all
}

fn write(path: &std::path::Path, content: &Content) -> Result<u64, FileError> {
    let symbols = symbols(content);
    let mut writer = IndexWriter::create(path, symbols.iter().map(String::as_str))?;
    for (labels, chunks) in content {
        writer.add_series(labels, chunks)?;
    }
    writer.finish()
}

fn chunks(from: u64, times: &[(i64, i64)]) -> Vec<ChunkMeta> {
    let meta = |(i, &(min_ms, max_ms)): (usize, &(i64, i64))| ChunkMeta {
        chunk: ChunkRef(from + 100 * i as u64),
        min_ms,
        max_ms,
    };
    times.iter().enumerate().map(meta).collect()
}

fn content(n: usize) -> Content {
    let mut content: Content = (0..n)
        .map(|i| {
            let labels = Labels::from_pairs([
                ("__name__", format!("metric_{}", i % 7)),
                ("instance", format!("host-{i}")),
                ("ключ", format!("значение {}", i % 3)),
            ]);
            (labels, Vec::new())
        })
        .collect();
    content.sort_by(|a, b| a.0.cmp(&b.0));
    for (i, (_, c)) in content.iter_mut().enumerate() {
        *c = chunks(8 + 1000 * i as u64, &[(-5, 10), (11, 11), (1 << 40, i64::MAX)][..1 + i % 3]);
    }
    content
}

fn check(content: &Content) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let size = write(&path, content).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    assert_eq!(reader.bytes(), size);
    assert_eq!(reader.symbols().collect::<Vec<_>>(), symbols(content));

    let all = reader.all_postings().unwrap().into_vec();
    assert_eq!(all.len(), content.len());
    for (&number, (labels, chunks)) in all.iter().zip(content) {
        assert_eq!(&reader.labels(number).unwrap(), labels);
        let mut found = Vec::new();
        reader.chunks(number, &mut found).unwrap();
        assert_eq!(&found, chunks);
        for (name, value) in labels {
            assert!(reader.postings(name, value).unwrap().contains(number), "{name}={value}");
        }
    }
    let mut names: Vec<_> = content.iter().flat_map(|(l, _)| l.iter().map(|(n, _)| n)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(label_names(&reader, &[], &Cancel::default()).unwrap(), names);
    for name in names {
        let mut values: Vec<_> = content.iter().map(|(l, _)| l.get(name)).filter(|v| !v.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(label_values(&reader, name, &[], &Cancel::default()).unwrap(), values);
        for value in values {
            let with = |l: &Labels| l.get(name) == value;
            let expected: Vec<u32> =
                all.iter().zip(content).filter(|(_, (l, _))| with(l)).map(|(n, _)| *n).collect();
            assert_eq!(reader.postings(name, value).unwrap().into_vec(), expected);
        }
        assert!(reader.postings(name, "no such value").unwrap().is_empty());
        assert!(reader.postings(name, "\u{10ffff}").unwrap().is_empty());
    }
    assert!(reader.postings("no such name", "x").unwrap().is_empty());
}

#[test]
fn indexes_of_many_sizes_round_trip() {
    for n in [0, 1, 2, 31, 32, 33, 64, 65, 700] {
        check(&content(n));
    }
}

proptest! {
    #[test]
    fn any_labels_round_trip(series in prop::collection::btree_set(
        prop::collection::btree_map("[a-c\u{e9}]{1,3}", ".{1,6}", 1..4), 0..40)) {
        let mut content: Content = series.into_iter().map(|l| (Labels::from_pairs(l), Vec::new())).collect();
        content.sort_by(|a, b| a.0.cmp(&b.0));
        check(&content);
    }
}

#[test]
fn selection_projection_and_names() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    write(&path, &content(100)).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    let found = series_matching(
        &reader,
        &[
            Matcher::equal("__name__", "metric_3"),
            Matcher::new(model::MatchOp::Regex, "instance", "host-(3|10|17)").unwrap(),
        ],
        &Cancel::default(),
    )
    .unwrap();
    assert_eq!(found.len(), 3);
    let only = Projection::Only(vec!["instance".into(), "absent".into()]);
    let labels = reader.projected_labels(found[0], Some(&only)).unwrap();
    assert_eq!(labels, Labels::from_pairs([("instance", "host-10")]));
    let without = Projection::Without(vec!["instance".into()]);
    assert_eq!(reader.projected_labels(found[0], Some(&without)).unwrap().len(), 2);
    assert!(reader.labels(found[0] + 1).is_err());
    assert!(reader.labels(u32::MAX).is_err());
    assert!(reader.labels(0).is_err());
}

#[test]
fn what_is_out_of_order_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let a = Labels::from_pairs([("a", "1")]);
    let cases: [(&str, Content); 5] = [
        ("series", vec![(Labels::from_pairs([("a", "2")]), vec![]), (a.clone(), vec![])]),
        ("same series", vec![(a.clone(), vec![]), (a.clone(), vec![])]),
        ("overlap", vec![(a.clone(), chunks(8, &[(0, 10), (10, 20)]))]),
        ("backwards", vec![(a.clone(), chunks(8, &[(10, 0)]))]),
        ("empty labels", vec![(Labels::empty(), vec![])]),
    ];
    for (name, content) in cases {
        assert!(matches!(write(&path, &content), Err(FileError::Unwritable { .. })), "{name}");
    }
    assert!(IndexWriter::create(&path, ["b", "a"]).is_err());
    let mut writer = IndexWriter::create(&path, ["a"]).unwrap();
    assert!(writer.add_series(&a, &[]).unwrap_err().to_string().ends_with("symbols lack label a=\"1\""));
}

/// Reads all there is to read; tells how much, and how many lists had to be found again.
fn read_all(path: &std::path::Path) -> Result<(usize, usize), storage::SelectError> {
    let reader = IndexReader::open(path)?;
    let mut found = reader.symbols().count();
    for series in reader.all_postings()?.into_vec() {
        let mut chunks = Vec::new();
        reader.chunks(series, &mut chunks)?;
        found += chunks.len() + reader.labels(series)?.len();
    }
    for name in reader.label_names()? {
        let mut values = Vec::new();
        reader.visit_label_values(&name, &[], &mut |v| values.push(v.to_owned()))?;
        for value in values {
            found += reader.postings(&name, &value)?.len();
        }
    }
    Ok((found, reader.damaged_lists().len()))
}

#[test]
fn damaged_files_are_found_and_never_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    write(&path, &content(40)).unwrap();
    let good = std::fs::read(&path).unwrap();
    let whole = read_all(&path).unwrap();
    let mut found = 0;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bad).unwrap();
        match read_all(&path) {
            Err(_) => found += 1,
            // Padding, or a list that was found again.
            Ok((n, lists)) => {
                assert_eq!(n, whole.0, "byte {at} changes what is read");
                found += usize::from(lists > 0);
            }
        }
    }
    assert!(found > good.len() * 8 / 10, "{found} of {} found", good.len());
    for length in (0..good.len()).step_by(7) {
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(read_all(&path).is_err(), "cut at {length}");
    }
}

/// Writes an index, spoils the byte that `flip` picks, and opens it.
fn damaged(content: &Content, flip: impl Fn(&[u8]) -> usize) -> (tempfile::TempDir, IndexReader) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    write(&path, content).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = flip(&bytes);
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let reader = open(&path).unwrap();
    (dir, reader)
}

fn open(path: &std::path::Path) -> Result<IndexReader, FileError> {
    IndexReader::open(crate::disk::DiskPath::new(std::sync::Arc::new(crate::disk::RealDisk), path))
}

#[test]
fn any_damaged_list_is_found_again() {
    let content = content(50);
    let matchers = [
        vec![Matcher::equal("__name__", "metric_3")],
        vec![Matcher::equal("ключ", "значение 1"), Matcher::equal("__name__", "metric_1")],
        vec![Matcher::new(MatchOp::Regex, "instance", "host-1.*").unwrap()],
        vec![Matcher::new(MatchOp::NotEqual, "__name__", "metric_2").unwrap()],
        vec![],
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    write(&path, &content).unwrap();
    let whole = open(&path).unwrap();
    let (_, series_end) = whole.series_range();
    let table = std::fs::metadata(&path).unwrap().len() as usize;
    let answers = |index: &IndexReader| -> Vec<Vec<u32>> {
        matchers.iter().map(|m| series_matching(index, m, &Cancel::default()).unwrap()).collect()
    };
    let expected = answers(&whole);
    assert_eq!(expected[4].len(), 50);
    let mut survived = 0;
    for at in (series_end..table).step_by(3) {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] ^= 1;
        let other = dir.path().join("damaged");
        std::fs::write(&other, bytes).unwrap();
        // Tables are checked when the index is opened.
        let Ok(index) = open(&other) else { continue };
        survived += 1;
        assert_eq!(answers(&index), expected, "byte {at}");
        assert_eq!(answers(&index), expected, "byte {at}, again");
        assert_eq!(index.lost_series(), 0);
    }
    assert!(survived > 50, "{survived} damaged lists");
}

#[test]
fn a_damaged_series_is_told_once_and_left_out() {
    let content = content(20);
    let (_dir, index) = damaged(&content, |bytes| {
        let mut at = None;
        let mut c = Cursor::at(bytes, 0);
        // The first entry of a series: the first multiple of 16 behind the symbols that has its checksum.
        for start in (16..bytes.len()).step_by(SERIES_ALIGN as usize) {
            c = Cursor::at(bytes, start);
            let entry = c.uvarint32().filter(|l| *l > 0).and_then(|l| c.bytes(l as usize));
            if entry.is_some_and(|e| c.be32() == Some(crc32c(e))) {
                at = Some(start + 2);
                break;
            }
        }
        assert!(!c.is_empty());
        at.unwrap()
    });
    let all = series_matching(&index, &[], &Cancel::default()).unwrap();
    assert_eq!(all.len(), 20);
    let mut chunks = Vec::new();
    let error = index.chunks(all[0], &mut chunks).unwrap_err();
    assert!(error.is_corruption() && error.to_string().contains("series"), "{error}");
    assert!(index.leaves_out(all[0]) && !index.leaves_out(all[1]));
    assert_eq!(index.lost_series(), 1);
    // Neither in the way of others.
    let mut seen = Vec::new();
    index.visit_label_values_of(&all, "instance", &mut |value| seen.push(value.to_owned())).unwrap();
    assert_eq!(seen.len(), 19);
    let mut names = std::collections::BTreeSet::new();
    index.label_names_of(&all, &mut names).unwrap();
    assert_eq!(names.len(), 3);
}
