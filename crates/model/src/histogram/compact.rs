//! Leaving out empty buckets.
//!
//! Source: Prometheus 3.14 `model/histogram/generic.go`, `compactBuckets`.

use super::{FloatHistogram, Histogram, HistogramValue, Span, absolute_counts};

impl Histogram {
    /// Leaves out empty buckets, except runs of at most `empty_max` between others, which cost less than a span.
    /// Spans that do not fit the buckets are left alone.
    pub fn compact(&mut self, empty_max: u32) {
        for (spans, deltas) in [
            (&mut self.positive_spans, &mut self.positive_deltas),
            (&mut self.negative_spans, &mut self.negative_deltas),
        ] {
            let mut counts = absolute_counts(deltas);
            compact(spans, &mut counts, empty_max, |count| *count == 0, 0);
            let mut previous = 0i64;
            deltas.clear();
            deltas.extend(counts.iter().map(|count| {
                let delta = count.wrapping_sub(previous);
                previous = *count;
                delta
            }));
        }
    }
}

impl FloatHistogram {
    /// As [`Histogram::compact`].
    pub fn compact(&mut self, empty_max: u32) {
        for (spans, counts) in [
            (&mut self.positive_spans, &mut self.positive_buckets),
            (&mut self.negative_spans, &mut self.negative_buckets),
        ] {
            compact(spans, counts, empty_max, |count| *count == 0.0, 0.0);
        }
    }
}

impl HistogramValue {
    /// As [`Histogram::compact`].
    pub fn compact(&mut self, empty_max: u32) {
        match self {
            HistogramValue::Integer(h) => h.compact(empty_max),
            HistogramValue::Float(h) => h.compact(empty_max),
        }
    }
}

fn compact<T: Copy>(
    spans: &mut Vec<Span>,
    counts: &mut Vec<T>,
    empty_max: u32,
    is_empty: impl Fn(&T) -> bool,
    empty: T,
) {
    let needed: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if needed != counts.len() as u64 {
        return;
    }
    let (mut out_spans, mut out_counts) = (Vec::<Span>::new(), Vec::<T>::with_capacity(counts.len()));
    // The index behind the last bucket that was read, and behind the last one that was kept.
    let (mut index, mut kept) = (0i64, 0i64);
    let mut read = 0;
    for span in spans.iter() {
        index += i64::from(span.offset);
        for _ in 0..span.length {
            let count = counts[read];
            read += 1;
            if !is_empty(&count) {
                let gap = index - kept;
                match out_spans.last_mut() {
                    Some(last) if gap <= i64::from(empty_max) => {
                        last.length += gap as u32 + 1;
                        out_counts.extend(std::iter::repeat_n(empty, gap as usize));
                    }
                    Some(_) | None => out_spans.push(Span { offset: gap as i32, length: 1 }),
                }
                out_counts.push(count);
                kept = index + 1;
            }
            index += 1;
        }
    }
    *spans = out_spans;
    *counts = out_counts;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(spans: &[(i32, u32)], counts: &[f64]) -> FloatHistogram {
        FloatHistogram {
            positive_spans: spans.iter().map(|&(offset, length)| Span { offset, length }).collect(),
            positive_buckets: counts.to_vec(),
            ..FloatHistogram::default()
        }
    }

    #[test]
    fn leaves_out_empty_buckets() {
        type Buckets<'a> = (&'a [(i32, u32)], &'a [f64]);
        let cases: [(Buckets<'_>, u32, Buckets<'_>); 7] = [
            ((&[], &[]), 0, (&[], &[])),
            ((&[(0, 0)], &[]), 0, (&[], &[])),
            ((&[(-2, 1), (2, 3)], &[1., 3.3, 4.2, 0.1]), 0, (&[(-2, 1), (2, 3)], &[1., 3.3, 4.2, 0.1])),
            ((&[(-4, 4), (2, 3)], &[0., 0., 1., 0., 3.3, 4.2, 0.]), 0, (&[(-2, 1), (3, 2)], &[1., 3.3, 4.2])),
            ((&[(0, 5)], &[1., 0., 0., 0., 2.]), 2, (&[(0, 1), (3, 1)], &[1., 2.])),
            ((&[(0, 4)], &[1., 0., 0., 2.]), 2, (&[(0, 4)], &[1., 0., 0., 2.])),
            ((&[(0, 1), (1, 1)], &[1., 2.]), 1, (&[(0, 3)], &[1., 0., 2.])),
        ];
        for ((spans, counts), empty_max, (expected_spans, expected_counts)) in cases {
            let mut h = float(spans, counts);
            h.compact(empty_max);
            assert_eq!(h, float(expected_spans, expected_counts), "{spans:?} {counts:?}");
        }
    }

    #[test]
    fn keeps_deltas_consistent() {
        let mut h = Histogram {
            negative_spans: vec![Span { offset: 0, length: 4 }],
            negative_deltas: vec![2, -2, 0, 3],
            ..Histogram::default()
        };
        h.compact(0);
        assert_eq!(h.negative_spans, [Span { offset: 0, length: 1 }, Span { offset: 2, length: 1 }]);
        assert_eq!(h.negative_deltas, [2, 1]);
    }

    #[test]
    fn leaves_contradictions_alone() {
        let mut h = float(&[(0, 3)], &[1.]);
        h.compact(0);
        assert_eq!(h, float(&[(0, 3)], &[1.]));
    }
}
