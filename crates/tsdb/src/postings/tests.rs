//! The algebra against plain sets.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// One list in each of its forms, from one set.
fn form<'a>(form: u8, numbers: &'a [u32], big_endian: &'a [[u8; 4]]) -> Postings<'a> {
    match (form % 5, numbers) {
        (0, _) => Postings::Slice(numbers),
        (1, _) => Postings::Owned(numbers.to_vec()),
        (2, _) => Postings::BigEndian(big_endian),
        (3, [only]) => Postings::Run(Run { start: *only, end: *only + 1 }),
        _ => Postings::Packed(Arc::new(packed(numbers))),
    }
}

fn packed(numbers: &[u32]) -> Packed {
    let mut packed = Packed::default();
    packed.add(numbers);
    packed
}

fn numbers(packed: &Packed) -> Vec<u32> {
    packed.runs().flat_map(|run| run.start..run.end).collect()
}

fn sets(max: u32) -> impl Strategy<Value = Vec<(u8, BTreeSet<u32>)>> {
    prop::collection::vec((0u8..5, prop::collection::btree_set(0..max, 0..80)), 1..5)
}

fn check(sets: &[(u8, BTreeSet<u32>)]) -> Result<(), TestCaseError> {
    let vectors: Vec<Vec<u32>> = sets.iter().map(|(_, s)| s.iter().copied().collect()).collect();
    let encoded: Vec<Vec<[u8; 4]>> =
        vectors.iter().map(|v| v.iter().map(|n| n.to_be_bytes()).collect()).collect();
    let lists = || -> Vec<Postings<'_>> {
        sets.iter().zip(&vectors).zip(&encoded).map(|((s, v), e)| form(s.0, v, e)).collect()
    };

    let all = sets.iter().fold(sets[0].1.clone(), |a, (_, b)| &a & b);
    prop_assert_eq!(intersect(lists()), all.into_iter().collect::<Vec<_>>());

    let any = sets.iter().fold(BTreeSet::new(), |a, (_, b)| &a | b);
    prop_assert_eq!(union(lists()).into_vec(), any.into_iter().collect::<Vec<_>>());

    let last = lists().pop().unwrap();
    let mut rest = vectors[0].clone();
    subtract(&mut rest, &last);
    let expected = &sets[0].1 - &sets[sets.len() - 1].1;
    prop_assert_eq!(rest, expected.into_iter().collect::<Vec<_>>());

    let shared = !(&sets[0].1 & &sets[sets.len() - 1].1).is_empty();
    prop_assert_eq!(intersects(&vectors[0], &last), shared);
    for n in [0, 1, 7, 63, 64] {
        prop_assert_eq!(last.contains(n), sets[sets.len() - 1].1.contains(&n));
    }
    Ok(())
}

/// Numbers with long runs and wide gaps, more than fit between two signposts.
fn runs() -> impl Strategy<Value = BTreeSet<u32>> {
    prop::collection::vec((0u32..3000, 1u32..9), 0..400)
        .prop_map(|runs| runs.into_iter().flat_map(|(start, length)| start * 7..start * 7 + length).collect())
}

proptest! {
    #[test]
    fn a_packed_list_takes_numbers_in_any_order(batches in prop::collection::vec(runs(), 1..6)) {
        let (mut list, mut expected) = (Packed::default(), BTreeSet::new());
        for batch in batches {
            list.add(&batch.iter().copied().collect::<Vec<_>>());
            expected.extend(batch);
            prop_assert_eq!(list.len(), expected.len());
            prop_assert_eq!(list.end(), expected.last().map_or(0, |n| n + 1));
        }
        prop_assert_eq!(numbers(&list), expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_packed_list_finds_what_it_has(set in runs(), wanted in prop::collection::btree_set(0u32..22_000, 0..60)) {
        let list = packed(&set.iter().copied().collect::<Vec<_>>());
        let mut seeker = list.seeker();
        for n in wanted {
            let run = seeker.seek(n);
            prop_assert_eq!(run.start <= n, set.contains(&n), "{}", n);
            prop_assert!(n < run.end);
        }
    }

    #[test]
    fn a_packed_list_loses_the_dead(set in runs(), dead in runs()) {
        let list = packed(&set.iter().copied().collect::<Vec<_>>());
        let left = list.without(&dead.iter().copied().collect::<Vec<_>>());
        let expected: Vec<u32> = set.difference(&dead).copied().collect();
        prop_assert_eq!(left.len(), expected.len());
        prop_assert_eq!(numbers(&left), expected);
    }

    #[test]
    fn packed_lists_behave_as_sets(sets in prop::collection::vec((3u8..5, runs()), 1..4)) {
        check(&sets)?;
    }

    #[test]
    fn dense_lists_behave_as_sets(sets in sets(100)) {
        check(&sets)?;
    }

    #[test]
    fn sparse_lists_behave_as_sets(sets in sets(u32::MAX)) {
        check(&sets)?;
    }

    #[test]
    fn unsorted_lists_do_not_panic(numbers in prop::collection::vec(any::<u32>(), 0..50), other in prop::collection::vec(0u32..99, 0..50)) {
        let mut kept = intersect(vec![Postings::Slice(&numbers), Postings::Slice(&other)]);
        subtract(&mut kept, &Postings::Slice(&other));
        intersects(&numbers, &Postings::Slice(&other));
        union(vec![Postings::Slice(&numbers), Postings::Slice(&other)]);
    }
}

#[test]
fn neighbours_take_no_bytes_and_a_metric_of_each_target_two() {
    let mut neighbours = Packed::default();
    neighbours.add(&(10..100_010).collect::<Vec<_>>());
    assert_eq!((neighbours.heap_bytes(), neighbours.as_run()), (0, Some(Run { start: 10, end: 100_010 })));
    let one_of_each: Vec<u32> = (0..1000).map(|target| target * 1000 + 17).collect();
    let bytes = packed(&one_of_each).heap_bytes();
    assert!((2000..3000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn late_series_cost_the_end_of_the_list_only() {
    // Two batches that created series by turns, as two targets that are scraped for the first time at once.
    let (even, odd): (Vec<u32>, Vec<u32>) = (0..100_000u32).partition(|n| n / 128 % 2 == 0);
    let mut list = packed(&even);
    for some in odd.chunks(1000) {
        list.add(some);
    }
    assert_eq!(list.len(), 100_000);
    assert_eq!(numbers(&list), (0..100_000).collect::<Vec<_>>());
}
