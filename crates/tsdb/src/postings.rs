//! Lists of series: sorted, each once, and their algebra.
//!
//! A list is borrowed from where it lives (the head's vectors, a mapped index file with big-endian numbers) and only
//! copied when something must be computed. Results are plain vectors: an intersection is rarely large, and a union
//! of everything costs four bytes a series. The head's lists are [`Packed`] and shared, so a reader holds no lock while it uses them.
//!
//! Invariant: numbers strictly increase. Lists read from damaged files may break it; operations then give a wrong
//! answer, but neither panic nor loop.

mod packed;

use std::sync::Arc;

pub use packed::{Packed, Run, Runs, Seeker};

/// A sorted list of series numbers.
#[derive(Clone, Debug)]
pub enum Postings<'a> {
    /// Numbers in memory.
    Slice(&'a [u32]),
    /// Numbers of our own.
    Owned(Vec<u32>),
    /// Numbers as in index files: four bytes each, big-endian. The length is a multiple of four.
    BigEndian(&'a [[u8; 4]]),
    /// Neighbours.
    Run(Run),
    /// Runs, as they were when the list was asked for.
    Packed(Arc<Packed>),
}

impl<'a> Postings<'a> {
    /// The list without series.
    pub const EMPTY: Postings<'static> = Postings::Slice(&[]);

    /// Returns the number of series.
    pub fn len(&self) -> usize {
        match self {
            Postings::Slice(s) => s.len(),
            Postings::Owned(v) => v.len(),
            Postings::BigEndian(b) => b.len(),
            Postings::Run(run) => (run.end - run.start) as usize,
            Postings::Packed(p) => p.len(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let none: (&[u32], &[[u8; 4]], Run, Option<&Packed>) = (&[], &[], Run::default(), None);
        let (native, big_endian, run, packed) = match self {
            Postings::Slice(s) => (*s, none.1, none.2, none.3),
            Postings::Owned(v) => (v.as_slice(), none.1, none.2, none.3),
            Postings::BigEndian(b) => (none.0, *b, none.2, none.3),
            Postings::Run(run) => (none.0, none.1, *run, none.3),
            Postings::Packed(p) => (none.0, none.1, none.2, Some(&**p)),
        };
        let big_endian = big_endian.iter().map(|b| u32::from_be_bytes(*b));
        let packed = packed.into_iter().flat_map(Packed::runs).flat_map(|run| run.start..run.end);
        native.iter().copied().chain(big_endian).chain(run.start..run.end).chain(packed)
    }

    /// Returns the largest number.
    fn last(&self) -> Option<u32> {
        match self {
            Postings::Slice(s) => s.last().copied(),
            Postings::Owned(v) => v.last().copied(),
            // A damaged list may not be sorted.
            Postings::BigEndian(b) => b.iter().map(|b| u32::from_be_bytes(*b)).max(),
            Postings::Run(run) => run.end.checked_sub(1),
            Postings::Packed(p) => p.end().checked_sub(1),
        }
    }

    /// Returns the numbers as a vector.
    pub fn into_vec(self) -> Vec<u32> {
        match self {
            Postings::Owned(v) => v,
            Postings::Slice(s) => s.to_vec(),
            Postings::BigEndian(b) => b.iter().map(|b| u32::from_be_bytes(*b)).collect(),
            Postings::Run(run) => (run.start..run.end).collect(),
            Postings::Packed(p) => {
                let mut all = Vec::with_capacity(p.len());
                p.runs().for_each(|run| all.extend(run.start..run.end));
                all
            }
        }
    }

    /// Tells whether a series is in the list.
    pub fn contains(&self, series: u32) -> bool {
        match self {
            Postings::Slice(s) => s.binary_search(&series).is_ok(),
            Postings::Owned(v) => v.binary_search(&series).is_ok(),
            Postings::BigEndian(b) => b.binary_search(&series.to_be_bytes()).is_ok(),
            Postings::Run(run) => (run.start..run.end).contains(&series),
            Postings::Packed(p) => p.seeker().seek(series).start <= series,
        }
    }
}

/// A number as it stands in a list.
trait Stored: Copy {
    fn number(self) -> u32;
}

impl Stored for u32 {
    #[inline(always)]
    fn number(self) -> u32 {
        self
    }
}

impl Stored for [u8; 4] {
    #[inline(always)]
    fn number(self) -> u32 {
        u32::from_be_bytes(self)
    }
}

/// Returns the first index from `from` on whose number is not below `target`, by doubling steps: cheap if it is near.
#[inline]
fn seek<S: Stored>(list: &[S], from: usize, target: u32) -> usize {
    let rest = &list[from.min(list.len())..];
    let mut step = 1;
    while step < rest.len() && rest[step - 1].number() < target {
        step *= 2;
    }
    let low = step / 2;
    let high = step.min(rest.len());
    from + low + rest[low..high].partition_point(|s| s.number() < target)
}

/// Keeps in `kept` the numbers that are in `list`, or with `keep_found` false those that are not.
fn retain<S: Stored>(kept: &mut Vec<u32>, list: &[S], keep_found: bool) {
    let mut at = 0;
    kept.retain(|&n| {
        at = seek(list, at, n);
        let found = list.get(at).is_some_and(|s| s.number() == n);
        found == keep_found
    });
}

fn retain_in(kept: &mut Vec<u32>, list: &Postings<'_>, keep_found: bool) {
    match list {
        Postings::Slice(s) => retain(kept, s, keep_found),
        Postings::Owned(v) => retain(kept, v, keep_found),
        Postings::BigEndian(b) => retain(kept, b, keep_found),
        Postings::Run(run) => kept.retain(|n| (run.start..run.end).contains(n) == keep_found),
        Postings::Packed(p) => {
            let mut seeker = p.seeker();
            kept.retain(|&n| (seeker.seek(n).start <= n) == keep_found);
        }
    }
}

/// Returns the series that are in all lists; none if there are no lists. Cost: the shortest list, with a search by
/// doubling steps in each other.
pub fn intersect(mut lists: Vec<Postings<'_>>) -> Vec<u32> {
    lists.sort_by_key(Postings::len);
    let mut lists = lists.into_iter();
    let Some(shortest) = lists.next() else { return Vec::new() };
    let mut kept = shortest.into_vec();
    for list in lists {
        if kept.is_empty() {
            break;
        }
        retain_in(&mut kept, &list, true);
    }
    kept
}

/// Removes the series of `list` from `base`.
pub fn subtract(base: &mut Vec<u32>, list: &Postings<'_>) {
    if !base.is_empty() && !list.is_empty() {
        retain_in(base, list, false);
    }
}

/// Tells whether two lists share a series.
pub fn intersects(a: &[u32], list: &Postings<'_>) -> bool {
    fn any<S: Stored>(a: &[u32], list: &[S]) -> bool {
        let (mut i, mut j) = (0, 0);
        while let (Some(&x), Some(y)) = (a.get(i), list.get(j)) {
            match x.cmp(&y.number()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => i = seek(a, i + 1, y.number()),
                std::cmp::Ordering::Greater => j = seek(list, j + 1, x),
            }
        }
        false
    }
    match list {
        Postings::Slice(s) => any(a, s),
        Postings::Owned(v) => any(a, v),
        Postings::BigEndian(b) => any(a, b),
        Postings::Run(run) => any_in(a, *run),
        Postings::Packed(p) if p.len() < a.len() => p.runs().any(|run| any_in(a, run)),
        Postings::Packed(p) => {
            let mut seeker = p.seeker();
            a.iter().any(|&n| seeker.seek(n).start <= n)
        }
    }
}

/// Tells whether a list has a number in a run.
fn any_in(a: &[u32], run: Run) -> bool {
    a.get(a.partition_point(|n| *n < run.start)).is_some_and(|n| *n < run.end)
}

/// Returns the series that are in any list.
pub fn union<'a>(mut lists: Vec<Postings<'a>>) -> Postings<'a> {
    lists.retain(|l| !l.is_empty());
    if lists.len() < 2 {
        return lists.pop().unwrap_or(Postings::EMPTY);
    }
    let total: usize = lists.iter().map(Postings::len).sum();
    let last = lists.iter().filter_map(Postings::last).max().unwrap_or(0);
    if last as usize / 64 <= total {
        return Postings::Owned(union_by_bitmap(&lists, last));
    }
    let mut all = Vec::with_capacity(total);
    for list in &lists {
        all.extend(list.iter());
    }
    all.sort(); // stable: it finds the sorted runs and merges them
    all.dedup();
    Postings::Owned(all)
}

/// One bit for each possible number: linear whatever the number of lists, if the numbers are dense.
fn union_by_bitmap(lists: &[Postings<'_>], last: u32) -> Vec<u32> {
    let mut words = vec![0u64; last as usize / 64 + 1];
    for list in lists {
        match list {
            Postings::Run(run) => set(&mut words, *run),
            Postings::Packed(p) => p.runs().for_each(|run| set(&mut words, run)),
            Postings::Slice(_) | Postings::Owned(_) | Postings::BigEndian(_) => {
                list.iter().for_each(|n| words[n as usize / 64] |= 1 << (n % 64));
            }
        }
    }
    let mut all = Vec::with_capacity(words.iter().map(|w| w.count_ones() as usize).sum());
    for (i, mut word) in words.into_iter().enumerate() {
        while word != 0 {
            all.push(i as u32 * 64 + word.trailing_zeros());
            word &= word - 1;
        }
    }
    all
}

/// Sets the bits of a run.
fn set(words: &mut [u64], run: Run) {
    let mut n = run.start;
    while n < run.end {
        let upto = run.end.min((n / 64 + 1) * 64);
        words[n as usize / 64] |= (u64::MAX >> (64 - (upto - n))) << (n % 64);
        n = upto;
    }
}

#[cfg(test)]
mod tests;
