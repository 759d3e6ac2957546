//! Where two histograms have buckets, and how to rewrite one in the other's layout.

use model::histogram::Span;

/// Bucket indexes of spans, in order. Wide enough that no sequence of offsets overflows it.
pub(crate) fn indexes(spans: &[Span]) -> impl Iterator<Item = i64> + '_ {
    let mut next = 0i64;
    spans.iter().flat_map(move |span| {
        let first = next + i64::from(span.offset);
        next = first + i64::from(span.length);
        first..next
    })
}

/// What a later histogram's buckets of one sign need, compared with an earlier one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Difference {
    /// It has buckets that the earlier lacks.
    pub(crate) more: bool,
    /// It lacks buckets that the earlier has.
    pub(crate) fewer: bool,
}

/// Compares where buckets are, without regard to their counts.
pub(crate) fn compare(earlier: &[Span], later: &[Span]) -> Difference {
    let zeros = || std::iter::repeat(0u8);
    counter_difference((earlier, zeros()), (later, zeros())).unwrap_or_default()
}

/// Compares buckets with absolute counts; `None` if a count fell or a bucket in use vanished: a counter reset.
pub(crate) fn counter_difference<C: PartialOrd + Default>(
    (earlier, earlier_counts): (&[Span], impl Iterator<Item = C>),
    (later, later_counts): (&[Span], impl Iterator<Item = C>),
) -> Option<Difference> {
    let mut a = indexes(earlier).zip(earlier_counts).peekable();
    let mut b = indexes(later).zip(later_counts).peekable();
    let mut difference = Difference::default();
    loop {
        let (in_a, in_b) = match (a.peek(), b.peek()) {
            (None, None) => return Some(difference),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (Some((i, _)), Some((j, _))) => (i <= j, j <= i),
        };
        let was = if in_a { a.next() } else { None };
        let is = if in_b { b.next() } else { None };
        match (was, is) {
            (Some((_, was)), Some((_, is))) if was > is => return None,
            (Some((_, was)), None) if was == C::default() => difference.fewer = true,
            (Some(_), None) => return None,
            (None, Some(_)) => difference.more = true,
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

/// Returns spans that cover the buckets of both, each run of neighbours in one span.
pub(crate) fn union(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut a, mut b) = (indexes(a).peekable(), indexes(b).peekable());
    let mut next = 0i64;
    loop {
        let index = match (a.peek(), b.peek()) {
            (None, None) => return spans,
            (Some(&i), None) | (None, Some(&i)) => i,
            (Some(&i), Some(&j)) => i.min(j),
        };
        a.next_if_eq(&index);
        b.next_if_eq(&index);
        match spans.last_mut() {
            Some(last) if index == next => last.length += 1,
            Some(_) | None => spans.push(Span { offset: (index - next) as i32, length: 1 }),
        }
        next = index + 1;
    }
}

/// Rewrites absolute counts from one layout in a wider one; new buckets are zero.
pub(crate) fn spread<C: Default>(from: &[Span], to: &[Span], counts: impl Iterator<Item = C>) -> Vec<C> {
    let mut counts = indexes(from).zip(counts).peekable();
    indexes(to).map(|i| counts.next_if(|(j, _)| *j == i).map_or_else(C::default, |(_, c)| c)).collect()
}
