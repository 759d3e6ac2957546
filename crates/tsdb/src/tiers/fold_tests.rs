//! Downsampled series against all their samples: what PromQL asks of windows made of whole buckets is the same.

use model::value::{STALE_NAN_BITS, is_stale};
use proptest::prelude::*;
use storage::{Between, Figure, Needs, SampleHint, Samples, TimeRange};

use super::chunk;
use super::fold::{Downsampled, Folding, end_of};
use super::read;
use crate::chunkenc::{self, Encoding};
use crate::tombstones::Intervals;

const RESOLUTION: i64 = 100;

fn fold(t: &[i64], v: &[f64], counter: bool) -> Downsampled {
    let mut folding = Folding::new(RESOLUTION, counter);
    folding.add(t, v);
    folding.finish()
}

/// Times and values that lie in `(from, to]`, staleness markers left out.
fn window(t: &[i64], v: &[f64], from: i64, to: i64) -> Vec<(i64, f64)> {
    let all = t.iter().copied().zip(v.iter().copied());
    all.filter(|(t, v)| from < *t && *t <= to && !is_stale(*v)).collect()
}

/// What a counter increased between first and last sample, resets put right.
fn increase(window: &[(i64, f64)]) -> f64 {
    window.windows(2).map(|w| if w[1].1 < w[0].1 { w[1].1 } else { w[1].1 - w[0].1 }).sum()
}

fn resets(window: &[(i64, f64)]) -> usize {
    window.windows(2).filter(|w| w[1].1 < w[0].1).count()
}

fn extremes(window: &[(i64, f64)]) -> (f64, f64) {
    window.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (_, v)| (a.min(*v), b.max(*v)))
}

fn read_all(folded: &Downsampled, hint: Option<SampleHint>) -> Samples {
    let mut out = Samples::default();
    read::samples(folded, hint.as_ref(), TimeRange::ALL, &mut out);
    out
}

fn figures(folded: &Downsampled, figure: Figure, hint: Option<SampleHint>) -> Samples {
    let mut out = Samples::default();
    read::figures(folded, figure, hint.as_ref(), TimeRange::ALL, &mut out);
    out
}

fn hint(between: Between, window_ms: i64) -> SampleHint {
    SampleHint { between, start_ms: 0, step_ms: RESOLUTION, window_ms, needs: Needs::Outline }
}

/// A counter with resets, gaps and staleness markers.
fn counter() -> impl Strategy<Value = (Vec<i64>, Vec<f64>)> {
    let one = (1i64..40, 0u32..30, 0u32..60);
    proptest::collection::vec(one, 1..300).prop_map(|steps| {
        let (mut t, mut value) = (-500i64, 10.0);
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for (gap, grown, odd) in steps {
            t += if odd == 3 { 10 * gap } else { gap };
            value = if odd == 1 { f64::from(grown) } else { value + f64::from(grown) };
            times.push(t);
            values.push(if odd == 2 { f64::from_bits(STALE_NAN_BITS) } else { value });
        }
        (times, values)
    })
}

