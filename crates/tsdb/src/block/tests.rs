//! Blocks: what is written is read, what is deleted is not, and unfinished blocks vanish.

use std::path::Path;
use std::sync::Arc;

use model::{Labels, Matcher};
use storage::{Cancel, LabelQuery, Projection, Samples, SelectRequest, SeriesSet, TimeRange};
use ulid::Ulid;

use super::*;
use crate::chunkenc::{Encoding, XorAppender};
use crate::chunks::NewChunk;

fn labels(i: usize) -> Labels {
    Labels::from_pairs([("__name__", "m"), ("even", ["yes", "no"][i % 2]), ("i", &format!("{i:03}"))])
}

/// The samples of series `i`: 240 in two chunks.
fn points(i: usize) -> Vec<(i64, f64)> {
    (0..240).map(|k| (1000 * k, (k * i as i64) as f64 / 3.0)).collect()
}

fn chunk_of(points: &[(i64, f64)]) -> Vec<u8> {
    let mut chunk = Vec::new();
    let mut appender = XorAppender::start(&mut chunk);
    points.iter().for_each(|(t, v)| appender.append(&mut chunk, *t, *v));
    chunk
}

fn symbols(n: usize) -> Vec<String> {
    let mut all: Vec<String> = (0..n)
        .flat_map(|i| labels(i).iter().flat_map(|(n, v)| [n.to_owned(), v.to_owned()]).collect::<Vec<_>>())
        .collect();
    all.sort();
    all.dedup();
    all
}

fn writer(dir: &Path, n: usize) -> BlockWriter {
    let meta = BlockMeta::new(Ulid::from(7u128), 0, 240_000);
    let mut writer = BlockWriter::create(dir, meta, symbols(n).iter().map(String::as_str)).unwrap();
    let mut all: Vec<usize> = (0..n).collect();
    all.sort_by_key(|i| labels(*i));
    for i in all {
        let points = points(i);
        let chunks: Vec<_> = points.chunks(120).map(|p| (chunk_of(p), p[0].0, p[119].0)).collect();
        let new: Vec<_> = chunks
            .iter()
            .map(|(data, min_ms, max_ms)| NewChunk {
                encoding: Encoding::Xor,
                data,
                min_ms: *min_ms,
                max_ms: *max_ms,
            })
            .collect();
        writer.add_series(&labels(i), &new).unwrap();
    }
    writer
}

fn block(dir: &Path, n: usize) -> Arc<Block> {
    let meta = writer(dir, n).finish().unwrap().unwrap();
    Arc::new(Block::open(dir.join(meta.ulid.to_string())).unwrap())
}

fn read(set: &BlockSeries, i: usize, range: TimeRange) -> Vec<(i64, f64)> {
    let mut out = Samples::default();
    set.read(i, range, &mut out).unwrap();
    out.t.into_iter().zip(out.v).collect()
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let block = block(dir.path(), 50);
    let stats = block.meta().stats;
    assert_eq!((stats.num_series, stats.num_chunks, stats.num_samples), (50, 100, 50 * 240));

    let matchers = [Matcher::equal("even", "yes")];
    let request = SelectRequest { sorted: true, ..SelectRequest::new(&matchers, TimeRange::ALL) };
    let set = block.select(&request).unwrap();
    assert_eq!(set.len(), 25);
    for k in 0..25 {
        assert_eq!(set.labels(k), labels(2 * k));
        assert_eq!(read(&set, k, TimeRange::ALL), points(2 * k));
        assert_eq!(read(&set, k, TimeRange { min_ms: 119_001, max_ms: 120_000 }), points(2 * k)[120..121]);
    }
    let nothing = TimeRange { min_ms: 119_001, max_ms: 119_999 };
    assert_eq!(block.select(&SelectRequest::new(&matchers, nothing)).unwrap().len(), 0);

    let by_number = Some(Projection::Without(vec!["even".into()]));
    let request =
        SelectRequest { sorted: true, projection: by_number, ..SelectRequest::new(&[], TimeRange::ALL) };
    let set = block.select(&request).unwrap();
    assert!((1..50).all(|i| set.labels(i - 1) < set.labels(i)));

    let all = [matchers.to_vec()];
    let query = LabelQuery::new(&all, TimeRange::ALL);
    assert_eq!(block.label_names(&query, &Cancel::default()).unwrap(), ["__name__", "even", "i"]);
    assert_eq!(block.label_values("even", &query, &Cancel::default()).unwrap(), ["yes"]);
    let sets = [matchers.to_vec(), vec![Matcher::equal("i", "001")]];
    let query = LabelQuery::new(&sets, TimeRange::ALL);
    assert_eq!(block.label_values("even", &query, &Cancel::default()).unwrap(), ["no", "yes"]);
    assert_eq!(block.series().map(|s| s.unwrap().2.len()).sum::<usize>(), 100);
}

