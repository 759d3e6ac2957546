use proptest::prelude::*;
use storage::{Select, SelectRequest};

use super::*;
use crate::db::DbView;
use crate::tools::open_blocks;

fn labels(i: u32) -> Labels {
    Labels::from_pairs([("__name__", "m".to_owned()), ("i", i.to_string())])
}

/// Returns all samples below a directory: series, time, value.
fn stored(dir: &Path) -> Vec<(String, i64, f64)> {
    let view = DbView::new(None, open_blocks(dir).unwrap());
    let all = [model::Matcher::new(model::MatchOp::Regex, "__name__", ".+").unwrap()];
    let request = SelectRequest { sorted: true, ..SelectRequest::new(&all, TimeRange::ALL) };
    let set = view.select(&request).unwrap();
    let mut found = Vec::new();
    for i in 0..set.len() {
        let mut samples = Samples::default();
        set.read(i, TimeRange::ALL, &mut samples).unwrap();
        found.extend(samples.t.iter().zip(&samples.v).map(|(t, v)| (set.labels(i).to_string(), *t, *v)));
    }
    found
}

fn write(blocks: &mut NewBlocks, dir: &Path) -> Vec<BlockMeta> {
    let mut written = Vec::new();
    blocks
        .write(dir, 1, |block| {
            assert!(block.bytes > 0);
            written.push(block.meta);
            Ok::<(), FileError>(())
        })
        .unwrap();
    written
}

#[test]
fn lengths_are_powers_of_three_times_two_hours() {
    const HOUR: i64 = 3_600_000;
    for (asked, want) in [
        (i64::MIN, 2),
        (0, 2),
        (2 * HOUR, 2),
        (6 * HOUR - 1, 2),
        (6 * HOUR, 6),
        (48 * HOUR, 18),
        (2048 * HOUR, 1458),
        (i64::MAX, 39_366),
    ] {
        assert_eq!(compatible_block_ms(asked), want * HOUR, "{asked}");
    }
}

#[test]
fn each_range_is_a_block_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = NewBlocks::new(1000);
    let (a, b) = (blocks.series(&labels(1)), blocks.series(&labels(2)));
    assert_eq!(blocks.series(&labels(1)), a);
    for (series, t) in [(b, 2500), (a, -1), (a, 0), (a, 999), (a, 1000), (b, 1000)] {
        blocks.float(series, t, t as f64);
    }
    let metas = write(&mut blocks, dir.path());
    let ranges: Vec<(i64, i64)> = metas.iter().map(|m| (m.min_time_ms, m.max_time_ms)).collect();
    assert_eq!(ranges, [(-1, 0), (0, 1000), (1000, 1001), (2500, 2501)]);
    assert_eq!(metas.iter().map(|m| m.stats.num_samples).collect::<Vec<_>>(), [1, 2, 2, 1]);
    assert_eq!(metas.iter().map(|m| m.stats.num_series).collect::<Vec<_>>(), [1, 1, 2, 1]);
    assert!(metas.iter().all(|m| m.compaction.level == 1 && m.compaction.sources == [m.ulid]));
    assert_eq!(write(&mut blocks, dir.path()).len(), 0, "what was written is forgotten");
}

#[test]
fn the_first_of_several_at_one_time_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = NewBlocks::new(1000);
    let a = blocks.series(&labels(1));
    for (t, v) in [(10, 1.0), (10, 2.0), (30, 3.0), (20, 4.0), (20, 5.0), (30, 3.0)] {
        blocks.float(a, t, v);
    }
    write(&mut blocks, dir.path());
    let name = labels(1).to_string();
    assert_eq!(stored(dir.path()), [(name.clone(), 10, 1.0), (name.clone(), 20, 4.0), (name, 30, 3.0)]);
    assert_eq!(blocks.dropped(), 3);
}

#[test]
fn histograms_are_kept_between_floats() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = NewBlocks::new(1000);
    let a = blocks.series(&labels(1));
    let h = |count| {
        HistogramValue::Integer(model::histogram::Histogram {
            count,
            zero_count: count,
            ..Default::default()
        })
    };
    blocks.histogram(a, 20, h(2));
    blocks.float(a, 30, 3.0);
    blocks.histogram(a, 10, h(1));
    blocks.float(a, 20, 9.0);
    let metas = write(&mut blocks, dir.path());
    assert_eq!((metas[0].stats.num_float_samples, metas[0].stats.num_histogram_samples), (1, 2));
    assert_eq!(blocks.dropped(), 1, "a histogram stood at 20 first");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))] // each makes real blocks, synced to disk

    #[test]
    fn any_order_gives_the_same_samples(
        samples in prop::collection::vec((0u32..3, -3000i64..3000, -5i32..5), 0..400),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut blocks = NewBlocks::new(2000);
        let mut model: BTreeMap<(String, i64), f64> = BTreeMap::new();
        let mut offered = 0;
        for (i, t, v) in &samples {
            let series = blocks.series(&labels(*i));
            blocks.float(series, *t, f64::from(*v));
            offered += 1;
            model.entry((labels(*i).to_string(), *t)).or_insert(f64::from(*v));
        }
        write(&mut blocks, dir.path());
        let want: Vec<(String, i64, f64)> = model.into_iter().map(|((l, t), v)| (l, t, v)).collect();
        prop_assert_eq!(blocks.dropped(), offered - want.len() as u64);
        prop_assert_eq!(stored(dir.path()), want);
    }
}