proptest! {
    #[test]
    fn windows_of_whole_buckets_answer_as_all_samples((t, v) in counter(), buckets in 1i64..8, start in -6i64..10) {
        let folded = fold(&t, &v, true);
        prop_assert!(folded.t.windows(2).all(|w| w[0] < w[1]));
        let (from, to) = (start * RESOLUTION, (start + buckets) * RESOLUTION);
        let raw = window(&t, &v, from, to);
        let wide = hint(Between::Even, buckets * RESOLUTION);
        for hint in [None, Some(hint(Between::Even, buckets * RESOLUTION)), Some(hint(Between::Held, 50)), Some(wide)] {
            let read = read_all(&folded, hint);
            prop_assert!(read.t.windows(2).all(|w| w[0] < w[1]), "{:?}", read.t);
            let seen = window(&read.t, &read.v, from, to);
            prop_assert_eq!((seen.first(), seen.last()), (raw.first(), raw.last()));
            prop_assert_eq!(resets(&seen), resets(&raw));
            prop_assert!((increase(&seen) - increase(&raw)).abs() < 1e-6);
            prop_assert_eq!(extremes(&seen), extremes(&raw));
            prop_assert!(seen.len() <= 2 * raw.len(), "about as many samples as there were");
        }
        for hint in [None, Some(wide)] {
            let count: f64 = window(&figures(&folded, Figure::Count, hint).t, &figures(&folded, Figure::Count, hint).v, from, to).iter().map(|s| s.1).sum();
            prop_assert_eq!(count, raw.len() as f64);
            let sums = figures(&folded, Figure::Sum, hint);
            let sum: f64 = window(&sums.t, &sums.v, from, to).iter().map(|s| s.1).sum();
            prop_assert!((sum - raw.iter().map(|s| s.1).sum::<f64>()).abs() < 1e-6);
        }
        // Figures given in parts are still all there.
        let odd = SampleHint { window_ms: 130, ..wide };
        let parts: f64 = figures(&folded, Figure::Count, Some(odd)).v.iter().sum();
        prop_assert!((parts - v.iter().filter(|v| !is_stale(**v)).count() as f64).abs() < 1e-6);
    }

    #[test]
    fn chunks_round_trip_and_folding_again_changes_nothing((t, v) in counter(), cut in 0usize..300) {
        let folded = fold(&t, &v, true);
        let mut back = Downsampled { resolution_ms: RESOLUTION, ..Downsampled::default() };
        for encoded in chunk::encode(&folded) {
            let new = encoded.as_new();
            let part = chunk::decode(new.data).unwrap();
            prop_assert_eq!((new.min_ms, new.max_ms), (part.t[0], part.t[part.t.len() - 1]));
            prop_assert_eq!(chunk::resolution_of(new.data), Some(RESOLUTION));
            let mut plain = Samples::default();
            chunkenc::decode(Encoding::Downsampled, new.data, TimeRange::ALL, &mut plain).unwrap();
            prop_assert_eq!(&plain.t, &part.t);
            back.t.extend(part.t);
            back.v.extend(part.v);
            back.buckets.extend(part.buckets);
        }
        let bits = |d: &Downsampled| d.v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!((&back.t, bits(&back), &back.buckets), (&folded.t, bits(&folded), &folded.buckets));
        // In two parts, as of two blocks, and coarser in two steps or one.
        let cut = cut.min(t.len());
        let mut joined = Folding::new(RESOLUTION, true);
        joined.absorb(&fold(&t[..cut], &v[..cut], true), None);
        joined.absorb(&fold(&t[cut..], &v[cut..], true), None);
        let joined = joined.finish();
        prop_assert!(joined.t.iter().all(|t| folded.t.contains(t) || (cut > 0 && cut < v.len())));
        prop_assert_eq!(joined.buckets.iter().map(|b| b.count).sum::<u64>(), folded.buckets.iter().map(|b| b.count).sum::<u64>());
        let mut coarse = Folding::new(4 * RESOLUTION, true);
        coarse.absorb(&folded, None);
        let (coarse, mut at_once) = (coarse.finish(), Folding::new(4 * RESOLUTION, true));
        at_once.add(&t, &v);
        let at_once = at_once.finish();
        let counts = |d: &Downsampled| d.buckets.iter().map(|b| (b.end_ms, b.count)).collect::<Vec<_>>();
        prop_assert_eq!(counts(&coarse), counts(&at_once));
        let live = |d: &Downsampled| window(&d.t, &d.v, i64::MIN, i64::MAX);
        prop_assert_eq!(increase(&live(&coarse)), increase(&live(&at_once)));
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..120), at in any::<u16>(), with in 1u8..) {
        let _either = chunk::decode(&bytes);
        let t: Vec<i64> = (0..200).map(|i| 7 * i).collect();
        let v: Vec<f64> = t.iter().map(|t| (*t % 91) as f64).collect();
        let mut good = chunk::encode(&fold(&t, &v, false))[0].as_new().data.to_vec();
        let at = usize::from(at) % good.len();
        good[at] ^= with;
        if let Ok(folded) = chunk::decode(&good) {
            for hint in [None, Some(hint(Between::Even, 1)), Some(hint(Between::Held, i64::MAX))] {
                let mut out = Samples::default();
                read::figures(&folded, Figure::Sum, hint.as_ref(), TimeRange { min_ms: 0, max_ms: 1 }, &mut out);
            }
        }
    }
}