#[test]
fn deleted_samples_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let block = block(dir.path(), 4);
    let before = block.select(&SelectRequest::new(&[], TimeRange::ALL)).unwrap();
    let sets = [vec![Matcher::equal("even", "no")], vec![Matcher::equal("i", "000")]];
    block.delete(TimeRange { min_ms: 60_000, max_ms: i64::MAX }, &sets).unwrap();

    for block in [block.clone(), Arc::new(Block::open(block.dir()).unwrap())] {
        assert_eq!(block.meta().stats.num_tombstones, 3);
        let set = block.select(&SelectRequest::new(&[], TimeRange::ALL)).unwrap();
        let lengths: Vec<usize> = (0..4).map(|i| read(&set, i, TimeRange::ALL).len()).collect();
        assert_eq!(lengths, [60, 60, 60, 240]);
        assert_eq!(set.chunks(0).len(), 1);
        assert_eq!(block.bytes(), disk_bytes(block.dir().path()));
    }
    assert_eq!(read(&before, 0, TimeRange::ALL).len(), 240, "a selection does not change while it lives");
}

fn disk_bytes(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| if p.is_dir() { disk_bytes(&p) } else { p.metadata().unwrap().len() }).sum()
}

#[test]
fn unfinished_blocks_vanish() {
    let dir = tempfile::tempdir().unwrap();
    drop(writer(dir.path(), 3));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(writer(dir.path(), 0).finish().unwrap(), None);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn descriptions_are_written_as_prometheus_does() {
    let dir = tempfile::tempdir().unwrap();
    let id = |n: u128| Ulid::from(n);
    let mut meta = BlockMeta::new(id(1), -1, 2);
    meta.stats.num_samples = 3;
    let text = |meta: &BlockMeta| {
        meta.write(dir.path()).unwrap();
        assert_eq!(&BlockMeta::read(dir.path()).unwrap().0, meta);
        std::fs::read_to_string(dir.path().join("meta.json")).unwrap()
    };
    let expected = "{\n\t\"ulid\": \"00000000000000000000000001\",\n\t\"minTime\": -1,\n\t\"maxTime\": 2,\n\t\"stats\": {\n\t\t\
                    \"numSamples\": 3\n\t},\n\t\"compaction\": {\n\t\t\"level\": 1,\n\t\t\"sources\": [\n\t\t\t\
                    \"00000000000000000000000001\"\n\t\t]\n\t},\n\t\"version\": 1\n}";
    assert_eq!(text(&meta), expected);

    meta.compaction.parents = vec![BlockParent { ulid: id(2), min_time_ms: 0, max_time_ms: 1 }];
    meta.compaction.hints = vec!["from-out-of-order".to_owned()];
    meta.compaction.deletable = true;
    assert!(
        text(&meta).contains("\"parents\": [\n\t\t\t{\n\t\t\t\t\"ulid\": \"00000000000000000000000002\"")
    );

    std::fs::write(dir.path().join("meta.json"), expected.replace("\"version\": 1", "\"version\": 2"))
        .unwrap();
    assert!(BlockMeta::read(dir.path()).unwrap_err().is_corruption());
}

#[test]
fn snapshots_are_links() {
    let dir = tempfile::tempdir().unwrap();
    let original = block(dir.path(), 2);
    let copy = dir.path().join("snapshot");
    original.link_to(&(&copy).into()).unwrap();
    let copy = Block::open(copy.join(original.meta().ulid.to_string())).unwrap();
    assert_eq!(copy.bytes(), original.bytes());
    original.delete(TimeRange::ALL, &[vec![]]).unwrap();
    assert!(Block::open(copy.dir()).unwrap().tombstones().is_empty(), "deleting replaces files");
}
