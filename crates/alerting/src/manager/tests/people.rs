//! Acknowledgements, silences that end with their alerts or come back every week, escalation.

use super::*;
use crate::route::escalation;
use crate::silences::terms;

/// Makes a silence with annotations that silences `what` from now on for a day.
fn silence(drive: &mut Drive, what: &str, id: &str, annotations: &[(&str, &str)]) {
    let silence = Silence {
        id: String::new(),
        matcher_sets: vec![matchers(what)],
        receiver_matcher_sets: Vec::new(),
        starts_at: at(drive.now),
        ends_at: at(drive.now + 24 * 3600),
        updated_at: at(drive.now),
        created_by: "kim".to_owned(),
        comment: "looking".to_owned(),
        annotations: annotations.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
    };
    let now = at(drive.now);
    drive.manager.silences_mut().set(silence, now, || id.to_owned()).unwrap();
}

fn acknowledge(drive: &mut Drive, what: &str) {
    silence(drive, what, "ack", &[(terms::ACKNOWLEDGES, "true"), (terms::UNTIL_RESOLVED, "true")]);
}

fn state(drive: &Drive, id: &str) -> &'static str {
    drive.manager.silences().get(id).unwrap().state(at(drive.now)).as_str()
}

#[test]
fn an_acknowledged_alert_is_not_repeated_but_its_end_is_told() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(60), ["30 ops First [a] []"]);
    acknowledge(&mut drive, "alertname=a");
    let view = drive.manager.alerts(at(60)).remove(0);
    let ack = view.acknowledgement.unwrap();
    assert_eq!((ack.owner.as_str(), ack.note.as_str(), view.status.state()), ("kim", "looking", "active"));
    assert_eq!(drive.run(20 * 3600), [""; 0], "the repeat of 12 h is held");
    drive.fire("alertname=b,job=j");
    let told = drive.run(20 * 3600 + 300);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("ops NewAlerts [a+b] []"), "{told:?}");
    drive.resolve("alertname=a,job=j");
    let told = drive.run(20 * 3600 + 900);
    assert!(told[0].ends_with("ops SomeResolved [b] [a]"), "{told:?}");
    assert_eq!(state(&drive, "ack"), "expired", "it ended with its alert");
}

#[test]
fn an_alert_acknowledged_while_it_waits_is_told_to_nobody() {
    let mut drive = Drive::new(settings());
    drive.fire("alertname=a,job=j");
    drive.run(10);
    acknowledge(&mut drive, "alertname=a");
    assert_eq!(drive.run(400), [""; 0]);
    let held = drive.manager.take_decisions().into_iter().any(|d| matches!(d.what, What::Held { .. }));
    assert!(held);
}

#[test]
fn an_alert_that_begins_after_an_acknowledgement_by_pattern_is_news() {
    let mut drive = Drive::new(settings());
    acknowledge(&mut drive, "job=j");
    drive.now = 60;
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.run(100), ["90 ops First [a] []"]);
}

#[test]
fn a_message_names_who_cares() {
    let mut manager = Drive::new(settings());
    manager.fire("alertname=a,job=j");
    manager.run(60);
    acknowledge(&mut manager, "alertname=a");
    manager.fire("alertname=b,job=j");
    let mut messages = manager.manager.poll(at(330));
    let message = messages.remove(0);
    let data = crate::notify::Data::new(&message, &message.alerts, BTreeMap::new(), "");
    let shown: Vec<_> = data.alerts.iter().map(|a| a.annotations.get("acknowledged_by")).collect();
    assert_eq!(shown, [Some("kim"), None]);
}

#[test]
fn a_silence_ends_with_the_last_of_its_alerts() {
    let mut drive = Drive::new(settings());
    silence(&mut drive, "job=j", "s", &[(terms::UNTIL_RESOLVED, "true")]);
    assert_eq!(drive.run(100), [""; 0]);
    assert_eq!(state(&drive, "s"), "active", "nothing has fired yet");
    drive.fire("alertname=a,job=j");
    drive.fire("alertname=b,job=j");
    assert_eq!(drive.run(1000), [""; 0]);
    drive.resolve("alertname=a,job=j");
    drive.run(2000);
    assert_eq!(state(&drive, "s"), "active", "one still fires");
    drive.resolve("alertname=b,job=j");
    drive.run(2400);
    assert_eq!(state(&drive, "s"), "expired");
    drive.fire("alertname=a,job=j");
    let told = drive.run(3000);
    assert_eq!(told.len(), 1, "it fires again and is told: {told:?}");
}

#[test]
fn a_silence_ends_with_an_alert_whose_end_nobody_reported() {
    let mut drive = Drive::new(settings());
    silence(&mut drive, "job=j", "s", &[(terms::UNTIL_RESOLVED, "true")]);
    drive.manager.handle_alerts([report("alertname=a,job=j", 0, None)], at(0));
    drive.manager.poll(at(1));
    drive.manager.poll(at(299));
    assert_eq!(drive.manager.silences().get("s").unwrap().ends_at, at(24 * 3600));
    drive.manager.poll(at(320));
    assert_eq!(drive.manager.silences().get("s").unwrap().ends_at, at(320));
}