#[test]
fn buckets_are_open_at_the_start_and_closed_at_the_end() {
    for (t, end) in
        [(0, 0), (1, 100), (100, 100), (101, 200), (-1, 0), (-100, -100), (-101, -100), (i64::MAX, i64::MAX)]
    {
        assert_eq!(end_of(t, RESOLUTION), end, "{t}");
    }
}

#[test]
fn what_is_kept_of_a_bucket() {
    let stale = f64::from_bits(STALE_NAN_BITS);
    let ten: Vec<i64> = (1..=10).collect();
    for (name, v, counter, kept) in [
        ("constant", vec![1.0; 10], false, vec![1, 10]),
        ("rising", (0..10).map(f64::from).collect(), false, vec![1, 10]),
        ("extremes inside", vec![5., 6., 9., 7., 6., 1., 5., 5., 5., 5.], false, vec![1, 3, 6, 10]),
        ("gauge", vec![5., 4., 6., 3., 7., 2., 8., 1., 9., 5.], false, vec![1, 8, 9, 10]),
        ("counter that resets often", vec![5., 4., 6., 3., 7., 2., 8., 1., 9., 5.], true, ten.clone()),
        ("one reset", vec![5., 6., 7., 8., 0., 1., 2., 3., 4., 5.], false, vec![1, 4, 5, 10]),
        ("stale inside", vec![1., 2., 3., stale, 4., 5., 6., 7., 8., 9.], false, vec![1, 3, 4, 5, 10]),
        ("only stale", vec![stale; 10], false, ten.clone()),
    ] {
        assert_eq!(fold(&ten, &v, counter).t, kept, "{name}");
    }
    assert!(fold(&ten, &[stale; 10], false).buckets.is_empty());
}

#[test]
fn look_ups_always_find_a_sample_within_their_lookback() {
    let t: Vec<i64> = (0..400).map(|i| 5 * i).collect();
    let v: Vec<f64> = (0..400).map(f64::from).collect();
    let mut hour = Folding::new(1000, false);
    hour.add(&t, &v);
    let folded = hour.finish();
    assert_eq!(folded.t, [0, 5, 1000, 1005, 1995]);
    for lookback in [20, 50, 300, 999] {
        let read = read_all(&folded, Some(hint(Between::Held, lookback)));
        assert!(read.t.windows(2).all(|w| w[1] - w[0] < lookback), "{lookback}: {:?}", read.t);
        assert!(read.v.iter().all(|v| folded.v.contains(v)));
    }
    let even = read_all(&folded, Some(hint(Between::Even, 160)));
    assert!(
        even.t.len() > 100 && even.t.iter().zip(&even.v).all(|(t, v)| (*v - *t as f64 / 5.0).abs() < 1.0)
    );
    assert!(read_all(&folded, Some(hint(Between::Held, 2000))).t.len() <= 7);
}

#[test]
fn deletions_take_samples_and_whole_buckets() {
    let t: Vec<i64> = (1..=300).collect();
    let v = vec![1.0; 300];
    let mut deleted = Intervals::default();
    deleted.add(TimeRange { min_ms: 50, max_ms: 200 });
    let mut folding = Folding::new(RESOLUTION, false);
    folding.absorb(&fold(&t, &v, false), Some(&deleted));
    let left = folding.finish();
    assert_eq!(left.t, [1, 201, 300]);
    assert_eq!(
        left.buckets.iter().map(|b| (b.end_ms, b.count)).collect::<Vec<_>>(),
        [(100, 100), (300, 100)]
    );
}

#[test]
fn sums_keep_small_values_beside_large_ones() {
    let v = [1e16, 1.0, -1e16, 1.0];
    assert_eq!(fold(&[1, 2, 3, 4], &v, false).buckets[0].sum, 2.0);
    let inf = [f64::INFINITY, 1.0];
    assert_eq!(fold(&[1, 2], &inf, false).buckets[0].sum, f64::INFINITY);
    assert!(fold(&[1, 2], &[f64::NAN, 1.0], false).buckets[0].sum.is_nan());
}
