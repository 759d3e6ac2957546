use jiff::{SignedDuration, Timestamp};
use model::Labels;

use super::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap()
}

fn alert(starts: i64, ends: i64, updated: i64, timeout: bool) -> Alert {
    Alert {
        labels: Labels::from_pairs([("alertname", "a")]),
        annotations: Annotations::default(),
        starts_at: at(starts),
        ends_at: at(ends),
        updated_at: at(updated),
        timeout,
        generator_url: "".into(),
    }
}

/// Minutes are relative to the older report; the newer one comes a minute later. The cases are those of Alertmanager's test.
#[test]
fn two_reports_become_one() {
    for (what, older, newer, starts, ends) in [
        ("both ends are guesses", alert(-2, 2, 0, true), alert(-1, 3, 1, true), -2, 3),
        ("only the older end is a guess", alert(-1, 3, 0, true), alert(0, 2, 1, false), -1, 2),
        ("only the newer end is a guess", alert(-1, 3, 0, false), alert(0, 2, 1, true), -1, 3),
        ("the older ends later", alert(-1, 3, 0, false), alert(0, 2, 1, false), -1, 3),
        ("the newer ends later", alert(-1, 3, 0, false), alert(-1, 4, 1, false), -1, 4),
        ("fires again", alert(-3, -1, 0, false), alert(-2, 1, 1, false), -3, 1),
        ("is resolved", alert(-2, 3, 0, false), alert(-2, 0, 1, false), -2, 0),
        ("was and is resolved", alert(-3, -1, -1, false), alert(-4, -2, 1, false), -4, -1),
    ] {
        for merged in [older.merged(newer.clone()), newer.merged(older.clone())] {
            assert_eq!((merged.starts_at, merged.ends_at), (at(starts), at(ends)), "{what}");
            assert_eq!(merged.updated_at, at(1), "{what}");
            assert_eq!(merged.timeout, newer.timeout, "{what}");
        }
    }
}

#[test]
fn activities_apart_are_not_joined() {
    let first = alert(-10, -8, -8, false);
    let second = first.updated_by(alert(0, 5, 0, true));
    assert_eq!((second.starts_at, second.ends_at), (at(0), at(5)));
    let extended = second.updated_by(alert(1, 6, 1, true));
    assert_eq!((extended.starts_at, extended.ends_at), (at(0), at(6)));
}

fn report(starts: Option<i64>, ends: Option<i64>) -> Report {
    Report {
        labels: Labels::from_pairs([("alertname", "a"), ("empty", "")]),
        starts_at: starts.map(at),
        ends_at: ends.map(at),
        ..Report::default()
    }
}

#[test]
fn missing_times_are_filled_in() {
    let five_minutes = SignedDuration::from_mins(5);
    for (starts, ends, expected) in [
        (None, None, Ok((0, 5, true))),
        (Some(-3), None, Ok((-3, 5, true))),
        (None, Some(-2), Ok((-2, -2, false))),
        (Some(-3), Some(9), Ok((-3, 9, false))),
        (Some(3), Some(2), Err(InvalidAlert::EndsBeforeStart)),
        (Some(6), None, Err(InvalidAlert::EndsBeforeStart)),
    ] {
        let found = Alert::from_report(report(starts, ends), at(0), five_minutes, Syntax::Fallback);
        let expected = expected.map(|(s, e, timeout)| (at(s), at(e), timeout));
        assert_eq!(found.map(|a| (a.starts_at, a.ends_at, a.timeout)), expected, "{starts:?} {ends:?}");
    }
}

#[test]
fn refused_names() {
    let read = |report, syntax| {
        Alert::from_report(report, at(0), SignedDuration::ZERO, syntax).map(|_| ()).map_err(|e| e.to_string())
    };
    let named = |name: &str| Report { labels: Labels::from_pairs([(name, "x")]), ..Report::default() };
    assert_eq!(read(named("a.b"), Syntax::Fallback), Ok(()));
    assert_eq!(
        read(named("a.b"), Syntax::Classic),
        Err("invalid label set: invalid name \"a.b\"".to_owned())
    );
    assert_eq!(read(Report::default(), Syntax::Fallback), Err("at least one label pair required".to_owned()));
    let mut blank = named("a");
    blank.annotations = [("", "x")].into();
    assert_eq!(read(blank, Syntax::Utf8), Err("invalid annotations: invalid name \"\"".to_owned()));
}

#[test]
fn order_in_notifications() {
    let labelled = |text: &str| {
        let pairs = text.split(',').map(|pair| pair.split_once('=').unwrap());
        Alert { labels: Labels::from_pairs(pairs), ..alert(0, 1, 0, false) }
    };
    let sorted = [
        "alertname=an1,instance=i1,job=j1",
        "alertname=an2,instance=i1,job=j1",
        "alertname=an1,instance=i1,job=j2",
        "alertname=an1,job=j2",
        "alertname=an1,instance=i1",
        "alertname=an1",
        "alertname=an2",
    ];
    let reversed: Vec<Arc<Alert>> = sorted.iter().rev().map(|text| Arc::new(labelled(text))).collect();
    assert_eq!(in_notification_order(&reversed), sorted.map(|text| Arc::new(labelled(text))));
    let (a, b) = (Labels::from_pairs([("a", "1"), ("x", "1")]), Labels::from_pairs([("b", "1"), ("x", "1")]));
    assert_eq!(label_order(&b, &a), std::cmp::Ordering::Less, "a set without the smaller name comes first");
}