#[test]
fn a_restart_ends_no_silence() {
    let mut drive = Drive::new(settings());
    silence(&mut drive, "job=j", "s", &[(terms::UNTIL_RESOLVED, "true")]);
    drive.fire("alertname=a,job=j");
    drive.run(100);
    let snapshot = drive.manager.silences().encode();
    let mut again = Drive::new(settings());
    again.manager.silences_mut().merge(&snapshot, at(200)).unwrap();
    again.now = 200;
    again.run(400);
    assert_eq!(state(&again, "s"), "active", "its alert was not reported again yet");
}

#[test]
fn a_recurring_silence_silences_in_its_windows_only() {
    // The clock shows Tuesday 22:13:20 at second 0.
    let mut drive = Drive::new(settings());
    silence(&mut drive, "job=j", "s", &[(terms::DURING, "tue 22:00-22:30 UTC")]);
    drive.fire("alertname=a,job=j");
    assert_eq!(drive.manager.alerts(at(0))[0].status.silenced_by, ["s"]);
    assert_eq!(drive.run(900), [""; 0]);
    assert_eq!(drive.run(1300), ["1230 ops First [a] []"]);
    assert!(drive.manager.alerts(at(1300))[0].status.silenced_by.is_empty());
}

#[test]
fn terms_that_cannot_be_understood_are_refused() {
    let mut drive = Drive::new(settings());
    for (name, value, part) in [
        (terms::DURING, "sometimes or so", "annotation bongsu_during: \"sometimes or so\" is neither"),
        (terms::UNTIL_RESOLVED, "maybe", "annotation bongsu_until_resolved: \"maybe\""),
        (terms::ACKNOWLEDGES, "1", "annotation bongsu_acknowledges: \"1\""),
    ] {
        let silence = Silence {
            id: String::new(),
            matcher_sets: vec![matchers("a=b")],
            receiver_matcher_sets: Vec::new(),
            starts_at: at(0),
            ends_at: at(10),
            updated_at: at(0),
            created_by: String::new(),
            comment: String::new(),
            annotations: [(name.to_owned(), value.to_owned())].into(),
        };
        let error = drive.manager.silences_mut().set(silence, at(0), String::new).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

fn escalating(steps: &str) -> Settings {
    let root = RouteConfig {
        receiver: Some("ops".to_owned()),
        repeat_interval: Some(SignedDuration::from_hours(12)),
        escalation: Some(escalation::parse(steps).unwrap()),
        ..RouteConfig::default()
    };
    let receivers = ["ops", "lead", "boss"].map(|name| receiver(name, &[("webhook", true)])).into();
    Settings { routes: Tree::new(&root), receivers, ..settings() }
}

#[test]
fn nobody_answers_and_the_next_is_told() {
    let mut drive = Drive::new(escalating("10m lead, 1h boss"));
    drive.fire("alertname=a");
    assert_eq!(drive.run(629), ["30 ops First [a] []"]);
    assert_eq!(
        drive.run(700),
        ["630 lead First [a] []"],
        "ten minutes after it was told first, not at the next tick"
    );
    assert_eq!(drive.run(3629), [""; 0], "the lead is told once");
    assert_eq!(drive.run(3700), ["3630 boss First [a] []"]);
    drive.fire("alertname=b");
    let told = drive.run(4000);
    assert_eq!(told.len(), 3, "all who know are told of news: {told:?}");
    drive.resolve("alertname=a");
    drive.resolve("alertname=b");
    let told = drive.run(4600);
    assert_eq!(told.len(), 3, "and of the end: {told:?}");
    assert!(told.iter().all(|line| line.contains("AllResolved")), "{told:?}");
    drive.fire("alertname=a");
    let told = drive.run(5200);
    assert_eq!(told.len(), 1, "the next time begins anew: {told:?}");
    assert_eq!(drive.run(5300).len(), 1);
}

#[test]
fn an_answer_ends_the_escalation() {
    let mut drive = Drive::new(escalating("10m lead"));
    drive.fire("alertname=a");
    drive.run(60);
    acknowledge(&mut drive, "alertname=a");
    assert_eq!(drive.run(7200), [""; 0]);
}

#[test]
fn a_restart_neither_forgets_nor_repeats_a_step() {
    let mut drive = Drive::new(escalating("10m lead, 1h boss"));
    drive.fire("alertname=a");
    assert_eq!(drive.run(700).len(), 2);
    let snapshot = drive.manager.log().encode();
    let mut again = Drive::new(escalating("10m lead, 1h boss"));
    again.manager.log_mut().merge(&snapshot, at(800)).unwrap();
    again.now = 800;
    let old = Report { starts_at: Some(at(0)), ..report("alertname=a", 0, Some(100_000)) };
    again.manager.handle_alerts([old], at(800));
    assert_eq!(again.run(3629), [""; 0]);
    assert_eq!(again.run(3700), ["3630 boss First [a] []"]);
}
