//! Intervals against a set of timestamps; the file.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn range(min_ms: i64, max_ms: i64) -> TimeRange {
    TimeRange { min_ms, max_ms }
}

proptest! {
    #[test]
    fn intervals_behave_as_a_set(ranges in prop::collection::vec((0i64..60, 0i64..9), 0..12)) {
        let mut intervals = Intervals::default();
        let mut set = BTreeSet::new();
        for (min, length) in ranges {
            intervals.add(range(min, min + length));
            set.extend(min..=min + length);
        }
        for t in -1..80 {
            prop_assert_eq!(intervals.contains(t), set.contains(&t));
            prop_assert_eq!(intervals.covers(range(t, t + 3)), (t..=t + 3).all(|t| set.contains(&t)));
        }
        prop_assert!(intervals.ranges().windows(2).all(|w| w[0].max_ms + 1 < w[1].min_ms));

        let mut samples = Samples { t: (0..70).collect(), v: vec![1.5; 70], ..Samples::default() };
        intervals.remove_from(&mut samples, 5, 0);
        let kept: Vec<i64> = (0..70).filter(|t| *t < 5 || !set.contains(t)).collect();
        prop_assert_eq!(&samples.t, &kept);
        prop_assert_eq!(samples.v.len(), kept.len());
    }
}

#[test]
fn the_ends_of_time() {
    let mut intervals = Intervals::default();
    intervals.add(range(i64::MIN, i64::MIN));
    intervals.add(range(i64::MAX, i64::MAX));
    intervals.add(range(0, 0));
    assert_eq!(intervals.ranges().len(), 3);
    intervals.add(range(i64::MIN, i64::MAX));
    assert_eq!(intervals.ranges(), [TimeRange::ALL]);
}

#[test]
fn files_round_trip_and_damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Tombstones::read(dir.path()).unwrap(), (Tombstones::default(), 0));
    assert_eq!(Tombstones::default().write(dir.path()).unwrap(), 9);
    let mut tombstones = Tombstones::default();
    tombstones.add(7, range(-5, 10));
    tombstones.add(7, range(20, 30));
    tombstones.add(1 << 40, range(i64::MIN, i64::MAX));
    let size = tombstones.write(dir.path()).unwrap();
    assert_eq!(Tombstones::read(dir.path()).unwrap(), (tombstones.clone(), size));
    assert_eq!(tombstones.total(), 3);

    let path = dir.path().join(FILE_NAME);
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert!(Tombstones::read(dir.path()).unwrap_err().is_corruption(), "byte {at}");
        std::fs::write(&path, &good[..at]).unwrap();
        assert!(Tombstones::read(dir.path()).is_err(), "cut at {at}");
    }
}

#[test]
fn old_ranges_are_forgotten() {
    let mut tombstones = Tombstones::default();
    tombstones.add(1, range(0, 10));
    tombstones.add(1, range(20, 30));
    tombstones.add(2, range(0, 5));
    tombstones.truncate_before(10);
    assert_eq!(tombstones.iter().map(|(s, i)| (s, i.ranges().len())).collect::<Vec<_>>(), [(1, 2)]);
}
