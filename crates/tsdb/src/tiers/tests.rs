//! Rules: which series follows which, and when.

use model::Matcher;

use super::retention::{Aged, Beyond};
use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn rule(name: &str, keep_ms: Option<i64>, downsample: Option<(i64, i64)>) -> Rule {
    Rule {
        selector: format!("{{__name__=\"{name}\"}}"),
        matchers: vec![Matcher::equal("__name__", name)],
        keep_ms,
        downsample: downsample
            .into_iter()
            .map(|(resolution_ms, after_ms)| Downsample { resolution_ms, after_ms })
            .collect(),
        beside: Vec::new(),
    }
}

fn policy() -> Policy {
    let rules = vec![
        rule("short", Some(15 * DAY), None),
        rule("long", Some(400 * DAY), Some((300_000, 7 * DAY))),
        rule("forever", Some(0), None),
        rule("as_others", None, Some((HOUR, 2 * DAY))),
    ];
    Policy { dense_after_ms: 3 * DAY, rules }
}

#[test]
fn of_several_tiers_the_last_that_is_due_counts() {
    let tiers = [(300_000, 7 * DAY), (HOUR, 90 * DAY)];
    let downsample = tiers.map(|(resolution_ms, after_ms)| Downsample { resolution_ms, after_ms }).to_vec();
    let rules = vec![Rule { downsample, ..rule("several", None, None) }];
    let policy = Policy { dense_after_ms: 0, rules };
    for (age, fate) in [
        (7 * DAY - 1, Fate::Stay),
        (7 * DAY, Fate::Downsample(300_000)),
        (90 * DAY - 1, Fate::Downsample(300_000)),
        (90 * DAY, Fate::Downsample(HOUR)),
    ] {
        assert_eq!(policy.fates(age, 0).by_rule, [fate], "{age}");
    }
    // Blocks stay short until the next tier has them.
    assert_eq!([0, 7 * DAY, 90 * DAY].map(|age| policy.block_ms_max(age)), [7 * DAY / 10, 9 * DAY, i64::MAX]);
}

#[test]
fn fates_follow_age() {
    use Fate::{Downsample, Go, Stay};
    let five_minutes = Downsample(300_000);
    for (age, by_rule, others) in [
        (0, [Stay, Stay, Stay, Stay], Stay),
        (2 * DAY - 1, [Stay, Stay, Stay, Stay], Stay),
        (2 * DAY, [Stay, Stay, Stay, Downsample(HOUR)], Stay),
        (7 * DAY, [Stay, five_minutes, Stay, Downsample(HOUR)], Stay),
        (15 * DAY, [Go, five_minutes, Stay, Downsample(HOUR)], Stay),
        (30 * DAY, [Go, five_minutes, Stay, Go], Go),
        (400 * DAY, [Go, Go, Stay, Go], Go),
    ] {
        let fates = policy().fates(age, 30 * DAY);
        assert_eq!((&fates.by_rule[..], fates.others), (&by_rule[..], others), "{age}");
        assert_eq!(fates.all_stay(), age < 2 * DAY);
        assert!(!fates.all_go());
    }
    // Without a global retention only rules take anything away.
    let fates = policy().fates(1000 * DAY, 0);
    assert_eq!((&fates.by_rule[..], fates.others), (&[Go, Go, Stay, Downsample(HOUR)][..], Stay));
    assert!(Policy::default().fates(DAY, DAY).all_go());
}

#[test]
fn blocks_that_wait_for_a_rule_stay_short() {
    for (age, expected) in [
        (0, 2 * DAY / 10),
        (2 * DAY, 3 * DAY / 10),
        (3 * DAY, 7 * DAY / 10),
        (7 * DAY, 15 * DAY / 10),
        (15 * DAY, 40 * DAY),
        (400 * DAY, i64::MAX),
    ] {
        assert_eq!(policy().block_ms_max(age), expected, "{age}");
    }
    assert_eq!(Policy::default().block_ms_max(0), i64::MAX);
}

#[test]
fn blocks_beyond_time_and_size() {
    let aged = |max_time_ms, held_by_rule| Aged { max_time_ms, bytes: 100, held_by_rule };
    let blocks = [aged(1000, false), aged(900, false), aged(800, true), aged(700, false)];
    for (time_ms, head_bytes, bytes_max, expected, reasons) in [
        (0, 0, 0, vec![], (false, false)),
        (101, 0, 0, vec![3], (true, false)), // a rule holds the third
        (100, 0, 0, vec![1, 3], (true, false)),
        (1, 0, 0, vec![1, 3], (true, false)),   // the newest stays
        (0, 0, 250, vec![2, 3], (false, true)), // no rule holds against size
        (0, 150, 250, vec![1, 2, 3], (false, true)),
        (300, 0, 399, vec![3], (true, true)),
        (0, 0, 1, vec![0, 1, 2, 3], (false, true)),
    ] {
        let retention = Retention { time_ms, ..Retention::default() };
        let beyond = retention.beyond(&blocks, head_bytes, bytes_max);
        assert_eq!(
            (beyond.blocks, (beyond.by_time, beyond.by_size)),
            (expected, reasons),
            "{time_ms} {bytes_max}"
        );
    }
    assert_eq!(Retention::default().beyond(&[], 5, 1), Beyond::default());
}

#[test]
fn a_percentage_prevails_where_the_disk_tells_its_size() {
    let retention = Retention { bytes: 7, percentage: 2.5, ..Retention::default() };
    assert_eq!((retention.bytes_on(Some(1000)), retention.bytes_on(None)), (25, 7));
    assert_eq!(Retention { bytes: 7, ..Retention::default() }.bytes_on(Some(1000)), 7);
}
