//! Alerts beyond all measure, and clocks that jump.

use super::*;

const HOUR: i64 = 3600;
const DAY_SECONDS: i64 = 24 * HOUR;

/// Reports an alert as Prometheus does: it ends four minutes from now, and is reported again each minute.
fn report_again(drive: &mut Drive, name: &str, since: i64) {
    let reported = report(&format!("alertname={name},job=j"), since.min(drive.now), Some(drive.now + 240));
    assert!(drive.manager.handle_alerts([reported], at(drive.now)).is_empty());
}

/// Lets so many minutes pass, with a report of each alert in each. Returns what was told.
fn minutes(drive: &mut Drive, names: &[&str], since: i64, count: i64) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        names.iter().for_each(|name| report_again(drive, name, since));
        told.extend(drive.run(drive.now + 60));
    }
    told
}

#[test]
fn a_clock_that_jumps_neither_mutes_nor_repeats() {
    for jump in [-DAY_SECONDS, -HOUR, -30, HOUR, DAY_SECONDS] {
        let mut drive = Drive::new(settings());
        // Before the group was looked at.
        report_again(&mut drive, "early", 0);
        drive.now = 10 + jump;
        let told = minutes(&mut drive, &["early"], 10, 2);
        assert_eq!(told.len(), 1, "{jump}: {told:?}");

        // Once it is told: nothing new is said for less than the repeat interval, and a new alert within group_interval.
        drive.now += jump;
        let told = minutes(&mut drive, &["early"], 10, 20);
        let repeats = usize::from(jump == DAY_SECONDS);
        assert_eq!(told.len(), repeats, "{jump}: {told:?}");
        let told = minutes(&mut drive, &["early", "late"], 10, 6);
        assert_eq!(told.len(), 1, "{jump}: {told:?}");
        assert!(told[0].contains("NewAlerts"), "{told:?}");
    }
}

#[test]
fn an_alert_that_ends_after_the_clock_went_back_is_over() {
    let mut drive = Drive::new(settings());
    minutes(&mut drive, &["down"], -600, 10);
    drive.now -= DAY_SECONDS;
    let ended = report("alertname=down,job=j", -600, Some(drive.now));
    let ended = Report { starts_at: Some(at(drive.now - 60)), ..ended };
    assert!(drive.manager.handle_alerts([ended], at(drive.now)).is_empty());
    let told = drive.run(drive.now + 600);
    assert!(told.len() == 1 && told[0].contains("AllResolved"), "{told:?}");
}

#[test]
fn what_is_stored_after_the_clock_went_back_wins_against_peers() {
    let mut drive = Drive::new(settings());
    minutes(&mut drive, &["a"], 0, 2);
    let silence = Silence {
        id: String::new(),
        matcher_sets: vec![matchers("a=b")],
        receiver_matcher_sets: Vec::new(),
        starts_at: at(drive.now - 2 * DAY_SECONDS),
        ends_at: at(drive.now + DAY_SECONDS),
        updated_at: at(0),
        created_by: "me".to_owned(),
        comment: "why".to_owned(),
        annotations: BTreeMap::new(),
    };
    let now = at(drive.now);
    drive.manager.silences_mut().set(silence, now, || "s".to_owned()).unwrap();
    let (silences, log) = (drive.manager.silences().encode(), drive.manager.log().encode());

    drive.now -= HOUR;
    let now = at(drive.now);
    drive.manager.silences_mut().expire("s", now).unwrap();
    assert_eq!(minutes(&mut drive, &["a", "b"], 0, 6).len(), 1, "b is new");
    // A peer that has not heard of it tells what it knows.
    drive.manager.silences_mut().merge(&silences, now).unwrap();
    drive.manager.log_mut().merge(&log, now).unwrap();
    assert!(drive.manager.silences().get("s").unwrap().ends_at <= at(drive.now));
    assert_eq!(minutes(&mut drive, &["a", "b"], 0, 20).len(), 0, "b is known");
}

#[test]
fn alerts_with_thousands_of_labels_are_told_as_others() {
    let mut drive = Drive::new(settings());
    let labels = (0..5_000).map(|n| (format!("label_{n:05}"), "v".repeat(100)));
    let labels = Labels::from_pairs(
        labels.chain([("alertname", "wide"), ("job", "j")].map(|(n, v)| (n.to_owned(), v.to_owned()))),
    );
    let annotations = (0..5_000).map(|n| (format!("a{n}"), "x".repeat(50))).collect();
    let wide = Report { labels, annotations, ends_at: Some(at(HOUR)), ..Report::default() };
    for _ in 0..50 {
        assert!(drive.manager.handle_alerts([wide.clone()], at(0)).is_empty());
    }
    assert_eq!(drive.run(60), ["30 ops First [wide] []"]);
    assert_eq!(drive.manager.group_count(), 1);
    let entry = drive.manager.log().encode();
    assert!(entry.len() < 200, "the log keeps a hash: {} bytes", entry.len());
}
