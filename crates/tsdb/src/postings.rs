//! Lists of series: sorted, each once, and their algebra.
//!
//! A list is borrowed from where it lives (the head's vectors, a mapped index file with big-endian numbers) and only
//! copied when something must be computed. Results are plain vectors: an intersection is rarely large, and a union
//! of everything costs four bytes a series.
//!
//! Invariant: numbers strictly increase. Lists read from damaged files may break it; operations then give a wrong
//! answer, but neither panic nor loop.

/// A sorted list of series numbers.
#[derive(Clone, Debug)]
pub enum Postings<'a> {
    /// Numbers in memory.
    Slice(&'a [u32]),
    /// Numbers of our own.
    Owned(Vec<u32>),
    /// Numbers as in index files: four bytes each, big-endian. The length is a multiple of four.
    BigEndian(&'a [[u8; 4]]),
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
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (native, big_endian): (&[u32], &[[u8; 4]]) = match self {
            Postings::Slice(s) => (s, &[]),
            Postings::Owned(v) => (v, &[]),
            Postings::BigEndian(b) => (&[], b),
        };
        native.iter().copied().chain(big_endian.iter().map(|b| u32::from_be_bytes(*b)))
    }

    /// Returns the numbers as a vector.
    pub fn into_vec(self) -> Vec<u32> {
        match self {
            Postings::Owned(v) => v,
            Postings::Slice(s) => s.to_vec(),
            Postings::BigEndian(b) => b.iter().map(|b| u32::from_be_bytes(*b)).collect(),
        }
    }

    /// Tells whether a series is in the list.
    pub fn contains(&self, series: u32) -> bool {
        match self {
            Postings::Slice(s) => s.binary_search(&series).is_ok(),
            Postings::Owned(v) => v.binary_search(&series).is_ok(),
            Postings::BigEndian(b) => b.binary_search(&series.to_be_bytes()).is_ok(),
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
    }
}

/// Returns the series that are in any list.
pub fn union<'a>(mut lists: Vec<Postings<'a>>) -> Postings<'a> {
    lists.retain(|l| !l.is_empty());
    if lists.len() < 2 {
        return lists.pop().unwrap_or(Postings::EMPTY);
    }
    let total: usize = lists.iter().map(Postings::len).sum();
    let last = lists.iter().filter_map(|l| l.iter().max()).max().unwrap_or(0);
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
    for n in lists.iter().flat_map(Postings::iter) {
        words[n as usize / 64] |= 1 << (n % 64);
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

#[cfg(test)]
mod tests;
