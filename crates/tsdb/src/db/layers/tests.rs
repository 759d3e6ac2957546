use storage::{Between, Needs};

use super::*;
use crate::block::{BesideSamples, OwnFormat};

const FINE: i64 = 300_000;
const COARSE: i64 = 3_600_000;

/// A block of samples with these sources.
fn samples(sources: &[u128]) -> BlockMeta {
    let mut meta = BlockMeta::new(Ulid::from(sources[0] + 1000), 0, 1);
    meta.compaction.sources = sources.iter().map(|s| Ulid::from(*s)).collect();
    meta
}

fn buckets(rule: u64, resolution_ms: i64, alone: bool, sources: &[u128]) -> BlockMeta {
    let beside = Some(BesideSamples { rule, alone });
    samples(sources).in_own_format(OwnFormat { resolution_ms, beside, ..OwnFormat::default() })
}

/// Windows of an hour every so often.
fn hint(step_ms: i64) -> Option<SampleHint> {
    Some(SampleHint {
        between: Between::Held,
        start_ms: 0,
        step_ms,
        window_ms: COARSE,
        needs: Needs::Outline,
    })
}

fn chosen(metas: &[BlockMeta], hint: Option<SampleHint>) -> Vec<(usize, Vec<usize>)> {
    Layers::of(metas).choose(hint.as_ref()).into_iter().map(|c| (c.block, c.hides)).collect()
}

#[test]
fn the_coarsest_buckets_that_answer_hide_their_samples() {
    let metas =
        [samples(&[1]), buckets(7, FINE, false, &[1]), buckets(7, COARSE, false, &[1]), samples(&[2])];
    for (hint, expected) in [
        (None, vec![(0, vec![]), (3, vec![])]),
        (hint(15_000), vec![(0, vec![]), (3, vec![])]),
        (hint(FINE), vec![(0, vec![]), (1, vec![0]), (3, vec![])]),
        (hint(COARSE), vec![(0, vec![]), (2, vec![0]), (3, vec![])]),
        (hint(0), vec![(0, vec![]), (2, vec![0]), (3, vec![])]),
    ] {
        assert_eq!(chosen(&metas, hint), expected, "{hint:?}");
    }
}

#[test]
fn rules_have_their_own_buckets_of_one_block() {
    let metas = [samples(&[1]), buckets(7, FINE, false, &[1]), buckets(8, COARSE, false, &[1])];
    assert_eq!(chosen(&metas, hint(COARSE)), [(0, vec![]), (1, vec![0]), (2, vec![0])]);
    assert_eq!(chosen(&metas, hint(FINE)), [(0, vec![]), (1, vec![0])]);
}

#[test]
fn buckets_of_what_was_merged_since_are_not_read() {
    let metas = [samples(&[1, 2]), buckets(7, FINE, false, &[1]), buckets(7, FINE, false, &[2])];
    assert_eq!(chosen(&metas, hint(FINE)), [(0, vec![])]);
    assert_eq!(Layers::of(&metas).standing(1), Standing::Outdated);
    assert!(Layers::of(&metas).touch(0, 2) && !Layers::of(&metas).touch(1, 2));
}

#[test]
fn buckets_alone_are_read_whatever_is_asked() {
    // The samples of their rule have just left the block; other series are still there.
    let metas = [samples(&[1]), buckets(7, FINE, true, &[1]), buckets(7, COARSE, true, &[1])];
    assert_eq!(chosen(&metas, None), [(0, vec![1]), (1, vec![])]);
    assert_eq!(chosen(&metas, hint(COARSE)), [(0, vec![]), (2, vec![0])]);
    // The block was merged since: none of its series is in the buckets.
    let metas = [samples(&[1, 2]), buckets(7, FINE, true, &[1])];
    assert_eq!(chosen(&metas, None), [(0, vec![]), (1, vec![])]);
    // Nothing but buckets is left.
    let metas = [buckets(7, FINE, false, &[1]), buckets(7, COARSE, false, &[1])];
    assert_eq!(chosen(&metas, None), [(0, vec![])]);
    assert_eq!(chosen(&metas, hint(15_000)), [(0, vec![])]);
    assert_eq!(chosen(&metas, hint(COARSE)), [(1, vec![])]);
}

#[test]
fn coarse_buckets_stand_for_finer_ones_only_if_they_have_all_of_them() {
    let fine = buckets(7, FINE, true, &[1, 2]);
    let (one, two) = (buckets(7, COARSE, true, &[1]), buckets(7, COARSE, true, &[2]));
    let older = buckets(7, COARSE, true, &[9]);
    assert_eq!(chosen(&[fine.clone(), one.clone()], hint(COARSE)), [(0, vec![])]);
    let all = [older, fine, one, two];
    assert_eq!(chosen(&all, hint(COARSE)), [(0, vec![]), (2, vec![]), (3, vec![])]);
    assert_eq!(chosen(&all, hint(FINE)), [(0, vec![]), (1, vec![])]);
}

#[test]
fn coarser_buckets_are_merged_behind_finer_ones() {
    let all_of = |metas: &[BlockMeta]| (0..metas.len()).collect::<Vec<_>>();
    let merged = |metas: &[BlockMeta]| {
        Layers::of(metas).mergeable(|free| if free.len() > 1 { all_of(free) } else { Vec::new() })
    };
    let (fine, coarse) = (|s: &[u128]| buckets(7, FINE, true, s), |s: &[u128]| buckets(7, COARSE, true, s));
    for (metas, expected) in [
        // Samples are there.
        (
            vec![samples(&[1]), samples(&[2]), buckets(7, FINE, false, &[1]), buckets(7, FINE, false, &[2])],
            vec![],
        ),
        (vec![fine(&[1]), coarse(&[1]), fine(&[2]), coarse(&[2])], vec![0, 2]),
        (vec![fine(&[1, 2]), coarse(&[1]), coarse(&[2])], vec![1, 2]),
        (vec![coarse(&[1]), coarse(&[2]), fine(&[3]), coarse(&[3])], vec![0, 1]),
        (vec![fine(&[1]), buckets(8, FINE, true, &[2])], vec![]),
    ] {
        assert_eq!(merged(&metas), expected, "{metas:?}");
    }
}
