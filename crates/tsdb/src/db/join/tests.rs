use model::histogram::Histogram;
use proptest::prelude::*;

use super::*;

fn histogram(count: u64, hint: ResetHint) -> HistogramValue {
    let h = Histogram { count, zero_count: count, reset_hint: hint, ..Histogram::default() };
    HistogramValue::Integer(h)
}

/// Floats at these times; the value is the part's number.
fn floats(part: f64, times: &[i64]) -> Samples {
    let mut samples = Samples::default();
    for t in times {
        samples.push_started(if t % 3 == 0 { t - 1 } else { 0 }, *t, part);
    }
    samples
}

fn histograms(part: u64, times: &[i64]) -> Samples {
    let mut samples = Samples::default();
    for (i, t) in times.iter().enumerate() {
        let hint = if i == 0 { ResetHint::Unknown } else { ResetHint::NotReset };
        samples.push_histogram(0, *t, histogram(part, hint));
    }
    samples
}

#[test]
fn the_first_part_stays() {
    let merged = merge(vec![floats(1.0, &[1, 3, 5]), floats(2.0, &[2, 3, 6]), floats(3.0, &[5, 6, 7])]);
    assert_eq!(merged.t, [1, 2, 3, 5, 6, 7]);
    assert_eq!(merged.v, [1.0, 2.0, 1.0, 1.0, 2.0, 3.0]);
    assert_eq!((0..6).map(|i| merged.start(i)).collect::<Vec<_>>(), [0, 0, 2, 0, 5, 0]);
    let mixed = merge(vec![histograms(1, &[1, 4]), floats(2.0, &[4, 5])]);
    assert_eq!((mixed.t, mixed.histograms.len()), (vec![5], 2));
}

#[test]
fn hints_are_kept_between_neighbours_of_one_part_only() {
    let hints = |samples: &Samples| -> Vec<(i64, ResetHint)> {
        let hint = |(t, h): &(i64, HistogramValue)| match h {
            HistogramValue::Integer(h) => (*t, h.reset_hint),
            HistogramValue::Float(h) => (*t, h.reset_hint),
        };
        samples.histograms.iter().map(hint).collect()
    };
    use ResetHint::{NotReset, Unknown};
    let merged = merge(vec![histograms(1, &[1, 2, 3, 7, 8]), histograms(2, &[4, 5])]);
    assert_eq!(
        hints(&merged),
        [
            (1, Unknown),
            (2, NotReset),
            (3, NotReset),
            (4, Unknown),
            (5, NotReset),
            (7, Unknown),
            (8, NotReset)
        ]
    );
    let with_float = merge(vec![histograms(1, &[1, 3]), floats(2.0, &[2])]);
    assert_eq!(hints(&with_float), [(1, Unknown), (3, Unknown)]);
    let repeated = merge(vec![histograms(1, &[1, 2]), histograms(2, &[2, 3])]);
    assert_eq!(hints(&repeated), [(1, Unknown), (2, NotReset), (3, Unknown)]);
}

#[test]
fn parts_that_follow_each_other_are_left_alone() {
    let mut out = floats(1.0, &[1, 3]);
    append(&mut out, histograms(1, &[4]));
    let next = (out.t.len(), out.histograms.len());
    append(&mut out, floats(2.0, &[6, 9]));
    let before = out.clone();
    join(&mut out, (0, 0), next);
    assert_eq!(out, before);
    assert_eq!((out.start(1), out.start(2), out.start(3)), (2, 5, 8));
}

proptest! {
    #[test]
    fn joining_equals_a_map(parts in prop::collection::vec(prop::collection::btree_set(0i64..60, 0..30), 1..5)) {
        let mut expected = std::collections::BTreeMap::new();
        let mut out = floats(9.0, &[-5]);
        for (p, times) in parts.iter().enumerate() {
            let times: Vec<i64> = times.iter().copied().collect();
            let next = (out.t.len(), out.histograms.len());
            append(&mut out, floats(p as f64, &times));
            join(&mut out, (1, 0), next);
            for t in times {
                expected.entry(t).or_insert(p as f64);
            }
        }
        let found: Vec<(i64, f64)> = out.t.iter().copied().zip(out.v.iter().copied()).skip(1).collect();
        prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        for (i, t) in out.t.iter().enumerate() {
            prop_assert_eq!(out.start(i), if t % 3 == 0 { t - 1 } else { 0 });
        }
    }
}
