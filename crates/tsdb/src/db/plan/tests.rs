use ulid::Ulid;

use super::*;

const LEVELS: [i64; 4] = [20, 60, 180, 540];

fn meta(min_time_ms: i64, max_time_ms: i64) -> BlockMeta {
    BlockMeta::new(Ulid::from_parts(0, min_time_ms as u128), min_time_ms, max_time_ms)
}

fn planned(ranges: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let blocks: Vec<BlockMeta> = ranges.iter().map(|(a, b)| meta(*a, *b)).collect();
    plan(&blocks, &LEVELS, &|_| i64::MAX).into_iter().map(|i| ranges[i]).collect()
}

/// The cases of the original's `TestLeveledCompactor_plan`.
#[test]
fn plans_as_the_original() {
    let none: &[(i64, i64)] = &[];
    for (blocks, expected) in [
        (none, none),
        (&[(0, 20)], none),
        (&[(0, 20), (20, 40)], none),
        (&[(0, 20), (20, 40), (40, 60)], none),
        (&[(0, 20), (20, 40), (40, 60), (60, 80)], &[(0, 20), (20, 40), (40, 60)]),
        // A block to the next level leaves room at the end.
        (&[(0, 20), (20, 40), (60, 80), (80, 100)], &[(0, 20), (20, 40)]),
        (&[(0, 60), (60, 80), (80, 100), (120, 140), (140, 160)], &[(60, 80), (80, 100)]),
        // A gap of a whole range.
        (&[(0, 60), (60, 120), (120, 180), (180, 200)], &[(0, 60), (60, 120), (120, 180)]),
        // The second does not fit into a range of 60, but all fill one of 180.
        (
            &[(0, 60), (60, 140), (140, 160), (160, 180), (180, 200)],
            &[(0, 60), (60, 140), (140, 160), (160, 180)],
        ),
        // Overlaps first.
        (&[(0, 20), (19, 40), (40, 60)], &[(0, 20), (19, 40)]),
        (&[(0, 20), (20, 40), (30, 50)], &[(20, 40), (30, 50)]),
        (&[(0, 20), (20, 40), (25, 45), (40, 60)], &[(20, 40), (25, 45), (40, 60)]),
    ] {
        assert_eq!(planned(blocks), expected, "{blocks:?}");
    }
}

#[test]
fn a_failed_block_is_left_alone() {
    let mut blocks: Vec<BlockMeta> =
        [(0, 20), (20, 40), (40, 60), (60, 80)].iter().map(|(a, b)| meta(*a, *b)).collect();
    blocks[1].compaction.failed = true;
    assert!(plan(&blocks, &LEVELS, &|_| i64::MAX).is_empty());
}

#[test]
fn a_long_block_with_many_deletions_is_rewritten() {
    let mut blocks = vec![meta(0, 540), meta(540, 560)];
    blocks[0].stats.num_series = 10;
    blocks[0].stats.num_tombstones = 3;
    assert_eq!(plan(&blocks, &LEVELS, &|_| i64::MAX), [0]);
    blocks[0].stats.num_series = 1000;
    assert!(plan(&blocks, &LEVELS, &|_| i64::MAX).is_empty());
}

#[test]
fn levels_triple_up_to_the_longest() {
    assert_eq!(levels(20, 540), LEVELS);
    assert_eq!(levels(20, 539), LEVELS[..3]);
    assert_eq!(levels(20, 20), LEVELS[..1]);
}

#[test]
fn blocks_that_wait_for_a_rule_stay_short() {
    let blocks: Vec<BlockMeta> =
        [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100)].map(|(a, b)| meta(a, b)).to_vec();
    assert_eq!(plan(&blocks, &LEVELS, &|_| 59), Vec::<usize>::new());
    assert_eq!(plan(&blocks, &LEVELS, &|_| 60), [0, 1, 2]);
    assert_eq!(
        plan(&blocks, &LEVELS, &|last| if last.max_time_ms == 60 { 20 } else { 540 }),
        Vec::<usize>::new()
    );
    // Overlapping blocks are merged however long the result.
    let blocks = [meta(0, 20), meta(10, 40)];
    assert_eq!(plan(&blocks, &LEVELS, &|_| 0), [0, 1]);
}

/// A partial block is merged with whole ones of its range, and never makes a whole block that ends later than they do.
#[test]
fn partial_blocks_wait_for_their_range() {
    let plan_of = |blocks: &[(i64, i64, bool)]| -> Vec<usize> {
        let metas = blocks.iter().map(|(from, to, partial)| {
            let mut meta = meta(*from, *to);
            if *partial {
                meta.compaction.hints = vec![crate::block::FROM_STALE_SERIES.to_owned()];
            }
            meta
        });
        plan(&metas.collect::<Vec<_>>(), &LEVELS, &|_| i64::MAX)
    };
    type Case<'a> = (&'a [(i64, i64, bool)], &'a [usize]);
    let table: [Case<'_>; 6] = [
        // It would fill a range of the next level.
        (&[(0, 20, false), (20, 40, false), (40, 60, true), (60, 80, true)], &[]),
        // Those of one range become one.
        (&[(0, 20, false), (20, 40, true), (20, 40, true)], &[1, 2]),
        (&[(0, 20, false), (20, 40, false), (20, 40, true)], &[1, 2]),
        // The last reaches beyond what is whole.
        (&[(0, 20, false), (10, 20, true), (15, 40, true)], &[0, 1]),
        (&[(0, 20, false), (15, 40, true)], &[]),
        // Whole ones are compacted around it.
        (&[(0, 20, false), (20, 40, false), (40, 60, false), (60, 80, true), (80, 100, true)], &[0, 1, 2]),
    ];
    for (blocks, expected) in table {
        assert_eq!(plan_of(blocks), expected, "{blocks:?}");
    }
}
