use super::*;

fn sample(t: i64) -> LateSample {
    LateSample { t, start_ms: 0, value: LateValue::Float(t as f64), epoch: 0 }
}

fn times(late: &LateSeries) -> Vec<Vec<i64>> {
    late.lists().map(|list| list.iter().map(|s| s.t).collect()).collect()
}

#[test]
fn lists_are_sorted_and_a_time_stays_with_its_first_sample() {
    let mut late = LateSeries::default();
    assert!(late.is_empty() && late.times().is_none());
    for t in [5, 1, 9, 3] {
        assert!(late.insert(sample(t)));
    }
    assert!(!late.insert(LateSample { value: LateValue::Float(7.0), ..sample(3) }));
    assert_eq!(times(&late), [[1, 3, 5, 9]]);
    assert_eq!(late.times(), Some((1, 9)));
    let mut out = Samples::default();
    let range = TimeRange { min_ms: 2, max_ms: 8 };
    append_list(late.lists().next().unwrap(), range, |_| true, &mut out);
    assert_eq!((out.t, out.v), (vec![3, 5], vec![3.0, 5.0]));
}

#[test]
fn a_list_is_full_at_32_samples() {
    let mut late = LateSeries::default();
    for t in (0..70).rev() {
        late.insert(sample(t));
    }
    assert_eq!(times(&late).iter().map(Vec::len).collect::<Vec<_>>(), [32, 32, 6]);
    assert_eq!((late.full_lists(), times(&late)[0][0], times(&late)[2].clone()), (2, 38, (0..6).collect()));
    // A full list does not refuse a repeat, as it is not looked at.
    assert!(late.insert(sample(69)));
}

#[test]
fn chunks_up_to_a_place_are_dropped() {
    let mut late = LateSeries::default();
    late.insert(sample(50));
    let chunk = |number: u32, offset: u32, t: i64| LateChunk {
        min_t: t,
        max_t: t + 5,
        place: Place::file(number, offset),
    };
    late.replace_lists([chunk(1, 8, 0), chunk(1, 90, 10), chunk(2, 8, 20)]);
    assert!(!late.has_lists());
    assert_eq!(late.times(), Some((0, 25)));
    assert_eq!(late.drop_chunks(Place::file(1, 90)), 2);
    assert_eq!(late.times(), Some((20, 25)));
    assert!(late.overlaps(TimeRange { min_ms: 25, max_ms: 30 }));
    assert!(!late.overlaps(TimeRange { min_ms: 26, max_ms: 30 }));
}
