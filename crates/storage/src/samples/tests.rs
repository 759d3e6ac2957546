use model::histogram::{Histogram, HistogramValue};

use super::*;

fn histogram(count: u64) -> HistogramValue {
    HistogramValue::Integer(Histogram { count, zero_count: count, ..Histogram::default() })
}

/// Floats at 1, 2, … and histograms at 101, 102, … with these start times.
fn samples(starts: &[i64], histogram_starts: &[i64]) -> Samples {
    let mut samples = Samples::default();
    for (t, start) in (1..).zip(starts) {
        samples.push_started(*start, t, t as f64);
    }
    for (t, start) in (101..).zip(histogram_starts) {
        samples.push_histogram(*start, t, histogram(t as u64));
    }
    samples
}

fn all_starts(samples: &Samples) -> (Vec<i64>, Vec<i64>) {
    let floats = (0..samples.t.len()).map(|i| samples.start(i)).collect();
    (floats, (0..samples.histograms.len()).map(|i| samples.histogram_start(i)).collect())
}

#[test]
fn start_times_cost_nothing_where_there_are_none() {
    let none = samples(&[0, 0, 0], &[0]);
    assert!(!none.has_starts());
    assert_eq!((none.starts.capacity(), none.histogram_starts.capacity()), (0, 0));
    let some = samples(&[0, 7, 0], &[0, 9]);
    assert_eq!(some.starts, [0, 7], "the column ends with the last start");
    assert_eq!(all_starts(&some), (vec![0, 7, 0], vec![0, 9]));
}

#[test]
fn a_missing_start_time_equals_zero() {
    let mut spelled_out = samples(&[0, 7, 0], &[0]);
    spelled_out.starts.push(0);
    spelled_out.histogram_starts.push(0);
    assert_eq!(spelled_out, samples(&[0, 7, 0], &[0]));
    assert_ne!(samples(&[0, 7], &[]), samples(&[0, 8], &[]));
    assert_ne!(samples(&[0, 7], &[]), samples(&[0, 0], &[]));
}

#[test]
fn taking_samples_out_keeps_start_times_in_step() {
    let whole = samples(&[1, 0, 3, 4, 0], &[0, 6, 7]);
    let mut cut = whole.clone();
    let rest = cut.split_off(2, 1);
    assert_eq!((all_starts(&cut), all_starts(&rest)), ((vec![1, 0], vec![0]), (vec![3, 4, 0], vec![6, 7])));
    let mut behind_the_starts = whole.clone();
    assert_eq!(all_starts(&behind_the_starts.split_off(4, 3)), (vec![0], vec![]));
    let mut removed = whole.clone();
    removed.remove_floats(1..3);
    removed.remove_floats(1..3);
    removed.retain_histograms(0, |t, _| t != 102);
    assert_eq!((removed.t.as_slice(), all_starts(&removed)), (&[1i64][..], (vec![1], vec![0, 7])));
    let mut later_ones = whole.clone();
    later_ones.retain_histograms(2, |_, _| false);
    assert_eq!(all_starts(&later_ones).1, [0, 6]);
    let mut truncated = whole;
    truncated.truncate(1, 2);
    assert_eq!(all_starts(&truncated), (vec![1], vec![0, 6]));
}
