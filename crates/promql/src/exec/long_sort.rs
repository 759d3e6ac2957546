//! Sorting what may be millions of series, without losing sight of whether the query shall end.

use std::cmp::Ordering;

use super::stop::{HEADS_BETWEEN_LOOKS, Stop};
use crate::error::QueryError;

/// Up to so many are sorted in one go; longer ones in runs of so many, which are merged.
const RUN: usize = 1 << 12;

/// Sorts stably.
///
/// # Errors
/// What ends the query; then the items are as before.
pub(crate) fn sort_by<T>(
    items: &mut Vec<T>,
    stop: &Stop,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Result<(), QueryError> {
    if items.len() <= RUN {
        items.sort_by(compare);
        return Ok(());
    }
    let order = order(items, stop, compare)?;
    let mut places: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|i| places[i].take()));
    Ok(())
}

/// The indexes of items in their sorted order.
fn order<T>(
    items: &[T],
    stop: &Stop,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Result<Vec<usize>, QueryError> {
    let mut sorted: Vec<usize> = (0..items.len()).collect();
    for run in sorted.chunks_mut(RUN) {
        stop.check()?;
        run.sort_by(|a, b| compare(&items[*a], &items[*b]));
    }
    let mut merged = vec![0; items.len()];
    let mut width = RUN;
    while width < items.len() {
        for (from, to) in sorted.chunks(2 * width).zip(merged.chunks_mut(2 * width)) {
            let (left, right) = from.split_at(width.min(from.len()));
            merge((left, right), to, stop, |a, b| compare(&items[*a], &items[*b]))?;
        }
        std::mem::swap(&mut sorted, &mut merged);
        width *= 2;
    }
    Ok(sorted)
}

/// Merges two sorted lists; of equals those on the left come first.
fn merge(
    (mut left, mut right): (&[usize], &[usize]),
    to: &mut [usize],
    stop: &Stop,
    compare: impl Fn(&usize, &usize) -> Ordering,
) -> Result<(), QueryError> {
    let mut done = 0;
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if done % HEADS_BETWEEN_LOOKS == 0 {
            stop.check()?;
            // What was in order before stays where it is.
            if left.last().is_some_and(|last| compare(last, second).is_le()) {
                break;
            }
        }
        if compare(first, second).is_le() {
            (to[done], left) = (*first, left_rest);
        } else {
            (to[done], right) = (*second, right_rest);
        }
        done += 1;
    }
    let (of_left, of_right) = to[done..].split_at_mut(left.len());
    of_left.copy_from_slice(left);
    of_right.copy_from_slice(right);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut random = 7u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for len in [0, 1, RUN, RUN + 1, 2 * RUN, 3 * RUN + 5, 9 * RUN - 1] {
            for keys in [1, 10, 1 << 30] {
                let mut items: Vec<(u64, usize)> = (0..len).map(|i| (next(keys), i)).collect();
                let mut want = items.clone();
                want.sort_by_key(|item| item.0);
                sort_by(&mut items, &Stop::default(), |a, b| a.0.cmp(&b.0)).unwrap();
                assert!(items == want, "{len} items of {keys} keys");
                sort_by(&mut items, &Stop::default(), |a, b| a.0.cmp(&b.0)).unwrap();
                assert!(items == want, "{len} sorted items of {keys} keys");
            }
        }
    }

    #[test]
    fn a_stopped_sort_leaves_everything_as_it_was() {
        let stop = Stop::default();
        stop.cancel().cancel();
        let mut items: Vec<usize> = (0..3 * RUN).rev().collect();
        let before = items.clone();
        assert!(matches!(sort_by(&mut items, &stop, Ord::cmp), Err(QueryError::Canceled)));
        assert!(items == before);
    }
}
