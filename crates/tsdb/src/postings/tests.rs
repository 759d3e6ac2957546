//! The algebra against plain sets.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// One list in each of its forms, from one set.
fn form<'a>(form: u8, numbers: &'a [u32], big_endian: &'a [[u8; 4]]) -> Postings<'a> {
    match form % 3 {
        0 => Postings::Slice(numbers),
        1 => Postings::Owned(numbers.to_vec()),
        _ => Postings::BigEndian(big_endian),
    }
}

fn sets(max: u32) -> impl Strategy<Value = Vec<(u8, BTreeSet<u32>)>> {
    prop::collection::vec((0u8..3, prop::collection::btree_set(0..max, 0..80)), 1..5)
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

proptest! {
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
